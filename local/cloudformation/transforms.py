"""The transforms of a template, in the order in which it lists them: SAM, and the account's macros.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-overview.html
"""

import copy
import json
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from samtranslator.internal.managed_policies import get_bundled_managed_policy_map
from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from local.cloudformation.clients import Clients
from local.cloudformation.errors import ApiError
from local.cloudformation.resources.macros import Macros
from local.cloudformation.template import structured

SAM = "AWS::Serverless-2016-10-31"
# The translator keeps the Region in a class attribute.
_translator_lock = threading.Lock()


class TransformError(Exception):
    """A transform refused the template; the text is the change set's StatusReason."""


@dataclass(frozen=True)
class Transform:
    """One declared transform.

    Attributes:
        name: of SAM or of a macro.
        parameters: as they are written.
    """

    name: str
    parameters: Mapping[str, Any]


def transforms(template: Mapping[str, Any]) -> list[Transform]:
    """List the declared transforms.

    Raises:
        ApiError: one has no name.
    """
    declared = template.get("Transform", [])
    return [_transform(one) for one in (declared if isinstance(declared, list) else [declared])]


def _transform(declared: Any) -> Transform:
    named = declared if isinstance(declared, dict) else {"Name": declared}
    if not isinstance(named.get("Name"), str):
        raise ApiError("Key Name of transform definition must be a string.")
    return Transform(named["Name"], named.get("Parameters", {}))


@dataclass(frozen=True)
class Transformer:
    """Applies transforms.

    Attributes:
        account: the account of every macro.
        macros: those that there are.
        clients: for the macros' functions.
    """

    account: str
    macros: Macros
    clients: Clients

    def apply(
        self, template: dict[str, Any], values: Mapping[str, Any], region: str
    ) -> dict[str, Any]:
        """Apply the declared transforms.

        Args:
            template: as it was read; it stays as it is.
            values: of its parameters, as `Ref` sees them.
            region: where the macros are.

        Raises:
            ApiError: the template asks for a transform that is not emulated, or a macro made
                something of it that is no template.
            TransformError: a transform refused the template, or failed.
        """
        declared = transforms(template)
        foreign = [one.name for one in declared if one.name.startswith("AWS::")]
        if foreign := [name for name in foreign if name != SAM]:
            raise ApiError(f"not emulated: transform {foreign[0]}")
        for one in declared:
            fragment = {name: part for name, part in template.items() if name != "Transform"}
            if one.name == SAM:
                template = _serverless(fragment, values, region)
            else:
                template = self._macro(one, fragment, values, region)
        return template

    def _macro(
        self, transform: Transform, fragment: Mapping[str, Any], values: Mapping[str, Any],
        region: str,
    ) -> dict[str, Any]:  # fmt: skip
        name = f"{self.account}::{transform.name}"
        function = self.macros.function(region, transform.name)
        if function is None:
            raise TransformError(f"No transform named {name} found.")
        event = {
            "region": region,
            "accountId": self.account,
            "fragment": fragment,
            "transformId": name,
            "params": _parameters(transform, values),
            "requestId": str(uuid.uuid4()),
            "templateParameterValues": values,
        }
        answer = self.clients.get("lambda", region).invoke(
            FunctionName=function, Payload=json.dumps(event).encode()
        )
        if "FunctionError" in answer:
            raise TransformError(f"Received malformed response from transform {name}")
        return structured(_fragment(name, event, json.loads(answer["Payload"].read())))


def _fragment(name: str, event: Mapping[str, Any], answer: Any) -> Any:
    """Read the answer of a macro's function."""
    if not isinstance(answer, dict) or answer.get("requestId") != event["requestId"]:
        raise TransformError(f"Received malformed response from transform {name}")
    if str(answer.get("status")).lower() == "success":
        return answer.get("fragment")
    if message := answer.get("errorMessage"):
        raise TransformError(f"Transform {name} failed with: {message}")
    raise TransformError(f"Transform {name} failed without an error message.")


def _parameters(transform: Transform, values: Mapping[str, Any]) -> dict[str, Any]:
    """Give a macro's own parameters; they may refer to the template's."""
    found = {}
    for name, value in transform.parameters.items():
        found[name] = value
        if isinstance(value, dict):
            if value.keys() != {"Ref"} or value["Ref"] not in values:
                raise TransformError(
                    f"The value of parameter {name} under transform {transform.name} must resolve "
                    "to a string, number, boolean or a list of any of these."
                )
            found[name] = values[value["Ref"]]
    return found


def _serverless(
    fragment: Mapping[str, Any], values: Mapping[str, Any], region: str
) -> dict[str, Any]:
    plain = {key: ",".join(v) if isinstance(v, list) else v for key, v in values.items()}
    source = copy.deepcopy(dict(fragment))
    with _translator_lock:
        translator = Translator(None, Parser(), boto_session=boto3.Session(region_name=region))
        try:
            output: dict[str, Any] = translator.translate(
                source, plain, get_managed_policy_map=_managed_policies
            )
        except InvalidDocumentException as error:
            causes = " ".join([error.message, *(cause.message for cause in error.causes)])
            raise TransformError(f"Transform {SAM} failed with: {causes}") from error
    output.pop("Transform", None)
    return json.loads(json.dumps(output))  # type: ignore[no-any-return]


def _managed_policies() -> dict[str, str]:
    return get_bundled_managed_policy_map("aws") or {}
