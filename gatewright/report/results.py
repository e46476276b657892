"""What the verbs have written about the network of a run: the one source of page and summary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.run import Run

VERBS = ("train", "export", "simulate", "prove")

Values = dict[str, Any]


@dataclass(frozen=True)
class Results:
    """The JSON files of a run that belong to its graph.

    Attributes:
        graph: the network.
        verbs: for each of `VERBS` what it wrote, or None.
        boards: for each board what synthesis wrote.
        silicon: for each board what it answered, on a real port or simulated.
        missing: one sentence for each file that is absent, stale or damaged.
    """

    graph: GateGraph
    verbs: dict[str, Values | None]
    boards: dict[str, Values]
    silicon: dict[str, Values]
    missing: tuple[str, ...]


def collect(run: Run) -> Results:
    """Read everything that is there.

    Raises:
        GatewrightError: if the run folder holds no network.
    """
    graph = run.load()
    missing: list[str] = []
    verbs: dict[str, Values | None] = dict.fromkeys(VERBS)
    for verb in VERBS:
        try:
            # Training knows the graph as it was learned; what comes later, the optimised one.
            verbs[verb] = run.read_json(verb, run.load(run.learned).digest if verb == "train" else graph.digest)
        except GatewrightError as error:
            missing.append(str(error))
    boards = _of_boards(run, "synthesize", graph.digest, missing)
    return Results(graph, verbs, boards, _of_boards(run, "classify", graph.digest, missing), tuple(missing))


def _of_boards(run: Run, verb: str, digest: str, missing: list[str]) -> dict[str, Values]:
    found = {}
    for path in sorted((run.path / "boards").glob(f"*/{verb}.json")):
        name = path.parent.name
        try:
            found[name] = run.read_json(f"boards/{name}/{verb}", digest)
        except GatewrightError as error:
            missing.append(str(error))
    return found
