from gatewright.sim.bench import Plan, unpacked


def test_answers_are_label_and_scores():
    plan = Plan(1, "", "", label_bits=2, score_bits=5, classes=3, latency=1, interval=1, seed=0)
    assert unpacked([0b00001_00010_11111_10], plan).tolist() == [[2, 31, 2, 1]]
