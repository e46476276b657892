"""What a folder of Verilog says about itself."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gatewright.errors import GatewrightError
from gatewright.run import read_whole, write_whole

from .pipeline import Pipeline

SCHEMA = 2
NAME = "manifest.json"


@dataclass(frozen=True)
class Field:
    """Numbers side by side in a port.

    Attributes:
        name: what they are.
        low: bit at which the first begins.
        width: bits of each.
        count: how many there are.
    """

    name: str
    low: int
    width: int
    count: int


@dataclass(frozen=True)
class Port:
    """A port of the top module.

    Attributes:
        name: of the port.
        direction: ``"input"`` or ``"output"``.
        width: in bits.
        fields: what the bits mean, for the ports that carry data.
    """

    name: str
    direction: str
    width: int
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """The Verilog of one network.

    Attributes:
        digest: of the graph that it was made from.
        name: of the network.
        top: the top module.
        files: Verilog files in the folder.
        ports: of the top module.
        latency_cycles: from words taken to result valid, when nothing stalls.
        initiation_interval: cycles from one sample to the next, when nothing stalls.
        pipeline: where the registers stand.
        class_names: of the classes, in the order of the scores.
        feature_names: of the features, in the order of the words.
    """

    digest: str
    name: str
    top: str
    files: tuple[str, ...]
    ports: tuple[Port, ...]
    latency_cycles: int
    initiation_interval: int
    pipeline: Pipeline
    class_names: tuple[str, ...]
    feature_names: tuple[str, ...]

    def field(self, port: str, name: str) -> Field:
        """The field called ``name`` of a port.

        Raises:
            GatewrightError: if there is none.
        """
        for candidate in self.ports:
            for item in candidate.fields:
                if (candidate.name, item.name) == (port, name):
                    return item
        raise GatewrightError(f"The Verilog has no field {name!r} in a port {port!r}: export the network again.")

    def sha256(self, folder: Path) -> str:
        """SHA-256 in hex of the Verilog in a folder, file after file.

        Raises:
            GatewrightError: if a file cannot be read.
        """
        state = hashlib.sha256()
        for file in self.files:
            state.update(read_whole(folder / file, "export the network again"))
        return state.hexdigest()

    def store(self, folder: Path) -> None:
        """Write ``manifest.json``."""
        write_whole(folder / NAME, json.dumps({"schema": SCHEMA, **asdict(self)}, indent=2) + "\n")

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Read ``manifest.json``, and see that the files are there.

        Raises:
            GatewrightError: if it is absent, damaged, or of another schema, or a file is missing.
        """
        path = folder / NAME
        remedy = "export the network again"
        content = read_whole(path, remedy)
        try:
            manifest = _parse(json.loads(content))
        except (ValueError, KeyError, TypeError, GatewrightError) as error:
            said = str(error).rstrip(".")
            raise GatewrightError(f"{path} is damaged ({said}): {remedy}.") from error
        for file in manifest.files:
            if not (folder / file).is_file():
                raise GatewrightError(f"{folder / file} is missing, but {path} lists it: {remedy}.")
        return manifest


def _parse(values: dict[str, Any]) -> Manifest:
    if values["schema"] != SCHEMA:
        raise ValueError(f"schema {values['schema']}, but this version reads {SCHEMA}")
    ports = tuple(
        Port(str(p["name"]), str(p["direction"]), int(p["width"]), tuple(map(_field, p["fields"])))
        for p in values["ports"]
    )
    strings = {key: tuple(map(str, values[key])) for key in ("files", "class_names", "feature_names")}
    return Manifest(
        digest=str(values["digest"]),
        name=str(values["name"]),
        top=str(values["top"]),
        ports=ports,
        latency_cycles=int(values["latency_cycles"]),
        initiation_interval=int(values["initiation_interval"]),
        pipeline=Pipeline(**values["pipeline"]),
        **strings,
    )


def _field(values: dict[str, Any]) -> Field:
    return Field(str(values["name"]), int(values["low"]), int(values["width"]), int(values["count"]))
