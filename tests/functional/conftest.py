"""The provider as Lambda calls it: a whole event in, the answer out, AWS in memory."""

import itertools
import json
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest

from handler.arn import AliasId, Scope
from handler.direction import Stack
from handler.observed import AliasState
from tests.fakes import FakeAws

ACCOUNT = "111122223333"
STACK = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/orders/6c1f"
TOKEN = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:lambda-alias-promotion:live"
SECRET = "X-Amz-Signature=5ec2e7"  # what makes a ResponseURL worth stealing
PROD, BETA = (
    AliasId(Scope("aws", "eu-west-1", ACCOUNT), "orders", name) for name in ("prod", "beta")
)

with mock.patch.dict(os.environ, {"AWS_DEFAULT_REGION": "eu-west-1"}):
    from handler import answer, app

DELIVER = answer.deliver


@dataclass
class Context:
    """What of Lambda's context object the provider reads."""

    invoked_function_arn: str = TOKEN
    remaining: int = 900_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining


@dataclass
class Provider:
    """Sends events to the provider and keeps its answers."""

    aws: FakeAws
    answers: list[dict[str, Any]] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    requests: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    context: Context = field(default_factory=Context)
    begun: datetime | None = None
    invocations: int = 0

    def event(self, kind: str, properties: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        request_id = f"request-{next(self.requests)}"
        return {
            "RequestType": kind,
            "RequestId": request_id,
            "ResponseURL": signed(request_id, datetime.now(UTC)),
            "ResourceType": "Custom::LambdaAliasPromotion",
            "LogicalResourceId": "Prod",
            "StackId": STACK,
            "ServiceToken": TOKEN,
            "ResourceProperties": {"ServiceToken": TOKEN, **properties},
            **more,
        }

    def send(self, event: Any) -> dict[str, Any]:
        before = len(self.answers)
        self.aws.calls.clear()
        self.aws.handed_over.clear()
        self.invocations = 1
        app.handler(event, self.context)
        while self.aws.handed_over:
            assert len(self.answers) == before, "who hands over does not answer"
            self.invocations += 1
            app.handler(self.aws.handed_over.pop(), self.context)
        assert len(self.answers) == before + 1, "one answer per request"
        return self.answers[-1]

    def create(self, *, status: str = "CREATE_IN_PROGRESS", **properties: Any) -> dict[str, Any]:
        self.aws.stack = Stack(status)
        return self.send(self.event("Create", given(properties)))

    def update(
        self,
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        *,
        physical_id: str = PROD.arn,
        status: str | None = "UPDATE_IN_PROGRESS",
    ) -> dict[str, Any]:
        if status == "UPDATE_IN_PROGRESS":
            self.begun = datetime.now(UTC)
        self.aws.stack = Stack(status, self.begun) if status else Stack()
        return self.carry_out(self.update_event(old, new, physical_id))

    def carry_out(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """Send an Update with the events that CloudFormation writes before and after it."""
        self.aws.note("Prod", "UPDATE_IN_PROGRESS")
        answer = self.send(event)
        ended = "UPDATE_COMPLETE" if answer["Status"] == "SUCCESS" else "UPDATE_FAILED"
        self.aws.note("Prod", ended)
        return answer

    def update_event(
        self, old: Mapping[str, Any], new: Mapping[str, Any], physical_id: str = PROD.arn
    ) -> dict[str, Any]:
        before = {"ServiceToken": TOKEN, **given(old)}
        return self.event(
            "Update", given(new), PhysicalResourceId=physical_id, OldResourceProperties=before
        )

    def roll_back(
        self, failed: Mapping[str, Any], good: Mapping[str, Any], physical_id: str = PROD.arn
    ) -> dict[str, Any]:
        status = "UPDATE_ROLLBACK_IN_PROGRESS"
        return self.update(failed, good, physical_id=physical_id, status=status)

    def delete(
        self,
        physical_id: str = PROD.arn,
        *,
        status: str = "DELETE_IN_PROGRESS",
        **properties: Any,
    ) -> dict[str, Any]:
        self.aws.stack = Stack(status)
        event = self.event("Delete", given(properties), PhysicalResourceId=physical_id)
        return self.send(event)

    def alias(self, name: str = "prod") -> AliasState | None:
        """What a person sees of an alias; its RevisionId is nobody's business."""
        found = self.aws.functions["orders"].aliases.get(name)
        return replace(found, revision_id="") if found else None

    def lineage(self, name: str = "prod") -> str:
        """The versions of an alias's lineage, newest first, a bar at each adoption."""
        found = self.alias(name)
        if not found or not found.lineage:
            return ""
        tenures = (found.lineage.current, *found.lineage.earlier)
        return " | ".join(" ".join(entry.version for entry in each.entries) for each in tenures)

    def move(self, version: str, name: str = "prod", description: str = "By hand") -> None:
        """Point an alias as a person would: a new one, or its pointer alone."""
        found = self.aws.functions["orders"].aliases.get(name)
        after = replace(found, version=version) if found else AliasState(version, description)
        self.aws.point("orders", name, after)

    def publish(self, *codes: str) -> None:
        """Publish versions that no promotion knows of."""
        for code in codes:
            self.aws.deploy("orders", code)
            self.aws.publish_version("orders", "", None)


def signed(request_id: str, at: datetime) -> str:
    return f"https://answers.invalid/{request_id}?X-Amz-Date={at:%Y%m%dT%H%M%SZ}&{SECRET}"


def given(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Name the function and the alias where the test does not."""
    return {"FunctionName": "orders", "AliasName": "prod", **properties}


def build(number: int, **settings: Any) -> dict[str, Any]:
    """Give the properties of a release."""
    return {"Triggers": {"Build": str(number)}, **settings}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    aws = FakeAws()
    aws.deploy("orders", "code-1")
    provider = Provider(aws)

    def deliver(url: str, body: bytes, _give_up_at: float) -> str:
        provider.urls.append(url)
        provider.bodies.append(body)
        provider.answers.append(json.loads(body))
        return "200"

    monkeypatch.setenv("ANSWER_HOST", "answers.invalid")
    monkeypatch.setattr(answer, "deliver", deliver)
    monkeypatch.setattr(app, "gateway", aws)
    return provider


@pytest.fixture
def released(provider: Provider) -> Provider:
    """prod serves version 2 by build 2; before it, version 1 by build 1."""
    assert provider.create(**build(1))["Status"] == "SUCCESS"
    provider.aws.deploy("orders", "code-2")
    assert provider.update(build(1), build(2))["Status"] == "SUCCESS"
    provider.aws.deploy("orders", "code-3")
    return provider


class Log(logging.Handler):
    """Keeps every line that the provider writes."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(app.logger.registered_formatter)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    @property
    def told(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


@pytest.fixture
def log() -> Iterator[Log]:
    log = Log()
    app.logger.addHandler(log)
    yield log
    app.logger.handlers.remove(log)
