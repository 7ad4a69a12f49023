"""A part of the matrix that always runs; `make chaos` runs all of it."""

import zlib
from collections.abc import Iterable
from functools import cache
from itertools import islice

import pytest

from tests.chaos.limits import LIMITS, Known, is_one_of
from tests.chaos.matrix import KINDS, Schedule, run, schedules
from tests.chaos.scenarios import SCENARIOS, Scenario

_OF_EACH_SCENARIO, _OF_EACH_SHIFT, _OF_EACH_KIND = 5, 3, 1


@cache
def _of(scenario: Scenario) -> tuple[Schedule, ...]:
    return tuple(schedules(scenario))


def _violations(among: Iterable[Schedule], count: int) -> dict[str, tuple[str, ...]]:
    """Carry some out, always the same ones, and give what went wrong."""
    shuffled = sorted(among, key=lambda each: zlib.crc32(str(each).encode()))
    found = (one for one in shuffled if not is_one_of(LIMITS, str(one)))
    results = {str(one): run(one).violations for one in islice(found, count)}
    assert results
    return {name: violations for name, violations in results.items() if violations}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_production_is_never_left_wrong_in(scenario: Scenario) -> None:
    count = _OF_EACH_SHIFT if scenario.shifts else _OF_EACH_SCENARIO
    assert _violations(_of(scenario), count) == {}


@pytest.mark.parametrize("kind", KINDS)
def test_production_is_never_left_wrong_by(kind: str) -> None:
    of_the_kind = (one for each in SCENARIOS for one in _of(each) if one.kind == kind)
    assert _violations(of_the_kind, _OF_EACH_KIND) == {}


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(one, marks=pytest.mark.xfail(reason=one.reason, strict=True), id=one.example)
        for one in LIMITS
    ],
)
def test_what_aws_leaves_no_way_to_prevent(known: Known) -> None:
    [schedule] = [one for each in SCENARIOS for one in _of(each) if str(one) == known.example]
    assert run(schedule).violations == ()
