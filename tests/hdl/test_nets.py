import numpy as np
from amaranth.hdl import Signal

from gatewright.hdl.nets import Nets, whole


def test_takes_nets_from_where_they_were_placed_last():
    nets = Nets(8)
    x, y = Signal(3, name="x"), Signal(2, name="y")
    nets.place(np.array([2, 3, 4]), x)
    nets.place(np.array([5, 3]), y)
    assert repr(nets.take(np.array([1, 0, 2, 3, 5]))) == (
        "(cat (slice (const 2'd2) 1:2) (slice (const 2'd2) 0:1) (slice (sig x) 0:1) (slice (sig y) 1:2) "
        "(slice (sig y) 0:1))"
    )


def test_neighbours_are_one_slice():
    nets = Nets(12)
    x = Signal(10)
    nets.place(np.arange(2, 12), x)
    assert repr(nets.take(np.arange(4, 9))) == "(slice (sig x) 2:7)"
    assert len(nets.take(np.array([], dtype=np.int64))) == 0


def test_a_whole_port_is_assigned_once_in_each_bit():
    for width in (1, 2, 7):
        left = [statement.lhs for statement in whole(Signal(width), Signal(width))]
        assert sum(map(len, left)) == width
