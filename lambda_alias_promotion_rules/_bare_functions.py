"""I9507."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cfnlint.rules import CloudFormationLintRule, RuleMatch
from cfnlint.template import Template

from lambda_alias_promotion_rules._aliases import aliases, properties_of
from lambda_alias_promotion_rules._choices import condition_of, may_hold_together
from lambda_alias_promotion_rules._references import References
from lambda_alias_promotion_rules._types import PROMOTION

_INVOKED_BY = {
    "AWS::Lambda::EventSourceMapping": "FunctionName",
    "AWS::Lambda::Permission": "FunctionName",
}
_SAM = "AWS::Serverless::Function"


@dataclass(frozen=True)
class _Invoker:
    """Something that invokes a function without a qualifier."""

    function: str
    when: Mapping[str, bool]
    path: list[Any]


class BareFunctionInvoked(CloudFormationLintRule):
    """The function is invoked although one of its aliases is promoted."""

    id = "I9507"
    shortdesc = "Function invoked past its promoted alias"
    description = (
        "An event source mapping, a permission or an event of SAM is for the function itself, and "
        "so for $LATEST, although the template promotes an alias of it: what it invokes is "
        "neither released nor rolled back. See docs/lint/I9507.md"
    )
    source_url = "https://docs.aws.amazon.com/lambda/latest/dg/using-aliases.html"
    tags = ["resources", "lambda", "alias"]

    def match(self, cfn: Template) -> Iterator[RuleMatch]:
        """Check everything that invokes a function with a promoted alias."""
        references = References(cfn)
        promoted = list(aliases(cfn, PROMOTION, references))
        for invoker in (*_invokers(cfn, references), *_events(cfn)):
            owners = [
                alias.owner
                for alias in promoted
                if alias.function == invoker.function
                and may_hold_together(cfn, alias.when, invoker.when)
            ]
            if owners:
                known = " or ".join(f"`!Ref {owner}`" for owner in dict.fromkeys(owners))
                message = f"Invokes $LATEST, past the alias; let it invoke {known}"
                yield RuleMatch(invoker.path, message)


def _invokers(cfn: Template, references: References) -> Iterator[_Invoker]:
    for kind, name in _INVOKED_BY.items():
        for logical_id, resource in cfn.get_resources(kind).items():
            for each in references.of(properties_of(resource).get(name)):
                if not each.qualifier:
                    path = ["Resources", logical_id, "Properties", name, *each.path]
                    when = {**condition_of(resource), **each.when}
                    yield _Invoker(each.function, when, path)


def _events(cfn: Template) -> Iterator[_Invoker]:
    for logical_id, resource in cfn.get_resources(_SAM).items():
        properties = properties_of(resource)
        events = properties.get("Events")
        # With AutoPublishAlias SAM lets the events invoke that alias.
        if isinstance(events, dict) and "AutoPublishAlias" not in properties:
            for event in events:
                path = ["Resources", logical_id, "Properties", "Events", event]
                yield _Invoker(logical_id, condition_of(resource), path)
