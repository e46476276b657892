from pathlib import Path

import pytest

from gatewright.errors import GatewrightError
from gatewright.sim.runner import run_cocotb

DESIGN = "module top(input wire a, output wire [3:0] b); parameter N = 1; assign b = a ? N : 0; endmodule\n"
HEAD = "import os, cocotb\nfrom cocotb.triggers import Timer\n"
GOOD = (
    HEAD
    + """
@cocotb.test()
async def answers(dut):
    dut.a.value = 1
    await Timer(1, "ns")
    assert int(dut.b.value) == int(os.environ["EXPECTED"])
"""
)


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """A folder with ``top.v``, in which modules can be imported."""
    (tmp_path / "top.v").write_text(DESIGN)
    monkeypatch.syspath_prepend(tmp_path)

    def run(text, name, **options):
        (tmp_path / f"{name}.py").write_text(text)
        return run_cocotb([tmp_path / "top.v"], "top", name, tmp_path / "build", **options)

    return run


def test_tests_that_pass_quietly(bench, capfd):
    result = bench(GOOD, "good_bench", environment={"EXPECTED": "3"}, parameters={"N": 3})
    assert (result.tests, result.simulator.name) == (1, "icarus")
    assert "PASS" in result.log.read_text()
    assert capfd.readouterr() == ("", "")


def test_a_test_that_fails_is_a_sentence(bench):
    with pytest.raises(GatewrightError, match=r"answers failed and said: .*sim\.log"):
        bench(GOOD, "failing_bench", environment={"EXPECTED": "4"})


def test_no_test_is_a_failure(bench):
    with pytest.raises(GatewrightError, match=r"sim\.log"):
        bench(HEAD, "empty_bench")


def test_a_skipped_test_shows_nothing(bench):
    with pytest.raises(GatewrightError, match="ran no test"):
        bench(GOOD.replace("test()", "test(skip=True)"), "skipped_bench")


def test_a_bench_that_cannot_be_imported_is_a_failure(bench):
    with pytest.raises(GatewrightError, match=r"sim\.log"):
        bench("import nowhere_to_be_found\n", "broken_bench")


def test_verilog_that_does_not_compile_is_a_failure(bench, tmp_path):
    (tmp_path / "top.v").write_text("module top(;\nendmodule\n")
    with pytest.raises(GatewrightError, match=r"no verdict .*syntax error.*sim\.log"):
        bench(GOOD, "good_bench")


def test_an_old_verdict_does_not_count(bench, tmp_path):
    bench(GOOD, "good_bench", environment={"EXPECTED": "1"})
    (tmp_path / "top.v").write_text("module other; endmodule\n")
    with pytest.raises(GatewrightError, match=r"sim\.log"):
        bench(GOOD, "good_bench", environment={"EXPECTED": "1"})


def test_an_interruption_leaves_no_process(bench, tmp_path):
    pid_file = tmp_path / "pid"
    endless = HEAD + (
        f"@cocotb.test()\nasync def endless(dut):\n    open({str(pid_file)!r}, 'w').write(str(os.getpid()) + ' ')\n"
        "    while True:\n        await Timer(1, 'ns')\n"
    )

    def interrupt():
        if pid_file.is_file() and pid_file.read_text().endswith(" "):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench(endless, "endless_bench", poll=interrupt)
    status = Path(f"/proc/{int(pid_file.read_text())}/status")
    assert not status.exists() or "Z (zombie)" in status.read_text()


def test_waves_are_recorded_on_request(bench, tmp_path):
    bench(GOOD, "good_bench", environment={"EXPECTED": "1"}, waves=True)
    assert (tmp_path / "build" / "top.fst").stat().st_size > 0
