"""Old versions go after a release, by the provider's own role, and what is needed stays."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.e2e.account import BROKEN, PROVIDER, Account, promotion, released, template


def stages(code: str, keep: int = 3, **more: Any) -> dict[str, Any]:
    """Declare dev, which publishes and prunes, and prod, which stays on version 1."""
    return template(
        code,
        Dev=promotion("dev", Triggers=code, DependsOn="Prod", RetainVersions=keep),
        Prod=promotion("prod", SourceQualifier="1"),
        **more,
    )


def publish(account: Account, function: str, many: int) -> None:
    for number in range(many):
        account.lambda_.update_function_configuration(
            FunctionName=function, Description=str(number)
        )
        account.lambda_.publish_version(FunctionName=function)


def test_old_versions_go_after_a_release_and_what_is_needed_stays(account: Account) -> None:
    name = released(account)
    publish(account, name, 51)
    account.lambda_.create_event_source_mapping(
        FunctionName=f"{name}:7", EventSourceArn="arn:aws:sqs:eu-west-1:123456789012:orders"
    )
    account.lambda_.put_provisioned_concurrency_config(
        FunctionName=name, Qualifier="8", ProvisionedConcurrentExecutions=1
    )

    stack = account.deploy("orders-app", stages("b", keep=45))

    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert account.versions(name) == ["1", "7", "8", *map(str, range(9, 54))]
    assert [account.answer(name, alias) for alias in ("dev", "prod")] == ["b", "a"]


def test_a_stack_that_fails_after_a_release_that_pruned_rolls_back(account: Account) -> None:
    name = released(account)
    for code in "bcdef":
        account.deploy("orders-app", stages(code))
    before = account.alias(name, "dev")

    fails = {**BROKEN, "DependsOn": "Dev"}
    stack = account.deploy("orders-app", stages("g", Fails=fails))

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert account.alias(name, "dev") == before
    assert account.answer(name, "dev") == "f"
    assert account.versions(name) == ["1", "5", "6", "7"]


def test_the_providers_role_can_delete_a_version_but_not_the_function(account: Account) -> None:
    name = released(account)
    publish(account, name, 1)
    role = account.lambda_.get_function(FunctionName=PROVIDER)["Configuration"]["Role"]
    provider = account.engine.client_of_role(role, "lambda")

    with pytest.raises(ClientError, match="AccessDenied"):
        provider.delete_function(FunctionName=name)
    with pytest.raises(ClientError, match="explicit deny"):
        provider.delete_function(FunctionName=PROVIDER, Qualifier="1")
    provider.delete_function(FunctionName=name, Qualifier="2")

    assert account.versions(name) == ["1"]
