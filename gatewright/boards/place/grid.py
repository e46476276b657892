"""Where the logic tiles of a chip lie."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Grid:
    """The tiles with logic cells: every row of every column that there is.

    Attributes:
        columns: x of each column; between them lie memories and multipliers.
        rows: y of each row.
    """

    columns: tuple[int, ...]
    rows: tuple[int, ...]

    @property
    def tiles(self) -> int:
        """How many there are."""
        return len(self.columns) * len(self.rows)
