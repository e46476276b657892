"""A run folder: what lies where, and whole-file writes.

Everything of one network lies in one folder. Each verb writes one JSON file with the digest of the graph that
it worked on; an artefact whose digest is not the one of ``network.lgn`` is stale and is refused by name.
"""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewright.errors import GatewrightError

if TYPE_CHECKING:
    from gatewright.graph.graph import GateGraph


@dataclass(frozen=True)
class Run:
    """The places in a run folder.

    Attributes:
        path: the folder.
    """

    path: Path

    @property
    def recipe(self) -> Path:
        """The recipe that the network was trained with."""
        return self.path / "recipe.toml"

    @property
    def checkpoint(self) -> Path:
        """Weights, optimiser and generator state."""
        return self.path / "checkpoint.safetensors"

    @property
    def metrics(self) -> Path:
        """One JSON object a line, as training goes."""
        return self.path / "metrics.jsonl"

    @property
    def origin(self) -> Path:
        """Where the training data came from, and its digest."""
        return self.path / "data.json"

    @property
    def events(self) -> Path:
        """Event files for TensorBoard."""
        return self.path / "tensorboard"

    @property
    def data(self) -> Path:
        """The encoded test split: words and labels."""
        return self.path / "test.npz"

    @property
    def learned(self) -> Path:
        """The graph as it was learned."""
        return self.path / "learned.lgn"

    @property
    def teacher(self) -> Path:
        """The graph whose opinion counted in training, if there was one."""
        return self.path / "teacher.lgn"

    @property
    def network(self) -> Path:
        """The optimised graph: the one that everything later is made from."""
        return self.path / "network.lgn"

    @property
    def rtl(self) -> Path:
        """Verilog and its manifest."""
        return self.path / "rtl"

    @property
    def sim(self) -> Path:
        """Builds and results of the simulator."""
        return self.path / "sim"

    @property
    def proof(self) -> Path:
        """AIGER files and logs of the equivalence checks."""
        return self.path / "proof"

    @property
    def report(self) -> Path:
        """The report page."""
        return self.path / "report.html"

    def board(self, name: str) -> Path:
        """The build folder of one board."""
        return self.path / "boards" / name

    def json_path(self, name: str) -> Path:
        """The JSON file of a verb: ``"train"``, ``"export"``, ... or ``"boards/NAME/synthesize"``."""
        return self.path / f"{name}.json"

    def write_json(self, name: str, values: Mapping[str, Any]) -> None:
        """Write the JSON file of a verb."""
        write_whole(self.json_path(name), json.dumps(values, indent=2, allow_nan=False) + "\n")

    def read_json(self, name: str, digest: str | None = None) -> dict[str, Any]:
        """Read the JSON file of a verb, and demand that it belongs to the graph with ``digest``.

        Raises:
            GatewrightError: if it is absent, unreadable, or made from another graph.
        """
        path = self.json_path(name)
        verb = name.rsplit("/", 1)[-1]
        if not path.is_file():
            raise GatewrightError(f"{path} does not exist: run `gatewright {verb} {self.path}` first.")
        try:
            values = json.loads(path.read_bytes())
            made_from = values["digest"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise GatewrightError(
                f"{path} cannot be read ({error}): run `gatewright {verb} {self.path}` again."
            ) from error
        if digest is not None and made_from != digest:
            raise GatewrightError(
                f"{path} is stale: it was made from graph {str(made_from)[:12]}, but {self.network.name} is "
                f"{digest[:12]}; run `gatewright {verb} {self.path}` again."
            )
        return dict(values)

    def load(self, path: Path | None = None) -> GateGraph:
        """Read a graph of this run, ``network.lgn`` unless another path is given.

        Raises:
            GatewrightError: if it is absent, unreadable or damaged.
        """
        from gatewright.graph.file import loads

        path = path or self.network
        if self.path.is_file():
            raise GatewrightError(f"{self.path} is a file: pass a run, the folder that `gatewright train` has written.")
        remedies = {
            self.learned: f"run `gatewright train DATA --out {self.path}` first",
            self.teacher: "name the teacher's run with --teacher",
        }
        remedy = self._meant() or remedies.get(path, f"run `gatewright export {self.path}` first")
        return loads(read_whole(path, remedy), str(path))

    def _meant(self) -> str:
        """Which run may have been meant, if this folder is none but stands above or beside some; else ``""``."""
        if self.learned.exists() or self.network.exists():
            return ""
        inside = [str(run.path) for run in runs(self.path)]
        if inside:
            return f"pass a run, such as {inside[0]}" + (f" or {inside[1]}" if len(inside) > 1 else "")
        beside = {run.path.name: run.path for run in runs(self.path.parent)}
        near = difflib.get_close_matches(self.path.name, beside, 1)
        return f"did you mean the run {beside[near[0]]}?" if near else ""

    def store(self, graph: GateGraph, path: Path | None = None) -> None:
        """Write a graph, as ``network.lgn`` unless another path is given."""
        from gatewright.graph.file import dumps

        write_whole(path or self.network, dumps(graph))


def runs(folder: Path) -> list[Run]:
    """The runs in a folder that hold a network, by name."""
    found = [Run(path) for path in sorted(folder.iterdir())] if folder.is_dir() else []
    return [run for run in found if run.learned.is_file() or run.network.is_file()]


def read_whole(path: Path, remedy: str) -> bytes:
    """The bytes of a file.

    Raises:
        GatewrightError: if it cannot be read; the sentence ends with ``remedy``.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise GatewrightError(f"{path} does not exist: {remedy}{'' if remedy.endswith('?') else '.'}") from None
    except OSError as error:
        raise GatewrightError(f"{path} cannot be read ({error.strerror}): {remedy}.") from error


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all; its folder is made if need be.

    Raises:
        GatewrightError: if the folder cannot be written or the disk is full; what was there before stays.
    """
    data = content.encode() if isinstance(content, str) else content
    temporary: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(path)
    except OSError as error:
        raise GatewrightError(
            f"{path} cannot be written ({error.strerror}): check the folder's permissions and the free space."
        ) from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink(missing_ok=True)
