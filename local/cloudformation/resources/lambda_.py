"""Functions, and what belongs to them."""

import io
import time
import zipfile
from collections.abc import Mapping
from typing import Any

from local.cloudformation.clients import aws
from local.cloudformation.errors import ResourceError
from local.cloudformation.resources.base import (
    POLL,
    AwsResource,
    Call,
    Made,
    Properties,
    delete_if_present,
    without,
)

_STABLE_AFTER = 120
# What CloudFormation sends when a property is taken out of the template.
_DEFAULTS: Mapping[str, Any] = {
    "Description": "",
    "Timeout": 3,
    "MemorySize": 128,
    "Environment": {"Variables": {}},
    "Layers": [],
    "KmsKeyArn": "",
    "TracingConfig": {"Mode": "PassThrough"},
    "EphemeralStorage": {"Size": 512},
    "DeadLetterConfig": {"TargetArn": ""},
    "SnapStart": {"ApplyOn": "None"},
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
}
# Properties that UpdateFunctionConfiguration does not take.
_ELSEWHERE = (
    "Code", "Tags", "FunctionName", "PackageType", "Architectures",
    "ReservedConcurrentExecutions",
)  # fmt: skip


class Function(AwsResource):
    """AWS::Lambda::Function; done when the function is Active and its update Successful."""

    service = "lambda"
    immutable = frozenset({"FunctionName", "PackageType"})
    deletion = ("delete_function", "FunctionName")

    def create(self, call: Call) -> Made:
        """Create and wait."""
        given = without(call.properties, "ReservedConcurrentExecutions")
        name = given.get("FunctionName") or call.name()
        given |= {"FunctionName": name, "Tags": _tags(call)}
        given["Code"] = _code(given["Code"], given.get("Handler", ""))
        aws(self.client(call), "create_function", **_configuration(given))
        call.started(name)
        _stabilise(self.client(call), FunctionName=name)
        self._set_elsewhere(call, name)
        return self._made(call, name)

    def update(self, call: Call) -> Made:
        """Change code, then configuration, then the rest; wait after each."""
        client, name = self.client(call), call.physical_id
        if call.changed("Code", "Architectures"):
            code = _code(call.properties["Code"], call.properties.get("Handler", ""))
            code["Architectures"] = call.properties.get("Architectures", ["x86_64"])
            aws(client, "update_function_code", FunctionName=name, **code)
            _stabilise(self.client(call), FunctionName=name)
        old, new = (without(one, *_ELSEWHERE) for one in (call.old_properties, call.properties))
        if old != new:
            if unknown := sorted(old.keys() - new.keys() - _DEFAULTS.keys()):
                raise ResourceError(f"not emulated: removal of {call.type} {unknown[0]}")
            defaults = {key: _DEFAULTS[key] for key in old.keys() - new.keys()}
            settings = _configuration({**defaults, **new})
            aws(client, "update_function_configuration", FunctionName=name, **settings)
            _stabilise(self.client(call), FunctionName=name)
        self._set_elsewhere(call, name)
        return self._made(call, name)

    def _set_elsewhere(self, call: Call, name: str) -> None:
        client, given = self.client(call), call.properties
        if call.changed("ReservedConcurrentExecutions"):
            limit = given.get("ReservedConcurrentExecutions")
            if limit is None:
                client.delete_function_concurrency(FunctionName=name)
            else:
                aws(client, "put_function_concurrency", FunctionName=name,
                    ReservedConcurrentExecutions=limit)  # fmt: skip
        arn = client.get_function_configuration(FunctionName=name)["FunctionArn"]
        old = client.list_tags(Resource=arn)["Tags"]
        if gone := list(old.keys() - _tags(call).keys()):
            client.untag_resource(Resource=arn, TagKeys=gone)
        if old != _tags(call):
            client.tag_resource(Resource=arn, Tags=_tags(call))

    def _made(self, call: Call, name: str) -> Made:
        found = self.client(call).get_function_configuration(FunctionName=name)
        return Made(name, {"Arn": found["FunctionArn"]})


class Version(AwsResource):
    """AWS::Lambda::Version; every change makes a new one."""

    service = "lambda"

    def create(self, call: Call) -> Made:
        """Publish; a version that exists already is an error, as in CloudFormation."""
        client, given = self.client(call), call.properties
        pages = client.get_paginator("list_versions_by_function").paginate(
            FunctionName=given["FunctionName"]
        )
        known = {one["Version"] for page in pages for one in page["Versions"]}
        made = aws(client, "publish_version", **without(given, "ProvisionedConcurrencyConfig"))
        number, arn = made["Version"], made["FunctionArn"]
        if number in known:
            raise ResourceError(
                f"A version for this Lambda function exists ( {number} ). Modify the function to "
                "create a new version."
            )
        _stabilise(client, FunctionName=given["FunctionName"], Qualifier=number)
        _provision(client, call, given["FunctionName"], number)
        return Made(arn, {"Version": number, "FunctionArn": arn})

    def delete(self, call: Call) -> None:
        """Delete the version, never the function."""
        function, _, number = call.physical_id.rpartition(":")
        client = self.client(call)
        delete_if_present(client, "delete_function", FunctionName=function, Qualifier=number)


class Alias(AwsResource):
    """AWS::Lambda::Alias."""

    service = "lambda"
    immutable = frozenset({"FunctionName", "Name"})

    def create(self, call: Call) -> Made:
        """Create."""
        return self._put(call, "create_alias")

    def update(self, call: Call) -> Made:
        """Repoint."""
        return self._put(call, "update_alias")

    def delete(self, call: Call) -> None:
        """Delete."""
        client = self.client(call)
        target = {key: call.properties[key] for key in ("FunctionName", "Name")}
        delete_if_present(client, "delete_alias", **target)

    def _put(self, call: Call, operation: str) -> Made:
        client, given = self.client(call), call.properties
        weights = given.get("RoutingConfig", {}).get("AdditionalVersionWeights", [])
        settings = without(given, "RoutingConfig", "ProvisionedConcurrencyConfig")
        if weights or operation == "update_alias":
            by_version = {one["FunctionVersion"]: one["FunctionWeight"] for one in weights}
            settings["RoutingConfig"] = {"AdditionalVersionWeights": by_version}
        arn = aws(client, operation, **settings)["AliasArn"]
        _provision(client, call, given["FunctionName"], given["Name"])
        return Made(arn, {"AliasArn": arn})


class Permission(AwsResource):
    """AWS::Lambda::Permission; FunctionName may carry a qualifier."""

    service = "lambda"

    def create(self, call: Call) -> Made:
        """Add a statement."""
        sid = call.name(100)
        aws(self.client(call), "add_permission", StatementId=sid, **call.properties)
        return Made(sid, {"Id": sid})

    def delete(self, call: Call) -> None:
        """Remove the statement."""
        function = call.properties["FunctionName"]
        delete_if_present(
            self.client(call), "remove_permission", FunctionName=function,
            StatementId=call.physical_id,
        )  # fmt: skip


class EventInvokeConfig(AwsResource):
    """AWS::Lambda::EventInvokeConfig."""

    service = "lambda"
    immutable = frozenset({"FunctionName", "Qualifier"})

    def create(self, call: Call) -> Made:
        """Put it."""
        aws(self.client(call), "put_function_event_invoke_config", **call.properties)
        return Made(call.physical_id or call.name())

    update = create

    def delete(self, call: Call) -> None:
        """Delete."""
        target = {key: call.properties[key] for key in ("FunctionName", "Qualifier")}
        delete_if_present(self.client(call), "delete_function_event_invoke_config", **target)


class EventSourceMapping(AwsResource):
    """AWS::Lambda::EventSourceMapping."""

    service = "lambda"
    immutable = frozenset({
        "EventSourceArn", "StartingPosition", "StartingPositionTimestamp",
        "SelfManagedEventSource",
    })  # fmt: skip
    deletion = ("delete_event_source_mapping", "UUID")

    def create(self, call: Call) -> Made:
        """Create."""
        made = aws(self.client(call), "create_event_source_mapping", **call.properties)
        return self._made(call, made)

    def update(self, call: Call) -> Made:
        """Change what can be changed in place."""
        settings = without(call.properties, *self.immutable or (), "Tags")
        uuid = call.physical_id
        made = aws(self.client(call), "update_event_source_mapping", UUID=uuid, **settings)
        return self._made(call, made)

    @staticmethod
    def _made(call: Call, made: Mapping[str, Any]) -> Made:
        uuid = made["UUID"]
        place = f"arn:aws:lambda:{call.region}:{call.account}:event-source-mapping:{uuid}"
        return Made(uuid, {"Id": uuid, "EventSourceMappingArn": place})


class LayerVersion(AwsResource):
    """AWS::Lambda::LayerVersion."""

    service = "lambda"

    def create(self, call: Call) -> Made:
        """Publish."""
        name = call.properties.get("LayerName") or call.name()
        settings = {**call.properties, "LayerName": name}
        arn = aws(self.client(call), "publish_layer_version", **settings)["LayerVersionArn"]
        return Made(arn, {"LayerVersionArn": arn})

    def delete(self, call: Call) -> None:
        """Delete this version."""
        layer, _, number = call.physical_id.rpartition(":")
        self.client(call).delete_layer_version(LayerName=layer, VersionNumber=int(number))


def _code(code: Properties, handler: str) -> dict[str, Any]:
    """Give the code as the API wants it; inline source becomes a package of one file."""
    if "ZipFile" not in code:
        return dict(code)
    packed = io.BytesIO()
    # A fixed time, so that the same source has the same CodeSha256.
    entry = zipfile.ZipInfo(f"{handler.partition('.')[0] or 'index'}.py", (1980, 1, 1, 0, 0, 0))
    entry.external_attr = 0o644 << 16
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(entry, code["ZipFile"])
    return {"ZipFile": packed.getvalue()}


def _configuration(properties: Properties) -> dict[str, Any]:
    """Rename the one property whose name differs from the API's."""
    return {"KMSKeyArn" if key == "KmsKeyArn" else key: v for key, v in properties.items()}


def _tags(call: Call) -> dict[str, str]:
    """Add the tags that only CloudFormation can set."""
    return {
        **call.all_tags(),
        "aws:cloudformation:stack-name": call.stack_name,
        "aws:cloudformation:stack-id": call.stack_id,
        "aws:cloudformation:logical-id": call.logical_id,
    }


def _stabilise(client: Any, **which: str) -> None:
    """Wait until a function or a version is Active and its update Successful."""
    deadline = time.monotonic() + _STABLE_AFTER
    while time.monotonic() < deadline:
        found = client.get_function_configuration(**which)
        states = found.get("State", "Active"), found.get("LastUpdateStatus", "Successful")
        if states == ("Active", "Successful"):
            return
        if "Failed" in states:
            raise ResourceError(
                "Resource of type 'AWS::Lambda::Function' with identifier "
                f"'{which['FunctionName']}' did not stabilize."
            )
        time.sleep(POLL)
    raise ResourceError("Exceeded attempts to wait")


def _provision(client: Any, call: Call, function: str, qualifier: str) -> None:
    """Set or take away provisioned concurrency, and wait until it is READY."""
    if not call.changed("ProvisionedConcurrencyConfig"):
        return
    target = {"FunctionName": function, "Qualifier": qualifier}
    config = call.properties.get("ProvisionedConcurrencyConfig")
    if config is None:
        client.delete_provisioned_concurrency_config(**target)
        return
    aws(client, "put_provisioned_concurrency_config", **target, **config)
    deadline = time.monotonic() + _STABLE_AFTER
    while client.get_provisioned_concurrency_config(**target)["Status"] == "IN_PROGRESS":
        if time.monotonic() > deadline:
            raise ResourceError("Exceeded attempts to wait")
        time.sleep(POLL)


TYPES: dict[str, type[AwsResource]] = {
    "AWS::Lambda::Function": Function,
    "AWS::Lambda::Version": Version,
    "AWS::Lambda::Alias": Alias,
    "AWS::Lambda::Permission": Permission,
    "AWS::Lambda::EventInvokeConfig": EventInvokeConfig,
    "AWS::Lambda::EventSourceMapping": EventSourceMapping,
    "AWS::Lambda::LayerVersion": LayerVersion,
}
