"""A function's versions and who needs them, and the end of a version (aws-semantics B2)."""

import re
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from handler.calls import Calls
from handler.errors import InternalFailure, ServiceTimeout
from handler.limiter import CONTROL_PLANE, Limiter
from handler.observed import AliasState
from handler.together import AT_ONCE

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

PROPERTY = "RetainVersions"

# Whoever releases goes first: what is throttled here is left for another time.
_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 3},
    connect_timeout=2,
    read_timeout=5,
    max_pool_connections=AT_ONCE,
)

_RESERVE = 10.0
"""Seconds of the request's time that are left to the answer: more than one try can take."""

RATE = CONTROL_PLANE - 0.5
"""Requests a second: whoever else needs one now and then gets it."""

_PAGES = 20
"""Pages of the account's event source mappings, of 100 each, that are read at the most."""

_NUMBER = re.compile(r"[1-9][0-9]*")


@dataclass(frozen=True)
class ListedVersion:
    """A version, as a list shows it.

    Attributes:
        number: the number, as text.
        durable: its invocations can go on for as long as a year (aws-semantics B10).
    """

    number: str
    durable: bool = False


class Versions(Calls):
    """The part of the gateway that looks for old versions and deletes them, at a steady rate."""

    def __init__(self) -> None:
        super().__init__()
        self._housekeepers: list[LambdaClient] = []
        self._one_at_a_time = threading.Lock()
        self._limiter = Limiter(RATE, time.monotonic)

    @property
    def _housekeeper(self) -> "LambdaClient":
        # Made when it is first needed: most requests delete no version.
        with self._one_at_a_time:
            if not self._housekeepers:
                made = boto3.client("lambda", config=_CONFIG)
                made.meta.events.register("before-send", self._in_turn)
                self._housekeepers.append(self.watched(made))
            return self._housekeepers[0]

    def _in_turn(self, **_: Any) -> None:
        if pause := self._limiter.turn():
            self.sleep(pause)
        if self.remaining < _RESERVE:
            raise ServiceTimeout(f"{PROPERTY}: too little time is left")

    def list_versions_by_function(self, function_name: str) -> Iterator[list[ListedVersion]]:
        """List the published versions page by page, each when it is asked for; oldest first so far.

        Raises:
            InternalFailure: boto3 is too old to know whether a version is needed.
        """
        if not hasattr(self._housekeeper, "list_durable_executions_by_function"):
            raise InternalFailure(
                f"{PROPERTY}: this boto3 can't tell which versions have durable executions; run "
                "the provider with a newer one"
            )
        paginator = self._housekeeper.get_paginator("list_versions_by_function")
        pages = iter(paginator.paginate(FunctionName=function_name))
        while page := self._next(function_name, pages):
            yield [
                ListedVersion(each["Version"], durable="DurableConfig" in each)
                for each in page["Versions"]
                if _NUMBER.fullmatch(each["Version"])
            ]

    def list_aliases(self, function_name: str) -> Mapping[str, AliasState]:
        """Give every alias of a function, by name."""
        found = self.listed_aliases(self._housekeeper, function_name, PROPERTY)
        return {
            each["Name"]: AliasState(
                each["FunctionVersion"], each.get("Description", ""), weights=weights(each)
            )
            for each in found
        }

    def listed_aliases(self, client: "LambdaClient", function_name: str, named: str) -> list[Any]:
        """Give every alias of a function as a client lists it; an error names this property."""
        pages = client.get_paginator("list_aliases").paginate(FunctionName=function_name)
        return self.call(
            "lambda:ListAliases",
            function_name,
            lambda: [each for page in pages for each in page["Aliases"]],
            named,
        )

    def list_provisioned_concurrency_configs(self, function_name: str) -> frozenset[str]:
        """Give the versions and aliases that have provisioned concurrency (aws-semantics B5)."""
        paginator = self._housekeeper.get_paginator("list_provisioned_concurrency_configs")
        pages = paginator.paginate(FunctionName=function_name)
        found = self.call(
            "lambda:ListProvisionedConcurrencyConfigs",
            function_name,
            lambda: [each for page in pages for each in page["ProvisionedConcurrencyConfigs"]],
            PROPERTY,
        )
        return frozenset(each["FunctionArn"].rpartition(":")[2] for each in found)

    def list_event_source_mappings(self, arn: str | None = None) -> frozenset[str] | None:
        """Give the ARNs of what event sources invoke: functions, versions and aliases.

        Args:
            arn: one of them, to look for it alone.

        Returns:
            None where there are too many to read.
        """
        which: Any = {"FunctionName": arn} if arn else {}
        paginator = self._housekeeper.get_paginator("list_event_source_mappings")
        pages = paginator.paginate(**which, PaginationConfig={"PageSize": 100})
        read: list[Any] = self.call(
            "lambda:ListEventSourceMappings",
            arn or "the account",
            lambda: list(islice(pages, _PAGES)),
            PROPERTY,
        )
        if "NextMarker" in read[-1]:
            return None
        return frozenset(
            each["FunctionArn"]
            for page in read
            for each in page["EventSourceMappings"]
            if "FunctionArn" in each
        )

    def has_running_executions(self, function_name: str, number: str) -> bool:
        """Tell whether a durable execution runs on a version.

        https://docs.aws.amazon.com/lambda/latest/api/API_ListDurableExecutionsByFunction.html
        """
        found = self.call(
            "lambda:ListDurableExecutionsByFunction",
            f"{function_name}:{number}",
            lambda: self._housekeeper.list_durable_executions_by_function(
                FunctionName=function_name, Qualifier=number, Statuses=["RUNNING"], MaxItems=1
            ),
            PROPERTY,
        )
        # A page may be empty and not be the last.
        return bool(found["DurableExecutions"] or found.get("NextMarker"))

    def delete_version(self, function_name: str, number: str) -> None:
        """Delete a version; that it is gone already is no error.

        Raises:
            ResourceConflict: an alias serves it.
            InvalidRequest: Lambda@Edge has replicas of it.
        """
        # Without a Qualifier the whole function would go.
        if not _NUMBER.fullmatch(number):
            raise ValueError(number)
        self.call(
            "lambda:DeleteFunction",
            f"{function_name}:{number}",
            lambda: self._housekeeper.delete_function(FunctionName=function_name, Qualifier=number),
            PROPERTY,
        )

    def _next(self, function_name: str, pages: Iterator[Any]) -> Any:
        action = "lambda:ListVersionsByFunction"
        return self.call(action, function_name, lambda: next(pages, None), PROPERTY)


def weights(alias: Any) -> tuple[tuple[str, float], ...]:
    """Read the weights of an alias, as AWS gives it."""
    routing = alias.get("RoutingConfig") or {}
    return tuple((routing.get("AdditionalVersionWeights") or {}).items())
