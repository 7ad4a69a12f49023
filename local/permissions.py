"""The execution role of a function, enforced for the calls that the function makes.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from moto.iam.exceptions import NotFoundException
from moto.iam.models import iam_backends

from local.request import Request


class Denied(Exception):
    """The role may not do this; the text is AWS's."""


class Permissions:
    """Gives each role an access key, and checks the requests signed with one.

    Identity policies count, inline and attached; permission boundaries and Conditions do not: an
    Allow with a Condition allows nothing here, so that nothing passes that AWS could refuse.

    Args:
        account: the engine's account.
    """

    def __init__(self, account: str) -> None:
        self._account = account
        self._roles: dict[str, str] = {}

    def session(self, role_arn: str) -> dict[str, str]:
        """Give the variables by which a function acts as its role."""
        key = "ASIA" + secrets.token_hex(8).upper()
        self._roles[key] = role_arn
        return {
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_SESSION_TOKEN": "local",
        }

    def check(self, request: Request) -> None:
        """Let pass what a role may do; whoever is not a function may do everything.

        Raises:
            Denied: no policy of the role allows it, or one denies it.
        """
        role_arn = self._roles.get(request.access_key_id)
        if role_arn is None:
            return
        action = request.action
        statements = list(_statements(role_arn))
        resources: list[str | None] = [*request.resources(self._account)]
        for resource in resources or [None]:
            effects = _effects(statements, action, resource)
            if effects != {"Allow"}:
                raise Denied(_text(role_arn, action, resource, explicit="Deny" in effects))


def allows(role_arn: str, action: str) -> bool:
    """Tell whether a role may do what Lambda does by it; the resource is not compared."""
    return _effects(_statements(role_arn), action, None) == {"Allow"}


def _effects(
    statements: Iterable[Mapping[str, Any]], action: str, resource: str | None
) -> set[str]:
    return {each["Effect"] for each in statements if _concerns(each, action, resource)}


def _statements(role_arn: str) -> Iterator[Mapping[str, Any]]:
    """Read a role's policies where moto keeps them: a write to IAM counts for the next request."""
    _, _, _, _, account, name = role_arn.split(":", 5)
    try:
        role = iam_backends[account]["aws"].get_role(name.rpartition("/")[2])
    except NotFoundException:
        return  # the role is gone, and so are its rights
    for document in list(role.policies.values()):
        yield from _of(document)
    for policy in list(role.managed_policies.values()):
        for version in list(policy.versions):
            if version.version_id == policy.default_version_id:
                yield from _of(version.document)


@lru_cache(maxsize=512)
def _of(document: str) -> list[Mapping[str, Any]]:
    statements = json.loads(document)["Statement"]
    return statements if isinstance(statements, list) else [statements]


def _concerns(statement: Mapping[str, Any], action: str, resource: str | None) -> bool:
    if statement.get("Condition") and statement["Effect"] == "Allow":
        return False
    if "NotAction" in statement or "NotResource" in statement:
        return bool(statement["Effect"] == "Deny")
    if not _matches(statement["Action"], action.lower(), str.lower):
        return False
    # What the engine can't name is checked by its action alone.
    return resource is None or _matches(statement["Resource"], resource, str)


def _matches(patterns: str | list[str], text: str, fold: Callable[[str], str]) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    return any(fnmatchcase(text, fold(pattern).replace("[", "[[]")) for pattern in listed)


def _text(role_arn: str, action: str, resource: str | None, *, explicit: bool) -> str:
    role = role_arn.rpartition("/")[2]
    account = role_arn.split(":")[4]
    user = f"arn:aws:sts::{account}:assumed-role/{role}/session"
    on = f" on resource: {resource}" if resource else ""
    why = (
        "with an explicit deny in an identity-based policy"
        if explicit
        else f"because no identity-based policy allows the {action} action"
    )
    return f"User: {user} is not authorized to perform: {action}{on} {why}"
