"""The port between decisions and AWS: `gateway.Gateway` is the real one, tests bring a fake."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from handler.arn import AliasId
from handler.capacity import Provisioned
from handler.direction import Stack
from handler.history import History
from handler.invocations import Reply
from handler.observed import AliasState, Version


class Aws(Protocol):
    """What a promotion needs of Lambda, CloudFormation, CloudWatch, and of time."""

    # ruff: noqa: D102 - the parts of gateway.py say what each does
    @property
    def remaining(self) -> float: ...

    def now(self) -> datetime: ...

    def sleep(self, seconds: float) -> None: ...

    def describe_stack(self, stack_id: str) -> Stack: ...

    def describe_stack_events(
        self, stack_id: str, logical_id: str, since: datetime | None
    ) -> History: ...

    def get_alias(self, alias: AliasId) -> AliasState | None: ...

    def create_alias(self, alias: AliasId, state: AliasState) -> AliasState: ...

    def repoint_alias(self, alias: AliasId, state: AliasState) -> AliasState: ...

    def describe_alias(self, alias: AliasId, state: AliasState) -> AliasState: ...

    def delete_alias(self, alias: AliasId) -> None: ...

    def served_versions(self, function_name: str) -> dict[str, frozenset[str]]: ...

    def publish_version(
        self, function_name: str, description: str, code_sha256: str | None
    ) -> Version: ...

    def get_version(self, function_name: str, number: str) -> Version: ...

    def wait_until_active(self, function_name: str, number: str) -> None: ...

    def invoke(
        self, function_name: str, qualifier: str | None, payload: str, timeout: int, named: str
    ) -> Reply: ...

    def describe_alarms(self, names: Sequence[str]) -> Mapping[str, str]: ...

    def get_provisioned_concurrency(
        self, function_name: str, number: str
    ) -> Provisioned | None: ...

    def put_provisioned_concurrency(
        self, function_name: str, number: str, executions: int
    ) -> None: ...

    def delete_provisioned_concurrency(self, function_name: str, number: str) -> None: ...
