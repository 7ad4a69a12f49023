"""Ways out of a stack operation that failed (aws-semantics A7)."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.cloudformation_world import World, custom, failed, template

NO = "Received response status [FAILED] from custom resource. Message returned: no"


def after(name: str, version: str = "1", **more: Any) -> dict[str, Any]:
    """Give a custom resource that starts when another one is done."""
    return custom(version, DependsOn=name, **more)


def stuck(world: World) -> None:
    """Leave the stack in UPDATE_ROLLBACK_FAILED: A could not be updated back."""
    world.create(template(A=custom("1"), B=after("A")))
    world.provider.on("Update A", {}, failed("no"))
    world.provider.on("Update B", failed("no"))
    updated = world.update(template(A=custom("2"), B=after("A", "2")))
    assert updated == "UPDATE_ROLLBACK_FAILED"


def test_a_rollback_update_that_fails_leaves_the_stack_in_update_rollback_failed(
    world: World,
) -> None:
    stuck(world)

    assert world.provider.told[2:] == [
        "Update A#a 1->2", "Update B#b 1->2", "Update B#b 2->1", "Update A#a 2->1",
    ]  # fmt: skip
    assert world.events("UPDATE_ROLLBACK_IN_PROGRESS")[-2:] == [
        f"A UPDATE_FAILED: {NO}",
        "Stack UPDATE_ROLLBACK_FAILED: The following resource(s) failed to update: [A]. ",
    ]
    assert world.statuses() == {"A": "UPDATE_FAILED", "B": "UPDATE_COMPLETE"}


def test_a_rollback_that_is_continued_asks_again_what_failed_and_only_that(world: World) -> None:
    stuck(world)
    request_id = world.provider.events[-1]["RequestId"]

    world.cfn.continue_update_rollback(StackName=world.name)

    assert world.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert world.provider.told[6:] == ["Update A#a 2->1"]
    assert world.provider.events[-1]["RequestId"] != request_id
    assert world.events("UPDATE_ROLLBACK_IN_PROGRESS") == [
        "Stack UPDATE_ROLLBACK_IN_PROGRESS: User Initiated",
        "A UPDATE_IN_PROGRESS",
        "A UPDATE_COMPLETE",
        "Stack UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "Stack UPDATE_ROLLBACK_COMPLETE",
    ]


def test_a_rollback_that_is_continued_goes_on_to_what_never_had_its_turn(world: World) -> None:
    world.create(template(A=custom("1"), B=after("A")))
    world.provider.on("Update B", failed("no"), failed("no"))
    world.update(template(A=custom("2"), B=after("A", "2")))
    assert world.provider.told_to("A") == ["Create A 1", "Update A#a 1->2"]

    world.cfn.continue_update_rollback(StackName=world.name)

    assert world.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert world.provider.told[-2:] == ["Update B#b 2->1", "Update A#a 2->1"]


@pytest.mark.parametrize("given", [{"ResourcesToSkip": ["A"]}], ids=["ResourcesToSkip"])
def test_a_skipped_resource_is_taken_for_rolled_back_and_not_asked(
    world: World, given: dict[str, Any]
) -> None:
    stuck(world)

    world.cfn.continue_update_rollback(StackName=world.name, **given)

    assert world.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert len(world.provider.told) == 6
    assert world.statuses() == {"A": "UPDATE_COMPLETE", "B": "UPDATE_COMPLETE"}
    world.update(template(A=custom("3"), B=after("A")))
    assert world.provider.told[6:] == ["Update A#a 1->3"]


def test_only_a_resource_whose_rollback_failed_can_be_skipped(world: World) -> None:
    stuck(world)

    with pytest.raises(ClientError, match="ResourcesToSkip"):
        world.cfn.continue_update_rollback(StackName=world.name, ResourcesToSkip=["B"])


def test_a_stack_in_update_rollback_failed_takes_no_update(world: World) -> None:
    stuck(world)

    with pytest.raises(ClientError, match="UPDATE_ROLLBACK_FAILED state and can not be updated"):
        world.update(template(A=custom("3"), B=after("A")))


def test_only_a_rollback_that_failed_can_be_continued(world: World) -> None:
    world.create(template(A=custom("1")))

    with pytest.raises(ClientError, match="CREATE_COMPLETE state"):
        world.cfn.continue_update_rollback(StackName=world.name)


def test_a_rollback_that_failed_can_be_given_up_by_deleting_the_stack(world: World) -> None:
    stuck(world)

    assert world.delete() == "DELETE_COMPLETE"

    assert world.provider.told[-2:] == ["Delete B#b 1", "Delete A#a 2"]


def test_without_rollback_a_failed_create_leaves_everything_as_it_is(world: World) -> None:
    world.provider.on("Create B", failed("no", PhysicalResourceId="b"))

    created = world.create(template(A=custom(), B=after("A")), DisableRollback=True)

    assert created == "CREATE_FAILED"
    assert world.provider.told == ["Create A 1", "Create B 1"]
    assert world.events()[-1] == (
        "Stack CREATE_FAILED: The following resource(s) failed to create: [B]. "
    )


def test_the_update_that_follows_deletes_what_failed_and_creates_it_anew(world: World) -> None:
    world.provider.on("Create B", failed("no", PhysicalResourceId="b#not-created"))
    world.create(template(A=custom(), B=after("A")), DisableRollback=True)

    assert world.update(template(A=custom(), B=after("A"))) == "UPDATE_COMPLETE"

    assert world.provider.told[2:] == ["Delete B#b#not-created 1", "Create B 1"]
    assert world.statuses() == {"A": "CREATE_COMPLETE", "B": "CREATE_COMPLETE"}


def test_what_failed_and_could_not_be_deleted_is_deleted_before_it_is_created_anew(
    world: World,
) -> None:
    world.provider.on("Create A", failed("no"))
    world.create(template(A=custom()), DisableRollback=True)
    world.provider.on("Delete A", failed("no"))
    assert world.update(template(A=custom()), DisableRollback=True) == "UPDATE_FAILED"

    assert world.update(template(A=custom())) == "UPDATE_COMPLETE"

    assert world.provider.told == ["Create A 1", "Delete A#a 1", "Delete A#a 1", "Create A 1"]


def test_a_stack_whose_create_failed_can_be_rolled_back_by_hand(world: World) -> None:
    world.provider.on("Create B", failed("no"))
    world.create(template(A=custom(), B=after("A")), DisableRollback=True)

    world.cfn.rollback_stack(StackName=world.name)

    assert world.settled() == "ROLLBACK_COMPLETE"
    assert world.provider.told[2:] == ["Delete B#b 1", "Delete A#a 1"]


def preserved(world: World) -> None:
    """Leave the stack in UPDATE_FAILED: A is updated, B failed and is back where it was."""
    world.create(template(A=custom("1"), B=after("A")))
    world.provider.on("Update B", failed("no"))
    changed = template(A=custom("2"), B=after("A", "2"))
    assert world.update(changed, DisableRollback=True) == "UPDATE_FAILED"


def test_without_rollback_only_the_resource_that_failed_is_updated_back(world: World) -> None:
    preserved(world)

    assert world.provider.told[2:] == ["Update A#a 1->2", "Update B#b 1->2", "Update B#b 2->1"]
    assert world.statuses() == {"A": "UPDATE_COMPLETE", "B": "UPDATE_FAILED"}
    assert world.events("UPDATE_IN_PROGRESS")[-5:] == [
        f"B UPDATE_FAILED: {NO}",
        "B UPDATE_IN_PROGRESS",
        "B UPDATE_COMPLETE",
        f"B UPDATE_FAILED: {NO}",
        "Stack UPDATE_FAILED: The following resource(s) failed to update: [B]. ",
    ]


def test_without_rollback_the_resource_that_failed_may_take_its_time_to_be_updated_back(
    world: World,
) -> None:
    world.create(template(A=custom("1")))
    world.provider.on("Update A", failed("no"), None)
    world.cfn.update_stack(
        StackName=world.name, TemplateBody=world.body(template(A=custom("2"))),
        DisableRollback=True,
    )  # fmt: skip

    back = world.provider.seen("Update A", times=2)
    with pytest.raises(TimeoutError):
        world.settled(within=0.2)
    world.provider.answer(back, {})

    assert world.settled() == "UPDATE_FAILED"
    assert world.provider.told[1:] == ["Update A#a 1->2", "Update A#a 2->1"]


def test_a_preserved_stack_can_be_rolled_back_by_hand(world: World) -> None:
    preserved(world)

    world.cfn.rollback_stack(StackName=world.name)

    assert world.settled() == "UPDATE_ROLLBACK_COMPLETE"
    assert world.provider.told[5:] == ["Update A#a 2->1"]


def test_a_preserved_stack_can_be_updated_again(world: World) -> None:
    preserved(world)

    assert world.update(template(A=custom("2"), B=after("A", "3"))) == "UPDATE_COMPLETE"

    assert world.provider.told[5:] == ["Update B#b 1->3"]


def test_a_preserved_stack_whose_next_update_fails_goes_back_to_the_last_complete_state(
    world: World,
) -> None:
    preserved(world)
    world.provider.on("Update B", failed("no"))

    changed = template(A=custom("3"), B=after("A", "3"))
    assert world.update(changed) == "UPDATE_ROLLBACK_COMPLETE"

    assert world.provider.told[5:] == [
        "Update A#a 2->3", "Update B#b 1->3", "Update B#b 3->1", "Update A#a 3->1",
    ]  # fmt: skip


def test_an_id_that_came_back_after_a_replacement_was_preserved_is_not_deleted(
    world: World,
) -> None:
    world.create(template(A=custom("1"), B=after("A")))
    world.provider.on("Update A", {"PhysicalResourceId": "a2"}, {"PhysicalResourceId": "a"})
    world.provider.on("Update B", failed("no"))
    world.update(template(A=custom("2"), B=after("A", "2")), DisableRollback=True)

    assert world.update(template(A=custom("1"), B=after("A"))) == "UPDATE_COMPLETE"

    assert world.provider.told_to("A") == [
        "Create A 1", "Update A#a 1->2", "Update A#a2 2->1", "Delete A#a2 2",
    ]  # fmt: skip


def test_a_complete_stack_cannot_be_rolled_back_by_hand(world: World) -> None:
    world.create(template(A=custom("1")))

    with pytest.raises(ClientError, match="CREATE_COMPLETE"):
        world.cfn.rollback_stack(StackName=world.name)


def test_a_delete_that_fails_leaves_the_stack_in_delete_failed_and_the_rest_in_place(
    world: World,
) -> None:
    world.create(template(A=custom(), B=after("A")))
    world.provider.on("Delete B", failed("no"))

    assert world.delete() == "DELETE_FAILED"

    assert world.provider.told[2:] == ["Delete B#b 1"]
    assert world.events("DELETE_IN_PROGRESS") == [
        "Stack DELETE_IN_PROGRESS: User Initiated",
        "B DELETE_IN_PROGRESS",
        f"B DELETE_FAILED: {NO}",
        "Stack DELETE_FAILED: The following resource(s) failed to delete: [B]. ",
    ]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"RetainResources": ["B"]}, ["Delete A#a 1"]),
        ({}, ["Delete B#b 1", "Delete A#a 1"]),
    ],
    ids=["retained", "again"],
)
def test_a_second_delete_goes_on_with_or_without_what_failed(
    world: World, given: dict[str, Any], told: list[str]
) -> None:
    world.create(template(A=custom(), B=after("A")))
    world.provider.on("Delete B", failed("no"))
    world.delete()

    assert world.delete(**given) == "DELETE_COMPLETE"

    assert world.provider.told[3:] == told


def test_a_first_delete_retains_nothing(world: World) -> None:
    world.create(template(A=custom()))

    with pytest.raises(ClientError, match="DELETE_FAILED"):
        world.delete(RetainResources=["A"])
    assert world.delete(RetainResources=[]) == "DELETE_COMPLETE"


def test_a_stack_takes_one_operation_at_a_time(world: World) -> None:
    world.provider.on("Create A", None)
    world.cfn.create_stack(StackName=world.name, TemplateBody=world.body(template(A=custom())))

    with pytest.raises(ClientError, match="CREATE_IN_PROGRESS state and can not be updated"):
        world.update(template(A=custom("2")))
    world.provider.answer(world.provider.seen("Create A"), {})

    assert world.settled() == "CREATE_COMPLETE"
