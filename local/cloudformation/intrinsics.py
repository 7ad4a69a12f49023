"""Intrinsic functions, pseudo parameters and dynamic references of a template.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from local.cloudformation.errors import ApiError

NO_VALUE = object()
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]*)\}")
_DYNAMIC = re.compile(r"\{\{resolve:([^:}]+):([^}]+)\}\}")


class Lookup(Protocol):
    """What the template can't say itself."""

    def ref(self, logical_id: str) -> Any:
        """Value of `Ref` on a resource."""

    def attribute(self, logical_id: str, name: str) -> Any:
        """Value of `Fn::GetAtt`."""

    def imported(self, name: str) -> str:
        """Value of another stack's export."""

    def dynamic(self, service: str, key: str) -> str:
        """Value of `{{resolve:service:key}}`."""


class Resolver:
    """Replaces every intrinsic function in a piece of a template by its value.

    Args:
        template: the processed template, for its Mappings and Conditions.
        values: parameters and pseudo parameters.
        lookup: resources, exports and dynamic references.

    Raises:
        ApiError: from every method, with CloudFormation's text.
    """

    def __init__(
        self, template: Mapping[str, Any], values: Mapping[str, Any], lookup: Lookup
    ) -> None:
        self._mappings = template.get("Mappings", {})
        self._conditions = template.get("Conditions", {})
        self._values = values
        self._lookup = lookup
        self._functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Split": lambda given: str(self.resolve(given[1])).split(given[0]),
            "Fn::Select": self._select,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
            "Fn::Base64": lambda given: b64encode(self.resolve(given).encode()).decode(),
            "Fn::ImportValue": lambda given: lookup.imported(self.resolve(given)),
            "Fn::Equals": lambda given: len({as_text(self.resolve(one)) for one in given}) == 1,
            "Fn::And": lambda given: all(self._test(one) for one in given),
            "Fn::Or": lambda given: any(self._test(one) for one in given),
            "Fn::Not": lambda given: not self._test(given[0]),
        }

    def resolve(self, value: Any) -> Any:
        """Give the value; keys and items that are `AWS::NoValue` are left out."""
        if isinstance(value, dict):
            if len(value) == 1:
                ((name, argument),) = value.items()
                if function := self._functions.get(name):
                    return function(argument)
                if name.startswith("Fn::"):
                    raise ApiError(f"not emulated: {name}")
            items = {key: self.resolve(item) for key, item in value.items()}
            return {key: item for key, item in items.items() if item is not NO_VALUE}
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        if isinstance(value, str):
            return _DYNAMIC.sub(lambda match: self._lookup.dynamic(match[1], match[2]), value)
        return value

    def condition(self, name: str) -> bool:
        """Evaluate a condition by its name."""
        if name not in self._conditions:
            raise ApiError(f"Template error: unresolved condition dependency {name}")
        return self._test(self._conditions[name])

    def _test(self, expression: Any) -> bool:
        if isinstance(expression, dict) and expression.keys() == {"Condition"}:
            return self.condition(expression["Condition"])
        return bool(self.resolve(expression))

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        return self._values[name] if name in self._values else self._lookup.ref(name)

    def _get_att(self, argument: Any) -> Any:
        logical_id, name = _attribute_of(argument)
        return self._lookup.attribute(logical_id, self.resolve(name))

    def _sub(self, argument: Any) -> str:
        text, extra = argument if isinstance(argument, list) else (argument, {})
        extra = self.resolve(extra)

        def value_of(match: re.Match[str]) -> str:
            literal, name = match[1], match[2].strip()
            if literal:
                return "${" + name + "}"
            if name in extra:
                return as_text(extra[name])
            logical_id, dot, attribute = name.partition(".")
            found = self._lookup.attribute(logical_id, attribute) if dot else self._ref(name)
            return as_text(found)

        return str(self.resolve(_PLACEHOLDER.sub(value_of, text)))

    def _join(self, argument: list[Any]) -> str:
        delimiter, items = argument
        joined = as_text(delimiter).join(as_text(item) for item in self.resolve(items))
        return str(self.resolve(joined))

    def _select(self, argument: list[Any]) -> Any:
        index, items = int(self.resolve(argument[0])), self.resolve(argument[1])
        if not 0 <= index < len(items):
            raise ApiError(
                f"Template error: Fn::Select cannot select nonexistent value at index {index}"
            )
        return items[index]

    def _if(self, argument: list[Any]) -> Any:
        name, when_true, when_false = argument
        return self.resolve(when_true if self.condition(name) else when_false)

    def _find_in_map(self, argument: list[Any]) -> Any:
        name, top, second = (self.resolve(item) for item in argument)
        if name not in self._mappings:
            raise ApiError(
                f"Template error: Mapping named '{name}' is not present in the 'Mappings' section "
                "of template."
            )
        try:
            return self.resolve(self._mappings[name][top][second])
        except KeyError as error:
            raise ApiError(
                f"Template error: Unable to get mapping for {name}::{top}::{second}"
            ) from error


def as_text(value: Any) -> str:
    """Write a primitive as CloudFormation does: booleans in lower case."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def stringify(value: Any) -> Any:
    """Make every primitive a string, at every depth (aws-semantics A1)."""
    if isinstance(value, dict):
        return {key: stringify(item) for key, item in value.items()}
    if isinstance(value, list):
        return [stringify(item) for item in value]
    return as_text(value)


def references(value: Any) -> Iterator[tuple[str, str | None]]:
    """Find what a piece of a template refers to: (name, attribute or None), also in Fn::Sub."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref" and isinstance(item, str):
                yield item, None
            elif key == "Fn::GetAtt":
                logical_id, name = _attribute_of(item)
                yield logical_id, str(name)
            elif key == "Fn::Sub":
                yield from _references_of_sub(item)
            else:
                yield from references(item)


def _references_of_sub(argument: Any) -> Iterator[tuple[str, str | None]]:
    text, extra = argument if isinstance(argument, list) else (argument, {})
    yield from references(extra)
    for literal, name in _PLACEHOLDER.findall(text):
        if not literal and name.strip() not in extra:
            logical_id, dot, attribute = name.strip().partition(".")
            yield logical_id, attribute if dot else None


def _attribute_of(argument: Any) -> tuple[str, Any]:
    """Read `A.b.c`, `[A, b.c]` or `[A, b, c]`."""
    logical_id, *names = argument.split(".") if isinstance(argument, str) else argument
    return logical_id, ".".join(names) if all(isinstance(n, str) for n in names) else names[0]
