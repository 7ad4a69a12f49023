"""Provisioned and reserved concurrency (aws-semantics B5)."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.settings import Settings
from tests.engine.functions_world import Stage, World, package, serve


@pytest.fixture
def world() -> Iterator[World]:
    with serve(Settings(provisioning=60)) as made:
        yield made


@pytest.fixture
def stage(world: World) -> Stage:
    """Versions 1 and 2; `live` on 1."""
    made = world.stage()
    made.function()
    made.version()
    made.client.update_function_code(FunctionName=made.name, ZipFile=package("changed = True"))
    made.version()
    made.alias()
    return made


def put(stage: Stage, qualifier: str = "live", number: int = 5) -> Any:
    return stage.client.put_provisioned_concurrency_config(
        FunctionName=stage.name, Qualifier=qualifier, ProvisionedConcurrentExecutions=number
    )


def get(stage: Stage, qualifier: str = "live") -> Any:
    return stage.client.get_provisioned_concurrency_config(
        FunctionName=stage.name, Qualifier=qualifier
    )


def move(stage: Stage, version: str, **given: Any) -> Any:
    return stage.client.update_alias(
        FunctionName=stage.name, Name="live", FunctionVersion=version, **given
    )


def weights(stage: Stage) -> Any:
    return stage.read_alias().get("RoutingConfig", {}).get("AdditionalVersionWeights")


def counts(config: Any) -> tuple[int, int, int]:
    return (
        config["RequestedProvisionedConcurrentExecutions"],
        config["AllocatedProvisionedConcurrentExecutions"],
        config["AvailableProvisionedConcurrentExecutions"],
    )


def test_it_is_in_progress_with_none_available_and_then_ready(stage: Stage, world: World) -> None:
    answer = put(stage)
    assert (answer["Status"], counts(answer)) == ("IN_PROGRESS", (5, 0, 0))
    world.time += 59
    assert get(stage)["Status"] == "IN_PROGRESS"
    world.time += 1
    assert (get(stage)["Status"], counts(get(stage))) == ("READY", (5, 5, 5))


def test_it_fails_when_the_init_of_the_code_fails(stage: Stage, world: World) -> None:
    world.invoker.broken.add("1")
    put(stage)
    world.time += 60
    found = get(stage)
    assert (found["Status"], found["StatusReason"]) == ("FAILED", "FUNCTION_ERROR_INIT_FAILURE")
    assert counts(found) == (5, 0, 0)


def test_it_is_in_progress_until_the_init_is_over(stage: Stage, world: World) -> None:
    world.invoker.slow = True
    put(stage, "1")
    world.time += 60
    assert get(stage, "1")["Status"] == "IN_PROGRESS"
    world.invoker.inits[0].set_result(True)
    assert get(stage, "1")["Status"] == "READY"


def test_an_invocation_finds_it_by_version_and_by_alias_while_it_is_ready(
    stage: Stage, world: World
) -> None:
    put(stage, "1")
    stage.invoke(Qualifier="1")
    world.time += 60
    for qualifier in ("1", "live", "2"):
        stage.invoke(Qualifier=qualifier)
    stage.client.delete_provisioned_concurrency_config(FunctionName=stage.name, Qualifier="1")
    stage.invoke(Qualifier="1")
    found = [target.provisioned for target in world.invoker.ran]
    assert found == [False, True, True, False, False]


def test_a_moved_alias_serves_the_old_version_until_the_new_one_is_ready(
    stage: Stage, world: World
) -> None:
    put(stage)
    world.time += 60
    assert get(stage)["Status"] == "READY"
    move(stage, "2")
    assert (stage.read_alias()["FunctionVersion"], weights(stage)) == ("2", {"1": 1.0})
    assert get(stage)["Status"] == "IN_PROGRESS"
    assert stage.invoke(Qualifier="live")["ExecutedVersion"] == "1"
    world.time += 60
    assert (get(stage)["Status"], weights(stage)) == ("READY", None)
    assert stage.invoke(Qualifier="live")["ExecutedVersion"] == "2"


def test_it_can_not_be_put_while_the_alias_is_moving(stage: Stage) -> None:
    put(stage)
    move(stage, "2")
    with pytest.raises(ClientError, match="Alias with weights"):
        put(stage)


def test_a_moved_alias_stays_with_the_old_version_when_the_new_one_fails(
    stage: Stage, world: World
) -> None:
    world.invoker.broken.add("2")
    put(stage)
    move(stage, "2")
    world.time += 60
    assert (get(stage)["Status"], weights(stage)) == ("FAILED", {"1": 1.0})
    assert stage.invoke(Qualifier="live")["ExecutedVersion"] == "1"


def test_going_back_from_there_needs_the_weights_cleared(stage: Stage, world: World) -> None:
    world.invoker.broken.add("2")
    put(stage)
    move(stage, "2")
    world.time += 60
    with pytest.raises(ClientError, match="already included in routing configuration"):
        move(stage, "1")
    move(stage, "1", RoutingConfig={"AdditionalVersionWeights": {}})
    assert (stage.read_alias()["FunctionVersion"], weights(stage)) == ("1", None)
    world.time += 60
    assert get(stage)["Status"] == "READY"


def test_another_update_leaves_it_as_it_is(stage: Stage, world: World) -> None:
    put(stage)
    world.time += 60
    stage.client.update_alias(FunctionName=stage.name, Name="live", Description="other")
    assert (get(stage)["Status"], weights(stage)) == ("READY", None)


def test_an_alias_that_has_it_can_not_move_to_latest(stage: Stage) -> None:
    put(stage)
    with pytest.raises(ClientError, match="unpublished function versions"):
        move(stage, "$LATEST")
    assert stage.read_alias()["FunctionVersion"] == "1"


def test_without_it_an_alias_moves_at_once(stage: Stage) -> None:
    put(stage)
    stage.client.delete_provisioned_concurrency_config(FunctionName=stage.name, Qualifier="live")
    move(stage, "2")
    assert weights(stage) is None


def test_two_aliases_of_one_version_can_not_both_have_it(stage: Stage) -> None:
    stage.alias("other")
    put(stage)
    with pytest.raises(ClientError, match="already Provisioned version"):
        put(stage, "other")


def test_it_goes_with_its_alias(stage: Stage) -> None:
    put(stage)
    stage.client.delete_alias(FunctionName=stage.name, Name="live")
    stage.alias()
    with pytest.raises(ClientError, match="No Provisioned Concurrency Config found"):
        get(stage)


def test_the_list_names_the_qualified_arns(stage: Stage) -> None:
    put(stage)
    put(stage, "2", 3)
    found = stage.client.list_provisioned_concurrency_configs(FunctionName=stage.name)
    assert {
        one["FunctionArn"]: one["RequestedProvisionedConcurrentExecutions"]
        for one in found["ProvisionedConcurrencyConfigs"]
    } == {f"{stage.arn}:live": 5, f"{stage.arn}:2": 3}


def test_what_is_reserved_or_provisioned_is_taken_from_the_account(stage: Stage) -> None:
    put(stage, number=200)
    stage.client.put_function_concurrency(FunctionName=stage.name, ReservedConcurrentExecutions=300)
    limit = stage.client.get_account_settings()["AccountLimit"]
    assert limit["UnreservedConcurrentExecutions"] == 700
    with pytest.raises(ClientError, match=r"below its minimum value of \[100\]"):
        stage.client.put_function_concurrency(
            FunctionName=stage.name, ReservedConcurrentExecutions=901
        )


def test_reserved_concurrency_can_be_read_and_taken_away(stage: Stage) -> None:
    client, name = stage.client, stage.name
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=7)
    assert client.get_function_concurrency(FunctionName=name)["ReservedConcurrentExecutions"] == 7
    found = client.get_function(FunctionName=name)["Concurrency"]
    assert found == {"ReservedConcurrentExecutions": 7}
    client.delete_function_concurrency(FunctionName=name)
    assert "ReservedConcurrentExecutions" not in client.get_function_concurrency(FunctionName=name)


def test_concurrency_is_reserved_for_whole_functions_only(stage: Stage) -> None:
    with pytest.raises(ClientError, match="permitted on Lambda functions only"):
        stage.client.put_function_concurrency(
            FunctionName=f"{stage.arn}:live", ReservedConcurrentExecutions=7
        )
