"""Networks that teach: their scores of every moved sample, in the probabilities that a step is told."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.run import Run
from gatewright.train.encode import fit
from gatewright.train.loop import train
from gatewright.train.moves import Moves
from gatewright.train.samples import Samples
from gatewright.train.teacher import Teacher
from tests import naive
from tests.train.test_loop import RECIPE, StopError, pictures, stopping, toy, weights


def one_gate(dataset, bits=2, seed=0):
    """A network of one gate and some of its inputs for the classes of a data set."""
    encoder = fit(dataset.x_train, dataset.feature_names, bits=bits)
    rng = np.random.default_rng(seed)
    groups = [rng.integers(2, 3 + encoder.inputs, 3 + index).tolist() for index in range(dataset.classes)]
    return GateGraph.build(encoder, [(6, (2, 1 + encoder.inputs))], groups, dataset.class_names)


def taught(graph, **changes):
    return dataclasses.replace(RECIPE, teacher=graph.digest, **changes)


@settings(max_examples=40)
@given(st.integers(0, 99), st.sampled_from([0.0, 0.3, 1.0]), st.sampled_from([0.5, 4.0]))
def test_a_target_is_the_label_and_the_softened_scores(seed, weight, tau):
    rng = np.random.default_rng(seed)
    scores, labels = rng.integers(0, 300, (5, 4)).astype(np.uint16), rng.integers(0, 4, 5)
    found = Teacher(one_gate(toy()), weight, tau).targets(scores, torch.from_numpy(labels))
    assert found.dtype == torch.float32
    for row, label, target in zip(scores.tolist(), labels, found.tolist(), strict=True):
        high = max(row)
        shares = [math.exp((score - high) / tau) for score in row]
        expected = [weight * share / sum(shares) for share in shares]
        expected[label] += 1 - weight
        assert target == pytest.approx(expected, abs=1e-6)


def test_every_way_of_a_sample_is_judged_by_its_raw_features():
    # More thresholds than the learner reads, so that the bits of the one are not those of the other.
    data, moves, rows = pictures(), Moves(1, 20.0), np.array([7, 3, 100])
    graph = one_gate(data, bits=3)
    encoder = fit(data.x_train, data.feature_names, bits=1)
    samples = Samples.of(data, encoder, rows, moves, Teacher(graph, 0.5, 1.0))
    for scores, x in zip(samples.scores, moves.each(data.x_train[rows], data.image), strict=True):
        assert scores.tolist() == naive.scores(graph, graph.encoder(x).tolist())


def test_a_draw_is_the_same_with_and_without_a_teacher_but_for_what_it_says():
    data, moves, rows = pictures(), Moves(1), np.arange(60)
    graph, encoder = one_gate(data), fit(data.x_train, data.feature_names, bits=1)
    teacher = Teacher(graph, 0.75, 2.0)
    alone, helped = Samples.of(data, encoder, rows, moves), Samples.of(data, encoder, rows, moves, teacher)
    bits, labels = alone.draw(30, torch.Generator().manual_seed(4))
    same, targets = helped.draw(30, torch.Generator().manual_seed(4))
    assert torch.equal(bits, same)
    assert targets.shape == (30, 2)
    # What the drawn way of the drawn row must be.
    generator = torch.Generator().manual_seed(4)
    drawn = torch.randint(60, (30,), generator=generator)
    ways = torch.randint(9, (30,), generator=generator)
    assert torch.equal(targets, teacher.targets(helped.scores[ways, drawn], labels))


def test_a_run_with_a_teacher_resumes_to_the_same_bits_and_keeps_it(tmp_path):
    graph = one_gate(toy())
    whole, broken, other = (Run(tmp_path / name) for name in ("whole", "broken", "other"))
    recipe = taught(graph)
    train(recipe, toy(), whole, teacher=graph)
    for at in (10, 40):
        with pytest.raises(StopError):
            train(recipe, toy(), broken, teacher=graph, resume=at != 10, progress=stopping(at))
    train(recipe, toy(), broken, teacher=broken.load(broken.teacher), resume=True)
    assert weights(broken) == weights(whole)
    assert broken.teacher.read_bytes() == whole.teacher.read_bytes()
    assert whole.load(whole.teacher) == graph
    # A teacher that weighs nothing changes nothing; any other, and any change to it, does.
    train(RECIPE, toy(), other)
    silent = Run(tmp_path / "silent")
    train(taught(graph, teacher_weight=0.0), toy(), silent, teacher=graph)
    assert weights(silent) == weights(other) != weights(whole)
    for changes in ({"teacher_weight": 0.4}, {"teacher_tau": 3.0}):
        train(taught(graph, **changes), toy(), other, teacher=graph, overwrite=True)
        assert weights(other) != weights(whole)
    train(RECIPE, toy(), other, overwrite=True)
    assert not other.teacher.exists()


def test_a_network_learns_from_its_teacher_what_no_label_says(tmp_path):
    data = toy()
    knows = Run(tmp_path / "knows")
    train(dataclasses.replace(RECIPE, steps=400, layers=(80, 40)), data, knows)
    graph = knows.load(knows.learned)
    rng = np.random.default_rng(0)
    unlabelled = dataclasses.replace(data, y_train=rng.permutation(data.y_train))
    recipe = dataclasses.replace(RECIPE, steps=300, evaluate_every=300, layers=(80, 40))
    alone = train(recipe, unlabelled, Run(tmp_path / "alone"))
    recipe = dataclasses.replace(recipe, teacher=graph.digest, teacher_weight=1.0, teacher_tau=1.0)
    helped = train(recipe, unlabelled, Run(tmp_path / "helped"), teacher=graph)
    assert alone["accuracy_test"] < 0.7
    assert helped["accuracy_test"] > 0.8


def test_a_teacher_that_does_not_fit_is_one_sentence(tmp_path):
    data, run = toy(), Run(tmp_path / "run")
    graph = one_gate(data)
    names = ("one", *data.feature_names[1:])
    cases = [
        (taught(graph), None, data, r"teacher is [0-9a-f]{12}, but the network that was given is none: name the teach"),
        (RECIPE, graph, data, r"teacher is nobody, but the network that was given is [0-9a-f]{12}:"),
        (taught(graph), one_gate(data, seed=1), data, r"teacher is [0-9a-f]{12}, but the network .* is [0-9a-f]{12}:"),
        (taught(graph), graph, dataclasses.replace(data, feature_names=names), r"6 features \(a, b, c, \.\.\.\), but"),
        (taught(graph), graph, dataclasses.replace(data, class_names=("a", "b")), r"knows 2 classes \(even, odd, \.\."),
    ]
    for recipe, teacher, dataset, sentence in cases:
        with pytest.raises(GatewrightError, match=sentence):
            train(recipe, dataset, run, teacher=teacher)
        assert not run.path.exists()
