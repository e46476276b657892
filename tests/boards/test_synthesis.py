import json
from dataclasses import replace

import pytest

from gatewright.boards.area import Area
from gatewright.boards.synthesis import Synthesis

SYNTHESIS = Synthesis(
    digest="ab" * 32,
    board="icebreaker",
    family="ice40",
    device="iCE40UP5K",
    parts={"encoder": Area(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12), "io": Area(6, 7, 8, 9, 10)},
    total=Area(7, 9, 11, 13, 15, 6, 7, 8, 9, 10, 11, 12),
    unit="logic cells",
    placed={"encoder": 5, "io": 11},
    available={"lut": 5280, "ff": 5280, "carry": 5280, "bram": 30},
    fmax_mhz=23.7,
    clock_mhz=12.0,
    slack_ns=41.13924050632912,
    pll="",
    latency_cycles=5,
    initiation_interval=1,
    latency_ns=416.6666666666667,
    latency_ns_at_fmax=210.9704641350211,
    samples_per_second=12e6,
    link_samples_per_second=1e5 / 3,
    baud=1_000_000,
    selftest=True,
    seed=2,
    seeds={"1": 21.0, "2": 23.7},
    bitstream="top.bin",
    bitstream_sha256="cd" * 32,
    tools={"yosys": "0.60"},
    stages={"elaborate": 0.1},
    seconds=12.5,
)


@pytest.mark.parametrize(
    "synthesis",
    [SYNTHESIS, replace(SYNTHESIS, fmax_mhz=None, clock_mhz=None, slack_ns=None, latency_ns=None, bitstream="")],
)
def test_json_loses_nothing(synthesis):
    assert Synthesis.from_dict(json.loads(json.dumps(synthesis.as_dict(), allow_nan=False))) == synthesis


def test_an_area_is_plain_numbers_by_name():
    values = SYNTHESIS.as_dict()
    sizes = {"lut1": 7, "lut2": 8, "lut3": 9, "lut4": 10, "lut5": 11, "lut6": 12}
    assert values["total"] == {"lut": 7, "ff": 9, "carry": 11, "bram": 13, "cells": 15, "mux": 6, **sizes}
    assert values["parts"]["encoder"]["cells"] == 5


def test_every_key_is_needed():
    values = SYNTHESIS.as_dict()
    for key in values:
        with pytest.raises(KeyError, match=key):
            Synthesis.from_dict({name: value for name, value in values.items() if name != key})


def test_other_keys_are_ignored():
    assert Synthesis.from_dict({**SYNTHESIS.as_dict(), "weather": "fine"}) == SYNTHESIS


@pytest.mark.parametrize("change", [{"parts": {"encoder": {"luts": 1}}}, {"parts": {"encoder": 3}}, {"total": [1, 2]}])
def test_a_part_that_is_no_area_is_a_type_error(change):
    with pytest.raises(TypeError):
        Synthesis.from_dict({**SYNTHESIS.as_dict(), **change})
