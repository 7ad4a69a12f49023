"""Somebody else changes the alias or the stack while a request is under way."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from handler import observer
from handler.arn import AliasId
from handler.direction import Stack
from handler.errors import NetworkFailure, ResourceConflict
from handler.lineage import release_id
from handler.observed import AliasState
from tests.functional.conftest import PROD, Provider, build

BACK = "UPDATE_ROLLBACK_IN_PROGRESS"


def once(what: Callable[[], object]) -> Callable[[], None]:
    """Do it the first time only."""
    left = [what]

    def run() -> None:
        if left:
            left.pop()()

    return run


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look at the stack is an old one by the time something is written."""
    for name in ("LOOK_AGAIN_AFTER", "TURNS_WITHIN"):
        monkeypatch.setattr(observer, name, timedelta(seconds=-1))


def test_an_alias_moved_meanwhile_is_looked_at_again_and_published_once(
    released: Provider,
) -> None:
    released.aws.before["UpdateAlias"] = once(lambda: released.move("1"))
    answer = released.update(build(2), build(3))
    assert (answer["Status"], answer["Data"]["Version"]) == ("SUCCESS", "3")
    assert released.lineage() == "3 1 2 1"
    assert released.aws.calls.count("PublishVersion") == 1


def test_an_alias_that_is_moved_again_and_again_is_given_up(released: Provider) -> None:
    released.aws.before["UpdateAlias"] = lambda: released.move("1")
    answer = released.update(build(2), build(3))
    assert answer["Reason"].startswith("AliasName: prod of orders was changed by somebody else")
    assert "HandlerErrorCode: ResourceConflict" in answer["Reason"]
    assert released.aws.calls.count("PublishVersion") == 1
    prod = released.alias()
    assert prod
    assert prod.version == "1"


def test_an_alias_made_meanwhile_by_somebody_else_is_left_alone(provider: Provider) -> None:
    provider.publish("code-0")
    provider.aws.before["CreateAlias"] = once(lambda: provider.move("1"))
    answer = provider.create()
    assert "exists already" in answer["Reason"]
    assert answer["PhysicalResourceId"] == f"{PROD.arn}#not-created"
    prod = provider.alias()
    assert prod
    assert (prod.version, prod.description) == ("1", "By hand")


def test_an_alias_made_meanwhile_is_adopted_with_the_version_already_published(
    provider: Provider,
) -> None:
    provider.publish("code-0")
    provider.aws.before["CreateAlias"] = once(lambda: provider.move("1"))
    provider.aws.deploy("orders", "code-1")
    assert provider.create(AdoptExisting="true")["Data"]["Version"] == "2"
    assert provider.lineage() == "2 | 1"
    assert provider.aws.calls.count("PublishVersion") == 1


def test_a_create_whose_answer_was_lost_finds_what_it_made(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_alias = provider.aws.create_alias

    def create_twice(alias: AliasId, state: AliasState) -> None:
        create_alias(alias, state)
        create_alias(alias, state)  # botocore tries again, the first answer being lost

    monkeypatch.setattr(provider.aws, "create_alias", create_twice)
    answer = provider.create()
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", PROD.arn)


def test_an_update_whose_answer_was_lost_finds_what_it_wrote(
    released: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    repoint_alias = released.aws.repoint_alias

    def repoint_twice(alias: AliasId, state: AliasState) -> None:
        repoint_alias(alias, state)
        repoint_alias(alias, state)

    monkeypatch.setattr(released.aws, "repoint_alias", repoint_twice)
    assert released.update(build(2), build(3))["Status"] == "SUCCESS"
    assert released.lineage() == "3 2 1"


def test_a_delete_whose_answer_was_lost_finds_what_it_gave_back(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.publish("code-0")
    provider.move("1")
    before = provider.alias()
    provider.create(**build(1, AdoptExisting="true"))
    repoint_alias = provider.aws.repoint_alias

    def repoint_twice(alias: AliasId, state: AliasState) -> None:
        repoint_alias(alias, state)
        repoint_alias(alias, state)

    monkeypatch.setattr(provider.aws, "repoint_alias", repoint_twice)
    assert provider.delete(**build(1))["Status"] == "SUCCESS"
    assert provider.alias() == before


def test_a_rollback_meets_the_forward_write_that_was_under_way(released: Provider) -> None:
    before = released.alias()

    def forward() -> None:
        released.publish("code-3")
        found = released.aws.functions["orders"].aliases["prod"]
        description = found.description.replace(" 2@", f" 3@{release_id(build(3))} 2@")
        released.aws.point("orders", "prod", replace(found, version="3", description=description))

    released.aws.before["UpdateAlias"] = once(forward)
    assert released.roll_back(build(3), build(2))["Status"] == "SUCCESS"
    assert released.alias() == before


def test_a_forward_request_stops_when_a_rollback_has_written(released: Provider) -> None:
    def roll_back() -> None:
        released.aws.stack = Stack(BACK)
        released.aws.point("orders", "prod", released.aws.functions["orders"].aliases["prod"])

    before = released.alias()
    released.aws.before["UpdateAlias"] = once(roll_back)
    answer = released.update(build(2), build(3))
    assert "its stack was cancelled meanwhile" in answer["Reason"]
    assert answer["PhysicalResourceId"] == PROD.arn
    assert released.alias() == before


def test_a_forward_request_never_moves_the_alias_back_when_a_rollback_has_written(
    released: Provider,
) -> None:
    """It asks again for a release that stands in the lineage, as a rollback would."""

    def roll_back() -> None:
        released.aws.stack = Stack(BACK)
        released.aws.point("orders", "prod", released.aws.functions["orders"].aliases["prod"])

    before = released.alias()
    released.aws.before["UpdateAlias"] = once(roll_back)
    assert released.update(build(2), build(1))["Status"] == "FAILED"
    assert released.alias() == before


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize("status", [BACK, "UPDATE_COMPLETE"])
def test_an_operation_cancelled_while_we_waited_for_a_version_moves_nothing(
    released: Provider, status: str
) -> None:
    before = released.alias()
    released.aws.before["PublishVersion"] = lambda: setattr(released.aws, "stack", Stack(status))
    answer = released.update(build(2), build(3))
    assert answer["Reason"].startswith("AliasName: prod of orders was not moved, for its stack was")
    assert released.alias() == before


@pytest.mark.usefixtures("slow")
def test_a_create_cancelled_while_we_waited_for_a_version_makes_nothing(
    provider: Provider,
) -> None:
    provider.aws.before["PublishVersion"] = lambda: setattr(
        provider.aws, "stack", Stack("ROLLBACK_IN_PROGRESS")
    )
    answer = provider.create()
    assert answer["PhysicalResourceId"] == f"{PROD.arn}#not-created"
    assert provider.alias() is None


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize(
    "stack",
    [
        Stack("ROLLBACK_IN_PROGRESS"),
        Stack("ROLLBACK_COMPLETE"),
        Stack("DELETE_COMPLETE"),
        Stack("UPDATE_COMPLETE", datetime(9999, 1, 1, tzinfo=UTC)),
    ],
    ids=["rolling back", "rolled back", "deleted", "in a later operation"],
)
def test_an_alias_that_was_made_while_its_stack_went_another_way_is_taken_back(
    provider: Provider, stack: Stack
) -> None:
    provider.aws.before["CreateAlias"] = lambda: setattr(provider.aws, "stack", stack)
    answer = provider.create()
    assert answer["Reason"].startswith("AliasName: prod of orders was made and taken back")
    assert answer["PhysicalResourceId"] == f"{PROD.arn}#not-created"
    assert provider.alias() is None


@pytest.mark.usefixtures("slow")
def test_an_alias_that_was_adopted_while_its_stack_turned_back_is_given_back(
    provider: Provider,
) -> None:
    provider.publish("code-0")
    provider.move("1")
    before = provider.alias()
    provider.aws.before["UpdateAlias"] = lambda: setattr(
        provider.aws, "stack", Stack("ROLLBACK_IN_PROGRESS")
    )
    answer = provider.create(AdoptExisting="true", **build(2))
    assert (answer["Status"], answer["PhysicalResourceId"]) == (
        "FAILED", f"{PROD.arn}#not-created",
    )  # fmt: skip
    assert provider.alias() == before


@pytest.mark.usefixtures("slow")
def test_an_alias_of_a_stack_that_is_complete_stays(provider: Provider) -> None:
    provider.aws.before["CreateAlias"] = lambda: setattr(
        provider.aws, "stack", Stack("CREATE_COMPLETE")
    )
    assert provider.create()["Status"] == "SUCCESS"
    assert provider.alias()


@pytest.mark.usefixtures("slow")
def test_a_delete_that_was_held_up_does_not_meet_the_alias_of_the_next_operation(
    released: Provider,
) -> None:
    before = released.alias()
    later = Stack("UPDATE_IN_PROGRESS", datetime(9999, 1, 1, tzinfo=UTC))
    released.aws.before["GetAlias"] = lambda: setattr(released.aws, "stack", later)
    answer = released.delete(PROD.arn, **build(2))
    assert answer["Reason"].startswith("AliasName: nothing was deleted")
    assert released.alias() == before


@pytest.mark.usefixtures("slow")
def test_a_stack_that_stays_on_its_course_is_no_obstacle(released: Provider) -> None:
    assert released.update(build(2), build(3))["Status"] == "SUCCESS"
    assert released.roll_back(build(3), build(2))["Status"] == "SUCCESS"


@pytest.mark.usefixtures("slow")
def test_a_stack_that_can_not_be_read_later_is_no_obstacle(released: Provider) -> None:
    released.aws.before["PublishVersion"] = lambda: setattr(released.aws, "stack", Stack())
    assert released.update(build(2), build(3))["Status"] == "SUCCESS"


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize(
    ("status", "outcome", "version"),
    [("UPDATE_IN_PROGRESS", "SUCCESS", "3"), (BACK, "FAILED", "2")],
    ids=["forward", "back"],
)
def test_a_stack_that_can_be_read_later_decides(
    released: Provider, status: str, outcome: str, version: str
) -> None:
    released.aws.before["PublishVersion"] = lambda: setattr(released.aws, "stack", Stack(status))
    answer = released.update(build(2), build(3), status=None)
    assert answer["Status"] == outcome
    prod = released.alias()
    assert prod
    assert prod.version == version


@pytest.mark.usefixtures("slow")
def test_a_rollback_does_not_fail_because_the_stack_can_be_read_later(released: Provider) -> None:
    before = released.alias()
    released.update(build(2), build(3))
    looks = iter([None, BACK, BACK, BACK])
    released.aws.before["DescribeStacks"] = lambda: setattr(
        released.aws, "stack", Stack(next(looks))
    )
    assert released.update(build(3), build(2))["Status"] == "SUCCESS"
    assert released.alias() == before


@pytest.mark.usefixtures("slow")
def test_a_new_operation_that_began_meanwhile_makes_the_request_a_late_one(
    released: Provider,
) -> None:
    before = released.alias()
    event = released.update_event(build(2), build(3))

    def begin() -> None:
        begun = datetime.now(UTC) + timedelta(seconds=60)
        released.aws.stack = Stack("UPDATE_IN_PROGRESS", begun)

    released.aws.stack = Stack("UPDATE_IN_PROGRESS")
    released.aws.before["PublishVersion"] = begin
    assert "cancelled meanwhile" in released.send(event)["Reason"]
    assert released.alias() == before


def test_a_settings_write_finds_the_alias_gone_and_makes_it_again(released: Provider) -> None:
    released.aws.before["UpdateAlias"] = once(released.aws.functions["orders"].aliases.clear)
    assert released.update(build(2), build(2, Description="x"))["Status"] == "SUCCESS"
    assert released.lineage() == "3"


def test_a_network_failure_of_the_write_is_told(released: Provider) -> None:
    released.aws.fail("UpdateAlias", NetworkFailure("FunctionName: no answer from AWS; try again"))
    assert "no answer from AWS" in released.update(build(2), build(3))["Reason"]


@pytest.mark.usefixtures("slow")
def test_an_alias_that_somebody_else_adopts_while_the_stack_is_looked_at_is_not_deleted(
    released: Provider,
) -> None:
    theirs = "[alias-promotion owner=0badcafe adopted=- 2@bbbbbbbb | 2@-]"
    read = threading.Event()
    get_alias = released.aws.get_alias

    def tell(alias: AliasId) -> AliasState | None:
        found = get_alias(alias)
        read.set()
        return found

    def adopt() -> None:
        assert read.wait(60)
        released.aws.point("orders", "prod", AliasState("2", theirs))

    released.aws.get_alias = tell  # type: ignore[method-assign] # tells when it was read
    released.aws.before["DescribeStacks"] = once(adopt)
    assert released.delete(**build(2))["Status"] == "SUCCESS"
    prod = released.alias()
    assert prod
    assert prod.description == theirs


@pytest.mark.usefixtures("slow")
def test_an_alias_that_stays_as_it_is_while_the_stack_is_looked_at_is_deleted(
    released: Provider,
) -> None:
    assert released.delete(**build(2))["Status"] == "SUCCESS"
    assert released.alias() is None


def test_a_conflict_of_deleting_is_tried_once_more(released: Provider) -> None:
    released.aws.fail("DeleteAlias", ResourceConflict("in use"))
    assert released.delete(**build(2))["Status"] == "SUCCESS"
    assert released.alias() is None
