"""What exists: functions with their versions and aliases, layers, mappings; one Region each."""

import base64
import hashlib
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from local.functions.errors import conflict, not_found
from local.functions.names import LATEST, Place
from local.ports import Invoker
from local.settings import Settings

Input = Mapping[str, Any]
Output = dict[str, Any]
Clock = Callable[[], float]


def new_id() -> str:
    """Make a RevisionId, or any other id."""
    return str(uuid.uuid4())


def now() -> datetime:
    """Give the time, for what a person reads; what ends by itself goes by the clock."""
    return datetime.now(UTC)


def lambda_date(moment: datetime) -> str:
    """Write a time as LastModified shows it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


@dataclass(frozen=True)
class Layer:
    """A version of a layer; what the API shows of it stands in `shown`."""

    arn: str
    content: bytes
    shown: Mapping[str, Any]


@dataclass(frozen=True)
class Content:
    """What publishing copies and compares: the code and the configuration.

    Attributes:
        code: the deployment package.
        settings: by the names of UpdateFunctionConfiguration, empty ones left out.
        layers: resolved, for a layer can be deleted while it is in use.
    """

    code: bytes
    settings: Mapping[str, Any]
    layers: tuple[Layer, ...] = ()

    @cached_property
    def code_sha256(self) -> str:
        """Give the Base64 of the package's SHA-256."""
        return sha256(self.code)


def sha256(code: bytes) -> str:
    """Give a CodeSha256."""
    return base64.b64encode(hashlib.sha256(code).digest()).decode()


@dataclass
class Version:
    """`$LATEST` or a published version.

    Attributes:
        number: `$LATEST` or the number.
        content: code and configuration.
        description: a published version can have its own.
        revision_id: changes with every write, and when a transition of `$LATEST` ends.
        modified: when it was written.
        transition: `Pending` (a State) or `InProgress` (a LastUpdateStatus), or None.
        until: when the transition ends, by the clock.
        served: what runs while an update is in progress.
    """

    number: str
    content: Content
    description: str
    revision_id: str = field(default_factory=new_id)
    modified: datetime = field(default_factory=now)
    transition: str | None = None
    until: float = 0.0
    served: Content | None = None

    def begin(self, transition: str, until: float) -> None:
        """Enter a transition."""
        self.transition, self.until = transition, until

    def settle(self, clock: float) -> None:
        """End a transition whose time has come."""
        if self.transition and clock >= self.until:
            self.transition, self.served = None, None
            if self.number == LATEST:
                self.revision_id = new_id()


@dataclass
class Alias:
    """A named pointer to a version, or by its weights to two."""

    name: str
    version: str
    description: str
    weights: dict[str, float]
    revision_id: str = field(default_factory=new_id)

    @property
    def versions(self) -> set[str]:
        """Name every version that it refers to."""
        return {self.version, *self.weights}


@dataclass
class Provisioned:
    """The provisioned concurrency of a version or an alias.

    Attributes:
        requested: environments.
        until: when the allocation ends at the earliest, by the clock.
        init: whether an environment could be initialised, once it is known.
        status: IN_PROGRESS, READY or FAILED.
        moved_from: the version that AWS lets an alias serve until the new one is READY (B5).
        modified: when it was written.
    """

    requested: int
    until: float
    init: Future[bool]
    status: str = "IN_PROGRESS"
    moved_from: str | None = None
    modified: datetime = field(default_factory=now)

    def settle(self, clock: float) -> None:
        """End the allocation when its time has come and the init is over."""
        if self.status == "IN_PROGRESS" and clock >= self.until and self.init.done():
            self.status = "READY" if self.init.result() else "FAILED"


@dataclass
class Function:
    """A function; what AWS keeps for each qualifier stands under that qualifier.

    Attributes:
        name: bare.
        arn: without qualifier.
        versions: `$LATEST` first, then the published ones, oldest first.
        aliases: by name.
        tags: the function's; versions have none.
        policies: the statements; `$LATEST` stands for the function itself here and below.
        urls: function URL configs.
        invoke_configs: event invoke configs.
        provisioned: provisioned concurrency.
        runtime_configs: runtime management configs.
        reserved: reserved concurrency.
        recursion: RecursiveLoop.
    """

    name: str
    arn: str
    versions: dict[str, Version]
    tags: dict[str, str]
    aliases: dict[str, Alias] = field(default_factory=dict)
    policies: dict[str, dict[str, Output]] = field(default_factory=dict)
    urls: dict[str, Output] = field(default_factory=dict)
    invoke_configs: dict[str, Output] = field(default_factory=dict)
    provisioned: dict[str, Provisioned] = field(default_factory=dict)
    runtime_configs: dict[str, Output] = field(default_factory=dict)
    reserved: int | None = None
    recursion: str = "Terminate"

    @property
    def region(self) -> str:
        """Give the name of its Region."""
        return self.arn.split(":")[3]

    @property
    def latest(self) -> Version:
        """Give `$LATEST`."""
        return self.versions[LATEST]

    def has(self, qualifier: str | None) -> bool:
        """Tell whether there is such a version or alias."""
        return qualifier is None or qualifier in self.versions or qualifier in self.aliases

    def version(self, qualifier: str | None) -> Version:
        """Give the version, or the one an alias points to first; KeyError when there is none."""
        alias = self.aliases.get(qualifier or LATEST)
        return self.versions[alias.version if alias else qualifier or LATEST]

    def holder(self, qualifier: str | None) -> Version | Alias:
        """Give whose RevisionId counts for what is kept under this qualifier."""
        return self.aliases.get(qualifier or LATEST) or self.version(qualifier)

    def referring(self, number: str) -> list[str]:
        """Name the aliases that refer to a version, also by a weight."""
        return [alias.name for alias in self.aliases.values() if number in alias.versions]

    def forget(self, qualifier: str) -> None:
        """Drop everything that is kept under a qualifier, and the qualifier."""
        for kept in (
            self.versions, self.aliases, self.policies, self.urls, self.invoke_configs,
            self.provisioned, self.runtime_configs,
        ):  # fmt: skip
            kept.pop(qualifier, None)

    def has_provisioned(self, number: str) -> bool:
        """Tell whether provisioned concurrency is READY on a version, also by an alias of it."""
        return any(
            config.status == "READY" and self.version(qualifier).number == number
            for qualifier, config in self.provisioned.items()
        )

    def settle(self, clock: float) -> None:
        """End every transition whose time has come."""
        for version in self.versions.values():
            version.settle(clock)
        for qualifier, provisioned in self.provisioned.items():
            provisioned.settle(clock)
            alias = self.aliases.get(qualifier)
            if alias and provisioned.moved_from and provisioned.status == "READY":
                provisioned.moved_from = None
                alias.weights, alias.revision_id = {}, new_id()

    def check_settled(self) -> None:
        """Refuse a write while a transition lasts (B1, B4).

        Raises:
            LambdaError: ResourceConflictException, 409.
        """
        what = "The operation cannot be performed at this time."
        if self.latest.transition == "Pending":
            raise conflict(f"{what} The function is currently in the following state: Pending")
        if self.latest.transition:
            raise conflict(f"{what} An update is in progress for resource: {self.arn}")


@dataclass
class Region:
    """Everything in one Region.

    Attributes:
        name: such as `eu-west-1`.
        account: the one account.
        functions: by bare name.
        numbers: the last version number ever given, by function; outlives the function (F8).
        layers: versions by number, by layer name.
        layer_numbers: the last number ever given, by layer.
        mappings: event source mappings, by UUID.
    """

    name: str
    account: str
    functions: dict[str, Function] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    layers: dict[str, dict[int, Layer]] = field(default_factory=dict)
    layer_numbers: dict[str, int] = field(default_factory=dict)
    mappings: dict[str, Output] = field(default_factory=dict)

    def function(self, place: Place) -> Function:
        """Find the function that a request is about.

        Raises:
            LambdaError: ResourceNotFoundException, with the ARN as the request names it.
        """
        function = self.functions.get(place.name)
        if function is None or not function.has(place.qualifier):
            raise not_found(f"Function not found: {place.qualified_arn}")
        return function

    def function_or_alias(self, place: Place) -> Function:
        """Find the function, in the words of the calls on a qualifier: they name the alias.

        Raises:
            LambdaError: ResourceNotFoundException.
        """
        function = self.functions.get(place.name)
        if place.names_alias and (function is None or not function.has(place.qualifier)):
            raise not_found(f"Cannot find alias arn: {place.qualified_arn}")
        if function is None and place.qualifier is None:
            raise not_found(f"Function not found: {place.arn}")
        return self.function(place)

    def all_functions(self) -> Iterator[Function]:
        """Go through the functions by name."""
        yield from (self.functions[name] for name in sorted(self.functions))


@dataclass(frozen=True)
class World:
    """What the operations share.

    Attributes:
        settings: the delays.
        read_object: gives an object of S3 by bucket, key and version.
        invoker: runs functions.
        clock: gives seconds; only differences count.
    """

    settings: Settings
    read_object: Callable[[str, str, str | None], bytes]
    invoker: Invoker
    clock: Clock = time.monotonic
