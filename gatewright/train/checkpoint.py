"""Checkpoints: weights, optimiser and generator state as one safetensors file, written whole or not at all."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from gatewright.errors import GatewrightError
from gatewright.run import write_whole


@dataclass(frozen=True)
class Status:
    """Where a run stands.

    Attributes:
        step: steps done.
        finished: whether training is complete.
        best: highest discrete validation accuracy so far.
        threshold: entropy above which a gate counts as unused.
        seconds: spent in training.
        digest: of the data.
        steps: of the whole run.
    """

    step: int
    finished: bool
    best: float
    threshold: float
    seconds: float
    digest: str
    steps: int


@dataclass(frozen=True)
class Checkpoint:
    """A status and the tensors beside it, by name.

    Names begin with ``last.`` (the weights), ``best.`` (those of the highest validation accuracy), ``adam.``
    (optimiser state) or are ``generator``.
    """

    status: Status
    tensors: dict[str, Tensor]

    def part(self, name: str) -> dict[str, Tensor]:
        """The tensors whose name begins with ``name.``, without it."""
        return {key[len(name) + 1 :]: value for key, value in self.tensors.items() if key.startswith(f"{name}.")}


def capture(
    status: Status,
    network: nn.Module,
    best: dict[str, Tensor],
    optimiser: torch.optim.Optimizer,
    generator: torch.Generator,
) -> Checkpoint:
    """Everything that the next step depends on."""
    tensors = {f"last.{name}": value for name, value in network.state_dict().items()}
    tensors |= {f"best.{name}": value for name, value in best.items()}
    for index, values in optimiser.state_dict()["state"].items():
        tensors |= {f"adam.{index}.{name}": value for name, value in values.items()}
    tensors["generator"] = generator.get_state()
    return Checkpoint(status, {name: value.detach().clone().contiguous() for name, value in tensors.items()})


def restore(
    checkpoint: Checkpoint, network: nn.Module, optimiser: torch.optim.Optimizer, generator: torch.Generator
) -> None:
    """Put everything back; the next step is then the one that would have followed."""
    network.load_state_dict(checkpoint.part("last"))
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in checkpoint.part("adam").items():
        index, _, key = name.partition(".")
        state.setdefault(int(index), {})[key] = value
    optimiser.load_state_dict({"state": state, "param_groups": optimiser.state_dict()["param_groups"]})
    generator.set_state(checkpoint.tensors["generator"])


def dumps(checkpoint: Checkpoint) -> bytes:
    """A checkpoint as the bytes of its file."""
    content: bytes = save(checkpoint.tensors, {"status": json.dumps(asdict(checkpoint.status))})
    return content


def loads(content: bytes, name: str) -> Checkpoint:
    """Read the bytes of a checkpoint; ``name`` is what an error calls them.

    Raises:
        GatewrightError: if they are damaged or foreign.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "checkpoint.safetensors"
        path.write_bytes(content)
        return _open(path, name)


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, whole or not at all."""
    write_whole(path, dumps(checkpoint))


def read(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        GatewrightError: if it is absent, damaged or foreign.
    """
    if not path.is_file():
        raise GatewrightError(f"{path} does not exist: train a network into this folder first.")
    return _open(path, str(path))


def _open(path: Path, name: str) -> Checkpoint:
    try:
        with safe_open(path, framework="pt") as file:
            status = Status(**json.loads((file.metadata() or {})["status"]))
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise GatewrightError(
            f"{name} is no checkpoint of gatewright ({error}): train again with --overwrite."
        ) from error
    if "generator" not in tensors:
        raise GatewrightError(
            f"{name} is no checkpoint of gatewright (no generator state): train again with --overwrite."
        )
    return Checkpoint(status, tensors)
