"""A run folder from a network that comes with the package, in place of training."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewright.errors import GatewrightError
from gatewright.run import Run, write_whole

from . import split
from .say import Say, silent

if TYPE_CHECKING:
    from gatewright.models.registry import Model

Values = dict[str, Any]


def load_model(name: str, run: Run, *, data_dir: Path | None = None, say: Say = silent) -> Values:
    """Put the network called ``name`` where training would have, and write ``model.json``.

    The network is replaced that is there. The test split is left beside it if the data set is found: without it,
    simulation and boards are asked other words.

    Args:
        name: of a model in `gatewright.models.registry`.
        run: the run folder.
        data_dir: where named data sets lie; ``$GATEWRIGHT_DATA`` otherwise.
        say: told what is going on.

    Raises:
        GatewrightError: if there is no such model, or the folder cannot be written.
    """
    from gatewright.models import registry

    started = time.monotonic()
    model = registry.get(name)
    say("reading the test split", None)
    found, reason = _test_split(model, data_dir)
    for path in (run.checkpoint, run.metrics, run.data):
        path.unlink(missing_ok=True)
    write_whole(run.recipe, model.recipe)
    origin = {"source": model.training["dataset"], "digest": model.training["data_digest"], "target": None}
    folder = None if data_dir is None else str(data_dir.absolute())
    write_whole(run.origin, json.dumps(origin | {"data_dir": folder}, indent=2) + "\n")
    measured = None
    if found is not None:
        words, labels = found
        split.keep(run, words, labels)
        measured = float((model.graph.scores(words).argmax(axis=1) == labels).mean())
    run.store(model.graph, run.learned)
    run.write_json("train", model.training)
    values = {
        "digest": model.graph.digest,
        "model": name,
        **dataclasses.asdict(model.options),
        "dataset": model.training["dataset"],
        "samples": 0 if found is None else len(found[1]),
        "accuracy_test": measured,
        "missing": reason,
        "tools": {},
        "seconds": time.monotonic() - started,
    }
    run.write_json("model", values)
    return values


def _test_split(model: Model, data_dir: Path | None) -> tuple[split.Split | None, str]:
    """The test split of the model's data set, or None and why it cannot be had."""
    from gatewright.train import data

    try:
        return split.of(data.load(str(model.training["dataset"]), data_dir=data_dir), model.graph), ""
    except GatewrightError as error:
        return None, str(error)
