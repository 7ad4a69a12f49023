"""Change sets and the other calls of `sam deploy` and `sam delete`."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.engine.cloudformation_world import TOKEN, World, custom, failed, template

EMPTY = (
    "The submitted information didn't contain changes. "
    "Submit different information to create a change set."
)


def propose(world: World, wanted: Any, kind: str = "UPDATE", **given: Any) -> Any:
    """Create a change set and describe it."""
    names = {"StackName": world.name, "ChangeSetName": "changes"}
    world.cfn.create_change_set(
        ChangeSetType=kind, TemplateBody=world.body(wanted), **names, **given
    )
    return world.cfn.describe_change_set(**names)


def execute(world: World, **given: Any) -> str:
    world.cfn.execute_change_set(StackName=world.name, ChangeSetName="changes", **given)
    return world.settled()


def lines(change_set: Any) -> list[str]:
    """Give each change in a line, as sam prints it."""
    changes = [one["ResourceChange"] for one in change_set["Changes"]]
    return [
        " ".join([one["Action"], one["LogicalResourceId"], one.get("Replacement", "N/A")])
        for one in changes
    ]


def test_a_new_stack_waits_in_review_until_its_change_set_is_executed(world: World) -> None:
    found = propose(world, template(A=custom()), "CREATE")

    assert (found["Status"], found["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert lines(found) == ["Add A N/A"]
    assert world.stack()["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert world.provider.told == []

    assert execute(world) == "CREATE_COMPLETE"
    assert world.provider.told == ["Create A 1"]
    assert world.events()[:2] == [
        "Stack REVIEW_IN_PROGRESS: User Initiated",
        "Stack CREATE_IN_PROGRESS: User Initiated",
    ]


def test_a_stack_created_by_a_change_set_has_a_last_updated_time_before_it_asks_anybody(
    world: World,
) -> None:
    seen = []

    def look(_event: object) -> dict[str, Any]:
        seen.append(world.stack().get("LastUpdatedTime"))
        return {}

    world.provider.on("Create A", look)
    propose(world, template(A=custom()), "CREATE")
    execute(world)

    assert seen == [world.stack()["LastUpdatedTime"]]
    assert seen[0] is not None


def test_a_change_set_names_what_would_be_added_changed_and_removed(world: World) -> None:
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"{world.name}-1"}}
    world.create(template(A=custom("1"), B=custom(), Q=queue, R=custom({"Ref": "Q"})))
    renamed = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"{world.name}-2"}}

    found = propose(world, template(A=custom("2"), C=custom(), Q=renamed, R=custom({"Ref": "Q"})))

    assert lines(found) == [
        "Modify A False", "Remove B N/A", "Add C N/A", "Modify Q True", "Modify R Conditional",
    ]  # fmt: skip
    assert execute(world) == "UPDATE_COMPLETE"
    assert world.statuses().keys() == {"A", "C", "Q", "R"}


def test_what_reads_an_attribute_of_a_changing_resource_may_change_with_it(world: World) -> None:
    reader = custom({"Fn::GetAtt": ["A", "Version"]})
    world.provider.on("Create A", {"Data": {"Version": "1"}})
    world.create(template(A=custom("1"), B=reader))

    found = propose(world, template(A=custom("2"), B=reader))

    assert lines(found) == ["Modify A False", "Modify B Conditional"]
    detail = found["Changes"][1]["ResourceChange"]["Details"][0]
    assert detail["Evaluation"] == "Dynamic"


def test_a_change_set_without_changes_fails_with_the_text_that_sam_knows(world: World) -> None:
    world.create(template(A=custom()))

    found = propose(world, template(A=custom()))

    assert (found["Status"], found["StatusReason"]) == ("FAILED", EMPTY)
    with pytest.raises(WaiterError):
        world.cfn.get_waiter("change_set_create_complete").wait(
            StackName=world.name, ChangeSetName="changes"
        )
    with pytest.raises(ClientError, match="cannot be executed in its current status"):
        execute(world)


@pytest.mark.parametrize(
    "given",
    [{"Tags": [{"Key": "team", "Value": "orders"}]}, {"Outputs": {"O": {"Value": "1"}}}],
    ids=["tags", "outputs"],
)
def test_a_change_that_touches_no_resource_is_a_change(world: World, given: dict[str, Any]) -> None:
    world.create(template(A=custom()))
    wanted = template(A=custom())
    if "Outputs" in given:
        wanted, given = wanted | given, {}

    found = propose(world, wanted, **given)

    assert (found["Status"], found["Changes"]) == ("CREATE_COMPLETE", [])
    assert execute(world) == "UPDATE_COMPLETE"


def test_an_executed_change_set_can_still_be_described_but_not_executed_again(
    world: World,
) -> None:
    propose(world, template(A=custom()), "CREATE")
    execute(world)

    found = world.cfn.describe_change_set(StackName=world.name, ChangeSetName="changes")

    assert found["ExecutionStatus"] == "EXECUTE_COMPLETE"
    with pytest.raises(ClientError, match="cannot be executed"):
        execute(world)


def test_an_update_outdates_the_change_sets_made_before_it(world: World) -> None:
    world.create(template(A=custom("1")))
    propose(world, template(A=custom("2")))

    world.update(template(A=custom("3")))

    with pytest.raises(ClientError, match=r"ChangeSet \[changes\] does not exist"):
        execute(world)


def test_a_deleted_change_set_is_gone(world: World) -> None:
    propose(world, template(A=custom()), "CREATE")
    names = {"StackName": world.name, "ChangeSetName": "changes"}
    (listed,) = world.cfn.list_change_sets(StackName=world.name)["Summaries"]
    assert listed["ChangeSetName"] == "changes"

    world.cfn.delete_change_set(**names)

    with pytest.raises(world.cfn.exceptions.ChangeSetNotFoundException):
        world.cfn.describe_change_set(**names)
    assert world.cfn.list_change_sets(StackName=world.name)["Summaries"] == []


def test_a_change_set_is_found_by_its_arn_alone(world: World) -> None:
    arn = propose(world, template(A=custom()), "CREATE")["ChangeSetId"]

    assert world.cfn.describe_change_set(ChangeSetName=arn)["StackName"] == world.name


def test_a_stack_in_review_can_be_deleted(world: World) -> None:
    propose(world, template(A=custom()), "CREATE")

    assert world.delete() == "DELETE_COMPLETE"
    assert world.provider.told == []


def test_a_change_set_may_be_executed_without_rollback(world: World) -> None:
    world.provider.on("Create A", failed("no"))
    propose(world, template(A=custom()), "CREATE")

    assert execute(world, DisableRollback=True) == "CREATE_FAILED"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("CREATE", "already exists and cannot be created again with the changeSet"),
        ("IMPORT", "not emulated: ChangeSetType IMPORT"),
    ],
)
def test_a_change_set_of_an_existing_stack_is_an_update(world: World, kind: str, text: str) -> None:
    world.create(template(A=custom()))

    with pytest.raises(ClientError, match=text):
        propose(world, template(A=custom("2")), kind)


def test_a_change_set_that_is_an_update_needs_a_stack(world: World) -> None:
    with pytest.raises(ClientError, match="does not exist"):
        propose(world, template(A=custom()))


def test_the_old_value_of_a_parameter_is_used_when_the_caller_says_so(world: World) -> None:
    declared = {"Parameters": {"P": {"Type": "String"}}}
    wanted = template(A=custom({"Ref": "P"})) | declared
    world.create(wanted, Parameters=[{"ParameterKey": "P", "ParameterValue": "x"}])
    previous = [{"ParameterKey": "P", "UsePreviousValue": True}]

    assert propose(world, wanted, Parameters=previous)["StatusReason"] == EMPTY
    summary = world.cfn.get_template_summary(StackName=world.name)
    assert [one["ParameterKey"] for one in summary["Parameters"]] == ["P"]


def test_a_template_is_read_from_the_bucket_that_its_url_names(world: World) -> None:
    s3 = world.client("s3")
    place = {"LocationConstraint": "eu-west-1"}
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration=place)
    body = world.body(template(A=custom()))
    s3.put_object(Bucket="templates", Key="a/b c.template", Body=body.encode())
    url = "https://s3.eu-west-1.amazonaws.com/templates/a/b%20c.template"

    world.cfn.create_stack(StackName=world.name, TemplateURL=url)

    assert world.settled() == "CREATE_COMPLETE"
    missing = url.replace("b%20c", "missing")
    with pytest.raises(ClientError, match="S3 error"):
        world.cfn.create_stack(StackName="other", TemplateURL=missing)


def test_get_template_gives_the_template_of_a_stack_and_of_a_change_set(world: World) -> None:
    propose(world, template(A=custom()), "CREATE")
    names = {"StackName": world.name, "TemplateStage": "Original"}

    assert world.cfn.get_template(**names)["TemplateBody"] == ""
    found = world.cfn.get_template(**names, ChangeSetName="changes")
    assert found["TemplateBody"] == template(A=custom())
    execute(world)
    assert world.cfn.get_template(**names)["TemplateBody"] == template(A=custom())


def test_sam_delete_ends_with_a_stack_that_is_not_found(world: World) -> None:
    world.create(template(A=custom()))
    assert world.stack()["EnableTerminationProtection"] is False

    world.cfn.delete_stack(StackName=world.name, RetainResources=[])
    world.cfn.get_waiter("stack_delete_complete").wait(
        StackName=world.name, WaiterConfig={"Delay": 1, "MaxAttempts": 2}
    )

    with pytest.raises(ClientError, match=f"Stack with id {world.name} does not exist"):
        world.stack()
    world.cfn.delete_stack(StackName=world.name)


def test_a_stack_is_described_with_its_parameters_tags_and_capabilities(world: World) -> None:
    declared = {"Parameters": {"P": {"Type": "String"}, "S": {"Type": "String", "NoEcho": True}}}
    world.create(
        template(A=custom()) | declared | {"Description": "A thing"},
        Parameters=[{"ParameterKey": key, "ParameterValue": "x"} for key in declared["Parameters"]],
        Tags=[{"Key": "team", "Value": "orders"}],
        Capabilities=["CAPABILITY_IAM"],
    )

    found = world.stack()

    assert found["Parameters"] == [
        {"ParameterKey": "P", "ParameterValue": "x"},
        {"ParameterKey": "S", "ParameterValue": "****"},
    ]
    assert found["Tags"] == [{"Key": "team", "Value": "orders"}]
    assert found["Capabilities"] == ["CAPABILITY_IAM"]
    assert found["Description"] == "A thing"


def test_an_event_shows_the_properties_and_no_two_events_have_the_same_time(world: World) -> None:
    world.create(template(A=custom("1")))

    found = world.cfn.describe_stack_events(StackName=world.name)["StackEvents"]

    (created,) = [one for one in found if one["ResourceStatus"] == "CREATE_COMPLETE"
                  and one["LogicalResourceId"] == "A"]  # fmt: skip
    assert json.loads(created["ResourceProperties"]) == {"ServiceToken": TOKEN, "V": "1"}
    assert created["PhysicalResourceId"] == "a"
    times = [one["Timestamp"] for one in found]
    assert times == sorted(set(times), reverse=True)


def test_a_resource_is_described_by_its_name(world: World) -> None:
    world.create(template(A=custom()))
    names = {"StackName": world.name, "LogicalResourceId": "A"}

    found = world.cfn.describe_stack_resource(**names)["StackResourceDetail"]

    assert (found["PhysicalResourceId"], found["ResourceStatus"]) == ("a", "CREATE_COMPLETE")
    with pytest.raises(ClientError, match="Resource Z does not exist for stack"):
        world.cfn.describe_stack_resource(**names | {"LogicalResourceId": "Z"})


def test_a_stack_is_created_once_and_can_be_created_again_after_its_deletion(world: World) -> None:
    world.create(template(A=custom()))
    with pytest.raises(world.cfn.exceptions.AlreadyExistsException):
        world.create(template(A=custom()))
    world.delete()

    assert world.create(template(A=custom())) == "CREATE_COMPLETE"


def test_an_update_without_changes_is_refused(world: World) -> None:
    world.create(template(A=custom()))

    with pytest.raises(ClientError, match=r"No updates are to be performed\."):
        world.update(template(A=custom()))


def test_a_stack_that_rolled_back_its_creation_can_only_be_deleted(world: World) -> None:
    world.provider.on("Create A", failed("no"))
    world.create(template(A=custom()))

    with pytest.raises(ClientError, match="ROLLBACK_COMPLETE state and can not be updated"):
        world.update(template(A=custom("2")))
    assert world.delete() == "DELETE_COMPLETE"


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("create_stack", {"TimeoutInMinutes": 5}),
        ("create_stack", {"RoleARN": "arn:aws:iam::123456789012:role/deploy"}),
        ("create_stack", {"OnFailure": "DELETE"}),
        ("create_stack", {"EnableTerminationProtection": True}),
        ("create_stack", {"NotificationARNs": ["arn:aws:sns:eu-west-1:123456789012:t"]}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value,
)
def test_what_would_change_the_outcome_and_is_not_emulated_is_refused(
    world: World, operation: str, given: dict[str, Any]
) -> None:
    with pytest.raises(ClientError, match=f"not emulated: {next(iter(given))}"):
        getattr(world.cfn, operation)(
            StackName=world.name, TemplateBody=world.body(template(A=custom())), **given
        )


def test_an_operation_that_is_not_emulated_says_so(world: World) -> None:
    with pytest.raises(ClientError, match="not emulated: cloudformation:DetectStackDrift"):
        world.cfn.detect_stack_drift(StackName=world.name)
