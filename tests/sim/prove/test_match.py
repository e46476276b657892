import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.sim.prove.aig import FALSE, TRUE, Aig
from gatewright.sim.prove.cec import Verdict, equivalent
from gatewright.sim.prove.match import partners
from tests.sim.prove.test_aig import columns


class Oracle:
    """Decides by every pattern of the inputs, and remembers what it was asked."""

    def __init__(self, aig, inputs):
        self.aig, self.inputs, self.asked = aig, inputs, []

    def __call__(self, left, right):
        self.asked.append(list(zip(left, right, strict=True)))
        values, mask = columns(self.inputs)
        a, b = (self.aig.simulate(side, values, mask) for side in (left, right))
        for x, y in zip(a, b, strict=True):
            if x != y:
                p = ((x ^ y) & -(x ^ y)).bit_length() - 1
                return Verdict(False, "oracle", 0.0, {v: p >> i & 1 for i, v in enumerate(self.inputs)}, "different")
        return Verdict(True, "oracle", 0.0, None, "equal")


def random_literals(aig, rng, x, count):
    known = list(x)
    for _ in range(count):
        a, b = (rng.choice(known) ^ rng.randrange(2) for _ in range(2))
        known.append(rng.choice((aig.land, aig.xor))(a, b))
    return known


@given(st.integers(0, 2**32 - 1))
def test_every_partner_is_equal_and_in_the_cone(seed):
    rng = random.Random(seed)
    aig = Aig()
    x = aig.inputs(5)
    known = random_literals(aig, rng, x, 30)
    outputs = [rng.choice(known) ^ rng.randrange(2) for _ in range(3)]
    wanted = [rng.choice(known) ^ rng.randrange(2) for _ in range(10)] + [TRUE, FALSE]
    oracle = Oracle(aig, x)
    found = partners(aig, outputs, wanted, oracle)
    cone = set(aig.cone(outputs))
    values, mask = columns(x)
    assert all(partner >> 1 in cone for partner in found.values())
    assert set(found) <= {literal & ~1 for literal in wanted}
    assert aig.simulate(list(found), values, mask) == aig.simulate(list(found.values()), values, mask)
    for literal in wanted:
        if literal > TRUE and literal >> 1 in cone:
            assert found[literal & ~1] == literal & ~1


def test_another_structure_and_a_complement_are_found():
    aig = Aig()
    a, b, c = aig.inputs(3)
    design = aig.lor(aig.land(a, b), aig.land(a, c))
    wanted = aig.land(a, aig.lor(b, c)) ^ 1
    assert wanted >> 1 != design >> 1
    found = partners(aig, [aig.xor(design, b)], [wanted], Oracle(aig, [a, b, c]))
    assert found == {wanted & ~1: design ^ wanted & 1 ^ 1}


def rare(aig, x):
    """Two signals that differ from each other, and from 0, in one pattern each, and a second form of the first."""
    return aig.all(x), aig.all([*x[:-1], x[-1] ^ 1]), aig.all(reversed(x))


def test_a_refuted_pair_is_not_proposed_again(tmp_path):
    aig = Aig()
    x = aig.inputs(30)
    first, second, again = rare(aig, x)
    assert first != again
    rounds = []

    def ask(left, right):
        rounds.append(list(zip(left, right, strict=True)))
        return equivalent(aig, left, right, x, tmp_path, f"q{len(rounds)}")

    assert partners(aig, [aig.xor(second, x[0]), first], [again], ask) == {again: first}
    assert len(rounds) > 1
    assert all(pair not in later for i, pairs in enumerate(rounds) for pair in pairs[:1] for later in rounds[i + 1 :])


def test_a_signal_that_looks_alike_but_is_not_has_no_partner(tmp_path):
    aig = Aig()
    x = aig.inputs(30)
    _, second, again = rare(aig, x)
    found = partners(
        aig, [aig.xor(second, x[0])], [again], lambda left, right: equivalent(aig, left, right, x, tmp_path, "q")
    )
    assert found == {}


@pytest.mark.parametrize("counterexample", [None, {}])
def test_without_a_proof_there_is_no_partner(counterexample):
    aig = Aig()
    a, b = aig.inputs(2)
    asked = []

    def ask(left, right):
        asked.append((left, right))
        return Verdict(False, "", 0.0, counterexample, "")

    assert partners(aig, [aig.land(a, b)], [a], ask) == {}
    assert 1 <= len(asked) <= 20


def test_nothing_alike_is_not_asked():
    aig = Aig()
    a, b, c = aig.inputs(3)
    oracle = Oracle(aig, [a, b, c])
    assert partners(aig, [aig.land(a, b)], [aig.xor(b, c), TRUE], oracle) == {}
    assert oracle.asked == []
