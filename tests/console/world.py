"""Accounts in memory, as the console sees them."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from handler.arn import AliasId, Scope
from handler.observed import AliasState
from tests.fakes import FakeAws

SCOPE = Scope("aws", "eu-west-1", "111122223333")
PROD = AliasId(SCOPE, "orders", "prod")
US = "00000001"
A, B, C = "aaaaaaaa", "bbbbbbbb", "cccccccc"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def marked(version: str, mark: str, **more: Any) -> AliasState:
    """Give an alias with a lineage."""
    return AliasState(version, f"Orders [alias-promotion owner={US} {mark}]", "1", **more)


def refused(operation: str, code: str, message: str) -> ClientError:
    """Give an error of AWS's."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


class Pages:
    """A paginator that gives one item a page."""

    def __init__(self, key: str, items: Mapping[str, Sequence[Any]]) -> None:
        self._key = key
        self._items = items

    def paginate(self, **given: str) -> Iterator[dict[str, Any]]:
        """Give the items of what is named."""
        [named] = given.values() or [""]
        if named not in self._items:
            raise refused("List", "ResourceNotFoundException", f"Function not found: {named}")
        yield {self._key: []}
        for item in self._items[named]:
            yield {self._key: [item]}


class Stacks:
    """CloudFormation with some stacks: the later a stack is added, the later it was changed."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._stacks: list[dict[str, Any]] = []
        self._resources: dict[str, list[dict[str, Any]]] = {}
        self._times = itertools.count()

    def add(self, name: str, **resources: tuple[str, str]) -> str:
        """Add a stack with resources, by their type and physical id; give its ARN."""
        stack_id = f"arn:aws:cloudformation:eu-west-1:111122223333:stack/{name}/6c1f"
        changed = BEGAN + timedelta(days=next(self._times))
        self._stacks.append(
            {"StackName": name, "StackId": stack_id, "CreationTime": BEGAN,
             "LastUpdatedTime": changed}
        )  # fmt: skip
        self._resources[stack_id] = [
            {"LogicalResourceId": logical_id, "ResourceType": kind, "PhysicalResourceId": id_}
            for logical_id, (kind, id_) in resources.items()
        ]
        return stack_id

    def get_paginator(self, name: str) -> Any:
        """Give a paginator."""
        if name == "describe_stacks":
            return Pages("Stacks", {"": self._stacks})
        if name == "list_exports":
            return Pages("Exports", {"": [{"Name": "shared", "Value": "exported"}]})
        return self

    def paginate(self, **given: str) -> Iterator[dict[str, Any]]:
        """Give the resources of a stack, and remember that it was asked."""
        self.asked.append(given["StackName"])
        yield {"StackResourceSummaries": self._resources[given["StackName"]]}


@dataclass
class Functions:
    """Lambda with the function `orders`."""

    aliases: list[dict[str, Any]] = field(default_factory=list)
    versions: list[dict[str, Any]] = field(default_factory=list)

    def get_paginator(self, name: str) -> Pages:
        """Give a paginator."""
        if name == "list_aliases":
            return Pages("Aliases", {"orders": self.aliases})
        return Pages("Versions", {"orders": self.versions})

    def get_account_settings(self) -> dict[str, Any]:
        """Give what of the code storage is used."""
        gb = 1024**3
        return {
            "AccountUsage": {"TotalCodeSize": 15 * gb},
            "AccountLimit": {"TotalCodeSize": 75 * gb},
        }

    def get_function_configuration(self, **given: str) -> dict[str, str]:
        """Give the function's name and ARN."""
        if given["FunctionName"] != "orders":
            raise refused("GetFunctionConfiguration", "ResourceNotFoundException", "not found")
        return {"FunctionName": "orders", "FunctionArn": PROD.function_arn}

    def publish(self, *numbers: str) -> None:
        """Add versions of 1 MB; `$LATEST` is one of them."""
        self.versions += [
            {
                "FunctionName": "orders",
                "Version": number,
                "LastModified": f"2026-01-02T03:04:0{place}.000+0000",
                "CodeSize": 1024**2,
            }
            for place, number in enumerate(numbers)
        ]

    def point(self, name: str, state: AliasState) -> None:
        """Add an alias."""
        self.aliases.append(
            {
                "Name": name,
                "FunctionVersion": state.version,
                "Description": state.description,
                "RevisionId": "1",
                **(
                    {"RoutingConfig": {"AdditionalVersionWeights": dict(state.weights)}}
                    if state.weights
                    else {}
                ),
            }
        )


@dataclass
class FakeSession:
    """What the commands need of a session."""

    gateway: FakeAws = field(default_factory=FakeAws)
    functions: Functions = field(default_factory=Functions)
    stacks: Stacks = field(default_factory=Stacks)
    region: str = "eu-west-1"

    def account(self) -> tuple[str, str]:
        """Give the account's id and its partition."""
        return SCOPE.account, SCOPE.partition
