"""Schedules that violate an invariant for good: AWS leaves the provider no way to be right."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """A known violation.

    Attributes:
        reason: why it happens.
        pattern: what the ids of its schedules have in common.
        example: one of them.
    """

    reason: str
    pattern: str
    example: str


LIMITS = (
    Known(
        "DeleteAlias takes no RevisionId: one that is under way can't be called back",
        r"-DeleteAlias/twice, goes on after the next operation",
        "delete/1.3-DeleteAlias/twice, goes on after the next operation",
    ),
)


def is_one_of(known: Sequence[Known], schedule: str) -> bool:
    """Tell whether a schedule's violation is a known one."""
    return any(re.search(one.pattern, schedule) for one in known)
