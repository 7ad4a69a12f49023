"""A template: read, bound to its parameters, and checked.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from local.cloudformation.errors import ApiError
from local.cloudformation.intrinsics import references

_SECTIONS = {
    "AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Mappings", "Conditions",
    "Transform", "Globals", "Resources", "Outputs",
}  # fmt: skip
_ATTRIBUTES = {
    "Type", "Properties", "DependsOn", "Condition", "Metadata", "DeletionPolicy",
    "UpdateReplacePolicy",
}  # fmt: skip
_POLICIES = {
    "DeletionPolicy": ("Delete", "Retain", "RetainExceptOnCreate"),
    "UpdateReplacePolicy": ("Delete", "Retain"),
}
_PARAMETER_TYPE = re.compile(
    r"String|Number|CommaDelimitedList|List<Number>|AWS::SSM::Parameter::Name"
    r"|AWS::SSM::Parameter::Value<(String|List<String>|CommaDelimitedList)>"
)


@dataclass(frozen=True)
class Template:
    """A template whose parameters have values.

    Attributes:
        body: the text as given.
        processed: the template after its transforms.
        given: the value of each parameter as text.
        values: the value of each parameter and pseudo parameter as `Ref` sees it.
    """

    body: str
    processed: Mapping[str, Any]
    given: Mapping[str, str]
    values: Mapping[str, Any]

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Give the declared parameters."""
        parameters: Mapping[str, Any] = self.processed.get("Parameters", {})
        return parameters


class _Loader(yaml.SafeLoader):
    """YAML with the short forms of the intrinsic functions, and dates left as text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _short_form(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> dict[str, Any]:
    value: Any = None
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    elif isinstance(node, yaml.MappingNode):
        value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}


_Loader.add_multi_constructor("!", _short_form)


def parse(body: str) -> dict[str, Any]:
    """Read JSON or YAML.

    Raises:
        ApiError: it is neither, or no template.
    """
    try:
        template = json.loads(body) if body.lstrip().startswith("{") else yaml.load(body, _Loader)
    except (ValueError, yaml.YAMLError) as error:
        raise ApiError(f"Template format error: unsupported structure. {error}") from error
    return structured(template)


def structured(template: Any) -> dict[str, Any]:
    """Give what was read, or what a macro made of it, if it looks like a template.

    Raises:
        ApiError: it has no resources or has a section that is not emulated.
    """
    if not isinstance(template, dict):
        raise ApiError("Template format error: unsupported structure.")
    if unknown := sorted(template.keys() - _SECTIONS):
        raise ApiError(f"not emulated: template section {unknown[0]}")
    if not template.get("Resources"):
        raise ApiError("Template format error: At least one Resources member must be defined.")
    for section, member in (("Resources", "Type"), ("Parameters", "Type"), ("Outputs", "Value")):
        for name, definition in template.get(section, {}).items():
            if not isinstance(definition, dict) or member not in definition:
                raise ApiError(f"Template format error: [/{section}/{name}] Every {section} object "
                               f"must contain a {member} member.")  # fmt: skip
    return template


def bind(
    declared: Mapping[str, Any],
    given: Mapping[str, str | None],
    previous: Mapping[str, str],
    read_ssm: Callable[[str], str],
) -> tuple[dict[str, str], dict[str, Any]]:
    """Give every declared parameter its value: the text given, and what `Ref` sees.

    Args:
        declared: the template's Parameters.
        given: the caller's values; None stands for UsePreviousValue.
        previous: the values that the stack has now.
        read_ssm: gives the value of an SSM parameter.

    Raises:
        ApiError: a value is missing, is not declared or breaks a constraint.
    """
    if unknown := sorted(given.keys() - declared.keys()):
        raise ApiError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    texts = {}
    for name, declaration in declared.items():
        text = given.get(name, declaration.get("Default"))
        if name in given and text is None:
            text = previous.get(name)
        if text is not None:
            texts[name] = str(text).lower() if isinstance(text, bool) else str(text)
    if missing := [name for name in declared if name not in texts]:
        raise ApiError(f"Parameters: [{', '.join(missing)}] must have values")
    values = {}
    for name, declaration in declared.items():
        if not _PARAMETER_TYPE.fullmatch(declaration["Type"]):
            raise ApiError(f"not emulated: parameter type {declaration['Type']}")
        _check(name, declaration, texts[name])
        values[name] = _typed(declaration["Type"], texts[name], read_ssm)
    return texts, values


def _typed(kind: str, text: str, read_ssm: Callable[[str], str]) -> Any:
    if kind.startswith("AWS::SSM::Parameter::Value<"):
        kind, text = kind.removeprefix("AWS::SSM::Parameter::Value<")[:-1], read_ssm(text)
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [item.strip() for item in text.split(",")]
    return text


def _check(name: str, declaration: Mapping[str, Any], text: str) -> None:
    texts = text.split(",") if declaration["Type"] == "CommaDelimitedList" else [text]
    for item in (item.strip() for item in texts):
        if problem := _problem(declaration, item):
            described = declaration.get("ConstraintDescription")
            failed = f"failed to satisfy constraint: {described}" if described else problem
            raise ApiError(f"Parameter '{name}' {failed}")


def _problem(declaration: Mapping[str, Any], text: str) -> str | None:
    is_number = re.fullmatch(r"-?\d+(\.\d+)?", text) is not None
    if declaration["Type"] == "Number" and not is_number:
        return "must be a number"
    number = float(text) if is_number else 0.0
    # In the order in which CloudFormation names them; {1} stands for the limit.
    broken: Mapping[str, tuple[Callable[[Any], bool], str]] = {
        "AllowedValues": (lambda limit: text not in map(str, limit), "must be one of {0}"),
        "AllowedPattern": (lambda limit: not re.fullmatch(limit, text), "must match pattern {1}"),
        "MinLength": (lambda limit: len(text) < int(limit), "must contain at least {1} characters"),
        "MaxLength": (lambda limit: len(text) > int(limit), "must contain at most {1} characters"),
        "MinValue": (lambda limit: number < float(limit), "must be a number not less than {1}"),
        "MaxValue": (lambda limit: number > float(limit), "must be a number not greater than {1}"),
    }
    for constraint, (breaks, problem) in broken.items():
        if constraint in declaration and breaks(declaration[constraint]):
            return problem.format(constraint, declaration[constraint])
    return None


def dependencies(resources: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """Say for each resource which others it refers to or names in DependsOn."""
    return {
        logical_id: frozenset(_needs(definition) & resources.keys())
        for logical_id, definition in resources.items()
    }


def _needs(definition: Mapping[str, Any]) -> set[str]:
    depends_on = definition.get("DependsOn", [])
    names = {depends_on} if isinstance(depends_on, str) else set(depends_on)
    return names.union(name for name, _ in references(definition.get("Properties", {})))


def check(template: Mapping[str, Any]) -> None:
    """Refuse what can't work or is not emulated, before anything is made.

    Raises:
        ApiError: with CloudFormation's text.
    """
    for definition in template["Resources"].values():
        if unknown := sorted(definition.keys() - _ATTRIBUTES):
            raise ApiError(f"not emulated: resource attribute {unknown[0]}")
        for attribute, known in _POLICIES.items():
            if (policy := definition.get(attribute, "Delete")) not in known:
                raise ApiError(f"not emulated: {attribute} {policy}")
    for section in ("Resources", "Outputs"):
        _check_names(template, section)
    _check_circles(dependencies(template["Resources"]))


def _check_names(template: Mapping[str, Any], section: str) -> None:
    resources, definitions = template["Resources"], list(template.get(section, {}).values())
    found = list(references(definitions))
    known = resources.keys() | template.get("Parameters", {}).keys()
    for name in (name for name, attribute in found if attribute and name not in resources):
        text = "Template error: instance of Fn::GetAtt references undefined resource"
        raise ApiError(f"{text} {name}")
    names = {name for name, _ in found}.union(*(_needs(one) for one in definitions))
    conditions = {one["Condition"] for one in definitions if "Condition" in one}
    where = f"in the {section} block of the template"
    if unknown := sorted(name for name in names - known if not name.startswith("AWS::")):
        listed = ", ".join(unknown)
        raise ApiError(
            f"Template format error: Unresolved resource dependencies [{listed}] {where}"
        )
    if unknown := sorted(conditions - template.get("Conditions", {}).keys()):
        raise ApiError(
            f"Template format error: Unresolved condition dependency {unknown[0]} {where}"
        )


def _check_circles(graph: Mapping[str, frozenset[str]]) -> None:
    open_ids = set(graph)
    while ready := {name for name in open_ids if not graph[name] & open_ids}:
        open_ids -= ready
    if open_ids:
        raise ApiError(f"Circular dependency between resources: [{', '.join(sorted(open_ids))}]")


def capabilities(template: Mapping[str, Any]) -> list[str]:
    """Say what the caller has to acknowledge: nothing, or one of the two IAM capabilities."""
    iam = [one for one in template["Resources"].values() if one["Type"].startswith("AWS::IAM::")]
    if any("RoleName" in one.get("Properties", {}) for one in iam):
        return ["CAPABILITY_NAMED_IAM"]
    return ["CAPABILITY_IAM"] if iam else []
