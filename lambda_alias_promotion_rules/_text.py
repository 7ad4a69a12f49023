"""Expressions as text, so that they can be compared: as `Fn::Sub` would write them."""

import json
import re
from hashlib import sha256
from typing import Any

from cfnlint.helpers import REGEX_DYN_REF

_VARIABLE = re.compile(r"\$\{([^!{}][^{}]*)\}")
_OPAQUE = re.compile(r"\$\{\?[0-9a-f]+\}")


def as_received(value: Any) -> Any:
    """Give a value with every number and boolean as text, as CloudFormation sends it.

    See aws-semantics F1. Mappings and lists keep their keys, which know their lines.
    """
    match value:
        case bool() | int() | float():
            return str(value).lower()
        case dict():
            return {key: as_received(each) for key, each in value.items()}
        case list():
            return [as_received(each) for each in value]
        case _:
            return value


def text(value: Any) -> str:
    """Write an expression as text; two that give the same text have the same value.

    `!Ref X` is `${X}` and `!GetAtt X.Y` is `${X.Y}`. What is neither those, nor made of them by
    `Fn::Sub` or `Fn::Join`, becomes a variable that nothing but the same expression becomes.
    """
    match value:
        case bool() | int() | float() | str():
            return _without_dynamic_references(str(as_received(value)).replace("${", "${!"))
        case {"Ref": str(name)} | {"Fn::GetAtt": str(name)}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::Sub": str(pattern)}:
            return _substituted(pattern, {})
        case {"Fn::Sub": [str(pattern), dict(values)]}:
            return _substituted(pattern, values)
        case {"Fn::Join": [str(delimiter), list(parts)]}:
            return delimiter.join(text(part) for part in parts)
        case _:
            return _opaque(json.dumps(value, sort_keys=True, default=str))


def shown(written: str) -> str:
    """Give a text as a message shows it."""
    return _OPAQUE.sub("...", written)


def variable(written: str) -> str | None:
    """Give the name in a text that is one variable and nothing else."""
    found = _VARIABLE.fullmatch(written)
    return found[1] if found else None


def variables(pattern: str) -> list[str]:
    """Give the names of all variables in a pattern of `Fn::Sub`."""
    return [name.strip() for name in _VARIABLE.findall(pattern)]


def _substituted(pattern: str, values: dict[str, Any]) -> str:
    return _VARIABLE.sub(
        lambda found: text(values.get(found[1].strip(), {"Ref": found[1].strip()})),
        _without_dynamic_references(pattern),
    )


def _without_dynamic_references(written: str) -> str:
    return str(REGEX_DYN_REF.sub(lambda found: _opaque(found[0]), written))


def _opaque(written: str) -> str:
    return f"${{?{sha256(written.encode()).hexdigest()}}}"
