import pytest

from gatewright.programs import KNOWN


@pytest.mark.parametrize("known", KNOWN.values(), ids=KNOWN)
def test_every_program_can_be_named_found_and_got(known):
    assert known.programs
    assert known.purpose
    assert known.variable == known.variable.upper()
    assert known.package or known.remedy
    # Beside the interpreter lies only what a package has put there.
    assert known.package or not known.wheel


def test_no_two_programs_share_a_name_or_a_variable():
    assert all(name == known.name for name, known in KNOWN.items())
    assert len({known.variable for known in KNOWN.values()}) == len(KNOWN)
