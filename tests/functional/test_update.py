"""What an Update does while the stack goes forward."""

import re
from dataclasses import replace

import pytest

from handler.errors import InvalidRequest, ServiceInternalError
from handler.lineage import owner_id, release_id
from handler.observed import AliasState
from tests.functional.conftest import PROD, STACK, Provider, build


def test_an_update_publishes_and_repoints_the_alias(released: Provider) -> None:
    answer = released.update(build(2), build(3, Description="Orders"))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", PROD.arn)
    assert (answer["Data"]["Version"], answer["Data"]["PreviousVersion"]) == ("3", "2")
    prod = released.alias()
    assert prod
    assert (prod.version, prod.text, released.lineage()) == ("3", "Orders", "3 2 1")


def test_an_update_delivered_twice_writes_nothing_the_second_time(released: Provider) -> None:
    first = released.update(build(2), build(3))
    released.aws.deploy("orders", "code-4")
    before = released.aws.functions["orders"].aliases["prod"]
    second = released.update(build(2), build(3))
    assert second["Data"] == first["Data"]
    assert released.aws.functions["orders"].aliases["prod"] == before
    assert "4" not in released.aws.functions["orders"].versions


def test_a_setting_is_written_without_a_release(released: Provider) -> None:
    answer = released.update(build(2), build(2, Description="Orders"))
    prod = released.alias()
    assert prod
    assert (prod.version, prod.text, released.lineage()) == ("2", "Orders", "2 1")
    assert answer["Data"]["CodeSha256"] == "code-2"


def test_a_setting_leaves_a_pointer_and_weights_that_a_person_moved(released: Provider) -> None:
    found = released.aws.functions["orders"].aliases["prod"]
    released.aws.point("orders", "prod", replace(found, version="1", weights=(("2", 0.1),)))
    assert released.update(build(2), build(2, Description="Orders"))["Data"]["Version"] == "1"
    prod = released.alias()
    assert prod
    assert (prod.version, prod.weighted, prod.text) == ("1", True, "Orders")


def test_a_release_clears_the_weights_of_a_person(released: Provider) -> None:
    found = released.aws.functions["orders"].aliases["prod"]
    released.aws.point("orders", "prod", replace(found, weights=(("2", 0.1),)))
    released.update(build(2), build(3))
    prod = released.alias()
    assert prod
    assert (prod.version, prod.weighted) == ("3", False)


def test_a_release_notes_where_a_person_had_moved_the_alias(released: Provider) -> None:
    released.move("1")
    released.update(build(2), build(3))
    assert released.lineage() == "3 1 2 1"


def test_an_update_makes_an_alias_that_was_deleted_by_hand(released: Provider) -> None:
    del released.aws.functions["orders"].aliases["prod"]
    assert released.update(build(2), build(3))["Status"] == "SUCCESS"
    assert released.lineage() == "3"


def test_an_update_leaves_an_alias_alone_that_lost_its_mark(released: Provider) -> None:
    released.aws.functions["orders"].aliases.clear()
    released.move("1")
    before = released.alias()
    answer = released.update(build(2), build(3))
    assert answer["Reason"].startswith("AliasName: prod of orders is not managed by a promotion")
    assert answer["PhysicalResourceId"] == PROD.arn
    assert released.alias() == before


def test_an_update_adopts_anew_where_it_may(released: Provider) -> None:
    released.aws.functions["orders"].aliases.clear()
    released.move("1")
    assert released.update(build(2), build(3, AdoptExisting="true"))["Status"] == "SUCCESS"
    assert released.lineage() == "3 | 1"


def test_an_update_that_only_adopts_anew_moves_nothing_and_neither_does_its_rollback(
    released: Provider,
) -> None:
    released.aws.point("orders", "prod", AliasState("2", "Somebody edited it"))
    adopts = build(2, AdoptExisting="true")
    assert released.update(build(2), adopts)["Data"]["Version"] == "2"
    assert released.lineage() == "2 | 2"
    assert "3" not in released.aws.functions["orders"].versions
    assert released.roll_back(adopts, build(2))["Status"] == "SUCCESS"
    assert released.alias() == AliasState("2", "Somebody edited it")


def test_weights_outlive_an_adoption_that_moves_nothing_and_its_rollback(
    released: Provider,
) -> None:
    by_hand = AliasState("2", "Somebody edited it", weights=(("1", 0.1),))
    released.aws.point("orders", "prod", by_hand)
    adopts = build(2, AdoptExisting="true")
    released.update(build(2), adopts)
    adopted = released.alias()
    assert adopted
    assert adopted.weights == by_hand.weights
    released.roll_back(adopts, build(2))
    assert released.alias() == by_hand


def test_an_adoption_of_before_outlives_the_rollback_of_another_setting(
    released: Provider,
) -> None:
    released.aws.point("orders", "prod", AliasState("2", "Somebody edited it"))
    adopts = build(2, AdoptExisting="true")
    released.update(build(2), adopts)
    prod = released.alias()
    assert prod
    long_ago = re.sub(r"(by=[0-9a-f]{8})[0-9a-f]{8}", r"\g<1>00000064", prod.description)
    released.aws.point("orders", "prod", replace(prod, description=long_ago))
    described = adopts | {"Description": "Orders"}
    released.update(adopts, described)
    assert released.roll_back(described, adopts)["Status"] == "SUCCESS"
    assert released.update(adopts, build(3))["Data"]["Version"] == "3"
    assert released.roll_back(build(3), adopts)["Data"]["Version"] == "2"


@pytest.mark.parametrize("status", ["UPDATE_IN_PROGRESS", None])
def test_a_late_duplicate_of_an_older_update_changes_nothing(
    released: Provider, status: str | None
) -> None:
    released.update(build(2), build(3))
    before = released.alias()
    answer = released.update(build(1), build(2), status=status)
    assert answer["Reason"].startswith("AliasName: nothing was done to prod of orders")
    assert released.alias() == before


def test_an_alias_named_in_text_is_promoted_when_triggers_change(released: Provider) -> None:
    released.aws.publish_version("orders", "", None)
    released.move("3", "beta")
    answer = released.update(build(2), build(3, SourceQualifier="beta"))
    assert answer["Data"]["Version"] == "3"


def test_a_description_without_room_for_the_lineage_is_refused_before_anything_is_published(
    released: Provider,
) -> None:
    owner, others = owner_id(STACK, "Prod"), ",".join(["0badcafe"] * 4)
    mark = f"owner={owner} adopted={others} 2@{release_id(build(2))}{' | 1@bbbbbbbb' * 4}"
    released.aws.point("orders", "prod", AliasState("2", f"[alias-promotion {mark}]"))
    before = released.alias()
    answer = released.update(build(2), build(3, Description="t" * 128))
    assert answer["Reason"].startswith("Description: too long beside the alias's lineage, by ")
    assert released.alias() == before
    assert list(released.aws.functions["orders"].versions) == ["1", "2"]


def test_a_description_taken_away_is_taken_away(released: Provider) -> None:
    released.update(build(2), build(2, Description="Orders"))
    released.update(build(2, Description="Orders"), build(2))
    prod = released.alias()
    assert prod
    assert prod.text == ""


def test_a_failed_update_answers_with_the_id_that_it_got(released: Provider) -> None:
    released.aws.fail("UpdateAlias", ServiceInternalError("try again"))
    answer = released.update(build(2), build(3))
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", PROD.arn)


def test_code_that_is_not_the_expected_one_is_not_published(released: Provider) -> None:
    answer = released.update(build(2), build(3, CodeSha256="A" * 43 + "="))
    assert answer["Reason"].startswith("CodeSha256: found $LATEST with code code-3, expected AAAA")
    assert list(released.aws.functions["orders"].versions) == ["1", "2"]


def test_another_refusal_of_aws_is_told_in_its_words(released: Provider) -> None:
    released.aws.fail("PublishVersion", InvalidRequest("SnapStart is not supported"))
    assert "SnapStart" in released.update(build(2), build(3))["Reason"]
