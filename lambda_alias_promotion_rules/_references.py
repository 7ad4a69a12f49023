"""Which function an expression names, and with which qualifier."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cfnlint.template import Template

from lambda_alias_promotion_rules._choices import Choice, choices
from lambda_alias_promotion_rules._text import text, variable
from lambda_alias_promotion_rules._types import PROMOTION

_FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")
_VERSION = "AWS::Lambda::Version"
_ALIAS = "AWS::Lambda::Alias"

# Of a reference everything may be left out but the name.
_REFERENCE = re.compile(
    r"(?:.*:function:"
    r"|(?:[a-z]{2,4}(?:-[a-z]+)+-[0-9]:)?(?:(?:[0-9]{12}|\$\{AWS\.AccountId\}):)?(?:function:)?)"
    r"(?P<name>[^:]+)(?::(?P<qualifier>.+))?"
)

# The attribute in which a resource says whose it is: what it says, and how it qualifies it.
_QUALIFIED_BY = {
    (_VERSION, ""): "Version",
    (_VERSION, "FunctionArn"): "Version",
    (_ALIAS, ""): "Name",
    (_ALIAS, "AliasArn"): "Name",
    (PROMOTION, ""): "AliasName",
    (PROMOTION, "AliasArn"): "AliasName",
    (PROMOTION, "VersionArn"): "Version",
    (PROMOTION, "FunctionArn"): None,
    (PROMOTION, "FunctionName"): None,
}


@dataclass(frozen=True)
class Reference:
    """A function that an expression may name.

    Attributes:
        function: the logical id of a function of the template, or the text that names one.
        qualifier: the text of the version or alias; empty for the function itself.
        when: the conditions, by name, under which the expression names it.
        path: where the reference stands below the expression.
    """

    function: str
    qualifier: str = ""
    when: Mapping[str, bool] = field(default_factory=dict)
    path: tuple[str | int, ...] = ()


def is_qualified(reference: str) -> bool:
    """Tell whether a literal names a version or an alias of a function."""
    found = _REFERENCE.fullmatch(reference)
    return bool(found and found["qualifier"])


class References:
    """Resolves references within one template."""

    def __init__(self, cfn: Template) -> None:
        self._resources = cfn.get_resources()
        self.functions = frozenset(cfn.get_resources(list(_FUNCTIONS)))
        """Logical ids of the functions of the template."""
        self._named = {
            _flat(each.value): logical_id
            for logical_id in self.functions
            for each in choices(self._property(logical_id, "FunctionName"))
        }

    def of(self, expression: Any, seen: frozenset[str] = frozenset()) -> Iterator[Reference]:
        """Give the functions that an expression may name.

        `seen` are the resources that led here: some templates go in circles.
        """
        for choice in choices(expression):
            found = _REFERENCE.fullmatch(_flat(choice.value))
            if not found:
                continue
            qualifier = found["qualifier"] or ""
            for each in self._of_name(found["name"], choice, seen):
                yield replace(each, qualifier=qualifier or each.qualifier)

    def _of_name(self, name: str, choice: Choice, seen: frozenset[str]) -> Iterator[Reference]:
        logical_id, _, attribute = (variable(name) or "").partition(".")
        kind = str(self._resources.get(logical_id, {}).get("Type"))
        if logical_id in self.functions:
            yield from self._of_function(logical_id, attribute, name, choice)
        elif (kind, attribute) in _QUALIFIED_BY and logical_id not in seen:
            qualifier = self._qualifier(logical_id, _QUALIFIED_BY[kind, attribute])
            owner = self._property(logical_id, "FunctionName")
            for each in self.of(owner, seen | {logical_id}):
                when = {**each.when, **choice.when}
                yield Reference(each.function, qualifier, when, choice.path)
        else:
            yield self._reference(self._named.get(name, name), choice)

    def _of_function(
        self, logical_id: str, attribute: str, name: str, choice: Choice
    ) -> Iterator[Reference]:
        # SAM lets a template say `Function.Alias` and `Function.Version` for what it makes.
        made, _, _ = attribute.partition(".")
        if made in {"Alias", "Version"}:
            yield self._reference(logical_id, choice, qualifier=name)
        else:
            is_itself = attribute in {"", "Arn"}
            yield self._reference(logical_id if is_itself else name, choice)

    def _qualifier(self, logical_id: str, name: str | None) -> str:
        if name is None:
            return ""
        value = self._property(logical_id, name)
        return f"${{{logical_id}.{name}}}" if value is None else text(value)

    def _property(self, logical_id: str, name: str) -> Any:
        properties = self._resources[logical_id].get("Properties")
        return properties.get(name) if isinstance(properties, dict) else None

    @staticmethod
    def _reference(function: str, choice: Choice, qualifier: str = "") -> Reference:
        return Reference(function, qualifier, choice.when, choice.path)


def _flat(value: Any) -> str:
    # Of a function's ARN no part is empty: `::` stands in the names of pseudo parameters only.
    return text(value).replace("::", ".")
