"""The provider as Lambda calls it: a whole event in, the answer out, AWS in memory."""

import itertools
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
PROD = AliasId(Scope("aws", "eu-west-1", ACCOUNT), "orders", "prod")

with mock.patch.dict(os.environ, {"AWS_DEFAULT_REGION": "eu-west-1"}):
    from handler import answer, app


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
    requests: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    context: Context = field(default_factory=Context)

    def event(self, kind: str, properties: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        request_id = f"request-{next(self.requests)}"
        date = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        return {
            "RequestType": kind,
            "RequestId": request_id,
            "ResponseURL": f"https://answers.invalid/{request_id}?X-Amz-Date={date}&{SECRET}",
            "ResourceType": "Custom::LambdaAliasPromotion",
            "LogicalResourceId": "Prod",
            "StackId": STACK,
            "ServiceToken": TOKEN,
            "ResourceProperties": {"ServiceToken": TOKEN, **properties},
            **more,
        }

    def send(self, event: Any) -> dict[str, Any]:
        before = len(self.answers)
        app.handler(event, self.context)
        assert len(self.answers) == before + 1, "one answer per request"
        return self.answers[-1]

    def create(self, **properties: Any) -> dict[str, Any]:
        self.aws.stack = Stack("CREATE_IN_PROGRESS")
        return self.send(self.event("Create", given(properties)))

    def update(self, old: Mapping[str, Any], new: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        self.aws.stack = Stack(more.pop("status", "UPDATE_IN_PROGRESS"))
        properties = {"ServiceToken": TOKEN, **given(old)}
        more = {"PhysicalResourceId": PROD.arn, "OldResourceProperties": properties, **more}
        return self.send(self.event("Update", given(new), **more))

    def roll_back(self, new: Mapping[str, Any], old: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        return self.update(new, old, status="UPDATE_ROLLBACK_IN_PROGRESS", **more)

    def delete(self, physical_id: str = PROD.arn, **properties: Any) -> dict[str, Any]:
        event = self.event("Delete", given(properties), PhysicalResourceId=physical_id)
        return self.send(event)

    @property
    def prod(self) -> AliasState | None:
        return self.aws.functions["orders"].aliases.get("prod")


def given(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Name the function and the alias where the test does not."""
    return {"FunctionName": "orders", "AliasName": "prod", **properties}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    aws = FakeAws()
    aws.deploy("orders", "code-1")
    provider = Provider(aws)

    def deliver(_url: str, body: bytes, _give_up_at: float) -> str:
        provider.answers.append(json.loads(body))
        return "200"

    monkeypatch.setattr(answer, "deliver", deliver)
    monkeypatch.setattr(app, "gateway", aws)
    return provider
