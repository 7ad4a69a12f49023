"""Retries of throttled calls, until the deadline.

The account's control plane allows 15 requests a second, over all of its APIs and callers together
(aws-semantics B8): when many resources of a stack are promoted at once, most calls are throttled at
first. botocore gives up after some tries with ever longer pauses (B9); short ones, as random as can
be, let every call through in about the time that the limit allows.
"""

import random
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ConnectionError as NoConnection
from botocore.exceptions import HTTPClientError

_THROTTLED = 429
_FAILED = 500
_SHORTEST = 0.1
_STEEP = 0.2
_LONGEST = 2.0
"""Seconds; the pauses of the first tries."""

_BOTOCORES_LONGEST = 20.0
"""Seconds that a pause of botocore's takes at the most."""

_TRIES = 100
"""Where no deadline ends it."""

_PATIENT_AFTER = 30
_PATIENT = 6.0
"""Tries after which a pause may be this long: it takes longer than a moment."""


def pause_before(attempt: int, draw: Callable[[float, float], float] = random.uniform) -> float:
    """Give the seconds to wait before the next try.

    Args:
        attempt: how many tries there were.
        draw: gives a number between two.
    """
    longest = _LONGEST if attempt <= _PATIENT_AFTER else _PATIENT
    return draw(_SHORTEST, min(longest, _STEEP * 2 ** min(attempt, _PATIENT_AFTER)))


class RetryUntil:
    """A handler of botocore's `needs-retry` event, asked before botocore's own.

    botocore knows no deadline: one of its pauses could outlast the process, which Lambda would then
    run once more. So this one decides on throttled calls, and on all that are left when the time
    gets short.

    Args:
        remaining: gives the seconds to the deadline.
    """

    def __init__(self, remaining: Callable[[], float]) -> None:
        self._remaining = remaining

    def __call__(
        self, response: Any, attempts: int, caught_exception: Any = None, **_: Any
    ) -> float | bool | None:
        """Give the pause before the next try, False for no other; None leaves it to botocore."""
        status = response[0].status_code if response else 0
        remaining = self._remaining()
        failed = status >= _FAILED or isinstance(caught_exception, HTTPClientError | NoConnection)
        if status != _THROTTLED and not (failed and remaining <= _BOTOCORES_LONGEST):
            return None
        pause = pause_before(attempts)
        return pause if attempts < _TRIES and pause < remaining else False
