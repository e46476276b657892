import numpy as np

from gatewright.hdl.manifest import Manifest
from gatewright.sim.player import packed, write
from tests.sim.designs import emitted


def test_payloads_have_feature_zero_lowest():
    words = np.array([[1, 2, 3], [0, 0, 7]], dtype=np.uint16)
    assert packed(words, 3) == [0b011_010_001, 0b111_000_000]
    wide = np.array([[0xFFFF, 1]], dtype=np.uint16)
    assert packed(wide, 16) == [0x1FFFF]


def test_the_player_has_the_widths_of_the_design(tmp_path):
    manifest = Manifest.load(emitted(tmp_path / "rtl"))
    path = write(manifest, np.array([[1, 2], [3, 0]], dtype=np.uint16), tmp_path)
    assert "SAMPLES = 2, WORDS = 4, RESULT = 8," in path.read_text()
    assert "@" not in path.read_text().replace("@(", "")
    assert (tmp_path / "words.hex").read_text() == "9\n3\n"
