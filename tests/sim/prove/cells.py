"""A second, deliberately simple reading of a synthesized netlist: it simulates the JSON of Yosys cell by cell.

It shares nothing with `gatewright.sim.prove`. A value is an int with one bit for each lane, and the lanes are as many
simulations side by side.
"""

from __future__ import annotations

from tests import naive

# What a flip-flop holds after the edge, from what it held (q) and its pins, one bit each. In an iCE40 cell with both an
# enable and a set or reset, the enable comes first; in Yosys' SDFFE the reset does, and in SDFFCE the enable.
FLIP_FLOPS = {
    "SB_DFF": lambda q, d, e, r: d,
    "SB_DFFE": lambda q, d, e, r: d if e else q,
    "SB_DFFSR": lambda q, d, e, r: 0 if r else d,
    "SB_DFFSS": lambda q, d, e, r: 1 if r else d,
    "SB_DFFESR": lambda q, d, e, r: (0 if r else d) if e else q,
    "SB_DFFESS": lambda q, d, e, r: (1 if r else d) if e else q,
    "$_DFF_P_": lambda q, d, e, r: d,
    "$_DFFE_PP_": lambda q, d, e, r: d if e else q,
    "$_DFFE_PN_": lambda q, d, e, r: q if e else d,
    "$_SDFF_PP0_": lambda q, d, e, r: 0 if r else d,
    "$_SDFF_PN1_": lambda q, d, e, r: d if r else 1,
    "$_SDFFE_PP1P_": lambda q, d, e, r: 1 if r else d if e else q,
    "$_SDFFE_PN0N_": lambda q, d, e, r: (q if e else d) if r else 0,
    "$_SDFFCE_PP0P_": lambda q, d, e, r: (0 if r else d) if e else q,
    "$_SDFFCE_PN1N_": lambda q, d, e, r: q if e else d if r else 1,
}

# The pins and the function of Yosys' simple gates.
GATES = {
    "$_BUF_": ("A", lambda a: a),
    "$_NOT_": ("A", lambda a: not a),
    "$_AND_": ("AB", lambda a, b: a and b),
    "$_NAND_": ("AB", lambda a, b: not (a and b)),
    "$_OR_": ("AB", lambda a, b: a or b),
    "$_NOR_": ("AB", lambda a, b: not (a or b)),
    "$_XOR_": ("AB", lambda a, b: a != b),
    "$_XNOR_": ("AB", lambda a, b: a == b),
    "$_ANDNOT_": ("AB", lambda a, b: a and not b),
    "$_ORNOT_": ("AB", lambda a, b: a or not b),
    "$_MUX_": ("ABS", lambda a, b, s: b if s else a),
}


def set_pin(kind):
    """The pin that sets or resets a flip-flop."""
    return "S" if kind.endswith("SS") else "R"


class Simulation:
    """Lanes of one module: ``inputs`` and the registers are set by hand, `output` reads, `step` is a clock edge."""

    def __init__(self, module, lanes, rng):
        self.mask, self.ports = (1 << lanes) - 1, module["ports"]
        self.luts, self.flops = {}, []
        for cell in module["cells"].values():
            kind, pins = cell["type"], cell["connections"]
            if kind == "SB_LUT4":
                ones = [i for i in range(16) if cell["parameters"]["LUT_INIT"][15 - i] == "1"]
                self.luts[pins["O"][0]] = ([pins[f"I{i}"][0] for i in range(4)], ones)
            elif kind == "SB_CARRY":
                self.luts[pins["CO"][0]] = ([*(pins[name][0] for name in ("I0", "I1", "CI")), "0"], [3, 5, 6, 7])
            elif kind in GATES:
                names, function = GATES[kind]
                rows = [i for i in range(1 << len(names)) if function(*(i >> j & 1 for j in range(len(names))))]
                self.luts[pins["Y"][0]] = ([pins[name][0] for name in names], rows)
            elif kind != "$scopeinfo":
                self.flops.append((kind, {name: bits[0] for name, bits in pins.items()}))
        self.state = {pins["Q"]: rng.getrandbits(lanes) for _, pins in self.flops}
        self.inputs, self.seen = {}, {}

    def drive(self, port, columns):
        """One int for each bit of a port."""
        self.inputs.update(zip(self.ports[port]["bits"], columns, strict=True))
        self.seen = {}

    def output(self, port):
        return [self.value(bit) for bit in self.ports[port]["bits"]]

    def value(self, bit):
        if bit in ("0", "1"):
            return self.mask * int(bit)
        if bit in self.state:
            return self.state[bit]
        if bit in self.inputs:
            return self.inputs[bit]
        if bit not in self.seen:
            pins, ones = self.luts[bit]
            values = [0 if pin == "x" else self.value(pin) for pin in pins]
            result = 0
            for row in ones:
                term = self.mask
                for i, value in enumerate(values):
                    term &= value if row >> i & 1 else ~value
                result |= term
            self.seen[bit] = result
        return self.seen[bit]

    def step(self):
        """On the rising edge: the truth table of the flip-flop, row by row."""
        following = {}
        for kind, pins in self.flops:
            q = pins["Q"]
            rows = [self.value(pins[name]) if name in pins else 0 for name in ("Q", "D", "E", set_pin(kind))]
            following[q] = 0
            for pattern in naive.patterns(4):
                if FLIP_FLOPS[kind](*pattern):
                    term = self.mask
                    for bit, value in zip(pattern, rows, strict=True):
                        term &= value if bit else ~value
                    following[q] |= term
        self.state, self.seen = following, {}


def expected(graph, words):
    """Label and scores as the number that the hardware must answer."""
    [scores] = naive.scores(graph, [naive.bits(graph, words)])
    width = max(1, graph.max_score.bit_length())
    low = max(1, (graph.classes - 1).bit_length())
    return naive.label(scores) | sum(score << low + i * width for i, score in enumerate(scores))


def answer(module, graph, words, latency, rng):
    """What the netlist answers if one sample is applied until its result is there; None if it is not valid."""
    width = graph.encoder.word_width
    run = Simulation(module, 1, rng)
    run.drive("words__payload", [word >> i & 1 for word in words for i in range(width)])
    for cycle in range(latency + 1):
        for port, value in (("rst", cycle == 0), ("words__valid", 1), ("result__ready", 1)):
            run.drive(port, [int(value)])
        run.step()
    number = sum(bit << i for i, bit in enumerate(run.output("result__payload")))
    return number if run.output("result__valid") == [1] else None


def misbehaves(module, graph, latency, cycles, rng):
    """Whether an output is ever wrong: every sample in some lane in every cycle; stalls, gaps and resets at random."""
    width, features = graph.encoder.word_width, graph.encoder.features
    bits = width * features
    lanes = 1 << bits
    mask = (1 << lanes) - 1
    right = [expected(graph, [p >> f * width & (1 << width) - 1 for f in range(features)]) for p in range(lanes)]
    run = Simulation(module, lanes, rng)
    outputs = len(module["ports"]["result__payload"]["bits"])
    pipe = None
    for cycle in range(cycles):
        reset = cycle == 0 or rng.random() < 0.02
        flip, valid, ready = rng.getrandbits(bits), rng.getrandbits(lanes), rng.getrandbits(lanes)
        if rng.random() < 0.5:
            valid, ready = mask, ready | rng.getrandbits(lanes) | rng.getrandbits(lanes)
        samples = [p ^ flip for p in range(lanes)]
        run.drive("words__payload", [sum((s >> i & 1) << p for p, s in enumerate(samples)) for i in range(bits)])
        run.drive("words__valid", [valid])
        run.drive("result__ready", [ready])
        run.drive("rst", [mask * reset])
        if pipe is not None:
            shown, columns = pipe[-1]
            advance = ready | shown ^ mask
            if run.output("result__valid") != [shown] or run.output("words__ready") != [advance]:
                return True
            if any((a ^ b) & shown for a, b in zip(run.output("result__payload"), columns, strict=True)):
                return True
            entering = (valid, [sum((right[s] >> b & 1) << p for p, s in enumerate(samples)) for b in range(outputs)])
            pipe = [
                (a & advance | b & ~advance, [x & advance | y & ~advance for x, y in zip(left, held, strict=True)])
                for (a, left), (b, held) in zip([entering, *pipe], pipe, strict=False)
            ]
        if reset:
            pipe = [(0, [0] * outputs)] * latency
        run.step()
    return False
