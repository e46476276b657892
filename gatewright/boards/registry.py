"""The boards that are supported, and the chips without a board, by name."""

from __future__ import annotations

import difflib

from gatewright.errors import GatewrightError

from .board import Board
from .targets import ecp5, gatemate, gowin, ice40, nexus, xc7

_BOARDS: dict[str, Board] = {
    board.name: board
    for board in (*ice40.BOARDS, *ecp5.BOARDS, *gowin.BOARDS, *nexus.BOARDS, *gatemate.BOARDS, *xc7.BOARDS)
}


def all() -> tuple[Board, ...]:
    """Every board, the smallest chip first, and behind them the chips without a board."""
    return tuple(sorted(_BOARDS.values(), key=lambda board: (board.is_chip, board.cells, board.name)))


def get(name: str) -> Board:
    """The board or chip called ``name``.

    Raises:
        GatewrightError: if there is none; the sentence names the nearest.
    """
    board = _BOARDS.get(name)
    if board is None:
        near = difflib.get_close_matches(name.lower(), _BOARDS, n=1, cutoff=0.4)
        meant = f"did you mean {near[0]}?" if near else f"the boards are {', '.join(sorted(_BOARDS))}."
        raise GatewrightError(f"There is no board called {name!r}: {meant}")
    return board
