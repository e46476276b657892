import dataclasses

import pytest

from gatewright.report import peers
from gatewright.report.page import page
from gatewright.report.source import source
from tests.report.runs import complete, network


def digits(features=784, classes=10):
    return network(names=[f"x{i}" for i in range(features)], classes=classes, width=40, name="mine")


INPUTS = source(digits())


@pytest.mark.parametrize(
    ("dataset", "features", "classes", "shown"),
    [
        ("mnist", 784, 10, True),
        ("/data/MNIST.npz", 784, 10, True),
        ("mnist", 400, 10, True),
        ("fashion-mnist", 784, 10, False),
        ("mnist", 784, 2, False),
        ("mnist", 64, 10, False),
        ("digits", 784, 10, False),
    ],
)
def test_only_mnist_stands_beside_them(dataset, features, classes, shown):
    graph = digits(features, classes)
    assert peers.is_mnist(source(graph), graph.classes, dataset) == shown


def test_a_run_stands_among_them_by_its_accuracy_with_what_it_counts():
    cells = {"lut": 10, "ff": 5, "carry": 0}
    board = {"parts": dict.fromkeys(("encoder", "gates", "popcount", "argmax", "link", "io"), cells), "device": "chip"}
    board |= {"latency_ns": 48.6, "fmax_mhz": 100.0, "family": "ice40"}
    rows = peers.table(
        "mine",
        INPUTS,
        {"accuracy_test": 0.9765},
        {"a": board, "b": board | {"fmax_mhz": None, "latency_ns": None, "family": "xc7"}},
    )
    assert len(rows) == len(peers.PUBLISHED) + 2
    assert [float(row.accuracy) for row in rows] == sorted((float(row.accuracy) for row in rows), reverse=True)
    ours = [row for row in rows if row.ours]
    assert [row.luts for row in ours] == ["40 LUT4", "40 LUT6"]
    assert [row.ns for row in ours] == ["49", ""]
    assert [row.device for row in ours] == ["chip, routed", "chip, synthesized"]
    assert all(row.counted == ("yes", "yes", "yes") for row in ours)
    bare = board | {"parts": {"gates": cells, "popcount": cells, "argmax": cells}}
    assert (
        next(row for row in peers.table("mine", INPUTS, {"accuracy_test": 0.9}, {"a": bare}) if row.ours).counted[0]
        == "none needed"
    )


def test_a_run_without_a_board_stands_there_without_area():
    row = next(row for row in peers.table("mine", INPUTS, {"accuracy_test": 0.9}, {}) if row.ours)
    assert (row.luts, row.ns) == ("", "")


def test_the_page_of_a_mnist_run_has_the_table(tmp_path):
    run = complete(tmp_path, digits(), "mnist", 0.975)
    run.metrics.unlink()
    html = page(run)
    table = html.split('<h2 id="peers">')[1].split("</table>")[0]
    assert table.count("<tr") == 2 + len(peers.PUBLISHED)
    assert table.count('class="ours"') == 1
    for peer in peers.PUBLISHED:
        for value in dataclasses.astuple(peer)[:4]:
            assert str(value) in table
