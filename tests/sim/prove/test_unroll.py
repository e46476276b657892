import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.sim.prove.aig import FALSE, TRUE, Aig
from gatewright.sim.prove.netlist import read
from gatewright.sim.prove.unroll import Unrolled
from tests import naive
from tests.sim.prove.cells import FLIP_FLOPS, Simulation, set_pin
from tests.sim.prove.test_aig import columns
from tests.sim.prove.test_netlist import cell, text


def free(aig, netlist, fixed=None):
    """An unrolled netlist, the variable of each register, and those of the inputs that are not fixed."""
    state = {bit: aig.input() for bit in netlist.registers}
    inputs = {}

    def drive(port, index, cycle):
        if (port, index) in (fixed or {}):
            return fixed[port, index]
        if (port, index, cycle) not in inputs:
            inputs[port, index, cycle] = aig.input()
        return inputs[port, index, cycle]

    return Unrolled(aig, netlist, drive, state), state, inputs


@pytest.mark.parametrize("kind", FLIP_FLOPS)
@pytest.mark.parametrize("fixed", [{}, {1: FALSE}, {1: TRUE}, {2: FALSE}, {2: TRUE}, {1: TRUE, 2: FALSE}])
def test_a_flip_flop_has_its_truth_table(kind, fixed):
    pins = {"D": 3, "E": 4, set_pin(kind): 5}
    netlist = read(text(cell(kind, C=2, Q=7, **pins)), "n")
    aig = Aig()
    run, state, inputs = free(aig, netlist, {("a", i): value for i, value in fixed.items()})
    found = run.next(7)
    d, e, r = (inputs.get(("a", i, 0), aig.input()) for i in range(3))
    values, mask = columns([state[7], d, e, r])
    [bits] = aig.simulate([found], values, mask)
    for p in range(16):
        q, d, e, r = (p >> i & 1 for i in range(4))
        assert bits >> p & 1 == FLIP_FLOPS[kind](q, d, fixed.get(1, e), fixed.get(2, r))


@pytest.mark.parametrize(
    ("kind", "pins"), [("SB_DFFE", {"E": 4}), ("SB_DFFSR", {"R": 4}), ("SB_DFFESS", {"E": 4, "S": 5})]
)
def test_only_the_side_that_is_taken_is_followed(kind, pins):
    netlist = read(text(cell(kind, C=2, D=7, Q=8, **pins), cell("$_AND_", A=3, B=6, Y=7)), "n")
    run, _, inputs = free(Aig(), netlist, {("a", 1): TRUE if "R" in pins else FALSE})
    run.next(8)
    assert not {("a", 0, 0), ("a", 3, 0)} & set(inputs)


@st.composite
def netlists(draw):
    """Random modules of tables, carries and flip-flops; feedback goes through flip-flops only."""
    rng = random.Random(draw(st.integers(0, 2**32 - 1)))
    kinds = [kind for kind in FLIP_FLOPS if kind.startswith("SB_")]
    flops, gates = draw(st.integers(1, 5)), draw(st.integers(1, 10))
    known = [3, 4, "0", "1", *range(10, 10 + flops)]
    cells = []
    for bit in range(30, 30 + gates):
        pins = {f"I{i}": rng.choice(known) for i in range(4)}
        if rng.random() < 0.2:
            cells.append(cell("SB_CARRY", I0=pins["I0"], I1=pins["I1"], CI=pins["I2"], CO=bit))
        else:
            cells.append(cell("SB_LUT4", {"LUT_INIT": f"{rng.getrandbits(16):016b}"}, O=bit, **pins))
        known.append(bit)
    for bit in range(10, 10 + flops):
        kind = rng.choice(kinds)
        pins = {"D": rng.choice(known)}
        pins |= {"E": rng.choice(known)} if "E" in kind[6:] else {}
        pins |= {set_pin(kind): rng.choice(known)} if "S" in kind[6:] else {}
        cells.append(cell(kind, C=2, Q=bit, **pins))
    ports = {
        "clk": {"direction": "input", "bits": [2]},
        "a": {"direction": "input", "bits": [3, 4]},
        "y": {"direction": "output", "bits": rng.sample(known[4:], min(4, len(known) - 4))},
    }
    return text(*cells, ports=ports)


@given(netlists(), st.integers(0, 2**32 - 1))
def test_every_cycle_agrees_with_a_simulation(source, seed):
    rng, lanes = random.Random(seed), 64
    netlist, aig = read(source, "n"), Aig()
    simulation = Simulation(json.loads(source)["modules"]["classifier"], lanes, rng)
    run, state, inputs = free(aig, netlist)
    outputs = [run.output("y", cycle) for cycle in range(4)]
    values = {literal: simulation.state[bit] for bit, literal in state.items()}
    for cycle in range(4):
        given_bits = [rng.getrandbits(lanes) for _ in range(2)]
        values |= {inputs["a", i, cycle]: v for i, v in enumerate(given_bits) if ("a", i, cycle) in inputs}
        simulation.drive("a", given_bits)
        assert aig.simulate(outputs[cycle], values, simulation.mask) == simulation.output("y")
        simulation.step()


def test_what_nothing_drives_is_free_in_every_cycle():
    netlist = read(text(cell("$_BUF_", A="x", Y=7)), "n")
    aig = Aig()
    run, _, _ = free(aig, netlist)
    outputs = run.output("y", 0) + run.output("y", 1)
    assert outputs == run.undriven
    assert len(set(aig.support(outputs))) == 2


@pytest.mark.parametrize(
    "cells",
    [
        [cell("$_NOT_", A=7, Y=7)],
        [cell("$_XOR_", A=3, B=8, Y=7), cell("$_OR_", A=4, B=9, Y=8), cell("$_BUF_", A=7, Y=9)],
        [cell("$_MUX_", S=3, A=8, B=4, Y=7), cell("SB_CARRY", I0=3, I1=4, CI=7, CO=8)],
    ],
)
def test_a_combinational_loop_is_refused(cells):
    run, _, _ = free(Aig(), read(text(*cells), "n"))
    with pytest.raises(GatewrightError, match=r"^n has a combinational loop through bit \d"):
        run.output("y", 0)


def test_a_loop_through_a_register_is_none():
    netlist = read(text(cell("$_NOT_", A=7, Y=8), cell("SB_DFF", C=2, D=8, Q=7)), "n")
    run, state, _ = free(Aig(), netlist)
    assert [run.output("y", cycle) for cycle in range(3)] == [[state[7]], [state[7] ^ 1], [state[7]]]


def test_a_long_chain_needs_no_recursion():
    cells = [cell("$_NOT_", A=bit, Y=bit + 1) for bit in range(100, 5100)]
    run, _, inputs = free(Aig(), read(text(cell("$_BUF_", A=3, Y=100), *cells, cell("$_BUF_", A=5100, Y=7)), "n"))
    assert run.output("y", 0) == [inputs["a", 0, 0]]


@given(st.integers(0, 2**16 - 1), st.lists(st.sampled_from([3, 4, 5, 6, "0", "1"]), min_size=4, max_size=4))
def test_constant_and_repeated_operands_keep_the_function(init, pins):
    lut = cell("SB_LUT4", {"LUT_INIT": f"{init:016b}"}, O=7, **{f"I{i}": pin for i, pin in enumerate(pins)})
    aig = Aig()
    run, _, inputs = free(aig, read(text(lut), "n"))
    [found] = run.output("y", 0)
    variables = [inputs.get(("a", i, 0), 0) or aig.input() for i in range(4)]
    values, mask = columns(variables)
    [bits] = aig.simulate([found], values, mask)
    for pattern in naive.patterns(4):
        p = sum(bit << i for i, bit in enumerate(pattern))
        rows = [int(pin) if isinstance(pin, str) else pattern[pin - 3] for pin in pins]
        assert bits >> p & 1 == init >> sum(bit << i for i, bit in enumerate(rows)) & 1
