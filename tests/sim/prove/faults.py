"""Random faults in everything that is proven, and what becomes of each: the campaign of the mutation tests.

A fault is **caught** if the proof refutes or refuses the faulty design, and **seen** if a simulation that shares
nothing with the proof shows a wrong output. A fault that is not caught must be none: another engine than the proof's
(the reference over every input for graphs, Yosys' ``equiv_*`` passes for hardware, over Project IceStorm's own reading
of a bitstream) then proves the faulty design equal to the right one.
"""

from __future__ import annotations

import copy
import dataclasses
import itertools
import json
import random
import re
from dataclasses import dataclass

import numpy as np

from gatewright import tools
from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.sim.prove import board
from gatewright.sim.prove.machine import same_machine
from gatewright.sim.prove.netlist import load, parse, read
from gatewright.sim.prove.placed import unpacked
from gatewright.sim.prove.prove import prove_graphs, prove_netlist, prove_verilog
from gatewright.sim.prove.yosys import GATES, ICE40, elaborate
from tests import naive
from tests.sim.prove import cells, chip
from tests.sim.prove.designs import LATENCY, small, verilog
from tests.sim.prove.library import library

CYCLES = 150
KINDS = (
    "table bit of the graph",
    "operand of the graph",
    "operator of the Verilog",
    "LUT bit of the netlist",
    "connection of the netlist",
    "LUT bit of the bitstream",
    "routing bit of the bitstream",
)


@dataclass(frozen=True)
class Outcome:
    """What became of a fault.

    Attributes:
        kind: of the fault.
        what: where it was put.
        caught: whether the proof refuted or refused it.
        seen: whether a simulation showed it; None if it was not simulated.
        equal: whether the other engine proved that it changes nothing; None if it was not asked.
    """

    kind: str
    what: str
    caught: bool
    seen: bool | None
    equal: bool | None

    @property
    def missed(self):
        """A fault that is not caught and not shown to be none."""
        return not self.caught and (self.seen is True or self.equal is not True)


def campaign(folder, seed, counts):
    """Outcomes of random faults; ``counts`` of each kind, in the order of `KINDS`."""
    rng = random.Random(seed)
    graph = small()
    makers = [_table, _operand, _operator, _lut, _connection, _bit, _bit]
    shared = _Shared(graph, folder)
    for kind, maker, count in zip(KINDS, makers, counts, strict=True):
        for number in range(count):
            place = folder / f"{KINDS.index(kind)}_{number}"
            place.mkdir()
            yield maker(kind, graph, shared, rng, place)


class _Shared:
    """What the right design is, made when it is first needed."""

    def __init__(self, graph, folder):
        self.graph, self.folder, self._made = graph, folder, {}

    @property
    def module(self):
        if "module" not in self._made:
            (self.folder / "classifier.v").write_text(verilog(self.graph))
            path = self.folder / "classifier.v"
            assert prove_verilog(self.graph, path, LATENCY, self.folder / "right", ICE40).equivalent
            text = (self.folder / "right" / f"{ICE40.stem}.json").read_text()
            self._made["module"] = json.loads(text)["modules"]["classifier"]
        return self._made["module"]

    @property
    def icebox(self):
        """The right bitstream as Project IceStorm reads it."""
        if "icebox" not in self._made:
            (self.folder / "right.asc").write_bytes((self.chip.folder / "top.asc").read_bytes())
            self._made["icebox"] = _icebox(self.folder, "right")
        return self._made["icebox"]

    @property
    def chip(self):
        if "chip" not in self._made:
            self._made["chip"] = chip.build(self.graph, self.folder / "chip")
        return self._made["chip"]


# Graphs.


def _graph_outcome(kind, what, graph, wrong, place):
    caught = not prove_graphs(graph, wrong, place).equivalent
    words = itertools.product(range(2**graph.encoder.word_width), repeat=graph.encoder.features)
    seen = any(_scores(graph, row) != _scores(wrong, row) for row in words)
    return Outcome(kind, what, caught, seen, not seen)


def _scores(graph, words):
    return naive.scores(graph, [naive.bits(graph, words)])


def _table(kind, graph, _shared, rng, place):
    gate = rng.randrange(graph.gates)
    bit = rng.randrange(2 ** int(graph.fan_in[gate]))
    tables = graph.tables.copy()
    tables[gate] ^= np.uint64(1 << bit)
    return _graph_outcome(kind, f"gate {gate}, bit {bit}", graph, dataclasses.replace(graph, tables=tables), place)


def _operand(kind, graph, _shared, rng, place):
    gates = [(graph.gate(j).table, list(graph.gate(j).operands)) for j in range(graph.gates)]
    gate = rng.randrange(graph.gates)
    operands = gates[gate][1]
    at = rng.randrange(len(operands))
    if rng.random() < 0.5 and len(operands) > 1:
        other = rng.choice([i for i in range(len(operands)) if i != at])
        operands[at], operands[other] = operands[other], operands[at]
    else:
        operands[at] = rng.randrange(graph.first_gate + gate)
    wrong = GateGraph.build(graph.encoder, gates, [group.tolist() for group in graph.groups])
    return _graph_outcome(kind, f"gate {gate}, operand {at}", graph, wrong, place)


# Verilog and netlist.

_OPERATORS = re.compile(r"(?<![&|])[&|^](?![&|=])|~(?=[\w(])|(?<= )>(?= )|(?<= )\+(?= )|(?<=\? )")
_OTHERS = {"&": "|", "|": "&", "^": "&", "~": "", ">": "<", "+": "-", "": "~"}


def _operator(kind, graph, _shared, rng, place):
    text = verilog(graph)
    match = rng.choice([m for m in _OPERATORS.finditer(text) if m.start() > text.index(");")])
    wrong = text[: match.start()] + _OTHERS[match[0]] + text[match.end() :]
    (place / "classifier.v").write_text(wrong)
    what = f"{match[0]!r} in {text[text.rfind(chr(10), 0, match.start()) + 1 :].splitlines()[0]!r}"
    caught = _is_caught(lambda: prove_verilog(graph, place / "classifier.v", LATENCY, place / "build", GATES))
    if caught is None:
        return Outcome(kind, what, True, None, None)
    module = json.loads((place / "build" / f"{GATES.stem}.json").read_text())["modules"]["classifier"]
    seen = cells.misbehaves(module, graph, LATENCY, CYCLES, random.Random(1))
    equal = None
    if not caught:
        (place / "right").mkdir()
        (place / "right" / "classifier.v").write_text(text)
        elaborate(place / "right" / "classifier.v", place / "right", GATES, "right")
        right = json.loads((place / "right" / "right.json").read_text())["modules"]["classifier"]
        equal = equal_modules(place, right, module)
    return Outcome(kind, what, caught, seen, equal)


def _lut(kind, graph, shared, rng, place):
    module = copy.deepcopy(shared.module)
    name = rng.choice([name for name, cell in module["cells"].items() if cell["type"] == "SB_LUT4"])
    parameters, bit = module["cells"][name]["parameters"], rng.randrange(16)
    init = parameters["LUT_INIT"]
    parameters["LUT_INIT"] = init[:bit] + "10"[int(init[bit])] + init[bit + 1 :]
    return _netlist_outcome(kind, f"{name}, bit {15 - bit}", graph, shared, module, place)


def _connection(kind, graph, shared, rng, place):
    module = copy.deepcopy(shared.module)
    ends = [
        (name, pin)
        for name, cell in module["cells"].items()
        for pin, direction in cell["port_directions"].items()
        if direction == "input" and pin != "C" and cell["connections"][pin] not in ([], ["x"])
    ]
    name, pin = rng.choice(ends)
    inputs = [bit for port in module["ports"].values() if port["direction"] == "input" for bit in port["bits"]]
    driven = [
        cell["connections"][p][0]
        for cell in module["cells"].values()
        for p in ("O", "Q", "CO")
        if cell["connections"].get(p)
    ]
    module["cells"][name]["connections"][pin] = [rng.choice([*inputs[1:], *driven, "0", "1"])]
    return _netlist_outcome(kind, f"{name}.{pin}", graph, shared, module, place)


def _netlist_outcome(kind, what, graph, shared, module, place):
    text = json.dumps({"modules": {"classifier": module}})
    caught = _is_caught(lambda: prove_netlist(graph, read(text, "n"), LATENCY, place, "faulty"))
    if caught is None:
        return Outcome(kind, what, True, None, None)
    seen = cells.misbehaves(module, graph, LATENCY, CYCLES, random.Random(1))
    equal = None
    if not caught:
        equal = equal_modules(place, shared.module, module)
    return Outcome(kind, what, caught, seen, equal)


def equal_modules(place, right, wrong):
    """Whether Yosys proves two netlists equal over the library's cells, by their ports and their registers."""
    kinds = {cell["type"] for cell in right["cells"].values()}
    (place / "library.v").write_text(library("ice40", kinds))
    for side, module in (("right", right), ("wrong", wrong)):
        (place / f"{side}.json").write_text(json.dumps({"modules": {"classifier": _named(module)}}))
    sides = [(f"read_json {side}.json", "read_verilog library.v") for side in ("right", "wrong")]
    return _equal_by_yosys(place, *sides, "classifier")


def _named(module):
    """A module in which only ports and registers have a name: a wire within may differ where nobody sees it."""
    held = {cell["connections"]["Q"][0] for cell in module["cells"].values() if "Q" in cell["connections"]}
    kept = {name: {"hide_name": 0, "bits": port["bits"], "attributes": {}} for name, port in module["ports"].items()}
    done = set()
    for name, bit in sorted(board.bit_names(module)):
        if bit in held - done and not name.startswith("$"):
            done.add(bit)
            kept[f"register_{name}"] = {"hide_name": 0, "bits": [bit], "attributes": {}}
    return {**module, "netnames": kept}


def _is_caught(ask):
    """Whether a proof fails; None if the design is refused."""
    try:
        return not ask().equivalent
    except GatewrightError:
        return None


# Bitstreams.


def _bit(kind, _graph, shared, rng, place):
    text = (shared.chip.folder / "top.asc").read_text()
    lines = text.split("\n")
    used = [
        i for i, line in enumerate(lines)
        if line.startswith(".logic_tile") and any("1" in row[36:46] for row in lines[i + 1 : i + 17])
    ]  # fmt: skip
    while True:
        row = rng.choice(used) + 1 + rng.randrange(16)
        columns = range(36, 46) if kind.startswith("LUT") else [*range(36), *range(46, 54)]
        on = [column for column in columns if lines[row][column] == "1"]
        # Half of them cut a connection or clear a bit that is in use.
        column = rng.choice(on if on and rng.random() < 0.5 else columns)
        pair = row - (row - 1 - max(i for i in used if i < row)) % 2
        if not kind.startswith("LUT") or any("1" in lines[r][36:46] for r in (pair, pair + 1)):
            break
    lines[row] = lines[row][:column] + "10"[int(lines[row][column])] + lines[row][column + 1 :]
    tile = max(i for i in used if i < row)
    what = f"{lines[tile]}, B{row - tile - 1}[{column}]"
    (place / "wrong.asc").write_text("\n".join(lines))
    tools.find("icepack").run("wrong.asc", "wrong.bin", cwd=place)
    layout = board.placed(load(shared.chip.board.placed.read_bytes(), "placed", "top"))
    netlist = parse(layout, "placed", "top", None)
    places = {at: bit for at, bit in board.places(layout).items() if bit in netlist.registers}

    def ask():
        found = unpacked((place / "wrong.bin").read_bytes(), "wrong", place)
        pairs = {bit: found.places[at] for at, bit in places.items() if at in found.places}
        return same_machine(board.renamed(netlist, board.pads(layout)), found.netlist, pairs, place, "m", 60)

    caught = _is_caught(ask)
    equal = None
    if caught is False:
        (place / "right.v").write_text(shared.icebox)
        (place / "wrong.v").write_text(_icebox(place, "wrong"))
        sides = [(f"read_verilog {side}.v",) for side in ("right", "wrong")]
        equal = _equal_by_yosys(place, *sides, "chip")
    return Outcome(kind, what, caught is not False, None, equal)


def _icebox(place, side):
    """Project IceStorm's own reading, whose wires are called by numbers of no meaning: only registers keep a name.

    An asynchronous reset that nothing drives is the edge of a constant there, at which Yosys stops: it never comes.
    """
    text = tools.Tool("icebox_vlog", ("icebox_vlog",), "", "PATH").run("-s", "-S", f"{side}.asc", cwd=place)
    text = text.replace(", posedge 1'b0)", ")")
    flops = re.findall(r"/\* FF +(\d+) +(\d+) +(\d+) \*/ always.*? (n\d+) <=", text)
    named = {name: f"register_{x}_{y}_{z}" for x, y, z, name in flops}
    return re.sub(r"\b(n\d+|open_\d+)\b", lambda m: named.get(m[1], f"{side}_{m[1]}"), text)


def _equal_by_yosys(place, right, wrong, top):
    """Whether Yosys' own checkers, by SAT, prove two designs equal.

    First register by register, over signals of equal names. A fault that only states show which no words lead to is
    equal in none of them; then every sample is followed through the pipeline, from any state, while nothing stalls.
    """
    lines = []
    for side, read_lines in (("gold", right), ("gate", wrong)):
        lines += [*read_lines, f"hierarchy -top {top}", "proc", "flatten", "rename -hide w:* w:register_* %d"]
        lines += ["opt_clean", f"rename {top} {side}", f"design -stash {side}"]
    lines += ["design -copy-from gold -as gold gold", "design -copy-from gate -as gate gate"]
    registers = ["equiv_make gold gate equal", "hierarchy -top equal", "equiv_simple", "equiv_status -assert"]
    samples = [
        "miter -equiv -flatten gold gate miter",
        "hierarchy -top miter",
        f"sat -verify -seq {LATENCY + 1} -prove-skip {LATENCY} -prove trigger 0 -set in_rst 0 -set in_result__ready 1",
    ]
    return any(_holds(place, name, lines + question) for name, question in (("equal", registers), ("same", samples)))


def _holds(place, name, lines):
    (place / f"{name}.ys").write_text("\n".join(lines) + "\n")
    try:
        tools.find("yosys").run("-q", f"{name}.ys", cwd=place, log=place / f"{name}.log")
    except GatewrightError:
        return False
    return True
