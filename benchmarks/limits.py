"""The rates at which AWS lets Lambda's control plane be called (aws-semantics B8)."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

CONTROL_PLANE = 15.0
"""Requests a second over all of Lambda's control APIs together."""

GET_FUNCTION = 100.0
"""Requests a second of GetFunction, beside the others."""


@dataclass
class Bucket:
    """A token bucket: it holds a second's worth of requests, and is full at first.

    Attributes:
        rate: requests a second.
        clock: gives seconds.
    """

    rate: float
    clock: Callable[[], float] = time.monotonic
    _tokens: float = field(init=False)
    _filled_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._tokens, self._filled_at = self.rate, self.clock()

    def take(self) -> bool:
        """Tell whether one more request may pass."""
        now = self.clock()
        self._tokens = min(self.rate, self._tokens + (now - self._filled_at) * self.rate)
        self._filled_at = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def buckets(clock: Callable[[], float] = time.monotonic) -> dict[str, Bucket]:
    """Give the buckets of an account; an operation without one of its own draws on `""`."""
    return {"": Bucket(CONTROL_PLANE, clock), "GetFunction": Bucket(GET_FUNCTION, clock)}
