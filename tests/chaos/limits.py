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
        r"-DeleteAlias/(twice|cancelled), goes on after the next operation",
        "delete/1.3-DeleteAlias/twice, goes on after the next operation",
    ),
    Known(
        "DeleteProvisionedConcurrencyConfig has no precondition either",
        r"-DeleteProvisionedConcurrencyConfig/(twice|cancelled), goes on ",
        "provisioned canary, rolled back/1.21-DeleteProvisionedConcurrencyConfig/"
        "twice, goes on after the next request",
    ),
    Known(
        "a rollback that dies when the alias is back: no mark names the version it served before",
        r"provisioned.*, rolled back/2\.\d+-\w+/killed (before|after)$",
        "provisioned, rolled back/2.8-DeleteProvisionedConcurrencyConfig/killed before",
    ),
    Known(
        "a Delete that dies when the alias is gone: nothing names the version that it served",
        r"^delete, provisioned/1\.\d+-\w+/killed (before|after)$",
        "delete, provisioned/1.4-ListAliases/killed after",
    ),
    Known(
        "who goes on in another invocation and can't read the alias can't put it back: the "
        "rollback does",
        r"^canary of many invocations/1\.\d+-(GetAlias|DescribeStacks)/"
        r"(throttled for good|denied|lost after, for good|stalls past the deadline)$",
        "canary of many invocations/1.17-GetAlias/denied",
    ),
)


def is_one_of(known: Sequence[Known], schedule: str) -> bool:
    """Tell whether a schedule's violation is a known one."""
    return any(re.search(one.pattern, schedule) for one in known)
