"""What the verbs have written about the network of a run: the one source of page, summary and comparison."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph
from gatewright.run import Run

VERBS = ("train", "export", "simulate", "prove")

Values = dict[str, Any]


@dataclass(frozen=True)
class Lacking:
    """Why a JSON file says nothing about the graph.

    Attributes:
        state: ``"missing"``, ``"damaged"`` or ``"stale"``.
        sentence: with the remedy.
    """

    state: str
    sentence: str


@dataclass(frozen=True)
class Results:
    """The JSON files of a run that belong to its graph, and what saw Verilog, to the Verilog that lies there.

    Attributes:
        graph: the network.
        learned: the network as it was learned; None if it is not there.
        verbs: for each of `VERBS` what it wrote, or None.
        boards: for each board what synthesis wrote.
        silicon: for each board what it answered, on a real port or simulated.
        lacking: for each file that is absent, stale or damaged, by its name without ``.json``, why.
    """

    graph: GateGraph
    learned: GateGraph | None
    verbs: dict[str, Values | None]
    boards: dict[str, Values]
    silicon: dict[str, Values]
    lacking: dict[str, Lacking]

    @property
    def missing(self) -> tuple[str, ...]:
        """One sentence for each file that is absent, stale or damaged."""
        return tuple(reason.sentence for reason in self.lacking.values())


def collect(run: Run) -> Results:
    """Read everything that is there.

    Raises:
        GatewrightError: if the run folder holds no network.
    """
    graph = run.load()
    lacking: dict[str, Lacking] = {}
    learned: GateGraph | None = None
    verbs: dict[str, Values | None] = dict.fromkeys(VERBS)
    try:
        learned = run.load(run.learned)
        # Training knows the graph as it was learned; what comes later, the optimised one.
        verbs["train"] = _read(run, "train", learned.digest, lacking)
    except GatewrightError as error:
        lacking["train"] = Lacking("missing", str(error))
    verbs |= {verb: _read(run, verb, graph.digest, lacking) for verb in VERBS[1:]}
    for verb in ("simulate", "prove"):
        verbs[verb] = _of_verilog(run, verb, verbs[verb], lacking)
    boards = _of_boards(run, "synthesize", graph.digest, lacking)
    return Results(graph, learned, verbs, boards, _of_boards(run, "classify", graph.digest, lacking), lacking)


def _read(run: Run, name: str, digest: str, lacking: dict[str, Lacking]) -> Values | None:
    state = "missing"
    try:
        state = "damaged" if run.json_path(name).is_file() else "missing"
        run.read_json(name)
        state = "stale"
        return run.read_json(name, digest)
    except GatewrightError as error:
        lacking[name] = Lacking(state, str(error))
        return None


def _of_verilog(run: Run, verb: str, values: Values | None, lacking: dict[str, Lacking]) -> Values | None:
    """The values; None if they are of other Verilog than lies in the run folder."""
    if values is None:
        return None
    try:
        now = hashlib.sha256((run.rtl / "classifier.v").read_bytes()).hexdigest()
    except OSError:
        return values
    if verb == "simulate":
        seen = [str(values.get("rtl_digest", "unknown"))]
    else:
        seen = [str(step["right_digest"]) for step in values["steps"] if step["right"] == "Verilog"]
    if not seen or now in seen:
        return values
    lacking[verb] = Lacking(
        "stale",
        f"{run.json_path(verb)} is stale: it was made from Verilog {seen[0][:12]}, but {run.rtl}/classifier.v is "
        f"{now[:12]}; run `gatewright {verb} {run.path}` again.",
    )
    return None


def _of_boards(run: Run, verb: str, digest: str, lacking: dict[str, Lacking]) -> dict[str, Values]:
    found = {}
    for path in sorted((run.path / "boards").glob(f"*/{verb}.json")):
        name = path.parent.name
        values = _read(run, f"boards/{name}/{verb}", digest, lacking)
        if values is not None:
            found[name] = values
    return found
