"""Rules that teach cfn-lint `Custom::LambdaAliasPromotion`; docs/lint has a page for each.

`cfn-lint --append-rules lambda_alias_promotion_rules` takes this name as an installed package, or
as the folder of a checkout. Of a folder cfn-lint runs every file without a leading underscore by
itself, outside of its package: that is `rules.py` alone.
"""

from lambda_alias_promotion_rules._aliases_twice import AliasManagedTwice
from lambda_alias_promotion_rules._attributes import Attributes
from lambda_alias_promotion_rules._bare_functions import BareFunctionInvoked
from lambda_alias_promotion_rules._other_aliases import AliasOfCloudFormation
from lambda_alias_promotion_rules._properties import Properties
from lambda_alias_promotion_rules._qualified_functions import QualifiedFunction
from lambda_alias_promotion_rules._releases import NothingReleases

__all__ = [
    "AliasManagedTwice",
    "AliasOfCloudFormation",
    "Attributes",
    "BareFunctionInvoked",
    "NothingReleases",
    "Properties",
    "QualifiedFunction",
]
