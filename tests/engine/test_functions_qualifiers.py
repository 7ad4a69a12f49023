"""What AWS keeps for the function, each version and each alias on their own (aws-semantics B7)."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.ports import AsyncConfig
from tests.engine.functions_world import REGION, Stage, World, serve

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:orders"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with serve() as made:
        yield made


@pytest.fixture
def stage(world: World) -> Stage:
    """Version 1; `live` on it."""
    made = world.stage()
    made.function()
    made.version()
    made.alias()
    return made


def permit(stage: Stage, sid: str = "s3", **given: Any) -> Any:
    return stage.client.add_permission(
        **{
            "FunctionName": stage.name,
            "StatementId": sid,
            "Action": "lambda:InvokeFunction",
            "Principal": "s3.amazonaws.com",
            **given,
        }
    )


def forget_alias(stage: Stage) -> None:
    stage.client.delete_alias(FunctionName=stage.name, Name="live")
    stage.alias()


def test_each_qualifier_has_a_policy_of_its_own(stage: Stage) -> None:
    permit(stage, "whole")
    permit(stage, "one", Qualifier="1")
    permit(stage, "alias", FunctionName=f"{stage.arn}:live")
    found = [stage.policy(**one) for one in ({}, {"Qualifier": "1"}, {"Qualifier": "live"})]
    assert [[(one["Sid"], one["Resource"]) for one in policy] for policy in found] == [
        [("whole", stage.arn)],
        [("one", f"{stage.arn}:1")],
        [("alias", f"{stage.arn}:live")],
    ]


def test_the_same_statement_id_may_stand_in_two_policies(stage: Stage) -> None:
    permit(stage)
    permit(stage, Qualifier="live")
    stage.client.remove_permission(FunctionName=stage.name, StatementId="s3", Qualifier="live")
    assert [one["Sid"] for one in stage.policy()] == ["s3"]


@pytest.mark.parametrize(
    ("given", "principal", "condition"),
    [
        ({}, {"Service": "s3.amazonaws.com"}, None),
        ({"Principal": "*"}, "*", None),
        ({"Principal": "111111111111"}, {"AWS": "arn:aws:iam::111111111111:root"}, None),
        (
            {"SourceArn": "arn:aws:s3:::orders", "SourceAccount": "111111111111"},
            {"Service": "s3.amazonaws.com"},
            {
                "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::orders"},
                "StringEquals": {"AWS:SourceAccount": "111111111111"},
            },
        ),
    ],
    ids=["service", "anyone", "account", "conditions"],
)
def test_a_statement_says_who_and_under_which_condition(
    stage: Stage, given: dict[str, str], principal: Any, condition: Any
) -> None:
    permit(stage, **given)
    (statement,) = stage.policy()
    assert (statement["Principal"], statement.get("Condition")) == (principal, condition)


def test_a_permission_changes_the_revision_of_what_it_is_on(stage: Stage) -> None:
    before = {one: stage.latest(one)["RevisionId"] for one in ("$LATEST", "1")}
    alias = stage.read_alias()["RevisionId"]
    permit(stage, RevisionId=before["$LATEST"])
    permit(stage, Qualifier="live", RevisionId=alias)
    assert stage.latest()["RevisionId"] != before["$LATEST"]
    assert stage.latest("1")["RevisionId"] == before["1"]
    assert stage.read_alias()["RevisionId"] != alias
    policy = stage.client.get_policy(FunctionName=stage.name, Qualifier="live")
    assert policy["RevisionId"] == stage.read_alias()["RevisionId"]


def test_a_policy_goes_with_its_alias(stage: Stage) -> None:
    permit(stage, Qualifier="live")
    forget_alias(stage)
    with pytest.raises(ClientError, match="does not exist"):
        stage.policy(Qualifier="live")


def test_the_function_and_its_alias_have_urls_of_their_own(stage: Stage) -> None:
    client, name = stage.client, stage.name
    whole = client.create_function_url_config(FunctionName=name, AuthType="AWS_IAM")
    alias = client.create_function_url_config(FunctionName=name, Qualifier="live", AuthType="NONE")
    assert (whole["FunctionArn"], alias["FunctionArn"]) == (stage.arn, f"{stage.arn}:live")
    assert whole["FunctionUrl"] != alias["FunctionUrl"]
    listed = client.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]
    assert [one["FunctionUrl"] for one in listed] == [whole["FunctionUrl"], alias["FunctionUrl"]]
    client.update_function_url_config(
        FunctionName=name, Qualifier="live", Cors={"AllowOrigins": ["*"]}
    )
    found = client.get_function_url_config(FunctionName=name, Qualifier="live")
    assert (found["AuthType"], found["Cors"]) == ("NONE", {"AllowOrigins": ["*"]})
    client.delete_function_url_config(FunctionName=name, Qualifier="live")
    assert client.get_function_url_config(FunctionName=name)["AuthType"] == "AWS_IAM"


def test_a_url_goes_with_its_alias(stage: Stage) -> None:
    stage.client.create_function_url_config(
        FunctionName=stage.name, Qualifier="live", AuthType="NONE"
    )
    forget_alias(stage)
    listed = stage.client.list_function_url_configs(FunctionName=stage.name)
    assert listed["FunctionUrlConfigs"] == []


def test_each_qualifier_has_an_event_invoke_config_of_its_own(stage: Stage, world: World) -> None:
    put = stage.client.put_function_event_invoke_config
    put(FunctionName=stage.name, MaximumRetryAttempts=0)
    put(
        FunctionName=stage.name,
        Qualifier="live",
        MaximumEventAgeInSeconds=60,
        DestinationConfig={"OnFailure": {"Destination": QUEUE}},
    )
    counts = {
        one: world.service.async_config(REGION, stage.name, one) for one in (None, "live", "1")
    }
    assert counts == {
        None: AsyncConfig(maximum_retry_attempts=0),
        "live": AsyncConfig(maximum_event_age=60, on_failure=QUEUE),
        "1": AsyncConfig(),
    }
    listed = stage.client.list_function_event_invoke_configs(FunctionName=stage.name)
    assert [one["FunctionArn"] for one in listed["FunctionEventInvokeConfigs"]] == [
        f"{stage.arn}:$LATEST", f"{stage.arn}:live",
    ]  # fmt: skip


def test_an_event_invoke_config_is_replaced_or_changed(stage: Stage) -> None:
    client, name = stage.client, stage.name
    client.put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnSuccess": {"Destination": QUEUE}},
    )
    client.update_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)
    changed = client.get_function_event_invoke_config(FunctionName=name)
    assert (changed["MaximumRetryAttempts"], changed["MaximumEventAgeInSeconds"]) == (1, 60)
    assert changed["DestinationConfig"]["OnSuccess"] == {"Destination": QUEUE}
    client.put_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=90)
    replaced = client.get_function_event_invoke_config(FunctionName=name)
    assert "MaximumRetryAttempts" not in replaced
    assert replaced["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
    client.delete_function_event_invoke_config(FunctionName=name)
    with pytest.raises(ClientError, match="doesn't have an EventInvokeConfig"):
        client.get_function_event_invoke_config(FunctionName=name)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({}, "at least one of"), ({"MaximumRetryAttempts": 3}, "less than or equal to 2")],
    ids=["nothing", "too many retries"],
)
def test_an_event_invoke_config_that_makes_no_sense_is_refused(
    stage: Stage, settings: dict[str, int], message: str
) -> None:
    with pytest.raises(ClientError, match=message):
        stage.client.put_function_event_invoke_config(FunctionName=stage.name, **settings)


@pytest.mark.parametrize("suffix", ["", ":live", ":1"], ids=["function", "alias", "version"])
def test_an_event_source_mapping_keeps_the_arn_that_it_was_given(stage: Stage, suffix: str) -> None:
    made = stage.client.create_event_source_mapping(
        FunctionName=f"{stage.name}{suffix}", EventSourceArn=QUEUE, BatchSize=3
    )
    found = stage.client.get_event_source_mapping(UUID=made["UUID"])
    assert (found["FunctionArn"], found["State"]) == (f"{stage.arn}{suffix}", "Enabled")
    assert (found["EventSourceArn"], found["BatchSize"]) == (QUEUE, 3)


def test_an_event_source_mapping_can_be_changed_and_deleted(stage: Stage) -> None:
    client = stage.client
    uuid = client.create_event_source_mapping(FunctionName=stage.name, EventSourceArn=QUEUE)["UUID"]
    client.update_event_source_mapping(
        UUID=uuid, FunctionName=f"{stage.name}:live", BatchSize=7, Enabled=False
    )
    found = client.get_event_source_mapping(UUID=uuid)
    assert (found["FunctionArn"], found["BatchSize"], found["State"]) == (
        f"{stage.arn}:live", 7, "Disabled",
    )  # fmt: skip
    client.delete_event_source_mapping(UUID=uuid)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.get_event_source_mapping(UUID=uuid)


def test_event_source_mappings_are_listed_by_the_arn_that_they_were_given(stage: Stage) -> None:
    client = stage.client
    made = client.create_event_source_mapping(
        FunctionName=f"{stage.name}:live", EventSourceArn=QUEUE
    )
    listed = {
        name: [one["UUID"] for one in client.list_event_source_mappings(FunctionName=name)[
            "EventSourceMappings"
        ]]
        for name in (stage.name, f"{stage.name}:live")
    }  # fmt: skip
    assert listed == {stage.name: [], f"{stage.name}:live": [made["UUID"]]}


@pytest.mark.parametrize(
    ("function", "message"),
    [("{name}:absent", "Function does not exist"), ("{name}", "provided mapping already exists")],
    ids=["missing alias", "exists"],
)
def test_an_event_source_mapping_that_can_not_be_is_refused(
    stage: Stage, function: str, message: str
) -> None:
    stage.client.create_event_source_mapping(FunctionName=stage.name, EventSourceArn=QUEUE)
    with pytest.raises(ClientError, match=message):
        stage.client.create_event_source_mapping(
            FunctionName=function.format(name=stage.name), EventSourceArn=QUEUE
        )


def test_a_runtime_management_config_is_kept_for_each_version(stage: Stage) -> None:
    stage.client.put_runtime_management_config(
        FunctionName=stage.name, Qualifier="1", UpdateRuntimeOn="FunctionUpdate"
    )
    found = [
        stage.client.get_runtime_management_config(FunctionName=stage.name, **one)
        for one in ({}, {"Qualifier": "1"})
    ]
    assert [(one["UpdateRuntimeOn"], one["FunctionArn"]) for one in found] == [
        ("Auto", stage.arn),
        ("FunctionUpdate", f"{stage.arn}:1"),
    ]


def test_tags_belong_to_the_whole_function(stage: Stage) -> None:
    client = stage.client
    client.tag_resource(Resource=stage.arn, Tags={"team": "orders", "stage": "test"})
    client.untag_resource(Resource=stage.arn, TagKeys=["stage", "absent"])
    assert client.list_tags(Resource=stage.arn)["Tags"] == {"team": "orders"}
    assert client.get_function(FunctionName=stage.name, Qualifier="1")["Tags"] == {"team": "orders"}
    with pytest.raises(ClientError, match="Tags on function aliases and versions"):
        client.tag_resource(Resource=f"{stage.arn}:live", Tags={"team": "orders"})


def test_the_recursion_config_belongs_to_the_whole_function(stage: Stage) -> None:
    client, name = stage.client, stage.name
    assert client.get_function_recursion_config(FunctionName=name)["RecursiveLoop"] == "Terminate"
    client.put_function_recursion_config(FunctionName=name, RecursiveLoop="Allow")
    assert client.get_function_recursion_config(FunctionName=name)["RecursiveLoop"] == "Allow"
