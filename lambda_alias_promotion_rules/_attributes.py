"""E9502."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from cfnlint.rules import CloudFormationLintRule, RuleMatch
from cfnlint.template import Template

from lambda_alias_promotion_rules._text import variables
from lambda_alias_promotion_rules._types import TYPES


class Attributes(CloudFormationLintRule):
    """`Fn::GetAtt` asks for an attribute that the provider doesn't answer."""

    id = "E9502"
    shortdesc = "Attribute that the provider doesn't answer"
    description = (
        "Fn::GetAtt or Fn::Sub asks a promotion for an attribute that it does not have: the stack "
        "operation would fail after the alias has moved. See docs/lint/E9502.md"
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html"
    )
    tags = ["functions", "getatt", "lambda", "alias"]

    def match(self, cfn: Template) -> Iterator[RuleMatch]:
        """Check every attribute that the template asks for."""
        for path, logical_id, attribute in (*_by_getatt(cfn), *_by_sub(cfn)):
            resource = cfn.get_resources().get(logical_id, {})
            kind = TYPES.get(str(resource.get("Type")))
            if kind and attribute not in kind.attributes:
                close = get_close_matches(attribute, kind.attributes)
                known = ", ".join(close or kind.attributes)
                message = f"{logical_id}.{attribute}: unknown attribute; use {known}"
                yield RuleMatch(path, message)


def _by_getatt(cfn: Template) -> Iterator[tuple[list[Any], str, str]]:
    for *path, asked in cfn.search_deep_keys("Fn::GetAtt"):
        match asked:
            case [str(logical_id), str(attribute)]:
                yield path, logical_id, attribute
            case str():
                logical_id, _, attribute = asked.partition(".")
                yield path, logical_id, attribute


def _by_sub(cfn: Template) -> Iterator[tuple[list[Any], str, str]]:
    for *path, asked in cfn.search_deep_keys("Fn::Sub"):
        match asked:
            case [str(pattern), dict(values)]:
                own = set(values)
            case str(pattern):
                own = set()
            case _:
                continue
        for name in variables(pattern):
            logical_id, dot, attribute = name.partition(".")
            if dot and name not in own:
                yield path, logical_id, attribute
