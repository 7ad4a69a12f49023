"""What a Create does."""

import pytest

from handler.direction import Stack
from handler.errors import (
    AccessDenied,
    NetworkFailure,
    NotFound,
    PromotionError,
    ServiceInternalError,
    Throttling,
)
from handler.observed import AliasState
from tests.functional.conftest import BETA, PROD, STACK, Provider, build, given


def test_a_create_publishes_and_makes_the_alias(provider: Provider) -> None:
    answer = provider.create(**build(1), Description="Orders", VersionDescription="build 1")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", PROD.arn)
    prod = provider.alias()
    assert prod
    assert (prod.version, prod.text, provider.lineage()) == ("1", "Orders", "1")


def test_a_create_pins_a_version(provider: Provider) -> None:
    provider.publish("code-1", "code-2")
    assert provider.create(SourceQualifier="1")["Data"]["Version"] == "1"
    assert list(provider.aws.functions["orders"].versions) == ["1", "2"]


def test_a_create_promotes_the_version_of_another_alias(provider: Provider) -> None:
    provider.publish("code-1", "code-2", "code-3")
    provider.move("2", "beta")
    assert provider.create(SourceQualifier="beta")["Data"]["Version"] == "2"
    assert len(provider.aws.functions["orders"].versions) == 3


def test_a_create_waits_until_the_version_is_active(provider: Provider) -> None:
    provider.aws.new_version_state = "Pending"
    assert provider.create()["Status"] == "SUCCESS"
    assert provider.aws.functions["orders"].versions["1"].state == "Active"


def test_a_create_refuses_a_version_that_failed(provider: Provider) -> None:
    provider.aws.new_version_state = "Failed"
    provider.aws.new_version_reason = "FunctionError.InitTimeout: no"
    answer = provider.create()
    assert answer["Reason"].startswith("SourceQualifier: version 1 of orders has State Failed (Fun")
    assert provider.alias() is None


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "ROLLBACK_IN_PROGRESS", None])
def test_a_create_delivered_twice_writes_nothing_the_second_time(
    provider: Provider, status: str | None
) -> None:
    event = provider.event("Create", given(build(1)))
    first = provider.send(event)
    provider.aws.deploy("orders", "code-2")
    before = provider.aws.functions["orders"].aliases["prod"]
    provider.aws.stack = Stack(status)
    second = provider.send(event)
    assert (second["Data"], second["PhysicalResourceId"]) == (first["Data"], PROD.arn)
    assert provider.aws.functions["orders"].aliases["prod"] == before
    assert "2" not in provider.aws.functions["orders"].versions


def test_a_create_leaves_an_alias_of_nobody_alone(provider: Provider) -> None:
    provider.publish("code-1")
    provider.move("1")
    before = provider.alias()
    answer = provider.create(AdoptExisting="false")
    assert "exists already, not managed by a promotion; set AdoptExisting" in answer["Reason"]
    assert answer["PhysicalResourceId"] == f"{PROD.arn}#not-created"
    assert provider.alias() == before


def test_a_create_leaves_an_alias_of_another_resource_alone(provider: Provider) -> None:
    provider.send(
        provider.event(
            "Create", {"FunctionName": "orders", "AliasName": "prod"}, StackId=STACK[:-1]
        )
    )
    before = provider.alias()
    assert "managed by owner=" in provider.create()["Reason"]
    assert provider.alias() == before


@pytest.mark.parametrize("adopt", ["true", "True", True])
def test_a_create_adopts_an_alias_and_keeps_its_text(provider: Provider, adopt: object) -> None:
    provider.publish("code-1")
    provider.move("1")
    provider.aws.deploy("orders", "code-2")
    answer = provider.create(AdoptExisting=adopt)
    prod = provider.alias()
    assert prod
    assert (prod.text, provider.lineage()) == ("By hand", "2 | 1")
    assert answer["Data"]["PreviousVersion"] == "1"


def test_a_create_takes_up_an_alias_that_was_kept_from_before(provider: Provider) -> None:
    provider.create(**build(1))
    provider.aws.deploy("orders", "code-2")
    assert provider.create(**build(2))["Status"] == "SUCCESS"
    assert provider.lineage() == "2 | 1"


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", None])
def test_an_alias_that_was_kept_outlives_a_create_with_the_same_properties_that_fails(
    provider: Provider, status: str | None
) -> None:
    provider.create(**build(1))
    before = provider.alias()
    again = provider.event("Create", given(build(1)))
    provider.aws.stack = Stack(status)
    answer = provider.send(again)
    assert provider.lineage() == "1 | 1"
    assert provider.send(again) == answer
    for _ in range(2):
        # Lambda may deliver the Delete twice: the second one finds an alias that is no longer ours.
        provider.delete(answer["PhysicalResourceId"], status="ROLLBACK_IN_PROGRESS", **build(1))
        kept = provider.alias()
        assert before
        assert kept
        assert (kept.version, provider.lineage()) == (before.version, "1")
    assert provider.create(**build(2))["Status"] == "SUCCESS"
    assert provider.lineage() == "1 | 1"


@pytest.mark.parametrize("call", ["GetAlias", "PublishVersion", "UpdateAlias"])
def test_an_alias_that_was_kept_outlives_a_create_that_wrote_nothing(
    provider: Provider, call: str
) -> None:
    provider.create(**build(1))
    before = provider.alias()
    provider.aws.deploy("orders", "code-2")
    provider.aws.fail(call, Throttling("FunctionName: too many requests"))
    answer = provider.create(status="UPDATE_IN_PROGRESS", **build(1))
    assert answer["Status"] == "FAILED"
    provider.delete(answer["PhysicalResourceId"], status="UPDATE_ROLLBACK_IN_PROGRESS", **build(1))
    assert provider.alias() == before


@pytest.mark.parametrize("error", [AccessDenied, Throttling])
def test_a_delete_that_has_nothing_to_delete_does_not_fail_on_an_alias_that_it_leaves(
    provider: Provider, error: type[PromotionError]
) -> None:
    provider.create(**build(1))
    before = provider.alias()
    provider.aws.fail("UpdateAlias", error("FunctionName: not now"), times=9)
    answer = provider.create(status="UPDATE_IN_PROGRESS", **build(1))
    assert answer["Status"] == "FAILED"
    for physical_id in (answer["PhysicalResourceId"], f"{PROD.arn}#unconfirmed/00000000"):
        gone = provider.delete(physical_id, status="UPDATE_ROLLBACK_IN_PROGRESS", **build(1))
        assert gone["Status"] == "SUCCESS"
    assert provider.alias() == before


def test_an_alias_that_was_kept_is_no_redelivered_create_while_rolling_back(
    provider: Provider,
) -> None:
    provider.create(**build(1))
    before = provider.alias()
    answer = provider.create(status="ROLLBACK_IN_PROGRESS", **build(1))
    assert answer["PhysicalResourceId"] == f"{PROD.arn}#not-created"
    assert provider.alias() == before


def test_a_create_delivered_again_after_an_update_changes_nothing(provider: Provider) -> None:
    event = provider.event("Create", given(build(1)))
    provider.send(event)
    provider.update(build(1), build(2))
    before = provider.alias()
    provider.aws.deploy("orders", "code-9")
    provider.aws.stack = Stack()
    assert "it has gone on to release" in provider.send(event)["Reason"]
    assert provider.alias() == before
    assert list(provider.aws.functions["orders"].versions) == ["1"]


def test_a_create_that_rolls_back_makes_nothing(provider: Provider) -> None:
    answer = provider.create(status="ROLLBACK_IN_PROGRESS")
    assert answer["Reason"].startswith("AliasName: prod of orders was not made")
    assert answer["PhysicalResourceId"] == f"{PROD.arn}#not-created"
    assert provider.aws.functions["orders"].versions == {}


def test_a_create_goes_forward_where_the_stack_cannot_be_read(provider: Provider) -> None:
    event = provider.event("Create", {"FunctionName": "orders", "AliasName": "prod"})
    provider.aws.stack = provider.aws.stack.__class__()
    assert provider.send(event)["Status"] == "SUCCESS"


def test_a_create_that_may_have_been_made_says_so(provider: Provider) -> None:
    provider.aws.fail("CreateAlias", NetworkFailure("no answer"))
    answer = provider.create()
    assert answer["PhysicalResourceId"].startswith(f"{PROD.arn}#unconfirmed/")


def test_a_create_that_could_not_look_says_so(provider: Provider) -> None:
    provider.aws.fail("GetAlias", ServiceInternalError("try again"))
    assert provider.create()["PhysicalResourceId"].startswith(f"{PROD.arn}#unconfirmed/")


def test_a_create_that_was_not_allowed_to_look_made_nothing(provider: Provider) -> None:
    denied = AccessDenied("FunctionName: no")
    provider.aws.fail("GetAlias", denied, times=2)
    answer = provider.create()
    assert answer["PhysicalResourceId"] == f"{PROD.arn}#not-created"
    assert provider.delete(answer["PhysicalResourceId"])["Status"] == "SUCCESS"


def test_an_alias_with_a_long_text_is_adopted_with_another_text_only(provider: Provider) -> None:
    provider.publish("code-1")
    provider.move("1", description="t" * 129)
    answer = provider.create(AdoptExisting="true")
    assert answer["Reason"].startswith("Description: prod of orders has one of 129 characters")
    assert provider.create(AdoptExisting="true", Description="Orders")["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("source", "state", "reason"),
    [
        pytest.param("beta", None, "SourceQualifier: found no alias beta of orders", id="none"),
        pytest.param(
            "beta",
            AliasState("1", "", weights=(("2", 0.1),)),
            "SourceQualifier: alias beta of orders sends traffic to two versions",
            id="shifting",
        ),
        pytest.param(
            "beta",
            AliasState("$LATEST", ""),
            "SourceQualifier: alias beta of orders points to $LATEST",
            id="unpublished",
        ),
        pytest.param("9", None, "SourceQualifier: found no version 9 of orders", id="number"),
    ],
)
def test_a_source_that_cannot_be_used_is_named(
    provider: Provider, source: str, state: AliasState | None, reason: str
) -> None:
    provider.publish("code-1")
    if state:
        provider.aws.point("orders", BETA.alias_name, state)
    answer = provider.create(SourceQualifier=source)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(reason)
    assert provider.alias() is None


def test_an_error_of_publishing_is_told_as_it_is(provider: Provider) -> None:
    provider.aws.fail("PublishVersion", NotFound("Function not found"))
    assert provider.create()["Reason"] == (
        "FunctionName: found no function orders in eu-west-1 of account 111122223333; create it "
        "first (a !Ref orders it), or correct the name (HandlerErrorCode: NotFound)"
    )
