"""Retries of calls that were throttled or got no answer, until the deadline.

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

_TRIES = 100
"""Where no deadline ends it."""

_STEEP_OUTAGE = 0.5
_LONGEST_OUTAGE = 20.0
"""Seconds; the pauses in which AWS is to recover, a minute in all."""

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


def pause_after(
    failures: int, remaining: float, draw: Callable[[float, float], float] = random.uniform
) -> float:
    """Give the seconds to wait after an error of AWS's own, or of the network.

    Args:
        failures: how many there were.
        remaining: seconds to the deadline; half of them are for what comes after the pause.
        draw: gives a number between two.
    """
    longest = min(_LONGEST_OUTAGE, _STEEP_OUTAGE * 2**failures, remaining / 2)
    return draw(_SHORTEST, max(_SHORTEST, longest))


class RetryUntil:
    """A handler of botocore's `needs-retry` event, asked before botocore's own.

    botocore knows no deadline: one of its pauses could outlast the process, which Lambda would then
    run once more. And it counts throttled tries among its own, and takes them from a quota that the
    process has only once: after a release of many functions, a single error could not be retried.

    Args:
        remaining: gives the seconds to the deadline.
        failures: errors of AWS's own, or of the network, with which one call is given up.
        clock: gives seconds.
    """

    def __init__(
        self,
        remaining: Callable[[], float],
        failures: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._remaining = remaining
        self._failures = failures
        self._queue = Limiter(CONTROL_PLANE, clock)

    def __call__(
        self,
        response: Any,
        attempts: int,
        request_dict: Any,
        caught_exception: Any = None,
        **_: Any,
    ) -> float | bool | None:
        """Give the pause before the next try, False for no other; None leaves it to botocore."""
        status, remaining = response[0].status_code if response else 0, self._remaining()
        if status == _THROTTLED:
            pause, more = self._queued(attempts), attempts < _TRIES
        elif status >= _FAILED or isinstance(caught_exception, HTTPClientError | NoConnection):
            failures = _failures(request_dict["context"])
            pause, more = pause_after(failures, remaining), failures < self._failures
        else:
            return None
        return pause if more and pause < remaining else False

    def _queued(self, attempts: int) -> float:
        if not (turn := self._queue.turn()):
            return pause_before(attempts)
        # Two processes whose queues keep step would take turns at being refused.
        return turn + random.uniform(0, 1 / CONTROL_PLANE)  # noqa: S311 - no secret


def _failures(context: dict[str, Any]) -> int:
    """Count one more; all tries of a call have one context."""
    context["failures"] = count = int(context.get("failures", 0)) + 1
    return count
