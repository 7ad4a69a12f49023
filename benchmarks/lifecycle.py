"""The life of one alias: each operation once, as CloudFormation asks for it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from benchmarks import events
from benchmarks.endpoint import Endpoint
from benchmarks.subject import Outcome, Subject

CREATE, UPDATE, REDELIVERED, ROLLBACK, DELETE = (
    "create", "update", "redelivered event", "rollback", "delete",
)  # fmt: skip

FEWEST = {CREATE: 3, UPDATE: 3, REDELIVERED: 1, ROLLBACK: 2, DELETE: 2}
"""The fewest calls of Lambda's control plane with which each can be done."""

BESIDE = frozenset({"DescribeStacks", "DescribeStackEvents", "GetFunction", "PUT"})
"""Calls that do not draw on the control plane's rate (aws-semantics B8)."""

_numbers = count(1)


@dataclass(frozen=True)
class Done:
    """An operation that was carried out.

    Attributes:
        operation: which one.
        outcome: its answer, and when.
        calls: every call, by its name.
    """

    operation: str
    outcome: Outcome
    calls: Counter[str]

    @property
    def limited(self) -> int:
        """Calls that draw on the control plane's rate."""
        return sum(number for name, number in self.calls.items() if name not in BESIDE)


def function_with(endpoint: Endpoint, versions: int) -> str:
    """Make a function that nobody has promoted yet; give its name."""
    name = f"orders-{next(_numbers):06}"
    endpoint.functions.function(name).published = versions
    return name


def live(
    endpoint: Endpoint, subject: Subject, versions: int, *, deletes: bool = True
) -> Iterator[Done]:
    """Carry out every operation on a new function.

    Args:
        endpoint: has the function.
        subject: carries them out.
        versions: how many the function has before.
        deletes: the last one, too.
    """
    name, url = function_with(endpoint, versions), endpoint.url
    yield _carry_out(endpoint, subject, CREATE, "CREATE", events.create(url, name, 1))
    endpoint.functions.function(name).code += 1
    updated = events.update(url, name, 1, 2)
    yield _carry_out(endpoint, subject, UPDATE, "UPDATE", updated)
    yield _carry_out(endpoint, subject, REDELIVERED, "UPDATE", updated)
    back = events.update(url, name, 2, 1)
    yield _carry_out(endpoint, subject, ROLLBACK, "UPDATE_ROLLBACK", back)
    if deletes:
        yield _carry_out(endpoint, subject, DELETE, "DELETE", events.delete(url, name, 1))


def _carry_out(
    endpoint: Endpoint, subject: Subject, operation: str, stack: str, event: Mapping[str, Any]
) -> Done:
    if operation != REDELIVERED:
        endpoint.stack.begin(f"{stack}_IN_PROGRESS")
        endpoint.stack.note(
            event["LogicalResourceId"], f"{event['RequestType'].upper()}_IN_PROGRESS"
        )
    before = len(endpoint.calls)
    outcome = subject.send(event)
    if not outcome.answer.succeeded:
        raise RuntimeError(f"{operation}: {outcome.answer.body}")
    return Done(operation, outcome, endpoint.counts(before))
