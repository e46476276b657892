"""When a long run begins anew with fewer steps; `test_fitting` trains one."""

from gatewright.train.lengthen import too_slow
from gatewright.train.progress import Progress


def test_a_run_is_too_slow_while_most_of_it_is_to_come():
    def found(seconds, left, used, step=100):
        now = Progress(step, 1000, 0.1, 0.9, 0.0, 0.0, 0.0, 0, 1.0, seconds, left)
        return too_slow(now, used, 100.0, 200.0)

    assert found(10.0, 90.0, 110.0) is None
    assert found(10.0, 110.0, 110.0) is None
    assert found(20.0, 180.0, 120.0) == 380
    assert found(50.0, 450.0, 150.0) is None
    # What has come so far is worth more than what a new beginning could reach.
    assert found(50.0, 450.0, 120.0, step=500) is None
