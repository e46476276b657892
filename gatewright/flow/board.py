"""The verbs about a board: synthesize, flash, classify."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewright.run import Run

from . import ask, split
from .say import Say, silent
from .verilog import network, pipeline

if TYPE_CHECKING:
    from gatewright.boards.board import Board
    from gatewright.boards.flash import Plan

Values = dict[str, Any]


def synthesize(
    run: Run,
    board_name: str,
    *,
    seed: int = 1,
    seeds: int = 1,
    clock_mhz: float | None = None,
    baud: int | None = None,
    selftest: bool = True,
    samples: int = 16,
    say: Say = silent,
) -> Values:
    """Build the bitstream for a board, simulate the board on its pins, and write ``boards/NAME/synthesize.json``.

    The registers stand where `export` has put them.

    Args:
        run: the run folder.
        board_name: of the board, or of a chip without one.
        seed: of place and route.
        seeds: how many to try from ``seed`` on; the fastest is kept.
        clock_mhz: the clock that the board's PLL is to make; the board's own if None.
        baud: of the serial line; what its bridge is known to make if None.
        selftest: whether the design can count and test itself; without, it is smaller.
        samples: how many test samples the simulated board classifies over its serial line; random words where the
            run has no test split.
        say: told what is going on.
    """
    from gatewright.boards import build, registry
    from gatewright.sim.vectors import random_words

    board = registry.get(board_name)
    board = dataclasses.replace(board, baud=board.baud if baud is None else baud, selftest=selftest)
    graph = network(run)
    chosen = pipeline(run, graph)
    folder = run.board(board.name)
    clock = None if clock_mhz is None else clock_mhz * 1e6
    result = build.synthesize(
        graph, board, folder, pipeline=chosen, seed=seed, seeds=seeds, clock_hz=clock, progress=say
    )
    values = result.as_dict() | {"pipeline": dataclasses.asdict(chosen)}
    if not board.is_chip:
        say("simulating the board on its pins", None)
        words = split.asked(run, graph)
        if not len(words):
            words = random_words(graph, samples)
        hz = round(clock) if clock else None
        seen, _ = ask.simulate(graph, board, chosen, words[:samples], folder / "pins", hz)
        values |= {"pins": dataclasses.asdict(seen) | {"passed": seen.passed}}
    run.write_json(f"boards/{board.name}/synthesize", values)
    return values


def flash_plan(run: Run, board_name: str, *, volatile: bool = False) -> Plan:
    """What would be run to load the bitstream into a board's flash, or into its chip alone, which forgets it."""
    from gatewright.boards import flash, registry
    from gatewright.boards.synthesis import Synthesis

    board = registry.get(board_name)
    graph = network(run)
    values = run.read_json(f"boards/{board.name}/synthesize", graph.digest)
    return flash.plan(board, run.board(board.name), Synthesis.from_dict(values), graph.digest, volatile=volatile)


def _as_built(run: Run, board: Board) -> Board:
    """A board with the baud rate and the self-test of the last bitstream that was made for it."""
    name = f"boards/{board.name}/synthesize"
    if not run.json_path(name).is_file():
        return board
    built = run.read_json(name)
    return dataclasses.replace(
        board, baud=built.get("baud", board.baud), selftest=built.get("selftest", board.selftest)
    )


def classify(
    run: Run,
    source: str | None = None,
    *,
    port: str | None,
    board_name: str,
    samples: int | None = None,
    selftest: bool = False,
    target: str | None = None,
    data_dir: Path | None = None,
    say: Say = silent,
) -> Values:
    """Let a board classify a test split, compare with the reference, and write ``boards/NAME/classify.json``.

    Args:
        run: the run folder.
        source: a data set, whose test split is sent; the split that training has left if None.
        port: the board's serial port; if None, the board is simulated on its pins.
        board_name: of the board.
        samples: send only the first; all if None, or 16 where simulated.
        selftest: whether the board is to test itself at full clock behind them.
        target: the column of a CSV file that holds the class.
        data_dir: where named data sets lie.
        say: told what is going on.
    """
    from gatewright.boards import registry

    started = time.monotonic()
    board = _as_built(run, registry.get(board_name))
    graph = network(run)
    if source is None:
        words, labels = split.kept(run, graph)
    else:
        from gatewright.train import data

        learned = run.load(run.learned)
        words, labels = split.of(data.load(source, target=target, data_dir=data_dir), learned)
        words = split.as_read(words, learned.encoder, graph)
    if samples is None and port is None:
        samples = 16
    words, labels = words[:samples], labels[:samples]
    asked = (
        ask.pins(graph, board, pipeline(run, graph), words, run.board(board.name) / "pins", say, selftest=selftest)
        if port is None
        else ask.port(graph, board, words, port, say, selftest=selftest)
    )
    values = {
        "digest": graph.digest,
        "port": port or "simulated pins",
        "samples": len(words),
        "accuracy": float((asked.labels == labels).mean()),
        **asked.values(board.baud),
        "seconds": time.monotonic() - started,
    }
    run.write_json(f"boards/{board.name}/classify", values)
    return values
