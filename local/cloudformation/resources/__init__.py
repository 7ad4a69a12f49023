"""The resource types that the engine's CloudFormation knows."""

from collections.abc import Mapping

from local.cloudformation.clients import Clients
from local.cloudformation.errors import ResourceError
from local.cloudformation.resources import (
    apigateway,
    cloudwatch,
    iam,
    lambda_,
    stacks,
    storage,
)
from local.cloudformation.resources.base import AwsResource, Provider

_TYPES: dict[str, type[AwsResource]] = {
    **apigateway.TYPES, **cloudwatch.TYPES, **iam.TYPES, **lambda_.TYPES, **storage.TYPES,
    **stacks.TYPES,
}  # fmt: skip


def is_custom(kind: str) -> bool:
    """Tell whether a type is a custom resource."""
    return kind.startswith("Custom::") or kind == "AWS::CloudFormation::CustomResource"


class Providers:
    """Finds the provider of a type.

    Args:
        clients: for the providers that call AWS.
        custom: the provider of custom resources.
        own: the providers that CloudFormation has itself, by type.
    """

    def __init__(self, clients: Clients, custom: Provider, own: Mapping[str, Provider]) -> None:
        self._custom = custom
        self._known = {**own, **{kind: made(clients) for kind, made in _TYPES.items()}}

    def get(self, kind: str) -> Provider:
        """Give the provider.

        Raises:
            ResourceError: the type is not emulated.
        """
        if is_custom(kind):
            return self._custom
        if kind not in self._known:
            raise ResourceError(f"not emulated: resource type {kind}", attempted=False)
        return self._known[kind]
