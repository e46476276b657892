import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gatewright.graph.graph import Gate
from gatewright.report.kinds import KINDS, kinds, symbol
from tests.graphs import graphs


def answers(gate):
    """The table as a function: for each pattern of operands, the output."""
    width = len(gate.operands)
    patterns = [tuple(pattern >> place & 1 for place in reversed(range(width))) for pattern in range(1 << width)]
    return {bits: gate.table >> index & 1 for index, bits in enumerate(patterns)}


def kind_of(gate):
    """By trying all patterns."""
    table = answers(gate)
    needed = [
        place
        for place in range(len(gate.operands))
        if any(table[bits] != table[(*bits[:place], 1 - bits[place], *bits[place + 1 :])] for bits in table)
    ]
    if len(needed) == 2:
        seen = {tuple(bits[place] for place in needed): value for bits, value in table.items()}
        return "XOR" if sum(seen.values()) == 2 else "AND"
    return ("constant", "wire", "", "3 operands", "4 operands", "5 operands", "6 operands")[len(needed)]


@given(graphs())
def test_the_kind_is_that_of_the_table(graph):
    assert [KINDS[kind] for kind in kinds(graph)] == [kind_of(graph.gate(index)) for index in range(graph.gates)]


def drawn(sign, bits):
    """What a gate answers that is drawn so."""
    seen = [bit ^ inverted for bit, inverted in zip(bits, sign.inverted, strict=True)]
    value = {"&": all(seen), "≥1": any(seen), "=1": sum(seen) % 2 == 1, "1": seen[0]}[sign.sign]
    return value != sign.inverted_output


@given(st.integers(1, 6), st.data())
def test_a_symbol_says_what_the_table_says(width, data):
    patterns = 1 << width
    single = st.integers(0, patterns - 1).map(lambda pattern: 1 << pattern)
    parity = st.just(sum(1 << pattern for pattern in range(patterns) if pattern.bit_count() % 2))
    table = data.draw(single | parity | st.integers(0, (1 << patterns) - 1))
    if data.draw(st.booleans()):
        table ^= (1 << patterns) - 1
    gate = Gate(99, table, tuple(range(2, 2 + width)))
    sign = symbol(gate)
    if sign.sign in ("&", "≥1", "=1", "1"):
        assert all(drawn(sign, bits) == bool(value) for bits, value in answers(gate).items())
    else:
        assert int(sign.sign, 16) == table
        assert len(sign.sign) == max(1, patterns // 4)


def test_ands_and_parities_of_any_width_have_a_sign():
    for width in range(2, 7):
        full = (1 << (1 << width)) - 1
        operands = tuple(range(2, 2 + width))
        assert symbol(Gate(9, 1 << (1 << width) - 1, operands)).sign == "&"
        assert symbol(Gate(9, full - 1, operands)).sign == "≥1"
        parity = sum(1 << pattern for pattern in range(1 << width) if pattern.bit_count() % 2)
        assert [symbol(Gate(9, table, operands)).inverted_output for table in (parity, full ^ parity)] == [False, True]
    assert np.all([symbol(Gate(9, table, (2,))).sign == "1" for table in (1, 2)])
