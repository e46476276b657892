import hashlib
import json
import re

import pytest

from gatewright.errors import GatewrightError
from gatewright.hdl.manifest import NAME, Field, Manifest, Port
from gatewright.hdl.pipeline import Pipeline

MANIFEST = Manifest(
    digest="ab" * 32,
    name="a network",
    top="classifier",
    files=("classifier.v", "more.v"),
    ports=(
        Port("clk", "input", 1),
        Port("words__payload", "input", 20, (Field("words", 0, 5, 4),)),
        Port("result__payload", "output", 8, (Field("label", 0, 2, 1), Field("scores", 2, 2, 3))),
    ),
    latency_cycles=4,
    initiation_interval=1,
    pipeline=Pipeline(True, 4, 3, 2),
    class_names=("a", "b", "\N{GREEK SMALL LETTER GAMMA}"),
    feature_names=("x0", "x1", "x2", "x3"),
)


@pytest.fixture
def stored(tmp_path):
    """A folder with a manifest and the files that it lists."""
    MANIFEST.store(tmp_path)
    for file in MANIFEST.files:
        (tmp_path / file).write_text("")
    return tmp_path


def test_comes_back_the_same(stored):
    assert Manifest.load(stored) == MANIFEST
    again = stored / "again"
    Manifest.load(stored).store(again)
    assert (again / NAME).read_bytes() == (stored / NAME).read_bytes()


def test_fields_are_found_by_port_and_name():
    assert MANIFEST.field("words__payload", "words") == Field("words", 0, 5, 4)
    assert MANIFEST.field("result__payload", "scores") == Field("scores", 2, 2, 3)
    with pytest.raises(GatewrightError, match="no field 'words' in a port 'result__payload'"):
        MANIFEST.field("result__payload", "words")


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-20],
        lambda text: "",
        lambda text: "[]",
        lambda text: "null",
        lambda text: text.replace('"schema": 2', '"schema": 1'),
        lambda text: text.replace('"latency_cycles"', '"latency"'),
        lambda text: text.replace('"latency_cycles": 4', '"latency_cycles": "four"'),
        lambda text: text.replace('"gates": 4', '"gates": "4"'),
        lambda text: text.replace('"gates": 4', '"gates": -4'),
        lambda text: text.replace('"gates": 4', '"logic": 4'),
        lambda text: text.replace('"low": 2', '"low": "two"'),
        lambda text: text.replace('"low": 2', '"high": 2'),
        lambda text: text.replace('"low": 2', '"low": null'),
        lambda text: re.sub(r'"ports": \[.*\],\n  "latency', '"ports": 3,\n  "latency', text, flags=re.DOTALL),
    ],
)
def test_a_damaged_file_is_refused_by_name(stored, damage):
    path = stored / NAME
    intact = path.read_text()
    path.write_text(damage(intact))
    assert path.read_text() != intact
    with pytest.raises(GatewrightError, match=r"manifest\.json is damaged \(.*\): export the network again\.$"):
        Manifest.load(stored)


def test_every_key_is_needed(stored):
    path = stored / NAME
    values = json.loads(path.read_bytes())
    for key in values:
        path.write_text(json.dumps({name: value for name, value in values.items() if name != key}))
        with pytest.raises(GatewrightError, match=f"is damaged .*{key}"):
            Manifest.load(stored)


def test_an_absent_file_is_refused_by_name(stored, tmp_path):
    with pytest.raises(GatewrightError, match=r"manifest\.json does not exist: export the network again"):
        Manifest.load(tmp_path / "nowhere")
    (stored / "more.v").unlink()
    with pytest.raises(GatewrightError, match=r"more\.v is missing, but .*manifest\.json lists it"):
        Manifest.load(stored)


def test_the_digest_is_that_of_all_files_in_their_order(stored):
    content = b"".join((stored / file).read_bytes() for file in MANIFEST.files)
    assert MANIFEST.sha256(stored) == hashlib.sha256(content).hexdigest()
    (stored / MANIFEST.files[-1]).write_bytes(b"other")
    assert MANIFEST.sha256(stored) != hashlib.sha256(content).hexdigest()
