"""Studies of Optuna in a storage by URL, and what goes wrong with them, in sentences."""

from __future__ import annotations

import contextlib
import fcntl
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gatewright.errors import GatewrightError

if TYPE_CHECKING:
    from optuna import Study


@contextlib.contextmanager
def errors(url: str) -> Iterator[None]:
    """Put errors of Optuna's into a sentence.

    Raises:
        GatewrightError: if it is not installed, or its storage fails.
    """
    try:
        from optuna.exceptions import OptunaError
    except ImportError as error:
        raise GatewrightError(
            "A search needs the package optuna, which is not installed: run `pip install 'gatewright[sweep]'`."
        ) from error
    try:
        yield
    except OptunaError as error:
        raise GatewrightError(
            f"The storage {_public(url)} has failed ({_line(error)}): nothing is lost; repeat the command."
        ) from error


def study(
    url: str, name: str, directions: Sequence[Literal["maximize", "minimize"]], settings: Mapping[str, Any]
) -> Study:
    """A study, made if need be.

    Args:
        url: of the storage.
        name: of the study.
        directions: of its objectives.
        settings: plain values that must be the same whenever it is taken up again.

    Raises:
        GatewrightError: if the storage cannot be used, or the study has other settings.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        found = optuna.create_study(storage=url, study_name=name, load_if_exists=True, directions=list(directions))
    except Exception as error:  # Each driver of a database has errors of its own.
        raise GatewrightError(
            f"The storage {_public(url)} cannot be used ({_line(error)}): check the URL and the server, "
            "or leave --storage out."
        ) from error
    before = found.user_attrs.get("settings")
    if before is None:
        found.set_user_attr("settings", dict(settings))
    elif before != settings:
        keys = dict.fromkeys((*settings, *before))
        changed = ", ".join(key for key in keys if before.get(key) != settings.get(key))
        raise GatewrightError(
            f"The study {name!r} in {_public(url)} is another search ({changed} differ): repeat its "
            "options, or choose another --out."
        )
    return found


@contextlib.contextmanager
def locked(folder: Path, otherwise: str) -> Iterator[None]:
    """Keep other processes out of a folder, which is made if need be.

    Raises:
        GatewrightError: the sentence ``otherwise`` if another one is in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise GatewrightError(otherwise) from None
        yield


def _public(url: str) -> str:
    """A URL without its password."""
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)


def _line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(". ")
