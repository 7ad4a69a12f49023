"""The life of one alias, or of a release: each operation once, as CloudFormation asks for it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from typing import Any

from benchmarks import events
from benchmarks.endpoint import Endpoint
from benchmarks.subject import Outcome, Subject

CREATE, UPDATE, REDELIVERED, ROLLBACK, DELETE = (
    "create", "update", "redelivered event", "rollback", "delete",
)  # fmt: skip

FEWEST = {CREATE: 3, UPDATE: 3, REDELIVERED: 1, ROLLBACK: 2, DELETE: 2}
"""The fewest calls of Lambda's control plane with which each can be done."""

CALLS = {
    CREATE: {"GetAlias": 1, "PublishVersion": 1, "CreateAlias": 1, "DescribeStacks": 1, "PUT": 1},
    UPDATE: {"GetAlias": 1, "PublishVersion": 1, "UpdateAlias": 1, "DescribeStacks": 1, "PUT": 1},
    REDELIVERED: {"GetAlias": 1, "DescribeStacks": 1, "GetFunction": 1, "PUT": 1},
    ROLLBACK: {
        "GetAlias": 1, "UpdateAlias": 1,
        "DescribeStacks": 1, "DescribeStackEvents": 1, "GetFunction": 1, "PUT": 1,
    },
    DELETE: {"GetAlias": 1, "DeleteAlias": 1, "DescribeStacks": 1, "PUT": 1},
}  # fmt: skip
"""Every call of the provider, and its answer."""

BESIDE = frozenset({"DescribeStacks", "DescribeStackEvents", "GetFunction", "PUT"})
"""Calls that do not draw on the control plane's rate (aws-semantics B8)."""

LOOKS_AGAIN_AFTER = 0.5
"""Seconds after which the provider asks once more whether the stack has turned back."""

Event = Mapping[str, Any]

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
    def counted(self) -> Counter[str]:
        """Its calls, without the second look at the stack where this machine took too long."""
        again = self.outcome.seconds > LOOKS_AGAIN_AFTER
        return self.calls - Counter(DescribeStacks=int(again and self.calls["DescribeStacks"] > 1))

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
    name = function_with(endpoint, versions)
    done = _live(endpoint, subject, [name], partial(events.create, endpoint.url, name))
    return done if deletes else islice(done, len(FEWEST) - 1)


def live_release(
    endpoint: Endpoint, subject: Subject, versions: int, functions: int
) -> Iterator[Done]:
    """Carry out every operation on one release of so many new functions."""
    names = [function_with(endpoint, versions) for _ in range(functions)]
    return _live(endpoint, subject, names, partial(events.release, endpoint.url, names))


def _live(
    endpoint: Endpoint, subject: Subject, names: Sequence[str], create: Callable[[int], Event]
) -> Iterator[Done]:
    made = _carry_out(endpoint, subject, CREATE, "CREATE", create(1))
    physical_id = made.outcome.answer.body["PhysicalResourceId"]
    yield made
    for name in names:
        endpoint.functions.function(name).code += 1
    updated = events.changed(create(1), create(2), physical_id)
    yield _carry_out(endpoint, subject, UPDATE, "UPDATE", updated)
    yield _carry_out(endpoint, subject, REDELIVERED, "UPDATE", updated)
    back = events.changed(create(2), create(1), physical_id)
    yield _carry_out(endpoint, subject, ROLLBACK, "UPDATE_ROLLBACK", back)
    gone = events.removed(create(1), physical_id)
    yield _carry_out(endpoint, subject, DELETE, "DELETE", gone)


def _carry_out(
    endpoint: Endpoint, subject: Subject, operation: str, stack: str, event: Event
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
