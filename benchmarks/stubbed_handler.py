"""The provider without AWS: every call returns at once, and the answer goes nowhere."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Self

from handler import answer, app
from handler.arn import AliasId
from handler.deadline import Deadline
from handler.direction import Stack
from handler.observed import AliasState, Version


class Instant:
    """The calls of an Update, without an effect."""

    remaining = 300.0

    def __init__(self) -> None:
        self.aliases: dict[AliasId, AliasState] = {}
        self.published = 0

    @contextmanager
    def until(self, _deadline: Deadline) -> Iterator[Self]:
        """Serve one request."""
        yield self

    def now(self) -> datetime:
        """Give the present."""
        return datetime.now(UTC)

    def describe_stack(self, _stack_id: str) -> Stack:
        """Give a stack that goes forward."""
        return Stack("UPDATE_IN_PROGRESS", datetime.now(UTC))

    def get_alias(self, alias: AliasId) -> AliasState | None:
        """Give the alias."""
        return self.aliases.get(alias)

    def publish_version(self, _name: str, _description: str, _code: str | None) -> Version:
        """Give another version."""
        self.published += 1
        return Version(str(self.published), "code", "Active")

    def create_alias(self, alias: AliasId, state: AliasState) -> AliasState:
        """Keep the state."""
        self.aliases[alias] = state
        return state

    def repoint_alias(self, alias: AliasId, state: AliasState) -> AliasState:
        """Keep the state."""
        self.aliases[alias] = state
        return state


answers: list[bytes] = []


def _keep(url: str, body: bytes, give_up_at: float) -> str:
    del url, give_up_at
    answers[:] = [body]
    return "200"


app.gateway = Instant()  # type: ignore[assignment]  # what an Update calls of it
answer.deliver = _keep


def handler(event: Mapping[str, Any], context: Any) -> None:
    """Take one event.

    Raises:
        RuntimeError: the provider has refused it.
    """
    app.handler(event, context)
    if b'"Status":"SUCCESS"' not in answers[0]:
        raise RuntimeError(answers[0])
