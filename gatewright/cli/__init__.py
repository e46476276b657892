"""The command line: thin, one function for each verb over `flow`."""

from __future__ import annotations

import signal
import sys
from typing import Annotated, Any

import typer

from gatewright import __version__
from gatewright.errors import GatewrightError, SilencedError

from .boards import boards, classify, doctor, flash
from .compare import compare
from .demo import demo, report
from .options import InterruptError, Terminated, interruptible
from .sweep import sweep
from .verbs import export, prove, simulate, synthesize, train

app = typer.Typer(
    epilog="Begin with: gatewright demo",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"gatewright {__version__}\n")
        raise typer.Exit


@app.callback()
def gatewright(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version, and exit.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Train a logic gate network, prove that the hardware equals it, and put it on an open FPGA board."""


for verb, example in (
    (demo, "demo --out runs/digits"),
    (train, "train iris.csv --target species --out runs/iris"),
    (sweep, "sweep digits --out sweeps/digits --vary tau=0.5:4 --vary learning_rate=0.01:0.2"),
    (export, "export runs/iris"),
    (simulate, "simulate runs/iris --simulator verilator"),
    (prove, "prove runs/iris"),
    (synthesize, "synthesize runs/iris --board icebreaker"),
    (flash, "flash runs/iris --board icebreaker"),
    (classify, "classify runs/iris --port /dev/ttyUSB1"),
    (report, "report runs/iris"),
    (compare, "compare runs/iris runs/iris-small --out compare.html"),
    (boards, "boards"),
    (doctor, "doctor"),
):
    app.command(epilog=f"Example: gatewright {example}")(interruptible(verb))

# Typer brings its own copy of click, or imports click, depending on its version; the class is the same.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""A verb, an option or a value on the command line that stands for nothing."""


def main() -> None:
    """Run the command line; every error is one sentence and a non-zero status."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        status = app(sys.argv[1:] or ["--help"], standalone_mode=False)
    except UsageError as error:
        _fail(usage(error), 2)
    except InterruptError as error:
        _fail(str(error), error.status)
    except SilencedError:
        sys.exit(1)
    except GatewrightError as error:
        _fail(str(error), 1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        what, why = error.filename or "A file", error.strerror or error
        _fail(f"{what} cannot be used ({why}): check permissions and free space.", 1)
    else:
        sys.exit(status or 0)


def usage(error: Any) -> str:
    """What is wrong with the words of a command, and what was meant, in one sentence.

    Args:
        error: as typer raises it.
    """
    command = error.ctx.command_path if error.ctx else "gatewright"
    if hasattr(error, "possibilities"):
        near = " or ".join(error.possibilities or ())
        return f"There is no option {error.option_name} here: " + (f"did you mean {near}?" if near else _see(command))
    said = str(error.format_message()).rstrip(".").replace("Value error, ", "")
    if "Did you mean" in said:  # Of verbs, typer itself says which is near.
        return said.replace(". Did", ": did")
    return f"{said}; {_see(command)}"


def _see(command: str) -> str:
    return f"see `{command} --help`."


def _terminate(_number: int, _frame: object) -> None:
    raise Terminated


def _fail(sentence: str, status: int) -> None:
    sys.stderr.write(f"gatewright: {sentence}\n")
    sys.exit(status)
