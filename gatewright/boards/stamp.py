"""The stamp of a build: a digest of everything that went in, and of every file that came out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import gatewright
from gatewright.run import write_whole
from gatewright.tools import Tool

from .board import Board
from .synthesis import Synthesis

STAMP = "build.json"


def key(digest: str, board: Board, files: Mapping[str, str], commands: Iterable[str], tools: Mapping[str, Tool]) -> str:
    """A digest of everything that decides what a build makes and says.

    Args:
        digest: of the graph.
        board: the board.
        files: what the tools read, by name.
        commands: what the tools are told.
        tools: the programs.
    """
    ingredients = {
        "graph": digest,
        "board": repr(board),
        "files": dict(files),
        "commands": list(commands),
        "tools": {name: (tool.version, tool.origin) for name, tool in tools.items()},
        "gatewright": gatewright.__version__,
    }
    return sha256(json.dumps(ingredients, sort_keys=True).encode())


def stored(build: Path, key: str) -> Synthesis | None:
    """The build that lies in a folder, if it is the wanted one and its files are intact."""
    try:
        stamp = json.loads((build / STAMP).read_bytes())
        if stamp["key"] != key or any(
            sha256((build / name).read_bytes()) != sha for name, sha in stamp["files"].items()
        ):
            return None
        return Synthesis.from_dict(stamp["synthesis"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def store(build: Path, key: str, names: Iterable[str], synthesis: Synthesis) -> None:
    """Write the stamp of a build that has just been made of files with these names."""
    files = {name: sha256((build / name).read_bytes()) for name in names}
    stamp: dict[str, Any] = {"key": key, "files": files, "synthesis": synthesis.as_dict()}
    write_whole(build / STAMP, json.dumps(stamp, indent=2) + "\n")


def sha256(data: bytes) -> str:
    """In hex."""
    return hashlib.sha256(data).hexdigest()
