"""How a verb tells what it does."""

from __future__ import annotations

from collections.abc import Callable

Say = Callable[[str, float | None], None]
"""Told what is going on, and which fraction of it is done, if that is known."""


def silent(_text: str, _fraction: float | None) -> None:
    """Say nothing."""
