"""REST APIs of API Gateway: kept and shown, no request is served.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_ApiGateway.html
"""

from typing import Any

from local.cloudformation.clients import aws
from local.cloudformation.errors import ResourceError
from local.cloudformation.resources.base import (
    AwsResource,
    Call,
    Made,
    Properties,
    delete_if_present,
    without,
)


class RestApi(AwsResource):
    """AWS::ApiGateway::RestApi, without a Body."""

    service = "apigateway"
    immutable = frozenset()
    deletion = ("delete_rest_api", "restApiId")

    def create(self, call: Call) -> Made:
        """Create."""
        client = self.client(call)
        settings = {"Name": call.name(), **without(call.properties, "Tags")}
        tags = {"tags": call.all_tags()} if call.all_tags() else {}
        made = aws(client, "create_rest_api", **_members(settings), **tags)["id"]
        call.started(made)
        root = client.get_resources(restApiId=made)["items"][0]["id"]
        return Made(made, {"RestApiId": made, "RootResourceId": root})


class Resource(AwsResource):
    """AWS::ApiGateway::Resource."""

    service = "apigateway"

    def create(self, call: Call) -> Made:
        """Create."""
        made = aws(self.client(call), "create_resource", **_members(call.properties))["id"]
        return Made(made, {"ResourceId": made})

    def delete(self, call: Call) -> None:
        """Delete."""
        target = {"restApiId": call.properties["RestApiId"], "resourceId": call.physical_id}
        delete_if_present(self.client(call), "delete_resource", **target)


class Method(AwsResource):
    """AWS::ApiGateway::Method, with its integration."""

    service = "apigateway"
    immutable = frozenset({"RestApiId", "ResourceId", "HttpMethod"})

    def create(self, call: Call) -> Made:
        """Put the method, and what it calls."""
        method = _members(without(call.properties, "Integration"))
        aws(self.client(call), "put_method", **method)
        self._integrate(call)
        return Made(call.name())

    def update(self, call: Call) -> Made:
        """Let it call something else."""
        old, new = (without(one, "Integration") for one in (call.old_properties, call.properties))
        if old != new:
            raise ResourceError(f"not emulated: more of {call.type} changes", attempted=False)
        self._integrate(call)
        return Made(call.physical_id)

    def delete(self, call: Call) -> None:
        """Delete."""
        delete_if_present(self.client(call), "delete_method", **self._target(call))

    def _integrate(self, call: Call) -> None:
        integration = _members(call.properties["Integration"])
        aws(self.client(call), "put_integration", **self._target(call), **integration)

    def _target(self, call: Call) -> dict[str, Any]:
        return _members({key: call.properties[key] for key in sorted(self.immutable or ())})


class Deployment(AwsResource):
    """AWS::ApiGateway::Deployment; every change makes a new one."""

    service = "apigateway"

    def create(self, call: Call) -> Made:
        """Create."""
        made = aws(self.client(call), "create_deployment", **_members(call.properties))["id"]
        return Made(made, {"DeploymentId": made})

    def delete(self, call: Call) -> None:
        """Delete."""
        target = {"restApiId": call.properties["RestApiId"], "deploymentId": call.physical_id}
        delete_if_present(self.client(call), "delete_deployment", **target)


class Stage(AwsResource):
    """AWS::ApiGateway::Stage."""

    service = "apigateway"
    immutable = frozenset({"RestApiId", "StageName"})

    def create(self, call: Call) -> Made:
        """Create."""
        settings = _members(without(call.properties, "Tags"))
        return Made(aws(self.client(call), "create_stage", **settings)["stageName"])

    def update(self, call: Call) -> Made:
        """Serve another deployment."""
        old, new = (without(one, "DeploymentId") for one in (call.old_properties, call.properties))
        if old != new:
            raise ResourceError(f"not emulated: more of {call.type} changes", attempted=False)
        wanted = call.properties["DeploymentId"]
        change = {"op": "replace", "path": "/deploymentId", "value": wanted}
        self.client(call).update_stage(
            restApiId=call.properties["RestApiId"], stageName=call.physical_id,
            patchOperations=[change],
        )  # fmt: skip
        return Made(call.physical_id)

    def delete(self, call: Call) -> None:
        """Delete."""
        target = {"restApiId": call.properties["RestApiId"], "stageName": call.physical_id}
        delete_if_present(self.client(call), "delete_stage", **target)


def _members(properties: Properties) -> dict[str, Any]:
    """Name properties as the API does: with a small letter."""
    return {
        key[0].lower() + key[1:]: _members(value) if isinstance(value, dict) else value
        for key, value in properties.items()
    }


TYPES: dict[str, type[AwsResource]] = {
    "AWS::ApiGateway::Deployment": Deployment,
    "AWS::ApiGateway::Method": Method,
    "AWS::ApiGateway::Resource": Resource,
    "AWS::ApiGateway::RestApi": RestApi,
    "AWS::ApiGateway::Stage": Stage,
}
