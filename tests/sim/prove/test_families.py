"""Each model of a cell against Yosys' library of the family, for every pattern of its pins and every state."""

import json
import random

import pytest

from gatewright import tools
from gatewright.errors import GatewrightError
from gatewright.sim.prove import ecp5, gowin, ice40
from gatewright.sim.prove.aig import Aig
from gatewright.sim.prove.netlist import read
from gatewright.sim.prove.stream import follows
from gatewright.sim.prove.unroll import Unrolled
from gatewright.sim.prove.yosys import ECP5, GOWIN, ICE40, elaborate
from tests.sim.prove.designs import LATENCY, small, verilog
from tests.sim.prove.library import library


def _ice40(rng):
    for _ in range(8):
        yield "SB_LUT4", {"LUT_INIT": f"16'd{rng.getrandbits(16)}"}, "I0 I1 I2 I3", "O"
    yield "SB_CARRY", {}, "I0 I1 CI", "CO"
    yield "SB_GB", {}, "USER_SIGNAL_TO_GLOBAL_BUFFER", "GLOBAL_BUFFER_OUTPUT"
    for kind, pins in (("", ""), ("E", "E"), ("SR", "R"), ("SS", "S"), ("ESR", "E R"), ("ESS", "E S")):
        yield f"SB_DFF{kind}", {}, f"D {pins}", "Q"


def _ecp5(rng):
    for _ in range(8):
        yield "LUT4", {"INIT": f"16'd{rng.getrandbits(16)}"}, "A B C D", "Z"
    yield "PFUMX", {}, "ALUT BLUT C0", "Z"
    yield "L6MUX21", {}, "D0 D1 SD", "Z"
    yield "INV", {}, "A", "Z"
    yield "VLO", {}, "", "Z"
    yield "VHI", {}, "", "Z"
    for inject in range(4):
        for _ in range(3):
            parameters = {f"INIT{i}": f"16'd{rng.getrandbits(16)}" for i in range(2)}
            parameters |= {f"INJECT1_{i}": '"YES"' if inject >> i & 1 else '"NO"' for i in range(2)}
            yield "CCU2C", parameters, "CIN A0 B0 C0 D0 A1 B1 C1 D1", "S0 S1 COUT"
    for enable in ("1", "CE", "INV"):
        for reset in ("LSR", "INV"):
            for value in ("RESET", "SET"):
                parameters = {"CEMUX": enable, "LSRMUX": reset, "REGSET": value, "SRMODE": "LSR_OVER_CE"}
                yield "TRELLIS_FF", {name: f'"{word}"' for name, word in parameters.items()}, "DI CE LSR", "Q"


def _gowin(rng):
    for inputs in range(1, 5):
        for _ in range(4):
            init = f"{2**inputs}'d{rng.getrandbits(2**inputs)}"
            yield f"LUT{inputs}", {"INIT": init}, " ".join(f"I{i}" for i in range(inputs)), "F"
    for width in range(5, 9):
        yield f"MUX2_LUT{width}", {}, "I0 I1 S0", "O"
    yield "VCC", {}, "", "V"
    yield "GND", {}, "", "G"
    yield "IBUF", {}, "I", "O"
    yield "OBUF", {}, "I", "O"
    for mode in range(10):
        yield "ALU", {"ALU_MODE": f"{mode}"}, "I0 I1 I3 CIN", "SUM COUT"
    for kind, pins in (("", ""), ("E", "CE"), ("S", "SET"), ("R", "RESET"), ("SE", "CE SET"), ("RE", "CE RESET")):
        yield f"DFF{kind}", {}, f"D {pins}", "Q"


FAMILIES = {
    "ice40": (_ice40, ice40.model, {"SB_DFF": "C"}),
    "ecp5": (_ecp5, ecp5.model, {"TRELLIS_FF": "CLK"}),
    "gowin": (_gowin, gowin.model, {"DFF": "CLK"}),
}


def instances(cells, clocks):
    """One module with every cell, each on ports of its own."""
    ports, lines = ["input clk"], []
    for index, (kind, parameters, *listed) in enumerate(cells):
        inputs, outputs = (names.split() for names in listed)
        if inputs:
            ports.append(f"input [{len(inputs) - 1}:0] a{index}")
        ports.append(f"output [{len(outputs) - 1}:0] y{index}")
        pins = [f".{pin}(a{index}[{i}])" for i, pin in enumerate(inputs)]
        pins += [f".{pin}(y{index}[{i}])" for i, pin in enumerate(outputs)]
        pins += [f".{clock}(clk)" for prefix, clock in clocks.items() if kind.startswith(prefix)]
        given = ", ".join(f".{name}({value})" for name, value in parameters.items())
        lines.append(
            f"  {kind} #({given}) u{index} ({', '.join(pins)});" if given else f"  {kind} u{index} ({', '.join(pins)});"
        )
    return "\n".join([f"module dut({', '.join(ports)});", *lines, "endmodule"]) + "\n"


def simulated(netlist, index):
    """The outputs of a cell and what they are after the clock edge, for every pattern of its state and its pins."""
    aig = Aig()
    state = {bit: aig.input() for bit in netlist.registers}
    inputs = {}

    def drive(port, bit, cycle):
        return inputs[port, bit] if cycle == 0 else 0

    count = len(netlist.inputs.get(f"a{index}", ()))
    for bit in range(count):
        inputs[f"a{index}", bit] = aig.input()
    run = Unrolled(aig, netlist, drive, state)
    held = [bit for bit in netlist.outputs[f"y{index}"] if bit in netlist.registers]
    now = run.output(f"y{index}", 0)
    after = [run.next(bit) for bit in held]
    free = [*inputs.values(), *(state[bit] for bit in held)]
    assert not run.undriven
    patterns = 1 << len(free)
    columns = {x: sum((p >> i & 1) << p for p in range(patterns)) for i, x in enumerate(free)}
    return len(held), aig.simulate([*now, *after], columns, (1 << patterns) - 1)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_model_is_the_library_s_cell(tmp_path, family):
    generate, model, clocks = FAMILIES[family]
    cells = list(generate(random.Random(0)))
    (tmp_path / "dut.v").write_text(instances(cells, clocks))
    (tmp_path / "library.v").write_text(library(family, {cell[0] for cell in cells}))
    sides = []
    for name, option, passes in (
        ("model", "-lib", "delete =A:* =dut %d"),
        ("real", "", "proc; flatten; techmap; opt_clean"),
    ):
        script = f"read_verilog {option} library.v\nread_verilog dut.v\nhierarchy -top dut\n"
        script += "\n".join([*passes.split("; "), f"write_json {name}.json"]) + "\n"
        (tmp_path / f"{name}.ys").write_text(script)
        tools.find("yosys").run("-q", f"{name}.ys", cwd=tmp_path)
        text = (tmp_path / f"{name}.json").read_text()
        kinds = {cell["type"] for cell in json.loads(text)["modules"]["dut"]["cells"].values()}
        assert {kind.startswith("$") for kind in kinds} == {name == "real"}, kinds
        sides.append(read(text, name, "dut", model=model))
    for index, cell in enumerate(cells):
        left, right = (simulated(side, index) for side in sides)
        assert left == right, cell


@pytest.mark.parametrize(
    ("model", "kind", "parameters"),
    [
        (ice40.model, "ICESTORM_LC", {"LUT_INIT": "0" * 16, "NEG_CLK": "1"}),
        (ice40.model, "ICESTORM_LC", {"LUT_INIT": "0" * 16, "DFF_ENABLE": "1", "ASYNC_SR": "1"}),
        (ice40.model, "SB_IO", {"PIN_TYPE": "000000"}),
        (ice40.model, "SB_IO", {"PIN_TYPE": "010101"}),
        (ecp5.model, "TRELLIS_FF", {"SRMODE": "ASYNC"}),
        (ecp5.model, "TRELLIS_FF", {"CLKMUX": "INV"}),
        (ecp5.model, "TRELLIS_FF", {"LSRMODE": "PRLD"}),
        (ecp5.model, "TRELLIS_FF", {"CEMUX": "0"}),
        (ecp5.model, "CCU2C", {"INIT0": "0" * 16, "INIT1": "0" * 16, "INJECT1_0": "MAYBE"}),
        (gowin.model, "ALU", {"ALU_MODE": "1010"}),
    ],
)
def test_a_mode_without_a_model_is_refused(model, kind, parameters):
    with pytest.raises(GatewrightError, match="the model knows"):
        model(kind, parameters)


@pytest.mark.parametrize(
    "kind", ["DFFP", "DFFCE", "DFFN", "DP16KD", "FD1S3DX", "SB_PLL40_CORE", "SB_SPRAM256KA", "rPLL"]
)
def test_a_cell_of_another_kind_has_no_model(kind):
    assert all(model(kind, {}) is None for model in (ice40.model, ecp5.model, gowin.model))


@pytest.mark.parametrize("registered", [False, True])
@pytest.mark.parametrize("value", [0, 1])
@pytest.mark.parametrize("constant", ["", "0", "1"])
def test_a_placed_logic_cell_is_a_lut_a_carry_and_a_flip_flop(registered, value, constant):
    ports = {"clk": [2], "a0": [3, 4, 5, 6, 7, 8, 9]}
    pins = {"I0": [3], "I1": [4], "I2": [5], "I3": [6], "CIN": [7], "CEN": [8], "SR": [9], "CLK": [2]}
    init = f"{random.Random(value).getrandbits(16):016b}"
    flags = {"DFF_ENABLE": registered, "SET_NORESET": value, "CIN_CONST": constant != "", "CIN_SET": constant == "1"}
    flags = {name: str(int(flag)) for name, flag in flags.items()}
    placed = {"ICESTORM_LC": ({"LUT_INIT": init, "CARRY_ENABLE": "1", **flags}, {**pins, "O": [10], "COUT": [11]})}
    parts = {
        "SB_LUT4": ({"LUT_INIT": init}, {**{name: pins[name] for name in ("I0", "I1", "I2", "I3")}, "O": [12]}),
        "SB_CARRY": ({}, {"I0": [4], "I1": [5], "CI": [constant or 7], "CO": [11]}),
    }
    if registered:
        kind, pin = ("SB_DFFESS", "S") if value else ("SB_DFFESR", "R")
        parts[kind] = ({}, {"C": [2], "D": [12], "E": [8], pin: [9], "Q": [10]})
    else:
        parts["$_BUF_"] = ({}, {"A": [12], "Y": [10]})
    sides = []
    for cells in (placed, parts):
        module = {"ports": {name: {"direction": "input", "bits": bits} for name, bits in ports.items()}}
        module["ports"]["y0"] = {"direction": "output", "bits": [10, 11]}
        module["cells"] = {k: {"type": k, "parameters": p, "connections": c} for k, (p, c) in cells.items()}
        sides.append(simulated(read(json.dumps({"modules": {"classifier": module}}), "n"), 0))
    assert sides[0] == sides[1]


@pytest.mark.parametrize("reading", [ICE40, ECP5, GOWIN], ids=lambda reading: reading.name)
def test_a_netlist_of_each_family_is_proven_and_a_changed_one_refuted(tmp_path, reading):
    graph = small()
    for change, said in (("", "result, stream and reset hold"), ("counted[5] <= ", "result: different")):
        text = verilog(graph)
        assert change in text
        (tmp_path / "classifier.v").write_text(text.replace(change, change + "~", 1) if change else text)
        netlist = elaborate(tmp_path / "classifier.v", tmp_path / "build", reading, "net")
        verdict, _ = follows(graph, netlist, LATENCY, tmp_path, "t", 60)
        assert verdict.equivalent == (not change)
        assert verdict.sentence.startswith(said)
