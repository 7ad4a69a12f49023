"""E9504."""

from collections.abc import Iterator

from cfnlint.rules import CloudFormationLintRule, RuleMatch
from cfnlint.template import Template

from lambda_alias_promotion_rules._aliases import Alias, aliases
from lambda_alias_promotion_rules._references import References
from lambda_alias_promotion_rules._text import shown
from lambda_alias_promotion_rules._types import PROMOTION


class AliasManagedTwice(CloudFormationLintRule):
    """Two promotions manage one alias."""

    id = "E9504"
    shortdesc = "Alias managed by two promotions"
    description = (
        "Two promotions of a template name the same alias of the same function. The second is "
        "refused; with AdoptExisting both move it, and nobody knows which of them last. "
        "See docs/lint/E9504.md"
    )
    source_url = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html"
    tags = ["resources", "lambda", "alias"]

    def match(self, cfn: Template) -> Iterator[RuleMatch]:
        """Check every promotion against those above it."""
        above: list[Alias] = []
        for alias in aliases(cfn, PROMOTION, References(cfn)):
            for other in above:
                if other.owner != alias.owner and alias.is_the_same_as(other, cfn):
                    message = f"{shown(alias.name)} is managed by {other.owner} already; remove one"
                    yield RuleMatch(list(alias.path), message)
                    break
            above.append(alias)
