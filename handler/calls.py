"""A call to AWS: not after the deadline, and its errors in the provider's words."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from handler import errors, tls
from handler.deadline import Deadline
from handler.errors import PromotionError

T = TypeVar("T")

_WAIT = 300
"""Seconds of a wait where no deadline is set."""

_CODES: dict[str, type[PromotionError]] = {
    "ResourceNotFoundException": errors.NotFound,
    "ProvisionedConcurrencyConfigNotFoundException": errors.NotFound,
    "ResourceConflictException": errors.ResourceConflict,
    "PreconditionFailedException": errors.ResourceConflict,
    "InvalidParameterValueException": errors.InvalidRequest,
    "ValidationException": errors.InvalidRequest,
    "ValidationError": errors.InvalidRequest,
    "InvalidRequestContentException": errors.InvalidRequest,
    "RequestTooLargeException": errors.InvalidRequest,
    "EFSMountFailureException": errors.NotStabilized,
    "InvalidRuntimeException": errors.NotStabilized,
    "InvalidSecurityGroupIDException": errors.NotStabilized,
    "InvalidSubnetIDException": errors.NotStabilized,
    "InvalidZipFileException": errors.NotStabilized,
    "KMSAccessDeniedException": errors.NotStabilized,
    "KMSDisabledException": errors.NotStabilized,
    "KMSInvalidStateException": errors.NotStabilized,
    "KMSNotFoundException": errors.NotStabilized,
    "AccessDeniedException": errors.AccessDenied,
    "AccessDenied": errors.AccessDenied,
    "TooManyRequestsException": errors.Throttling,
    "ThrottlingException": errors.Throttling,
    "Throttling": errors.Throttling,
    "AliasLimitExceededException": errors.ServiceLimitExceeded,
    "CodeStorageExceededException": errors.ServiceLimitExceeded,
    "FunctionVersionsPerCapacityProviderLimitExceededException": errors.ServiceLimitExceeded,
}

_ADVICE: dict[type[PromotionError], str] = {
    errors.AccessDenied: "the provider's role may not do this; see which policy denies it",
    errors.NotStabilized: "the function can't run as it is; mend it, then release again",
    errors.Throttling: "too many requests in this account and Region; try again",
    errors.ServiceLimitExceeded: "a quota is used up; delete old versions, or have it raised",
    errors.ServiceInternalError: "an error of AWS's own; try again",
}


class Calls:
    """What every part of the gateway has.

    No request leaves after the deadline of the request in hand, not even as a retry of botocore's.
    """

    def __init__(self) -> None:
        self._deadline: Deadline | None = None

    @contextmanager
    def until(self, deadline: Deadline) -> Iterator[Self]:
        """Serve one request, up to its deadline."""
        self._deadline = deadline
        try:
            yield self
        finally:
            self._deadline = None

    @property
    def remaining(self) -> float:
        """Seconds to the deadline."""
        return self._deadline.remaining if self._deadline else _WAIT

    def now(self) -> datetime:
        """Give the present."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def watched(self, client: Any) -> Any:
        """Let no request of a client pass after the deadline; its connections share their TLS."""
        tls.share(client)
        client.meta.events.register("before-send", self._before_send)
        return client

    def call(
        self, action: str, subject: str, call: Callable[[], T], named: str = "FunctionName"
    ) -> T:
        """Call AWS.

        Args:
            action: such as `lambda:GetAlias`.
            subject: what it is about.
            call: makes the call.
            named: the property that an error names.

        Raises:
            PromotionError: AWS refused, or did not answer.
        """
        try:
            return call()
        except WaiterError as error:
            if "Error" not in error.last_response:
                raise
            raise translate(action, subject, error.last_response["Error"], named) from error
        except ClientError as error:
            raise translate(action, subject, error.response["Error"], named) from error
        except BotoCoreError as error:
            raise errors.NetworkFailure(
                f"{named}: {action} on {subject}: no answer from AWS; try again ({error})"
            ) from error

    def _before_send(self, **_: Any) -> None:
        if self._deadline:
            self._deadline.check()


_ALLOW = (
    "the provider's role may not do this; add the function to AllowedFunctionNames of the "
    "provider's stack"
)


def translate(action: str, subject: str, error: Any, named: str) -> PromotionError:
    """Give an error of AWS's in the provider's words."""
    code, text = error.get("Code", "unknown"), error.get("Message", "")
    kind = _CODES.get(code, errors.ServiceInternalError)
    denied = kind is errors.AccessDenied and _is_on_a_function(action)
    if advice := _ALLOW if denied else _ADVICE.get(kind):
        text = f"{advice}. AWS says: {code}: {text}"
    return kind(f"{named}: {action} on {subject}: {text}")


def _is_on_a_function(action: str) -> bool:
    return action.startswith("lambda:") and action != "lambda:ListEventSourceMappings"
