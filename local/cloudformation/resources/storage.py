"""Buckets, queues, tables, parameters and log groups."""

import json
from collections.abc import Mapping
from typing import Any

from local.cloudformation.clients import aws
from local.cloudformation.errors import ResourceError
from local.cloudformation.intrinsics import as_text
from local.cloudformation.resources.base import (
    AwsResource,
    Call,
    Made,
    Properties,
    document,
    tag_list,
    without,
)

# Settings of a bucket that change nothing that the engine can show.
_HARMLESS = frozenset({
    "AccessControl", "BucketEncryption", "LifecycleConfiguration", "LoggingConfiguration",
    "MetricsConfigurations", "OwnershipControls", "PublicAccessBlockConfiguration",
})  # fmt: skip
_LISTS = {
    "LambdaConfigurations": ("LambdaFunctionConfigurations", "LambdaFunctionArn", "Function"),
    "QueueConfigurations": ("QueueConfigurations", "QueueArn", "Queue"),
    "TopicConfigurations": ("TopicConfigurations", "TopicArn", "Topic"),
}


class Bucket(AwsResource):
    """AWS::S3::Bucket."""

    service = "s3"
    immutable = frozenset({"BucketName"})
    deletion = ("delete_bucket", "Bucket")

    def create(self, call: Call) -> Made:
        """Create and configure."""
        name = call.properties.get("BucketName") or call.name(63).lower()
        place = {"CreateBucketConfiguration": {"LocationConstraint": call.region}}
        place = {} if call.region == "us-east-1" else place
        self.client(call).create_bucket(Bucket=name, **place)
        call.started(name)
        return self._configured(call, name)

    def update(self, call: Call) -> Made:
        """Configure anew what changed."""
        return self._configured(call, call.physical_id)

    def _configured(self, call: Call, name: str) -> Made:
        s3, given = self.client(call), call.properties
        known = {"BucketName", "Tags", "VersioningConfiguration",
                 "NotificationConfiguration"}  # fmt: skip
        if unknown := sorted(given.keys() - known - _HARMLESS):
            raise ResourceError(f"not emulated: AWS::S3::Bucket property {unknown[0]}")
        if call.all_tags():
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": tag_list(call.all_tags())})
        if call.changed("VersioningConfiguration"):
            versioning = given.get("VersioningConfiguration", {"Status": "Suspended"})
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
        if call.changed("NotificationConfiguration"):
            wanted = given.get("NotificationConfiguration", {})
            aws(
                s3,
                "put_bucket_notification_configuration",
                Bucket=name,
                NotificationConfiguration=_notifications(wanted),
            )
        domain = f"{name}.s3.amazonaws.com"
        regional = f"{name}.s3.{call.region}.amazonaws.com"
        return Made(name, {"Arn": f"arn:aws:s3:::{name}", "DomainName": domain,
                           "RegionalDomainName": regional})  # fmt: skip


class BucketPolicy(AwsResource):
    """AWS::S3::BucketPolicy."""

    service = "s3"
    immutable = frozenset({"Bucket"})
    deletion = ("delete_bucket_policy", "Bucket")

    def create(self, call: Call) -> Made:
        """Put it, without what moto would get wrong."""
        bucket = call.properties["Bucket"]
        policy = json.loads(document(call.properties["PolicyDocument"]))
        # moto enforces bucket policies but ignores their Condition.
        policy["Statement"] = [
            one for one in policy["Statement"]
            if not (one["Effect"] == "Deny" and one.get("Condition"))
        ]  # fmt: skip
        self.client(call).put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
        return Made(bucket)

    update = create


class Parameter(AwsResource):
    """AWS::SSM::Parameter."""

    service = "ssm"
    immutable = frozenset({"Name"})
    deletion = ("delete_parameter", "Name")

    def create(self, call: Call) -> Made:
        """Create."""
        tags = call.all_tags()
        return self._put(call, **({"Tags": tag_list(tags)} if tags else {}))

    def update(self, call: Call) -> Made:
        """Overwrite; tags stay as they are created."""
        if call.changed("Tags"):
            raise ResourceError("not emulated: change of the Tags of AWS::SSM::Parameter")
        return self._put(call, Overwrite=True)

    def _put(self, call: Call, **more: Any) -> Made:
        given = without(call.properties, "Tags")
        name = call.physical_id or given.get("Name") or call.name()
        aws(self.client(call), "put_parameter", **{**given, "Name": name}, **more)
        return Made(name, {"Type": given["Type"], "Value": as_text(given["Value"])})


class Queue(AwsResource):
    """AWS::SQS::Queue."""

    service = "sqs"
    immutable = frozenset({"QueueName", "FifoQueue"})
    deletion = ("delete_queue", "QueueUrl")

    def create(self, call: Call) -> Made:
        """Create."""
        name = call.properties.get("QueueName") or call.name(80)
        made = self.client(call).create_queue(
            QueueName=name, Attributes=self._attributes(call.properties), tags=call.all_tags()
        )
        return self._made(call, made["QueueUrl"])

    def update(self, call: Call) -> Made:
        """Set the attributes."""
        gone = without(call.old_properties, "Tags", *call.properties)
        if gone:
            raise ResourceError(
                f"not emulated: removal of AWS::SQS::Queue property {next(iter(gone))}"
            )
        attributes = self._attributes(without(call.properties, "FifoQueue"))
        self.client(call).set_queue_attributes(QueueUrl=call.physical_id, Attributes=attributes)
        return self._made(call, call.physical_id)

    def _made(self, call: Call, url: str) -> Made:
        answer = self.client(call).get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        name = url.rsplit("/", 1)[-1]
        arn = answer["Attributes"]["QueueArn"]
        return Made(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})

    @staticmethod
    def _attributes(properties: Properties) -> dict[str, str]:
        return {
            key: json.dumps(value) if isinstance(value, dict) else as_text(value)
            for key, value in without(properties, "QueueName", "Tags").items()
        }


class Table(AwsResource):
    """AWS::DynamoDB::Table."""

    service = "dynamodb"
    immutable = frozenset({"TableName", "KeySchema", "LocalSecondaryIndexes"})
    deletion = ("delete_table", "TableName")

    def create(self, call: Call) -> Made:
        """Create."""
        client = self.client(call)
        settings = without(call.properties, "Tags")
        name = settings.pop("TableName", None) or call.name(255)
        if stream := settings.get("StreamSpecification"):
            settings["StreamSpecification"] = {"StreamEnabled": True, **stream}
        aws(client, "create_table", TableName=name, Tags=tag_list(call.all_tags()), **settings)
        call.started(name)
        found = client.describe_table(TableName=name)["Table"]
        arns = {"Arn": found["TableArn"], "StreamArn": found.get("LatestStreamArn")}
        return Made(name, {key: value for key, value in arns.items() if value})


class LogGroup(AwsResource):
    """AWS::Logs::LogGroup."""

    service = "logs"
    immutable = frozenset({"LogGroupName"})
    deletion = ("delete_log_group", "logGroupName")

    def create(self, call: Call) -> Made:
        """Create."""
        name = call.properties.get("LogGroupName") or call.name(512)
        tags = {"tags": call.all_tags()} if call.all_tags() else {}
        self.client(call).create_log_group(logGroupName=name, **tags)
        call.started(name)
        return self._configured(call, name)

    def update(self, call: Call) -> Made:
        """Set the retention."""
        return self._configured(call, call.physical_id)

    def _configured(self, call: Call, name: str) -> Made:
        logs, days = self.client(call), call.properties.get("RetentionInDays")
        if days is not None:
            logs.put_retention_policy(logGroupName=name, retentionInDays=int(days))
        elif call.changed("RetentionInDays"):
            logs.delete_retention_policy(logGroupName=name)
        arn = f"arn:aws:logs:{call.region}:{call.account}:log-group:{name}:*"
        return Made(name, {"Arn": arn})


def _notifications(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Rename CloudFormation's notification configuration to the API's."""
    found: dict[str, Any] = {}
    for listed, items in wanted.items():
        if listed not in _LISTS:
            raise ResourceError(f"not emulated: NotificationConfiguration {listed}")
        name, arn, target = _LISTS[listed]
        found[name] = [_notification(item, arn, target) for item in items]
    return found


def _notification(item: Mapping[str, Any], arn: str, target: str) -> dict[str, Any]:
    made: dict[str, Any] = {arn: item[target], "Events": [item["Event"]]}
    if rules := item.get("Filter", {}).get("S3Key", {}).get("Rules"):
        made["Filter"] = {"Key": {"FilterRules": rules}}
    return made


TYPES: dict[str, type[AwsResource]] = {
    "AWS::S3::Bucket": Bucket,
    "AWS::S3::BucketPolicy": BucketPolicy,
    "AWS::SSM::Parameter": Parameter,
    "AWS::SQS::Queue": Queue,
    "AWS::DynamoDB::Table": Table,
    "AWS::Logs::LogGroup": LogGroup,
}
