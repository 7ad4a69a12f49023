"""E9506."""

from collections.abc import Iterator

from cfnlint.rules import CloudFormationLintRule, RuleMatch
from cfnlint.template import Template

from lambda_alias_promotion_rules._aliases import properties_of
from lambda_alias_promotion_rules._references import References
from lambda_alias_promotion_rules._text import shown
from lambda_alias_promotion_rules._types import PROMOTION


class QualifiedFunction(CloudFormationLintRule):
    """`FunctionName` names a version or an alias rather than a function."""

    id = "E9506"
    shortdesc = "FunctionName with a version or an alias"
    description = (
        "A promotion's FunctionName names a version or an alias. Versions are published of "
        "functions, and aliases belong to functions; the provider refuses a qualifier. "
        "See docs/lint/E9506.md"
    )
    source_url = "https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html"
    tags = ["resources", "lambda", "alias"]

    def match(self, cfn: Template) -> Iterator[RuleMatch]:
        """Check what every promotion says that its function is."""
        references = References(cfn)
        for logical_id, resource in cfn.get_resources(PROMOTION).items():
            for each in references.of(properties_of(resource).get("FunctionName")):
                if not each.qualifier:
                    continue
                path = ["Resources", logical_id, "Properties", "FunctionName", *each.path]
                is_ours = each.function in references.functions
                hint = f", `!Ref {each.function}`" if is_ours else ""
                message = f"FunctionName: found the qualifier {shown(each.qualifier)}"
                yield RuleMatch(path, f"{message}; name the function itself{hint}")
