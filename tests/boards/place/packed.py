"""Random packed netlists, as nextpnr writes them, and a naive recount of what a placement costs."""

from gatewright.boards.place.grid import Grid
from gatewright.boards.place.ice40 import PACKING
from gatewright.boards.place.state import LIMIT

CLOCK, BUFFERED = 2, 3


def cell(inputs=(), output=None, flop=False, enable=None, reset=None, carry=0, clock=CLOCK):
    """A logic cell."""
    pins = {f"I{k}": [net] for k, net in enumerate(inputs)}
    pins |= {f"I{k}": [] for k in range(len(inputs), 4)}
    pins |= {"O": [] if output is None else [output], "CIN": [], "COUT": []}
    pins |= {"CLK": [clock] if flop else [], "CEN": [] if enable is None else [enable]}
    pins |= {"SR": [] if reset is None else [reset]}
    settings = {"CARRY_ENABLE": f"{carry:b}", "DFF_ENABLE": f"{flop:b}", "NEG_CLK": "0"}
    return {"type": "ICESTORM_LC", "parameters": settings, "attributes": {}, "connections": pins}


def pad(net, x, y):
    """A pin of the chip that drives a net."""
    attributes = {"BEL": f"X{x}/Y{y}/io0"}
    return {"type": "SB_IO", "parameters": {}, "attributes": attributes, "connections": {"D_IN_0": [net]}}


def netlist(cells):
    """A module of cells, with a buffer that brings the clock everywhere."""
    buffer = {"type": "SB_GB", "parameters": {}, "connections": {"GLOBAL_BUFFER_OUTPUT": [CLOCK]}}
    return {"modules": {"top": {"cells": {"buffer": buffer, **cells}}}}


def random_cells(rng, count, near=None):
    """So many logic cells that read each other, and two pads; with ``near`` those that stand near in number."""
    first = 10
    made = {}
    wide = rng.random() < 0.5
    for i in range(count):
        inputs = 4 if wide else int(rng.integers(0, 5))
        spread = rng.integers(-near, near + 1, inputs) if near else rng.integers(0, count, inputs)
        nets = [first + (i + int(k)) % count if near else first + int(k) for k in spread]
        kind = int(rng.integers(0, 4))
        enable = [None, None, 4, first + count // 2][kind]
        flop = bool(rng.integers(0, 2))
        output = None if rng.random() < 0.1 else first + i
        made[f"cell{i}"] = cell(nets, output, flop, enable if flop else None, 5 if flop and kind == 1 else None)
    made["pad0"] = pad(first, 0, 2)
    made["pad1"] = pad(4, 3, 33)
    return made


def places(module):
    """(x, y, place) of every logic cell, from its attribute."""
    found = {}
    for name, one in module["cells"].items():
        if one["type"] == "ICESTORM_LC":
            x, y, z = one["attributes"]["BEL"].split("/")
            found[name] = (int(x.removeprefix("X")), int(y.removeprefix("Y")), int(z.removeprefix("lc")))
    return found


def nets_of(one, pins):
    return {net for pin in pins for net in one["connections"].get(pin, ()) if net != CLOCK}


def wires(module, cells):
    """Inputs of the LUTs of a tile, and nets of its control set that no buffer drives."""
    buffers = [one for one in module["cells"].values() if one["type"] == "SB_GB"]
    everywhere = {net for one in buffers for net in one["connections"]["GLOBAL_BUFFER_OUTPUT"]}
    brought = [(one["connections"], int(one["parameters"]["DFF_ENABLE"], 2)) for one in cells]
    inputs = sum(isinstance(net, int) for pins, _ in brought for k in range(4) for net in pins[f"I{k}"])
    controls = {(pin, *pins[pin]) for pins, flop in brought if flop for pin in ("CLK", "CEN", "SR") if pins[pin]}
    return inputs + sum(net not in everywhere for _, net in controls)


def recount(module):
    """Nets that each tile is brought, and the box of each net, from nothing but the attributes."""
    brought, ends = {}, {}
    at = places(module)
    for name, one in module["cells"].items():
        if name in at:
            x, y, _ = at[name]
            inputs = nets_of(one, ("I0", "I1", "I2", "I3", "CEN", "SR", "CLK"))
            brought.setdefault((x, y), set()).update(inputs)
            nets = inputs | nets_of(one, ("O",))
        elif "BEL" in one.get("attributes", {}):
            x, y = (int(part[1:]) for part in one["attributes"]["BEL"].split("/")[:2])
            nets = nets_of(one, one["connections"])
        else:
            continue
        for net in nets:
            ends.setdefault(net, []).append((name, x, y))
    kept = {net: pins for net, pins in ends.items() if any(name in at for name, _, _ in pins)}
    return brought, kept


def naive_cost(module, weight):
    """The cost of a placement; ``weight`` tells that of a net by its pins."""
    brought, ends = recount(module)
    length = 0.0
    for pins in ends.values():
        xs, ys = [x for _, x, _ in pins], [y for _, _, y in pins]
        length += weight(len(pins)) * (max(xs) - min(xs) + max(ys) - min(ys))
    return length, length + sum(len(nets) + max(0, len(nets) - LIMIT) ** 2 for nets in brought.values())


GRID = Grid((1, 2, 4, 5), (1, 2, 3, 4, 5), PACKING)
