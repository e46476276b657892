import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewright.errors import GatewrightError
from gatewright.train.vary import Vary, parse
from tests.train.test_loop import RECIPE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tau=0.5:2", Vary("tau", 0.5, 2.0)),
        ("batch=8:64:log", Vary("batch", 8, 64, log=True)),
        ("learning_rate=0.01:0.2", Vary("learning_rate", 0.01, 0.2, log=True)),
        ("fan_in = 2,4, 6", Vary("fan_in", choices=("2", "4", "6"))),
        ("mirror=false,true", Vary("mirror", choices=("false", "true"))),
        ("layers=500,1000x300", Vary("layers", choices=("500", "1000x300"))),
        ("thresholds=quantile,uniform", Vary("thresholds", choices=("quantile", "uniform"))),
        ("noise_scale=0:1", Vary("noise_scale", 0.0, 1.0)),
        ("bits=1:4", Vary("bits", 1, 4)),
        ("shift=0:2", Vary("shift", 0, 2)),
        ("weight_decay=0,0.1", Vary("weight_decay", choices=("0", "0.1"))),
    ],
)
def test_ranges_and_choices(text, expected):
    found = parse(text, RECIPE)
    assert found == expected
    assert isinstance(found.low, type(expected.low))


def test_choices_become_what_the_recipe_takes():
    layers = parse("layers=500,1000x300", RECIPE)
    assert [layers.value(choice) for choice in layers.choices] == [(500,), (1000, 300)]
    assert [parse("tau=1,2", RECIPE).value(kept) for kept in ("1", "2")] == [1.0, 2.0]
    assert dataclasses.replace(RECIPE, fan_in=parse("fan_in=2,4", RECIPE).value("4")).fan_in == 4


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("tau", "says nothing: write FIELD=LOW:HIGH"),
        ("tau=", "says nothing"),
        ("=1:2", "says nothing"),
        ("taus=1:2", "no field 'taus': did you mean tau"),
        ("zzz=1:2", "the fields are layers, bits"),
        ("seed=1:2", "--vary seed is not possible: use --seeds N"),
        ("tau=2:0.5", "runs from 2 to 0.5: write the lower end first"),
        ("tau=2:2", "write the lower end first"),
        ("tau=1:2:3", "is malformed"),
        ("tau=1:2:log:log", "is malformed"),
        ("tau=a:2", "holds 'a', which is not a number"),
        ("tau=1:inf", "holds 'inf', which is not a number"),
        ("fan_in=2:3.5", "holds '3.5', which is not a whole number"),
        ("noise_scale=0:1:log", "no logarithmic scale from 0 on"),
        ("mirror=no,yes", "'mirror=no,yes' holds 'no': write mirror=false,true"),
        ("mirror=0:1", "mirror is no number: write mirror=A,B,C"),
        ("layers=10:20", "layers is no number: write layers=A,B,C"),
        ("layers=10,20x", "holds '', which is not a whole number"),
        ("fan_in=2,2", "an empty or a repeated choice"),
        ("fan_in=2,,3", "an empty or a repeated choice"),
        ("fan_in=2,9", "The recipe's fan_in is 9: it must be 2 to 6"),
        ("tau=-1:2", "The recipe's tau is -1"),
        ("shift=-1:2", "The recipe's shift is -1"),
        ("weight_decay=-1,0", "The recipe's weight_decay is -1"),
        ("thresholds=quantile,even", "choose quantile or uniform"),
    ],
)
def test_what_is_malformed_is_one_sentence(text, sentence):
    with pytest.raises(GatewrightError, match=sentence):
        parse(text, RECIPE)


@given(st.text(max_size=20))
def test_whatever_people_write_is_read_or_refused(text):
    for field in ("", "tau=", "layers=", "fan_in="):
        try:
            parse(field + text, RECIPE)
        except GatewrightError as error:
            assert str(error).endswith((".", "?"))  # noqa: PT017 (not every text is refused)
