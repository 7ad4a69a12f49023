"""An Update that takes back one that failed, while the stack reads UPDATE_IN_PROGRESS.

CloudFormation sends it with `--disable-rollback`, where the stack never turns back.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from handler.direction import Stack
from handler.errors import NetworkFailure, Throttling
from handler.invocations import Reply
from tests.functional.conftest import BETA, PROD, Provider, build

PROVISIONED = {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": "1"}}
UNTESTED = {"SmokeTest": {"Payload": "{}"}}


def restore(provider: Provider, failed: dict[str, Any], good: dict[str, Any]) -> dict[str, Any]:
    """Send it within the operation that failed."""
    provider.aws.stack = Stack("UPDATE_IN_PROGRESS", provider.begun)
    return provider.carry_out(provider.update_event(failed, good))


def lose_the_answer(provider: Provider, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Release, and let the stack hear nothing of it."""
    provider.begun = datetime.now(UTC)
    provider.aws.note("Prod", "UPDATE_IN_PROGRESS")
    provider.aws.stack = Stack("UPDATE_IN_PROGRESS", provider.begun)
    assert provider.send(provider.update_event(old, new))["Status"] == "SUCCESS"
    provider.aws.note("Prod", "UPDATE_FAILED")


@pytest.mark.parametrize(
    "failed",
    [
        pytest.param({"FunctionName": "ordesr"}, id="a function that is not there"),
        pytest.param({"FunctionName": "not a name"}, id="no name of a function"),
        pytest.param({"AliasName": "beta"}, id="an alias of somebody else"),
        pytest.param({"AliasName": "live", **UNTESTED}, id="another alias, whose test fails"),
    ],
)
def test_after_another_name_that_failed_the_alias_is_as_it_was(
    released: Provider, failed: dict[str, Any]
) -> None:
    released.move("1", "beta")
    released.aws.replies["orders"] = Reply("no stock", failed=True)
    before, versions = released.alias(), set(released.aws.functions["orders"].versions)
    assert released.update(build(2), build(3, **failed))["Status"] == "FAILED"
    published = set(released.aws.functions["orders"].versions)

    answer = restore(released, build(3, **failed), build(2))

    assert (answer["Status"], answer["Data"]["Version"]) == ("SUCCESS", "2")
    assert released.alias() == before
    assert set(released.aws.functions["orders"].versions) == published >= versions


def test_an_update_whose_event_cannot_be_read_yet_restores_all_the_same(
    released: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = released.alias()
    lose_the_answer(released, build(2), build(3))
    monkeypatch.setattr(
        released.aws, "sleep", lambda _: released.aws.note("Prod", "UPDATE_IN_PROGRESS")
    )

    answer = released.send(released.update_event(build(3), build(2)))

    assert (answer["Status"], answer["Data"]["Version"]) == ("SUCCESS", "2")
    assert released.alias() == before


def test_the_alias_is_deleted_with_its_stack_after_that(released: Provider) -> None:
    typo = build(3, FunctionName="ordesr")
    released.update(build(2), typo)
    restore(released, typo, build(2))

    released.delete(PROD.arn, **build(2))

    assert released.alias() is None


def test_where_that_failed_too_the_next_release_goes_forward(released: Provider) -> None:
    typo = build(3, FunctionName="ordesr")
    released.update(build(2), typo)
    released.aws.fail("UpdateAlias", Throttling("FunctionName: too many requests"))
    assert restore(released, typo, build(2))["Status"] == "FAILED"

    answer = released.update(typo, build(4))

    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", PROD.arn)
    assert released.lineage() == "3 2 1"


def test_a_release_of_a_name_whose_rollback_was_skipped_deletes_no_alias(
    provider: Provider,
) -> None:
    provider.create(**build(1))
    provider.aws.deploy("orders", "code-2")
    renamed = build(2, AliasName="beta")
    assert provider.update(build(1), renamed)["PhysicalResourceId"] == BETA.arn
    # CloudFormation was told to skip it: it has the old properties, and the new id.
    before = provider.alias()

    assert provider.update(build(1), renamed, physical_id=BETA.arn)["Status"] == "SUCCESS"

    assert provider.alias() == before


@pytest.mark.parametrize("failed", [UNTESTED, {"FunctionName": "ordesr"}], ids=["test", "name"])
def test_an_alias_that_was_deleted_by_hand_is_not_made_by_a_way_back(
    released: Provider, failed: dict[str, Any]
) -> None:
    released.aws.functions["orders"].aliases.clear()
    released.aws.replies["orders"] = Reply("no stock", failed=True)
    assert released.update(build(2), build(3, **failed))["Status"] == "FAILED"
    published = set(released.aws.functions["orders"].versions)

    assert restore(released, build(3, **failed), build(2))["Status"] == "SUCCESS"

    assert released.alias() is None
    assert set(released.aws.functions["orders"].versions) == published


def test_an_alias_that_was_made_anew_is_deleted(released: Provider) -> None:
    released.aws.functions["orders"].aliases.clear()
    lose_the_answer(released, build(2), build(3))
    released.aws.deploy("orders", "code-4")

    assert restore(released, build(3), build(2))["Status"] == "SUCCESS"

    assert released.alias() is None


def test_an_alias_that_was_adopted_anew_is_given_back(released: Provider) -> None:
    released.aws.functions["orders"].aliases.clear()
    released.move("1")
    adopts = {"AdoptExisting": "true"}
    lose_the_answer(released, build(2, **adopts), build(3, **adopts))

    assert restore(released, build(3, **adopts), build(2, **adopts))["Status"] == "SUCCESS"

    found = released.alias()
    assert found
    assert (found.version, found.description) == ("1", "By hand")


def test_the_first_update_after_an_adoption_goes_forward(provider: Provider) -> None:
    provider.publish("code-0")
    provider.move("1")
    adopts = {"AdoptExisting": "true"}
    provider.aws.deploy("orders", "code-1")
    provider.create(**build(1, **adopts))
    provider.aws.deploy("orders", "code-2")

    assert provider.update(build(1, **adopts), build(2, **adopts))["Status"] == "SUCCESS"

    assert provider.lineage() == "3 2 | 1"


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", None], ids=["readable", "unreadable"])
def test_a_way_back_whose_answer_is_lost_is_not_undone(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, status: str | None
) -> None:
    one, two = build(1, **PROVISIONED), build(2, **PROVISIONED)
    provider.create(**one)
    provider.aws.deploy("orders", "code-2")
    lose_the_answer(provider, one, two)
    repoint = provider.aws.repoint_alias

    def repoint_unheard(*arguments: Any) -> Any:
        repoint(*arguments)
        raise NetworkFailure("FunctionName: no answer")

    monkeypatch.setattr(provider.aws, "repoint_alias", repoint_unheard)
    provider.aws.stack = Stack(status, provider.begun) if status else Stack()

    answer = provider.carry_out(provider.update_event(two, one))

    assert answer["Status"] == "FAILED"
    assert provider.lineage() == "1"


def test_a_way_back_that_is_refused_leaves_the_alias(released: Provider) -> None:
    lose_the_answer(released, build(2), build(3))
    released.aws.fail("UpdateAlias", Throttling("FunctionName: too many requests"))

    assert restore(released, build(3), build(2))["Status"] == "FAILED"

    assert released.lineage() == "3 2 1"
