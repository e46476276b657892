import dataclasses
import hashlib
import sys

import pytest

from gatewright.boards import registry
from gatewright.boards.area import Area
from gatewright.boards.flash import flash, plan, udev_rule
from gatewright.boards.synthesis import Synthesis
from gatewright.errors import GatewrightError

BOARD = registry.get("icebreaker")
DIGEST = "ab" * 32


@pytest.fixture
def built(tmp_path):
    """A build folder with a bitstream, in a place with a space in its name."""
    folder = tmp_path / "a run"
    folder.mkdir()
    (folder / "top.bin").write_bytes(b"bits")
    sha = hashlib.sha256(b"bits").hexdigest()
    fields = {field.name: 0 for field in dataclasses.fields(Synthesis)}
    fields |= {
        "digest": DIGEST,
        "board": BOARD.name,
        "device": BOARD.device,
        "parts": {"gates": Area(1)},
        "total": Area(1),
    }
    fields |= {"bitstream": "top.bin", "bitstream_sha256": sha}
    return folder, Synthesis(**fields)


@pytest.fixture
def programmers(tmp_path, monkeypatch):
    """Puts programmers with the given names and behaviour on an otherwise empty PATH, and hides those beside Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    # The wheel's programmer is looked for beside the interpreter.
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere" / "python"))
    for variable in ("OPENFPGALOADER", "ICEPROG", "ECPPROG", "ECPDAP", "DFU_UTIL", "TINYPROG"):
        monkeypatch.delenv(variable, raising=False)

    def install(name, says="", status=0):
        program = folder / name
        program.write_text(
            f'#!/bin/sh\n[ "$#" = 1 ] && case $1 in -*) exit 0;; esac\necho "$@"\necho \'{says}\' >&2\nexit {status}\n'
        )
        program.chmod(0o755)

    return install


def test_the_preferred_programmer_is_planned_and_run(built, programmers):
    folder, synthesis = built
    programmers("iceprog")
    programmers("openFPGALoader")
    planned = plan(BOARD, folder, synthesis, DIGEST)
    assert planned.command.endswith(f"openFPGALoader -b ice40_generic -f '{folder}/top.bin'")
    assert "-b ice40_generic -f top.bin" in flash(planned)


@pytest.mark.parametrize(
    ("name", "command"), [("iceprog", "iceprog '"), ("openfpgaloader-cli", "openfpgaloader-cli -b ice40_generic -f '")]
)
def test_any_programmer_will_do(built, programmers, name, command):
    folder, synthesis = built
    programmers(name)
    assert command in plan(BOARD, folder, synthesis, DIGEST).command


@pytest.mark.parametrize(
    ("board", "tool", "ram", "stays"),
    [
        ("icebreaker", "iceprog", "iceprog -S '", "iceprog '"),
        ("ulx3s-25f", "openFPGALoader", "-b ulx3s -m '", "-b ulx3s -f '"),
        ("tang-nano-20k", "openFPGALoader", "-b tangnano20k -m '", "-b tangnano20k -f '"),
        ("crosslink-nx-evn", "ecpprog", "ecpprog -S '", "ecpprog '"),
        ("tinyfpga-bx", "tinyprog", None, "tinyprog -p '"),
        ("orangecrab", "dfu-util", None, "dfu-util -d 1209:5af0 -a 0 -D '"),
    ],
)
def test_a_bitstream_goes_into_memory_or_flash(built, programmers, board, tool, ram, stays):
    folder, synthesis = built
    programmers(tool)
    board = registry.get(board)
    synthesis = dataclasses.replace(synthesis, board=board.name)
    assert stays in plan(board, folder, synthesis, DIGEST).command
    if ram is not None:
        assert ram in plan(board, folder, synthesis, DIGEST, volatile=True).command
        return
    with pytest.raises(GatewrightError, match=r"takes a bitstream into its flash alone"):
        plan(board, folder, synthesis, DIGEST, volatile=True)


def test_a_chip_without_a_board_is_not_flashed(built):
    folder, synthesis = built
    with pytest.raises(GatewrightError, match="up5k is a chip without a board: synthesize for a board"):
        plan(registry.get("up5k"), folder, dataclasses.replace(synthesis, board="up5k"), DIGEST)


@pytest.mark.usefixtures("programmers")
@pytest.mark.parametrize(
    ("board", "remedy"),
    [
        ("tinyfpga-bx", "run `pip install tinyprog`"),
        ("orangecrab", "install dfu-util .*, or run `pip install gatewright"),
        ("crosslink-nx-evn", "build ecpprog"),
    ],
)
def test_a_missing_programmer_is_named_with_its_remedy(built, board, remedy):
    folder, synthesis = built
    with pytest.raises(GatewrightError, match=remedy):
        plan(registry.get(board), folder, dataclasses.replace(synthesis, board=board), DIGEST)


@pytest.mark.usefixtures("programmers")
def test_a_missing_programmer_says_where_it_was_looked_for(built):
    with pytest.raises(GatewrightError) as caught:
        plan(BOARD, *built, DIGEST)
    message = str(caught.value)
    for text in (
        "openFPGALoader on PATH: nothing",
        "openfpgaloader-cli",
        "iceprog on PATH: nothing",
        "pip install gatewright[flash]",
    ):
        assert text in message


def test_a_bitstream_of_another_graph_board_or_content_is_refused(built, programmers):
    folder, synthesis = built
    programmers("iceprog")
    with pytest.raises(GatewrightError, match=r"is stale: it holds the graph abababababab, not cdcdcdcdcdcd"):
        plan(BOARD, folder, synthesis, "cd" * 32)
    with pytest.raises(GatewrightError, match="made for the board icebreaker, not ice40-hx8k-evn"):
        plan(registry.get("ice40-hx8k-evn"), folder, synthesis, DIGEST)
    (folder / "top.bin").write_bytes(b"bitz")
    with pytest.raises(GatewrightError, match="is not the one that was built"):
        plan(BOARD, folder, synthesis, DIGEST)
    (folder / "top.bin").unlink()
    with pytest.raises(GatewrightError, match="does not exist: synthesize for icebreaker again"):
        plan(BOARD, folder, synthesis, DIGEST)


@pytest.mark.parametrize(
    ("says", "explained"),
    [
        ("unable to open ftdi device: -3 (device not found)", r"No 1BitSquared iCEBreaker .* plug it in"),
        ("unable to open ftdi device: -4 (usb_open() failed)", r"may not be opened by this user: write the line ATTRS"),
        ("unable to open ftdi device: -4 (libusb_open() failed)", r"may not be opened by this user"),
        ("unable to open ftdi device: -6 (ftdi_usb_reset failed)", r"is in use"),
        (
            "Can'\"'\"'t find iCE FTDI USB device (vendor_id 0x0403, device_id 0x6010 or 0x6014).",
            r"this user may open .* ATTRS",
        ),
        ("error while loading shared libraries: libftdi1.so.2: cannot open", r"libusb-1\.0-0 libftdi1-2"),
        ("Error: IDCODE mismatch 0x41111043", r"The chip that answers is not the iCE40UP5K of 1BitSquared iCEBreaker"),
        ("No DFU capable USB device available", r"No 1BitSquared iCEBreaker .* plug it in"),
        ("DFU init failed with: No DFU compatible device found", r"No 1BitSquared iCEBreaker .* plug it in"),
        # What openFPGALoader says of an absent device sounds like one that is in use.
        ("unable to open ftdi device: -3 (device not found) Error: Failed to claim cable", r"plug it in"),
        ("Jtag: support for cmsisdap was not enabled at compile time", r"built without .* \$OPENFPGALOADER"),
        ("fails to open device", r"this user may open .* ATTRS"),
        ("error: flux capacitor", r"flux capacitor"),
    ],
)
def test_the_usual_failures_are_explained(built, programmers, says, explained):
    programmers("openFPGALoader", says, 1)
    with pytest.raises(GatewrightError, match=explained):
        flash(plan(BOARD, *built, DIGEST))


def test_the_udev_rule_is_one_line_with_both_numbers():
    rule = udev_rule(BOARD)
    assert '"0403"' in rule
    assert '"6010"' in rule
    assert "\n" not in rule
