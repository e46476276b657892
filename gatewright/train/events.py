"""TensorBoard's view of a run: the numbers of ``metrics.jsonl`` as event files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from gatewright.errors import GatewrightError

from .progress import Progress


def writer(folder: Path, *, resume: bool) -> Callable[[Progress], None]:
    """What writes a progress into ``folder``; nothing is touched before the first one.

    Args:
        folder: of the event files.
        resume: whether the ones that are there stay; what they hold from later steps is hidden.

    Raises:
        GatewrightError: if TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise GatewrightError(
            "--tensorboard needs the package tensorboard, which is not installed: run "
            "`pip install 'gatewright[tensorboard]'`."
        ) from error
    opened: list[SummaryWriter] = []

    def write(progress: Progress) -> None:
        if not opened:
            if not resume:
                shutil.rmtree(folder, ignore_errors=True)
            opened.append(SummaryWriter(str(folder), purge_step=progress.step))
        for name, value in asdict(progress).items():
            if name not in ("step", "steps"):
                opened[0].add_scalar(name, value, progress.step)
        opened[0].flush()

    return write
