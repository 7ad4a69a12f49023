"""What a resource provider is: four functions that the stack machine calls."""

import json
import re
import secrets
import string
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from botocore.exceptions import ClientError

from local.cloudformation.clients import Clients
from local.cloudformation.errors import ResourceError
from local.cloudformation.intrinsics import as_text

Properties = Mapping[str, Any]
POLL = 0.05  # seconds between two looks at something that is under way
_NOT_FOUND = re.compile("NotFound|NoSuch|NonExistent")
_NAME_CHARACTERS = string.ascii_uppercase + string.digits


def _ignore(_physical_id: str) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class Call:
    """One request of the stack machine to a provider.

    Attributes:
        stack_id: ARN of the stack.
        stack_name: its name.
        region: its Region.
        account: its account.
        logical_id: the resource's name in the template.
        type: the resource's type.
        properties: resolved; for Delete the last known ones.
        old_properties: for Update.
        physical_id: for Update and Delete.
        tags: the stack's tags.
        cancelled: set when the operation gives up while the provider still waits.
        started: to be told the physical id as soon as there is one, before all is done.
    """

    stack_id: str
    stack_name: str
    region: str
    account: str
    logical_id: str
    type: str
    properties: Properties
    old_properties: Properties = field(default_factory=dict)
    physical_id: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    cancelled: threading.Event = field(default_factory=threading.Event)
    started: Callable[[str], None] = _ignore

    def changed(self, *names: str) -> bool:
        """Tell whether one of these properties differs from before."""
        return any(self.properties.get(n) != self.old_properties.get(n) for n in names)

    def name(self, limit: int = 64) -> str:
        """Make up a name as CloudFormation does: stack, logical id and 12 random characters."""
        suffix = "".join(secrets.choice(_NAME_CHARACTERS) for _ in range(12))
        return f"{self.stack_name}-{self.logical_id}"[: limit - 13] + f"-{suffix}"

    def all_tags(self) -> dict[str, str]:
        """Merge the stack's tags and the resource's own, which win."""
        own = self.properties.get("Tags", [])
        pairs = own if isinstance(own, dict) else {tag["Key"]: tag["Value"] for tag in own}
        return {**self.tags, **{key: as_text(value) for key, value in pairs.items()}}


@dataclass(frozen=True)
class Made:
    """What a Create or Update gave; the attributes are those of `stacks.Resource`."""

    physical_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    missing: str = "Requested attribute {} does not exist in schema"
    no_echo: bool = False


class Provider(Protocol):
    """Creates, changes and deletes resources of one type.

    ResourceError and botocore's ClientError make the operation on the resource fail.
    """

    def replaces(self, old: Properties, new: Properties) -> bool:
        """Tell whether the change needs a new resource instead of an update."""

    def create(self, call: Call) -> Made:
        """Create."""

    def update(self, call: Call) -> Made:
        """Change in place."""

    def delete(self, call: Call) -> None:
        """Delete; a resource that is gone already is a success."""


class AwsResource(ABC):
    """Base of the providers that are plain boto3 calls.

    Attributes:
        service: boto3's name of the service.
        immutable: properties whose change replaces the resource; None means every one.
        deletion: the call that deletes, and its parameter that takes the physical id.
    """

    service: ClassVar[str]
    immutable: ClassVar[frozenset[str] | None] = None
    deletion: ClassVar[tuple[str, str]]

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def client(self, call: Call) -> Any:
        """Give a client for the stack's Region."""
        return self._clients.get(self.service, call.region)

    def replaces(self, old: Properties, new: Properties) -> bool:
        """Compare the immutable properties."""
        names = old.keys() | new.keys() if self.immutable is None else self.immutable
        return any(old.get(name) != new.get(name) for name in names)

    @abstractmethod
    def create(self, call: Call) -> Made:
        """Create."""

    def update(self, call: Call) -> Made:
        """Refuse: only a type without mutable properties leaves this as it is."""
        raise ResourceError(f"not emulated: update of {call.type}", attempted=False)

    def delete(self, call: Call) -> None:
        """Delete; a resource that is gone already is a success."""
        operation, parameter = self.deletion
        delete_if_present(self.client(call), operation, **{parameter: call.physical_id})


def document(value: Any) -> str:
    """Write a policy document for an API that wants text."""
    return value if isinstance(value, str) else json.dumps(value)


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Write tags as most services want them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def without(properties: Properties, *names: str) -> dict[str, Any]:
    """Leave some properties out."""
    return {key: value for key, value in properties.items() if key not in names}


def delete_if_present(client: Any, operation: str, **parameters: Any) -> None:
    """Call an operation that deletes; what is gone already is a success."""
    try:
        getattr(client, operation)(**parameters)
    except ClientError as error:
        if not _NOT_FOUND.search(error.response["Error"]["Code"]):
            raise
