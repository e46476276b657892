"""Cologne Chip GateMate for Amaranth, and the Olimex GateMateA1-EVB."""

from amaranth.build import Attrs, Clock, Pins, Resource, TemplatedPlatform
from amaranth_boards.resources import UARTResource


class GateMatePlatform(TemplatedPlatform):
    """The files that Yosys and nextpnr read; Yosys puts the buffers around the pins."""

    toolchain = "Peppercorn"
    required_tools = ("yosys", "nextpnr-himbaechel", "gmpack")
    file_templates = {  # noqa: RUF012 - Amaranth's platforms are classes of constants.
        **TemplatedPlatform.build_script_templates,
        "{{name}}.il": "{{emit_rtlil()}}",
        "{{name}}.ccf": r"""
            {% for port_name, pin_name, attrs in platform.iter_port_constraints_bits() -%}
                NET "{{port_name}}" Loc = "{{pin_name}}"
                {%- for key, value in attrs.items() %} | {{key}}={{value}}{% endfor %};
            {% endfor %}
        """,
    }
    command_templates = ()


class OlimexGateMateA1Platform(GateMatePlatform):
    """The clock and the serial line of the board."""

    default_clk = "clk10"
    resources = (
        Resource("clk10", 0, Pins("IO_SB_A8", dir="i"), Clock(10e6), Attrs(SCHMITT_TRIGGER="true")),
        UARTResource(0, rx="IO_SA_A6", tx="IO_SA_B6", attrs=Attrs(PULLUP="true")),
    )
    connectors = ()
