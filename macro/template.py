"""The template that the macro was called with, its resources read one by one as they are needed."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from macro.problem import NotUnderstood, about
from macro.values import Values, as_call, attribute_of

_PLACEHOLDER = re.compile(r"\$\{([^!}.]+)")


@dataclass(frozen=True)
class Template:
    """A processed template.

    Attributes:
        resources: its Resources, as they are written.
        values: resolves what stands in them.
    """

    resources: Mapping[str, Any]
    values: Values

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> Self:
        """Read CloudFormation's event.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros-author.html

        Raises:
            NotUnderstood: it is not about a whole template.
        """
        fragment = event["fragment"]
        if not isinstance(fragment, dict) or not isinstance(fragment.get("Resources"), dict):
            raise NotUnderstood(
                "it found no Resources; name it in the Transform section of the template, not in "
                "Fn::Transform"
            )
        if event.get("params"):
            raise NotUnderstood("it takes no Parameters")
        pseudo = {"AWS::Region": event["region"], "AWS::AccountId": event["accountId"]}
        given = event.get("templateParameterValues") or {}
        known = pseudo | _parameters(fragment.get("Parameters", {}), given)
        return cls(fragment["Resources"], Values(fragment, known))

    def kind(self, logical_id: str) -> str:
        """Give a resource's type; empty for what is no resource."""
        definition = self.resources.get(logical_id)
        return str(definition.get("Type", "")) if isinstance(definition, dict) else ""

    def may_exist(self, logical_id: str) -> bool:
        """Tell whether a resource's condition holds, or may hold."""
        condition = self.resources[logical_id].get("Condition")
        with about(logical_id):
            return condition is None or self.values.holds(condition) is not False

    def written(self, logical_id: str) -> dict[str, Any]:
        """Give a resource's properties as they are written."""
        properties = self.resources[logical_id].get("Properties", {})
        if not isinstance(properties, dict) or as_call(properties):
            raise NotUnderstood("Properties: expected properties by name", logical_id)
        return properties

    def properties(self, logical_id: str, *names: str) -> dict[str, Any]:
        """Resolve a resource's properties: these, where it has them, or all."""
        written = self.written(logical_id)
        wanted = {name: written[name] for name in names or written if name in written}
        with about(logical_id):
            resolved: dict[str, Any] = self.values.resolve(wanted)
            return resolved

    def depends_on(self, logical_id: str) -> list[str]:
        """Give a resource's DependsOn as a list."""
        match self.resources[logical_id].get("DependsOn", []):
            case str(one):
                return [one]
            case [*several] if all(isinstance(one, str) for one in several):
                return several
        raise NotUnderstood("DependsOn: expected a name or a list of names", logical_id)

    def needs(self, logical_id: str) -> set[str]:
        """Say which resources CloudFormation makes before this one."""
        with about(logical_id):
            named = {*self.depends_on(logical_id), *references(self.written(logical_id))}
        return named & self.resources.keys()


def references(value: Any) -> Iterator[str]:
    """Find the names of parameters and resources in a piece of a template as it is written."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref" and isinstance(item, str):
                yield item
            elif key == "Fn::GetAtt":
                yield attribute_of(item)[0]
            elif key == "Fn::Sub":
                yield from _PLACEHOLDER.findall(item if isinstance(item, str) else item[0])
                yield from references(item)
            else:
                yield from references(item)


def _parameters(declared: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Give each parameter's value in the form that `Ref` has: a text, or a list of texts."""
    known = {}
    for name, declaration in declared.items():
        value = given.get(name, declaration.get("Default"))
        if value is None:
            continue
        if isinstance(value, str) and "List" in declaration["Type"]:
            value = [item.strip() for item in value.split(",")]
        texts = [_text(item) for item in value] if isinstance(value, list) else _text(value)
        known[name] = texts
    return known


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
