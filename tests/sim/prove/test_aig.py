import itertools
import random

import pytest
from hypothesis import given, settings

from gatewright.errors import GatewrightError
from gatewright.sim.prove.aig import FALSE, TRUE, Aig
from gatewright.sim.prove.circuit import nets
from tests import naive
from tests.graphs import graphs


def columns(literals):
    """Every pattern of the literals, and the mask."""
    count = len(literals)
    values = {x: sum(1 << p for p in range(1 << count) if p >> i & 1) for i, x in enumerate(literals)}
    return values, (1 << (1 << count)) - 1


def parse(data):
    """A binary AIGER file by hand: inputs, outputs, gates."""
    head, rest = data.split(b"\n", 1)
    magic, most, inputs, latches, outputs, gates = head.split()
    assert (magic, latches) == (b"aig", b"0")
    assert int(most) == int(inputs) + int(gates)
    lines = rest.split(b"\n", int(outputs))
    listed, body = [int(x) for x in lines[:-1]], iter(lines[-1])
    ands = []

    def number():
        shift = value = 0
        while True:
            byte = next(body)
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    for i in range(int(gates)):
        lhs = 2 * (int(inputs) + i + 1)
        high = lhs - number()
        low = high - number()
        assert lhs > high >= low >= 0
        ands.append((high, low))
    assert next(body, None) is None
    return int(inputs), listed, ands


def run(parsed, bits):
    inputs, outputs, ands = parsed
    values = [0, *bits]
    for a, b in ands:
        values.append((values[a >> 1] ^ a & 1) & (values[b >> 1] ^ b & 1))
    assert len(bits) == inputs
    return [values[o >> 1] ^ o & 1 for o in outputs]


def test_operations_on_every_pattern():
    aig = Aig()
    x = aig.inputs(3)
    values, mask = columns(x)
    for a, b, c in itertools.product([FALSE, TRUE, *x, *(y ^ 1 for y in x)], repeat=3):
        roots = [
            aig.land(a, b),
            aig.lor(a, b),
            aig.xor(a, b),
            aig.mux(a, b, c),
            aig.majority(a, b, c),
            aig.all([a, b, c]),
            aig.any([a, b, c]),
        ]
        u, v, w = aig.simulate([a, b, c], values, mask)
        expected = [u & v, u | v, u ^ v, u & w | (u ^ mask) & v, u & v | u & w | v & w, u & v & w, u | v | w]
        assert aig.simulate(roots, values, mask) == expected


def test_equal_functions_of_xor_meet():
    aig = Aig()
    a, b = aig.inputs(2)
    assert aig.xor(a, b) == aig.xor(b ^ 1, a) ^ 1


@given(graphs())
def test_nets_agree_with_the_naive_reference(graph):
    aig = Aig()
    bits = aig.inputs(graph.inputs)
    literals = nets(aig, graph, bits)
    values, mask = columns(bits)
    found = aig.simulate(literals, values, mask)
    for p in range(1 << graph.inputs):
        assert [v >> p & 1 for v in found] == naive.nets(graph, [p >> i & 1 for i in range(graph.inputs)])


@settings(deadline=None)
@given(graphs())
def test_the_file_holds_the_same_functions_in_our_input_order(graph):
    aig = Aig()
    bits = aig.inputs(graph.inputs)
    outputs = [n ^ i & 1 for i, n in enumerate(nets(aig, graph, bits))]
    order = list(bits)
    random.Random(graph.gates).shuffle(order)
    parsed = parse(aig.aiger(order, outputs))
    values, mask = columns(bits)
    expected = aig.simulate(outputs, values, mask)
    for p in range(1 << graph.inputs):
        pattern = {x: p >> i & 1 for i, x in enumerate(bits)}
        assert run(parsed, [pattern[x] for x in order]) == [v >> p & 1 for v in expected]


def test_long_distances_are_encoded():
    aig = Aig()
    x = aig.inputs(40_000)
    both = aig.land(aig.all(x[1:]), x[0])
    inputs, outputs, ands = parse(aig.aiger(x, [both, both ^ 1, TRUE, FALSE]))
    assert (inputs, len(ands)) == (40_000, 39_999)
    assert run((inputs, outputs, ands), [1] * 40_000) == [1, 0, 1, 0]
    assert run((inputs, outputs, ands), [0] + [1] * 39_999) == [0, 1, 1, 0]


def test_an_input_that_is_not_listed_is_refused():
    aig = Aig()
    a, b = aig.inputs(2)
    with pytest.raises(GatewrightError, match="not among the inputs"):
        aig.aiger([a], [aig.land(a, b)])


def test_support_and_cone():
    aig = Aig()
    a, b, c = aig.inputs(3)
    both = aig.land(a, c)
    aig.land(a, b)
    assert aig.support([both]) == [a, c]
    assert aig.cone([both, TRUE]) == [a >> 1, c >> 1, both >> 1]
