"""A steady rate, for what has time."""

import threading
from collections.abc import Callable

CONTROL_PLANE = 15.0
"""Requests a second that Lambda allows an account, over all of its APIs (aws-semantics B8)."""


class Limiter:
    """Lets so many pass in a second, from any number of threads, and never two at once.

    Args:
        rate: per second.
        clock: gives seconds.
    """

    def __init__(self, rate: float, clock: Callable[[], float]) -> None:
        self._interval = 1 / rate
        self._clock = clock
        self._lock = threading.Lock()
        self._next = 0.0

    def turn(self) -> float:
        """Take a turn; give the seconds until it comes."""
        with self._lock:
            now = self._clock()
            turn = max(now, self._next)
            self._next = turn + self._interval
            return turn - now
