"""What a promotion has to notice, as one short text; pure.

A fingerprint stands in the properties of promotions of stacks that exist. Another one for the same
template is a release of every promotion: whatever changes what is hashed changes `FINGERPRINT` too,
and the changelog says so.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from macro.problem import about
from macro.promotions import FUNCTION, KINDS, Promotion, Promotions
from macro.template import Template
from macro.values import as_call, canonical

FINGERPRINT = 1
"""Number of the scheme; part of what is hashed."""

FUNCTION_LEVEL = frozenset({
    "CodeSigningConfigArn", "RecursiveLoop", "ReservedConcurrentExecutions", "Tags"
})  # fmt: skip
"""Properties of a function that are not part of a version (aws-semantics B1)."""

_CHOOSING = ("SourceQualifier", "Triggers", "CodeSha256", "VersionDescription")
_MOVING = ("Version", "VersionArn", "PreviousVersion", "CodeSha256", "Versions")
_LAYER = "AWS::Lambda::LayerVersion"
_DIGITS = 32
"""Hexadecimal digits of a fingerprint."""


def digest(content: Any) -> str:
    """Give the fingerprint of a content."""
    text = canonical({"FINGERPRINT": FINGERPRINT, "Content": content})
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


class Fingerprints:
    """Gives the fingerprints of a template's promotions.

    Args:
        template: the template.
        promotions: its promotions.

    Raises:
        NotUnderstood: something that a fingerprint is made of can't be understood.
    """

    def __init__(self, template: Template, promotions: Promotions) -> None:
        self._template = template
        self._promotions = promotions

    def of(self, promotion: Promotion) -> str | None:
        """Give what the promotion has to notice; None if CloudFormation wakes it by itself.

        A promotion of `$LATEST` notices everything that makes a version. One that names another
        alias as text notices all that moves that alias, unless it has Triggers of its own: then
        those say when it moves.
        """
        with about(promotion.logical_id):
            noticed = self._notices(promotion)
            return digest(noticed) if noticed else None

    def _notices(self, promotion: Promotion) -> dict[str, Any]:
        noticed = self._functions(promotion) if promotion.publishes else {}
        if not promotion.triggered:
            sources = self._promotions.sources(promotion)
            noticed |= {one.logical_id: self._moves(one) for one in sources}
        return noticed

    def _functions(self, promotion: Promotion) -> dict[str, Any]:
        """Give the content of a version of each function that is in the template."""
        template = self._template
        known = [one for one in promotion.functions if template.kind(one) == FUNCTION]
        return {
            one: self._complete({
                name: value for name, value in template.properties(one).items()
                if name not in FUNCTION_LEVEL
            })
            for one in known
        }  # fmt: skip

    def _moves(self, promotion: Promotion) -> dict[str, Any]:
        """Give all that makes a promotion move its alias."""
        properties = self._template.properties(promotion.logical_id, *_CHOOSING)
        return {"Properties": self._complete(properties), "Notices": self._notices(promotion)}

    def _complete(self, value: Any) -> Any:
        """Add to each reference what decides its value, where the template says so."""
        if isinstance(value, list):
            return [self._complete(item) for item in value]
        if not isinstance(value, dict):
            return value
        match as_call(value):
            case ("Ref", str(target)):
                decides = self._decides(target, "")
            case ("Fn::GetAtt", [str(target), str(attribute)]):
                decides = self._decides(target, attribute)
            case _:
                return {key: self._complete(item) for key, item in value.items()}
        return value | {"Is": decides} if decides else value

    def _decides(self, target: str, attribute: str) -> Mapping[str, Any]:
        template, kind = self._template, self._template.kind(target)
        if not kind:
            return {}
        if kind in KINDS:
            promotion = self._promotions.get(target) if attribute in _MOVING else None
            return self._moves(promotion) if promotion else {}
        # Every property of a layer makes another version of it; other resources are what they are
        # called, and an attribute that is a property is that.
        named = ("Name", f"{kind.rpartition('::')[2]}Name", attribute)
        names = () if kind == _LAYER else named
        with about(target):
            found: dict[str, Any] = self._complete(template.properties(target, *names))
            return found
