"""What happens to the aliases when a stack operation does not end well by itself."""

import pytest

from tests.e2e.account import BROKEN, Account, fails_after, promotion, released, template


def test_what_moved_before_a_failure_without_rollback_stays_until_it_is_rolled_back_by_hand(
    account: Account,
) -> None:
    name = released(account)
    before = account.alias(name, "prod")
    after_prod = {"DependsOn": "Prod"}
    broken = template("b", Prod=promotion("prod", Triggers="2"), Broken=BROKEN | after_prod)

    account.begin("orders-app", broken, disable_rollback=True)

    assert account.settled("orders-app")["StackStatus"] == "UPDATE_FAILED"
    assert account.answer(name, "prod") == "b"
    account.stacks.rollback_stack(StackName="orders-app")
    assert account.settled("orders-app")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert account.alias(name, "prod") == before


@pytest.mark.parametrize("name", ["FunctionName", "AliasName"])
def test_another_name_that_failed_without_rollback_leaves_prod_as_it_was(
    account: Account, name: str
) -> None:
    function = released(account)
    before, versions = account.alias(function, "prod"), account.versions(function)
    account.lambda_.create_alias(FunctionName=function, Name="theirs", FunctionVersion="1")
    wrong = {"FunctionName": "orders-typo"} if name == "FunctionName" else {"AliasName": "theirs"}
    new = promotion("prod", Triggers="2")
    new["Properties"] |= wrong
    depends = {"DependsOn": "Function"}

    account.begin("orders-app", template("b", Prod=new | depends), disable_rollback=True)

    assert account.settled("orders-app")["StackStatus"] == "UPDATE_FAILED"
    assert account.reasons("orders-app", "Prod")
    assert account.alias(function, "prod") == before
    assert account.versions(function) == versions


def test_a_rollback_to_a_version_that_is_gone_fails_in_words_and_can_be_skipped(
    account: Account,
) -> None:
    name = released(account)
    moved = promotion("prod", Triggers="2")
    account.begin("orders-app", template("b", Prod=moved, **fails_after(1, DependsOn="Prod")))
    account.wait_for(lambda: (account.alias(name, "prod") or ["1"])[0] == "2")
    account.lambda_.delete_function(FunctionName=name, Qualifier="1")

    stack = account.settled("orders-app")

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    [reason] = account.reasons("orders-app", "Prod")
    assert f"AliasName: prod of {name} still serves version 2" in reason
    account.stacks.continue_update_rollback(StackName="orders-app", ResourcesToSkip=["Prod"])
    assert account.settled("orders-app")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert (account.alias(name, "prod") or [""])[0] == "2"


def test_a_stack_is_deleted_although_a_person_deleted_the_function_before(
    account: Account,
) -> None:
    name = released(account)
    account.lambda_.delete_function(FunctionName=name)

    assert account.delete("orders-app") == "DELETE_COMPLETE"
