"""A late Update is told from a rollback's by the resource's own stack events."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handler.direction import Stack
from handler.errors import AccessDenied
from handler.history import ResourceEvent
from tests.functional.conftest import PROD, Provider, build, signed

FORWARD, BACK = "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"
FIRST, SECOND = {"SourceQualifier": "1"}, {"SourceQualifier": "2"}
# A whole second: X-Amz-Date is cut to one.
T0 = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=60)
UPDATE_BEGUN, SIGNED, CANCELLED, ROLLBACK_BEGUN, SENT_BACK, RESTORED = (
    T0 + timedelta(seconds=seconds) for seconds in (0, 1.2, 3, 3.5, 4, 6)
)
"""The moments of an update that is rolled back."""


def seen(*events: tuple[str, datetime]) -> list[tuple[str, ResourceEvent]]:
    """Give the events of Prod, newest first, among one of another resource."""
    other = ("Beta", ResourceEvent("UPDATE_COMPLETE", RESTORED))
    return [other, *(("Prod", ResourceEvent(*event)) for event in events)]


SENT = ("UPDATE_IN_PROGRESS", UPDATE_BEGUN + timedelta(seconds=1))
ENDED = ("UPDATE_FAILED", CANCELLED)
DONE = ("UPDATE_COMPLETE", CANCELLED)
GOING_BACK = ("UPDATE_IN_PROGRESS", SENT_BACK)
BACK_AGAIN = ("UPDATE_COMPLETE", RESTORED)


@pytest.fixture
def pinned(provider: Provider) -> Provider:
    """prod serves version 2, which it was moved to from version 1."""
    provider.publish("code-1", "code-2")
    provider.create(**FIRST)
    provider.update(FIRST, SECOND)
    return provider


def at(moment: datetime, event: dict[str, Any]) -> dict[str, Any]:
    return event | {"ResponseURL": signed(event["RequestId"], moment)}


def return_to_first(provider: Provider) -> dict[str, Any]:
    """The Update that was sent forward: it pins what prod served before."""
    return at(SIGNED, provider.update_event(SECOND, FIRST))


@pytest.mark.parametrize("begun", [UPDATE_BEGUN, ROLLBACK_BEGUN], ids=["update", "rollback"])
@pytest.mark.parametrize(
    "events",
    [
        pytest.param(seen(ENDED, SENT), id="before the rollback reaches the resource"),
        pytest.param(seen(DONE, SENT), id="before the rollback reaches the resource, it was done"),
        pytest.param(seen(GOING_BACK, ENDED, SENT), id="while the resource is rolled back"),
        pytest.param(seen(BACK_AGAIN, GOING_BACK, ENDED, SENT), id="when it was rolled back"),
    ],
)
def test_a_forward_update_that_comes_while_the_stack_rolls_back_changes_nothing(
    pinned: Provider, events: list[tuple[str, ResourceEvent]], begun: datetime
) -> None:
    before = pinned.aws.functions["orders"].aliases["prod"]
    pinned.aws.events, pinned.aws.stack = events, Stack(BACK, begun)
    answer = pinned.send(return_to_first(pinned))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", PROD.arn)
    assert "HandlerErrorCode: ResourceConflict" in answer["Reason"]
    assert pinned.aws.functions["orders"].aliases["prod"] == before


@pytest.mark.parametrize("begun", [UPDATE_BEGUN, ROLLBACK_BEGUN], ids=["update", "rollback"])
@pytest.mark.parametrize("written", [True, False], ids=["written", "never written"])
@pytest.mark.parametrize(
    "events",
    [
        pytest.param(seen(GOING_BACK, ENDED, SENT), id="its own event is the newest"),
        pytest.param(seen(GOING_BACK), id="nothing else can be read"),
        pytest.param(seen(ENDED, SENT), id="its own event can't be read yet"),
        pytest.param(seen(), id="none of the resource can be read yet"),
        pytest.param(None, id="no event can be read"),
    ],
)
def test_the_rollbacks_own_update_counts(
    pinned: Provider,
    events: list[tuple[str, ResourceEvent]] | None,
    begun: datetime,
    *,
    written: bool,
) -> None:
    before = pinned.alias()
    if written:
        pinned.update(SECOND, FIRST)
    pinned.aws.events, pinned.aws.stack = events, Stack(BACK, begun)
    event = at(SENT_BACK, pinned.update_event(FIRST, SECOND))
    assert pinned.send(event)["Status"] == "SUCCESS"
    assert pinned.alias() == before


def test_the_rollbacks_own_update_counts_though_its_event_is_late(
    pinned: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = pinned.alias()
    pinned.update(SECOND, FIRST)
    now = datetime.now(UTC).replace(microsecond=0)
    ended = ("UPDATE_FAILED", now)
    pinned.aws.events, pinned.aws.stack = seen(ended, SENT), Stack(BACK, UPDATE_BEGUN)
    event = at(now, pinned.update_event(FIRST, SECOND))

    def sleep(_seconds: float) -> None:
        pinned.aws.events = seen(("UPDATE_IN_PROGRESS", now), ended, SENT)

    monkeypatch.setattr(pinned.aws, "sleep", sleep)
    assert pinned.send(event)["Status"] == "SUCCESS"
    assert pinned.alias() == before


def test_a_duplicate_after_the_rollback_changes_nothing_and_the_stack_can_go_on(
    pinned: Provider,
) -> None:
    before = pinned.alias()
    late = return_to_first(pinned)
    pinned.aws.events, pinned.aws.stack = seen(SENT), Stack(FORWARD, UPDATE_BEGUN)
    assert pinned.send(late)["Data"]["Version"] == "1"
    back = at(SENT_BACK, pinned.update_event(FIRST, SECOND))
    pinned.aws.events, pinned.aws.stack = seen(GOING_BACK, DONE, SENT), Stack(BACK, ROLLBACK_BEGUN)
    assert pinned.send(back)["Status"] == "SUCCESS"
    assert pinned.send(late)["Status"] == "FAILED"
    assert pinned.alias() == before
    assert pinned.update(SECOND, FIRST)["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("begun", "late"),
    [
        pytest.param(SIGNED + timedelta(seconds=0.5), False, id="in the second of the signature"),
        pytest.param(SIGNED + timedelta(seconds=0.8), True, id="in the next second"),
        pytest.param(UPDATE_BEGUN, False, id="before"),
        pytest.param(None, False, id="nobody knows when"),
    ],
)
@pytest.mark.parametrize("events", [None, []], ids=["unreadable", "none"])
def test_without_events_the_beginning_of_the_rollback_decides(
    pinned: Provider,
    events: list[tuple[str, ResourceEvent]] | None,
    begun: datetime | None,
    *,
    late: bool,
) -> None:
    before = pinned.alias()
    pinned.aws.events, pinned.aws.stack = events, Stack(BACK, begun)
    answer = pinned.send(return_to_first(pinned))
    assert (answer["Status"] == "FAILED") == late
    assert (pinned.alias() == before) == late


@pytest.mark.parametrize(
    ("events", "status"), [(seen(GOING_BACK), "SUCCESS"), (seen(ENDED), "FAILED")]
)
def test_a_url_without_a_date_counts_while_the_resource_is_under_way(
    pinned: Provider, events: list[tuple[str, ResourceEvent]], status: str
) -> None:
    pinned.aws.events, pinned.aws.stack = events, Stack(BACK, UPDATE_BEGUN)
    event = pinned.update_event(SECOND, FIRST) | {"ResponseURL": "https://answers.invalid/1"}
    assert pinned.send(event)["Status"] == status


# --- with --disable-rollback the stack reads UPDATE_IN_PROGRESS while a resource is restored

OLD, FAILED = build(2), build(3)
EARLIER_FAILURE = ("UPDATE_FAILED", UPDATE_BEGUN - timedelta(seconds=9))


@pytest.mark.parametrize("status", [FORWARD, None])
def test_an_update_that_restores_what_failed_goes_back(
    released: Provider, status: str | None
) -> None:
    before = released.alias()
    released.update(OLD, FAILED)
    released.aws.deploy("orders", "code-4")
    released.aws.events = seen(GOING_BACK, ENDED, SENT)
    released.aws.stack = Stack(status, UPDATE_BEGUN) if status else Stack()
    answer = released.send(at(SENT_BACK, released.update_event(FAILED, OLD)))
    assert answer["Data"]["Version"] == "2"
    assert released.alias() == before
    assert list(released.aws.functions["orders"].versions) == ["1", "2", "3"]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(seen(GOING_BACK, EARLIER_FAILURE), id="it failed in an operation before"),
        pytest.param(seen(GOING_BACK), id="nothing failed"),
        pytest.param(seen(), id="nothing of the resource"),
        pytest.param(None, id="unreadable"),
    ],
)
def test_a_return_to_a_release_of_before_goes_forward(
    released: Provider, events: list[tuple[str, ResourceEvent]] | None
) -> None:
    released.aws.events, released.aws.stack = events, Stack(FORWARD, UPDATE_BEGUN)
    answer = released.send(at(SENT_BACK, released.update_event(OLD, build(1))))
    assert answer["Data"]["Version"] == "3"
    assert released.lineage() == "3 2 1"


@pytest.mark.parametrize("status", [FORWARD, None])
@pytest.mark.parametrize(
    "events",
    [
        pytest.param(seen(ENDED, SENT), id="before it is restored"),
        pytest.param(seen(GOING_BACK, ENDED, SENT), id="while it is restored"),
    ],
)
def test_a_duplicate_of_the_update_that_failed_changes_nothing(
    pinned: Provider, events: list[tuple[str, ResourceEvent]], status: str | None
) -> None:
    before = pinned.alias()
    pinned.aws.events = events
    pinned.aws.stack = Stack(status, UPDATE_BEGUN) if status else Stack()
    assert "ResourceConflict" in pinned.send(return_to_first(pinned))["Reason"]
    assert pinned.alias() == before


def test_what_is_restored_does_not_fail_for_an_attribute(released: Provider) -> None:
    released.update(OLD, FAILED)
    released.aws.events = seen(GOING_BACK, ENDED, SENT)
    released.aws.stack = Stack(FORWARD, UPDATE_BEGUN)
    released.aws.fail("GetFunction", AccessDenied("no"))
    answer = released.send(at(SENT_BACK, released.update_event(FAILED, OLD)))
    assert (answer["Status"], answer["Data"]["CodeSha256"]) == ("SUCCESS", "")


def test_the_events_are_asked_for_only_where_they_can_decide(released: Provider) -> None:
    asked: list[str] = []
    released.aws.before["DescribeStackEvents"] = lambda: asked.append("")
    create = released.event("Create", {"FunctionName": "orders", "AliasName": "beta"})
    update = released.update_event(OLD, FAILED)
    for event in (create, create, update, update):
        released.aws.stack = Stack(FORWARD)
        assert released.send(event)["Status"] == "SUCCESS"
    released.update(FAILED, build(3, Description="x"))
    released.delete(**FAILED)
    assert asked == []
