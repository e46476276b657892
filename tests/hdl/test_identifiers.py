import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.hdl.identifiers import KEYWORDS, LONGEST, identifiers

NAMES = st.lists(st.one_of(st.text(), st.sampled_from(sorted(KEYWORDS)), st.sampled_from(["a", "a_2", "a 2", "bits"])))


@given(NAMES)
def test_each_name_gets_an_identifier_of_its_own(names):
    found = identifiers(names, ("bits", "clk"))
    assert len(set(found)) == len(found) == len(names)
    assert not {*found} & {*KEYWORDS, "bits", "clk"}
    for identifier in found:
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*", identifier)
        assert len(identifier) <= LONGEST + len(f"_{len(names)}")
    assert identifiers(names, ("bits", "clk")) == found


@given(st.lists(st.from_regex(r"[a-z]{1,8}(_[a-z]{1,8})?", fullmatch=True), unique=True))
def test_what_is_an_identifier_stays(names):
    assert [found for name, found in zip(names, identifiers(names), strict=True) if name not in KEYWORDS] == [
        name for name in names if name not in KEYWORDS
    ]


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("sepal length (cm)", "sepal_length_cm"),
        ("2nd_floor", "x2nd_floor"),
        ("Temp\u00e9rature \u00b0C", "Temperature_C"),
        ("module", "module_2"),
        ("\u6e29\u5ea6", "word0"),
        ("", "word0"),
        ("__a__b$", "a_b"),
        ("n" * 1000, "n" * LONGEST),
        ("x\n; endmodule //", "x_endmodule"),
    ],
)
def test_what_names_become(name, identifier):
    assert identifiers([name]) == (identifier,)


def test_what_looks_alike_is_numbered():
    assert identifiers(["a b", "a.b", "a_b", "a_b_2", "input", "input"]) == (
        "a_b", "a_b_2", "a_b_3", "a_b_2_2", "input_2", "input_3"
    )  # fmt: skip
