"""The boards that are supported, by name."""

from __future__ import annotations

import difflib

from gatewright.errors import GatewrightError

from . import ice40_hx8k_evn, icebreaker
from .board import Board

_BOARDS = {board.name: board for board in (icebreaker.BOARD, ice40_hx8k_evn.BOARD)}


def all() -> tuple[Board, ...]:
    """Every board, the smallest chip first."""
    return tuple(sorted(_BOARDS.values(), key=lambda board: (board.cells, board.name)))


def get(name: str) -> Board:
    """The board called ``name``.

    Raises:
        GatewrightError: if there is none; the sentence names the nearest.
    """
    board = _BOARDS.get(name)
    if board is None:
        near = difflib.get_close_matches(name.lower(), _BOARDS, n=1, cutoff=0.4)
        meant = f"did you mean {near[0]}? " if near else ""
        raise GatewrightError(f"There is no board called {name!r}: {meant}The boards are {', '.join(sorted(_BOARDS))}.")
    return board
