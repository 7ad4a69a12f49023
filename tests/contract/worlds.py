"""The fake and the engine, each with what a test does to it beside the provider's port."""

import io
import json
import zipfile
from typing import Any, Protocol

import boto3
import pytest

from handler.arn import AliasId, Scope
from handler.aws import Aws
from handler.direction import Stack
from handler.gateway import Gateway
from handler.invocations import Reply
from handler.observed import AliasState
from local.engine import Engine
from tests.fakes import FakeAws

ROLE = "arn:aws:iam::123456789012:role/orders"
PROD = AliasId(Scope("aws", "eu-west-1", "123456789012"), "orders", "prod")


class World(Protocol):
    """An account with Lambda."""

    aws: Aws

    def deploy(self, code: str) -> None:
        """Create the function `orders`, or give it other code: any text, in a comment."""

    def deploy_answer(self, answer: Any) -> None:
        """Deploy code that answers so; None for code that raises an error."""

    def ring(self, **states: str) -> None:
        """Create alarms, in these states."""

    def send_traffic(self, version: str) -> None:
        """Put a weight on the alias prod, as a person would."""

    def map_events(self, version: str) -> None:
        """Let an event source invoke a version."""

    def make_stack(self) -> str:
        """Create a stack with the resources Prod and Beta, and give its id."""


class FakeWorld:
    """Lambda in memory."""

    def __init__(self) -> None:
        self._fake = FakeAws()
        self.aws: Aws = self._fake

    def deploy(self, code: str) -> None:
        self._fake.deploy("orders", code)

    def deploy_answer(self, answer: Any) -> None:
        self.deploy(json.dumps(answer))
        failed = Reply(json.dumps({"errorMessage": "no"}), failed=True)
        reply = failed if answer is None else Reply(json.dumps(answer))
        self._fake.replies["orders"] = reply

    def ring(self, **states: str) -> None:
        self._fake.alarms |= states

    def send_traffic(self, version: str) -> None:
        assert version in self._fake.functions["orders"].versions
        found = self._fake.functions["orders"].aliases["prod"]
        self._fake.point(
            "orders", "prod", AliasState(found.version, found.description, weights=(("2", 0.1),))
        )

    def map_events(self, version: str) -> None:
        self._fake.mappings.append(f"{PROD.function_arn}:{version}")

    def make_stack(self) -> str:
        for status in ("CREATE_IN_PROGRESS", "CREATE_COMPLETE"):
            for logical_id in ("Prod", "Beta"):
                self._fake.note(logical_id, status)
        self._fake.stack = Stack("CREATE_COMPLETE")
        return "stack"


class EngineWorld:
    """Lambda, CloudFormation and CloudWatch of the engine, through the provider's gateway."""

    def __init__(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        self._stacks = engine.client("cloudformation")
        self._lambda = engine.client("lambda")
        self._alarms = engine.client("cloudwatch")
        for name, value in engine.environment().items():
            monkeypatch.setenv(name, value)
        # The gateway makes its clients when it first needs them, from boto3's own session.
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", boto3.Session())
        self.aws: Aws = Gateway.connect()

    def make_stack(self) -> str:
        queues = {name: {"Type": "AWS::SQS::Queue"} for name in ("Prod", "Beta")}
        body = json.dumps({"Resources": queues})
        made = self._stacks.create_stack(StackName="orders", TemplateBody=body)
        self._stacks.get_waiter("stack_create_complete").wait(
            StackName="orders", WaiterConfig={"Delay": 0, "MaxAttempts": 10_000}
        )
        return str(made["StackId"])

    def deploy_answer(self, answer: Any) -> None:
        body = "raise ValueError('no')" if answer is None else f"return {answer!r}"
        self._deploy(f"def handler(event, context):\n    {body}\n")

    def ring(self, **states: str) -> None:
        for name, state in states.items():
            self._alarms.put_metric_alarm(
                AlarmName=name,
                MetricName="Errors",
                Namespace="AWS/Lambda",
                Statistic="Sum",
                ComparisonOperator="GreaterThanThreshold",
                EvaluationPeriods=1,
                Period=60,
                Threshold=0,
            )
            self._alarms.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")

    def deploy(self, code: str) -> None:
        self._deploy(f"def handler(event, context):\n    pass  # {code}\n")

    def _deploy(self, code: str) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(zipfile.ZipInfo("index.py"), code)
        try:
            self._lambda.create_function(
                FunctionName="orders",
                Role=ROLE,
                Runtime="python3.13",
                Handler="index.handler",
                Code={"ZipFile": packed.getvalue()},
            )
        except self._lambda.exceptions.ResourceConflictException:
            self._lambda.update_function_code(FunctionName="orders", ZipFile=packed.getvalue())

    def send_traffic(self, version: str) -> None:
        self._lambda.update_alias(
            FunctionName="orders",
            Name="prod",
            RoutingConfig={"AdditionalVersionWeights": {version: 0.1}},
        )

    def map_events(self, version: str) -> None:
        self._lambda.create_event_source_mapping(
            FunctionName=f"orders:{version}",
            EventSourceArn="arn:aws:sqs:eu-west-1:123456789012:orders",
        )
