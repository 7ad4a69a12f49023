"""Resources that CloudFormation makes by calling the other services, and its own."""

import contextlib
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.cloudformation_world import World, custom, failed, template

TRUST = {"Version": "2012-10-17",
         "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                        "Principal": {"Service": "lambda.amazonaws.com"}}]}  # fmt: skip
ALLOW = {"Version": "2012-10-17",
         "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}  # fmt: skip
REPLACED = "Requested update requires the creation of a new physical resource; hence creating one."
IAM = {"Capabilities": ["CAPABILITY_NAMED_IAM"]}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def table(**properties: Any) -> dict[str, Any]:
    return resource(
        "AWS::DynamoDB::Table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **properties,
    )


ARN = "arn:aws"
PLACE = "eu-west-1:123456789012"
MADE: dict[str, tuple[dict[str, Any], str, dict[str, str]]] = {
    "bucket": (
        resource("AWS::S3::Bucket", BucketName="made-bucket"),
        "made-bucket",
        {"Arn": f"{ARN}:s3:::made-bucket", "DomainName": "made-bucket.s3.amazonaws.com"},
    ),
    "parameter": (
        resource("AWS::SSM::Parameter", Name="/made", Type="String", Value=5),
        "/made",
        {"Type": "String", "Value": "5"},
    ),
    "queue": (
        resource("AWS::SQS::Queue", QueueName="made", VisibilityTimeout=60),
        "/123456789012/made",
        {"Arn": f"{ARN}:sqs:{PLACE}:made", "QueueName": "made"},
    ),
    "table": (
        table(TableName="made", StreamSpecification={"StreamViewType": "NEW_IMAGE"}),
        "made",
        {"Arn": f"{ARN}:dynamodb:{PLACE}:table/made"},
    ),
    "log group": (
        resource("AWS::Logs::LogGroup", LogGroupName="/made", RetentionInDays="7"),
        "/made",
        {"Arn": f"{ARN}:logs:{PLACE}:log-group:/made:*"},
    ),
    "role": (
        resource("AWS::IAM::Role", RoleName="made", AssumeRolePolicyDocument=TRUST,
                 Policies=[{"PolicyName": "read", "PolicyDocument": ALLOW}]),
        "made",
        {"Arn": f"{ARN}:iam::123456789012:role/made"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("definition", "physical_id", "attributes"), MADE.values(), ids=MADE)
def test_a_resource_is_made_with_its_id_and_its_attributes_and_deleted_again(
    world: World, definition: dict[str, Any], physical_id: str, attributes: dict[str, str]
) -> None:
    read = {name: {"Fn::GetAtt": ["R", name]} for name in attributes}

    assert world.create(template({"Id": {"Ref": "R"}, **read}, R=definition), **IAM) == (
        "CREATE_COMPLETE"
    )

    outputs = world.outputs()
    assert outputs.pop("Id").endswith(physical_id)
    assert outputs == attributes
    assert world.delete() == "DELETE_COMPLETE"
    world.reset()
    assert world.create(template(R=definition), **IAM) == "CREATE_COMPLETE"  # the name is free
    world.delete()


@pytest.mark.parametrize(
    "definition",
    [
        resource("AWS::S3::Bucket"),
        resource("AWS::SQS::Queue"),
        resource("AWS::Logs::LogGroup"),
        resource("AWS::SSM::Parameter", Type="String", Value="x"),
        table(),
        resource("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST),
    ],
    ids=lambda definition: definition["Type"],
)
def test_without_a_name_the_name_begins_with_stack_and_resource(
    world: World, definition: dict[str, Any]
) -> None:
    world.create(template({"Id": {"Ref": "R"}}, R=definition), **IAM)

    assert f"{world.name}-r-" in world.outputs()["Id"].lower()
    assert world.delete() == "DELETE_COMPLETE"


def test_a_change_of_a_name_replaces_the_resource_and_a_failure_brings_the_old_one_back(
    world: World,
) -> None:
    names = [f"{world.name}-{number}" for number in range(2)]
    queues = [resource("AWS::SQS::Queue", QueueName=name) for name in names]
    sqs = world.client("sqs")

    def existing() -> list[str]:
        urls = sqs.list_queues(QueueNamePrefix=world.name).get("QueueUrls", [])
        return [url.rsplit("/", 1)[1] for url in urls]

    def update(number: int, answer: dict[str, Any]) -> str:
        world.provider.on("Update A", answer)
        return world.update(template(Q=queues[number], A=custom(str(number), DependsOn="Q")))

    world.create(template(Q=queues[0], A=custom("x")))
    assert update(1, failed("no")) == "UPDATE_ROLLBACK_COMPLETE"
    assert existing() == names[:1]
    assert world.events("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", of="Q") == [
        "Q DELETE_IN_PROGRESS", "Q DELETE_COMPLETE",
    ]  # fmt: skip

    assert update(1, {}) == "UPDATE_COMPLETE"
    assert existing() == names[1:]
    assert world.events("UPDATE_IN_PROGRESS", of="Q") == [
        f"Q UPDATE_IN_PROGRESS: {REPLACED}",
        "Q UPDATE_IN_PROGRESS: Resource creation Initiated",
        "Q UPDATE_COMPLETE",
        "Q DELETE_IN_PROGRESS",
        "Q DELETE_COMPLETE",
    ]


def test_update_replace_policy_keeps_the_replaced_resource(world: World) -> None:
    def queue(number: int) -> dict[str, Any]:
        made = resource("AWS::SQS::Queue", QueueName=f"{world.name}-{number}")
        return made | {"UpdateReplacePolicy": "Retain"}

    world.create(template(Q=queue(1)))

    assert world.update(template(Q=queue(2))) == "UPDATE_COMPLETE"

    assert "Q DELETE_SKIPPED" in world.events("UPDATE_IN_PROGRESS")
    urls = world.client("sqs").list_queues(QueueNamePrefix=world.name)["QueueUrls"]
    assert len(urls) == 2


def test_an_error_of_the_service_is_the_reason_of_the_failure(world: World) -> None:
    taken = resource("AWS::S3::Bucket", BucketName="taken")
    world.client("s3").create_bucket(
        Bucket="taken", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )

    assert world.create(template(B=taken)) == "ROLLBACK_COMPLETE"

    (reason,) = [line for line in world.events(of="B") if "FAILED" in line]
    assert "(HandlerErrorCode: BucketAlreadyOwnedByYou)" in reason
    world.client("s3").head_bucket(Bucket="taken")  # a failed create deletes nothing of others


def test_a_replacement_that_cannot_be_made_leaves_the_old_resource_in_place(world: World) -> None:
    def bucket(name: str) -> dict[str, Any]:
        return template({"B": {"Ref": "B"}}, B=resource("AWS::S3::Bucket", BucketName=name))

    world.client("s3").create_bucket(
        Bucket="occupied", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    world.create(bucket(world.name))

    assert world.update(bucket("occupied")) == "UPDATE_ROLLBACK_COMPLETE"

    assert world.outputs() == {"B": world.name}
    assert "B DELETE_IN_PROGRESS" not in world.events()
    world.client("s3").head_bucket(Bucket=world.name)


def test_a_bucket_that_is_not_empty_fails_its_deletion(world: World) -> None:
    world.create(template({"B": {"Ref": "B"}}, B=resource("AWS::S3::Bucket")))
    world.client("s3").put_object(Bucket=world.outputs()["B"], Key="k", Body=b"")

    assert world.delete() == "DELETE_FAILED"
    assert "(HandlerErrorCode: BucketNotEmpty)" in world.events(of="B")[-1]


def test_a_missing_property_is_named(world: World) -> None:
    world.create(template(P=resource("AWS::SSM::Parameter", Type="String")))

    (reason,) = [line for line in world.events(of="P") if "FAILED" in line]
    assert re.search(r"Properties validation failed for resource P .*\bValue\b", reason, re.DOTALL)


def test_a_property_that_the_engine_does_not_know_is_named(world: World) -> None:
    world.create(template(B=resource("AWS::S3::Bucket", WebsiteConfiguration={})))

    assert "not emulated: AWS::S3::Bucket property WebsiteConfiguration" in (
        "".join(world.events(of="B"))
    )


def test_a_bucket_policy_loses_only_its_conditional_denials(world: World) -> None:
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    kept = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}
    document = {"Statement": [deny | {"Condition": {"Bool": {"aws:SecureTransport": "false"}}},
                              kept]}  # fmt: skip
    policy = resource("AWS::S3::BucketPolicy", Bucket={"Ref": "B"}, PolicyDocument=document)
    world.create(template({"B": {"Ref": "B"}}, B=resource("AWS::S3::Bucket"), P=policy))

    found = world.client("s3").get_bucket_policy(Bucket=world.outputs()["B"])["Policy"]

    assert json.loads(found)["Statement"] == [kept]
    assert world.delete() == "DELETE_COMPLETE"


def test_a_bucket_is_configured_and_a_setting_taken_away_is_reset(world: World) -> None:
    queue = resource("AWS::SQS::Queue")
    told = {"QueueConfigurations": [{
        "Event": "s3:ObjectCreated:*", "Queue": {"Fn::GetAtt": ["Q", "Arn"]},
        "Filter": {"S3Key": {"Rules": [{"Name": "prefix", "Value": "in/"}]}},
    }]}  # fmt: skip
    bucket = resource(
        "AWS::S3::Bucket",
        VersioningConfiguration={"Status": "Enabled"},
        NotificationConfiguration=told,
        Tags=[{"Key": "team", "Value": "orders"}],
    )
    read = {"B": {"Ref": "B"}}
    world.create(template(read, B=bucket, Q=queue))
    s3, name = world.client("s3"), world.outputs()["B"]
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    (found,) = s3.get_bucket_notification_configuration(Bucket=name)["QueueConfigurations"]
    assert found["Filter"]["Key"]["FilterRules"][0]["Value"] == "in/"

    assert world.update(template(read, B=resource("AWS::S3::Bucket"), Q=queue)) == (
        "UPDATE_COMPLETE"
    )

    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Suspended"
    assert "QueueConfigurations" not in s3.get_bucket_notification_configuration(Bucket=name)


def test_a_role_gains_and_loses_its_policies_in_place(world: World) -> None:
    managed = "arn:aws:iam::123456789012:policy/shared"
    iam = world.client("iam")
    iam.create_policy(PolicyName="shared", PolicyDocument=json.dumps(ALLOW))

    def role(**properties: Any) -> dict[str, Any]:
        return resource("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST, **properties)

    inline = [{"PolicyName": "read", "PolicyDocument": ALLOW}]
    more = resource(
        "AWS::IAM::Policy", PolicyName="more", PolicyDocument=ALLOW, Roles=[{"Ref": "R"}]
    )
    read = {"R": {"Ref": "R"}}
    world.create(template(read, R=role(Policies=inline), P=more), **IAM)
    name = world.outputs()["R"]
    assert sorted(iam.list_role_policies(RoleName=name)["PolicyNames"]) == ["more", "read"]

    assert (
        world.update(template(read, R=role(ManagedPolicyArns=[managed]), P=more), **IAM)
        == "UPDATE_COMPLETE"
    ), world.events()

    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == ["more"]
    (attached,) = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert attached["PolicyArn"] == managed
    assert world.delete() == "DELETE_COMPLETE"


def test_a_policy_may_go_without_its_version(world: World) -> None:
    inline = {"PolicyName": "read", "PolicyDocument": {"Statement": ALLOW["Statement"]}}
    role = resource("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST, Policies=[inline])

    assert world.create(template({"R": {"Ref": "R"}}, R=role), **IAM) == "CREATE_COMPLETE"

    name = world.outputs()["R"]
    found = world.client("iam").get_role_policy(RoleName=name, PolicyName="read")
    assert found["PolicyDocument"]["Statement"] == ALLOW["Statement"]
    world.delete()


def test_values_change_in_place(world: World) -> None:
    def resources(value: str, days: int, seconds: int) -> dict[str, Any]:
        return template(
            P=resource("AWS::SSM::Parameter", Name="/value", Type="String", Value=value),
            L=resource("AWS::Logs::LogGroup", LogGroupName="/value", RetentionInDays=days),
            Q=resource("AWS::SQS::Queue", QueueName="value", VisibilityTimeout=seconds),
        )

    world.create(resources("1", 7, 30))

    assert world.update(resources("2", 14, 60)) == "UPDATE_COMPLETE"

    assert world.client("ssm").get_parameter(Name="/value")["Parameter"]["Value"] == "2"
    (group,) = world.client("logs").describe_log_groups(logGroupNamePrefix="/value")["logGroups"]
    assert group["retentionInDays"] == 14
    sqs = world.client("sqs")
    url = sqs.get_queue_url(QueueName="value")["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    assert found["Attributes"] == {"VisibilityTimeout": "60"}
    world.delete()


def test_a_change_that_the_engine_cannot_make_is_named_and_rolled_back(world: World) -> None:
    world.create(template(T=table()))

    updated = world.update(template(T=table(TableClass="STANDARD_INFREQUENT_ACCESS")))

    assert updated == "UPDATE_ROLLBACK_COMPLETE"
    assert "T UPDATE_FAILED: not emulated: update of AWS::DynamoDB::Table" in world.events()


def test_tags_of_the_stack_reach_its_resources(world: World) -> None:
    tags = [{"Key": "team", "Value": "orders"}, {"Key": "stage", "Value": "prod"}]
    own = resource("AWS::SQS::Queue", Tags=[{"Key": "stage", "Value": "own"}])

    world.create(template({"Q": {"Ref": "Q"}}, Q=own), Tags=tags)

    found = world.client("sqs").list_queue_tags(QueueUrl=world.outputs()["Q"])["Tags"]
    assert found == {"team": "orders", "stage": "own"}


def waiting(seconds: str) -> dict[str, Any]:
    return template(
        {"Data": {"Fn::GetAtt": ["C", "Data"]}},
        H=resource("AWS::CloudFormation::WaitConditionHandle"),
        C=resource("AWS::CloudFormation::WaitCondition", Handle={"Ref": "H"}, Timeout=seconds),
        A=custom({"Ref": "H"}),
    )


@pytest.mark.parametrize(
    ("signal", "status"),
    [
        ({"Status": "SUCCESS", "UniqueId": "1", "Data": "done", "Reason": ""}, "CREATE_COMPLETE"),
        ({"Status": "FAILURE", "UniqueId": "1", "Reason": "no"}, "ROLLBACK_COMPLETE"),
    ],
    ids=["success", "failure"],
)
def test_a_wait_condition_waits_for_its_signal(
    world: World, signal: dict[str, Any], status: str
) -> None:
    def send(event: Mapping[str, Any]) -> dict[str, Any]:
        handle = {"ResponseURL": event["ResourceProperties"]["V"]}
        world.provider.answer(handle, json.dumps(signal).encode())
        return {}

    world.provider.on("Create A", send)

    assert world.create(waiting("10")) == status
    if status == "CREATE_COMPLETE":
        assert json.loads(world.outputs()["Data"]) == {"1": "done"}
        assert world.delete() == "DELETE_COMPLETE"
    else:
        assert "WaitCondition received failed message: 'no' for uniqueId: 1" in (
            "".join(world.events(of="C"))
        )


def test_a_wait_condition_without_a_signal_times_out(world: World) -> None:
    assert world.create(waiting("0.1")) == "ROLLBACK_COMPLETE"

    assert "WaitCondition timed out. Received 0 conditions when expecting 1" in (
        "".join(world.events(of="C"))
    )


def nested(world: World, version: str, key: str = "child") -> dict[str, Any]:
    """Upload a child template and give a parent that gives it a parameter."""
    child = template({"Out": {"Ref": "C"}}, C=custom({"Ref": "V"}))
    child["Parameters"] = {"V": {"Type": "String"}}
    s3 = world.client("s3")
    place = {"LocationConstraint": "eu-west-1"}
    with contextlib.suppress(ClientError):  # it is there already
        s3.create_bucket(Bucket="children", CreateBucketConfiguration=place)
    s3.put_object(Bucket="children", Key=key, Body=json.dumps(child).encode())
    stack = resource(
        "AWS::CloudFormation::Stack",
        TemplateURL=f"https://s3.eu-west-1.amazonaws.com/children/{key}",
        Parameters={"V": version},
    )
    return template({"Out": {"Fn::GetAtt": ["S", "Outputs.Out"]}}, S=stack)


def test_a_nested_stack_is_created_updated_and_deleted_with_its_parent(world: World) -> None:
    assert world.create(nested(world, "1")) == "CREATE_COMPLETE"
    assert world.outputs() == {"Out": "c"}
    assert world.update(nested(world, "2")) == "UPDATE_COMPLETE"
    assert world.delete() == "DELETE_COMPLETE"

    assert world.provider.told == ["Create C 1", "Update C#c 1->2", "Delete C#c 2"]


def test_a_nested_stack_that_fails_fails_its_parent_and_is_rolled_back_with_it(
    world: World,
) -> None:
    world.provider.on("Create C", failed("no"))

    assert world.create(nested(world, "1")) == "ROLLBACK_COMPLETE"

    assert "S CREATE_FAILED: Embedded stack" in "".join(world.events(of="S"))
    assert world.provider.told == ["Create C 1", "Delete C#c 1"]


def test_a_nested_update_that_fails_is_rolled_back_once(world: World) -> None:
    world.create(nested(world, "1"))
    world.provider.on("Update C", failed("no"))

    assert world.update(nested(world, "2")) == "UPDATE_ROLLBACK_COMPLETE"

    assert world.provider.told == ["Create C 1", "Update C#c 1->2", "Update C#c 2->1"]
