"""The promotions of a template: which functions, which alias, and where the version comes from."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from macro.problem import NotUnderstood, about
from macro.template import Template
from macro.values import alternatives, as_call, canonical, joined, parts_of

FUNCTION = "AWS::Lambda::Function"
KINDS = {"Custom::LambdaAliasPromotion": "FunctionName", "Custom::LambdaRelease": "Functions"}
"""The types that the macro wakes, and the property that names what they promote."""

LATEST = "$LATEST"
_UNTIL_NAME = re.compile(".*function:", re.DOTALL)


@dataclass(frozen=True)
class Promotion:
    """One promotion.

    Attributes:
        logical_id: its name in the template.
        functions: the logical ids of the functions that are in the template; for others what the
            template calls them by.
        alias: the name of its alias, in canonical form.
        sources: what its SourceQualifier may be, in canonical form.
        triggered: it has Triggers of its own.
    """

    logical_id: str
    functions: frozenset[str]
    alias: str
    sources: frozenset[str]
    triggered: bool

    @property
    def publishes(self) -> bool:
        """Tell whether it publishes `$LATEST`."""
        return canonical(LATEST) in self.sources


class Promotions:
    """Finds the promotions of a template.

    Raises:
        NotUnderstood: from every method.
    """

    def __init__(self, template: Template) -> None:
        self._template = template
        ids = [one for one in template.resources if template.kind(one) in KINDS]
        self._names = self._function_names() if ids else {}
        active = [one for one in ids if template.may_exist(one)]
        self._all = {one: self._read(one) for one in active}

    def __iter__(self) -> Iterator[Promotion]:
        return iter(self._all.values())

    def get(self, logical_id: str) -> Promotion | None:
        """Give the promotion of this name, if there is one."""
        return self._all.get(logical_id)

    def sources(self, promotion: Promotion) -> list[Promotion]:
        """Give the promotions whose alias this one names as text: more than one by conditions.

        One that names its own is refused by the provider, in its own words.
        """
        return [
            other for other in self
            if other is not promotion
            and other.alias in promotion.sources and other.functions & promotion.functions
        ]  # fmt: skip

    def _function_names(self) -> dict[str, list[str]]:
        """Give the functions by what their FunctionName says."""
        template, found = self._template, dict[str, list[str]]()
        for logical_id in template.resources:
            if template.kind(logical_id) == FUNCTION and template.may_exist(logical_id):
                given = template.properties(logical_id, "FunctionName")
                if "FunctionName" in given:
                    found.setdefault(canonical(given["FunctionName"]), []).append(logical_id)
        return found

    def _read(self, logical_id: str) -> Promotion:
        properties = self._template.properties(
            logical_id, "AliasName", "SourceQualifier", "Triggers"
        )
        return Promotion(
            logical_id,
            frozenset(self._functions(logical_id)),
            canonical(properties.get("AliasName")),
            frozenset(map(canonical, alternatives(properties.get("SourceQualifier", LATEST)))),
            "Triggers" in properties,
        )

    def _functions(self, logical_id: str) -> Iterator[str]:
        wanted = KINDS[self._template.kind(logical_id)]
        named = self._template.properties(logical_id, wanted).get(wanted)
        with about(logical_id):
            if not named:
                raise NotUnderstood(f"{wanted}: missing")
            for one in named if isinstance(named, list) else [named]:
                for name in alternatives(one):
                    yield from self._function(wanted, _bare_name(name))

    def _function(self, wanted: str, name: Any) -> list[str]:
        """Find the functions in the template that a name, cut out of its ARN, stands for."""
        match as_call(name):
            case ("Ref", str(target)) | ("Fn::GetAtt", [str(target), "Arn"]):
                kind = self._template.kind(target)
                if kind == FUNCTION:
                    return [target]
                if kind == "AWS::Serverless::Function":
                    raise NotUnderstood(
                        f"{wanted}: {target} is an {kind} still; name LambdaAliasPromotion after "
                        "AWS::Serverless-2016-10-31 in Transform"
                    )
            case ("Fn::GetAtt", [str(target), "FunctionName" | "FunctionArn"]):
                if self._template.kind(target) in KINDS:
                    return list(self._functions(target))
        text = canonical(name)
        return self._names.get(text, [text])


def _bare_name(value: Any) -> Any:
    """Cut the name of a function out of an ARN or a partial ARN."""
    parts = parts_of(value)
    for place in reversed(range(len(parts))):
        part = parts[place]
        if isinstance(part, str) and (prefix := _UNTIL_NAME.match(part)):
            return joined([part[prefix.end() :], *parts[place + 1 :]])
    return value
