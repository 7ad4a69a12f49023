"""The moment after which nothing is written any more."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from handler.errors import ServiceTimeout
from handler.signature import Signature

LAMBDA_MARGIN = 15.0
"""Seconds kept of Lambda's time: for a call under way to end, and for the answer."""

CLOUDFORMATION_MARGIN = 5.0
"""Seconds kept of ServiceTimeout, for the answer."""


@dataclass(frozen=True)
class Deadline:
    """The earlier of Lambda's and CloudFormation's limit, less a margin.

    Attributes:
        at: seconds since the epoch.
        clock: gives the present, in the same unit.
    """

    at: float
    clock: Callable[[], float] = field(default=time.time, repr=False)

    @classmethod
    def of(
        cls,
        remaining_millis: int,
        signature: Signature,
        clock: Callable[[], float] = time.time,
    ) -> "Deadline":
        """Take Lambda's remaining milliseconds and the event's signature (aws-semantics A8)."""
        at = clock() + remaining_millis / 1000 - LAMBDA_MARGIN
        if signature.answer_by:
            at = min(at, signature.answer_by.timestamp() - CLOUDFORMATION_MARGIN)
        return cls(at, clock)

    @property
    def remaining(self) -> float:
        """Seconds left; negative when it has passed."""
        return self.at - self.clock()

    def check(self) -> None:
        """Let nothing pass after the deadline.

        Raises:
            ServiceTimeout: it has passed.
        """
        if self.remaining <= 0:
            raise ServiceTimeout(
                "ServiceTimeout: the time for this request is used up, so nothing more was "
                "written; look at the provider's log for what took so long, then try again"
            )
