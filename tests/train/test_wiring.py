import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.train.wiring import balanced


@given(st.integers(0, 2**31), st.integers(1, 30), st.integers(1, 60), st.integers(2, 6), st.integers(1, 4))
@settings(deadline=None)
def test_every_input_is_used_equally_often_and_a_gate_reads_different_ones(seed, inputs, gates, fan_in, candidates):
    wiring = balanced(inputs, gates, fan_in, candidates, torch.Generator().manual_seed(seed))
    assert wiring.shape == (gates, fan_in, candidates)
    places = fan_in * candidates
    counts = torch.bincount(wiring.ravel(), minlength=inputs)
    if places <= inputs:
        assert all(len(set(row)) == places for row in wiring.reshape(gates, places).tolist())
        # A gate across two permutations may have been drawn anew: one input more, another less.
        redrawn = -(-gates * places // inputs)
        assert counts.max() - counts.min() <= 1 + 2 * redrawn
    else:
        assert counts.max() - counts.min() <= 1
        for row in wiring.reshape(gates, places):
            own = torch.bincount(row, minlength=inputs)
            assert own.max() - own.min() <= 2


def test_ordered_gates_are_the_same_gates_in_another_order():
    plain, ordered = (
        balanced(50, 400, 2, 3, torch.Generator().manual_seed(1), ordered=ordered) for ordered in (False, True)
    )
    first = ordered[:, 0, 0]
    assert (first[1:] >= first[:-1]).all()
    assert sorted(plain.tolist()) == sorted(ordered.tolist())


@pytest.mark.parametrize("inputs", [1, 2])
def test_few_inputs_are_enough(inputs):
    assert balanced(inputs, 3, 2, 1, None).max() < inputs
