"""Invoke: which version runs, with what, and what the answer says."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.functions_world import REGION, ROLE, Stage, World, package, serve


@pytest.fixture
def world() -> Iterator[World]:
    with serve() as made:
        yield made


@pytest.fixture
def stage(world: World) -> Stage:
    """Versions 1 and 2; `live` on 1."""
    made = world.stage()
    made.function()
    made.version()
    made.version()
    made.alias()
    return made


@pytest.mark.parametrize(
    ("qualifier", "version", "suffix"),
    [
        (None, "$LATEST", ""),
        ("$LATEST", "$LATEST", ":$LATEST"),
        ("2", "2", ":2"),
        ("live", "1", ":live"),
    ],
    ids=["none", "latest", "version", "alias"],
)
def test_the_function_sees_the_arn_that_the_caller_named(
    stage: Stage, world: World, qualifier: str | None, version: str, suffix: str
) -> None:
    answer = stage.invoke(**{"Qualifier": qualifier} if qualifier else {}, Payload=b'{"a": 1}')
    (target,) = world.invoker.ran
    assert (target.version, target.invoked_arn) == (version, f"{stage.arn}{suffix}")
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, version)
    assert json.loads(answer["Payload"]) == {"a": 1}
    assert {"FunctionError", "LogResult"}.isdisjoint(answer)


@pytest.mark.parametrize(
    "name",
    [
        "{name}:live",
        "function:{name}:live",
        "123456789012:function:{name}:live",
        "eu-west-1:123456789012:function:{name}:live",
        "{arn}:live",
    ],
)
def test_a_function_is_known_by_every_part_of_its_arn(stage: Stage, name: str) -> None:
    function = name.format(name=stage.name, arn=stage.arn)
    assert stage.client.invoke(FunctionName=function)["ExecutedVersion"] == "1"


@pytest.mark.parametrize(
    ("weight", "reached"),
    [(0.0, {"1"}), (0.5, {"1", "2"}), (1.0, {"2"})],
)
def test_a_weight_is_the_share_of_the_other_version(
    stage: Stage, world: World, weight: float, reached: set[str]
) -> None:
    stage.client.update_alias(
        FunctionName=stage.name,
        Name="live",
        RoutingConfig={"AdditionalVersionWeights": {"2": weight}},
    )
    targets = [world.service.target(REGION, stage.name, "live") for _ in range(64)]
    assert {target.version for target in targets} == reached
    assert {target.invoked_arn for target in targets} == {f"{stage.arn}:live"}


@pytest.mark.parametrize("qualifier", ["absent", "9"])
def test_what_does_not_exist_can_not_be_resolved(
    stage: Stage, world: World, qualifier: str
) -> None:
    with pytest.raises(KeyError):
        world.service.target(REGION, stage.name, qualifier)
    with pytest.raises(KeyError):
        world.service.target(REGION, f"not-{stage.name}", None)


def test_a_target_carries_the_whole_configuration(world: World) -> None:
    stage = world.stage()
    stage.function(
        Timeout=7,
        MemorySize=256,
        Environment={"Variables": {"STAGE": "production"}},
        LoggingConfig={"LogGroup": "/orders"},
    )
    target = world.service.target(REGION, stage.name, None)
    assert (target.function_name, target.region, target.handler, target.role) == (
        stage.name, REGION, "index.handler", ROLE,
    )  # fmt: skip
    assert (target.timeout, target.memory_size, target.log_group) == (7, 256, "/orders")
    assert dict(target.environment) == {"STAGE": "production"}
    assert (target.code, target.layers) == (package(), ())


def test_the_log_group_is_named_after_the_function_unless_set(stage: Stage, world: World) -> None:
    target = world.service.target(REGION, stage.name, None)
    assert target.log_group == f"/aws/lambda/{stage.name}"


def test_an_error_of_the_function_is_told_in_a_header(stage: Stage, world: World) -> None:
    world.invoker.error = "Unhandled"
    answer = stage.invoke()
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")


def test_the_last_4_kib_of_the_log_come_back_on_demand(stage: Stage, world: World) -> None:
    world.invoker.log = "first" + "x" * 5000 + "last"
    answer = stage.invoke(LogType="Tail")
    assert base64.b64decode(answer["LogResult"]).decode() == world.invoker.log[-4096:]


def test_an_asynchronous_invocation_is_queued(stage: Stage, world: World) -> None:
    answer = stage.invoke(InvocationType="Event", Qualifier="live", Payload=b'{"a": 1}')
    assert (answer["StatusCode"], answer["Payload"]) == (202, b"")
    assert world.invoker.queued == [(REGION, stage.name, "live", b'{"a": 1}')]
    assert world.invoker.ran == []


def test_the_qualifier_of_a_queued_invocation_may_stand_in_the_arn(
    stage: Stage, world: World
) -> None:
    stage.client.invoke(FunctionName=f"{stage.arn}:live", InvocationType="Event")
    assert world.invoker.queued == [(REGION, stage.name, "live", b"")]


def test_a_dry_run_runs_nothing(stage: Stage, world: World) -> None:
    answer = stage.invoke(InvocationType="DryRun")
    assert answer["StatusCode"] == 204
    assert (world.invoker.ran, world.invoker.queued) == ([], [])


def test_with_nothing_reserved_events_are_still_queued(stage: Stage, world: World) -> None:
    stage.client.put_function_concurrency(FunctionName=stage.name, ReservedConcurrentExecutions=0)
    assert stage.invoke(InvocationType="Event")["StatusCode"] == 202
    assert len(world.invoker.queued) == 1


def publish_layer(stage: Stage, source: str) -> Any:
    return stage.client.publish_layer_version(
        LayerName=f"layer-of-{stage.name}", Content={"ZipFile": package(source)}
    )


def test_a_version_keeps_its_layers_even_when_they_are_deleted(stage: Stage, world: World) -> None:
    layer = publish_layer(stage, "shared = 1")
    assert layer["Version"] == 1
    number = stage.version(Layers=[layer["LayerVersionArn"]])
    stage.version(Layers=[])
    stage.client.delete_layer_version(LayerName=layer["LayerArn"], VersionNumber=1)
    assert world.service.target(REGION, stage.name, number).layers == (package("shared = 1"),)
    assert world.service.target(REGION, stage.name, None).layers == ()
    assert [one["Arn"] for one in stage.latest(number)["Layers"]] == [layer["LayerVersionArn"]]


def test_layer_versions_are_listed_newest_first_and_numbered_once(stage: Stage) -> None:
    name = f"layer-of-{stage.name}"
    for source in ("one = 1", "two = 2"):
        publish_layer(stage, source)
    stage.client.delete_layer_version(LayerName=name, VersionNumber=2)
    publish_layer(stage, "three = 3")
    listed = stage.client.list_layer_versions(LayerName=name)["LayerVersions"]
    assert [one["Version"] for one in listed] == [3, 1]
    found = stage.client.get_layer_version_by_arn(Arn=listed[0]["LayerVersionArn"])
    assert found["Content"]["CodeSize"] == len(package("three = 3"))
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        stage.client.get_layer_version(LayerName=name, VersionNumber=2)


def test_a_layer_that_does_not_exist_is_refused(stage: Stage) -> None:
    arn = f"arn:aws:lambda:{REGION}:123456789012:layer:absent:1"
    with pytest.raises(ClientError, match=f"Layer version {arn} does not exist"):
        stage.client.update_function_configuration(FunctionName=stage.name, Layers=[arn])
