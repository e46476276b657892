import json
import re
import shutil
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from gatewright import tools
from gatewright.boards import area, design, registry, stamp
from gatewright.boards.build import synthesize
from gatewright.errors import GatewrightError
from gatewright.hdl.pipeline import Pipeline
from tests.boards.test_link import small
from tests.graphs import random_graph

BOARD = registry.get("icebreaker")
PIPELINE = Pipeline(encoder=True, popcount=2, argmax=1)
GRAPH = small(features=12, thresholds=3)
# Built end to end here: one board of each of the three great families, two of them with another clock than their own.
BUILT = {"icebreaker": None, "ulx3s-25f": 75e6, "tang-nano-9k": 54e6}
# What the smallest bitstream of a board has in bytes, and how it begins.
STARTS = {
    "ice40": (70_000, b"\xff\x00\x00\xff"),
    "ecp5": (50_000, b"\xff\x00"),
    "gowin": (1_000_000, b"1"),
    "nexus": (100_000, b"\xff\x00"),
    "gatemate": (5_000, b""),
}


def of_board(board, folder, clock_hz=None, **options):
    return synthesize(GRAPH, board, folder, pipeline=PIPELINE, clock_hz=clock_hz, **options)


@pytest.fixture(scope="module", params=BUILT)
def built(request, tmp_path_factory):
    """One real build of a board, shared by the tests that look at it."""
    folder = tmp_path_factory.mktemp("a build")
    told = []
    board = registry.get(request.param)
    synthesis = of_board(board, folder, BUILT[board.name], progress=lambda *told_: told.append(told_))
    return board, folder, synthesis, told


def check_figures(board, folder, synthesis, clock_hz=None):
    """What holds for every build: the parts, the timing, and a bitstream for boards alone."""
    assert (synthesis.digest, synthesis.board) == (GRAPH.digest, board.name)
    assert list(synthesis.parts) == ["encoder", "gates", "popcount", "argmax", "link", "io"]
    assert area.total(synthesis.parts.values()) == synthesis.total
    for part in ("encoder", "gates", "popcount", "argmax", "link"):
        assert synthesis.parts[part].lut > 0, part
    # Those of a GateMate are smaller, so there are more.
    assert 0 < synthesis.parts["link"].lut < (700 if board.family.name == "gatemate" else 600)
    sizes = [getattr(synthesis.total, f"lut{i}") for i in range(1, 7)]
    assert sum(sizes) == synthesis.total.lut
    assert not sum(sizes[board.fabric.lut_inputs :]) or board.family.name == "gatemate"
    top = design.make_top(GRAPH, board, PIPELINE)
    design.prepare(top, board)
    assert synthesis.latency_cycles == top.classifier.latency > 1
    assert synthesis.initiation_interval == 1
    assert synthesis.unit == board.family.unit
    assert set(synthesis.tools) == set(board.family.tools) - ({board.family.packer} if board.is_chip else set())
    if not board.family.nextpnr:
        assert synthesis.fmax_mhz is synthesis.clock_mhz is synthesis.samples_per_second is None
        return
    expected = synthesis.fmax_mhz if board.is_chip else (clock_hz or board.clock_hz) / 1e6
    assert synthesis.clock_mhz == pytest.approx(expected)
    assert synthesis.fmax_mhz >= synthesis.clock_mhz
    assert synthesis.slack_ns == pytest.approx(1e3 / synthesis.clock_mhz - 1e3 / synthesis.fmax_mhz)
    assert synthesis.latency_ns == pytest.approx(synthesis.latency_cycles * 1e3 / synthesis.clock_mhz)
    assert synthesis.samples_per_second == pytest.approx(synthesis.clock_mhz * 1e6)
    used = sum(synthesis.placed.values())
    # The counted cells are a lower bound; place and route adds the ends of carry chains, and LUTs that pass on.
    assert 0.8 * used < synthesis.total.cells <= used
    if board.is_chip:
        assert not synthesis.bitstream
        return
    least, start = STARTS[board.family.name]
    bits = (folder / synthesis.bitstream).read_bytes()
    assert len(bits) > least
    assert bits.lstrip(b"/#! \nabcdefghijklmnopqrstuvwxyz").startswith(start) or start in bits[:4000]
    assert stamp.sha256(bits) == synthesis.bitstream_sha256


def test_a_build_ends_in_a_bitstream_and_its_figures(built):
    board, folder, synthesis, told = built
    check_figures(board, folder, synthesis, BUILT[board.name])
    assert bool(synthesis.pll) == (BUILT[board.name] is not None)
    assert all(synthesis.tools.values())
    assert [fraction for _, fraction in told] == sorted(fraction for _, fraction in told)
    assert told[-1] == ("done", 1.0)
    # Each of these families has a router of arcs.
    assert any(re.fullmatch(r"routing, [\d,]+ arcs left", text) for text, _ in told)


def test_the_parts_agree_with_place_and_route(built):
    board, folder, synthesis, _ = built
    report = json.loads((folder / f"top.seed{synthesis.seed}.report.json").read_bytes())["utilization"]
    names = {"ice40": ("ICESTORM_LC",), "ecp5": ("TRELLIS_COMB",), "gowin": ("LUT4", "ALU")}[board.family.name]
    used = sum(report[name]["used"] for name in names)
    assert sum(synthesis.placed.values()) == used
    assert report[names[0]]["available"] == board.cells
    assert all(abs(synthesis.placed[part] - synthesis.parts[part].cells) < 40 for part in design.PARTS)
    kinds = [
        cell["type"] for cell in json.loads((folder / "top.json").read_bytes())["modules"]["top"]["cells"].values()
    ]
    resources = [kind.resource for kind in map(board.family.kind, kinds) if kind is not None]
    for resource in ("lut", "ff", "carry", "mux", "bram"):
        assert resources.count(resource) == getattr(synthesis.total, resource)
    # What is not counted is no logic.
    uncounted = {kind for kind in kinds if board.family.kind(kind) is None}
    assert uncounted <= {
        "SB_IO", "SB_GB_IO", "IB", "OBZ", "IBUF", "TBUF", "GND", "VCC", "GSR", "SGSR", "EHXPLLL", "rPLL", "TRELLIS_IO"
    }  # fmt: skip


def test_the_same_build_is_not_made_again(built, monkeypatch):
    board, folder, synthesis, _ = built
    clock = BUILT[board.name]

    def run(self, *_arguments, **_options):
        raise AssertionError(f"{self.name} ran")

    with monkeypatch.context() as patch:
        patch.setattr(tools.Tool, "run", run)
        assert of_board(board, folder, clock) == synthesis
        # Anything that goes in makes another build.
        others = [{"seed": 2}, {"seeds": 2}, {"pipeline": replace(PIPELINE, popcount=1)}, {"clock_hz": 60e6}]
        for other in others:
            kept = (folder / stamp.STAMP).read_bytes()
            with pytest.raises(AssertionError, match="yosys ran"):
                synthesize(GRAPH, board, folder, **({"pipeline": PIPELINE, "clock_hz": clock} | other))
            assert not (folder / stamp.STAMP).exists()
            (folder / stamp.STAMP).write_bytes(kept)


def test_a_damaged_build_is_made_again_and_gives_the_same_bits_in_any_folder(built, tmp_path):
    board, folder, synthesis, _ = built
    other = tmp_path / "elsewhere"
    shutil.copytree(folder, other)
    (other / synthesis.bitstream).write_bytes(b"damaged")
    again = of_board(board, other, BUILT[board.name])
    assert again.bitstream_sha256 == synthesis.bitstream_sha256
    assert (other / again.bitstream).read_bytes() == (folder / synthesis.bitstream).read_bytes()


def fake(monkeypatch, fmax, fails=""):
    """Puts nothing in the place of Yosys and packer, and a nextpnr that reaches a clock."""

    def run(self, *given, cwd, **_options):
        names = dict(pairwise(given))
        if fails and self.name.startswith("nextpnr"):
            raise GatewrightError(f"{self.name} failed and said: ERROR: {fails}.")
        if self.name == "yosys":
            (cwd / "top.json").write_text(json.dumps({"modules": {"top": {"cells": {}}}}))
        if self.name.startswith("nextpnr"):
            reached = {"achieved": fmax(int(names["--seed"])), "constraint": float(names["--freq"])}
            (cwd / names["--report"]).write_text(json.dumps({"fmax": {"clk": reached}}))
            (cwd / names["--write"]).write_text(json.dumps({"modules": {"top": {"cells": {}}}}))
        for name in given:
            if name.endswith(".bin"):
                (cwd / name).write_bytes(b"bits")
        return ""

    monkeypatch.setattr(tools.Tool, "run", run)


def test_a_clock_that_is_missed_gives_both_numbers_and_what_helps(tmp_path, monkeypatch):
    fake(monkeypatch, lambda seed: 11.5)
    with pytest.raises(
        GatewrightError, match=r"reaches 11\.50 MHz and .*iCEBreaker clocks it at 12\.00 MHz: .* more registers"
    ):
        of_board(BOARD, tmp_path)
    fake(monkeypatch, lambda seed: 40.0)
    with pytest.raises(GatewrightError, match=r"clocks it at 48\.00 MHz: .* a clock of 38 MHz from its PLL"):
        of_board(BOARD, tmp_path, 48e6)
    assert not (tmp_path / stamp.STAMP).exists()
    # Nothing is missed on a chip without a board: it has the clock that it reaches.
    fake(monkeypatch, lambda seed: 5.0)
    chip = of_board(registry.get("up5k"), tmp_path / "chip")
    assert (chip.clock_mhz, chip.slack_ns, chip.bitstream) == (5.0, 0.0, "")


@pytest.mark.parametrize("damage", [b"damaged", b"{}", b"[]", b'{"key": 1, "files": {}, "synthesis": {}}'])
def test_a_damaged_stamp_is_no_build(tmp_path, monkeypatch, damage):
    fake(monkeypatch, lambda seed: 40.0)
    first = of_board(BOARD, tmp_path)
    (tmp_path / stamp.STAMP).write_bytes(damage)
    told = []
    again = of_board(BOARD, tmp_path, progress=lambda *told_: told.append(told_[0]))
    assert "already built" not in told
    assert again.bitstream_sha256 == first.bitstream_sha256


def test_the_figures_are_those_of_the_fastest_seed(tmp_path, monkeypatch):
    fake(monkeypatch, {5: 30.0, 6: 45.0, 7: 20.0}.__getitem__)
    synthesis = of_board(BOARD, tmp_path, seed=5, seeds=3)
    assert (synthesis.seed, synthesis.fmax_mhz) == (6, 45.0)
    assert synthesis.seeds == {"5": 30.0, "6": 45.0, "7": 20.0}
    assert of_board(BOARD, tmp_path, seed=5, seeds=3) == synthesis
    with pytest.raises(GatewrightError, match="0 seeds of place and route are asked for"):
        of_board(BOARD, tmp_path, seeds=0)


def test_a_serial_popcount_takes_a_sample_less_often(tmp_path, monkeypatch):
    fake(monkeypatch, lambda seed: 40.0)
    synthesis = synthesize(GRAPH, BOARD, tmp_path, pipeline=replace(PIPELINE, lanes=2))
    assert synthesis.initiation_interval > 1
    assert synthesis.samples_per_second == pytest.approx(12e6 / synthesis.initiation_interval)


def test_a_design_that_is_too_large_says_by_how_much_and_what_helps(tmp_path):
    rng = np.random.default_rng(0)
    graph = random_graph(rng, inputs=16, layers=1, width=240, classes=2, per_class=200)
    tiny = replace(BOARD, cells=800)
    with pytest.raises(GatewrightError) as caught:
        synthesize(graph, tiny, tmp_path)
    message = str(caught.value)
    assert "too large for 1BitSquared iCEBreaker: it needs " in message
    assert "of 800" in message
    assert "more logic cells than there are (" in message
    for part in ("popcount", "gates", "link"):
        assert f"{part} " in message
    assert "leave out the self-test (synthesize --without-selftest), which makes about " in message
    assert not (tmp_path / "top.bin").exists()


def test_a_board_without_place_is_said_so(tmp_path, monkeypatch):
    fake(monkeypatch, lambda seed: 40.0, fails="Unable to find legal placement for all cells")
    with pytest.raises(GatewrightError, match=r"too large for .* there is no place for all"):
        of_board(BOARD, tmp_path)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(GatewrightError, match=r"file/build/top\.\w+ cannot be written"):
        synthesize(small(), BOARD, tmp_path / "file" / "build")


@pytest.mark.slow
@pytest.mark.parametrize("board", [b for b in registry.all() if b.name not in BUILT], ids=lambda board: board.name)
def test_every_board_is_built(board, tmp_path):
    check_figures(board, tmp_path, of_board(board, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("board", [b for b in registry.all() if b.pll and not b.is_chip], ids=lambda board: board.name)
def test_every_loop_is_built(board, tmp_path):
    clock = {"iCE40UP5K": 36e6, "iCE40LP8K": 60e6}.get(board.device, 75e6)
    synthesis = of_board(board, tmp_path, clock)
    assert synthesis.clock_mhz == pytest.approx(clock / 1e6, rel=0.03)
    assert synthesis.fmax_mhz >= synthesis.clock_mhz
    assert synthesis.pll == board.pll or board.family.name == "gowin"
