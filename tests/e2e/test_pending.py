"""A promotion whose new version stays Pending: it is cancelled meanwhile, or out of time."""

import json
from dataclasses import replace

import pytest

from local.settings import Settings
from tests.e2e.account import PROVIDER, Account, fails_after, outputs, promotion, released, template
from tests.e2e.conftest import EITHER_WAY

PUBLISHING = 1.5


@pytest.fixture(
    scope="module",
    params=EITHER_WAY,
    ids=["one way", "the other way"],
)
def settings(request: pytest.FixtureRequest) -> Settings:
    """A new version is Pending for a moment, so that a promotion can be overtaken."""
    found: Settings = request.param
    return replace(found, publishing=PUBLISHING)


def create_is_over(account: Account) -> bool:
    """Tell whether the Create has ended, though CloudFormation may have left it behind."""
    log = account.engine.logs.get("lambda-alias-promotion", "").splitlines()
    entries = [json.loads(line) for line in log]
    ended = [
        one["stack_id"] for one in entries if "http" in one and one["request_type"] == "Create"
    ]
    return any("stack/orders-promotion/" in stack_id for stack_id in ended)


def test_a_create_that_is_cancelled_while_its_version_is_pending_makes_no_alias(
    account: Account,
) -> None:
    name = outputs(account.deploy("orders-app", template("a")))["Function"]
    # A provider that is still starting could look only when the stack has turned back already.
    account.lambda_.invoke(FunctionName=PROVIDER, Qualifier="live", Payload=b"{}")
    resources = {"Prod": promotion("prod", FunctionName=name), **fails_after(1)}

    stack = account.deploy("orders-promotion", {"Resources": resources})

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    account.wait_for(lambda: create_is_over(account))
    assert account.versions(name) == ["1"]
    assert account.alias(name, "prod") is None


def test_an_update_that_is_cancelled_while_its_version_is_pending_moves_nothing(
    account: Account,
) -> None:
    name = released(account)
    before = account.alias(name, "prod")
    moved = promotion("prod", Triggers="2")

    stack = account.deploy(
        "orders-app", template("b", Prod=moved, **fails_after(1, DependsOn="Function"))
    )

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    account.wait_for(lambda: account.versions(name) == ["1", "2"])
    assert account.alias(name, "prod") == before


def test_a_wait_that_is_longer_than_the_provider_lives_is_answered_before_it_ends(
    account: Account,
) -> None:
    # The provider keeps 15 seconds of its time for the answer: one is left to wait in.
    account.install_provider(timeout=16)

    stack = account.deploy("orders-app", template("a", Prod=promotion("prod")))

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    [reason] = account.reasons("orders-app", "Prod")
    assert "Message returned: ServiceTimeout: " in reason
    assert "The provider could not answer" not in reason
