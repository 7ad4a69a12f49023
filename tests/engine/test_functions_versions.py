"""Published versions: copies, numbers, and when publishing makes one (aws-semantics B1, B2)."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from local.settings import Settings
from tests.engine.functions_world import Stage, World, package, serve


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with serve() as made:
        yield made


@pytest.fixture
def stage(world: World) -> Stage:
    made = world.stage()
    made.function()
    return made


def publish(stage: Stage, **given: str) -> str:
    return str(stage.client.publish_version(FunctionName=stage.name, **given)["Version"])


def upload(stage: Stage, source: str, **given: bool) -> dict[str, str]:
    answer: dict[str, str] = stage.client.update_function_code(
        FunctionName=stage.name, ZipFile=package(source), **given
    )
    return answer


def configure(stage: Stage, **settings: object) -> None:
    stage.client.update_function_configuration(FunctionName=stage.name, **settings)


def delete(stage: Stage, number: str) -> None:
    stage.client.delete_function(FunctionName=stage.name, Qualifier=number)


def test_a_version_keeps_code_and_configuration_of_its_time(stage: Stage) -> None:
    configure(stage, Timeout=7, Environment={"Variables": {"STAGE": "one"}})
    publish(stage)
    before = stage.latest("1")
    upload(stage, "changed = True")
    configure(stage, Timeout=9, Environment={"Variables": {"STAGE": "two"}})
    after = stage.latest("1")
    assert (after["Timeout"], after["Environment"]) == (7, {"Variables": {"STAGE": "one"}})
    assert after["CodeSha256"] == before["CodeSha256"] != stage.latest()["CodeSha256"]


def test_publishing_again_without_a_change_gives_the_same_version(stage: Stage) -> None:
    first = stage.client.publish_version(FunctionName=stage.name, Description="first")
    again = stage.client.publish_version(FunctionName=stage.name, Description="again")
    assert again["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert [again[key] for key in ("Version", "RevisionId", "Description")] == [
        first[key] for key in ("Version", "RevisionId", "Description")
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {"Description": "other"},
        {"MemorySize": 256},
        {"Environment": {"Variables": {"STAGE": "1"}}},
        {"Role": "arn:aws:iam::123456789012:role/other"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_a_change_of_configuration_is_enough_for_a_new_version(
    stage: Stage, settings: dict[str, object]
) -> None:
    publish(stage)
    configure(stage, **settings)
    assert publish(stage) == "2"
    assert publish(stage) == "2"


def test_what_belongs_to_the_whole_function_makes_no_new_version(stage: Stage) -> None:
    publish(stage)
    stage.client.tag_resource(Resource=stage.arn, Tags={"team": "orders"})
    stage.client.put_function_concurrency(FunctionName=stage.name, ReservedConcurrentExecutions=5)
    stage.client.put_function_event_invoke_config(FunctionName=stage.name, MaximumRetryAttempts=0)
    assert publish(stage) == "1"


def test_an_upload_of_identical_bytes_makes_no_new_version(stage: Stage) -> None:
    publish(stage)
    stage.client.update_function_code(FunctionName=stage.name, ZipFile=package())
    assert publish(stage) == "1"


def test_a_setting_that_says_only_that_there_is_none_makes_no_new_version(stage: Stage) -> None:
    publish(stage)
    configure(stage, Environment={"Variables": {}}, DeadLetterConfig={"TargetArn": ""}, Layers=[])
    assert publish(stage) == "1"


def test_the_content_of_an_older_version_makes_a_new_one(stage: Stage) -> None:
    publish(stage)
    configure(stage, Timeout=9)
    publish(stage)
    configure(stage, Timeout=3)
    assert publish(stage) == "3"


def test_any_older_version_counts_where_the_settings_say_so() -> None:
    with serve(Settings(publish_compares_all=True)) as world:
        stage = world.stage()
        stage.function()
        publish(stage)
        configure(stage, Timeout=9)
        publish(stage)
        configure(stage, Timeout=3)
        assert publish(stage) == "1"


def test_the_description_of_publishing_is_the_versions_own(stage: Stage) -> None:
    configure(stage, Description="of the function")
    publish(stage, Description="of the version")
    assert stage.latest("1")["Description"] == "of the version"
    assert stage.latest()["Description"] == "of the function"


def test_a_version_takes_the_functions_description_when_publishing_gives_none(
    stage: Stage,
) -> None:
    configure(stage, Description="of the function")
    publish(stage)
    assert stage.latest("1")["Description"] == "of the function"


def test_a_number_is_never_used_twice(stage: Stage) -> None:
    for _ in range(3):
        stage.version()
    delete(stage, "1")
    delete(stage, "3")
    assert [stage.version(), stage.version()] == ["4", "5"]
    assert stage.versions() == ["$LATEST", "2", "4", "5"]


def test_a_number_is_not_used_again_even_by_a_function_of_the_same_name(stage: Stage) -> None:
    stage.version()
    stage.client.delete_function(FunctionName=stage.name)
    stage.function()
    assert publish(stage) == "2"


def test_publishing_after_the_last_version_was_deleted_makes_a_new_one(stage: Stage) -> None:
    publish(stage)
    delete(stage, "1")
    assert publish(stage) == "2"


def test_a_guard_that_fits_lets_publish(stage: Stage) -> None:
    latest = stage.latest()
    guards = {"CodeSha256": latest["CodeSha256"], "RevisionId": latest["RevisionId"]}
    assert publish(stage, **guards) == "1"


def test_a_guard_that_does_not_fit_publishes_nothing(stage: Stage) -> None:
    with pytest.raises(ClientError, match="PreconditionFailedException"):
        publish(stage, RevisionId="wrong")
    assert stage.versions() == ["$LATEST"]


def test_publishing_changes_the_revision_of_latest_and_so_its_guard_works_once(
    stage: Stage,
) -> None:
    revision = stage.latest()["RevisionId"]
    publish(stage, RevisionId=revision)
    assert stage.latest()["RevisionId"] != revision
    with pytest.raises(ClientError, match="PreconditionFailedException"):
        publish(stage, RevisionId=revision)


def test_the_revision_of_a_version_stays(stage: Stage) -> None:
    revision = stage.client.publish_version(FunctionName=stage.name)["RevisionId"]
    stage.version()
    stage.alias()
    assert stage.latest("1")["RevisionId"] == revision


def test_a_plain_publish_answers_active_and_successful(stage: Stage) -> None:
    made = stage.client.publish_version(FunctionName=stage.name)
    assert (made["State"], made["LastUpdateStatus"]) == ("Active", "Successful")
    assert made["FunctionArn"] == f"{stage.arn}:1"


def test_an_upload_that_publishes_answers_with_the_new_version_pending(stage: Stage) -> None:
    made = upload(stage, "changed = True", Publish=True)
    assert (made["Version"], made["State"]) == ("1", "Pending")
    assert made["FunctionArn"] == f"{stage.arn}:1"
    assert stage.latest("1")["State"] == "Active"


def test_a_function_can_be_created_with_its_first_version(world: World) -> None:
    stage = world.stage()
    made = stage.create(Publish=True)
    assert (made["Version"], made["State"]) == ("1", "Pending")
    assert stage.versions() == ["$LATEST", "1"]


def test_a_dry_run_of_an_upload_changes_nothing(stage: Stage) -> None:
    before = stage.latest()
    answer = upload(stage, "changed = True", DryRun=True)
    assert answer["CodeSha256"] != before["CodeSha256"]
    after = stage.latest()
    assert [after[key] for key in ("CodeSha256", "RevisionId")] == [
        before[key] for key in ("CodeSha256", "RevisionId")
    ]


def test_versions_are_listed_fifty_at_a_time_latest_first(stage: Stage) -> None:
    for _ in range(50):
        stage.version()
    page = stage.client.list_versions_by_function(FunctionName=stage.name, MaxItems=1000)
    assert len(page["Versions"]) == 50
    assert page["NextMarker"]
    assert stage.versions() == ["$LATEST", *map(str, range(1, 51))]


def test_a_list_of_versions_has_no_states(stage: Stage) -> None:
    publish(stage)
    listed = stage.client.list_versions_by_function(FunctionName=stage.name)["Versions"]
    assert [one["FunctionArn"] for one in listed] == [f"{stage.arn}:$LATEST", f"{stage.arn}:1"]
    assert all({"State", "LastUpdateStatus"}.isdisjoint(one) for one in listed)


def test_a_list_of_functions_can_show_every_version(stage: Stage) -> None:
    publish(stage)
    pages = stage.client.get_paginator("list_functions").paginate(FunctionVersion="ALL")
    arns = [one["FunctionArn"] for page in pages for one in page["Functions"]]
    assert {f"{stage.arn}:$LATEST", f"{stage.arn}:1"} <= set(arns)
    plain = stage.client.get_paginator("list_functions").paginate()
    assert [
        one["FunctionArn"]
        for page in plain
        for one in page["Functions"]
        if one["FunctionName"] == stage.name
    ] == [stage.arn]


def test_deleting_a_version_takes_nothing_else(stage: Stage) -> None:
    stage.version()
    stage.version()
    stage.alias(version="2")
    delete(stage, "1")
    assert stage.versions() == ["$LATEST", "2"]
    assert stage.read_alias()["FunctionVersion"] == "2"


def test_a_version_can_be_deleted_when_no_alias_refers_to_it_any_more(stage: Stage) -> None:
    stage.version()
    stage.version()
    stage.alias(RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}})
    stage.client.update_alias(
        FunctionName=stage.name, Name="live", RoutingConfig={"AdditionalVersionWeights": {}}
    )
    delete(stage, "2")
    assert stage.versions() == ["$LATEST", "1"]


def test_deleting_the_function_takes_versions_and_aliases(stage: Stage) -> None:
    stage.version()
    stage.alias()
    stage.client.delete_function(FunctionName=stage.name)
    stage.function()
    assert stage.versions() == ["$LATEST"]
    assert stage.client.list_aliases(FunctionName=stage.name)["Aliases"] == []
