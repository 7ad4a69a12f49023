"""Aliases and their weights (aws-semantics B3)."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.functions_world import ROLE, Stage, World, serve


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with serve() as made:
        yield made


@pytest.fixture
def stage(world: World) -> Stage:
    """Versions 1, 2 and 3."""
    made = world.stage()
    made.function()
    for _ in range(3):
        made.version()
    return made


def update(stage: Stage, **given: Any) -> Any:
    return stage.client.update_alias(FunctionName=stage.name, Name="live", **given)


def weights(of: dict[str, float]) -> dict[str, Any]:
    return {"AdditionalVersionWeights": of}


def without_metadata(answer: Any) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def test_an_alias_shows_its_arn_and_an_empty_description(stage: Stage) -> None:
    made = without_metadata(stage.alias())
    assert made.pop("RevisionId")
    assert made == {
        "AliasArn": f"{stage.arn}:live",
        "Name": "live",
        "FunctionVersion": "1",
        "Description": "",
    }


def test_an_alias_can_point_to_latest(stage: Stage) -> None:
    stage.alias(version="$LATEST")
    assert stage.read_alias()["FunctionVersion"] == "$LATEST"


def test_a_name_may_begin_with_digits(stage: Stage) -> None:
    stage.alias("2024-01-02")
    assert stage.read_alias("2024-01-02")["FunctionVersion"] == "1"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("1", "text", {"2": 0.1})),
        ({"Description": "other"}, ("1", "other", {"2": 0.1})),
        ({"Description": ""}, ("1", "", {"2": 0.1})),
        ({"FunctionVersion": "3"}, ("3", "text", {"2": 0.1})),
        ({"RoutingConfig": weights({"3": 0.7})}, ("1", "text", {"3": 0.7})),
        ({"RoutingConfig": weights({})}, ("1", "text", None)),
        ({"FunctionVersion": "2", "RoutingConfig": weights({})}, ("2", "text", None)),
    ],
    ids=["nothing", "text", "no text", "version", "weights", "no weights", "onto its weight"],
)
def test_an_update_changes_what_it_names_and_always_the_revision(
    stage: Stage, changes: dict[str, Any], expected: tuple[str, str, Any]
) -> None:
    made = stage.alias(Description="text", RoutingConfig=weights({"2": 0.1}))
    answer = update(stage, **changes)
    assert answer["RevisionId"] != made["RevisionId"]
    assert without_metadata(answer) == without_metadata(stage.read_alias())
    routing = answer.get("RoutingConfig", {}).get("AdditionalVersionWeights")
    assert (answer["FunctionVersion"], answer["Description"], routing) == expected


def test_without_weights_there_is_no_routing_config(stage: Stage) -> None:
    stage.alias(RoutingConfig=weights({"2": 0.1}))
    assert "RoutingConfig" not in update(stage, RoutingConfig=weights({}))


def test_a_guard_that_fits_lets_update_once(stage: Stage) -> None:
    revision = stage.alias()["RevisionId"]
    update(stage, FunctionVersion="2", RevisionId=revision)
    with pytest.raises(ClientError, match="PreconditionFailedException"):
        update(stage, FunctionVersion="3", RevisionId=revision)
    assert stage.read_alias()["FunctionVersion"] == "2"


def test_a_refused_update_changes_nothing(stage: Stage) -> None:
    before = stage.alias()
    with pytest.raises(ClientError, match="Function not found"):
        update(stage, FunctionVersion="99", Description="other")
    assert without_metadata(stage.read_alias()) == without_metadata(before)


def test_an_alias_changes_no_other_revision(stage: Stage) -> None:
    before = [stage.latest(one)["RevisionId"] for one in ("$LATEST", "1")]
    stage.alias()
    update(stage, FunctionVersion="2")
    assert [stage.latest(one)["RevisionId"] for one in ("$LATEST", "1")] == before


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("Role", f"{ROLE}-other"),
        ("DeadLetterConfig", {"TargetArn": "arn:aws:sqs:eu-west-1:123456789012:dead"}),
    ],
)
def test_versions_that_differ_in_role_or_dead_letter_queue_share_no_alias(
    stage: Stage, setting: str, value: Any
) -> None:
    other = stage.version(**{setting: value})
    stage.alias()
    shared: dict[str, Any] = {"RoutingConfig": weights({other: 0.1})}
    with pytest.raises(ClientError, match=f"InvalidParameterValueException.*{setting}"):
        stage.alias("other", **shared)
    with pytest.raises(ClientError, match=f"InvalidParameterValueException.*{setting}"):
        update(stage, **shared)
    assert "RoutingConfig" not in stage.read_alias()


def test_aliases_are_listed_fifty_at_a_time(stage: Stage) -> None:
    for number in range(60):
        stage.alias(f"stage-{number:02}")
    page = stage.client.list_aliases(FunctionName=stage.name, MaxItems=1000)
    rest = stage.client.list_aliases(FunctionName=stage.name, Marker=page["NextMarker"])
    names = [one["Name"] for one in [*page["Aliases"], *rest["Aliases"]]]
    assert len(page["Aliases"]) == 50
    assert names == [f"stage-{number:02}" for number in range(60)]
    assert "NextMarker" not in rest


def test_a_list_can_be_cut_to_the_aliases_that_point_to_a_version(stage: Stage) -> None:
    stage.alias("one", RoutingConfig=weights({"2": 0.5}))
    stage.alias("two", version="2")
    found = stage.client.list_aliases(FunctionName=stage.name, FunctionVersion="2")["Aliases"]
    assert [one["Name"] for one in found] == ["two"]


def test_a_deleted_alias_leaves_its_version(stage: Stage) -> None:
    stage.alias()
    stage.client.delete_alias(FunctionName=stage.name, Name="live")
    assert stage.client.list_aliases(FunctionName=stage.name)["Aliases"] == []
    assert stage.versions() == ["$LATEST", "1", "2", "3"]


def test_a_function_looked_up_by_an_alias_shows_the_version_behind_it(stage: Stage) -> None:
    stage.alias(version="2")
    found = stage.client.get_function(FunctionName=stage.name, Qualifier="live")["Configuration"]
    assert (found["Version"], found["FunctionArn"]) == ("2", f"{stage.arn}:live")
