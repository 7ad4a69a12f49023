"""Throttled calls are tried again until the deadline."""

from types import SimpleNamespace
from typing import Any

import pytest

from handler.throttle import RetryThrottled, pause_before

THROTTLED: Any = (SimpleNamespace(status_code=429), {})
FAILED: Any = (SimpleNamespace(status_code=500), {})


@pytest.mark.parametrize(
    ("attempt", "longest"), [(1, 0.4), (2, 0.8), (4, 3.2), (5, 4.0), (12, 4.0), (13, 20.0)]
)
def test_a_pause_is_random_and_grows_to_four_seconds_then_twenty(
    attempt: int, longest: float
) -> None:
    assert pause_before(attempt, lambda low, _high: low) == pytest.approx(0.1)
    assert pause_before(attempt, lambda _low, high: high) == pytest.approx(longest)


@pytest.mark.parametrize(
    ("response", "attempts", "remaining", "again"),
    [
        (THROTTLED, 1, 60.0, True),
        (THROTTLED, 50, 60.0, True),
        (THROTTLED, 1, 0.05, False),
        (THROTTLED, 100, 60.0, False),
        (FAILED, 1, 60.0, False),
        (None, 1, 60.0, False),
    ],
)
def test_only_a_throttled_call_is_ours_and_only_before_the_deadline(
    response: Any, attempts: int, remaining: float, again: bool
) -> None:
    pause = RetryThrottled(lambda: remaining)(response, attempts, operation=None)
    assert (pause is not None) == again
