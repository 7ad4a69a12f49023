"""The execution role of a function, enforced for the calls that the function makes.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from botocore.exceptions import ClientError

from local.request import Request


class Denied(Exception):
    """The role may not do this; the text is AWS's."""


class Permissions:
    """Gives each role an access key, and checks the requests signed with one.

    Identity policies count, inline and attached; permission boundaries and Conditions do not: an
    Allow with a Condition allows nothing here, so that nothing passes that AWS could refuse.

    Args:
        account: the engine's account.
        iam: gives a client of the engine's IAM.
    """

    def __init__(self, account: str, iam: Callable[[], Any]) -> None:
        self._account = account
        self._iam = iam
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
        action, resource = request.action, request.resource(self._account)
        effects = {
            statement["Effect"]
            for statement in self._statements(role_arn.rpartition("/")[2])
            if _concerns(statement, action, resource)
        }
        if effects != {"Allow"}:
            raise Denied(_text(role_arn, action, resource, explicit="Deny" in effects))

    def _statements(self, role: str) -> Iterator[Mapping[str, Any]]:
        iam = self._iam()
        try:
            for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
                yield from _of(
                    iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
                )
            for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
                arn = policy["PolicyArn"]
                version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
                found = iam.get_policy_version(PolicyArn=arn, VersionId=version)
                yield from _of(found["PolicyVersion"]["Document"])
        except ClientError:
            return  # the role is gone, and so are its rights


def _of(document: Any) -> list[Mapping[str, Any]]:
    content = json.loads(document) if isinstance(document, str) else document
    statements = content["Statement"]
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
