"""The report: one self-contained HTML page about a run, made from what its verbs have written."""

from __future__ import annotations

from typing import Any

from gatewright import __version__
from gatewright.graph.graph import GateGraph
from gatewright.graph.stats import stats
from gatewright.run import Run
from gatewright.train.progress import read

from . import peers
from .answers import Answers
from .pictures.area import area
from .pictures.circuit import circuits
from .pictures.confusion import confusion
from .pictures.features import features
from .pictures.functions import functions
from .pictures.nearest import nearest
from .pictures.path import path
from .pictures.training import training
from .pictures.waveform import waveform
from .results import Results, collect
from .source import Source, source
from .stages import engines, stages
from .summary import next_steps
from .template import render


def page(
    run: Run, answers: Answers | str = "The test split was not evaluated.", initial: GateGraph | None = None
) -> str:
    """The page as HTML text. Verbs that have not run yet are named as missing, stale ones as stale.

    Args:
        run: the run folder.
        answers: of the network to the test split, or one sentence that says why there are none.
        initial: the network before the first step of its training, if it is known.

    Raises:
        GatewrightError: if the run folder holds no network.
    """
    results = collect(run)
    graph, verbs, boards = results.graph, results.verbs, results.boards
    inputs = source(graph, results.learned)
    known = None if isinstance(answers, str) else answers
    done = stages(run, results)
    return render(
        "report.html",
        graph=graph,
        inputs=inputs,
        stats=stats(graph),
        results=verbs,
        stages=done,
        proven=any(stage.name == "proven" and stage.state == "done" for stage in done),
        boards=boards,
        silicon=results.silicon,
        training=training(read(run.metrics), verbs["train"]),
        functions=functions(initial, results.learned, graph),
        features=features(graph, inputs),
        circuits=circuits(graph, inputs),
        confusion=confusion(known, graph.class_names) if known else None,
        nearest=nearest(graph, known, inputs) if known else None,
        unanswered=answers if known is None else "",
        waveform=waveform(run.sim, graph, known.words if known else None, verbs["simulate"], _clock(results)),
        area=area(boards) if boards else None,
        paths={name: path(run.board(name), board) for name, board in boards.items()},
        peers=_peers(results, inputs),
        next_steps=next_steps(run, results),
        version=__version__,
        tools=_tools(results),
    )


def _clock(results: Results) -> float | None:
    """The clock of the first board that has one, in MHz."""
    return next((board["clock_mhz"] for board in results.boards.values() if board["clock_mhz"] is not None), None)


def _peers(results: Results, inputs: Source) -> list[peers.Peer]:
    """The published rows and the run's own; none for other data."""
    train = results.verbs["train"]
    if train is None or train["accuracy_test"] is None:
        return []
    if not peers.is_mnist(inputs, results.graph.classes, str(train["dataset"])):
        return []
    return peers.table(results.graph.provenance.name, inputs, train, results.boards)


def _tools(results: Results) -> str:
    """Each program that took part, the latest use last."""
    used: dict[str, Any] = {}
    for values in (*results.verbs.values(), *results.boards.values()):
        used |= values["tools"] if values else {}
    return engines({"tools": used})
