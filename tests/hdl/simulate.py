"""Runs components in Amaranth's own simulator."""

from amaranth.hdl import Value
from amaranth.sim import Simulator


def flush(component, source, sink, rows):
    """For each row, an int: ``sink`` as an int, ``component.latency`` cycles after ``source`` was set to the row."""
    answers = []

    async def bench(ctx):
        for row in rows:
            ctx.set(Value.cast(getattr(component, source)), row)
            if component.latency:
                await ctx.tick().repeat(component.latency)
            else:
                await ctx.delay(1e-9)
            answers.append(ctx.get(Value.cast(getattr(component, sink))))

    simulator = Simulator(component)
    if component.latency:
        simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return answers


def stream(classifier, payloads, rng=None):
    """(label, scores) of each payload, and the cycles since it was offered; with ``rng``, gaps and stalls at random."""
    graph = classifier.graph
    answers, begun, took = [], [], []

    async def bench(ctx):
        words, result = classifier.words, classifier.result
        index = cycle = 0
        offered = False
        while len(answers) < len(payloads):
            if not offered and index < len(payloads) and (rng is None or rng.random() < 0.6):
                offered = True
                begun.append(cycle)
            ctx.set(words.valid, offered)
            ctx.set(words.payload.as_value(), payloads[index] if offered else 0)
            take = rng is None or rng.random() < 0.6
            ctx.set(result.ready, take)
            if ctx.get(result.valid) and take:
                label = ctx.get(result.payload.label)
                answers.append((label, [ctx.get(result.payload.scores[i]) for i in range(graph.classes)]))
                took.append(cycle - begun[len(took)])
            if offered and ctx.get(words.ready):
                index += 1
                offered = False
            await ctx.tick()
            cycle += 1
            assert cycle < 100 * (len(payloads) * classifier.initiation_interval + classifier.latency)

    simulator = Simulator(classifier)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return answers, took


def pack(words, width):
    """Rows of words as payloads, the first word lowest."""
    return [sum(int(word) << i * width for i, word in enumerate(row)) for row in words]
