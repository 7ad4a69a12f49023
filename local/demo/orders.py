"""The example's stack, as the demo changes it and looks at it."""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from handler import lineage
from local.demo.source import Source
from local.engine import Engine

STACK = "orders"
EXAMPLE = Path("examples/orders")
_PROMOTION = "Custom::LambdaAliasPromotion"
_RECEIPT_WITHIN = 20.0

# A release that fails after prod has moved: this bucket's name is taken by the bucket above it.
_TAKEN = """
  ReportsBucket:
    Type: AWS::S3::Bucket
    DependsOn: ProdAlias
    Properties:
      BucketName: !Ref OrdersBucket

Outputs:"""


class OrdersSource(Source):
    """The example's template, with the mistake that its developer makes."""

    def add_bucket_that_fails(self) -> None:
        """Change the template so that its deployment fails when prod has moved already."""
        self.change_template("\nOutputs:", _TAKEN)


@dataclass(frozen=True)
class Alias:
    """An alias, and who answers behind it.

    Attributes:
        name: dev, beta or prod.
        version: what it points to.
        description: whole, with the lineage.
        answer: what an invocation of the alias answered.
    """

    name: str
    version: str
    description: str
    answer: str

    @property
    def lineage(self) -> str:
        """The entries of the lineage, newest first."""
        found = lineage.parse(self.description)[1]
        return " ".join(map(str, found.entries)) if found else "none"


@dataclass(frozen=True)
class Event:
    """A line of the stack's history.

    Attributes:
        name: the resource's logical id, or the stack's name.
        status: what it came to.
        reason: why, or empty.
    """

    name: str
    status: str
    reason: str


class Orders:
    """The deployed example."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._stacks = engine.client("cloudformation")
        self._lambda = engine.client("lambda")
        self._s3 = engine.client("s3")
        self._outputs = self._read_outputs()

    def aliases(self) -> list[Alias]:
        """Look at dev, beta and prod, and invoke each."""
        return [self._alias(name) for name in ("dev", "beta", "prod")]

    def notification(self) -> bytes:
        """Give the bucket's notification configuration, byte for byte."""
        with urlopen(f"{self._engine.url}/{self._outputs['BucketName']}?notification") as answer:
            return bytes(answer.read())

    def place_order(self, number: int) -> dict[str, Any]:
        """Put an order into the bucket and wait for its receipt."""
        bucket, items = self._outputs["BucketName"], [{"price": 5, "quantity": number}]
        body = json.dumps({"items": items})
        self._s3.put_object(Bucket=bucket, Key=f"orders/{number}.json", Body=body)
        until = time.monotonic() + _RECEIPT_WITHIN
        while time.monotonic() < until:
            try:
                found = self._s3.get_object(Bucket=bucket, Key=f"receipts/{number}.json")
            except self._s3.exceptions.NoSuchKey:
                time.sleep(0.1)
            else:
                receipt: dict[str, Any] = json.loads(found["Body"].read())
                return receipt
        return {"release": "nobody: no receipt came"}

    def events(self) -> list[Event]:
        """Give the last operation's events, oldest first: the stack's, promotions', failures'."""
        found: list[Event] = []
        newest_first = self._stacks.describe_stack_events(StackName=STACK)["StackEvents"]
        failed = {each["LogicalResourceId"] for each in newest_first
                  if each["ResourceStatus"].endswith("_FAILED")}  # fmt: skip
        for each in newest_first:
            name, reason = each["LogicalResourceId"], each.get("ResourceStatusReason", "")
            if each["ResourceType"] == _PROMOTION or name in {STACK, *failed}:
                found.insert(0, Event(name, each["ResourceStatus"], reason))
            if reason == "User Initiated":
                break
        return found

    def empty_bucket(self) -> None:
        """Delete every object: CloudFormation deletes empty buckets only."""
        bucket = self._outputs["BucketName"]
        for item in self._s3.list_objects_v2(Bucket=bucket).get("Contents", []):
            self._s3.delete_object(Bucket=bucket, Key=item["Key"])

    def _alias(self, name: str) -> Alias:
        function = self._outputs["FunctionName"]
        found = self._lambda.get_alias(FunctionName=function, Name=name)
        answer = self._lambda.invoke(FunctionName=function, Qualifier=name)["Payload"].read()
        return Alias(name, found["FunctionVersion"], found["Description"], answer.decode())

    def _read_outputs(self) -> dict[str, str]:
        stacks = self._stacks.describe_stacks(StackName=STACK)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stacks[0]["Outputs"]}
