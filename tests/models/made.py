"""Folders of models, small ones."""

import dataclasses
import json

import numpy as np

from gatewright.graph.file import dumps
from gatewright.graph.graph import Provenance
from gatewright.models.registry import Options
from gatewright.run import write_whole
from tests.graphs import random_graph
from tests.report.runs import encoder, pixels

OPTIONS = Options("Three kinds of squares", lanes=2, without_encoder=True, selftest=False)


def make(folder, name="tiny", options=OPTIONS, seed=0):
    """A model that reads images of four by four pixels, and claims to be of MNIST."""
    graph = random_graph(np.random.default_rng(seed), width=12, classes=3, encoder=encoder(pixels(4, 4)))
    classes = tuple("abc")
    graph = dataclasses.replace(graph, class_names=classes, provenance=Provenance(name, name, "mnist", "0" * 64, seed))
    training = {"digest": graph.digest, "gates": graph.gates, "dataset": "mnist", "data_digest": "0" * 64, "seed": seed}
    training |= {"accuracy_test": 0.875, "accuracy_train_mode": 0.88, "gap": 0.005, "unused_gates": 0}
    training |= {"recipe": name, "accuracy_validation": 0.9, "tools": {"torch": "2"}, "seconds": 1.0}
    write_whole(folder / name / "learned.lgn", dumps(graph))
    write_whole(folder / name / "recipe.toml", f'name = "{name}"\ndataset = "mnist"\nlayers = [12]\n')
    write_whole(folder / name / "train.json", json.dumps(training))
    write_whole(folder / name / "model.toml", options.toml())
    return graph


def data(folder, graph, samples=30):
    """A data set that the model reads, called MNIST, in a folder; its words and labels."""
    rng = np.random.default_rng(5)
    images = rng.integers(0, 4, (samples, 4, 4), dtype=np.uint8)
    words = graph.encoder.words(images.reshape(samples, 16))
    labels = graph.scores(words).argmax(axis=1)
    labels[::3] = (labels[::3] + 1) % 3
    labels[:6] = np.arange(6) % 3
    names = np.array(graph.class_names)[labels]
    arrays = {"x_train": images, "y_train": names, "x_test": images, "y_test": names}
    np.savez(folder / "mnist.npz", feature_names=np.array(graph.encoder.feature_names), **arrays)
    return words, labels
