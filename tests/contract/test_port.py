"""The fake and the engine answer the provider alike, so that a test on the fake can be believed."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handler.arn import AliasId
from handler.capacity import Provisioned
from handler.direction import Stack
from handler.errors import InvalidRequest, NotFound, PromotionError, ResourceConflict
from handler.invocations import Reply
from handler.observed import AliasState
from local.engine import Engine
from local.settings import Settings
from tests.contract.worlds import PROD, EngineWorld, FakeWorld, World

BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
NO_FUNCTION = AliasId(PROD.scope, "nobody", "prod")


@pytest.fixture(params=["fake", "engine"])
def world(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "false")
    with Engine(Settings(publishing=0.2)) as engine:
        yield EngineWorld(engine, monkeypatch)


@pytest.fixture
def prod(world: World) -> AliasState:
    """The alias prod on version 1, with version 2 published."""
    for code in ("one", "two"):
        world.deploy(code)
        world.aws.publish_version("orders", "", None)
    world.aws.create_alias(PROD, AliasState("1", "text"))
    return found(world)


def found(world: World) -> AliasState:
    alias = world.aws.get_alias(PROD)
    assert alias
    return alias


def test_an_alias_that_is_not_there_is_none(world: World) -> None:
    world.deploy("one")
    assert world.aws.get_alias(PROD) is None
    assert world.aws.get_alias(NO_FUNCTION) is None


def test_a_new_alias_is_as_it_was_made(prod: AliasState) -> None:
    assert (prod.version, prod.description, prod.weighted) == ("1", "text", False)
    assert prod.revision_id


@pytest.mark.usefixtures("prod")
def test_an_alias_is_not_made_twice(world: World) -> None:
    before = found(world)
    with pytest.raises(ResourceConflict):
        world.aws.create_alias(PROD, AliasState("2", ""))
    assert found(world) == before


@pytest.mark.parametrize("alias", [replace(PROD, alias_name="dev"), NO_FUNCTION], ids=str)
@pytest.mark.usefixtures("prod")
def test_an_alias_needs_its_version_and_its_function(world: World, alias: AliasId) -> None:
    with pytest.raises(NotFound):
        world.aws.create_alias(alias, AliasState("9", ""))
    assert world.aws.get_alias(alias) is None


def test_repointing_moves_the_alias_and_clears_its_weights(world: World, prod: AliasState) -> None:
    world.send_traffic("2")
    weighted = found(world)
    assert weighted.weighted

    world.aws.repoint_alias(PROD, replace(weighted, version="2", description="new", weights=()))

    after = found(world)
    assert (after.version, after.description, after.weighted) == ("2", "new", False)
    assert after.revision_id not in (prod.revision_id, weighted.revision_id)


def test_describing_leaves_pointer_and_weights(world: World, prod: AliasState) -> None:
    world.send_traffic("2")
    weighted = found(world)

    world.aws.describe_alias(PROD, replace(weighted, description="new"))

    after = found(world)
    assert (after.version, after.description, after.weighted) == ("1", "new", True)
    assert after.revision_id != prod.revision_id


def test_every_write_gives_a_new_revision_also_one_that_changes_nothing(
    world: World, prod: AliasState
) -> None:
    world.aws.describe_alias(PROD, prod)
    assert found(world).revision_id != prod.revision_id


def test_a_write_with_an_old_revision_changes_nothing(world: World, prod: AliasState) -> None:
    world.aws.describe_alias(PROD, prod)
    before = found(world)
    with pytest.raises(ResourceConflict):
        world.aws.repoint_alias(PROD, replace(prod, version="2"))
    with pytest.raises(ResourceConflict):
        world.aws.describe_alias(PROD, replace(prod, description="late"))
    assert found(world) == before


def test_repointing_needs_the_version(world: World, prod: AliasState) -> None:
    with pytest.raises(NotFound):
        world.aws.repoint_alias(PROD, replace(prod, version="9"))
    assert found(world) == prod


def test_a_share_of_the_traffic_goes_to_another_version_and_comes_back(
    world: World, prod: AliasState
) -> None:
    shared = world.aws.repoint_alias(PROD, replace(prod, weights=(("2", 0.1),)))
    assert shared == found(world)
    assert (shared.version, shared.weights) == ("1", (("2", 0.1),))

    more = world.aws.repoint_alias(PROD, replace(shared, weights=(("2", 0.5),)))
    assert found(world).weights == more.weights == (("2", 0.5),)

    world.aws.repoint_alias(PROD, replace(more, weights=()))
    assert found(world).weights == ()


@pytest.mark.parametrize(
    ("version", "weights", "error"),
    [
        ("$LATEST", (("2", 0.1),), InvalidRequest),
        ("2", (("2", 0.1),), InvalidRequest),
        ("1", (("9", 0.1),), NotFound),
    ],
    ids=["beside $LATEST", "its own version", "no version"],
)
def test_a_share_that_cannot_be_changes_nothing(
    world: World,
    prod: AliasState,
    version: str,
    weights: tuple[tuple[str, float], ...],
    error: type[PromotionError],
) -> None:
    with pytest.raises(error):
        world.aws.repoint_alias(PROD, replace(prod, version=version, weights=weights))
    assert found(world) == prod


@pytest.mark.usefixtures("prod")
def test_what_is_written_is_given_as_it_is_read_and_can_be_written_on(world: World) -> None:
    dev = replace(PROD, alias_name="dev")
    made = world.aws.create_alias(dev, AliasState("1", "made"))
    assert made == world.aws.get_alias(dev)
    moved = world.aws.repoint_alias(dev, replace(made, version="2", description="moved"))
    assert moved == world.aws.get_alias(dev)
    told = world.aws.describe_alias(dev, replace(moved, description="told"))
    assert told == world.aws.get_alias(dev)
    assert len({made.revision_id, moved.revision_id, told.revision_id}) == 3


@pytest.mark.usefixtures("prod")
def test_the_versions_of_each_alias_are_served_by_pointer_or_by_weight(world: World) -> None:
    assert world.aws.served_versions("orders") == {"prod": {"1"}}
    world.send_traffic("2")
    assert world.aws.served_versions("orders") == {"prod": {"1", "2"}}
    world.aws.create_alias(replace(PROD, alias_name="dev"), AliasState("$LATEST", ""))
    assert world.aws.served_versions("orders") == {"prod": {"1", "2"}, "dev": {"$LATEST"}}


def test_the_versions_of_a_function_that_is_not_there_are_not_found(world: World) -> None:
    with pytest.raises(NotFound):
        world.aws.served_versions(NO_FUNCTION.function_name)


def test_writing_to_an_alias_needs_the_alias(world: World, prod: AliasState) -> None:
    world.aws.delete_alias(PROD)
    with pytest.raises(NotFound):
        world.aws.repoint_alias(PROD, prod)
    with pytest.raises(NotFound):
        world.aws.describe_alias(PROD, prod)
    assert world.aws.get_alias(PROD) is None


@pytest.mark.usefixtures("prod")
def test_deleting_an_alias_twice_is_no_error(world: World) -> None:
    world.aws.delete_alias(PROD)
    assert world.aws.get_alias(PROD) is None
    world.aws.delete_alias(PROD)
    world.aws.delete_alias(NO_FUNCTION)


def test_publishing_again_without_a_change_gives_the_same_version(world: World) -> None:
    world.deploy("one")
    first = world.aws.publish_version("orders", "first", None)
    again = world.aws.publish_version("orders", "again", None)
    world.deploy("two")
    second = world.aws.publish_version("orders", "", None)

    assert (first.number, again.number, second.number) == ("1", "1", "2")
    assert first.code_sha256 == again.code_sha256 != second.code_sha256


def test_publishing_is_guarded_by_the_code(world: World) -> None:
    world.deploy("one")
    code = world.aws.get_version("orders", "$LATEST").code_sha256
    world.deploy("two")
    with pytest.raises(InvalidRequest):
        world.aws.publish_version("orders", "", code)
    with pytest.raises(NotFound):
        world.aws.get_version("orders", "1")

    world.deploy("one")
    assert world.aws.publish_version("orders", "", code).code_sha256 == code


def test_publishing_needs_the_function(world: World) -> None:
    with pytest.raises(NotFound):
        world.aws.publish_version("nobody", "", None)


def test_a_version_keeps_its_code(world: World) -> None:
    world.deploy("one")
    published = world.aws.publish_version("orders", "", None)
    world.aws.wait_until_active("orders", published.number)
    world.deploy("two")

    version = world.aws.get_version("orders", published.number)
    assert version.state == "Active"
    assert version.code_sha256 == published.code_sha256
    assert world.aws.get_version("orders", "$LATEST").code_sha256 != published.code_sha256


@pytest.mark.parametrize(("name", "number"), [("orders", "9"), ("nobody", "1")])
def test_a_version_that_is_not_there_is_not_found(world: World, name: str, number: str) -> None:
    world.deploy("one")
    with pytest.raises(NotFound):
        world.aws.get_version(name, number)


# --- provisioned concurrency


@pytest.mark.usefixtures("prod")
def test_a_version_has_no_provisioned_concurrency_until_it_is_asked_for(world: World) -> None:
    assert world.aws.get_provisioned_concurrency("orders", "1") is None
    world.aws.put_provisioned_concurrency("orders", "1", 5)
    wait_until_ready(world, "1", 5)
    assert world.aws.get_provisioned_concurrency("orders", "2") is None


def wait_until_ready(world: World, number: str, executions: int) -> None:
    while (found := world.aws.get_provisioned_concurrency("orders", number)) and (
        found.status == "IN_PROGRESS"
    ):
        assert found.requested == executions
        time.sleep(0.01)
    assert found == Provisioned(executions, "READY")


@pytest.mark.usefixtures("prod")
def test_provisioned_concurrency_can_be_changed_and_taken(world: World) -> None:
    for executions in (5, 3):
        world.aws.put_provisioned_concurrency("orders", "1", executions)
        wait_until_ready(world, "1", executions)
    for _ in range(2):
        world.aws.delete_provisioned_concurrency("orders", "1")
        assert world.aws.get_provisioned_concurrency("orders", "1") is None


@pytest.mark.usefixtures("prod")
def test_a_version_that_is_not_there_gets_no_provisioned_concurrency(world: World) -> None:
    with pytest.raises(NotFound):
        world.aws.put_provisioned_concurrency("orders", "9", 5)
    assert world.aws.get_provisioned_concurrency("orders", "9") is None


# --- invocations


def invoke(world: World, number: str) -> Reply:
    return world.aws.invoke("orders", number, '{"order": 1}', 30, "SmokeTest")


def released(world: World, answer: Any) -> str:
    world.deploy_answer(answer)
    number = world.aws.publish_version("orders", "", None).number
    world.aws.wait_until_active("orders", number)
    return number


@pytest.mark.parametrize("answer", [{"ok": True, "stock": [7]}, "ok", 7])
def test_an_invocation_gives_the_functions_answer_as_json(world: World, answer: Any) -> None:
    reply = invoke(world, released(world, answer))
    assert (json.loads(reply.text), reply.failed, reply.timed_out) == (answer, False, False)


def test_an_error_of_the_function_is_an_answer_that_failed(world: World) -> None:
    reply = invoke(world, released(world, None))
    assert json.loads(reply.text)["errorMessage"] == "no"
    assert (reply.failed, reply.timed_out) == (True, False)


# --- alarms


def test_the_state_of_each_alarm_that_exists_is_told(world: World) -> None:
    states = {"errors": "ALARM", "latency": "OK", "traffic": "INSUFFICIENT_DATA"}
    world.ring(**states)
    assert world.aws.describe_alarms(["errors", "latency", "traffic", "nobody"]) == states
    assert world.aws.describe_alarms(["latency"]) == {"latency": "OK"}
    assert world.aws.describe_alarms(["nobody"]) == {}


# --- stacks


def test_a_resources_own_events_are_given_newest_first(world: World) -> None:
    stack_id = world.make_stack()

    events = world.aws.describe_stack_events(stack_id, "Prod", BEFORE)

    assert events
    assert {event.status for event in events} == {"CREATE_IN_PROGRESS", "CREATE_COMPLETE"}
    assert events[0].status == "CREATE_COMPLETE"
    assert [event.at for event in events] == sorted((event.at for event in events), reverse=True)
    assert world.aws.describe_stack_events(stack_id, "Prod", None) == events


def test_events_before_the_moment_are_left_out(world: World) -> None:
    stack_id = world.make_stack()
    events = world.aws.describe_stack_events(stack_id, "Prod", BEFORE)
    assert events

    assert world.aws.describe_stack_events(stack_id, "Prod", events[0].at) == events[:1]
    after = events[0].at + timedelta(milliseconds=1)
    assert world.aws.describe_stack_events(stack_id, "Prod", after) == ()


def test_a_resource_that_the_stack_does_not_have_has_no_events(world: World) -> None:
    assert world.aws.describe_stack_events(world.make_stack(), "Nobody", BEFORE) == ()


@pytest.fixture
def on_engine(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> World:
    return EngineWorld(engine, monkeypatch)


def test_events_of_a_stack_that_is_not_there_are_unknown(on_engine: World) -> None:
    assert on_engine.aws.describe_stack_events("nowhere", "Prod", BEFORE) is None


def test_a_stack_that_cannot_be_read_has_no_status(on_engine: World) -> None:
    assert on_engine.aws.describe_stack("nowhere") == Stack()


def test_a_stack_tells_its_status_and_when_its_operation_began(
    engine: Engine, on_engine: World
) -> None:
    stacks = engine.client("cloudformation")
    queue = '{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}'
    stack_id = stacks.create_stack(StackName="orders", TemplateBody=queue)["StackId"]

    found = on_engine.aws.describe_stack(stack_id)

    assert found.status in ("CREATE_IN_PROGRESS", "CREATE_COMPLETE")
    assert found.begun == stacks.describe_stacks(StackName="orders")["Stacks"][0]["CreationTime"]


def listed(world: World) -> list[list[str]]:
    pages = world.aws.list_versions_by_function("orders")
    return [[version.number for version in page] for page in pages]


def test_versions_are_listed_oldest_first_without_latest(world: World) -> None:
    world.deploy("none")
    assert listed(world) == [[]]
    for code in ("one", "two", "three"):
        world.deploy(code)
        number = world.aws.publish_version("orders", "", None).number
        world.aws.wait_until_active("orders", number)
    assert listed(world) == [["1", "2", "3"]]


@pytest.mark.usefixtures("prod")
def test_all_aliases_are_listed_as_they_are(world: World) -> None:
    world.aws.create_alias(replace(PROD, alias_name="beta"), AliasState("2", ""))
    world.send_traffic("2")
    found = world.aws.list_aliases("orders")
    assert {name: replace(state, revision_id="") for name, state in found.items()} == {
        "prod": AliasState("1", "text", weights=(("2", 0.1),)),
        "beta": AliasState("2", ""),
    }


@pytest.mark.usefixtures("prod")
def test_provisioned_versions_are_listed(world: World) -> None:
    assert world.aws.list_provisioned_concurrency_configs("orders") == frozenset()
    world.aws.put_provisioned_concurrency("orders", "2", 1)
    assert world.aws.list_provisioned_concurrency_configs("orders") == frozenset({"2"})


@pytest.mark.usefixtures("prod")
def test_versions_that_event_sources_invoke_are_listed(world: World) -> None:
    arns = [f"{PROD.function_arn}:{number}" for number in (1, 2)]
    assert world.aws.list_event_source_mappings() == frozenset()
    world.map_events("2")
    assert world.aws.list_event_source_mappings() == frozenset(arns[1:])
    assert [world.aws.list_event_source_mappings(arn) for arn in arns] == [
        frozenset(), frozenset(arns[1:])
    ]  # fmt: skip


@pytest.mark.usefixtures("prod")
def test_a_version_is_deleted_and_deleting_it_again_is_no_error(world: World) -> None:
    world.aws.delete_version("orders", "2")
    world.aws.delete_version("orders", "2")
    assert listed(world) == [["1"]]
    with pytest.raises(NotFound):
        world.aws.get_version("orders", "2")


@pytest.mark.usefixtures("prod")
def test_a_version_that_an_alias_serves_or_weighs_is_not_deleted(world: World) -> None:
    world.send_traffic("2")
    for number in ("1", "2"):
        with pytest.raises(ResourceConflict):
            world.aws.delete_version("orders", number)
    assert listed(world) == [["1", "2"]]


def test_a_function_that_is_not_there_has_nothing_to_list_or_delete(world: World) -> None:
    for call in (
        lambda: next(world.aws.list_versions_by_function("nobody")),
        lambda: world.aws.list_aliases("nobody"),
        lambda: world.aws.delete_version("nobody", "1"),
    ):
        with pytest.raises(NotFound):
            call()
