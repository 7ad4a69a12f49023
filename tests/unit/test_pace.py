"""The time of an invocation: what still fits, what the next one does, what nobody can do."""

import itertools
import json
from collections.abc import Callable
from datetime import timedelta

import pytest

from handler.errors import ResourceConflict, ServiceTimeout
from handler.pace import GoesOn, Pace
from handler.progress import SMOKE_TEST, Progress
from tests.unit.release_world import ReleaseWorld

HOUR, SHORT = timedelta(hours=1), timedelta(minutes=10)


def spent(world: ReleaseWorld, pace: Pace, seconds: float) -> Pace:
    world.aws.sleep(seconds)
    return pace


@pytest.mark.parametrize(
    ("valid_for", "remaining", "gone", "needed", "ends"),
    [
        pytest.param(HOUR, 300, 0, 200, None, id="it fits"),
        pytest.param(HOUR, 300, 100, 190, None, id="it fits in what is left"),
        pytest.param(HOUR, 300, 100, 200, GoesOn, id="the next one has more"),
        pytest.param(HOUR, 300, 0, 600, None, id="no invocation has so much: it is tried"),
        pytest.param(HOUR, 3, 0, 1, ServiceTimeout, id="a new one has no time at all"),
        pytest.param(SHORT, 595, 100, 600, ServiceTimeout, id="nobody waits for the next one"),
        pytest.param(SHORT, 595, 100, 400, None, id="the last one, and it fits"),
    ],
)
def test_what_does_not_fit_is_left_to_the_next_invocation_or_given_up(
    valid_for: timedelta,
    remaining: float,
    gone: float,
    needed: float,
    ends: type[Exception] | None,
) -> None:
    world = ReleaseWorld(valid_for)
    pace = spent(world, world.pace(remaining=remaining), gone)
    if ends:
        with pytest.raises(ends):
            pace.need(needed)
    else:
        pace.need(needed)


def test_the_next_invocation_is_told_how_far_the_release_is() -> None:
    world = ReleaseWorld()
    pace = world.pace()
    pace.moves = [world.move(source_qualifier="2"), world.move()]
    pace.moves[0].find_version()
    pace.passed.append((SMOKE_TEST, "orders"))
    pace.told = "IgnoreAlarms: errors is in ALARM"
    pace.stepped()
    moved_at = pace.now
    spent(world, pace, 200)
    with pytest.raises(GoesOn) as ended:
        pace.need(200)
    progress = ended.value.progress
    assert progress.stepped_at == pytest.approx(moved_at, abs=1)
    expected = Progress(
        (("orders", "2"),), ((SMOKE_TEST, "orders"),), progress.stepped_at, pace.told
    )
    assert progress == expected
    assert Progress.read(json.loads(json.dumps(progress.written()))) == expected


@pytest.mark.parametrize(
    ("moves", "seconds"), [(1, 10 - 1 / 15), (15, 9), (100, 10 - 100 / 15), (200, 2)]
)
def test_alarms_are_looked_at_sooner_where_more_aliases_would_have_to_be_put_back(
    moves: int, seconds: float
) -> None:
    assert ReleaseWorld().pace(moves=moves).look_every == pytest.approx(seconds)


def waits(pace: Pace, seconds: float, looks: list[float]) -> Callable[[], None]:
    return lambda: pace.hold(seconds, lambda: looks.append(pace.now))


@pytest.mark.parametrize(
    ("before", "seconds", "waited"),
    [(None, 60, 60), (0, 60, 60), (20, 60, 40), (60, 60, 0), (90, 60, 0), (None, 0, 0)],
)
def test_an_interval_counts_from_the_last_step(
    before: float | None, seconds: float, waited: float
) -> None:
    world = ReleaseWorld()
    pace = world.pace()
    if before is not None:
        pace.stepped()
        world.aws.sleep(before)
    began, looks = pace.now, list[float]()
    waits(pace, seconds, looks)()
    assert pace.now - began == pytest.approx(waited, abs=0.5)
    assert looks, "what ends a release is looked at, however short the interval is"
    gaps = [later - sooner for sooner, later in itertools.pairwise(looks)]
    assert max(gaps, default=0) <= 10


@pytest.mark.parametrize("wait", [Pace.wait, lambda pace: pace.hold(60, lambda: None)])
def test_a_wait_ends_when_the_stack_turns(wait: Callable[[Pace], None]) -> None:
    world = ReleaseWorld()
    pace = spent(world, world.pace(), 5)
    world.aws.stack = type(world.aws.stack)("UPDATE_ROLLBACK_IN_PROGRESS")
    with pytest.raises(ResourceConflict, match="its stack was cancelled meanwhile"):
        wait(pace)


def test_a_wait_lasts_until_the_next_look() -> None:
    world = ReleaseWorld()
    pace = world.pace()
    began = pace.now
    pace.wait()
    assert pace.now - began == pytest.approx(pace.look_every, abs=0.5)
