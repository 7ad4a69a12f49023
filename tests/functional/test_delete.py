"""What a Delete does: it touches nothing that is not ours."""

import re
import time
from dataclasses import replace
from typing import Any

import pytest

from handler.direction import Stack
from handler.errors import AccessDenied, NotFound
from tests.functional.conftest import ACCOUNT, BETA, PROD, Provider, build, given

BACK = "UPDATE_ROLLBACK_IN_PROGRESS"


def test_a_delete_deletes_our_alias_and_keeps_its_versions(released: Provider) -> None:
    answer = released.delete(**build(2))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", PROD.arn)
    assert released.alias() is None
    assert list(released.aws.functions["orders"].versions) == ["1", "2"]


def test_a_delete_delivered_twice_is_a_success_twice(released: Provider) -> None:
    assert [released.delete()["Status"] for _ in range(2)] == ["SUCCESS", "SUCCESS"]


def test_a_function_that_is_gone_stops_no_delete(released: Provider) -> None:
    released.aws.functions.clear()
    assert released.delete()["Status"] == "SUCCESS"


def test_an_alias_of_somebody_else_is_not_deleted(released: Provider) -> None:
    released.move("1", "beta")
    assert released.delete(BETA.arn)["Status"] == "SUCCESS"
    assert released.alias("beta")


@pytest.fixture
def adopted(provider: Provider) -> Provider:
    """prod stood on version 1 when it was adopted, and serves version 2 since."""
    provider.publish("code-1", "code-2")
    provider.move("1")
    provider.create(**build(1, AdoptExisting="true"))
    provider.aws.deploy("orders", "code-3")
    return provider


def test_an_adopted_alias_without_a_release_since_is_given_back(adopted: Provider) -> None:
    assert adopted.lineage() == "2 | 1"
    adopted.delete(**build(1))
    prod = adopted.alias()
    assert prod
    assert (prod.version, prod.description) == ("1", "By hand")


def test_an_adopted_alias_keeps_what_was_released_since_and_loses_our_mark(
    adopted: Provider,
) -> None:
    adopted.update(build(1), build(2))
    adopted.delete(**build(2))
    prod = adopted.alias()
    assert prod
    assert (prod.version, prod.description) == ("3", "By hand")


def test_an_adopted_alias_that_a_person_moved_since_stays_where_it_is(adopted: Provider) -> None:
    adopted.publish("code-3")
    adopted.move("3")
    adopted.delete(**build(1))
    prod = adopted.alias()
    assert prod
    assert (prod.version, prod.description) == ("3", "By hand")


def test_an_adopted_alias_is_given_back_while_rolling_back(adopted: Provider) -> None:
    adopted.update(build(1), build(2))
    adopted.delete(status=BACK, **build(2))
    prod = adopted.alias()
    assert prod
    assert (prod.version, prod.description) == ("1", "By hand")


def test_an_alias_adopted_from_another_resource_gets_its_owner_back(provider: Provider) -> None:
    theirs = provider.event("Create", {"FunctionName": "orders", "AliasName": "prod"})
    provider.send(theirs | {"LogicalResourceId": "Theirs"})
    before = provider.alias()
    provider.aws.deploy("orders", "code-2")
    provider.create(**build(1, AdoptExisting="true"))
    provider.delete(status="ROLLBACK_IN_PROGRESS", **build(1))
    assert provider.alias() == before


def test_an_adopted_alias_whose_version_from_before_is_gone_keeps_its_own(
    adopted: Provider,
) -> None:
    del adopted.aws.functions["orders"].versions["1"]
    assert adopted.delete(**build(1))["Status"] == "SUCCESS"
    prod = adopted.alias()
    assert prod
    assert (prod.version, prod.description) == ("2", "By hand")


def test_an_alias_whose_version_from_before_is_gone_gets_its_owner_back(provider: Provider) -> None:
    theirs = {"LogicalResourceId": "Theirs"}
    provider.send(provider.event("Create", given({})) | theirs)
    provider.aws.deploy("orders", "code-2")
    provider.create(**build(1, AdoptExisting="true"))
    del provider.aws.functions["orders"].versions["1"]
    provider.delete(**build(1))
    prod = provider.alias()
    assert prod
    assert prod.version == "2"
    provider.aws.stack = Stack("UPDATE_IN_PROGRESS")
    update = provider.update_event({}, {"Triggers": "2"}) | theirs
    assert provider.send(update)["Status"] == "SUCCESS"
    assert provider.lineage() == "2 2 1"


def test_an_alias_that_vanishes_under_our_hands_is_as_good_as_deleted(adopted: Provider) -> None:
    adopted.update(build(1), build(2))
    adopted.aws.before["UpdateAlias"] = adopted.aws.functions["orders"].aliases.clear
    assert adopted.delete(**build(2))["Status"] == "SUCCESS"


MADE_UP = "orders-Prod-1A2B3C4D"


@pytest.mark.parametrize("physical_id", [MADE_UP, f"{PROD.arn}#unconfirmed"])
def test_what_a_create_made_that_never_answered_is_deleted(
    provider: Provider, physical_id: str
) -> None:
    provider.create(**build(1))
    answer = provider.delete(physical_id, status="ROLLBACK_IN_PROGRESS", **build(1))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", physical_id)
    assert provider.alias() is None


@pytest.mark.parametrize(("hours", "stays"), [(4, True), (0, False)])
def test_an_alias_that_was_made_long_before_a_create_that_never_answered_stays(
    provider: Provider, hours: int, *, stays: bool
) -> None:
    provider.create(**build(1))
    prod = provider.alias()
    assert prod
    # Kept by DeletionPolicy, and added again.
    began = f"{int(time.time()) - hours * 3600:08x}"
    older = re.sub(r"(by=[0-9a-f]{8})[0-9a-f]{8}", rf"\g<1>{began}", prod.description)
    provider.aws.point("orders", "prod", replace(prod, description=older))
    provider.delete(MADE_UP, status="UPDATE_ROLLBACK_IN_PROGRESS", **build(1))
    assert (provider.alias() is not None) == stays


@pytest.mark.parametrize("physical_id", [MADE_UP, f"{PROD.arn}#unconfirmed"])
def test_what_a_create_adopted_that_never_answered_is_given_back(
    adopted: Provider, physical_id: str
) -> None:
    adopted.delete(physical_id, status="ROLLBACK_IN_PROGRESS", **build(1))
    prod = adopted.alias()
    assert prod
    assert (prod.version, prod.description) == ("1", "By hand")


@pytest.mark.parametrize(
    ("physical_id", "properties"),
    [
        pytest.param(f"{PROD.arn}#not-created", build(1), id="nothing was created"),
        pytest.param(MADE_UP, build(2), id="an alias of one release, but of another"),
        pytest.param(MADE_UP, {"FunctionName": "orders:7"}, id="properties name no function"),
        pytest.param(MADE_UP, {"AliasName": "7"}, id="properties name no alias"),
        pytest.param(PROD.arn.replace("eu-west-1", "eu-west-2"), {}, id="another Region"),
        pytest.param(PROD.arn.replace(ACCOUNT, "9" * 12), {}, id="another account"),
    ],
)
def test_an_alias_that_was_there_before_a_failed_create_stays(
    provider: Provider, physical_id: str, properties: dict[str, Any]
) -> None:
    provider.create(**build(1))
    before = provider.alias()
    answer = provider.delete(physical_id, status="ROLLBACK_IN_PROGRESS", **properties)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", physical_id)
    assert provider.alias() == before


def test_an_alias_of_several_releases_was_not_made_by_a_failed_create(released: Provider) -> None:
    before = released.alias()
    released.delete(MADE_UP, status="ROLLBACK_IN_PROGRESS", **build(2))
    assert released.alias() == before


def test_what_may_not_be_looked_at_is_not_reported_as_deleted(released: Provider) -> None:
    released.aws.fail("GetAlias", AccessDenied("FunctionName: no"))
    assert released.delete()["Status"] == "FAILED"


def test_a_delete_reads_any_properties(released: Provider) -> None:
    event = released.event("Delete", {}, PhysicalResourceId=PROD.arn)
    odd: list[Any] = [None, [], "x", {"ServiceTimeout": "9" * 30}]
    for properties in odd:
        answer = released.send(event | {"ResourceProperties": properties})
        assert answer["Status"] == "SUCCESS"
    assert released.alias() is None


def test_a_repoint_that_finds_neither_version_nor_alias_gives_up(adopted: Provider) -> None:
    adopted.aws.fail("UpdateAlias", NotFound("Alias not found"), times=4)
    answer = adopted.delete(**build(1))
    assert answer["Status"] == "FAILED"
    assert "each time we had looked at it" in answer["Reason"]
