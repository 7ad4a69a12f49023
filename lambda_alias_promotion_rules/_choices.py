"""Values that depend on conditions, taken apart."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cfnlint.template import Template

_BRANCHES = {1: True, 2: False}


@dataclass(frozen=True)
class Choice:
    """One of the values that an expression may have.

    Attributes:
        value: a literal or a function other than `Fn::If`.
        when: the conditions, by name, under which it has the value.
        path: where the value stands below the expression.
    """

    value: Any
    when: Mapping[str, bool] = field(default_factory=dict)
    path: tuple[str | int, ...] = ()


def choices(
    value: Any, when: Mapping[str, bool] | None = None, path: tuple[str | int, ...] = ()
) -> Iterator[Choice]:
    """Give what an expression may be, branch by branch of every `Fn::If`, except `AWS::NoValue`."""
    when = when or {}
    match value:
        case {"Fn::If": [str(condition), _, _]} if len(value) == 1:
            for index, holds in _BRANCHES.items():
                if when.get(condition, holds) is holds:
                    deeper = (*path, "Fn::If", index)
                    yield from choices(value["Fn::If"][index], {**when, condition: holds}, deeper)
        case None | {"Ref": "AWS::NoValue"}:
            return
        case _:
            yield Choice(value, when, path)


def may_hold_together(cfn: Template, *several: Mapping[str, bool]) -> bool:
    """Tell whether a stack can have all of these conditions at once."""
    merged: dict[str, bool] = {}
    for when in several:
        if any(merged.get(name, holds) is not holds for name, holds in when.items()):
            return False
        merged |= when
    asked = {name: {holds} for name, holds in merged.items()}
    return not asked or any(True for _ in cfn.conditions.build_scenarios(asked))


def condition_of(resource: Mapping[str, Any]) -> dict[str, bool]:
    """Give the conditions under which a resource exists."""
    condition = resource.get("Condition")
    return {condition: True} if isinstance(condition, str) else {}
