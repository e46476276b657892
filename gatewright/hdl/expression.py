"""How Verilog writes numbers, slices and concatenations of bits, and breaks its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from gatewright.errors import GatewrightError

LINE = 120
"""Columns of a line."""

Bit = int | str
"""A net, or a constant: ``"0"`` or ``"1"``."""
Bits = tuple[Bit, ...]
"""The least significant first."""


def range_of(width: int) -> str:
    """The range in a declaration, with a space behind it; nothing for a single bit."""
    return f"[{width - 1}:0] " if width > 1 else ""


def constant(bits: Sequence[Bit]) -> str:
    """A sized number; all zeros in decimal."""
    if not any(bit == "1" for bit in bits):
        return f"{len(bits)}'d0"
    return f"{len(bits)}'b{''.join(str(bit) for bit in reversed(bits))}"


def concatenation(bits: Bits, place: Mapping[Bit, tuple[str, int]], width: Mapping[str, int]) -> str:
    """Bits as one value.

    Args:
        bits: the least significant first.
        place: the wire that carries a bit, and its index in it.
        width: of the wires.

    Raises:
        GatewrightError: if a bit is undefined.
    """
    parts = parts_of(bits, place, width)
    return parts[0] if len(parts) == 1 else f"{{{', '.join(parts)}}}"


def parts_of(bits: Bits, place: Mapping[Bit, tuple[str, int]], width: Mapping[str, int]) -> list[str]:
    """Slices, repetitions and constants, the most significant first."""
    parts: list[str] = []
    start = 0
    while start < len(bits):
        stop = start + 1
        if isinstance(bits[start], str):
            while stop < len(bits) and isinstance(bits[stop], str):
                stop += 1
            if not set(bits[start:stop]) <= {"0", "1"}:
                raise GatewrightError("The design reads an undefined bit: the Verilog writer refuses it.")
            parts.append(constant(bits[start:stop]))
        else:
            name, low = place[bits[start]]
            if stop < len(bits) and bits[stop] == bits[start]:
                while stop < len(bits) and bits[stop] == bits[start]:
                    stop += 1
                parts.append(f"{{{stop - start}{{{_slice(name, low, low, width[name])}}}}}")
            else:
                while stop < len(bits) and place.get(bits[stop]) == (name, low + stop - start):
                    stop += 1
                parts.append(_slice(name, low, low + stop - start - 1, width[name]))
        start = stop
    return parts[::-1]


def _slice(name: str, low: int, high: int, width: int) -> str:
    if high - low + 1 == width:
        return name
    return f"{name}[{low}]" if low == high else f"{name}[{high}:{low}]"


def wrap(line: str) -> Iterator[str]:
    """Break a long line behind a comma or an operator."""
    if len(line) <= LINE or line.lstrip().startswith("//"):
        yield line
        return
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    current = ""
    for part in re.split(r"(?<=[,&|^?:]) ", line):
        if current and len(current) + 1 + len(part) > LINE:
            yield current
            current = indent + part
        else:
            current = f"{current} {part}" if current else part
    yield current
