"""Looks at an alias after every event of every stack."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

import pytest
from botocore.exceptions import ClientError

from local.cloudformation.stacks import Resource, Stack
from tests.e2e.account import Account


@dataclass
class Watch:
    """What an alias answered after each event.

    Attributes:
        seen: each event, and what was wrong with the alias then; empty if it answered.
        served: the releases that answered, in their order.
    """

    account: Account
    function: str
    alias: str
    seen: list[tuple[str, str]] = field(default_factory=list)
    served: list[int] = field(default_factory=list)

    def look(self, event: str) -> None:
        """Read and invoke the alias."""
        target = {"FunctionName": self.function}
        try:
            self.account.lambda_.get_alias(**target, Name=self.alias)
            answer = self.account.lambda_.invoke(**target, Qualifier=self.alias)
        except ClientError as error:
            self.seen.append((event, str(error)))
            return
        payload = json.loads(answer["Payload"].read())
        release = payload.get("release")
        self.seen.append((event, "" if release else str(payload)))
        if release and release not in self.served[-1:]:
            self.served.append(release)

    @property
    def gaps(self) -> list[tuple[str, str]]:
        """Give the events after which the alias was not there, or did not answer."""
        return [(event, problem) for event, problem in self.seen if problem]


@contextmanager
def watching(account: Account, function: str, alias: str) -> Iterator[Watch]:
    """Watch an alias while stacks are deployed."""
    watch = Watch(account, function, alias)
    record, one_after_the_other = Stack.record, Lock()

    def recorded(
        stack: Stack, resource: Resource, status: str, reason: str | None = None,
        *, keep: bool = True,
    ) -> None:  # fmt: skip
        record(stack, resource, status, reason, keep=keep)
        with one_after_the_other:
            watch.look(f"{stack.name} {resource.logical_id} {status}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stack, "record", recorded)
        yield watch
