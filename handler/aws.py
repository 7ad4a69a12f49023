"""The port between decisions and AWS: `gateway.Gateway` is the real one, tests bring a fake."""

from datetime import datetime
from typing import Protocol

from handler.arn import AliasId
from handler.direction import Stack
from handler.history import History
from handler.observed import AliasState, Version


class Aws(Protocol):
    """What a promotion needs of Lambda and CloudFormation."""

    # ruff: noqa: D102 - gateway.py says what each does
    def describe_stack(self, stack_id: str) -> Stack: ...

    def describe_stack_events(
        self, stack_id: str, logical_id: str, since: datetime | None
    ) -> History: ...

    def get_alias(self, alias: AliasId) -> AliasState | None: ...

    def create_alias(self, alias: AliasId, state: AliasState) -> None: ...

    def repoint_alias(self, alias: AliasId, state: AliasState) -> None: ...

    def describe_alias(self, alias: AliasId, state: AliasState) -> None: ...

    def delete_alias(self, alias: AliasId) -> None: ...

    def publish_version(
        self, function_name: str, description: str, code_sha256: str | None
    ) -> Version: ...

    def get_version(self, function_name: str, number: str) -> Version: ...

    def wait_until_active(self, function_name: str, number: str) -> None: ...
