"""Virtual time: whoever sleeps moves the clock instead of waiting."""

import datetime as dt
import time as real_time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from types import ModuleType
from typing import Any

START = dt.datetime(2030, 1, 7, 9, 0, tzinfo=UTC).timestamp()


@dataclass
class Alarm:
    """What is to run once the clock has come to a moment, in the time of whoever set it."""

    due: float
    ring: Callable[[], None]
    owner: object


class Clock:
    """Seconds since the epoch, for the whole world.

    Attributes:
        now: the present.
        sleeper: whose time passes in a sleep; None for CloudFormation, Lambda and people.
        alarms: those that have not rung.
        passed: called after every sleep; it ends a process whose time is up.
        others: called before a moment comes; it lets those go on whose moment comes sooner.
    """

    def __init__(self) -> None:
        self.now = START
        self.sleeper: object = None
        self.alarms: list[Alarm] = []
        self.passed: Callable[[], None] = lambda: None
        self.others: Callable[[float], None] = lambda _moment: None

    def reset(self) -> None:
        """Begin again."""
        self.now, self.sleeper, self.alarms = START, None, []

    def sleep(self, seconds: float) -> None:
        """Let time pass, and let the sleeper's alarms ring on their way."""
        until = self.now + max(0.0, seconds)
        while alarm := self._next(until):
            self.others(alarm.due)
            self.alarms.remove(alarm)
            self.now = max(self.now, alarm.due)
            alarm.ring()
        self.others(until)
        self.now = max(self.now, until)
        self.passed()

    def moment(self) -> dt.datetime:
        """Give the present as a date."""
        return dt.datetime.fromtimestamp(self.now, UTC)

    def _next(self, until: float) -> Alarm | None:
        due = [one for one in self.alarms if one.owner is self.sleeper and one.due <= until]
        return min(due, key=lambda one: one.due, default=None)


def time_module(clock: Clock) -> ModuleType:
    """Give a module `time` that reads and moves the clock."""
    made = ModuleType("time")
    vars(made).update(vars(real_time))
    vars(made).update(time=lambda: clock.now, monotonic=lambda: clock.now, sleep=clock.sleep)
    return made


def datetime_module(clock: Clock) -> ModuleType:
    """Give a module `datetime` whose now() reads the clock."""

    class Datetime(dt.datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Datetime":
            return cls.fromtimestamp(clock.now, tz)

    made = ModuleType("datetime")
    vars(made).update(vars(dt))
    vars(made).update(datetime=Datetime)
    return made
