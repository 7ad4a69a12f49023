"""Provisioned concurrency of a version, as the gateway reads and writes it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from handler import errors
from handler.capacity import Provisioned
from handler.gateway import Gateway
from tests.unit.conftest import Answer, Until, Wire, refused

NONE = refused(404, "ProvisionedConcurrencyConfigNotFoundException", "No Config found")
PATH = "/orders/provisioned-concurrency?Qualifier=7"


def config(status: str, **more: str) -> Answer:
    return Answer(200, {"RequestedProvisionedConcurrentExecutions": 5, "Status": status, **more})


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (config("IN_PROGRESS"), Provisioned(5, "IN_PROGRESS")),
        (config("READY"), Provisioned(5, "READY")),
        (config("FAILED", StatusReason="INIT"), Provisioned(5, "FAILED", "INIT")),
        (NONE, None),
        (refused(404, "ResourceNotFoundException"), None),
    ],
    ids=["in progress", "ready", "failed", "none", "no version"],
)
def test_a_versions_provisioned_concurrency_is_read(
    aws: Gateway, wire: Wire, answer: Answer, found: Provisioned | None
) -> None:
    wire.answers = [answer]
    assert aws.get_provisioned_concurrency("orders", "7") == found
    assert wire.sent == [f"GET {PATH}"]


def test_provisioned_concurrency_is_asked_for_a_version(aws: Gateway, wire: Wire) -> None:
    wire.answers = [Answer(202, {})]
    aws.put_provisioned_concurrency("orders", "7", 5)
    assert wire.sent == [f"PUT {PATH}"]
    assert json.loads(wire.bodies[0]) == {"ProvisionedConcurrentExecutions": 5}


@pytest.mark.parametrize("answer", [Answer(204, ""), NONE], ids=["204", "404"])
def test_provisioned_concurrency_is_taken_and_may_be_gone(
    aws: Gateway, wire: Wire, answer: Answer
) -> None:
    wire.answers = [answer]
    aws.delete_provisioned_concurrency("orders", "7")
    assert wire.sent == [f"DELETE {PATH}"]


CALLS: list[tuple[str, Callable[[Gateway], object]]] = [
    ("Get", lambda aws: aws.get_provisioned_concurrency("orders", "7")),
    ("Put", lambda aws: aws.put_provisioned_concurrency("orders", "7", 5)),
    ("Delete", lambda aws: aws.delete_provisioned_concurrency("orders", "7")),
]
every_call = pytest.mark.parametrize(("name", "call"), CALLS, ids=[name for name, _ in CALLS])


@every_call
@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (409, "ResourceConflictException", errors.ResourceConflict),
        (400, "InvalidParameterValueException", errors.InvalidRequest),
        (403, "AccessDeniedException", errors.AccessDenied),
    ],
)
def test_an_error_names_the_property(
    aws: Gateway,
    wire: Wire,
    name: str,
    call: Callable[[Gateway], Any],
    status: int,
    code: str,
    kind: type[errors.PromotionError],
) -> None:
    wire.answers = [refused(status, code)]
    action = f"lambda:{name}ProvisionedConcurrencyConfig"
    with pytest.raises(kind, match=f"^ProvisionedConcurrencyConfig: {action} on orders:7: "):
        call(aws)


@every_call
def test_no_request_leaves_after_the_deadline(
    aws: Gateway, wire: Wire, until: Until, name: str, call: Callable[[Gateway], Any]
) -> None:
    with until(0), pytest.raises(errors.ServiceTimeout):
        call(aws)
    assert wire.sent == [], name
