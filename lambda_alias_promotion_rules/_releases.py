"""W9503."""

from collections.abc import Iterator, Mapping
from typing import Any

from cfnlint.rules import CloudFormationLintRule, RuleMatch
from cfnlint.template import Template

from lambda_alias_promotion_rules._aliases import properties_of
from lambda_alias_promotion_rules._choices import choices
from lambda_alias_promotion_rules._references import References
from lambda_alias_promotion_rules._types import PROMOTION, RELEASE

_LATEST = "$LATEST"
_MACRO = "LambdaAliasPromotion"

_ADVICE = f"Add Triggers with a value that changes with the code, or the macro {_MACRO}"
_ADVICE_FOR_FUNCTIONS_FROM_ELSEWHERE = (
    "Add Triggers with a value that changes with the code; the macro sees functions of its own "
    "template only"
)


class NothingReleases(CloudFormationLintRule):
    """Nothing tells CloudFormation that there is new code."""

    id = "W9503"
    shortdesc = "New code makes no release"
    description = (
        "A promotion from $LATEST has neither Triggers nor the macro LambdaAliasPromotion. "
        "CloudFormation calls a custom resource only when a property changes: new code alone "
        "leaves the alias where it was, with a green stack. See docs/lint/W9503.md"
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
        "crpg-ref-requesttypes-update.html"
    )
    tags = ["resources", "lambda", "alias"]

    def __init__(self) -> None:
        super().__init__()
        self.config_definition = {"macro": {"default": _MACRO, "type": "string"}}
        self.configure()

    def match(self, cfn: Template) -> Iterator[RuleMatch]:
        """Check every promotion."""
        references = References(cfn)
        for logical_id, resource in cfn.get_resources([PROMOTION, RELEASE]).items():
            properties = properties_of(resource)
            if not _publishes(properties) or _changes_by_itself(properties):
                continue
            seen = _is_seen_by_the_macro(properties, references)
            if seen and _has_macro(cfn, self.config["macro"]):
                continue
            path = ["Resources", logical_id, "Properties"]
            yield RuleMatch(path, _ADVICE if seen else _ADVICE_FOR_FUNCTIONS_FROM_ELSEWHERE)


def _publishes(properties: Mapping[str, Any]) -> bool:
    # Properties from elsewhere (Fn::Transform) say nothing about what they lack.
    if not properties or "Fn::Transform" in properties:
        return False
    source = properties.get("SourceQualifier", _LATEST)
    return any(each.value == _LATEST for each in choices(source))


def _changes_by_itself(properties: Mapping[str, Any]) -> bool:
    # These make a release, too. Text that stands in the template changes with the template alone;
    # but a CodeSha256 that does not go with the code fails the release.
    computed = isinstance(properties.get("VersionDescription"), dict)
    return computed or not properties.keys().isdisjoint({"Triggers", "CodeSha256"})


def _is_seen_by_the_macro(properties: Mapping[str, Any], references: References) -> bool:
    functions = properties.get("Functions", [properties.get("FunctionName")])
    return isinstance(functions, list) and all(
        any(each.function in references.functions for each in references.of(function))
        for function in functions
    )


def _has_macro(cfn: Template, macro: str) -> bool:
    # A macro of another account has the account in front of its name.
    declared = cfn.transform_pre["Transform"]
    names = [each.get("Name") if isinstance(each, dict) else each for each in declared]
    return any(str(name).rpartition("::")[2] == macro for name in names)
