"""What was done with a network, and with which: the stamps of its stages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gatewright.run import Run

from .results import Results, Values


@dataclass(frozen=True)
class Stage:
    """A stage of a run.

    Attributes:
        name: what it is, as ``simulated``.
        state: ``"done"``, ``"failed"``, ``"stale"`` or ``"missing"``.
        said: its result, or why there is none.
        digest: of the graph that it worked on; empty if there is none.
        engines: the programs that did it.
        seconds: that it took, if it is known.
    """

    name: str
    state: str
    said: str
    digest: str = ""
    engines: str = ""
    seconds: float | None = None


def stages(run: Run, results: Results) -> list[Stage]:
    """The stages in their order."""
    verbs = results.verbs
    found = [
        _stage(results, "trained", "train", verbs["train"], _trained),
        _stage(results, "exported", "export", verbs["export"], _exported),
        _stage(results, "simulated", "simulate", verbs["simulate"], _simulated),
        _stage(results, "proven", "prove", verbs["prove"], _proven),
    ]
    for name, reason in results.lacking.items():
        if "/" in name:
            verb, board = name.rsplit("/", 1)[-1], name.split("/")[1]
            title = f"built for {board}" if verb == "synthesize" else f"asked on {board}"
            found.append(Stage(title, reason.state, reason.sentence))
    found += [_built(name, board, results) for name, board in results.boards.items()]
    found += [_asked(name, values) for name, values in results.silicon.items()]
    if not any(stage.name.startswith("built") for stage in found):
        found.append(Stage("built", "missing", f"No board: run `gatewright synthesize {run.path} --board icebreaker`."))
    return found


def _stage(
    results: Results, name: str, verb: str, values: Values | None, say: Callable[[Values], tuple[str, str]]
) -> Stage:
    if values is None:
        reason = results.lacking[verb]
        return Stage(name, reason.state, reason.sentence)
    said, state = say(values)
    return Stage(name, state, said, values["digest"], engines(values), values["seconds"])


def engines(values: Values) -> str:
    """The programs and their versions, as far as they tell them."""
    return ", ".join(tool if version == "unknown" else f"{tool} {version}" for tool, version in values["tools"].items())


def _trained(values: Values) -> tuple[str, str]:
    return accuracy(values), "done"


def accuracy(train: Values) -> str:
    """What a network reaches, on the split that it was measured on."""
    tested = train["accuracy_test"]
    split, found = ("validation", train["accuracy_validation"]) if tested is None else ("test", tested)
    return f"{100 * found:.2f} % on the {split} split of {train['dataset']}"


def _exported(values: Values) -> tuple[str, str]:
    return f"{values['gates_learned']:,} gates learned, {values['gates']:,} left", "done"


def _simulated(values: Values) -> tuple[str, str]:
    said = f"{values['vectors']:,} vectors, {values['ties']:,} of them ties, {values['mismatches']:,} mismatches"
    return said, "done" if values["passed"] else "failed"


def _proven(values: Values) -> tuple[str, str]:
    names = [values["steps"][0]["left"], *(step["right"] for step in values["steps"])] if values["steps"] else []
    if not values["proven"]:
        return "not proven: a step below does not hold", "failed"
    return f"{' = '.join(names)}, for every input", "done"


def _built(name: str, board: Values, results: Results) -> Stage:
    total, available = board["total"]["lut"], board["available"]["lut"]
    fmax = f", Fmax {board['fmax_mhz']:.1f} MHz" if board["fmax_mhz"] is not None else ", not placed"
    state, said = "done", f"{total:,} of {available:,} LUTs{fmax}"
    pins = board.get("pins")
    if pins is not None:
        said += f"; {pins['vectors']:,} samples over simulated pins, {pins['mismatches']:,} mismatches"
        state = "done" if pins["passed"] else "failed"
    export = results.verbs["export"]
    if export is not None and board.get("pipeline", export.get("pipeline")) != export.get("pipeline"):
        state, said = "stale", "The registers of the export stand elsewhere now: synthesize again."
    return Stage(f"built for {name}", state, said, board["digest"], engines(board), board["seconds"])


def _asked(name: str, values: Values) -> Stage:
    said = (
        f"{values['samples']:,} samples at {values['port']}, accuracy {100 * values['accuracy']:.2f} %, "
        f"{values['mismatches']:,} mismatches"
    )
    state = "failed" if values["mismatches"] else "done"
    return Stage(f"asked on {name}", state, said, values["digest"], engines(values), values["seconds"])
