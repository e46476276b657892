import dataclasses
import json
import re

import pytest

from gatewright import tools
from gatewright.errors import GatewrightError
from gatewright.sim.prove import chipdb
from gatewright.sim.prove.machine import same_machine
from gatewright.sim.prove.netlist import load, parse
from gatewright.sim.prove.placed import board_steps, unpacked
from gatewright.sim.prove.yosys import GATES
from tests.sim.prove.chip import build
from tests.sim.prove.designs import small

LEFT = ["optimised graph", "board's netlist", "placed design"]
RIGHT = ["classifier in the board's netlist", "placed design", "bitstream"]


@pytest.fixture(scope="module")
def chip(tmp_path_factory):
    return build(small(), tmp_path_factory.mktemp("chip"))


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    return build(small(), tmp_path_factory.mktemp("large"), "8k")


@pytest.mark.parametrize("device", ["chip", "large"])
def test_a_chip_is_proven_from_graph_to_bitstream(request, device, tmp_path):
    chip = request.getfixturevalue(device)
    steps = board_steps(small(), chip.board, tmp_path, 60)
    assert [(step.left, step.right) for step in steps] == list(zip(LEFT, RIGHT, strict=True))
    assert all(step.equivalent and step.seconds > 0 and "abc" in step.engine for step in steps)
    assert steps[0].left_digest == small().digest
    assert [step.right_digest for step in steps[:-1]] == [step.right_digest for step in steps[:1]] + [
        steps[2].left_digest
    ]
    assert len({step.right_digest for step in steps}) == 3


def test_a_design_that_nextpnr_has_read_packed_has_no_ports_and_is_proven(chip, tmp_path):
    layout = json.loads(chip.board.placed.read_bytes())
    layout["modules"]["top"]["ports"] = {}
    packed = tmp_path / "packed.json"
    packed.write_text(json.dumps(layout))
    board = dataclasses.replace(chip.board, placed=packed)
    steps = board_steps(small(), board, tmp_path, 60)
    assert [step.equivalent for step in steps] == [True] * 3


def test_another_graph_is_refuted_at_the_classifier(chip, tmp_path):
    graph = small()
    tables = graph.tables.copy()
    tables[0] ^= tables.dtype.type(1)
    wrong = dataclasses.replace(graph, tables=tables)
    assert [step.equivalent for step in board_steps(wrong, chip.board, tmp_path, 60)] == [False, True, True]


def test_the_chain_ends_where_it_is_told_to(chip, tmp_path):
    for placed, count in ((None, 1), (chip.board.placed, 2)):
        board = dataclasses.replace(chip.board, placed=placed, bitstream=None)
        assert len(board_steps(small(), board, tmp_path, 60)) == count


@pytest.mark.parametrize("device", ["chip", "large"])
def test_the_bitstream_reads_as_icebox_reads_it(request, device, tmp_path):
    """Project IceStorm's own reader makes Verilog of the same bits; its circuit is ours, register by register."""
    chip = request.getfixturevalue(device)
    ours = unpacked(chip.board.bitstream.read_bytes(), "bits", tmp_path)
    icebox = tools.Tool("icebox_vlog", ("icebox_vlog",), "", "PATH")
    verilog = icebox.run("-s", "-S", "chip.asc", cwd=tmp_path)
    (tmp_path / "chip.v").write_text(verilog)
    passes = GATES.passes.replace("\n", "; ")
    script = f"read_verilog chip.v\nhierarchy -top chip\n{passes}\nwrite_json chip.json\n"
    (tmp_path / "chip.ys").write_text(script)
    tools.find("yosys").run("-q", "chip.ys", cwd=tmp_path)
    theirs = parse(load((tmp_path / "chip.json").read_bytes(), "icebox", "chip"), "icebox", "chip", None)
    places = {}
    for x, y, z, name in re.findall(r"/\* FF +(\d+) +(\d+) +(\d+) \*/ always.*? (\w+) <=", verilog):
        places[f"X{x}/Y{y}/lc{z}"] = theirs.wires[name][0]
    assert set(places) == set(ours.places)

    def named(ports):
        # An output of theirs is a tristate driver that is always on.
        return {re.sub(r"io_(\d+)_(\d+)_(\d)", r"X\1/Y\2/io\3", port): bits for port, bits in ports.items()}

    outputs = {f"{port} out": bits for port, bits in named(theirs.outputs).items()}
    outputs |= {port: (1,) for port in ours.netlist.outputs if port.endswith(" enable")}
    clock = next(iter(named({theirs.clock: ()})))
    theirs = dataclasses.replace(theirs, inputs=named(theirs.inputs), outputs=outputs, clock=clock)
    pairs = {ours.places[place]: bit for place, bit in places.items()}
    verdict = same_machine(ours.netlist, theirs, pairs, tmp_path, "icebox", 60)
    assert verdict.equivalent, verdict.sentence


def test_registers_that_do_not_match_are_no_machine(chip, tmp_path):
    netlist = parse(load(chip.board.netlist.read_bytes(), "n", "top"), "n", "top", None)
    bits = list(netlist.registers)
    swapped = dict(zip(bits, [bits[1], bits[0], *bits[2:]], strict=True))
    same = {bit: bit for bit in bits}
    assert same_machine(netlist, netlist, same, tmp_path, "m", 60).equivalent
    assert not same_machine(netlist, netlist, swapped, tmp_path, "m", 60).equivalent
    few = {bit: bit for bit in bits[1:]}
    assert same_machine(netlist, netlist, few, tmp_path, "m", 60).sentence.startswith("different: the registers")
    other = dataclasses.replace(netlist, clock="pin_rx")
    assert "is clocked by" in same_machine(netlist, other, same, tmp_path, "m", 60).sentence
    bit = next(iter(netlist.registers))
    free, clock = 2 + max(netlist.gates), netlist.inputs[netlist.clock][0]
    register = netlist.registers[bit]
    late = dataclasses.replace(
        netlist,
        gates={**netlist.gates, free: (0b0110, (register.data, clock))},
        registers={**netlist.registers, bit: dataclasses.replace(register, data=free)},
    )
    assert not same_machine(netlist, late, same, tmp_path, "m", 60).equivalent
    fewer = dataclasses.replace(netlist, outputs={})
    assert "drives" in same_machine(netlist, fewer, same, tmp_path, "m", 60).sentence


@pytest.mark.parametrize("kind", ["SB_PLL40_CORE", "SB_RAM40_4K", "SB_SPRAM256KA", "SB_MAC16"])
def test_a_cell_without_a_model_is_refused_by_name(chip, tmp_path, kind):
    module = json.loads(chip.board.netlist.read_text())
    pins = {"port_directions": {"O": "output"}, "connections": {"O": [99_999]}}
    module["modules"]["top"]["cells"]["extra"] = {"type": kind, "parameters": {}, "attributes": {}, **pins}
    (tmp_path / "top.json").write_text(json.dumps(module))
    board = dataclasses.replace(chip.board, netlist=tmp_path / "top.json")
    with pytest.raises(GatewrightError, match=rf"holds a cell extra of type {kind}: the proof has no model"):
        board_steps(small(), board, tmp_path, 60)


def test_a_missing_file_is_one_sentence(chip, tmp_path):
    for name in ("netlist", "placed", "bitstream"):
        board = dataclasses.replace(chip.board, **{name: tmp_path / "none"})
        with pytest.raises(GatewrightError, match=r"none does not exist: run `gatewright synthesize` first"):
            board_steps(small(), board, tmp_path, 60)


def test_a_netlist_without_the_classifier_s_border_is_refused(chip, tmp_path):
    with pytest.raises(GatewrightError, match=r"has no wire core\.other\.words__payload"):
        board_steps(small(), dataclasses.replace(chip.board, instance="core.other"), tmp_path, 60)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"family": "ecp5"}, "placed designs and bitstreams have a model for ice40"),
        ({"family": "nexus"}, "no model of the cells of 'nexus'"),
        ({"placed": None}, "give that too"),
    ],
)
def test_what_is_no_board_is_one_sentence(chip, values, said):
    with pytest.raises(GatewrightError, match=said):
        dataclasses.replace(chip.board, **values)


def test_a_missing_database_says_where_it_was_looked_for(chip, tmp_path, monkeypatch):
    monkeypatch.setenv(chipdb.VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(GatewrightError, match=r"was not found \(looked at .*nowhere.*\): install Project IceStorm"):
        board_steps(small(), chip.board, tmp_path, 60)


def test_a_chip_without_a_model_is_refused():
    with pytest.raises(GatewrightError, match="for the device '1k'"):
        chipdb.configuration(".comment\n\n.device 1k\n", "bits")
    for text in (".device 5k\n.logic_tile 1 1\n0102\n", ".device 5k\n.logic_tile 1\n", ".device 5k\n.extra_bit 0\n"):
        with pytest.raises(GatewrightError, match="bits is no configuration of an iCE40"):
            chipdb.configuration(text, "bits")
