"""Clients with the user's own credentials: boto3's default chain, a profile, a Region.

`AWS_ENDPOINT_URL` leads to the local engine.
"""

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from console.problem import Problem
from handler.gateway import Gateway

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda import LambdaClient

_READS = ("Get", "List", "Describe")
_PATIENT = Config(
    retries={"mode": "standard", "total_max_attempts": 4},
    connect_timeout=5,
    read_timeout=20,
    max_pool_connections=32,
)


class Session:
    """The clients of one command; they read, and write only what the command is for.

    Attributes:
        region: where the functions are.
        functions: Lambda.
        stacks: CloudFormation.
        gateway: the provider's own reads and writes, on the same clients.
    """

    def __init__(
        self, profile: str | None = None, region: str | None = None, writes: tuple[str, ...] = ()
    ) -> None:
        self._session = boto3.Session(profile_name=profile, region_name=region)
        self._writes = writes
        self.region = self._session.region_name
        self.functions: LambdaClient = self._client("lambda")
        self.stacks: CloudFormationClient = self._client("cloudformation")
        self.gateway = Looking(self.functions, self.stacks)

    def account(self) -> tuple[str, str]:
        """Give the account's id and its partition (sts:GetCallerIdentity)."""
        found = self._client("sts").get_caller_identity()
        return found["Account"], found["Arn"].split(":")[1]

    def _client(self, service: str) -> Any:
        client = self._session.client(service, config=_PATIENT)  # type: ignore[call-overload]
        client.meta.events.register(f"before-parameter-build.{service}", self.check)
        return client

    def check(self, model: Any, **_: Any) -> None:
        """Let what reads pass, and what this command is to write.

        Raises:
            Problem: it is something else.
        """
        if not model.name.startswith(_READS) and model.name not in self._writes:
            raise Problem(f"{model.name} would write, but this command only reads")


class Looking(Gateway):
    """The gateway for somebody who wants to know what would be done: it does not wait."""

    failures = 4

    @property
    def _housekeeper(self) -> "LambdaClient":
        # The user's own client, not one of the environment's.
        return self.functions

    def wait_until_active(self, function_name: str, number: str) -> None:
        """Go on at once: a version that gets ready is as good as one that is."""
