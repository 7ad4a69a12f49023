"""How a new version gets an alias's traffic: SAM's DeploymentPreference; pure.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-deploymentpreference.html
(aws-semantics C1)
"""

import os
import re
from dataclasses import dataclass
from datetime import timedelta

ALL_AT_ONCE = "AllAtOnce"

_TYPE = re.compile(
    r"(?P<shape>Canary)(?P<percent>[1-9][0-9]?)Percent(?P<minutes>[1-9][0-9]*)Minutes?"
    r"|(?P<linear>Linear)(?P<step>[1-9][0-9]?)PercentEvery(?P<every>[1-9][0-9]*)Minutes?"
)

_MINUTE = "SECONDS_PER_MINUTE"
"""Set by the local engine, where nobody wants to wait for a shift; the template sets no such."""

_LOOKS_PER_MINUTE = 6


def minute() -> timedelta:
    """Give what counts as a minute of a shift."""
    return timedelta(seconds=float(os.environ.get(_MINUTE, "60")))


def in_minutes(count: int) -> str:
    """Write so many minutes in words."""
    return f"{count} minute{'' if count == 1 else 's'}"


def look_every() -> timedelta:
    """Give the time between two looks at the alarms: 10 seconds."""
    return minute() / _LOOKS_PER_MINUTE


@dataclass(frozen=True)
class Rollout:
    """Steps in which the traffic goes over.

    Attributes:
        percents: the shares of the new version, one after another, before it gets all; none for
            all at once.
        interval: minutes for which each share stands, and for which the alarms are looked at once
            all traffic went over.
    """

    percents: tuple[int, ...] = ()
    interval: int = 0

    @property
    def steps_minutes(self) -> int:
        """Minutes until all traffic went over."""
        return len(self.percents) * self.interval


def rollout(type_: str) -> Rollout:
    """Read a DeploymentPreference's Type; ValueError for a text that is none.

    `Linear10PercentEvery1Minute` sends 10 % at once and 10 % more each minute: nine waits, as the
    arithmetic has it (aws-semantics F11).
    """
    if type_ == ALL_AT_ONCE:
        return Rollout()
    found = _TYPE.fullmatch(type_)
    if not found:
        raise ValueError(type_)
    if found["shape"]:
        return Rollout((int(found["percent"]),), int(found["minutes"]))
    step = int(found["step"])
    return Rollout(tuple(range(step, 100, step)), int(found["every"]))


@dataclass(frozen=True)
class Preference:
    """What guards a release while it gets the traffic.

    Attributes:
        type_: SAM's name of the steps.
        alarms: names of CloudWatch alarms, metric or composite.
        pre_traffic: name of the function that is asked before any traffic goes over; may be empty.
        post_traffic: the same, once all of it has.
        ignore_alarms: alarms are told, not obeyed.
    """

    type_: str = ALL_AT_ONCE
    alarms: tuple[str, ...] = ()
    pre_traffic: str = ""
    post_traffic: str = ""
    ignore_alarms: bool = False

    @property
    def rollout(self) -> Rollout:
        """The steps."""
        return rollout(self.type_)

    @property
    def watches(self) -> bool:
        """Tell whether a release is settled only some time after all traffic went over."""
        return bool(self.alarms or self.post_traffic)

    @property
    def minutes(self) -> int:
        """Minutes that a whole shift takes."""
        watched = self.rollout.interval if self.alarms else 0
        return self.rollout.steps_minutes + watched


UNGUARDED = Preference()
"""All at once, and nobody is asked."""


def that_fits(type_: str, minutes: float, *, watched: bool) -> str:
    """Name the nearest Type that ends in the time left: the same steps, at shorter intervals."""
    steps = rollout(type_)
    waits = len(steps.percents) + watched
    interval = int(minutes // waits)
    if interval < 1:
        return ALL_AT_ONCE
    unit = "Minute" if interval == 1 else "Minutes"
    if len(steps.percents) == 1 and type_.startswith("Canary"):
        return f"Canary{steps.percents[0]}Percent{interval}{unit}"
    return f"Linear{steps.percents[0]}PercentEvery{interval}{unit}"
