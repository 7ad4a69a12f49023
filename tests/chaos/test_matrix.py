"""A part of the matrix that always runs; `make chaos` runs all of it."""

import zlib

import pytest

from tests.chaos.limits import LIMITS, Known, is_one_of
from tests.chaos.matrix import KINDS, Schedule, run, schedules
from tests.chaos.scenarios import SCENARIOS

_OF_EACH_SCENARIO, _OF_EACH_SHIFT, _OF_EACH_KIND = 5, 3, 2
_EVERY = [one for scenario in SCENARIOS for one in schedules(scenario)]
_BY_ID = {str(one): one for one in _EVERY}


def _sample() -> list[Schedule]:
    """Choose some of each scenario and some of each kind of fault: always the same ones."""
    left = {
        scenario.name: _OF_EACH_SHIFT if scenario.shifts else _OF_EACH_SCENARIO
        for scenario in SCENARIOS
    }
    left |= dict.fromkeys(KINDS, _OF_EACH_KIND)
    chosen = []
    for one in sorted(_EVERY, key=lambda each: zlib.crc32(str(each).encode())):
        wanted = left[one.scenario] or left[one.kind]
        if not wanted or is_one_of(LIMITS, str(one)):
            continue
        chosen.append(one)
        for key in (one.scenario, one.kind):
            left[key] = max(0, left[key] - 1)
    return chosen


@pytest.mark.parametrize("schedule", _sample(), ids=str)
def test_production_is_never_left_wrong(schedule: Schedule) -> None:
    assert run(schedule).violations == ()


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(one, marks=pytest.mark.xfail(reason=one.reason, strict=True), id=one.example)
        for one in LIMITS
    ],
)
def test_what_aws_leaves_no_way_to_prevent(known: Known) -> None:
    assert run(_BY_ID[known.example]).violations == ()
