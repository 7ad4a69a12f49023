"""What CloudFormation itself offers as a resource: nested stacks and wait conditions."""

import json
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.cloudformation.errors import ResourceError
from local.cloudformation.intrinsics import as_text
from local.cloudformation.resources.base import (
    POLL,
    AwsResource,
    Call,
    Made,
    Properties,
    Provider,
    tag_list,
)
from local.ports import AnswerDesk


@dataclass(frozen=True)
class WaitHandle:
    """AWS::CloudFormation::WaitConditionHandle: a URL that takes one signal."""

    answers: AnswerDesk

    def replaces(self, _old: Properties, _new: Properties) -> bool:
        """It has no properties."""
        return False

    def create(self, call: Call) -> Made:
        """Open the URL."""
        return Made(self.answers.open(call.stack_id, call.logical_id, str(uuid.uuid4())))

    def update(self, call: Call) -> Made:
        """Keep it."""
        return Made(call.physical_id)

    def delete(self, call: Call) -> None:
        """Close the URL."""
        self.answers.close(call.physical_id)


@dataclass(frozen=True)
class WaitCondition:
    """AWS::CloudFormation::WaitCondition for one signal.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-waitcondition.html
    """

    answers: AnswerDesk
    closing: threading.Event

    def replaces(self, _old: Properties, _new: Properties) -> bool:
        """Updates are not supported."""
        return False

    def create(self, call: Call) -> Made:
        """Wait for the signal."""
        if int(call.properties.get("Count", 1)) != 1:
            raise ResourceError("not emulated: WaitCondition with a Count other than 1")
        deadline = time.monotonic() + float(call.properties["Timeout"])
        while time.monotonic() < deadline and not self.closing.is_set():
            if (body := self.answers.wait(call.properties["Handle"], POLL)) is not None:
                return _signalled(call, json.loads(body))
            if call.cancelled.is_set():
                raise ResourceError("Resource creation cancelled")
        raise ResourceError("WaitCondition timed out. Received 0 conditions when expecting 1")

    def update(self, call: Call) -> Made:
        """Refuse, as CloudFormation does."""
        raise ResourceError(f"Update to resource type {call.type} is unsupported.", attempted=False)

    def delete(self, _call: Call) -> None:
        """Nothing is left behind."""


class NestedStack(AwsResource):
    """AWS::CloudFormation::Stack."""

    service = "cloudformation"
    immutable = frozenset()

    def create(self, call: Call) -> Made:
        """Create the child and wait for it."""
        child = self.client(call).create_stack(
            StackName=call.name(128), DisableRollback=True, **_wish(call)
        )["StackId"]
        call.started(child)
        return self._settled(call, child, "CREATE_COMPLETE")

    def update(self, call: Call) -> Made:
        """Update the child, unless nothing in it changes."""
        client, child = self.client(call), call.physical_id
        try:
            client.update_stack(StackName=child, **_wish(call))
        except client.exceptions.ClientError as error:
            if "No updates are to be performed." not in str(error):
                raise
            return _outputs(client.describe_stacks(StackName=child)["Stacks"][0])
        return self._settled(call, child, "UPDATE_COMPLETE")

    def delete(self, call: Call) -> None:
        """Delete the child and wait for it."""
        self.client(call).delete_stack(StackName=call.physical_id)
        self._settled(call, call.physical_id, "DELETE_COMPLETE")

    def _settled(self, call: Call, child: str, wanted: str) -> Made:
        status = "IN_PROGRESS"
        while status.endswith("IN_PROGRESS"):
            time.sleep(POLL)
            found = self.client(call).describe_stacks(StackName=child)["Stacks"][0]
            status = found["StackStatus"]
        if status != wanted:
            raise ResourceError(
                f"Embedded stack {child} was not successfully "
                f"{wanted.removesuffix('_COMPLETE').lower()}d: "
                f"{found.get('StackStatusReason', '')}"
            )
        return _outputs(found)


def _wish(call: Call) -> dict[str, Any]:
    parameters = [
        {"ParameterKey": key,
         "ParameterValue": ",".join(value) if isinstance(value, list) else as_text(value)}
        for key, value in call.properties.get("Parameters", {}).items()
    ]  # fmt: skip
    return {
        "TemplateURL": call.properties["TemplateURL"],
        "Parameters": parameters,
        "Tags": tag_list(call.all_tags()),
        "Capabilities": ["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    }


def _outputs(found: Mapping[str, Any]) -> Made:
    outputs = found.get("Outputs", [])
    values = {f"Outputs.{one['OutputKey']}": one["OutputValue"] for one in outputs}
    return Made(found["StackId"], values)


def _signalled(call: Call, signal: Mapping[str, Any]) -> Made:
    if signal.get("Status") != "SUCCESS":
        raise ResourceError(
            f"WaitCondition received failed message: '{signal.get('Reason')}' for uniqueId: "
            f"{signal.get('UniqueId')}"
        )
    return Made(call.name(), {"Data": json.dumps({signal["UniqueId"]: signal.get("Data", "")})})


def providers(answers: AnswerDesk, closing: threading.Event) -> dict[str, Provider]:
    """Give the providers that wait for signals.

    Args:
        answers: takes the signals.
        closing: set when the engine stops.
    """
    return {
        "AWS::CloudFormation::WaitConditionHandle": WaitHandle(answers),
        "AWS::CloudFormation::WaitCondition": WaitCondition(answers, closing),
    }


TYPES: dict[str, type[AwsResource]] = {"AWS::CloudFormation::Stack": NestedStack}
