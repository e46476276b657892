import json
from dataclasses import replace

import numpy as np
import pytest

from gatewright import tools
from gatewright.boards import area, build, design, registry
from gatewright.boards.area import Area
from gatewright.boards.build import synthesize
from gatewright.errors import GatewrightError
from gatewright.hdl.pipeline import Pipeline
from tests.boards.test_link import small
from tests.graphs import random_graph

BOARD = registry.get("icebreaker")
PIPELINE = Pipeline(encoder=True, popcount=2, argmax=1)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """One real build, shared by the tests that look at it."""
    folder = tmp_path_factory.mktemp("a build")
    told = []
    graph = small(features=12, thresholds=3)
    synthesis = synthesize(graph, BOARD, folder, pipeline=PIPELINE, progress=lambda *told_: told.append(told_))
    return graph, folder, synthesis, told


def test_a_build_ends_in_a_bitstream_and_its_figures(built):
    graph, folder, synthesis, told = built
    assert (folder / synthesis.bitstream).stat().st_size > 10_000
    assert synthesis.digest == graph.digest
    assert list(synthesis.parts) == ["encoder", "gates", "popcount", "argmax", "link", "io"]
    assert area.total(synthesis.parts.values()) == synthesis.total
    for part in ("encoder", "gates", "popcount", "argmax", "link"):
        assert synthesis.parts[part].lut > 0
    assert 0 < synthesis.parts["link"].lut < 500
    assert synthesis.clock_mhz == 12.0
    assert synthesis.fmax_mhz > 12.0
    assert synthesis.slack_ns == pytest.approx(1e3 / 12 - 1e3 / synthesis.fmax_mhz)
    top = design.make_top(graph, BOARD, PIPELINE)
    design.prepare(top, BOARD)
    assert synthesis.latency_cycles == top.classifier.latency > 1
    assert synthesis.latency_ns == pytest.approx(synthesis.latency_cycles * 1e3 / 12)
    assert all(synthesis.tools[name] for name in ("yosys", "nextpnr-ice40", "icepack"))
    assert [fraction for _, fraction in told] == sorted(fraction for _, fraction in told)
    assert told[-1] == ("done", 1.0)


def test_the_parts_agree_with_place_and_route(built):
    _, folder, synthesis, _ = built
    used = json.loads((folder / "top.report.json").read_bytes())["utilization"]["ICESTORM_LC"]["used"]
    assert sum(synthesis.placed.values()) == used
    # The counted cells are a lower bound; nextpnr adds the ends of carry chains.
    assert 0.85 * used < synthesis.total.cells <= used
    assert all(abs(synthesis.placed[part] - synthesis.parts[part].cells) < 20 for part in design.PARTS)
    stats = json.loads((folder / "top.json").read_bytes())["modules"]["top"]["cells"].values()
    assert sum(cell["type"] == "SB_LUT4" for cell in stats) == synthesis.total.lut
    assert sum(cell["type"].startswith("SB_DFF") for cell in stats) == synthesis.total.ff
    assert sum(cell["type"] == "SB_CARRY" for cell in stats) == synthesis.total.carry


def test_the_same_build_is_not_made_again(built, monkeypatch):
    graph, folder, synthesis, _ = built

    def run(self, *_arguments, **_options):
        raise AssertionError(f"{self.name} ran")

    with monkeypatch.context() as patch:
        patch.setattr(tools.Tool, "run", run)
        assert synthesize(graph, BOARD, folder, pipeline=PIPELINE) == synthesis
        # Anything that goes in makes another build.
        for other in ({"seed": 2, "pipeline": PIPELINE}, {"pipeline": replace(PIPELINE, popcount=1)}):
            stamp = (folder / build.STAMP).read_bytes()
            with pytest.raises(AssertionError, match="yosys ran"):
                synthesize(graph, BOARD, folder, **other)
            assert not (folder / build.STAMP).exists()
            (folder / build.STAMP).write_bytes(stamp)


@pytest.mark.parametrize("file", ["top.bin", build.STAMP])
def test_a_damaged_build_is_made_again_and_gives_the_same_bits(built, file):
    graph, folder, synthesis, _ = built
    (folder / file).write_bytes(b"damaged")
    again = synthesize(graph, BOARD, folder, pipeline=PIPELINE)
    assert again.bitstream_sha256 == synthesis.bitstream_sha256
    assert (folder / "top.bin").stat().st_size > 10_000


def test_a_clock_that_is_missed_gives_both_numbers(tmp_path, built):
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"fmax": {"clk": {"achieved": 11.5, "constraint": 12.0}}}))
    assert build._timing(report) == (11.5, 12.0)
    report.write_text("{}")
    with pytest.raises(GatewrightError, match="cannot be read"):
        build._timing(report)
    graph = built[0]
    with pytest.raises(GatewrightError, match=r"reaches \d+\.\d\d MHz and .* clocks it at 400\.00 MHz"):
        synthesize(graph, _faster(), tmp_path / "fast", pipeline=PIPELINE)


def _faster():
    """A board whose clock no design of ours reaches: the platform constrains it, so the file is changed."""
    return replace(BOARD, platform=f"{__name__}:FastPlatform")


def FastPlatform():  # noqa: N802
    from amaranth_boards.icebreaker import ICEBreakerPlatform

    class Platform(ICEBreakerPlatform):
        def prepare(self, *arguments, **options):
            plan = super().prepare(*arguments, **options)
            plan.files["top.pcf"] = plan.files["top.pcf"].replace("12.0", "400.0")
            return plan

    return Platform()


def test_a_design_that_is_too_large_says_by_how_much_and_what_helps(tmp_path):
    rng = np.random.default_rng(0)
    graph = random_graph(rng, inputs=64, layers=1, width=400, classes=2, per_class=350)
    tiny = replace(BOARD, cells=1000)
    with pytest.raises(GatewrightError) as caught:
        synthesize(graph, tiny, tmp_path)
    message = str(caught.value)
    assert "too large for 1BitSquared iCEBreaker: it needs " in message
    assert "of 1,000" in message
    assert "more than there are (popcount " in message
    assert ": narrow the last layer" in message
    assert not (tmp_path / "top.bin").exists()


def _parts(gates):
    return {"encoder": Area(cells=100), "gates": Area(cells=gates), "popcount": Area(cells=500), "io": Area(cells=1)}


def test_a_larger_board_is_named_if_there_is_one():
    with pytest.raises(
        GatewrightError,
        match=r"6,101 logic cells of 5,280, and 821 more .*gates 5,500, .*use fewer gates, or use the board ice40-h",
    ):
        build._demand_room(BOARD, _parts(5500))
    with pytest.raises(GatewrightError, match="no supported board is large enough as it is"):
        build._demand_room(BOARD, _parts(7000))
    build._demand_room(BOARD, _parts(5280 - 601))


def test_a_board_without_place_is_said_so(tmp_path, built, monkeypatch):
    graph = built[0]
    real = tools.Tool.run

    def run(self, *arguments, **options):
        if self.name == "nextpnr-ice40":
            raise GatewrightError("nextpnr-ice40 failed and said: ERROR: Unable to find legal placement for all cells.")
        return real(self, *arguments, **options)

    monkeypatch.setattr(tools.Tool, "run", run)
    with pytest.raises(GatewrightError, match=r"too large for .* nextpnr finds no place"):
        synthesize(graph, BOARD, tmp_path, pipeline=PIPELINE)


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(GatewrightError, match=r"file/build/top\.il cannot be written"):
        synthesize(small(), BOARD, tmp_path / "file" / "build")
