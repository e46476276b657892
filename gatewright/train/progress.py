"""Where training stands, and ``metrics.jsonl``, which keeps it."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gatewright.errors import GatewrightError
from gatewright.run import write_whole


@dataclass(frozen=True)
class Progress:
    """Where training stands. One line of ``metrics.jsonl``.

    Attributes:
        step: steps done.
        steps: of the whole run.
        loss: mean over the steps since the last evaluation.
        accuracy: of the discrete network on the validation split, 0 to 1.
        gap: discretization gap there: accuracy in training mode minus ``accuracy``.
        gap_sample: likewise with noisy hard samples, on the samples of `metrics.gap`.
        gap_mixture: likewise with the softmax mixture.
        unused_gates: gates whose function distribution has more entropy than the threshold of the run.
        gates_per_second: gates times samples trained on in a second, forward, backward and update, since the last
            evaluation.
        seconds: since training began.
        seconds_left: until its end, at the pace so far.
    """

    step: int
    steps: int
    loss: float
    accuracy: float
    gap: float
    gap_sample: float
    gap_mixture: float
    unused_gates: int
    gates_per_second: float
    seconds: float
    seconds_left: float


def read(path: Path) -> list[dict[str, Any]]:
    """The lines that a file holds; a damaged one ends them, as a write that was cut short leaves it."""
    lines: list[dict[str, Any]] = []
    try:
        for line in path.read_text().splitlines():
            values = dict(json.loads(line))
            lines.append(values | {"step": int(values["step"])})
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return lines


def begin(path: Path, last_step: int) -> None:
    """Keep the lines up to a step, that of the checkpoint from which training goes on; 0 for a new run."""
    kept = [line for line in read(path) if line["step"] <= last_step]
    write_whole(path, "".join(json.dumps(line) + "\n" for line in kept))


def append(path: Path, progress: Progress) -> None:
    """Add a line, on the disk when this returns.

    Raises:
        GatewrightError: if it cannot be written.
    """
    try:
        with path.open("a") as file:
            file.write(json.dumps(asdict(progress)) + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise GatewrightError(
            f"{path} cannot be written ({error.strerror}): check the folder's permissions and the free space."
        ) from error
