import pytest

from gatewright.errors import GatewrightError
from gatewright.hdl.pipeline import Pipeline, registered, registers


@pytest.mark.parametrize("every", range(6))
@pytest.mark.parametrize("levels", range(9))
def test_registers_are_counted_where_they_stand(levels, every):
    assert registers(levels, every) == sum(registered(level, levels, every) for level in range(1, levels + 1))


def test_a_register_stands_behind_the_last_level():
    assert [level for level in range(1, 6) if registered(level, 5, 3)] == [3, 5]


@pytest.mark.parametrize("change", [{"gates": -1}, {"popcount": 1.5}, {"argmax": "2"}])
def test_a_bad_number_is_refused_by_name(change):
    with pytest.raises(GatewrightError, match=f"pipeline's {next(iter(change))}"):
        Pipeline(**change)
