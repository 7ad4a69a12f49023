"""A function's aliases and versions, as Lambda lists them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handler.arn import AliasId, Scope
from handler.observed import AliasState
from handler.versions import weights

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient


@dataclass(frozen=True)
class Published:
    """A version.

    Attributes:
        number: a number, or `$LATEST`.
        last_modified: when it was published: LastModified, ISO 8601.
        code_size: bytes.
    """

    number: str
    last_modified: str = ""
    code_size: int = 0


@dataclass(frozen=True)
class Function:
    """A function with all that can be served.

    Attributes:
        name: its name, without the ARN.
        aliases: by name.
        versions: every version, `$LATEST` among them, oldest first.
    """

    name: str
    aliases: Mapping[str, AliasState]
    versions: tuple[Published, ...]


@dataclass(frozen=True)
class Storage:
    """The code storage of the account in this Region.

    Attributes:
        used: bytes.
        limit: bytes.
    """

    used: int
    limit: int


def read_function(functions: "LambdaClient", reference: str) -> Function:
    """Read a function: ListVersionsByFunction and ListAliases, 50 a page (aws-semantics B2)."""
    pages = functions.get_paginator("list_versions_by_function").paginate(FunctionName=reference)
    found = [each for page in pages for each in page["Versions"]]
    listed = functions.get_paginator("list_aliases").paginate(FunctionName=reference)
    aliases = {each["Name"]: _state(each) for page in listed for each in page["Aliases"]}
    versions = [
        Published(each["Version"], each["LastModified"], each["CodeSize"]) for each in found
    ]
    return Function(found[0]["FunctionName"], aliases, tuple(versions))


def read_storage(functions: "LambdaClient") -> Storage:
    """Read the account's code storage (lambda:GetAccountSettings)."""
    found = functions.get_account_settings()
    return Storage(found["AccountUsage"]["TotalCodeSize"], found["AccountLimit"]["TotalCodeSize"])


def find_alias(functions: "LambdaClient", reference: str, alias: str) -> AliasId:
    """Name an alias of a function given by its name or ARN (lambda:GetFunctionConfiguration)."""
    found = functions.get_function_configuration(FunctionName=reference)
    return AliasId(Scope.of(found["FunctionArn"]), found["FunctionName"], alias)


def _state(alias: Any) -> AliasState:
    return AliasState(
        version=alias["FunctionVersion"],
        description=alias.get("Description", ""),
        revision_id=alias["RevisionId"],
        weights=weights(alias),
    )
