"""How a request names a function, a version or an alias (aws-semantics B0)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.functions.errors import LambdaError, invalid, not_found

LATEST = "$LATEST"

LAYER_ARN = re.compile(
    r"arn:aws[a-zA-Z-]*:lambda:[^:]+:(?P<account>\d+):layer:(?P<name>[^:]+)(:(?P<number>\d+))?"
)

_NAME = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:)?(?:(?P<region>[a-z]{2}(?:-[a-z]+)+-\d):)?"
    r"(?:(?P<account>\d{12}):)?(?:function:)?(?P<name>[a-zA-Z0-9-_.]+)(?::(?P<qualifier>.+))?"
)
_ALIAS = re.compile(r"(?!^[0-9]+$)[a-zA-Z0-9-_]+")
_LONGEST_NAME = 64


@dataclass(frozen=True)
class Place:
    """What a request is about; it need not exist.

    Attributes:
        name: the function's bare name.
        arn: the function's ARN, without qualifier.
        qualifier: `$LATEST`, a version number, an alias name, or None when there is none.
    """

    name: str
    arn: str
    qualifier: str | None = None

    @property
    def qualified_arn(self) -> str:
        """Give the ARN as the request names it."""
        return f"{self.arn}:{self.qualifier}" if self.qualifier else self.arn

    @property
    def names_alias(self) -> bool:
        """Tell whether the qualifier can only be an alias."""
        return bool(self.qualifier and _ALIAS.fullmatch(self.qualifier))


def locate(region: str, account: str, given: Mapping[str, Any]) -> Place:
    """Read FunctionName (a name, an ARN or a part of one) and Qualifier.

    Raises:
        LambdaError: two qualifiers that differ, another Region or account, a name over 64.
    """
    found = _NAME.fullmatch(given["FunctionName"])
    if not found:
        raise not_found(f"Function not found: {given['FunctionName']}")
    _check(found, region, account)
    derived, qualifier = found["qualifier"], given.get("Qualifier")
    if derived and qualifier and derived != qualifier:
        raise invalid(
            "The derived qualifier from the function name does not match the specified qualifier."
        )
    arn = f"arn:aws:lambda:{region}:{account}:function:{found['name']}"
    return Place(found["name"], arn, qualifier or derived)


def locate_function(region: str, account: str, given: Mapping[str, Any]) -> Place:
    """Read FunctionName for an operation on the whole function, or on `$LATEST`.

    Raises:
        LambdaError: it names a version or an alias.
    """
    place = locate(region, account, {"FunctionName": given["FunctionName"]})
    if place.qualifier not in (None, LATEST):
        raise invalid(
            "This operation is permitted on Lambda functions only. Aliases and versions do not "
            "support this operation. Please specify either a function name or an unqualified "
            "function ARN."
        )
    return Place(place.name, place.arn)


def _check(found: re.Match[str], region: str, account: str) -> None:
    if found["region"] not in (None, region):
        raise not_found(
            f"Functions from '{found['region']}' are not reachable in this region ('{region}')"
        )
    if found["account"] not in (None, account):
        raise LambdaError(
            "AccessDeniedException",
            f"User: arn:aws:iam::{account}:root is not authorized to perform this operation "
            f"on resource: {found[0]}",
        )
    if len(found["name"]) > _LONGEST_NAME:
        raise LambdaError(
            "ValidationException",
            f"1 validation error detected: Value '{found['name']}' at 'functionName' failed to "
            f"satisfy constraint: Member must have length less than or equal to {_LONGEST_NAME}",
        )
