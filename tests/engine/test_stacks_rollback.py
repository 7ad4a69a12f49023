"""What a custom resource is told, and what the stack shows, when an operation goes well or fails.

Sections A5 to A7 and A10 of the semantics that the engine keeps to, as sequences of events.
"""

import threading

import pytest

from local.settings import Settings
from tests.engine.cloudformation_world import World, custom, failed, template

NO = "Received response status [FAILED] from custom resource. Message returned: no"
FAILED_CREATE = "The following resource(s) failed to create: [A]. Rollback requested by user."
ABANDONED = "Update successful. One or more resources could not be deleted."
REPLACED = "Requested update required the provider to create a new physical resource"


def after(name: str, version: str = "1") -> dict[str, object]:
    """Give a custom resource that starts when another one is done."""
    return custom(version, DependsOn=name)


def test_a_resource_is_created_updated_and_deleted_under_the_id_it_answered(world: World) -> None:
    assert world.create(template(A=custom("1"))) == "CREATE_COMPLETE"
    assert world.update(template(A=custom("2"))) == "UPDATE_COMPLETE"
    stack_id = world.stack()["StackId"]
    assert world.delete() == "DELETE_COMPLETE"

    assert world.provider.told == ["Create A 1", "Update A#a 1->2", "Delete A#a 2"]
    assert world.events(name=stack_id) == [
        "Stack CREATE_IN_PROGRESS: User Initiated",
        "A CREATE_IN_PROGRESS",
        "A CREATE_IN_PROGRESS: Resource creation Initiated",
        "A CREATE_COMPLETE",
        "Stack CREATE_COMPLETE",
        "Stack UPDATE_IN_PROGRESS: User Initiated",
        "A UPDATE_IN_PROGRESS",
        "A UPDATE_COMPLETE",
        "Stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "Stack UPDATE_COMPLETE",
        "Stack DELETE_IN_PROGRESS: User Initiated",
        "A DELETE_IN_PROGRESS",
        "A DELETE_COMPLETE",
        "Stack DELETE_COMPLETE",
    ]


def test_a_failed_create_is_deleted_under_the_id_that_it_answered(world: World) -> None:
    world.provider.on("Create A", failed("no", PhysicalResourceId="a#not-created"))

    assert world.create(template(A=custom())) == "ROLLBACK_COMPLETE"

    assert world.provider.told == ["Create A 1", "Delete A#a#not-created 1"]
    assert world.events() == [
        "Stack CREATE_IN_PROGRESS: User Initiated",
        "A CREATE_IN_PROGRESS",
        f"A CREATE_FAILED: {NO}",
        f"Stack ROLLBACK_IN_PROGRESS: {FAILED_CREATE}",
        "A DELETE_IN_PROGRESS",
        "A DELETE_COMPLETE",
        "Stack ROLLBACK_COMPLETE",
    ]


def test_a_failed_create_without_an_id_is_deleted_under_one_that_cloudformation_made_up(
    world: World,
) -> None:
    world.provider.on("Create A", failed("no", PhysicalResourceId=""))

    assert world.create(template(A=custom())) == "ROLLBACK_COMPLETE"

    assert world.provider.told == ["Create A 1", "Delete A#made-up 1"]
    assert "A CREATE_FAILED: Invalid PhysicalResourceId" in world.events()


def test_what_succeeded_is_deleted_in_reverse_order_when_a_create_fails(world: World) -> None:
    world.provider.on("Create C", failed("no"))

    assert world.create(template(A=custom(), B=after("A"), C=after("B"))) == "ROLLBACK_COMPLETE"

    assert world.provider.told == [
        "Create A 1", "Create B 1", "Create C 1", "Delete C#c 1", "Delete B#b 1", "Delete A#a 1",
    ]  # fmt: skip


def test_what_waits_for_a_failed_resource_is_never_created(world: World) -> None:
    world.provider.on("Create A", failed("no"))

    world.create(template(A=custom(), B=after("A")))

    assert world.provider.told_to("B") == []
    assert world.events(of="B") == []


def test_a_create_that_runs_while_a_sibling_fails_is_deleted_under_an_id_never_issued(
    world: World,
) -> None:
    world.provider.on("Create A", None)
    world.provider.on("Create B", world.provider.when("Create A", failed("no")))

    assert world.create(template(A=custom(), B=custom())) == "ROLLBACK_COMPLETE"

    assert world.provider.told_to("A") == ["Create A 1", "Delete A#made-up 1"]
    assert world.events(of="A") == [
        "A CREATE_IN_PROGRESS",
        "A CREATE_FAILED: Resource creation cancelled",
        "A DELETE_IN_PROGRESS",
        "A DELETE_COMPLETE",
    ]
    late = world.provider.seen("Create A")
    assert not world.provider.answer(late, {})


def test_a_cancelled_create_may_be_deleted_under_the_id_of_its_late_answer() -> None:
    with World(Settings(cancelled_create_keeps_id=True)) as world:

        def fail_before_a_answers(_event: object) -> dict[str, object]:
            create = world.provider.seen("Create A")
            threading.Timer(1, world.provider.answer, (create, {})).start()
            return failed("no")

        world.provider.on("Create A", None)
        world.provider.on("Create B", fail_before_a_answers)
        world.create(template(A=custom(), B=custom()))

        assert world.provider.told_to("A") == ["Create A 1", "Delete A#a 1"]
        assert "A CREATE_FAILED: Resource creation cancelled" in world.events()


def test_a_delete_that_fails_in_a_rollback_leaves_the_stack_in_rollback_failed(
    world: World,
) -> None:
    world.provider.on("Create A", failed("no"))
    world.provider.on("Delete A", failed("no"))

    assert world.create(template(A=custom())) == "ROLLBACK_FAILED"
    assert world.events()[-2:] == [
        f"A DELETE_FAILED: {NO}",
        "Stack ROLLBACK_FAILED: The following resource(s) failed to delete: [A]. ",
    ]

    assert world.delete() == "DELETE_COMPLETE"


def test_a_resource_whose_update_fails_gets_a_rollback_update_of_its_own(world: World) -> None:
    world.create(template(A=custom("1")))
    world.provider.on("Update A", failed("no"))

    assert world.update(template(A=custom("2"))) == "UPDATE_ROLLBACK_COMPLETE"

    assert world.provider.told == ["Create A 1", "Update A#a 1->2", "Update A#a 2->1"]
    assert world.events("UPDATE_IN_PROGRESS") == [
        "Stack UPDATE_IN_PROGRESS: User Initiated",
        "A UPDATE_IN_PROGRESS",
        f"A UPDATE_FAILED: {NO}",
        "Stack UPDATE_ROLLBACK_IN_PROGRESS: The following resource(s) failed to update: [A]. ",
        "A UPDATE_IN_PROGRESS",
        "A UPDATE_COMPLETE",
        "Stack UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "Stack UPDATE_ROLLBACK_COMPLETE",
    ]


def test_what_was_updated_before_another_failed_is_updated_back(world: World) -> None:
    world.create(template(A=custom("1"), B=after("A")))
    world.provider.on("Update B", failed("no"))

    assert world.update(template(A=custom("2"), B=after("A", "2"))) == "UPDATE_ROLLBACK_COMPLETE"

    assert world.provider.told[2:] == [
        "Update A#a 1->2", "Update B#b 1->2", "Update B#b 2->1", "Update A#a 2->1",
    ]  # fmt: skip


def test_a_rollback_may_revert_first_what_others_refer_to() -> None:
    with World(Settings(function_reverted_first=True)) as world:
        world.create(template(A=custom("1"), B=after("A")))
        world.provider.on("Update B", failed("no"))

        world.update(template(A=custom("2"), B=after("A", "2")))

        assert world.provider.told[-2:] == ["Update A#a 2->1", "Update B#b 2->1"]


def test_the_order_of_a_rollback_also_passes_through_what_did_not_change(world: World) -> None:
    world.create(template(A=custom("1"), B=after("A"), C=after("B")))
    world.provider.on("Update C", failed("no"))

    world.update(template(A=custom("2"), B=after("A"), C=after("B", "2")))

    assert world.provider.told[-2:] == ["Update C#c 2->1", "Update A#a 2->1"]


def test_an_update_that_runs_while_a_sibling_fails_is_cancelled_and_updated_back(
    world: World,
) -> None:
    world.create(template(A=custom("1"), B=custom("1")))
    world.provider.on("Update A", None)
    world.provider.on("Update B", world.provider.when("Update A", failed("no")))

    assert world.update(template(A=custom("2"), B=custom("2"))) == "UPDATE_ROLLBACK_COMPLETE"

    assert world.provider.told_to("A")[1:] == ["Update A#a 1->2", "Update A#a 2->1"]
    assert "A UPDATE_FAILED: Resource update cancelled" in world.events()


def test_what_did_not_change_is_not_told_of_the_update_nor_of_its_rollback(world: World) -> None:
    world.create(template(A=custom("1"), B=after("A", "1")))
    world.provider.on("Update B", failed("no"))

    world.update(template(A=custom("1"), B=after("A", "2")))

    assert world.provider.told_to("A") == ["Create A 1"]
    assert world.events("UPDATE_IN_PROGRESS", of="A") == []


def test_what_the_failed_update_created_is_deleted_in_the_cleanup(world: World) -> None:
    world.create(template(A=custom("1")))
    world.provider.on("Create B", failed("no"))

    changed = template(A=custom("2"), B=after("A"))
    assert world.update(changed) == "UPDATE_ROLLBACK_COMPLETE"

    assert world.provider.told[1:] == [
        "Update A#a 1->2", "Create B 1", "Update A#a 2->1", "Delete B#b 1",
    ]  # fmt: skip
    assert world.events("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS") == [
        "Stack UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "B DELETE_IN_PROGRESS",
        "B DELETE_COMPLETE",
        "Stack UPDATE_ROLLBACK_COMPLETE",
    ]
    assert world.statuses() == {"A": "UPDATE_COMPLETE"}


def test_another_id_in_an_update_is_a_replacement_whose_old_id_is_deleted_in_the_cleanup(
    world: World,
) -> None:
    world.create(template(A=custom("1")))
    world.provider.on("Update A", {"PhysicalResourceId": "a2"})

    assert world.update(template(A=custom("2"))) == "UPDATE_COMPLETE"

    assert world.provider.told == ["Create A 1", "Update A#a 1->2", "Delete A#a 1"]
    assert world.events("UPDATE_IN_PROGRESS") == [
        "Stack UPDATE_IN_PROGRESS: User Initiated",
        "A UPDATE_IN_PROGRESS",
        f"A UPDATE_IN_PROGRESS: {REPLACED}",
        "A UPDATE_COMPLETE",
        "Stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "A DELETE_IN_PROGRESS",
        "A DELETE_COMPLETE",
        "Stack UPDATE_COMPLETE",
    ]
    assert world.statuses() == {"A": "UPDATE_COMPLETE"}


def test_a_replacement_that_is_rolled_back_ends_with_the_delete_of_the_new_id(
    world: World,
) -> None:
    world.create(template(A=custom("1"), B=after("A")))
    world.provider.on("Update A", {"PhysicalResourceId": "a2"}, {"PhysicalResourceId": "a"})
    world.provider.on("Update B", failed("no"))

    assert world.update(template(A=custom("2"), B=after("A", "2"))) == "UPDATE_ROLLBACK_COMPLETE"

    assert world.provider.told_to("A") == [
        "Create A 1", "Update A#a 1->2", "Update A#a2 2->1", "Delete A#a2 2",
    ]  # fmt: skip
    world.delete()
    assert world.provider.told_to("A")[-1] == "Delete A#a 1"


def test_a_replacement_whose_rollback_keeps_the_new_id_deletes_nothing(world: World) -> None:
    world.create(template(A=custom("1"), B=after("A")))
    world.provider.on("Update A", {"PhysicalResourceId": "a2"})
    world.provider.on("Update B", failed("no"))

    world.update(template(A=custom("2"), B=after("A", "2")))

    assert world.provider.told_to("A") == [
        "Create A 1", "Update A#a 1->2", "Update A#a2 2->1",
    ]  # fmt: skip


def test_a_failed_update_with_another_id_has_that_id_from_then_on(world: World) -> None:
    world.create(template(A=custom("1")))
    world.provider.on("Update A", failed("no", PhysicalResourceId="x"), {"PhysicalResourceId": "a"})

    assert world.update(template(A=custom("2"))) == "UPDATE_ROLLBACK_COMPLETE"

    assert world.provider.told[1:] == ["Update A#a 1->2", "Update A#x 2->1", "Delete A#x 2"]


def test_a_failed_update_may_also_keep_the_id_it_had() -> None:
    with World(Settings(failed_update_adopts_id=False)) as world:
        world.create(template(A=custom("1")))
        world.provider.on("Update A", failed("no", PhysicalResourceId="x"))

        assert world.update(template(A=custom("2"))) == "UPDATE_ROLLBACK_COMPLETE"

        assert world.provider.told[1:] == ["Update A#a 1->2", "Update A#a 2->1"]


def test_a_delete_that_fails_in_the_cleanup_is_abandoned(world: World) -> None:
    world.create(template(A=custom("1"), B=custom()))
    world.provider.on("Delete B", failed("no"))

    assert world.update(template(A=custom("2"))) == "UPDATE_COMPLETE"

    assert world.events("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS") == [
        "Stack UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "B DELETE_IN_PROGRESS",
        f"B DELETE_FAILED: {NO}",
        f"Stack UPDATE_COMPLETE: {ABANDONED}",
    ]
    assert world.statuses() == {"A": "UPDATE_COMPLETE"}
    world.delete()
    assert world.provider.told_to("B") == ["Create B 1", "Delete B#b 1"]


def test_removed_resources_are_deleted_in_the_cleanup_in_reverse_order(world: World) -> None:
    world.create(template(A=custom("1"), B=custom(), C=after("B")))

    world.update(template(A=custom("2")))

    assert world.provider.told[-3:] == ["Update A#a 1->2", "Delete C#c 1", "Delete B#b 1"]


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("Retain", ["Create B 1"]),
        ("RetainExceptOnCreate", ["Create B 1"]),
        ("Delete", ["Create B 1", "Delete B#b 1"]),
    ],
)
def test_a_deletion_policy_decides_what_a_removed_resource_is_told(
    world: World, policy: str, told: list[str]
) -> None:
    world.create(template(A=custom("1"), B=custom(DeletionPolicy=policy)))

    world.update(template(A=custom("2")))

    assert world.provider.told_to("B") == told
    skipped = "B DELETE_SKIPPED" in world.events()
    assert skipped == (policy != "Delete")


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("Retain", ["Create A 1"]),
        ("RetainExceptOnCreate", ["Create A 1", "Delete A#a 1"]),
    ],
)
def test_a_deletion_policy_decides_what_a_rollback_of_its_creation_deletes(
    world: World, policy: str, told: list[str]
) -> None:
    world.provider.on("Create B", failed("no"))

    world.create(template(A=custom(DeletionPolicy=policy), B=after("A")))

    assert world.provider.told_to("A") == told


def test_a_retained_resource_outlives_its_stack(world: World) -> None:
    world.create(template(A=custom(DeletionPolicy="Retain")))
    stack_id = world.stack()["StackId"]

    assert world.delete() == "DELETE_COMPLETE"

    assert world.provider.told == ["Create A 1"]
    assert world.events(name=stack_id)[-2:] == ["A DELETE_SKIPPED", "Stack DELETE_COMPLETE"]


def test_no_request_ever_looks_older_than_its_operation(world: World) -> None:
    margins = []

    def look(_event: object) -> dict[str, object]:
        stack = world.stack()
        begun = stack.get("LastUpdatedTime", stack["CreationTime"])
        signed = world.provider.events[-1]["ResponseURL"].split("X-Amz-Date=")[1][:16]
        margins.append((begun, signed, stack["StackStatus"]))
        return {}

    def look_and_fail(event: object) -> dict[str, object]:
        look(event)
        return failed("no")

    world.provider.on("Create A", look)
    world.provider.on("Update A", look_and_fail, look)
    world.provider.on("Delete A", look)
    world.create(template(A=custom("1")))
    world.update(template(A=custom("2")))
    world.delete()

    assert [status for _, _, status in margins] == [
        "CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS",
        "DELETE_IN_PROGRESS",
    ]  # fmt: skip
    # A signature has whole seconds, so a comparison must do without the fraction.
    assert all(begun.strftime("%Y%m%dT%H%M%SZ") <= signed for begun, signed, _ in margins)


def test_an_update_and_a_rollback_each_set_last_updated_time_when_they_begin(
    world: World,
) -> None:
    world.create(template(A=custom("1")))
    assert "LastUpdatedTime" not in world.stack()
    seen = []

    def look(_event: object) -> dict[str, object]:
        seen.append(world.stack()["LastUpdatedTime"])
        return failed("no") if len(seen) == 1 else {}

    world.provider.on("Update A", look, look)
    world.update(template(A=custom("2")))

    assert world.stack()["CreationTime"] <= seen[0] <= seen[1] == world.stack()["LastUpdatedTime"]
    assert seen[0] != seen[1]
