"""The custom resource protocol: one request, one answer (aws-semantics A1-A8).

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
"""

import json
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import ClientError

from local.cloudformation.clients import Clients
from local.cloudformation.errors import ResourceError
from local.cloudformation.intrinsics import as_text
from local.cloudformation.resources.base import POLL, Call, Made
from local.ports import AnswerDesk
from local.settings import Settings

_MAX_ANSWER = 4096
_MAX_PHYSICAL_ID = 1024
_MAX_TIMEOUT = 3600
_NO_RESPONSE = (
    "CloudFormation did not receive a response from your Custom Resource. Please check your logs "
    "for requestId [{}]. If you are using the Python cfn-response module, you may need to update "
    "your Lambda function code so that CloudFormation can attach the updated version."
)


class Caller(Protocol):
    """Hands an event to the provider behind a ServiceToken and does not wait."""

    def send(self, service_token: str, event: Mapping[str, Any]) -> None:
        """Send; a botocore ClientError makes the resource fail with its text."""


class LambdaCaller:
    """Invokes the provider's function asynchronously, as CloudFormation does.

    Args:
        clients: where Lambda answers.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def send(self, service_token: str, event: Mapping[str, Any]) -> None:
        """Invoke; the Region is the token's."""
        _, _, service, region, *_ = [*service_token.split(":"), "", "", "", ""]
        if service != "lambda":
            raise ResourceError(f"not emulated: ServiceToken {service_token}", attempted=False)
        self._clients.get("lambda", region).invoke(
            FunctionName=service_token, InvocationType="Event", Payload=json.dumps(event).encode()
        )


@dataclass(frozen=True)
class CustomResource:
    """Provider of `Custom::*` and `AWS::CloudFormation::CustomResource`.

    Attributes:
        settings: the switches that aws-semantics F3 and F16 leave open.
        answers: opens ResponseURLs and waits at them.
        caller: sends the events.
        closing: set when the engine stops; nothing waits any longer.
    """

    settings: Settings
    answers: AnswerDesk
    caller: Caller
    closing: threading.Event

    def replaces(self, _old: Mapping[str, Any], _new: Mapping[str, Any]) -> bool:
        """A custom resource decides by its answer: another PhysicalResourceId replaces it."""
        return False

    def create(self, call: Call) -> Made:
        """Send Create; a failure always leaves an id behind (aws-semantics A6)."""
        try:
            return self._exchange("Create", call)
        except ResourceError as error:
            if error.attempted and error.physical_id is None:
                error.physical_id = call.name()
            raise

    def update(self, call: Call) -> Made:
        """Send Update with both property sets."""
        if call.properties["ServiceToken"] != call.old_properties.get("ServiceToken"):
            raise ResourceError("Modifying service token is not allowed.", attempted=False)
        try:
            return self._exchange("Update", call)
        except ResourceError as error:
            if not self.settings.failed_update_adopts_id:
                error.physical_id = None
            raise

    def delete(self, call: Call) -> None:
        """Send Delete; the id of the answer is not compared with the one sent."""
        self._exchange("Delete", call)

    def _exchange(self, request_type: str, call: Call) -> Made:
        timeout = str(call.properties.get("ServiceTimeout", _MAX_TIMEOUT))
        if not (timeout.isdecimal() and 1 <= int(timeout) <= _MAX_TIMEOUT):
            raise ResourceError("ServiceTimeout must be from 1 to 3600 seconds", attempted=False)
        request_id = str(uuid.uuid4())
        url = self.answers.open(call.stack_id, call.logical_id, request_id)
        try:
            event = _event(request_type, call, request_id, url)
            self.caller.send(event["ServiceToken"], event)
            return _made(self._wait(call, event, int(timeout)), event)
        except ClientError as error:
            raise ResourceError(_aws_text(error), attempted=False) from error
        finally:
            self.answers.close(url)

    def _wait(self, call: Call, event: Mapping[str, Any], timeout: int) -> bytes:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline and not self.closing.is_set():
            if (body := self.answers.wait(event["ResponseURL"], POLL)) is not None:
                return body
            if call.cancelled.is_set() and event["RequestType"] != "Delete":
                raise self._cancelled(event, deadline)
        raise ResourceError(_NO_RESPONSE.format(event["RequestId"]))

    def _cancelled(self, event: Mapping[str, Any], deadline: float) -> ResourceError:
        """Leave a running request behind; what it answers later counts only with F16 flipped."""
        if event["RequestType"] == "Update":
            return ResourceError("Resource update cancelled")
        late = None
        if self.settings.cancelled_create_keeps_id:
            late = self.answers.wait(event["ResponseURL"], deadline - time.monotonic())
        try:
            physical_id = _made(late, event).physical_id if late else None
        except ResourceError as error:
            physical_id = error.physical_id
        return ResourceError("Resource creation cancelled", physical_id=physical_id)


def _event(request_type: str, call: Call, request_id: str, url: str) -> dict[str, Any]:
    event: dict[str, Any] = {
        "RequestType": request_type,
        "ServiceToken": call.properties["ServiceToken"],
        "ResponseURL": url,
        "StackId": call.stack_id,
        "RequestId": request_id,
        "LogicalResourceId": call.logical_id,
        "ResourceType": call.type,
        "ResourceProperties": call.properties,
    }
    if request_type != "Create":
        event["PhysicalResourceId"] = call.physical_id
    if request_type == "Update":
        event["OldResourceProperties"] = call.old_properties
    if "ServiceTimeout" in call.properties:
        event["ServiceTimeout"] = call.properties["ServiceTimeout"]
    return event


def _made(body: bytes, event: Mapping[str, Any]) -> Made:
    """Read an answer as CloudFormation does (aws-semantics A2).

    Raises:
        ResourceError: it is FAILED or breaks a rule.
    """
    answer = _parsed(body)
    for name in ("StackId", "RequestId", "LogicalResourceId"):
        if answer.get(name) != event[name]:
            raise ResourceError(f"Invalid {name}")
    physical_id = _physical_id(answer)
    if problem := _problem(answer, event["RequestId"]):
        raise ResourceError(problem, physical_id=physical_id)
    missing = (
        "CustomResource attribute error: Vendor response doesn't contain {} attribute in object "
        + "|".join(event[name] for name in ("StackId", "LogicalResourceId", "RequestId"))
    )
    no_echo = as_text(answer.get("NoEcho", False)) == "true"
    return Made(physical_id, answer.get("Data", {}), missing, no_echo=no_echo)


def _parsed(body: bytes) -> Mapping[str, Any]:
    if len(body) > _MAX_ANSWER:
        raise ResourceError("Response object is too long.")
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise ResourceError("Invalid Response object: not valid JSON") from error
    if not isinstance(answer, dict):
        raise ResourceError("Invalid Response object: not a JSON object")
    return answer


def _physical_id(answer: Mapping[str, Any]) -> str:
    physical_id = answer.get("PhysicalResourceId")
    if physical_id is not None and not isinstance(physical_id, str):
        raise ResourceError(
            "Invalid Response object: Value of property PhysicalResourceId must be of type String"
        )
    if not physical_id or len(physical_id.encode()) > _MAX_PHYSICAL_ID:
        raise ResourceError("Invalid PhysicalResourceId")
    return physical_id


def _problem(answer: Mapping[str, Any], request_id: str) -> str | None:
    reason = answer.get("Reason", "")
    if not isinstance(reason, str):
        return "Invalid Response object: Value of property Reason must be of type String"
    if not isinstance(answer.get("Data", {}), dict):
        return "Invalid Response object: Value of property Data must be an object"
    if answer.get("Status") == "FAILED":
        return (
            "Received response status [FAILED] from custom resource. Message returned: "
            f"{reason} (RequestId: {request_id})"
        )
    return None if answer.get("Status") == "SUCCESS" else "Invalid Response object: Status"


def _aws_text(error: ClientError) -> str:
    metadata = error.response["ResponseMetadata"]
    return (
        f"{error.response['Error']['Message']} (Service: Lambda, Status Code: "
        f"{metadata['HTTPStatusCode']}, Request ID: {metadata.get('RequestId', '')})"
    )
