"""The only boto3 of the provider: AWS's calls under their own names, waits, errors translated.

Every action used here stands in the policy of `template.yaml`, and no other does.
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import WaiterError

from handler.alarms import Alarms
from handler.arn import AliasId
from handler.capacity import Capacity
from handler.direction import Stack
from handler.errors import (
    NotFound,
    NotStabilized,
    PromotionError,
    ResourceConflict,
    ServiceTimeout,
)
from handler.history import History, ResourceEvent
from handler.invocations import Invocations
from handler.observed import AliasState, Version
from handler.throttle import RetryUntil
from handler.together import AT_ONCE
from handler.versions import Versions, weights

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_lambda import LambdaClient

# throttle.py decides on nearly all tries; these are for what it leaves to botocore (aws-semantics
# B9).
_LAMBDA = Config(
    retries={"mode": "standard", "total_max_attempts": 10},
    connect_timeout=5,
    read_timeout=10,
    max_pool_connections=AT_ONCE,
)
# Whoever can't be asked for the direction is not waited for: the lineage decides then.
_CLOUDFORMATION = Config(
    retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=3, read_timeout=5
)

_SETTLED = ("State", "LastUpdateStatus")

_PAUSES = (1.0, 2.0, 4.0)
_LONGEST_PAUSE = 5.0
"""Seconds between two tries to publish a function that others are changing."""

_PAGES = 10
"""Pages of a stack's events that are read at the most: time counts more than the oldest ones."""


class Gateway(Capacity, Invocations, Alarms, Versions):
    """Lambda, CloudFormation and CloudWatch, as the provider uses them.

    The clients of every request are made once, before the first event: making one costs more than a
    call. Those of some requests only are made when they are needed.

    Attributes:
        failures: errors of AWS's own, or of the network, with which one call is given up.
    """

    failures = 10

    def __init__(self, functions: "LambdaClient", stacks: "CloudFormationClient") -> None:
        super().__init__()
        self.functions = self.watched(functions)
        retry: Any = RetryUntil(lambda: self.remaining, self.failures)
        functions.meta.events.register_first("needs-retry.lambda", retry)
        self._stacks = self.watched(stacks)
        self._seen = threading.local()
        functions.meta.events.register("after-call.lambda.GetFunction", self._keep)

    @classmethod
    def connect(cls) -> "Gateway":
        """Make the clients for the provider's own Region."""
        try:
            from handler import sdk  # noqa: PLC0415

            boto3.setup_default_session(botocore_session=sdk.session())
            return cls._with_clients()
        except Exception:
            # Lambda brings another botocore some day: it is slower in its own way, but it serves.
            logging.getLogger(__name__).warning("clients are made the slow way", exc_info=True)
            boto3.setup_default_session()
            return cls._with_clients()

    @classmethod
    def _with_clients(cls) -> "Gateway":
        return cls(
            boto3.client("lambda", config=_LAMBDA),
            boto3.client("cloudformation", config=_CLOUDFORMATION),
        )

    def describe_stack(self, stack_id: str) -> Stack:
        """Read the stack's status; an unknown one, with the reason, when it can't be read."""
        try:
            answer = self.call(
                "cloudformation:DescribeStacks",
                stack_id,
                lambda: self._stacks.describe_stacks(StackName=stack_id),
            )
        except PromotionError as error:
            return Stack(problem=str(error))
        stack = answer["Stacks"][0]
        return Stack(stack["StackStatus"], stack.get("LastUpdatedTime", stack["CreationTime"]))

    def describe_stack_events(
        self, stack_id: str, logical_id: str, since: datetime | None
    ) -> History:
        """Read a resource's events, newest first, from a moment on; None when they can't be read.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackEvents.html

        Args:
            stack_id: ARN of the stack.
            logical_id: the resource's name there.
            since: the oldest that counts; None for the newest page alone.
        """
        try:
            events = self.call(
                "cloudformation:DescribeStackEvents",
                stack_id,
                lambda: self._newest_events(stack_id, since),
            )
        except PromotionError:
            return None
        return tuple(
            ResourceEvent(event["ResourceStatus"], event["Timestamp"])
            for event in events
            if event["LogicalResourceId"] == logical_id
            if not since or event["Timestamp"] >= since
        )

    def _newest_events(self, stack_id: str, since: datetime | None) -> list[Any]:
        events: list[Any] = []
        pages = self._stacks.get_paginator("describe_stack_events").paginate(StackName=stack_id)
        for page in islice(pages, _PAGES):
            events += page["StackEvents"]
            if not since or any(event["Timestamp"] < since for event in page["StackEvents"]):
                break
        return events

    def get_alias(self, alias: AliasId) -> AliasState | None:
        """Read an alias; None when there is none (aws-semantics B3)."""
        try:
            answer = self.call(
                "lambda:GetAlias",
                alias.function_name,
                lambda: self.functions.get_alias(
                    FunctionName=alias.function_name, Name=alias.alias_name
                ),
            )
        except NotFound:
            return None
        return AliasState(
            version=answer["FunctionVersion"],
            description=answer.get("Description", ""),
            revision_id=answer["RevisionId"],
            weights=weights(answer),
        )

    def create_alias(self, alias: AliasId, state: AliasState) -> AliasState:
        """Make an alias (aws-semantics B3); give it as it is now.

        Raises:
            ResourceConflict: somebody else has made it meanwhile.
            NotFound: the version does not exist.
        """
        answer = self.call(
            "lambda:CreateAlias",
            alias.function_name,
            lambda: self.functions.create_alias(
                FunctionName=alias.function_name,
                Name=alias.alias_name,
                FunctionVersion=state.version,
                Description=state.description,
            ),
        )
        return replace(state, revision_id=answer["RevisionId"])

    def repoint_alias(self, alias: AliasId, state: AliasState) -> AliasState:
        """Point an alias to a version, with these weights (lambda:UpdateAlias, aws-semantics B3).

        Raises:
            ResourceConflict: somebody else has changed the alias since it was read.
            NotFound: the version or the alias no longer exists.
        """
        # Version and weights in one call: an alias can't move onto the version in its own weights
        # while they stand.
        routing = {"AdditionalVersionWeights": dict(state.weights)}
        return self._update_alias(
            alias, state, FunctionVersion=state.version, RoutingConfig=routing
        )

    def describe_alias(self, alias: AliasId, state: AliasState) -> AliasState:
        """Write an alias's Description; pointer and weights stay (lambda:UpdateAlias).

        Raises:
            ResourceConflict: somebody else has changed the alias since it was read.
        """
        return self._update_alias(alias, state)

    def _update_alias(self, alias: AliasId, state: AliasState, **pointer: Any) -> AliasState:
        answer = self.call(
            "lambda:UpdateAlias",
            alias.function_name,
            lambda: self.functions.update_alias(
                FunctionName=alias.function_name,
                Name=alias.alias_name,
                Description=state.description,
                RevisionId=state.revision_id,
                **pointer,
            ),
        )
        return replace(state, revision_id=answer["RevisionId"])

    def served_versions(self, function_name: str) -> dict[str, frozenset[str]]:
        """Give the versions that each alias of a function serves, by pointer or weight."""
        return {
            each["Name"]: frozenset({each["FunctionVersion"], *dict(weights(each))})
            for each in self.listed_aliases(self.functions, function_name, "FunctionName")
        }

    def delete_alias(self, alias: AliasId) -> None:
        """Delete an alias; that it is gone already is no error (aws-semantics B3)."""
        try:
            self.call(
                "lambda:DeleteAlias",
                alias.function_name,
                lambda: self.functions.delete_alias(
                    FunctionName=alias.function_name, Name=alias.alias_name
                ),
            )
        except NotFound:
            return

    def publish_version(
        self, function_name: str, description: str, code_sha256: str | None
    ) -> Version:
        """Publish `$LATEST`, once no change of the function is under way (aws-semantics B1).

        A function whose last update failed publishes what it still serves.

        Raises:
            InvalidRequest: `$LATEST` has other code than code_sha256.
            NotFound: there is no such function.
            NotStabilized: the change that was under way failed.
            ServiceTimeout: the function did not settle in time.
        """
        pauses = chain(_PAUSES, repeat(_LONGEST_PAUSE))
        while True:
            try:
                return self._publish_version(function_name, description, code_sha256)
            except ResourceConflict as error:
                # CloudFormation has normally settled the function; others may be changing it. The
                # waits return at once where the conflict is another one.
                self._wait("function_active_v2", FunctionName=function_name)
                self._wait("function_updated_v2", FunctionName=function_name)
                self._pause(next(pauses), error)

    def _publish_version(
        self, function_name: str, description: str, code_sha256: str | None
    ) -> Version:
        guard: Any = {"CodeSha256": code_sha256} if code_sha256 else {}
        answer = self.call(
            "lambda:PublishVersion",
            function_name,
            lambda: self.functions.publish_version(
                FunctionName=function_name, Description=description, **guard
            ),
        )
        return _version(answer)

    def _pause(self, seconds: float, conflict: ResourceConflict) -> None:
        if seconds >= self.remaining:
            raise ServiceTimeout(
                "ServiceTimeout: the function could not be published before the time was used up; "
                f"see who changes it, then try again ({conflict.args[0]})"
            ) from conflict
        self.sleep(seconds)

    def get_version(self, function_name: str, number: str) -> Version:
        """Read a version (lambda:GetFunction, which has a rate of its own, aws-semantics B8).

        Raises:
            NotFound: there is no such version.
        """
        answer = self.call(
            "lambda:GetFunction",
            f"{function_name}:{number}",
            lambda: self.functions.get_function(FunctionName=function_name, Qualifier=number),
        )
        return _version(answer["Configuration"])

    def wait_until_active(self, function_name: str, number: str) -> None:
        """Wait until this very version can serve (aws-semantics B4, B6).

        Raises:
            NotStabilized: the version has failed; AWS's reason is in the message.
            ServiceTimeout: it did not become active in time.
        """
        # Without the Qualifier the waiter would watch $LATEST and return at once.
        self._wait("function_active_v2", FunctionName=function_name, Qualifier=number)

    def _wait(self, name: Any, **which: str) -> None:
        subject = ":".join(which.values())
        config = {"Delay": 1, "MaxAttempts": max(1, int(self.remaining))}
        self._seen.last = {}
        waiter: Any = self.functions.get_waiter(name)
        try:
            self.call(
                "lambda:GetFunction", subject, lambda: waiter.wait(WaiterConfig=config, **which)
            )
        except WaiterError as error:
            raise _not_stable(subject, self._seen.last) from error
        except ServiceTimeout:
            raise _not_stable(subject, self._seen.last) from None

    def _keep(self, parsed: Any, **_: Any) -> None:
        # A waiter that the deadline ends does not tell what it saw last.
        self._seen.last = parsed.get("Configuration", getattr(self._seen, "last", {}))


def _version(configuration: Any) -> Version:
    code, reason = (configuration.get(f"State{part}", "") for part in ("ReasonCode", "Reason"))
    return Version(
        number=configuration["Version"],
        code_sha256=configuration.get("CodeSha256", ""),
        state=configuration.get("State", "Active"),
        state_reason=f"{code}: {reason}" if code else "",
        role=configuration.get("Role", ""),
        dead_letters=configuration.get("DeadLetterConfig", {}).get("TargetArn", ""),
    )


def _not_stable(subject: str, found: Mapping[str, str]) -> PromotionError:
    for what in _SETTLED:
        if found.get(what) == "Failed":
            code = found.get(f"{what}ReasonCode", "no code")
            reason = found.get(f"{what}Reason", "no reason given")
            return NotStabilized(
                f"FunctionName: {subject} has {what} Failed ({code}: {reason}); mend the function, "
                "then release again"
            )
    last = ", ".join(f"{what} {found[what]}" for what in _SETTLED if what in found)
    return ServiceTimeout(
        f"ServiceTimeout: {subject} was still {last or 'not ready'} when the time was used up; see "
        "what holds it up, then try again"
    )
