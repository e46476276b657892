"""The report on one screen: titles and texts, and the commands that come next."""

from __future__ import annotations

from typing import Any

from gatewright.run import Run

from .results import VERBS, Results, Values
from .stages import accuracy


def rows(run: Run, results: Results) -> list[tuple[str, str]]:
    """What is known of the run, as pairs of a title and a text; what is not known is said to be so."""
    verbs = results.verbs
    found = [
        ("accuracy", _accuracy(verbs["train"])),
        ("gates", _gates(results, verbs["export"])),
        ("simulation", _simulation(verbs["simulate"]) or _lacking(results, "simulate")),
        ("proof", _proof(verbs["prove"]) or _lacking(results, "prove")),
    ]
    for name, board in results.boards.items():
        found += _board(run, name, board)
    for name, answers in results.silicon.items():
        found.append((name, _answers(answers)))
    if not results.boards:
        found.append(("board", "not synthesized yet"))
    return found


def next_steps(run: Run, results: Results) -> list[str]:
    """The commands that come next, as people type them."""
    steps = [f"gatewright {verb} {run.path}" for verb in VERBS[2:] if results.verbs[verb] is None]
    if not results.boards:
        return [*steps, f"gatewright synthesize {run.path} --board icebreaker"]
    flash = [f"gatewright flash {run.path} --board {name}" for name in results.boards]
    ask = [f"gatewright classify {run.path} --board {name} --port PORT" for name in results.boards]
    return [*steps, *flash, *ask]


def _accuracy(train: Values | None) -> str:
    if train is None:
        return "not known"
    return f"{accuracy(train)}, gap {100 * train['gap']:+.2f} points"


def _gates(results: Results, export: Values | None) -> str:
    learned = f", from {export['gates_learned']:,} learned" if export else ""
    return f"{results.graph.gates:,}{learned}"


def _lacking(results: Results, verb: str) -> str:
    """Why there is no result of a verb, in a word or three."""
    state = results.lacking[verb].state
    return "not done yet" if state == "missing" else state


def _simulation(values: Values | None) -> str:
    if values is None:
        return ""
    return f"{values['vectors']:,} vectors, {values['mismatches']:,} mismatches ({values['simulator']})"


def _proof(values: Values | None) -> str:
    if values is None:
        return ""
    if not values["proven"]:
        return "NOT PROVEN"
    names = [values["steps"][0]["left"], *(step["right"] for step in values["steps"])]
    return f"{' = '.join(names)}, for every input"


def _board(run: Run, name: str, board: dict[str, Any]) -> list[tuple[str, str]]:
    total, available = board["total"]["lut"], board["available"]["lut"]
    parts = ", ".join(f"{part} {cells['lut']:,}" for part, cells in board["parts"].items() if cells["lut"])
    rows = [(name, f"{total:,} of {available:,} LUTs ({100 * total / available:.0f} %): {parts}")]
    interval = board["initiation_interval"]
    every = "in every cycle" if interval == 1 else f"every {interval} cycles"
    if board["fmax_mhz"] is None:
        return [*rows, ("latency", f"{board['latency_cycles']} cycles, a sample {every}")]
    source = f"of its {board['pll']}" if board["pll"] else "of the board"
    rows += [
        ("clock", f"{board['clock_mhz']:g} MHz {source}; the routed design allows {board['fmax_mhz']:.1f} MHz"),
        ("latency", f"{board['latency_cycles']} cycles = {board['latency_ns']:,.0f} ns, a sample {every}"),
    ]
    return [*rows, ("bitstream", f"{run.board(name)}/{board['bitstream']}")] if board["bitstream"] else rows


def _answers(values: Values) -> str:
    return (
        f"{values['samples']:,} samples at {values['port']}, accuracy {100 * values['accuracy']:.2f} %, "
        f"{values['mismatches']:,} mismatches"
    )
