"""Retries of throttled calls, until the deadline.

The account's control plane allows 15 requests a second, over all of its APIs and callers together
(aws-semantics B8): when many resources of a stack are promoted at once, most calls are throttled at
first. botocore gives up after some tries with ever longer pauses (B9); short ones, as random as can
be, let every call through in about the time that the limit allows.
"""

import random
from collections.abc import Callable
from typing import Any

_THROTTLED = 429
_SHORTEST = 0.1
_STEEP = 0.2
_LONGEST = 4.0
"""Seconds; the pauses of the first tries."""

_TRIES = 100
"""Where no deadline ends it."""

_PATIENT_AFTER = 12
_PATIENT = 20.0
"""Tries after which a pause may be this long: it takes longer than a moment."""


def pause_before(attempt: int, draw: Callable[[float, float], float] = random.uniform) -> float:
    """Give the seconds to wait before the next try.

    Args:
        attempt: how many tries there were.
        draw: gives a number between two.
    """
    longest = _LONGEST if attempt <= _PATIENT_AFTER else _PATIENT
    return draw(_SHORTEST, min(longest, _STEEP * 2 ** min(attempt, _PATIENT_AFTER)))


class RetryThrottled:
    """A handler of botocore's `needs-retry` event, asked before botocore's own.

    Args:
        remaining: gives the seconds to the deadline.
    """

    def __init__(self, remaining: Callable[[], float]) -> None:
        self._remaining = remaining

    def __call__(self, response: Any, attempts: int, **_: Any) -> float | None:
        """Give the pause before the next try; None leaves it to botocore."""
        if not response or response[0].status_code != _THROTTLED:
            return None
        pause = pause_before(attempts)
        return pause if attempts < _TRIES and pause < self._remaining() else None
