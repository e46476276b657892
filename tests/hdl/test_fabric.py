import pytest

from gatewright.hdl.fabric import FABRICS


@pytest.mark.parametrize("fabric", FABRICS.values(), ids=FABRICS)
def test_names_sizes_and_counters(fabric):
    assert FABRICS[fabric.name] is fabric
    assert (fabric.lut_inputs, fabric.counter) in {(4, 3), (6, 6)}
    assert min(fabric.lut_ns, fabric.route_ns, fabric.register_ns, fabric.carry_ns) > 0


@pytest.mark.parametrize("fabric", FABRICS.values(), ids=FABRICS)
def test_time_grows_with_the_path(fabric):
    assert fabric.path_ns(0) == fabric.register_ns
    assert fabric.path_ns(2) - fabric.path_ns(1) == pytest.approx(fabric.lut_ns + fabric.route_ns)
    # A bit of a carry chain is faster than a LUT, or nobody would use it.
    assert 0 < fabric.path_ns(1, 1) - fabric.path_ns(1) < fabric.lut_ns + fabric.route_ns
