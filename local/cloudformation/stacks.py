"""What CloudFormation remembers of a stack: its resources, its events and its change sets."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from local.cloudformation.template import Template

STACK_TYPE = "AWS::CloudFormation::Stack"
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Resource:
    """One resource as CloudFormation believes it to be; also what a stack event shows of it.

    Attributes:
        logical_id: its name in the template.
        type: such as `AWS::S3::Bucket`.
        status: its ResourceStatus.
        reason: the ResourceStatusReason, or None.
        time: when the status was set.
        physical_id: the value of `Ref`; None before there is one.
        properties: as last sent to the resource, resolved.
        attributes: what `Fn::GetAtt` finds.
        requires: logical ids that have to exist before this one.
        deletion_policy: `Delete`, `Retain` or `RetainExceptOnCreate`.
        replace_policy: the UpdateReplacePolicy.
        missing: the error of a `Fn::GetAtt` that finds nothing; `{}` stands for the attribute.
        no_echo: outputs show the attributes as `*****`.
    """

    logical_id: str
    type: str
    status: str = ""
    reason: str | None = None
    time: datetime = _NEVER
    physical_id: str | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)
    requires: frozenset[str] = frozenset()
    deletion_policy: str = "Delete"
    replace_policy: str = "Delete"
    missing: str = "Requested attribute {} does not exist in schema"
    no_echo: bool = False

    @property
    def key(self) -> tuple[str, str | None]:
        """Tell apart the two physical resources of a replacement."""
        return self.logical_id, self.physical_id


@dataclass(frozen=True)
class Request:
    """What a caller wants a stack to become.

    Attributes:
        template: the template with its parameters.
        tags: the stack's tags.
        capabilities: as acknowledged.
        disable_rollback: a failure leaves everything as it is.
    """

    template: Template
    tags: Mapping[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    disable_rollback: bool = False


@dataclass
class ChangeSet:
    """A change set; `request` is None when its creation failed."""

    name: str
    id: str
    type: str
    created: datetime
    description: str | None
    request: Request | None
    changes: list[dict[str, Any]]
    status: str = "CREATE_COMPLETE"
    reason: str | None = None
    execution_status: str = "AVAILABLE"


@dataclass(frozen=True)
class Stable:
    """What a rollback goes back to."""

    request: Request
    resources: Mapping[str, Resource]
    imports: frozenset[str]


@dataclass
class Stack:
    """A stack. Every change of status goes through `set_status` or `record`.

    Attributes:
        request: the latest wish; None in REVIEW_IN_PROGRESS.
        stable: the last complete state while an update is not complete, else None.
        garbage: replaced and removed resources that wait for their Delete.
        outputs: by name; each has OutputValue and perhaps Description and ExportName.
        imports: names of the exports that it reads.
        events: oldest first; no two have the same time.
    """

    name: str
    id: str
    region: str
    account: str
    created: datetime
    request: Request | None = None
    status: str = ""
    reason: str | None = None
    updated: datetime | None = None
    deleted: datetime | None = None
    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    imports: set[str] = field(default_factory=set)
    events: list[Resource] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    stable: Stable | None = None
    garbage: list[Resource] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def busy(self) -> bool:
        """Tell whether an operation is under way."""
        return self.status.endswith("IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    def set_status(self, status: str, reason: str | None = None) -> None:
        """Move the stack itself to a status and write the event."""
        with self.lock:
            self.status, self.reason = status, reason
            itself = Resource(self.name, STACK_TYPE, physical_id=self.id)
            self.record(itself, status, reason, keep=False)

    def record(
        self, resource: Resource, status: str, reason: str | None = None, *, keep: bool = True
    ) -> None:
        """Give a resource a status, write the event and remember it (unless it is garbage)."""
        with self.lock:
            # sam skips an event that has the time of the one it saw last.
            after = self.events[-1].time + timedelta(milliseconds=1) if self.events else now()
            # An event of a time to come could be later than the signature of its own request.
            time.sleep(min(0.002, max(0.0, (after - datetime.now(UTC)).total_seconds())))
            event = replace(resource, status=status, reason=reason, time=max(now(), after))
            self.events.append(event)
            if keep:
                self.resources[resource.logical_id] = event


def now() -> datetime:
    """Give the time in CloudFormation's precision, milliseconds."""
    moment = datetime.now(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Store:
    """All stacks, and the exports by which they know each other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stacks: list[Stack] = []

    def add(self, stack: Stack) -> None:
        """Remember a new stack."""
        with self._lock:
            self._stacks.append(stack)

    def alive(self, region: str) -> list[Stack]:
        """List a Region's stacks without deleted ones, newest first."""
        return [one for one in self._of(region) if one.status != "DELETE_COMPLETE"]

    def find(self, region: str, name_or_id: str) -> Stack | None:
        """Find a stack: a deleted one only by its id."""
        by_id = (one for one in self._of(region) if one.id == name_or_id)
        by_name = (one for one in self.alive(region) if one.name == name_or_id)
        return next(by_id, None) or next(by_name, None)

    def exports(self, region: str) -> dict[str, tuple[Stack, str]]:
        """Give each export's stack and value."""
        return {
            output["ExportName"]: (stack, output["OutputValue"])
            for stack in self.alive(region)
            for output in stack.outputs.values()
            if "ExportName" in output
        }

    def importers(self, region: str, export: str) -> list[str]:
        """Name the stacks that read an export."""
        return [stack.name for stack in self.alive(region) if export in stack.imports]

    def _of(self, region: str) -> list[Stack]:
        with self._lock:
            return [stack for stack in reversed(self._stacks) if stack.region == region]
