"""The aliases that a template manages, and by which resources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cfnlint.template import Template

from lambda_alias_promotion_rules._choices import choices, condition_of, may_hold_together
from lambda_alias_promotion_rules._references import References
from lambda_alias_promotion_rules._text import text
from lambda_alias_promotion_rules._types import PROMOTION

_NAMED_BY = {PROMOTION: "AliasName", "AWS::Lambda::Alias": "Name"}


@dataclass(frozen=True)
class Alias:
    """An alias that a resource manages.

    Attributes:
        owner: logical id of the resource.
        function: as of a `Reference`.
        name: text of the alias's name.
        when: the conditions, by name, under which it does so.
        path: where the template names the alias.
    """

    owner: str
    function: str
    name: str
    when: Mapping[str, bool]
    path: tuple[str | int, ...]

    def is_the_same_as(self, other: "Alias", cfn: Template) -> bool:
        """Tell whether both can be one alias of one stack."""
        named = (self.function, self.name) == (other.function, other.name)
        return named and may_hold_together(cfn, self.when, other.when)


def aliases(cfn: Template, kind: str, references: References) -> Iterator[Alias]:
    """Give the aliases that the resources of a type manage."""
    for owner, resource in cfn.get_resources(kind).items():
        properties = properties_of(resource)
        where = ("Resources", owner, "Properties", _NAMED_BY[kind])
        for name in choices(properties.get(_NAMED_BY[kind])):
            for reference in references.of(properties.get("FunctionName")):
                facts = (condition_of(resource), name.when, reference.when)
                if may_hold_together(cfn, *facts):
                    when = {each: holds for one in facts for each, holds in one.items()}
                    path = (*where, *name.path)
                    yield Alias(owner, reference.function, text(name.value), when, path)


def properties_of(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Give a resource's properties, none if the template has none that can be read."""
    properties = resource.get("Properties")
    return properties if isinstance(properties, dict) else {}
