"""What a template's references amount to before the deploy, as far as that is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from console.deployed import Deployed
from handler.arn import AliasId, Scope
from macro.promotions import KINDS
from macro.template import Template
from macro.values import as_call, attribute_of

LATER = "999999999"
"""Stands for a version that has no number yet."""

_FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")
_LONGEST_NAME = 64
_DYNAMIC = "{{resolve:"


@dataclass(frozen=True)
class Resolved:
    """A resource's properties.

    Attributes:
        properties: as CloudFormation would send them; what is not known has a stand-in.
        unknown: what is not known, by property.
    """

    properties: Mapping[str, Any]
    unknown: Mapping[str, list[str]] = field(default_factory=dict)


class Known:
    """Resolves what stands in the resources of a template.

    Args:
        template: parameters, mappings and conditions are known.
        stack: its resources have physical ids.
        exports: of other stacks.
        scope: where the stack is.

    Attributes:
        promotions: the attributes of promotions that are known by now, by logical id.
    """

    def __init__(
        self, template: Template, stack: Deployed, exports: Mapping[str, str], scope: Scope
    ) -> None:
        self.promotions = dict[str, Mapping[str, str]]()
        self._template = template
        self._stack = stack
        self._exports = exports
        self._scope = scope

    def properties(self, logical_id: str) -> Resolved:
        """Resolve a resource's properties.

        Raises:
            NotUnderstood: the template can't be understood.
        """
        written = self._template.properties(logical_id)
        unknown = dict[str, list[str]]()
        resolved = {}
        for name, value in written.items():
            missing = list[str]()
            filled = self._filled(value, missing)
            resolved[name] = self._template.values.resolve(filled)
            if missing:
                unknown[name] = missing
        return Resolved(resolved, unknown)

    def _filled(self, value: Any, missing: list[str]) -> Any:
        """Put what is known in place of every reference, and stand-ins for what is not."""
        if isinstance(value, list):
            return [self._filled(each, missing) for each in value]
        if isinstance(value, str):
            if _DYNAMIC in value:
                missing.append(value[value.index(_DYNAMIC) :])
            return value
        call = as_call(value)
        if not call and "Fn::FindInMap" not in value:
            return {name: self._filled(each, missing) for name, each in value.items()}
        name, argument = call or ("Fn::FindInMap", None)
        return self._called(name, argument, missing)

    def _called(self, name: str, argument: Any, missing: list[str]) -> Any:
        match name:
            case "Ref":
                found = self._ref(argument)
                missing += [] if found else [argument]
                return found or stand_in(argument)
            case "Fn::GetAtt":
                logical_id, attribute = attribute_of(argument)
                found = self._attribute(logical_id, attribute)
                missing += [] if found else [f"{logical_id}.{attribute}"]
                return found or self._stand_in(logical_id, attribute)
            case "Fn::Join" | "Fn::Select" | "Fn::Split":
                return self._template.values.resolve({name: self._filled(argument, missing)})
            case "Fn::ImportValue":
                export = self._template.values.resolve(self._filled(argument, missing))
                missing += [] if export in self._exports else [f"export {export}"]
                return self._exports.get(export, "unknown")
        missing.append(name)
        return "unknown"

    def _ref(self, logical_id: str) -> str:
        if logical_id in self.promotions:
            return self.promotions[logical_id].get("Ref", "")
        resource = self._stack.resources.get(logical_id)
        if resource and self._template.kind(logical_id) not in KINDS:
            return resource.physical_id
        return self._pseudo().get(logical_id, "")

    def _pseudo(self) -> dict[str, str]:
        return {
            "AWS::StackName": self._stack.name,
            "AWS::StackId": self._stack.stack_id,
            "AWS::Partition": self._scope.partition,
            "AWS::URLSuffix": "amazonaws.com",
        }

    def _attribute(self, logical_id: str, attribute: str) -> str:
        if logical_id in self.promotions:
            return self.promotions[logical_id].get(attribute, "")
        if attribute == "Arn" and self._template.kind(logical_id) in _FUNCTIONS:
            return self._function_arn(self._ref(logical_id))
        return ""

    def _function_arn(self, name: str) -> str:
        return AliasId(self._scope, name, "").function_arn if name else ""

    def _stand_in(self, logical_id: str, attribute: str) -> str:
        if self._template.kind(logical_id) in KINDS and attribute == "Version":
            return LATER
        if attribute == "Arn" and self._template.kind(logical_id) in _FUNCTIONS:
            return self._function_arn(stand_in(logical_id))
        return stand_in(logical_id)


def attributes(alias: AliasId, version: str | None) -> dict[str, str]:
    """Give a promotion's attributes as far as they follow from what its alias serves.

    Args:
        alias: the alias.
        version: what it serves; None where nobody knows it yet.
    """
    known = {
        "Ref": alias.arn,
        "AliasArn": alias.arn,
        "FunctionArn": alias.function_arn,
        "FunctionName": alias.function_name,
        "InvocationUri": alias.invocation_uri,
    }
    if version:
        known |= {"Version": version, "VersionArn": f"{alias.function_arn}:{version}"}
    return known


def stand_in(logical_id: str) -> str:
    """Make a stand-in that may stand wherever a name may."""
    return logical_id.replace("::", "-")[:_LONGEST_NAME]
