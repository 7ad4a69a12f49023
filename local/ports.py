"""How the parts of the engine know each other: three small ports, so that each is tested alone."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Protocol

WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(frozen=True)
class Target:
    """One version of a function, resolved from a qualifier and ready to run.

    Attributes:
        invoked_arn: the ARN that the caller named, with its qualifier if it had one.
        function_name: the bare name.
        version: `$LATEST` or a number.
        region: the function's Region.
        handler: `module.function`, as in the configuration.
        code: the deployment package, a zip.
        code_sha256: Base64 of the package's SHA-256.
        environment: the function's own variables.
        timeout: seconds.
        memory_size: MiB.
        role: ARN of the execution role.
        log_group: name of the log group.
        layers: the content of each layer, a zip.
        provisioned: it has provisioned concurrency.
    """

    invoked_arn: str
    function_name: str
    version: str
    region: str
    handler: str
    code: bytes
    code_sha256: str
    environment: Mapping[str, str]
    timeout: int
    memory_size: int
    role: str
    log_group: str
    layers: tuple[bytes, ...] = ()
    provisioned: bool = False


@dataclass(frozen=True)
class Outcome:
    """What one execution gave.

    Attributes:
        payload: the answer, or the error document.
        function_error: None, or `Unhandled` as in the X-Amz-Function-Error header.
        log: what the function wrote, whole.
    """

    payload: bytes
    function_error: str | None = None
    log: str = ""


@dataclass(frozen=True)
class AsyncConfig:
    """The event invoke config of a qualifier, or AWS's defaults.

    Attributes:
        maximum_retry_attempts: 0 to 2.
        maximum_event_age: seconds, 60 to 21600.
        on_failure: ARN of the on-failure destination, or None.
        on_success: ARN of the on-success destination, or None.
        throttled: the function has no concurrency at all; its events go to the destination unrun.
    """

    maximum_retry_attempts: int = 2
    maximum_event_age: int = 21600
    on_failure: str | None = None
    on_success: str | None = None
    throttled: bool = False


class Invoker(Protocol):
    """Runs functions; the Lambda service calls it."""

    def run(self, target: Target, payload: bytes) -> Outcome:
        """Run synchronously and wait for the end."""

    def provision(self, target: Target) -> Future[bool]:
        """Initialise an environment ahead of its first invocation; False when the init fails."""

    def enqueue(
        self, region: str, function_name: str, qualifier: str | None, payload: bytes
    ) -> None:
        """Queue an asynchronous invocation; it is resolved, run and retried in the background."""


class Functions(Protocol):
    """Resolves functions; the invoker and the notifications call it."""

    def target(self, region: str, function_name: str, qualifier: str | None) -> Target:
        """Resolve a qualifier (an alias by its weights); KeyError when there is none."""

    def async_config(self, region: str, function_name: str, qualifier: str | None) -> AsyncConfig:
        """Give the event invoke config that counts for this qualifier."""


class AnswerDesk(Protocol):
    """Receives the answers of custom resources, as CloudFormation's S3 bucket does."""

    def open(self, stack_id: str, logical_id: str, request_id: str) -> str:
        """Sign a ResponseURL: https, loopback, with X-Amz-Date and X-Amz-Expires=7200."""

    def wait(self, url: str, seconds: float) -> bytes | None:
        """Wait for the body that was PUT there; None when nothing came in time."""

    def close(self, url: str) -> None:
        """Refuse any further answer: the operation is over."""
