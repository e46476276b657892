"""The figures of a build: a value that JSON holds without loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .area import Area


@dataclass(frozen=True)
class Synthesis:
    """What became of a network on a board, or on a chip without one.

    A chip without a board has no bitstream, and no clock but the fastest. Where nothing places a design, every figure
    that needs a clock is None.

    Attributes:
        digest: of the graph.
        board: name of the board or chip.
        family: of the chip.
        device: the chip.
        parts: area of ``encoder``, ``gates``, ``popcount``, ``argmax``, ``link`` and ``io``, counted after synthesis.
        total: their sum.
        unit: what ``cells`` counts.
        placed: logic cells by part after place and route; ``io`` holds those that belong to no part.
        available: what the chip has: ``lut``, ``ff``, ``carry``, ``bram``.
        fmax_mhz: the fastest clock after place and route.
        clock_mhz: the clock that the design gets.
        slack_ns: clock period less the period at ``fmax_mhz``.
        pll: the primitive that makes the clock, ``""`` for the board's own.
        latency_cycles: of the classifier.
        initiation_interval: cycles from one sample to the next.
        latency_ns: at ``clock_mhz``.
        latency_ns_at_fmax: at ``fmax_mhz``.
        samples_per_second: of the classifier at ``clock_mhz``.
        link_samples_per_second: as fast as the serial line carries samples.
        baud: of the serial line.
        selftest: whether the design can count and test itself.
        seed: of place and route, the best of ``seeds``.
        seeds: the fastest clock in MHz of each seed that found a place.
        bitstream: file name in the build folder, ``""`` if there is none.
        bitstream_sha256: of that file, in hex.
        tools: version of each program that ran.
        stages: seconds of each stage.
        seconds: of the whole build.
    """

    digest: str
    board: str
    family: str
    device: str
    parts: Mapping[str, Area]
    total: Area
    unit: str
    placed: Mapping[str, int]
    available: Mapping[str, int]
    fmax_mhz: float | None
    clock_mhz: float | None
    slack_ns: float | None
    pll: str
    latency_cycles: int
    initiation_interval: int
    latency_ns: float | None
    latency_ns_at_fmax: float | None
    samples_per_second: float | None
    link_samples_per_second: float
    baud: int
    selftest: bool
    seed: int
    seeds: Mapping[str, float]
    bitstream: str
    bitstream_sha256: str
    tools: Mapping[str, str]
    stages: Mapping[str, float]
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Synthesis:
        """The reverse of `as_dict`; other keys are ignored.

        Raises:
            KeyError: if a key is missing.
            TypeError: if a part is no mapping of numbers.
        """
        known = {name: values[name] for name in cls.__dataclass_fields__}
        known["parts"] = {name: Area(**part) for name, part in values["parts"].items()}
        known["total"] = Area(**values["total"])
        return cls(**known)
