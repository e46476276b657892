import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.sim.prove.aig import FALSE, TRUE, Aig
from gatewright.sim.prove.circuit import popcount
from gatewright.sim.prove.guide import Guide
from tests.sim.prove.test_aig import columns


def test_a_guide_finds_the_adders_of_a_design():
    aig = Aig()
    x = aig.inputs(9)
    sums = [aig.xor(aig.xor(*x[i : i + 2]), x[i + 2]) for i in (0, 3, 6)]
    other = [x[i] for i in (0, 3, 6, 1, 4, 7, 2, 5, 8)]
    carries = [aig.majority(*x[i : i + 3]) for i in (0, 3, 6)]
    found = Guide(aig, sums + carries).adders(other)
    assert {frozenset(other[i] for i in triple) for triple in found} == {frozenset(x[i : i + 3]) for i in (0, 3, 6)}


def test_an_adder_whose_carry_is_there_too_comes_first():
    aig = Aig()
    a, b, c, d, e = aig.inputs(5)
    sums = [aig.xor(aig.xor(a, b), c), aig.xor(aig.xor(c, d), e)]
    assert Guide(aig, [*sums, aig.majority(c, d, e)]).adders([a, b, c, d, e]) == [(2, 3, 4)]


def test_a_sum_without_its_carry_is_better_than_nothing():
    aig = Aig()
    a, b, c, d = aig.inputs(4)
    assert Guide(aig, [aig.xor(aig.xor(a, b), d)]).adders([a, b, c, d]) == [(0, 1, 3)]


def test_half_adders_are_found():
    aig = Aig()
    a, b, c, d = aig.inputs(4)
    design = [aig.xor(a, c), aig.land(a, c), aig.xor(b, d), aig.land(b, d)]
    assert sorted(Guide(aig, design).adders([a, b, c, d])) == [(0, 2), (1, 3)]


def test_complements_are_the_same_signal():
    aig = Aig()
    x = aig.inputs(3)
    parity, carry = aig.xor(aig.xor(x[0], x[1]), x[2]), aig.majority(*x)
    assert Guide(aig, [parity ^ 1, carry ^ 1]).adders(x) == [(0, 1, 2)]


def test_nothing_alike_is_no_proposal():
    aig = Aig()
    x = aig.inputs(5)
    assert Guide(aig, [aig.all(x)]).adders(x) == []
    assert Guide(aig, [TRUE, FALSE]).adders(x) == []


def test_a_bit_and_itself_or_its_complement_are_no_adder():
    aig = Aig()
    a, b, c = aig.inputs(3)
    guide = Guide(aig, [aig.land(b, c)])
    assert guide.adders([a, a, b]) == []
    assert guide.adders([a, b, a ^ 1]) == []


def test_signals_that_are_made_later_are_known_by_their_values():
    aig = Aig()
    x = aig.inputs(6)
    first, second = (aig.xor(aig.xor(*x[i : i + 2]), x[i + 2]) for i in (0, 3))
    guide = Guide(aig, [aig.xor(first, second), aig.land(first, second)])
    again = [aig.xor(x[i], aig.xor(x[i + 1], x[i + 2])) for i in (0, 3)]
    assert again != [first, second]
    assert guide.adders(again) == [(0, 1)]


@given(st.integers(0, 2**32 - 1), st.integers(2, 8), st.integers(0, 3))
def test_proposals_are_disjoint_pairs_and_triples_and_keep_the_sum(seed, count, repeated):
    rng = random.Random(seed)
    aig = Aig()
    x = aig.inputs(count)
    known = list(x)
    for _ in range(20):
        a, b, c = (rng.choice(known) ^ rng.randrange(2) for _ in range(3))
        known += [aig.xor(aig.xor(a, b), c), aig.majority(a, b, c)]
    guide = Guide(aig, known)
    column = [rng.choice(known) for _ in range(8)]
    proposed = guide.adders(column)
    flat = [position for positions in proposed for position in positions]
    assert len(set(flat)) == len(flat)
    assert set(flat) <= set(range(8))
    assert all(len(positions) in (2, 3) for positions in proposed)
    bits = [literal ^ rng.randrange(2) for literal in x] + [TRUE] * repeated + x[:repeated]
    rng.shuffle(bits)
    width = len(bits).bit_length()
    values, mask = columns(x)
    rows = aig.simulate(bits, values, mask)
    total = aig.simulate(popcount(aig, bits, width, guide), values, mask)
    for p in range(1 << count):
        assert sum((row >> p & 1) << i for i, row in enumerate(total)) == sum(row >> p & 1 for row in rows)


@pytest.mark.parametrize("wrong", [[(0, 9)], [(-1, 0, 1)], [(0,)], [(0, 1, 2, 3)], [(0, 1), (1, 2)]])
def test_a_guide_that_would_change_the_sum_is_refused(wrong):
    class Wrong:
        def adders(self, column):  # noqa: ARG002
            return wrong

    aig = Aig()
    with pytest.raises(GatewrightError, match="a proof must not use them"):
        popcount(aig, aig.inputs(5), 3, Wrong())


def test_a_guide_keeps_up_with_many_bits():
    aig = Aig()
    x = aig.inputs(120)
    order = np.random.default_rng(0).permutation(120).tolist()
    triples = [[x[i] for i in order[at : at + 3]] for at in range(0, 120, 3)]
    design = [literal for a, b, c in triples for literal in (aig.xor(aig.xor(a, b), c), aig.majority(a, b, c))]
    found = Guide(aig, design).adders(x)
    assert {frozenset(x[i] for i in positions) for positions in found} == {frozenset(triple) for triple in triples}
