"""The fake and the engine, each with what a test does to it beside the provider's port."""

import io
import zipfile
from typing import Protocol

import boto3

from handler.arn import AliasId, Scope
from handler.aws import Aws
from handler.gateway import Gateway
from handler.observed import AliasState
from local.engine import Engine
from tests.fakes import FakeAws

ROLE = "arn:aws:iam::123456789012:role/orders"
PROD = AliasId(Scope("aws", "eu-west-1", "123456789012"), "orders", "prod")


class World(Protocol):
    """An account with Lambda."""

    aws: Aws

    def deploy(self, code: str) -> None:
        """Create the function `orders`, or give it other code."""

    def send_traffic(self, version: str) -> None:
        """Put a weight on the alias prod, as a person would."""


class FakeWorld:
    """Lambda in memory."""

    def __init__(self) -> None:
        self._fake = FakeAws()
        self.aws: Aws = self._fake

    def deploy(self, code: str) -> None:
        self._fake.deploy("orders", code)

    def send_traffic(self, version: str) -> None:
        assert version in self._fake.functions["orders"].versions
        found = self._fake.functions["orders"].aliases["prod"]
        self._fake.point(
            "orders", "prod", AliasState(found.version, found.description, weighted=True)
        )


class EngineWorld:
    """Lambda of the engine, through the provider's gateway."""

    def __init__(self, engine: Engine) -> None:
        self._lambda = engine.client("lambda")
        session = boto3.Session(
            region_name="eu-west-1", aws_access_key_id="local", aws_secret_access_key="local"
        )
        self.aws: Aws = Gateway(
            session.client("lambda", endpoint_url=engine.url),
            session.client("cloudformation", endpoint_url=engine.url),
        )

    def deploy(self, code: str) -> None:
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
