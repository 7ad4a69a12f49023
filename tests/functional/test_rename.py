"""What an Update does that names another alias, or another function."""

from handler.errors import ServiceInternalError, Throttling
from tests.functional.conftest import BETA, PROD, Provider, build

OLD, NEW = build(2), build(2, AliasName="beta")


def test_a_rename_makes_the_new_alias_and_answers_with_its_arn(released: Provider) -> None:
    answer = released.update(OLD, NEW)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", BETA.arn)
    assert (released.lineage("beta"), released.lineage()) == ("3", "2 1")


def test_the_cleanup_of_a_rename_deletes_the_old_alias_only(released: Provider) -> None:
    released.update(OLD, NEW)
    released.delete(PROD.arn, status="UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", **OLD)
    assert released.alias() is None
    assert released.alias("beta")


def test_a_rename_to_another_function_makes_its_alias(released: Provider) -> None:
    released.aws.deploy("payments", "code-1")
    answer = released.update(OLD, build(2, FunctionName="payments"))
    assert answer["PhysicalResourceId"] == PROD.arn.replace("orders", "payments")


def test_a_rename_delivered_twice_writes_nothing_the_second_time(released: Provider) -> None:
    event = released.update_event(OLD, NEW)
    first = released.send(event)
    before = released.aws.functions["orders"].aliases["beta"]
    assert released.send(event) == first
    assert released.aws.functions["orders"].aliases["beta"] == before


def test_a_rename_to_an_alias_of_somebody_else_fails_with_the_old_id(released: Provider) -> None:
    released.move("1", "beta")
    answer = released.update(OLD, NEW)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", PROD.arn)
    assert "exists already" in answer["Reason"]


def test_a_rename_that_fails_after_its_write_answers_with_the_old_id(released: Provider) -> None:
    event = released.update_event(OLD, NEW)
    released.send(event)
    released.aws.fail("GetFunction", Throttling("FunctionName: too many requests"))
    answer = released.send(event)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", PROD.arn)


def test_a_rollback_of_an_answered_rename_leaves_the_new_alias_to_cloudformation(
    released: Provider,
) -> None:
    before = released.alias()
    released.update(OLD, NEW)
    answer = released.roll_back(NEW, OLD, physical_id=BETA.arn)
    assert answer["PhysicalResourceId"] == PROD.arn
    assert released.alias() == before
    assert released.alias("beta")
    released.delete(BETA.arn, status="UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", **NEW)
    assert released.alias("beta") is None
    assert released.alias() == before


def test_a_rollback_of_an_unanswered_rename_deletes_the_new_alias(released: Provider) -> None:
    before = released.alias()
    released.update(OLD, NEW)
    answer = released.roll_back(NEW, OLD, physical_id=PROD.arn)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", PROD.arn)
    assert released.alias("beta") is None
    assert released.alias() == before


def test_a_rollback_of_an_unanswered_rename_gives_an_adopted_alias_back(
    released: Provider,
) -> None:
    released.move("1", "beta")
    before = released.alias("beta")
    adopting = {**NEW, "AdoptExisting": "true"}
    released.update(OLD, adopting)
    released.roll_back(adopting, OLD)
    assert released.alias("beta") == before


def test_a_rollback_of_a_rename_that_wrote_nothing_leaves_an_alias_kept_from_before(
    released: Provider,
) -> None:
    released.update(OLD, NEW)
    released.update(NEW, OLD, physical_id=BETA.arn)
    kept = released.alias("beta")
    third = build(3, AliasName="beta")
    released.aws.fail("PublishVersion", ServiceInternalError("try again"))
    assert released.update(OLD, third)["Status"] == "FAILED"
    assert released.roll_back(third, OLD)["Status"] == "SUCCESS"
    assert released.alias("beta") == kept


def test_what_is_left_over_of_a_rename_does_not_stop_the_rollback(released: Provider) -> None:
    released.update(OLD, NEW)
    released.aws.fail("DeleteAlias", ServiceInternalError("try again"))
    assert released.roll_back(NEW, OLD)["Status"] == "SUCCESS"
    assert released.alias("beta")
