"""A template from a file, with its parameters, and woken by the macro where that can be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from samtranslator.yaml_helper import yaml_parse

from console.deployed import Deployed
from console.problem import Problem
from handler.arn import Scope
from macro.app import woken
from macro.problem import NotUnderstood
from macro.template import Template

MACRO = "LambdaAliasPromotion"
_FROM_SSM = "AWS::SSM::Parameter::Value"


@dataclass(frozen=True)
class Wanted:
    """A template with the values of its parameters.

    Attributes:
        template: as it would be processed, as far as promotions are concerned.
        fragment: its text.
        woken: the macro's fingerprints are in it, or it has no macro.
    """

    template: Template
    fragment: Mapping[str, Any]
    woken: bool


def read_file(path: Path) -> dict[str, Any]:
    """Read JSON or YAML.

    Raises:
        Problem: it is neither, or no map.
    """
    try:
        found = yaml_parse(path.read_text("utf-8"))
    except OSError as error:
        raise Problem(f"{path}: {error.strerror}") from error
    except (ValueError, yaml.YAMLError) as error:
        raise Problem(f"{path}: neither JSON nor YAML: {error}") from error
    if not isinstance(found, dict):
        raise Problem(f"{path}: neither a template nor a request of CloudFormation")
    return found


def bound(
    fragment: Mapping[str, Any], given: Mapping[str, str], stack: Deployed, scope: Scope
) -> Wanted:
    """Give a template's parameters what is given, what the stack has, or their defaults.

    Raises:
        Problem: a parameter is given that is not declared, or has no value.
        NotUnderstood: the template can't be understood.
    """
    declared = fragment.get("Parameters", {})
    if unknown := sorted(given.keys() - declared.keys()):
        raise Problem(f"the template has no parameter {unknown[0]}")
    texts = {**stack.parameters, **given}
    for name, declaration in declared.items():
        if name not in texts and "Default" not in declaration:
            raise Problem(f"the parameter {name} has no value: say --parameter {name}=VALUE")
    values = {name: texts[name] for name in declared if name in texts}
    changed = {name for name, text in given.items() if stack.keys.get(name) != text}
    for name, declaration in declared.items():
        if not str(declaration.get("Type", "")).startswith(_FROM_SSM):
            continue
        # Its text is a key of SSM's; what stands there is known for a stack that has it already.
        values.pop(name, None)
        if name in stack.keys and name not in changed:
            values[name] = stack.parameters[name]
    return _read(_without_keys(fragment), values, scope)


def deployed(stack: Deployed, scope: Scope) -> Wanted:
    """Give a stack's own template, as it was processed, with its own parameters.

    Raises:
        NotUnderstood: the template can't be understood.
    """
    fragment = {**stack.template, "Transform": []}
    return _read(_without_keys(fragment), stack.parameters, scope)


def _read(fragment: Mapping[str, Any], values: Mapping[str, str], scope: Scope) -> Wanted:
    event = {
        "fragment": fragment,
        "region": scope.region,
        "accountId": scope.account,
        "templateParameterValues": values,
    }
    named = fragment.get("Transform", [])
    # A macro of another account has the account in front of its name.
    names = [
        str(each).rpartition("::")[2] for each in (named if isinstance(named, list) else [named])
    ]
    if MACRO not in names:
        return Wanted(Template.read(event), fragment, woken=True)
    try:
        fragment = woken(event)
    except NotUnderstood:
        # Most often one of SAM's: what SAM and the packaging make of it is not known here.
        return Wanted(Template.read(event), fragment, woken=False)
    return Wanted(Template.read({**event, "fragment": fragment}), fragment, woken=True)


def _without_keys(fragment: Mapping[str, Any]) -> dict[str, Any]:
    """Take away the defaults that are names of SSM parameters, not values."""
    declared = {
        name: {key: each for key, each in declaration.items() if key != "Default"}
        if str(declaration.get("Type", "")).startswith(_FROM_SSM)
        else declaration
        for name, declaration in fragment.get("Parameters", {}).items()
    }
    return {**fragment, "Parameters": declared}
