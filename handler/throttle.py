"""Retries of throttled calls, until the deadline.

The account's control plane allows 15 requests a second, over all of its APIs and callers together
(aws-semantics B8): when many functions are released at once, most calls are throttled at first, and
botocore gives up after some tries with ever longer pauses (B9). Here, calls of one process queue at
that rate: random pauses would let the rate go unused, and the last one through come late. Processes
can't see each other: short pauses, as random as can be, let every call through in about the time
that the limit allows.
"""

import random
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ConnectionError as NoConnection
from botocore.exceptions import HTTPClientError

from handler.limiter import CONTROL_PLANE, Limiter

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
        clock: gives seconds.
    """

    def __init__(
        self, remaining: Callable[[], float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._remaining = remaining
        self._queue = Limiter(CONTROL_PLANE, clock)

    def __call__(
        self, response: Any, attempts: int, caught_exception: Any = None, **_: Any
    ) -> float | bool | None:
        """Give the pause before the next try, False for no other; None leaves it to botocore."""
        status = response[0].status_code if response else 0
        remaining = self._remaining()
        failed = status >= _FAILED or isinstance(caught_exception, HTTPClientError | NoConnection)
        if status != _THROTTLED and not (failed and remaining <= _BOTOCORES_LONGEST):
            return None
        pause = self._pause(attempts)
        return pause if attempts < _TRIES and pause < remaining else False

    def _pause(self, attempts: int) -> float:
        if not (turn := self._queue.turn()):
            return pause_before(attempts)
        # Two processes whose queues keep step would take turns at being refused.
        return turn + random.uniform(0, 1 / CONTROL_PLANE)  # noqa: S311 - no secret
