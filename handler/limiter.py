"""A steady rate, for what has time."""

import threading
from collections.abc import Callable


class Limiter:
    """Lets so many pass in a second, from any number of threads, and never two at once.

    Args:
        rate: per second.
        clock: gives seconds.
        sleep: waits for seconds.
    """

    def __init__(
        self, rate: float, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._interval = 1 / rate
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self) -> None:
        """Wait for one's turn."""
        with self._lock:
            now = self._clock()
            if now < self._next:
                self._sleep(self._next - now)
            self._next = max(now, self._next) + self._interval
