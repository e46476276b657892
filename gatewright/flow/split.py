"""Test splits as a network reads them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from gatewright.errors import GatewrightError
from gatewright.graph.encoder import Thermometer
from gatewright.graph.graph import GateGraph
from gatewright.run import Run, read_whole, write_whole

if TYPE_CHECKING:
    from gatewright.train.data import Dataset

Split = tuple[Any, Any]
"""Encoder words (samples, features), and the class index of each sample."""


def keep(run: Run, words: Any, labels: Any) -> None:
    """Leave an encoded test split as training does: words (samples, features) and class indices (samples,)."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, words=np.asarray(words, np.uint16), labels=np.asarray(labels, np.int64))
    write_whole(run.data, buffer.getvalue())


def kept(run: Run, graph: GateGraph) -> Split:
    """The encoded test split that training has left, as a network of the run reads it.

    Raises:
        GatewrightError: if the file is absent, damaged, or of another network.
    """
    data = read_whole(run.data, _remedy(run))
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as archive:
            words, labels = archive["words"], archive["labels"]
    except Exception as error:  # Damaged bytes make zipfile and numpy raise nearly anything.
        raise GatewrightError(f"{run.data} is damaged ({error}): train the network again.") from error
    encoder = run.load(run.learned).encoder if run.learned.is_file() else graph.encoder
    if words.ndim != 2 or words.shape[1] != encoder.features or words.dtype.kind not in "iu":
        raise GatewrightError(
            f"{run.data} holds words of shape {words.shape}, but the network reads {encoder.features} features: "
            "train the network again."
        )
    if labels.shape != (len(words),) or not len(words) or labels.min() < 0 or labels.max() >= graph.classes:
        raise GatewrightError(f"{run.data} holds labels that do not belong to its words: train the network again.")
    return as_read(words, encoder, graph), labels


def asked(run: Run, graph: GateGraph) -> Any:
    """The words of `kept`; none, as an array of shape (0, features), where no test split was left.

    Raises:
        GatewrightError: if there is one, and it is damaged or of another network.
    """
    if run.data.exists():
        return kept(run, graph)[0]
    return np.zeros((0, graph.encoder.features), np.uint16)


def _remedy(run: Run) -> str:
    """What brings a test split."""
    try:
        values = run.read_json("model", run.load(run.learned).digest)
        return (
            f"name the folder that holds {values['dataset']} with $GATEWRIGHT_DATA, and run "
            f"`gatewright demo --model {values['model']} --out {run.path}` again"
        )
    except (GatewrightError, KeyError):
        return f"run `gatewright train DATA --out {run.path}` first"


def as_read(words: Any, encoder: Thermometer, graph: GateGraph) -> Any:
    """Words that an encoder made, as a network reads them: bits, if it was exported without that encoder."""
    if encoder.feature_names == graph.encoder.feature_names:
        return words
    column = {name: index for index, name in enumerate(encoder.bit_names)}
    columns = [column.get(name, -1) for name in graph.encoder.feature_names]
    if -1 in columns:
        raise GatewrightError("The network reads bits that its encoder does not make: export the network again.")
    return encoder.bits(words)[:, columns].astype(np.uint16)


def of(dataset: Dataset, graph: GateGraph) -> Split:
    """The test split of a data set, as the network's encoder and class names see it."""
    known = {name: index for index, name in enumerate(graph.class_names)}
    unknown = [name for name in dataset.class_names if name not in known]
    if unknown:
        raise GatewrightError(
            f"{dataset.name} has the class {unknown[0]!r}, which the network does not know: "
            f"its classes are {', '.join(graph.class_names[:8])}."
        )
    if sorted(dataset.feature_names) != sorted(graph.encoder.feature_names):
        raise GatewrightError(
            f"{dataset.name} has the features {', '.join(dataset.feature_names[:4])} ..., and the network reads "
            f"{', '.join(graph.encoder.feature_names[:4])} ...: pass data of the same features."
        )
    columns = [dataset.feature_names.index(name) for name in graph.encoder.feature_names]
    labels = np.array([known[name] for name in dataset.class_names])[dataset.y_test]
    return graph.encoder.words(dataset.x_test[:, columns]), labels
