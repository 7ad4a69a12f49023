"""What the alarms of a release say before it moves, and while it gets traffic."""

import re

import pytest

from handler.alarm_watch import AlarmWatch
from handler.errors import InvalidRequest, NetworkFailure, NotStabilized, PromotionError
from handler.pace import Pace
from handler.plan import Watch
from tests.unit.release_world import ReleaseWorld

ALARMS = ("errors", "latency")
FINE = {"errors": "OK", "latency": "OK"}
UNSURE = {"errors": "OK", "latency": "INSUFFICIENT_DATA"}
RINGS = {"errors": "ALARM", "latency": "OK"}
BOTH = {"latency": "ALARM", "errors": "ALARM"}
GONE = {"errors": "OK"}
UNREADABLE = None
States = dict[str, str] | None


@pytest.fixture
def world() -> ReleaseWorld:
    return ReleaseWorld()


@pytest.fixture
def pace(world: ReleaseWorld) -> Pace:
    return world.pace()


def watch(world: ReleaseWorld, pace: Pace, states: States, *, ignore: bool = False) -> AlarmWatch:
    if states is None:
        problem = "DeploymentPreference.Alarms: no answer from AWS"
        world.aws.fail("DescribeAlarms", NetworkFailure(problem), times=9)
    world.aws.alarms = states or {}
    return AlarmWatch(world.aws, Watch(ALARMS, ignore), pace)


BEFORE: list[tuple[States, type[PromotionError] | None, str]] = [
    (FINE, None, ""),
    (UNSURE, None, ""),
    (RINGS, NotStabilized, "errors is in ALARM, so nothing was moved"),
    (BOTH, NotStabilized, "errors, latency is in ALARM, so nothing was moved"),
    (GONE, InvalidRequest, "found no alarm latency; create it first, or correct the name"),
    ({}, InvalidRequest, "found no alarm errors, latency"),
    (UNREADABLE, NetworkFailure, "no answer from AWS"),
]
DURING: list[tuple[States, type[PromotionError] | None, str]] = [
    (FINE, None, ""),
    (UNSURE, None, ""),
    (RINGS, NotStabilized, "errors went to ALARM while the release got traffic"),
    (BOTH, NotStabilized, "errors, latency went to ALARM"),
    (GONE, NotStabilized, "latency is gone; nobody can tell how the release does"),
    ({}, NotStabilized, "errors, latency is gone"),
    (UNREADABLE, NotStabilized, "no answer from AWS; nobody can tell how the release does"),
]


def expect(error: type[PromotionError] | None, says: str) -> re.Pattern[str]:
    assert error
    return re.compile(f"^DeploymentPreference.Alarms: {re.escape(says)}")


@pytest.mark.parametrize(("states", "error", "says"), BEFORE)
def test_before_anything_moves(
    world: ReleaseWorld, pace: Pace, states: States, error: type[PromotionError] | None, says: str
) -> None:
    alarms = watch(world, pace, states)
    if not error:
        alarms.begin()
        return
    with pytest.raises(error, match=expect(error, says)):
        alarms.begin()


@pytest.mark.parametrize(("states", "error", "says"), DURING)
def test_while_the_release_gets_traffic(
    world: ReleaseWorld, pace: Pace, states: States, error: type[PromotionError] | None, says: str
) -> None:
    alarms = watch(world, pace, states)
    if not error:
        alarms.look()
        return
    with pytest.raises(error, match=expect(error, says)):
        alarms.look()


@pytest.mark.parametrize(
    ("states", "told"),
    [
        (FINE, ""),
        (RINGS, "IgnoreAlarms: errors went to ALARM while the release got traffic"),
        (GONE, "IgnoreAlarms: latency is gone; nobody can tell how the release does"),
        (UNREADABLE, "IgnoreAlarms: no answer from AWS; nobody can tell how the release does"),
    ],
)
def test_what_is_ignored_is_told(
    world: ReleaseWorld, pace: Pace, states: States, told: str
) -> None:
    watch(world, pace, states, ignore=True).look()
    assert pace.told == told


@pytest.mark.parametrize("states", [FINE, RINGS, GONE])
def test_what_is_ignored_lets_a_release_begin(
    world: ReleaseWorld, pace: Pace, states: States
) -> None:
    watch(world, pace, states, ignore=True).begin()
    assert ("is in ALARM" in pace.told) == (states == RINGS)


def test_a_release_without_alarms_asks_nobody(world: ReleaseWorld, pace: Pace) -> None:
    world.aws.fail("DescribeAlarms", NetworkFailure("no answer"), times=9)
    alarms = AlarmWatch(world.aws, Watch(post_traffic="after"), pace)
    alarms.begin()
    alarms.look()
    assert pace.told == ""
