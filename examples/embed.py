"""Someone else's Amaranth design with a network inside: an LED for the flowers that are a virginica for sure."""

from amaranth.hdl import Array, Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import Out
from amaranth.sim import Simulator

from gatewright.hdl.classifier import Classifier


class Watch(wiring.Component):
    """Offers samples from a memory, and lights the LED if the label is ``alarm`` with a score of ``least`` or more."""

    def __init__(self, graph, x, *, alarm, least):
        self.classifier = Classifier(graph)  # a component like any other: two streams, words in and result out
        self.rows, self.width = graph.encoder.words(x).tolist(), graph.encoder.word_width
        self.alarm, self.least = alarm, least
        super().__init__({"label": Out(range(graph.classes)), "led": Out(1)})

    def elaborate(self, _platform):
        m = Module()
        m.submodules.classifier = self.classifier
        words, result = self.classifier.words, self.classifier.result
        memory = Array(Cat(Const(word, self.width) for word in row) for row in self.rows)
        index = Signal(range(len(memory)))
        m.d.comb += [words.payload.as_value().eq(memory[index]), words.valid.eq(1), result.ready.eq(1)]
        with m.If(words.ready):
            m.d.sync += index.eq(Mux(index == len(memory) - 1, 0, index + 1))
        with m.If(result.valid):
            label, score = result.payload.label, result.payload.scores[self.alarm]
            m.d.sync += [self.label.eq(label), self.led.eq((label == self.alarm) & (score >= self.least))]
        return m


def watched(design):
    """Label and LED for each sample, from Amaranth's own simulator."""

    async def bench(ctx):
        await ctx.tick().repeat(design.classifier.latency)
        for _ in design.rows:
            await ctx.tick()
            seen.append((ctx.get(design.label), ctx.get(design.led)))

    seen, simulator = [], Simulator(design)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return seen


if __name__ == "__main__":
    from sklearn.datasets import load_iris

    from gatewright import GateClassifier

    x, y = load_iris(return_X_y=True)
    graph = GateClassifier(layers=30, candidates=8, steps=200, random_state=0).fit(x, y).graph_
    print("label and LED:", watched(Watch(graph, x[::30], alarm=2, least=6)))
