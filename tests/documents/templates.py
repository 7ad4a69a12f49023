"""Blocks of the documents as whole templates, as cfn-lint wants them."""

from collections.abc import Iterator, Mapping
from typing import Any

from cfnlint.decode import decode_str

from handler.schema import SCHEMA

_PSEUDO = "AWS::"
_GIVEN = {"ServiceToken": "token", "FunctionName": "orders", "AliasName": "prod", "Triggers": "1"}


def decoded(text: str) -> Any:
    """Read YAML or JSON as cfn-lint does, long forms of functions instead of tags."""
    return decode_str(text)[0]


def as_template(block: Any) -> dict[str, Any] | None:
    """Complete a fragment to a template; None if it is none.

    A template, resources alone, or properties of a promotion are completed by whatever they name
    and do not have: parameters, and a promotion for a GetAtt.
    """
    if not isinstance(block, Mapping):
        return None
    if "Resources" in block:
        template = dict(block)
    elif block and all(_is_resource(each) for each in block.values()):
        template = {"Resources": dict(block)}
    elif block and block.keys() <= SCHEMA["properties"].keys():
        template = {"Resources": {"Promotion": _promotion(**block)}}
    else:
        return None
    return _completed(template)


def _is_resource(each: Any) -> bool:
    return isinstance(each, Mapping) and "::" in str(each.get("Type", ""))


def _promotion(**properties: Any) -> dict[str, Any]:
    return {"Type": SCHEMA["title"], "Properties": _GIVEN | properties}


def _completed(template: dict[str, Any]) -> dict[str, Any]:
    resources = dict(template["Resources"])
    parameters = dict(template.get("Parameters", {}))
    for function, name in _named(template):
        if name in resources or name in parameters or name.startswith(_PSEUDO):
            continue
        if function == "Ref":
            parameters[name] = {"Type": "String"}
        else:
            resources[name] = _promotion(AliasName=name.lower())
    completed = {"AWSTemplateFormatVersion": "2010-09-09", **template, "Resources": resources}
    return completed | ({"Parameters": parameters} if parameters else {})


def _named(node: Any) -> Iterator[tuple[str, str]]:
    """Give what Ref, GetAtt, Sub and DependsOn name."""
    for key, value in node.items() if isinstance(node, Mapping) else ():
        if key == "Ref":
            yield key, str(value)
        elif key == "Fn::GetAtt":
            yield key, str(value[0] if isinstance(value, list) else value.partition(".")[0])
        elif key == "DependsOn":
            yield from ((key, str(each)) for each in ([value] if isinstance(value, str) else value))
        elif key == "Fn::Sub" and isinstance(value, str):
            yield from (
                ("Ref" if "." not in name else "Fn::GetAtt", name.partition(".")[0])
                for name in _in_text(value)
            )
        yield from _named(value)
    for each in node if isinstance(node, list) else ():
        yield from _named(each)


def _in_text(text: str) -> list[str]:
    return [part.partition("}")[0] for part in text.split("${")[1:] if not part.startswith("!")]
