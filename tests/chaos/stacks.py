"""CloudFormation, as far as a custom resource sees it: requests, answers, statuses, events (A4-A8).

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from tests.chaos.clock import Clock
from tests.chaos.process import ACCOUNT, PROVIDER, REGION

TYPE, RELEASE_TYPE = "Custom::LambdaAliasPromotion", "Custom::LambdaRelease"
_STEP = 0.5
"""Seconds between two steps of an operation."""

_TURN = 2.0
"""Seconds before an operation turns round; an assumption, as AWS states none.

Events and signatures are told apart by the second, so a stack that turned sooner could send two
Updates that nothing tells apart: at 1 s some 0.1 % of the schedules are overtaken, at 0.5 s 0.6 %.
"""


_PERSON = 60.0
"""Seconds until a person does something about a stack that has failed."""


@dataclass(frozen=True)
class Resource:
    """A resource as CloudFormation believes it to be."""

    logical_id: str
    physical_id: str
    properties: Mapping[str, Any]
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Request:
    """One request to the provider, and what became of it.

    Attributes:
        event: as it is sent.
        number: of all requests.
        sent_at: seconds since the epoch, cut as the signature is.
        back: it is sent by a rollback.
        deliveries: the event, and those with which the provider invoked itself for it.
        answer: the first that was accepted.
        cancelled: CloudFormation waits no longer: a sibling has failed.
        over: CloudFormation waits no longer, for whatever reason.
    """

    event: dict[str, Any]
    number: int
    back: bool
    sent_at: float
    answer: dict[str, Any] | None = None
    cancelled: bool = False
    over: bool = False
    deliveries: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.deliveries.append(self.event)

    @property
    def kind(self) -> str:
        return str(self.event["RequestType"])


class Failed(Exception):
    """A resource has failed; `physical_id` is what it is known by now, if by anything."""

    def __init__(self, reason: str, physical_id: str | None = None) -> None:
        super().__init__(reason)
        self.physical_id = physical_id


Send = Callable[[Request], None]


class Stack:
    """One stack.

    Args:
        name: of the stack.
        clock: the time.
        send: delivers a request and comes back when it is answered, cancelled or timed out.
        number: gives each request its number.
    """

    def __init__(self, name: str, clock: Clock, send: Send, number: Callable[[], int]) -> None:
        self.name = name
        self.id = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{name}/6c1f"
        self.status = ""
        self.created = self.updated = clock.moment()
        self.was_updated = False
        self.resources: dict[str, Resource] = {}
        self.events: list[dict[str, str]] = []
        self.abandoned: list[str] = []
        self._clock, self._send, self._number = clock, send, number
        self._stable: dict[str, Resource] = {}
        self._touched: list[str] = []
        self._restores = False
        self._garbage: list[Resource] = []

    # Operations

    def create(
        self, wanted: Mapping[str, Mapping[str, Any]], *, sibling_fails: bool = False
    ) -> None:
        """CreateStack."""
        self.created, self._stable = self._clock.moment(), {}
        self._set("CREATE_IN_PROGRESS")
        try:
            self._forward(wanted, sibling_fails)
        except Failed:
            self._turn("ROLLBACK_IN_PROGRESS")
            self._end(self._remove_all(), "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")
        else:
            self._set("CREATE_COMPLETE")

    def update(
        self,
        wanted: Mapping[str, Mapping[str, Any]],
        *,
        sibling_fails: bool = False,
        turns_back: bool = True,
    ) -> None:
        """UpdateStack, and its rollback if need be.

        Args:
            wanted: the properties of each resource.
            sibling_fails: a resource that is none of ours.
            turns_back: without --disable-rollback; a person rolls the stack back with it.
        """
        self._stable = dict(self.resources)
        self._turn("UPDATE_IN_PROGRESS")
        try:
            self._forward(wanted, sibling_fails)
        except Failed:
            if not turns_back:
                self._restore()
            self.roll_back()
            return
        self._set("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        removed = [one for name, one in self.resources.items() if name not in wanted]
        self._clean_up([*self._garbage, *removed])
        self.resources = {name: self.resources[name] for name in wanted}
        self._set("UPDATE_COMPLETE")

    def retain(self) -> None:
        """Take the resources out of the template, with DeletionPolicy: Retain."""
        self.resources = {}

    def _restore(self) -> None:
        """Take the resource back that failed, as with --disable-rollback (A7)."""
        name = self._touched[-1]
        if name in self._stable:
            self._clock.sleep(_TURN)
            self._restores = True
            try:
                self._change(name, self._stable[name].properties)
                self._touched.pop()
            except Failed:
                pass  # it stays UPDATE_FAILED
            self._restores = False
        self._set("UPDATE_FAILED")
        self._clock.sleep(_PERSON)

    def roll_back(self) -> None:
        """Roll an update back; also ContinueUpdateRollback."""
        self._turn("UPDATE_ROLLBACK_IN_PROGRESS")
        self._garbage = []
        while self._touched:
            name = self._touched[-1]
            if name in self._stable:
                try:
                    self._change(name, self._stable[name].properties)
                except Failed:
                    self._set("UPDATE_ROLLBACK_FAILED")
                    return
            self._touched.pop()
        self._set("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        made = [one for name, one in self.resources.items() if name not in self._stable]
        self._clean_up([*self._garbage, *made])
        self.resources = {name: self.resources[name] for name in self._stable}
        self._set("UPDATE_ROLLBACK_COMPLETE")

    def delete(self) -> None:
        """DeleteStack."""
        self._turn("DELETE_IN_PROGRESS")
        self._end(self._remove_all(), "DELETE_COMPLETE", "DELETE_FAILED")

    def settle(self) -> None:
        """Do what a person does with a stack that is stuck, until it no longer is."""
        for _ in range(3):
            self._clock.sleep(_PERSON)
            if self.status == "UPDATE_ROLLBACK_FAILED":
                self.roll_back()
            elif self.status in ("ROLLBACK_FAILED", "DELETE_FAILED"):
                self.delete()

    # Their parts

    def _forward(self, wanted: Mapping[str, Mapping[str, Any]], sibling_fails: bool) -> None:
        self._touched, self._garbage = [], []
        for name, properties in wanted.items():
            if name not in self.resources:
                self._touched.append(name)
                self._make(name, properties)
            elif self.resources[name].properties != properties:
                self._touched.append(name)
                self._change(name, properties)
        if sibling_fails:
            raise Failed("a sibling")

    def _make(self, name: str, properties: Mapping[str, Any]) -> None:
        self._record(name, "", "CREATE_IN_PROGRESS")
        try:
            answer = self._ask("Create", Resource(name, "", properties))
        except Failed as failed:
            made_up = f"{self.name}-{name}-1ABCDEFGHIJK"
            left = Resource(name, failed.physical_id or made_up, properties)
            self.resources[name] = left
            self._record(name, left.physical_id, "CREATE_FAILED", str(failed))
            raise
        self.resources[name] = Resource(
            name, answer["PhysicalResourceId"], properties, answer["Data"]
        )
        self._record(name, answer["PhysicalResourceId"], "CREATE_COMPLETE")

    def _change(self, name: str, properties: Mapping[str, Any]) -> None:
        before, back = self.resources[name], "ROLLBACK" in self.status
        self._record(name, before.physical_id, "UPDATE_IN_PROGRESS")
        try:
            answer = self._ask("Update", replace(before, properties=properties), before.properties)
        except Failed as failed:
            # The id of a FAILED answer counts (F3).
            left = failed.physical_id or before.physical_id
            tried = before.properties if back else properties
            self.resources[name] = Resource(name, left, tried, before.data)
            self._record(name, left, "UPDATE_FAILED", str(failed))
            raise
        after = Resource(name, answer["PhysicalResourceId"], properties, answer["Data"])
        if after.physical_id != before.physical_id:
            self._garbage.append(before)
        self.resources[name] = after
        self._record(name, after.physical_id, "UPDATE_COMPLETE")

    def _remove(self, resource: Resource) -> bool:
        self._record(resource.logical_id, resource.physical_id, "DELETE_IN_PROGRESS")
        try:
            self._ask("Delete", resource)
        except Failed as failed:
            self._record(resource.logical_id, resource.physical_id, "DELETE_FAILED", str(failed))
            return False
        self._record(resource.logical_id, resource.physical_id, "DELETE_COMPLETE")
        return True

    def _remove_all(self) -> bool:
        for name in reversed(list(self.resources)):
            if not self._remove(self.resources[name]):
                return False
            del self.resources[name]
        return True

    def _clean_up(self, garbage: list[Resource]) -> None:
        # A Delete that fails in a cleanup is given up (A7).
        for one in garbage:
            if not self._remove(one):
                names = one.properties.get("Functions", ())
                alias = one.properties["AliasName"]
                self.abandoned += [one.physical_id, *(f":{name}:{alias}" for name in names)]

    def _ask(
        self, kind: str, resource: Resource, old: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        self._clock.sleep(_STEP)
        number = self._number()
        event: dict[str, Any] = {
            "RequestType": kind,
            "RequestId": f"{number:08d}-5a5c-4c1e-9d52-0123456789ab",
            "ResponseURL": (
                f"https://cloudformation-custom-resource-response-{REGION.replace('-', '')}"
                f".s3.{REGION}.amazonaws.com/{number}"
                f"?X-Amz-Date={self._clock.moment():%Y%m%dT%H%M%SZ}&X-Amz-Expires=7200"
            ),
            "ResourceType": RELEASE_TYPE if "Functions" in resource.properties else TYPE,
            "LogicalResourceId": resource.logical_id,
            "StackId": self.id,
            "ServiceToken": PROVIDER,
            "ResourceProperties": {"ServiceToken": PROVIDER, **resource.properties},
        }
        if kind != "Create":
            event["PhysicalResourceId"] = resource.physical_id
        if old is not None:
            event["OldResourceProperties"] = {"ServiceToken": PROVIDER, **old}
        back = "ROLLBACK" in self.status or self._restores
        request = Request(event, number, back, float(int(self._clock.now)))
        self._send(request)
        request.over = True
        if request.cancelled:
            raise Failed("Resource update cancelled" if old else "Resource creation cancelled")
        if not request.answer:
            raise Failed("CloudFormation did not receive a response from your Custom Resource")
        if request.answer["Status"] != "SUCCESS":
            raise Failed(request.answer["Reason"], request.answer["PhysicalResourceId"])
        return request.answer

    # What it shows

    def _turn(self, status: str) -> None:
        if self.status != status:
            self._clock.sleep(_TURN)
            self.updated, self.was_updated = self._clock.moment(), True
            self._set(status)

    def _end(self, well: bool, good: str, bad: str) -> None:
        self._set(good if well else bad)

    @property
    def reason(self) -> str:
        """Give the newest reason of a failure."""
        return next(
            (
                one["ResourceStatusReason"]
                for one in reversed(self.events)
                if one["ResourceStatusReason"]
            ),
            "",
        )

    def _set(self, status: str) -> None:
        self._clock.sleep(_STEP)
        self.status = status
        self._record(self.name, self.id, status)

    def turn_back(self) -> None:
        """Show that the operation under way has failed, while a request is still out."""
        back = "ROLLBACK_IN_PROGRESS"
        self._turn(back if self.status.startswith("CREATE") else f"UPDATE_{back}")

    def _record(self, name: str, physical_id: str, status: str, reason: str = "") -> None:
        itself = name == self.name
        self.events.append({
            "StackId": self.id,
            "EventId": f"{name}-{status}-{len(self.events)}",
            "StackName": self.name,
            "LogicalResourceId": name,
            "PhysicalResourceId": physical_id,
            "ResourceType": "AWS::CloudFormation::Stack" if itself else TYPE,
            "Timestamp": _date(self._clock.moment()),
            "ResourceStatus": status,
            "ResourceStatusReason": reason,
        })  # fmt: skip

    def describe(self) -> str:
        """Answer DescribeStacks."""
        fields = {
            "StackId": self.id,
            "StackName": self.name,
            "CreationTime": _date(self.created),
            "StackStatus": self.status,
        }
        if self.was_updated:
            fields["LastUpdatedTime"] = _date(self.updated)
        return _answer("DescribeStacks", "Stacks", [fields])

    def describe_events(self) -> str:
        """Answer DescribeStackEvents, newest first."""
        return _answer("DescribeStackEvents", "StackEvents", self.events[::-1])


def _date(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _answer(action: str, members: str, items: list[dict[str, str]]) -> str:
    listed = "".join(
        "<member>" + "".join(f"<{k}>{escape(v)}</{k}>" for k, v in one.items() if v) + "</member>"
        for one in items
    )
    return (
        f'<{action}Response xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">'
        f"<{action}Result><{members}>{listed}</{members}></{action}Result>"
        f"<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></{action}Response>"
    )
