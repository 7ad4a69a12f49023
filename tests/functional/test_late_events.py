"""Events that belong to an operation that is over change nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handler.direction import Stack
from tests.functional.conftest import PROD, Provider, build, signed

FORWARD = "UPDATE_IN_PROGRESS"


def ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)


def request(provider: Provider, kind: str) -> dict[str, Any]:
    event = provider.update_event(build(2), build(3))
    return event | {"RequestType": kind}


@pytest.mark.parametrize("kind", ["Create", "Update"])
@pytest.mark.parametrize(
    "status",
    [
        "UPDATE_COMPLETE",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "ROLLBACK_FAILED",
        "DELETE_COMPLETE",
    ],
)
def test_a_request_after_its_operation_changes_nothing(
    released: Provider, kind: str, status: str
) -> None:
    before = released.aws.functions["orders"].aliases["prod"]
    released.aws.stack = Stack(status)
    answer = released.send(request(released, kind))
    assert "belongs to a stack operation that is over" in answer["Reason"]
    assert "HandlerErrorCode: ResourceConflict" in answer["Reason"]
    assert released.aws.functions["orders"].aliases["prod"] == before


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
@pytest.mark.parametrize(
    ("signed_at", "begun", "late"),
    [
        pytest.param(ago(30), ago(20), True, id="older than the operation under way"),
        pytest.param(ago(30), ago(29.5), False, id="older by what two clocks may differ"),
        pytest.param(ago(30), ago(40), False, id="younger than the operation"),
        pytest.param(ago(30), None, False, id="nobody knows when the operation began"),
        pytest.param(ago(3700), ago(3800), True, id="older than ServiceTimeout"),
    ],
)
def test_a_request_of_an_earlier_operation_changes_nothing(
    released: Provider, kind: str, signed_at: datetime, begun: datetime | None, late: object
) -> None:
    before = released.alias()
    released.aws.stack = Stack(FORWARD, begun)
    event = request(released, kind) | {"ResponseURL": signed("late", signed_at)}
    answer = released.send(event)
    assert ("that is over" in answer["Reason"]) == late
    assert (released.alias() == before) == late


def test_service_timeout_says_when_a_request_is_too_old(released: Provider) -> None:
    event = released.update_event(build(2), build(3, ServiceTimeout="60"))
    answer = released.send(event | {"ResponseURL": signed("late", ago(70))})
    assert "belongs to a stack operation that is over" in answer["Reason"]
    assert released.aws.calls == []


def test_a_url_without_a_date_is_never_too_old(released: Provider) -> None:
    event = released.update_event(build(2), build(3))
    released.aws.stack = Stack(FORWARD, ago(0))
    assert (
        released.send(event | {"ResponseURL": "https://answers.invalid/1"})["Status"] == "SUCCESS"
    )


def test_a_failed_late_update_answers_with_the_id_that_it_got(released: Provider) -> None:
    released.aws.stack = Stack("UPDATE_COMPLETE")
    assert released.send(request(released, "Update"))["PhysicalResourceId"] == PROD.arn
