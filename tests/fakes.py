"""A strict in-memory Lambda and CloudFormation behind the provider's port (aws-semantics B1-B4)."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from handler.arn import AliasId
from handler.capacity import Provisioned
from handler.deadline import Deadline
from handler.direction import Stack
from handler.errors import InvalidRequest, NotFound, PromotionError, ResourceConflict
from handler.history import History, ResourceEvent
from handler.invocations import Reply
from handler.lineage import DESCRIPTION_LIMIT
from handler.observed import AliasState, Version
from handler.versions import ListedVersion


@dataclass
class FakeFunction:
    """A function: its `$LATEST`, its versions and its aliases."""

    latest: Version
    versions: dict[str, Version] = field(default_factory=dict)
    aliases: dict[str, AliasState] = field(default_factory=dict)
    durable: set[str] = field(default_factory=set)
    running: set[str] = field(default_factory=set)
    replicated: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))


class FakeAws:
    """What `gateway.Gateway` is, without AWS; it counts the calls it takes."""

    def __init__(self) -> None:
        self.functions: dict[str, FakeFunction] = {}
        self.stack = Stack("CREATE_IN_PROGRESS")
        self.events: list[tuple[str, ResourceEvent]] | None = []
        self.calls: list[str] = []
        self.before: dict[str, Callable[[], None]] = {}
        self.new_version_state = "Active"
        self.new_version_reason = ""
        self.deadline: Deadline | None = None
        self.passed = timedelta()
        self.alarms: dict[str, str] = {}
        self.replies: dict[str, Reply] = {}
        self.invoked: list[tuple[str, str | None, Any]] = []
        self.provisioned: dict[tuple[str, str], Provisioned] = {}
        self.provisioning = 0
        self.mappings: list[str] = []
        self.too_many_mappings = False
        self.handed_over: list[dict[str, Any]] = []
        self.on_sleep: Callable[[], None] = lambda: None
        self._revisions = itertools.count(1)

    def deploy(self, name: str, code_sha256: str) -> None:
        """Create the function, or give it other code."""
        latest = Version("$LATEST", code_sha256)
        if name in self.functions:
            self.functions[name].latest = latest
        else:
            self.functions[name] = FakeFunction(latest)

    def point(self, name: str, alias: str, state: AliasState) -> None:
        """Move an alias as a person would, behind the provider's back."""
        self.functions[name].aliases[alias] = replace(state, revision_id=self._revision())

    def note(self, logical_id: str, status: str, at: datetime | None = None) -> None:
        """Write an event of a resource, as CloudFormation does around each request."""
        if self.events is not None:
            self.events.insert(0, (logical_id, ResourceEvent(status, at or datetime.now(UTC))))

    def fail(self, call: str, error: PromotionError, times: int = 1) -> None:
        """Make the next calls of this name fail."""
        left = iter(range(times))

        def break_it() -> None:
            if next(left, None) is not None:
                raise error

        self.before[call] = break_it

    @contextmanager
    def until(self, deadline: Deadline) -> Iterator["FakeAws"]:
        self.deadline = deadline
        try:
            yield self
        finally:
            self.deadline = None

    @property
    def remaining(self) -> float:
        return self.deadline.remaining if self.deadline else 300

    def now(self) -> datetime:
        return datetime.now(UTC) + self.passed

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.passed += timedelta(seconds=seconds)
        self.on_sleep()

    def describe_stack(self, _stack_id: str) -> Stack:
        # Not among the calls: it has a rate of its own, and runs beside GetAlias.
        self.before.get("DescribeStacks", lambda: None)()
        return self.stack

    def describe_stack_events(
        self, _stack_id: str, logical_id: str, since: datetime | None
    ) -> History:
        # Not among the calls either.
        self.before.get("DescribeStackEvents", lambda: None)()
        if self.events is None:
            return None
        return tuple(
            event for name, event in self.events if name == logical_id
            if not since or event.at >= since
        )  # fmt: skip

    def get_alias(self, alias: AliasId) -> AliasState | None:
        self._enter("GetAlias")
        function = self.functions.get(alias.function_name)
        return function.aliases.get(alias.alias_name) if function else None

    def create_alias(self, alias: AliasId, state: AliasState) -> AliasState:
        self._enter("CreateAlias")
        function = self._function(alias.function_name)
        if alias.alias_name in function.aliases:
            raise ResourceConflict(f"Alias already exists: {alias.arn}")
        self._check_version(alias.function_name, state.version)
        _check_description(state)
        made = replace(state, revision_id=self._revision())
        function.aliases[alias.alias_name] = made
        return made

    def repoint_alias(self, alias: AliasId, state: AliasState) -> AliasState:
        self._enter("UpdateAlias")
        self._check_revision(alias, state)
        for number in (state.version, *dict(state.weights)):
            self._check_version(alias.function_name, number)
        _check_description(state)
        _check_weights(state)
        return self._put(alias, state)

    def describe_alias(self, alias: AliasId, state: AliasState) -> AliasState:
        self._enter("UpdateAlias")
        found = self._check_revision(alias, state)
        _check_description(state)
        return self._put(alias, replace(found, description=state.description))

    def _put(self, alias: AliasId, state: AliasState) -> AliasState:
        self.point(alias.function_name, alias.alias_name, state)
        return self.functions[alias.function_name].aliases[alias.alias_name]

    def delete_alias(self, alias: AliasId) -> None:
        self._enter("DeleteAlias")
        function = self.functions.get(alias.function_name)
        if function:
            function.aliases.pop(alias.alias_name, None)

    def served_versions(self, function_name: str) -> dict[str, frozenset[str]]:
        self._enter("ListAliases")
        return {
            name: frozenset({state.version, *dict(state.weights)})
            for name, state in self._function(function_name).aliases.items()
        }

    def invoke(
        self, function_name: str, qualifier: str | None, payload: str, _timeout: int, _named: str
    ) -> Reply:
        self._enter("Invoke")
        self.invoked.append((function_name, qualifier, json.loads(payload)))
        return self.replies.get(function_name, Reply("null"))

    def invoke_again(self, _arn: str, event: Mapping[str, Any]) -> None:
        self._enter("Invoke")
        self.handed_over.append(json.loads(json.dumps(event)))

    def describe_alarms(self, names: Sequence[str]) -> Mapping[str, str]:
        self._enter("DescribeAlarms")
        return {name: self.alarms[name] for name in names if name in self.alarms}

    def get_provisioned_concurrency(self, function_name: str, number: str) -> Provisioned | None:
        self._enter("GetProvisionedConcurrencyConfig")
        found = self.provisioned.get((function_name, number))
        if found and found.status == "IN_PROGRESS":
            self.provisioning -= 1
            if self.provisioning <= 0:
                found = replace(found, status="READY")
                self.provisioned[function_name, number] = found
        return found

    def put_provisioned_concurrency(self, function_name: str, number: str, executions: int) -> None:
        self._enter("PutProvisionedConcurrencyConfig")
        self._check_version(function_name, number)
        self.provisioned[function_name, number] = Provisioned(executions, "IN_PROGRESS")

    def delete_provisioned_concurrency(self, function_name: str, number: str) -> None:
        self._enter("DeleteProvisionedConcurrencyConfig")
        self.provisioned.pop((function_name, number), None)

    def publish_version(
        self, function_name: str, _description: str, code_sha256: str | None
    ) -> Version:
        self._enter("PublishVersion")
        function = self._function(function_name)
        latest = function.latest
        if code_sha256 not in (None, latest.code_sha256):
            raise InvalidRequest(f"CodeSHA256 ({code_sha256}) is different from current CodeSHA256")
        last = max(function.versions.values(), key=lambda v: int(v.number), default=None)
        if last and last.code_sha256 == latest.code_sha256:
            return last
        number = str(next(function.numbers))
        state, reason = self.new_version_state, self.new_version_reason
        made = replace(latest, number=number, state=state, state_reason=reason)
        function.versions[number] = made
        return made

    def get_version(self, function_name: str, number: str) -> Version:
        self._enter("GetFunction")
        function = self._function(function_name)
        if number == "$LATEST":
            return function.latest
        return self._check_version(function_name, number)

    def wait_until_active(self, function_name: str, number: str) -> None:
        self._enter("wait")
        versions = self._function(function_name).versions
        versions[number] = replace(versions[number], state="Active")

    def list_versions_by_function(self, function_name: str) -> Iterator[list[ListedVersion]]:
        function = self._function(function_name)
        # $LATEST takes the first place.
        listed = [None, *(ListedVersion(n, n in function.durable) for n in function.versions)]
        for start in range(0, len(listed), 50):
            self._enter("ListVersionsByFunction")
            yield [each for each in listed[start : start + 50] if each]

    def list_aliases(self, function_name: str) -> Mapping[str, AliasState]:
        self._enter("ListAliases")
        return dict(self._function(function_name).aliases)

    def list_provisioned_concurrency_configs(self, function_name: str) -> frozenset[str]:
        self._enter("ListProvisionedConcurrencyConfigs")
        return frozenset(number for name, number in self.provisioned if name == function_name)

    def list_event_source_mappings(self, arn: str | None = None) -> frozenset[str] | None:
        self._enter("ListEventSourceMappings")
        if arn:
            return frozenset(each for each in self.mappings if each == arn)
        return None if self.too_many_mappings else frozenset(self.mappings)

    def has_running_executions(self, function_name: str, number: str) -> bool:
        self._enter("ListDurableExecutionsByFunction")
        return number in self._function(function_name).running

    def delete_version(self, function_name: str, number: str) -> None:
        self._enter("DeleteFunction")
        function = self._function(function_name)
        names = [
            name
            for name, state in function.aliases.items()
            if number in (state.version, *dict(state.weights))
        ]
        if names:
            raise ResourceConflict(f"these aliases reference it: {names}")
        if number in function.replicated:
            raise InvalidRequest(f"{number} is a replicated function")
        function.versions.pop(number, None)

    def _enter(self, call: str) -> None:
        self.calls.append(call)
        if call in self.before:
            self.before[call]()
        if self.deadline:
            self.deadline.check()

    def _function(self, name: str) -> FakeFunction:
        if name not in self.functions:
            raise NotFound(f"Function not found: {name}")
        return self.functions[name]

    def _check_version(self, name: str, number: str) -> Version:
        function = self._function(name)
        if number == "$LATEST":
            return function.latest
        if number not in function.versions:
            raise NotFound(f"Function not found: {name}:{number}")
        return function.versions[number]

    def _check_revision(self, alias: AliasId, state: AliasState) -> AliasState:
        found = self._function(alias.function_name).aliases.get(alias.alias_name)
        if not found:
            raise NotFound(f"Alias not found: {alias.arn}")
        if found.revision_id != state.revision_id:
            raise ResourceConflict("The Revision Id provided does not match the latest one.")
        return found

    def _revision(self) -> str:
        return f"revision-{next(self._revisions)}"


def _check_weights(state: AliasState) -> None:
    if state.weights and (state.version == "$LATEST" or state.version in dict(state.weights)):
        raise InvalidRequest(f"weights {state.weights} on {state.version}")


def _check_description(state: AliasState) -> None:
    if len(state.description) > DESCRIPTION_LIMIT:
        raise InvalidRequest(f"Description has {len(state.description)} characters")
