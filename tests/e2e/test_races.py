"""A promotion's Update that reaches the provider at the wrong moment, through the whole engine."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handler.signature import read_signature
from local.cloudformation import custom
from local.cloudformation.errors import ResourceError
from local.cloudformation.operations import Operation
from local.cloudformation.resources.base import Made
from tests.e2e.account import BROKEN, Account, outputs, promotion, released, template

FIRST, SECOND = promotion("prod", SourceQualifier="1"), promotion("prod", SourceQualifier="2")

Send = Callable[[custom.LambdaCaller, str, Mapping[str, Any]], None]


def told(account: Account, event: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the log's lines of a request."""
    lines = account.engine.logs["lambda-alias-promotion"].splitlines()
    read = [json.loads(line) for line in lines if line.startswith("{")]
    return [line for line in read if line.get("request_id") == event["RequestId"]]


def pinned(account: Account) -> str:
    """Deploy prod on version 2, which it was moved to from version 1; give the function's name."""
    name = outputs(account.deploy("orders-app", template("a")))["Function"]
    account.lambda_.publish_version(FunctionName=name)
    account.deploy("orders-app", template("b"))
    account.lambda_.publish_version(FunctionName=name)
    for prod in (FIRST, SECOND):
        account.deploy("orders-app", template("b", Prod=prod))
    return name


@pytest.fixture
def forward(account: Account, monkeypatch: pytest.MonkeyPatch) -> list[Mapping[str, Any]]:
    """Takes the Update that goes forward; the stack rolls back a second after it was signed."""
    sent: list[Mapping[str, Any]] = []
    rollback: Callable[..., None] = Operation.rollback

    def in_the_next_second(operation: Operation, *given: Any) -> None:
        signed_at = read_signature(sent[0]).signed_at
        assert signed_at
        account.wait_for(lambda: datetime.now(UTC) > signed_at + timedelta(seconds=1))
        rollback(operation, *given)

    monkeypatch.setattr(Operation, "rollback", in_the_next_second)
    return sent


@pytest.mark.parametrize("order", ["before the rollback's own", "after the rollback's own, again"])
def test_a_forward_update_that_comes_while_the_stack_rolls_back_moves_nothing(
    account: Account,
    forward: list[Mapping[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    order: str,
) -> None:
    name = pinned(account)
    before = account.alias(name, "prod")
    send: Send = custom.LambdaCaller.send

    def handle(caller: custom.LambdaCaller, token: str, event: Mapping[str, Any]) -> None:
        seen = len(told(account, event))
        send(caller, token, event)
        done = {"written", "answered", "answer not accepted"}
        account.wait_for(
            lambda: any(line["message"] in done for line in told(account, event)[seen:])
        )

    def queue(caller: custom.LambdaCaller, token: str, event: Mapping[str, Any]) -> None:
        if event["RequestType"] != "Update":
            send(caller, token, event)
        elif forward:
            late = order.startswith("before")
            for each in (forward[0], event) if late else (event, forward[0]):
                handle(caller, token, each)
        else:
            forward.append(event)
            if order.startswith("after"):
                handle(caller, token, event)

    monkeypatch.setattr(custom.LambdaCaller, "send", queue)
    broken = BROKEN | {"DependsOn": "Function"}
    stack = account.deploy("orders-app", template("b", Prod=FIRST, Broken=broken))

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert account.alias(name, "prod") == before
    last = told(account, forward[0])[-1]
    assert last["status"] == "FAILED"
    assert "belongs to a stack operation that is over" in last["reason"]


def test_an_update_that_failed_after_it_moved_prod_is_taken_back_without_a_rollback(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = released(account)
    before = account.alias(name, "prod")
    made: Callable[[bytes, Mapping[str, Any]], Made] = vars(custom)["_made"]
    moved: list[Any] = []

    def lose(body: bytes, event: Mapping[str, Any]) -> Made:
        """Lose the first answer to an Update."""
        if event["RequestType"] == "Update" and not moved:
            moved.append(account.alias(name, "prod"))
            raise ResourceError("the answer was lost")
        return made(body, event)

    monkeypatch.setattr(custom, "_made", lose)
    account.begin(
        "orders-app",
        template("b", Prod=promotion("prod", Triggers="2")),
        disable_rollback=True,
    )

    assert account.settled("orders-app")["StackStatus"] == "UPDATE_FAILED"
    assert [version for version, _ in moved] == ["2"]
    assert account.alias(name, "prod") == before
    assert account.versions(name) == ["1", "2"]
