import numpy as np

from gatewright.sim.bench import Plan, packed, unpacked


def test_payloads_have_feature_zero_lowest():
    words = np.array([[1, 2, 3], [0, 0, 7]], dtype=np.uint16)
    assert packed(words, 3) == [0b011_010_001, 0b111_000_000]
    wide = np.array([[0xFFFF, 1]], dtype=np.uint16)
    assert packed(wide, 16) == [0x1FFFF]


def test_answers_are_label_and_scores():
    plan = Plan("", "", "", word_width=1, label_bits=2, score_bits=5, classes=3, latency=1, seed=0)
    assert unpacked([0b00001_00010_11111_10], plan).tolist() == [[2, 31, 2, 1]]
