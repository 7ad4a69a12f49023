"""What a running stack's template refers to: resources, exports of other stacks, SSM parameters."""

from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from local.cloudformation.clients import Clients
from local.cloudformation.errors import ApiError
from local.cloudformation.stacks import Resource, Stack, Store


@dataclass(frozen=True)
class Live:
    """Looks references up in a stack; every method raises ApiError with CloudFormation's text.

    Attributes:
        stack: whose resources count.
        store: for the exports of other stacks.
        clients: for SSM.
        masked: attributes under NoEcho are given as `*****`, as outputs show them.
        imports: the names of the exports that were read.
    """

    stack: Stack
    store: Store
    clients: Clients
    masked: bool = False
    imports: set[str] = field(default_factory=set)

    def ref(self, logical_id: str) -> Any:
        """Give the physical id."""
        if logical_id == "AWS::StackId":
            return self.stack.id
        return self._resource(logical_id).physical_id

    def attribute(self, logical_id: str, name: str) -> Any:
        """Give the attribute."""
        resource = self._resource(logical_id)
        if name not in resource.attributes:
            raise ApiError(resource.missing.format(name))
        return "*****" if self.masked and resource.no_echo else resource.attributes[name]

    def imported(self, name: str) -> str:
        """Give the export's value; from now on it is in use."""
        exports = self.store.exports(self.stack.region)
        if name not in exports:
            raise ApiError(f"No export named {name} found.")
        self.imports.add(name)
        self.stack.imports.add(name)
        return exports[name][1]

    def dynamic(self, service: str, key: str) -> str:
        """Read an SSM parameter."""
        if service != "ssm":
            raise ApiError(f"not emulated: dynamic reference to {service}")
        try:
            answer = self.clients.get("ssm", self.stack.region).get_parameter(Name=key)
        except ClientError as error:
            raise ApiError(f"Parameters: [{key}] cannot be found. (Service: AmazonSSM)") from error
        return str(answer["Parameter"]["Value"])

    def _resource(self, logical_id: str) -> Resource:
        if logical_id not in self.stack.resources:
            raise ApiError(
                f"Template format error: Unresolved resource dependencies [{logical_id}] in the "
                "Resources block of the template"
            )
        return self.stack.resources[logical_id]
