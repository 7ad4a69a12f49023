"""ARNs of functions, versions and aliases, and where they may lie."""

import re
from dataclasses import dataclass

from handler.errors import InvalidRequest

_FUNCTION = re.compile(
    r"(?:arn:(?P<partition>[a-z-]+):lambda:)?"
    r"(?:(?P<region>[a-z]{2,4}(?:-[a-z]+)+-[0-9]):)?"
    r"(?:(?P<account>[0-9]{12}):)?"
    r"(?:function:)?(?P<name>[a-zA-Z0-9_-]{1,64})"
)
_ALIAS = re.compile(
    r"arn:(?P<partition>[a-z-]+):lambda:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12})"
    r":function:(?P<name>[a-zA-Z0-9_-]{1,64}):(?P<alias>(?![0-9]+$)[a-zA-Z0-9_-]{1,128})"
)


@dataclass(frozen=True)
class Scope:
    """The partition, Region and account of the provider: it serves functions in no other."""

    partition: str
    region: str
    account: str

    @classmethod
    def of(cls, arn: str) -> "Scope":
        """Take the scope of any regional ARN, such as a Lambda context's or a StackId."""
        _, partition, _, region, account, *_ = arn.split(":")
        return cls(partition, region, account)

    def function_name(self, reference: str, named_by: str = "FunctionName") -> str:
        """Give the bare name behind a name, ARN or partial ARN (aws-semantics B0).

        Args:
            reference: the name or ARN.
            named_by: the property that has it, for an error.

        Raises:
            InvalidRequest: the function lies in another account, Region or partition.
        """
        found = _FUNCTION.fullmatch(reference)
        if not found:
            raise InvalidRequest(f"{named_by}: found {reference!r}, not a function's name or ARN")
        for part in ("account", "region", "partition"):
            own, other = getattr(self, part), found[part]
            if other not in (None, own):
                raise InvalidRequest(
                    f"{named_by}: found a function in {part} {other}, but this provider serves "
                    f"{part} {own}; use a provider deployed there"
                )
        return found["name"]


@dataclass(frozen=True)
class AliasId:
    """An alias, whether it exists or not; its ARN never changes."""

    scope: Scope
    function_name: str
    alias_name: str

    @classmethod
    def from_arn(cls, arn: str) -> "AliasId | None":
        """Read an alias's ARN; None when the text is not exactly one."""
        found = _ALIAS.fullmatch(arn)
        if not found:
            return None
        scope = Scope(found["partition"], found["region"], found["account"])
        return cls(scope, found["name"], found["alias"])

    @property
    def function_arn(self) -> str:
        """ARN of the function, unqualified."""
        scope = self.scope
        place = f"arn:{scope.partition}:lambda:{scope.region}:{scope.account}"
        return f"{place}:function:{self.function_name}"

    @property
    def arn(self) -> str:
        """ARN of the alias, as `Ref` gives it."""
        return f"{self.function_arn}:{self.alias_name}"

    @property
    def invocation_uri(self) -> str:
        """URI under which API Gateway invokes the alias."""
        scope = self.scope
        gateway = f"arn:{scope.partition}:apigateway:{scope.region}:lambda"
        return f"{gateway}:path/2015-03-31/functions/{self.arn}/invocations"

    def __str__(self) -> str:
        return f"{self.alias_name} of {self.function_name}"
