"""E9505."""

from collections.abc import Iterator

from cfnlint.rules import CloudFormationLintRule, RuleMatch
from cfnlint.template import Template

from lambda_alias_promotion_rules._aliases import Alias, aliases, properties_of
from lambda_alias_promotion_rules._choices import choices, condition_of
from lambda_alias_promotion_rules._references import References
from lambda_alias_promotion_rules._text import shown, text
from lambda_alias_promotion_rules._types import PROMOTION

_SAM = "AWS::Serverless::Function"


class AliasOfCloudFormation(CloudFormationLintRule):
    """A promotion manages an alias that CloudFormation manages itself."""

    id = "E9505"
    shortdesc = "Alias managed by CloudFormation and by a promotion"
    description = (
        "A promotion names an alias that is also an AWS::Lambda::Alias or SAM's AutoPublishAlias "
        "of the template: whichever is made second finds that it exists, and later each moves "
        "what the other released. See docs/lint/E9505.md"
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-resource-lambda-alias.html"
    )
    tags = ["resources", "lambda", "alias"]

    def match(self, cfn: Template) -> Iterator[RuleMatch]:
        """Check every promotion against every other kind of alias."""
        references = References(cfn)
        others = [*aliases(cfn, "AWS::Lambda::Alias", references), *_published_by_sam(cfn)]
        for alias in aliases(cfn, PROMOTION, references):
            for other in others:
                if alias.is_the_same_as(other, cfn):
                    message = f"{shown(alias.name)} is managed by {other.owner} already; remove one"
                    yield RuleMatch(list(alias.path), message)
                    break


def _published_by_sam(cfn: Template) -> Iterator[Alias]:
    # cfn-lint has merged Globals by now.
    for owner, resource in cfn.get_resources(_SAM).items():
        where = ("Resources", owner, "Properties", "AutoPublishAlias")
        for name in choices(properties_of(resource).get("AutoPublishAlias")):
            when = {**condition_of(resource), **name.when}
            yield Alias(owner, owner, text(name.value), when, where)
