from itertools import islice

from gatewright.sim.storm import PHASES, storm, word


def test_a_few_cycles_hold_every_kind_of_weather():
    cycles = list(islice(storm(0, 5), 16 * len(PHASES)))
    assert cycles[0][0]
    resets = [reset for reset, _, _ in cycles]
    assert 2 < sum(resets) < 32
    # A reset in the middle, one right after another, and one that lasts.
    assert any(resets[number - 1] < resets[number] for number in range(20, len(resets)))
    assert {(pause, stall) for _, pause, stall in cycles} == {(a, b) for a in (False, True) for b in (False, True)}
    assert cycles == list(islice(storm(0, 5), len(cycles)))
    assert cycles != list(islice(storm(1, 5), len(cycles)))


def test_a_phase_outlasts_a_long_flight():
    calm = list(islice(storm(0, 200), 300))
    assert not any(pause or stall for _, pause, stall in calm)
    assert not any(reset for reset, _, _ in calm[3:])


def test_the_first_cycle_stands_lowest_in_a_control_word():
    assert word([(True, False, False), (False, True, False), (False, False, True)]) == 0b100_010_001
