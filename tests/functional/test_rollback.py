"""What an Update does while the stack rolls back: it restores, and never publishes."""

from dataclasses import replace

import pytest

from handler.direction import Stack
from handler.errors import AccessDenied, Throttling
from tests.functional.conftest import PROD, Provider, build


@pytest.mark.parametrize("status", ["UPDATE_ROLLBACK_IN_PROGRESS", None])
def test_a_rollback_restores_the_alias_exactly(released: Provider, status: str | None) -> None:
    before = released.alias()
    released.update(build(2), build(3, Description="Broken"))
    answer = released.update(build(3, Description="Broken"), build(2), status=status)
    assert answer["Status"] == "SUCCESS"
    assert (answer["Data"]["Version"], answer["Data"]["CodeSha256"]) == ("2", "code-2")
    assert released.alias() == before


def test_a_rollback_of_an_update_that_never_moved_the_alias_only_renews_its_revision(
    released: Provider,
) -> None:
    before = released.aws.functions["orders"].aliases["prod"]
    assert released.roll_back(build(3), build(2))["Status"] == "SUCCESS"
    after = released.aws.functions["orders"].aliases["prod"]
    assert after.revision_id != before.revision_id
    assert replace(after, revision_id=before.revision_id) == before


def test_a_rollback_delivered_twice_leaves_the_alias_where_it_is(released: Provider) -> None:
    before = released.alias()
    released.update(build(2), build(3))
    assert released.roll_back(build(3), build(2)) | {"RequestId": ""} == released.roll_back(
        build(3), build(2)
    ) | {"RequestId": ""}
    assert released.alias() == before


def test_a_rollback_publishes_nothing_whatever_latest_is(released: Provider) -> None:
    released.update(build(2), build(3))
    released.aws.deploy("orders", "code-4")
    released.roll_back(build(3), build(2))
    assert list(released.aws.functions["orders"].versions) == ["1", "2", "3"]


def test_a_rollback_over_several_releases_finds_the_one_it_wants(released: Provider) -> None:
    released.update(build(2), build(3))
    assert released.roll_back(build(3), build(1))["Data"]["Version"] == "1"
    assert released.lineage() == "1"


def test_a_rollback_returns_to_where_a_person_had_moved_the_alias(released: Provider) -> None:
    released.move("1")
    released.update(build(2), build(3))
    assert released.roll_back(build(3), build(2))["Data"]["Version"] == "1"
    assert released.lineage() == "1 2 1"


def test_a_rollback_does_not_look_at_the_source(released: Provider) -> None:
    good = build(3, SourceQualifier="beta")
    released.move("1", "beta")
    released.update(build(2), good)
    released.update(good, build(4))
    del released.aws.functions["orders"].aliases["beta"]
    assert released.roll_back(build(4), good)["Data"]["Version"] == "1"


def test_a_rollback_clears_weights_when_it_moves_the_alias(released: Provider) -> None:
    released.update(build(2), build(3))
    found = released.aws.functions["orders"].aliases["prod"]
    released.aws.point("orders", "prod", replace(found, weights=(("2", 0.1),)))
    released.roll_back(build(3), build(2))
    prod = released.alias()
    assert prod
    assert not prod.weighted


def test_a_description_that_an_older_provider_wrote_is_no_reason_to_fail(
    released: Provider,
) -> None:
    prod, rockets = released.alias(), "\N{ROCKET}" * 120
    assert prod
    released.aws.point("orders", "prod", replace(prod, description=f"{rockets} {prod.description}"))
    before = released.alias()
    named = {"Description": rockets}
    assert released.roll_back(build(3, **named), build(2, **named))["Status"] == "SUCCESS"
    assert released.alias() == before


def test_an_adoption_by_the_update_is_given_back(released: Provider) -> None:
    released.aws.functions["orders"].aliases.clear()
    released.move("1")
    before = released.alias()
    released.update(build(2), build(3, AdoptExisting="true"))
    assert released.roll_back(build(3), build(2))["Status"] == "SUCCESS"
    assert released.alias() == before


def test_an_alias_that_is_gone_stays_gone(released: Provider) -> None:
    del released.aws.functions["orders"].aliases["prod"]
    answer = released.roll_back(build(3), build(2))
    assert answer["Status"] == "SUCCESS"
    assert (answer["Data"]["Version"], answer["Data"]["CodeSha256"]) == ("", "")
    assert released.alias() is None


def test_a_function_that_is_gone_stops_no_rollback(released: Provider) -> None:
    released.aws.functions.clear()
    assert released.roll_back(build(3), build(2))["Status"] == "SUCCESS"


def test_an_alias_of_somebody_else_stops_no_rollback_and_stays(released: Provider) -> None:
    released.aws.functions["orders"].aliases.clear()
    released.move("1")
    before = released.alias()
    answer = released.roll_back(build(3), build(2))
    assert (answer["Status"], answer["Data"]["Version"]) == ("SUCCESS", "1")
    assert released.alias() == before


def test_a_release_that_is_nowhere_fails_and_says_how_to_go_on(released: Provider) -> None:
    before = released.alias()
    answer = released.roll_back(build(2), build(7))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", PROD.arn)
    assert answer["Reason"].startswith("AliasName: prod of orders still serves version 2, for rel")
    assert "move it by hand, then continue the rollback" in answer["Reason"][:200]
    assert released.alias() == before
    assert len(released.aws.functions["orders"].versions) == 2


def test_a_version_that_is_gone_fails_and_says_how_to_go_on(released: Provider) -> None:
    released.update(build(2), build(3))
    before = released.alias()
    del released.aws.functions["orders"].versions["2"]
    answer = released.roll_back(build(3), build(2))
    assert answer["Reason"].startswith(
        "AliasName: prod of orders still serves version 3, for version 2 no longer exists; move it "
        "by hand, then continue the rollback"
    )
    assert released.alias() == before


def test_a_pinned_version_that_fell_off_the_lineage_is_found_all_the_same(
    released: Provider,
) -> None:
    pinned = build(2, SourceQualifier="1")
    released.update(build(2), pinned)
    old = pinned
    for number in range(3, 20):
        released.aws.deploy("orders", f"code-{number}")
        released.update(old, build(number))
        old = build(number)
    assert " .." in str(released.alias())
    assert released.roll_back(old, pinned)["Data"]["Version"] == "1"


@pytest.mark.parametrize("error", [AccessDenied("no"), Throttling("no")], ids=["denied", "429"])
def test_a_rollback_does_not_fail_for_an_attribute(
    released: Provider, error: AccessDenied | Throttling
) -> None:
    released.update(build(2), build(3))
    released.aws.fail("GetFunction", error)
    answer = released.roll_back(build(3), build(2))
    assert answer["Status"] == "SUCCESS"
    assert (answer["Data"]["Version"], answer["Data"]["CodeSha256"]) == ("2", "")


def test_a_release_going_forward_is_not_answered_without_its_attributes(
    released: Provider,
) -> None:
    released.aws.fail("GetFunction", Throttling("FunctionName: too many requests"))
    assert released.update(build(2), build(2, Description="x"))["Status"] == "FAILED"


def test_old_properties_that_were_never_valid_stop_no_rollback(released: Provider) -> None:
    event = released.update_event(build(2), build(2))
    event["OldResourceProperties"] = {"AliasName": ["prod"], "Wrong": "x"}
    released.aws.stack = Stack("UPDATE_ROLLBACK_IN_PROGRESS")
    assert released.carry_out(event)["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    "odd",
    [
        pytest.param({"Legacy": "x"}, id="a name that is unknown now"),
        pytest.param({"Legacy": "x", "Older": ["x"], "ServiceTimeout": "9"}, id="several"),
        pytest.param({"Description": "x" * 129}, id="a value that is refused now"),
    ],
)
def test_properties_that_an_older_provider_took_stop_no_rollback(
    released: Provider, odd: dict[str, object]
) -> None:
    before = released.alias()
    released.update(build(2), build(3))
    assert released.roll_back(build(3), build(2, **odd))["Status"] == "SUCCESS"
    assert released.alias() == before


def test_an_alias_that_the_failed_update_made_anew_is_removed(released: Provider) -> None:
    released.aws.functions["orders"].aliases.clear()
    released.update(build(2), build(3))
    answer = released.roll_back(build(3), build(2))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", PROD.arn)
    names = ("Version", "VersionArn", "PreviousVersion", "CodeSha256")
    assert [answer["Data"][name] for name in names] == [""] * 4
    assert released.alias() is None
    assert released.update(build(2), build(4))["Status"] == "SUCCESS"
    assert released.lineage() == "3"
