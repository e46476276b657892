import json

import pytest

from gatewright import flow
from gatewright.cli.compare import compare as verb
from gatewright.errors import GatewrightError
from gatewright.report.compare import brief, compare, page, points, values
from gatewright.run import Run, write_whole
from tests.report.runs import complete, network, write_build
from tests.test_cli import gatewright

DASH = "\N{EN DASH}"


@pytest.fixture
def runs(tmp_path):
    """Two complete runs, the second one better, and a third that is only trained."""
    known = enumerate({"one": 0.91, "two": 0.95}.items())
    made = [complete(tmp_path / name, network(seed), accuracy=accuracy) for seed, (name, accuracy) in known]
    write_whole(made[0].recipe, 'name = "a"\ntau = 1.0\nlayers = [40]\nseed = 0\n')
    write_whole(made[1].recipe, 'name = "b"\ntau = 2.0\nlayers = [40]\nseed = 0\n')
    third = Run(tmp_path / "three")
    third.store(network(3), third.learned)
    train = made[0].read_json("train") | {"digest": network(3).digest, "accuracy_test": 0.5, "gap": 0.0}
    third.write_json("train", train)
    return [*made, third]


def test_runs_stand_side_by_side(runs):
    rows = compare([run.path for run in runs])
    assert [row.run for row in rows] == [str(run.path) for run in runs]
    assert [row.accuracy for row in rows] == [0.91, 0.95, 0.5]
    assert [row.gates for row in rows] == [network(seed).gates for seed in (0, 1, 3)]
    assert [row.exported for row in rows] == [True, True, False]
    assert [row.proven for row in rows] == [row.simulated for row in rows] == [True, True, None]
    assert rows[0].boards["icebreaker"]["total"]["lut"] == 20
    assert rows[2].boards == {}
    assert [row.recipe for row in rows] == [
        {"tau": 1.0, "layers": [40], "seed": 0},
        {"tau": 2.0, "layers": [40], "seed": 0},
        {"tau": None, "layers": None, "seed": None},
    ]
    assert [row.recipe for row in compare([run.path for run in runs[:2]])] == [{"tau": 1.0}, {"tau": 2.0}]


def test_a_plot_of_networks_that_have_not_all_read_the_test_split_is_of_the_other(runs):
    pair = [run.path for run in runs[:2]]
    assert "Test accuracy" in page(compare(pair))
    values = runs[0].read_json("train")
    runs[0].write_json("train", values | {"accuracy_test": None, "accuracy_validation": 0.42})
    rows = compare(pair)
    assert [(row.accuracy, row.accuracy_validation) for row in rows] == [(None, 0.42), (0.95, 0.97)]
    assert [point.accuracy for point in points(rows, tested=False)] == [42, 97]
    assert [point.accuracy for point in points(rows)] == [95]
    assert "Validation accuracy" in page(rows)


def test_a_stage_that_is_missing_is_a_dash_and_a_stale_one_is_said(runs):
    runs[0].json_path("simulate").unlink()
    runs[1].write_json("prove", runs[1].read_json("prove") | {"digest": "0123"})
    runs[1].json_path("train").unlink()
    rows = compare([run.path for run in runs[:2]])
    assert (rows[0].simulated, rows[1].proven, rows[1].accuracy) == (None, None, None)
    assert rows[1].outdated == ("proven: stale",)
    html = page(rows)
    first, second = html.split('<h2 id="networks">')[1].split("<tbody>")[1].split("</tbody>")[0].split("</tr>")[:2]
    assert first.count(DASH) == 1
    assert second.count(DASH) == 5
    assert "proven: stale" in second


def test_a_failure_is_no_success(runs):
    runs[0].write_json("prove", runs[0].read_json("prove") | {"proven": False})
    row = compare([run.path for run in runs])[0]
    assert row.proven is False
    assert row.outdated == ("proven: failed",)


def test_other_data_is_said(runs, tmp_path):
    other = complete(tmp_path / "other", dataset="mnist")
    assert not values(compare([runs[0].path, other.path]))["same_data"]
    assert "different data" in page(compare([runs[0].path, other.path]))
    assert values(compare([run.path for run in runs]))["same_data"]
    assert "different data" not in page(compare([run.path for run in runs]))


def test_a_sweep_stands_for_its_runs(runs, tmp_path):
    sweep = tmp_path / "sweep"
    for name in ("trial-0002", "trial-0001/seed-1", "trial-0001/seed-0", "trial-0003"):
        made = Run(sweep / name)
        made.store(network(3), made.learned)
    (sweep / "trial-0004").mkdir()
    rows = compare([sweep, runs[0].path])
    names = ["trial-0001/seed-0", "trial-0001/seed-1", "trial-0002", "trial-0003"]
    assert [row.run for row in rows] == [*(str(sweep / name) for name in names), str(runs[0].path)]
    assert len(compare([sweep, sweep])) == 4


def test_area_is_told_for_every_board_and_part(runs):
    common = {"digest": runs[1].load().digest, "tools": {}, "seconds": 1.0}
    write_build(runs[1], common, "ulx3s-85f")
    rows = compare([run.path for run in runs])
    assert [(point.run, point.board) for point in points(rows)] == [
        (str(runs[0].path), "icebreaker"),
        (str(runs[1].path), "icebreaker"),
        (str(runs[1].path), "ulx3s-85f"),
    ]
    html = page(rows)
    for board in ("icebreaker", "ulx3s-85f"):
        assert f">{board}</h2>" in html
    assert html.split(">ulx3s-85f</h2>")[1].count("<b>20</b>") == 1
    assert {point.size for point in points(compare([runs[2].path, runs[0].path])[:1])} == {network(3).gates}


def test_runs_of_a_search_show_what_was_expected_of_them(runs):
    for run, cells in zip(runs, (900, 1200, 800), strict=True):
        digest = run.load(run.learned).digest
        parts = {"gates": cells - 700, "link": 700}
        run.write_json(
            "fit", {"digest": digest, "board": "up5k", "unit": "cells", "budget": 4321, "cells": cells, "parts": parts}
        )
    runs[0].write_json("train", runs[0].read_json("train") | {"accuracy_validation": 0.95})
    rows = compare([run.path for run in runs])
    assert [row.expected["cells"] for row in rows] == [900, 1200, 800]
    html = page(rows)
    assert "budget of 4,321" in html
    assert "Validation accuracy against cells expected" in html
    assert ">Expected of up5k</h2>" in html
    # The third is as accurate as the second, and smaller: nothing beats it.
    assert f"Not beaten: up5k: {runs[2].path} 800, 97.00 %." in html
    # Of another network, or with a run of no search beside it, what was measured counts.
    runs[1].write_json("fit", runs[1].read_json("fit") | {"digest": "0123"})
    rows = compare([run.path for run in runs])
    assert rows[1].expected is None
    assert "Test accuracy against LUTs" in page(rows)


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (("absent", "one"), r"absent is neither a run nor the folder of a sweep"),
        (("one",), r"one alone cannot be compared"),
        (("one", "one"), r"one alone cannot be compared"),
        ((), r"nothing to compare"),
    ],
)
def test_what_cannot_be_compared_is_one_sentence(runs, tmp_path, names, sentence):
    assert runs
    with pytest.raises(GatewrightError, match=sentence):
        compare([tmp_path / name for name in names])


def test_a_damaged_network_is_one_sentence(runs):
    runs[0].network.write_bytes(b"no network")
    with pytest.raises(GatewrightError, match="is no gatewright network"):
        compare([run.path for run in runs])


def test_the_page_escapes_and_is_the_same_each_time(runs, tmp_path):
    odd = complete(tmp_path / "<b>odd & $x$", network(4), accuracy=0.9)
    rows = compare([odd.path, runs[0].path])
    html = page(rows)
    assert "<b>odd" not in html
    assert "&lt;b&gt;odd &amp; $x$" in html
    assert page(rows) == html


def test_the_verb_prints_a_table_and_writes_a_page(runs, tmp_path, capsys):
    out = tmp_path / "made" / "compare.html"
    verb([run.path for run in runs], out)
    told = capsys.readouterr().out
    assert "different data" not in told
    for fact in ("95.00", "+0.88", "icebreaker", "40.5", "500", "yes", "-", "tau", str(out)):
        assert fact in told
    assert out.read_text() == page(compare([run.path for run in runs]))
    verb([complete(tmp_path / "other", dataset="mnist").path, runs[0].path])
    assert "different data" in capsys.readouterr().out


def test_the_verb_says_what_comes_next(runs, tmp_path, capsys, monkeypatch):
    """The page, and the next stage of the most accurate run."""
    monkeypatch.setenv("COLUMNS", "400")
    paths = [run.path for run in runs]
    best = runs[1]
    page_command = f"next: gatewright compare {' '.join(map(str, paths))} --out compare.html\n"
    verb(paths)
    assert capsys.readouterr().out.endswith(f"{page_command}      gatewright report {best.path}\n")
    verb(paths, tmp_path / "page.html")
    assert capsys.readouterr().out.endswith(f"next: gatewright report {best.path}\n")
    for lacking, then in (
        ("boards/icebreaker/synthesize", "synthesize"),
        ("prove", "prove"),
        ("simulate", "simulate"),
    ):
        best.json_path(lacking).unlink()
        verb(paths)
        assert capsys.readouterr().out.endswith(f"gatewright {then} {best.path}\n")
    best.network.unlink()
    verb(paths)
    assert capsys.readouterr().out.endswith(f"gatewright export {best.path}\n")
    verb(paths, quiet=True)
    assert "next:" not in capsys.readouterr().out


def test_the_verb_prints_json(runs):
    told = gatewright("compare", *(run.path for run in runs), "--json")
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == json.loads(json.dumps(flow.compare([run.path for run in runs])))


@pytest.mark.parametrize(
    ("value", "text"),
    [([500], "500"), ([500, 100], "500x100"), ([80] * 6, "6 of 80"), ([], "none"), (0.5, "0.5"), (None, DASH)],
)
def test_a_recipe_is_told_in_few_letters(value, text):
    assert brief(value) == text
