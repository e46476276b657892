import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gatewright.boards import pll
from gatewright.errors import GatewrightError

INPUTS = (10e6, 12e6, 16e6, 25e6, 27e6, 48e6, 100e6)


def within(value, limits):
    return (limits[0] <= value) & (value <= limits[1])


def output(kind, values, input_hz):
    """The clock that the parameters of a primitive stand for, by the formulas of its data sheet."""
    if kind.primitive.startswith("SB_PLL40"):
        oscillator = input_hz / (values["DIVR"] + 1) * (values["DIVF"] + 1)
        return input_hz / (values["DIVR"] + 1), oscillator, oscillator / 2 ** values["DIVQ"]
    if kind.primitive == "EHXPLLL":
        made = input_hz / values["CLKI_DIV"] * values["CLKFB_DIV"]
        return input_hz / values["CLKI_DIV"], made * values["CLKOP_DIV"], made
    made = input_hz / (values["IDIV_SEL"] + 1) * (values["FBDIV_SEL"] + 1)
    return input_hz / (values["IDIV_SEL"] + 1), made * values["ODIV_SEL"], made


def nearest(kind, input_hz, hz):
    """How near any setting within the ranges comes to a clock."""
    divider, factor, outputs = np.ogrid[1 : kind.dividers[0] + 1, 1 : kind.dividers[1] + 1, : len(kind.outputs)]
    inside = np.array(kind.outputs)[outputs]
    made = input_hz / divider * factor / (1 if kind.divided else inside)
    fits = within(input_hz / divider / 1e6, kind.reference_mhz)
    fits = fits & within(made * inside / 1e6, kind.oscillator_mhz) & within(made / 1e6, kind.output_mhz)
    return np.where(fits, np.abs(made - hz), np.inf).min()


@given(st.sampled_from(sorted(pll.KINDS)), st.sampled_from(INPUTS), st.floats(5e6, 500e6))
@example("EHXPLLL", 12e6, 402e6)
@settings(max_examples=60, deadline=None)
def test_a_loop_keeps_its_ranges_and_makes_what_it_says(name, input_hz, hz):
    kind = pll.KINDS[name]
    best = nearest(kind, input_hz, hz)
    if best > pll.TOLERANCE * hz:
        with pytest.raises(GatewrightError, match="makes no clock of"):
            pll.choose(kind, input_hz, hz)
        return
    loop = pll.choose(kind, input_hz, hz)
    reference, oscillator, made = output(kind, pll.parameters(loop), input_hz)
    assert made == pytest.approx(loop.hz)
    assert abs(made - hz) == pytest.approx(best, abs=1)
    assert within(reference / 1e6, kind.reference_mhz)
    assert within(oscillator / 1e6, kind.oscillator_mhz)
    assert within(made / 1e6, kind.output_mhz)


@pytest.mark.parametrize(
    ("name", "input_hz", "hz", "expected"),
    [
        # As icepll and ecppll have them; gowin_pll takes the slowest oscillator instead of a middling one.
        ("SB_PLL40_PAD", 12e6, 48e6, {"DIVR": 0, "DIVF": 63, "DIVQ": 4, "FILTER_RANGE": 1}),
        ("SB_PLL40_CORE", 16e6, 60e6, {"DIVR": 0, "DIVF": 59, "DIVQ": 4, "FILTER_RANGE": 1}),
        ("SB_PLL40_CORE", 48e6, 60e6, {"DIVR": 0, "DIVF": 19, "DIVQ": 4, "FILTER_RANGE": 4}),
        ("SB_PLL40_CORE", 100e6, 125e6, {"DIVR": 0, "DIVF": 9, "DIVQ": 3, "FILTER_RANGE": 5}),
        ("EHXPLLL", 25e6, 50e6, {"CLKI_DIV": 1, "CLKFB_DIV": 2, "CLKOP_DIV": 12, "CLKOP_CPHASE": 11}),
        ("GW1NR-9C", 27e6, 54e6, {"IDIV_SEL": 0, "FBDIV_SEL": 1, "ODIV_SEL": 16, "FCLKIN": "27"}),
    ],
)
def test_known_settings(name, input_hz, hz, expected):
    loop = pll.choose(pll.KINDS[name], input_hz, hz)
    assert loop.hz == hz
    parameters = pll.parameters(loop)
    assert {key: parameters[key] for key in expected} == expected


@pytest.mark.parametrize("hz", [1e6, 900e6])
def test_a_clock_out_of_range_is_one_sentence(hz):
    with pytest.raises(GatewrightError, match=r"makes no clock of \d+ MHz from 12 MHz: choose another one between 16 "):
        pll.choose(pll.KINDS["SB_PLL40_CORE"], 12e6, hz)


def test_no_input_is_left_open():
    for kind in pll.KINDS.values():
        for width, value in pll.constants(kind).values():
            assert 0 <= value < 2**width
    assert pll.constants(pll.KINDS["SB_PLL40_PAD"])["RESETB"] == (1, 1)
