"""Phase-locked loops: which dividers make a clock, and how a chip's primitive is told.

A loop divides its input to a reference, multiplies that to its oscillator, and divides the oscillator to its output.
The ranges are those of the data sheets: Lattice FPGA-TN-02052 (iCE40) and FPGA-TN-02200 (ECP5), Gowin DS117 and DS102.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil, floor

from gatewright.errors import GatewrightError

TOLERANCE = 0.03
"""The largest difference between the clock that is asked for and the one that a loop makes."""


@dataclass(frozen=True)
class Kind:
    """A loop that chips have.

    Attributes:
        primitive: its name.
        clock: its input; a pin, not a net, for a loop with a pin of its own.
        output: its output.
        divided: whether the output's divider stands inside the loop, so that the factor is that of the output.
        dividers: the largest divider of the input, and the largest factor.
        outputs: dividers of the oscillator.
        reference_mhz: smallest and largest reference.
        oscillator_mhz: smallest and largest frequency of the oscillator.
        output_mhz: smallest and largest output.
        device: as the primitive wants it, or ``""``.
    """

    primitive: str
    clock: str
    output: str
    divided: bool
    dividers: tuple[int, int]
    outputs: tuple[int, ...]
    reference_mhz: tuple[float, float]
    oscillator_mhz: tuple[float, float]
    output_mhz: tuple[float, float]
    device: str = ""


@dataclass(frozen=True)
class Loop:
    """A loop that is set.

    Attributes:
        kind: which it is.
        input_hz: the clock that goes in, in Hz.
        divider: of the input.
        factor: of the reference.
        output: divider of the oscillator.
        hz: the clock that comes out, in Hz.
    """

    kind: Kind
    input_hz: float
    divider: int
    factor: int
    output: int
    hz: float


_EVEN = (2, 4, 8, 16, 32, 48, 64, 80, 96, 112, 128)
_ICE40 = Kind(
    primitive="SB_PLL40_CORE",
    clock="REFERENCECLK",
    output="PLLOUTGLOBAL",
    divided=False,
    dividers=(16, 128),
    outputs=(2, 4, 8, 16, 32, 64),
    reference_mhz=(10, 133),
    oscillator_mhz=(533, 1066),
    output_mhz=(16, 275),
)
_GW1NR = Kind(
    primitive="rPLL",
    clock="CLKIN",
    output="CLKOUT",
    divided=True,
    dividers=(64, 64),
    outputs=_EVEN,
    reference_mhz=(3, 400),
    oscillator_mhz=(400, 1200),
    output_mhz=(3.125, 600),
    device="GW1NR-9C",
)
_GW2A = replace(
    _GW1NR, reference_mhz=(3, 500), oscillator_mhz=(500, 1250), output_mhz=(3.90625, 625), device="GW2A-18C"
)

KINDS: Mapping[str, Kind] = {
    "SB_PLL40_CORE": _ICE40,
    "SB_PLL40_PAD": replace(_ICE40, primitive="SB_PLL40_PAD", clock="PACKAGEPIN"),
    "EHXPLLL": Kind(
        primitive="EHXPLLL",
        clock="CLKI",
        output="CLKOP",
        divided=True,
        dividers=(128, 80),
        outputs=tuple(range(1, 129)),
        reference_mhz=(3.125, 400),
        oscillator_mhz=(400, 800),
        output_mhz=(10, 400),
    ),
    "GW1NR-9C": _GW1NR,
    "GW2A-18C": _GW2A,
    "GW2AR-18C": replace(_GW2A, device="GW2AR-18C"),
}
"""The loops by the name that a board's data gives them."""


def choose(kind: Kind, input_hz: float, hz: float) -> Loop:
    """The setting whose output is nearest to ``hz``; of equal ones that with the fastest reference.

    Raises:
        GatewrightError: if the loop makes no such clock, to within `TOLERANCE`.
    """
    middle = sum(kind.oscillator_mhz) * 1e6 / 2
    best = min(
        _loops(kind, input_hz, hz),
        key=lambda loop: (abs(loop.hz - hz), loop.divider, abs(loop.hz * loop.output - middle)),
        default=None,
    )
    if best is None or abs(best.hz - hz) > TOLERANCE * hz:
        low, high = kind.output_mhz
        near = f", {best.hz / 1e6:g} MHz is near" if best else ""
        raise GatewrightError(
            f"The {kind.primitive} makes no clock of {hz / 1e6:g} MHz from {input_hz / 1e6:g} MHz: choose another one "
            f"between {low:g} and {high:g} MHz{near}."
        )
    return best


def _loops(kind: Kind, input_hz: float, hz: float) -> Iterator[Loop]:
    """For every pair of dividers the factors next to ``hz``, or to the end of the ranges that is nearest to it."""
    for divider in range(1, kind.dividers[0] + 1):
        reference = input_hz / divider
        if not _within(reference, kind.reference_mhz):
            continue
        for output in kind.outputs:
            inside = output if not kind.divided else 1
            ends = [
                (1e6 * edge, 1e6 * inner / output)
                for edge, inner in zip(kind.output_mhz, kind.oscillator_mhz, strict=True)
            ]
            exact = max(min(hz, *ends[1]), *ends[0]) / reference * inside
            for factor in sorted({max(1, min(kind.dividers[1], whole)) for whole in (floor(exact), ceil(exact))}):
                made = reference * factor / inside
                if _within(made * output, kind.oscillator_mhz) and _within(made, kind.output_mhz):
                    yield Loop(kind, input_hz, divider, factor, output, made)


def parameters(loop: Loop) -> dict[str, int | str]:
    """What the primitive is told."""
    kind, divider, factor, output = loop.kind, loop.divider, loop.factor, loop.output
    if kind.primitive.startswith("SB_PLL40"):
        reference_mhz = loop.input_hz / 1e6 / divider
        return {
            "FEEDBACK_PATH": "SIMPLE",
            "DIVR": divider - 1,
            "DIVF": factor - 1,
            "DIVQ": output.bit_length() - 1,
            # The loop filter follows the reference.
            "FILTER_RANGE": 1 + sum(reference_mhz >= limit for limit in (17, 26, 44, 66, 101)),
        }
    if kind.primitive == "EHXPLLL":
        return {
            "CLKI_DIV": divider,
            "CLKFB_DIV": factor,
            "CLKOP_DIV": output,
            "CLKOP_ENABLE": "ENABLED",
            "CLKOP_CPHASE": output - 1,
            "CLKOP_FPHASE": 0,
            "FEEDBK_PATH": "CLKOP",
            "PLLRST_ENA": "DISABLED",
            "INTFB_WAKE": "DISABLED",
            "STDBY_ENABLE": "DISABLED",
            "DPHASE_SOURCE": "DISABLED",
            "OUTDIVIDER_MUXA": "DIVA",
        }
    return {
        "DEVICE": kind.device,
        "FCLKIN": f"{loop.input_hz / 1e6:g}",
        "IDIV_SEL": divider - 1,
        "FBDIV_SEL": factor - 1,
        "ODIV_SEL": output,
        "CLKFB_SEL": "internal",
        "DYN_IDIV_SEL": "false",
        "DYN_FBDIV_SEL": "false",
        "DYN_ODIV_SEL": "false",
        "DYN_DA_EN": "false",
    }


def constants(kind: Kind) -> dict[str, tuple[int, int]]:
    """Inputs of the primitive that are constant: width and value."""
    if kind.primitive.startswith("SB_PLL40"):
        return {"RESETB": (1, 1), "BYPASS": (1, 0)}
    if kind.primitive == "EHXPLLL":
        low = ("RST", "STDBY", "PHASESEL0", "PHASESEL1", "PLLWAKESYNC", "ENCLKOP")
        return dict.fromkeys(low, (1, 0)) | dict.fromkeys(("PHASEDIR", "PHASESTEP", "PHASELOADREG"), (1, 1))
    wide = {"FBDSEL": (6, 0), "IDSEL": (6, 0), "ODSEL": (6, 0), "PSDA": (4, 0), "DUTYDA": (4, 0), "FDLY": (4, 0)}
    return dict.fromkeys(("RESET", "RESET_P", "CLKFB"), (1, 0)) | wide


def _within(hz: float, limits_mhz: tuple[float, float]) -> bool:
    return limits_mhz[0] <= hz / 1e6 <= limits_mhz[1]
