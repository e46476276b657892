"""The command line: thin, one function for each verb over `flow`."""

from __future__ import annotations

import signal
import sys

import typer

from gatewright.errors import GatewrightError, SilencedError

from .boards import boards, classify, doctor, flash
from .demo import demo, report
from .options import InterruptError, Terminated, interruptible
from .sweep import sweep
from .verbs import export, prove, simulate, synthesize, train

app = typer.Typer(
    help="Train a logic gate network, prove that the hardware equals it, and put it on an open FPGA board.",
    epilog="Begin with: gatewright demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

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
    (boards, "boards"),
    (doctor, "doctor"),
):
    app.command(epilog=f"Example: gatewright {example}")(interruptible(verb))


def main() -> None:
    """Run the command line; every error is one sentence and a non-zero status."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        app()
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


def _terminate(_number: int, _frame: object) -> None:
    raise Terminated


def _fail(sentence: str, status: int) -> None:
    sys.stderr.write(f"gatewright: {sentence}\n")
    sys.exit(status)
