import json
import sys
import threading
import time
from dataclasses import replace

import pytest

from gatewright.boards import registry
from gatewright.boards.place.grid import Grid
from gatewright.boards.place.ice40 import PACKING
from gatewright.boards.route import PARALLEL, NoPlaceError, NoWireError, arguments, route, timing
from gatewright.errors import GatewrightError
from gatewright.tools import Tool
from tests.boards.place.packed import GRID, cell, netlist

# Stands for nextpnr: writes what its arguments name; the clock follows from the seed.
PROGRAM = """
import json, sys
given = dict(zip(sys.argv[1:], sys.argv[2:]))
seed = int(given["--seed"])
if seed in {fail}:
    sys.exit(print("ERROR: " + {says!r}) or 1)
clocks = {{"clk": {{"achieved": {clocks}[seed], "constraint": float(given["--freq"])}}}}
open(given["--report"], "w").write(json.dumps({{"fmax": clocks}}))
open(given["--write"], "w").write("placed " + str(seed))
open(given["--asc"], "w").write("bits " + str(seed))
print("done")
"""
BOARD = registry.get("icebreaker")
GIVEN = arguments(BOARD, 12e6)


def program(clocks, fail=(), says=""):
    text = PROGRAM.format(clocks=clocks, fail=set(fail) or "()", says=says)
    return Tool("nextpnr-ice40", (sys.executable, "-c", text), "", "here")


def test_the_fastest_seed_is_kept_and_the_others_are_cleared_away(tmp_path):
    (tmp_path / "top.json").write_text("netlist")
    told = []
    routed = route(program({3: 20.0, 4: 30.0, 5: 25.0}), tmp_path, GIVEN, range(3, 6), lambda *said: told.append(said))
    assert (routed.name, routed.seed, routed.fmax_mhz, routed.target_mhz) == ("top.seed4", 4, 30.0, 12.0)
    assert routed.seeds == {3: 20.0, 4: 30.0, 5: 25.0}
    assert told == [(f"placing and routing: {i} of 3 seeds", pytest.approx(i / 3)) for i in (1, 2, 3)]
    assert {path.name for path in tmp_path.iterdir()} == {
        "top.json", "top.seed4.asc", "top.seed4.log", "top.seed4.placed.json", "top.seed4.report.json"
    }  # fmt: skip
    assert (tmp_path / "top.seed4.asc").read_text() == "bits 4"


def test_of_equal_seeds_the_first_is_kept(tmp_path):
    assert route(program({1: 20.0, 2: 20.0}), tmp_path, GIVEN, (1, 2), not_told).seed == 1


def not_told(text, part):
    """Not interested."""


def test_a_seed_without_a_place_is_passed_over(tmp_path):
    tool = program({2: 15.0}, fail=[1, 3], says="Unable to find legal placement for all cells")
    routed = route(tool, tmp_path, GIVEN, (1, 2, 3), not_told)
    assert (routed.seed, routed.seeds) == (2, {2: 15.0})
    with pytest.raises(NoPlaceError, match="legal placement"):
        route(program({}, fail=[1, 2], says="Unable to find legal placement"), tmp_path, GIVEN, (1, 2), not_told)


# Stands for nextpnr: packs four cells, records its arguments, and demands their places before it routes.
PLACING = """
import json, sys
given = dict(zip(sys.argv[1:], sys.argv[2:]))
name = given["--write"]
open(name + ".arguments", "w").write(json.dumps(sys.argv[1:]))
if "--pack-only" in sys.argv:
    open(name, "w").write({netlist!r})
else:
    cells = json.load(open(given["--json"]))["modules"]["top"]["cells"].values()
    bels = [cell["attributes"]["BEL"] for cell in cells if cell["type"] == "ICESTORM_LC"]
    assert len(set(bels)) == len(bels) == {count}
    clocks = dict(clk=dict(achieved=30.0, constraint=12.0))
    open(given["--report"], "w").write(json.dumps(dict(fmax=clocks)))
    open(name, "w").write("placed")
"""


def placing(count):
    text = PLACING.format(
        netlist=json.dumps(netlist({f"cell{i}": cell([5], 6 + i) for i in range(count)})), count=count
    )
    return Tool("nextpnr-ice40", (sys.executable, "-c", text), "", "here")


def test_with_a_grid_nextpnr_packs_and_routes_and_our_placer_places(tmp_path):
    (tmp_path / "top.json").write_text("netlist")
    told = []
    routed = route(placing(12), tmp_path, GIVEN, (7,), lambda *said: told.append(said), GRID)
    assert (routed.fmax_mhz, routed.seed) == (30.0, 7)
    packing = json.loads((tmp_path / "top.seed7.packed.json.arguments").read_text())
    assert packing == [
        *BOARD.nextpnr, "--json", "top.json", "--pcf", "top.pcf", "--freq", "12.000000", "--timing-allow-fail",
        "--pack-only", "--router", "router1", "--write", "top.seed7.packed.json",
    ]  # fmt: skip
    routing = json.loads((tmp_path / "top.seed7.placed.json.arguments").read_text())
    expected = [arg.replace("{out}", "top.seed7").replace("top.json", "top.seed7.packed.json") for arg in GIVEN]
    assert routing == [*expected, "--no-pack", "--seed", "7"]
    texts = [text for text, _ in told]
    assert texts == ["placing"] * (len(told) - 2) + ["routing", "placing and routing: 1 of 1 seeds"]
    parts = [part for _, part in told]
    assert parts == sorted(parts)
    assert parts[0] < 0.5 < parts[-1] == 1.0


def test_a_netlist_that_has_no_place_on_the_grid_is_said_so(tmp_path):
    with pytest.raises(NoPlaceError, match="17 logic cells do not fit into 2 tiles of 8"):
        route(placing(17), tmp_path, GIVEN, (1, 2), not_told, Grid((1,), (1, 2), PACKING))


def test_what_is_not_routed_in_time_is_given_up(tmp_path):
    tool = Tool("nextpnr-ice40", (sys.executable, "-c", "import time; time.sleep(60)"), "", "here")
    with pytest.raises(NoWireError, match=r"^nextpnr has come no nearer to routing top\.seed1 in 1 seconds\.$"):
        route(tool, tmp_path, GIVEN, (1, 2), not_told, seconds=1)


# Stands for nextpnr: a router with more and more arcs left.
ROUTING = """
import itertools, time
for left in itertools.count(500):
    print("Info:       1000 |      223        776 |  223   776 |", f"{left:9}|", flush=True)
    time.sleep(0.05)
"""


def test_what_comes_no_nearer_to_its_end_is_given_up(tmp_path):
    told = []
    tool = Tool("nextpnr-ice40", (sys.executable, "-c", ROUTING), "", "here")
    with pytest.raises(NoWireError):
        route(tool, tmp_path, GIVEN, (1,), lambda *said: told.append(said), seconds=2)
    assert told[0] == ("routing, 500 arcs left", 0.5)
    # The log is there for whoever asks why.
    assert "500|" in (tmp_path / "top.seed1.log").read_text()


def test_an_interrupt_ends_the_routers(tmp_path):
    def tell(_text, _part):
        raise KeyboardInterrupt

    tool = Tool("nextpnr-ice40", (sys.executable, "-c", ROUTING), "", "here")
    with pytest.raises(KeyboardInterrupt):
        route(tool, tmp_path, GIVEN, (1, 2), tell, seconds=60)


def test_an_interrupt_ends_what_prints_nothing(tmp_path):
    def tell(_text, _part):
        raise KeyboardInterrupt

    silent = "import sys, time\nif sys.argv[-1] == '2':\n    time.sleep(600)\n"
    tool = Tool("nextpnr-ice40", (sys.executable, "-c", silent + ROUTING), "", "here")
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        route(tool, tmp_path, GIVEN, (1, 2), tell, seconds=600)
    assert time.monotonic() - began < 60


def test_an_interrupt_ends_the_placers(tmp_path):
    told = []

    def tell(text, _part):
        told.append(text)
        # Two threads place; what the first hears from the other is no longer told.
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        route(placing(12), tmp_path, GIVEN, (1,), tell, GRID)
    assert told == ["placing"] * 2


def test_another_failure_is_told(tmp_path):
    with pytest.raises(GatewrightError, match=r"failed with status 1 and said: ERROR: no such pin; see .*seed1\.log"):
        route(program({2: 15.0}, fail=[1], says="no such pin"), tmp_path, GIVEN, (1, 2), not_told)


def test_no_more_processes_than_allowed_run_at_a_time(tmp_path):
    running, most, lock = 0, 0, threading.Lock()
    enough = threading.Barrier(PARALLEL)
    real = program(dict.fromkeys(range(1, 7), 20.0))

    class Counting(Tool):
        def run(self, *given, **options):
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            enough.wait(60)
            try:
                return super().run(*given, **options)
            finally:
                with lock:
                    running -= 1

    route(Counting(real.name, real.command, "", ""), tmp_path, GIVEN, range(1, 7), not_told)
    assert most == PARALLEL == 2


def test_nextpnr_is_told_the_clock_of_the_design_and_never_fails_by_it():
    assert GIVEN[:3] == BOARD.nextpnr
    assert GIVEN[GIVEN.index("--freq") + 1] == "12.000000"
    assert "--timing-allow-fail" in GIVEN
    assert GIVEN[GIVEN.index("--pcf") :][:2] == ("--pcf", "top.pcf")
    gowin = arguments(registry.get("tang-nano-9k"), 27e6)
    # The options of the family go to the micro-architecture, where the old program had them as its own.
    assert "--family" not in gowin
    assert "--cst" not in gowin
    assert [gowin[i + 1] for i, arg in enumerate(gowin) if arg == "--vopt"] == ["family=GW1N-9C", "cst=top.cst"]


def test_the_domain_with_the_least_margin_counts(tmp_path):
    report = tmp_path / "report.json"
    clocks = {"a": {"achieved": 90, "constraint": 12}, "b": {"achieved": 110, "constraint": 100}}
    report.write_text(json.dumps({"fmax": clocks}))
    assert timing(report) == (110.0, 100.0)
    report.write_text(json.dumps({"fmax": {"clk": {"achieved": 11.5, "constraint": 12.0}}}))
    assert timing(report) == (11.5, 12.0)
    for damaged in ("{}", '{"fmax": {}}', "[]", '{"fmax": {"a": 3}}', "nonsense"):
        report.write_text(damaged)
        with pytest.raises(GatewrightError, match="cannot be read"):
            timing(report)
    report.unlink()
    with pytest.raises(GatewrightError, match="cannot be read"):
        timing(report)


def test_other_boards_get_other_arguments():
    seen = {arguments(board, board.clock_hz) for board in registry.all() if board.family.nextpnr and not board.is_chip}
    assert len(seen) >= 10
    assert arguments(replace(BOARD, nextpnr=("--hx8k",)), 12e6) != GIVEN
