"""Retries of throttled calls against the rate itself, on virtual time."""

import heapq
import random
from statistics import median

import pytest

from benchmarks.limits import CONTROL_PLANE, Bucket
from handler.throttle import pause_before

CALL = 0.05
CALLS = 3


def last_is_through_after(callers: int, seed: int) -> float:
    """Let callers, who begin at the same time, make their calls; give when the last is done."""
    draw = random.Random(seed).uniform
    now = 0.0
    bucket = Bucket(CONTROL_PLANE, lambda: now)
    # When, who, how many calls are done, how often the next one was tried.
    waiting = [(draw(0, CALL), caller, 0, 1) for caller in range(callers)]
    heapq.heapify(waiting)
    while waiting:
        now, caller, done, tries = heapq.heappop(waiting)
        if not bucket.take():
            again = now + CALL + pause_before(tries, draw)
            heapq.heappush(waiting, (again, caller, done, tries + 1))
        elif done + 1 < CALLS:
            heapq.heappush(waiting, (now + CALL, caller, done + 1, 1))
    return now + CALL


@pytest.mark.parametrize("callers", [10, 100])
def test_callers_that_begin_at_once_are_through_in_little_more_than_the_rate_allows(
    callers: int,
) -> None:
    least = callers * CALLS / CONTROL_PLANE
    times = [last_is_through_after(callers, seed) for seed in range(9)]
    assert median(times) <= 1.15 * least
