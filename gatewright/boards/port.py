"""A serial port, opened and read with errors that say what to do."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from gatewright.errors import GatewrightError

TIMEOUT_S = 0.1
"""A read gives up after this long; longer than a board's timeout, so that a silent read means that the board hunts."""


class Port(Protocol):
    """The two calls that a link needs; `serial.Serial` has them."""

    def write(self, data: bytes, /) -> object:
        """Send bytes."""
        ...

    def read(self, size: int, /) -> bytes:
        """Receive ``size`` bytes, or fewer when the port's timeout runs out."""
        ...


class SerialPort:
    """A port of this computer. Use `open_port`.

    Attributes:
        name: of the port.
    """

    def __init__(self, name: str, serial: Any) -> None:
        self.name = name
        self._serial = serial

    def write(self, data: bytes) -> None:
        """Send bytes.

        Raises:
            GatewrightError: if the port is gone.
        """
        with self._lost():
            self._serial.write(data)

    def read(self, size: int) -> bytes:
        """Receive ``size`` bytes, or fewer when the timeout runs out.

        Raises:
            GatewrightError: if the port is gone.
        """
        with self._lost():
            return bytes(self._serial.read(size))

    def close(self) -> None:
        """Give the port back."""
        self._serial.close()

    @contextmanager
    def _lost(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise GatewrightError(
                f"The port {self.name} is gone ({_reason(error)}): check the cable, and plug the board in again."
            ) from error


@contextmanager
def open_port(name: str, baud: int, timeout: float = TIMEOUT_S) -> Iterator[SerialPort]:
    """Open the port called ``name`` and close it at the end.

    Args:
        name: as the system calls it, for example ``/dev/ttyUSB1``.
        baud: bits a second.
        timeout: of a read, in seconds.

    Raises:
        GatewrightError: if there is no such port, if it may not be opened, or if another program holds it.
    """
    import serial

    try:
        opened = serial.Serial(name, baud, timeout=timeout, write_timeout=10.0, exclusive=True)
    except (OSError, ValueError) as error:
        raise GatewrightError(_refusal(name, baud, error)) from error
    port = SerialPort(name, opened)
    try:
        yield port
    finally:
        port.close()


def _refusal(name: str, baud: int, error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number == errno.ENOENT:
        from serial.tools import list_ports

        ports = ", ".join(sorted(port.device for port in list_ports.comports())) or "none"
        return f"There is no port called {name} (there is: {ports}): plug the board in, or name another port."
    if number == errno.EACCES:
        group = _group(name)
        return (
            f"The port {name} may not be opened by this user: run `sudo usermod -a -G {group} $USER` and log in again, "
            "or install a udev rule for the board."
        )
    if number in (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK) or "exclusively lock" in str(error):
        return f"The port {name} is held by another program: close it first."
    return f"The port {name} cannot be opened at {baud} baud ({_reason(error)}): check its name and the board's driver."


def _group(name: str) -> str:
    """The group that may open a port."""
    try:
        import grp

        return grp.getgrgid(os.stat(name).st_gid).gr_name  # noqa: PTH116
    except (ImportError, OSError, KeyError):
        return "dialout"


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
