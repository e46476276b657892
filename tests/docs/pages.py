"""The pages of docs/ and what stands in their fences.

A comment in front of a fence says what the tests do with it:

    <!-- test: run -->              the commands are run, in the order of the page
    <!-- test: with OPTIONS -->     as well, with OPTIONS at the end of the first, so that it is quick
    <!-- test: slow -->             they are run in the slow tests, and parsed in the others
    <!-- test: parsed, REASON -->   they are parsed alone
    <!-- test: fails -->            each of them must fail
    <!-- test: printed -->          the text is what the Python block before it prints
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = tuple(sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")))

_FENCE = re.compile(
    r"^(?:<!-- test: (?P<note>[^\n]*?) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """A fence.

    Attributes:
        place: page and line of its first line, as errors show it.
        language: behind the fence.
        note: what the tests do with it.
        text: between the fences.
    """

    place: str
    language: str
    note: str
    text: str

    @property
    def commands(self) -> list[tuple[list[str], str]]:
        """Of a console, the words of each command behind ``gatewright``, and what it prints."""
        parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]
        lines = [part.partition("\n") for part in parts]
        return [(words(command), printed) for command, _, printed in lines]


def blocks(page: str) -> list[Block]:
    """The fences of a page, in order."""
    text = (DOCS / page).read_text()
    return [
        Block(f"{page}:{text.count(chr(10), 0, m.start('text'))}", m["language"], m["note"] or "", m["text"])
        for m in _FENCE.finditer(text)
    ]


def indented(page: str, start: str) -> list[str]:
    """The lines of indented blocks that begin with ``start``, without a comment at their end."""
    lines = re.findall(rf"^    (?:\$ )?({start}.*)$", (DOCS / page).read_text(), re.MULTILINE)
    return [line.split("  #")[0].rstrip() for line in lines]


def words(command: str) -> list[str]:
    """The words of a command behind ``gatewright``, or behind ``-m gatewright``."""
    found = shlex.split(command)
    return found[found.index("gatewright") + 1 :]
