"""A Custom::LambdaRelease, read from CloudFormation's event: many functions, moved together.

Its physical id, and the owner in the marks of its aliases, follow from the set of its functions. An
Update that changes the set is a replacement to CloudFormation, whose cleanup then deletes what was
taken from the list, and its rollback what was added: by the owner, and by nothing else
(aws-semantics A5, A7).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from handler import lineage
from handler.allowed import check_allowed, is_allowed
from handler.arn import Scope
from handler.errors import InvalidRequest
from handler.model import (
    NOT_CREATED,
    UNCONFIRMED,
    Previous,
    PromoteRequest,
    Promotions,
    RemoveRequest,
    check_stack,
    desired_state,
    has_capacity,
    named_alias,
    unconfirmed_by,
    validated,
)
from handler.progress import NOTHING_DONE, Progress
from handler.signature import read_signature

_ID = re.compile(
    r"lambda-release/(?P<owner>[0-9a-f]{8})/(?P<alias>(?![0-9]+$)[a-zA-Z0-9_-]{1,128})"
    rf"(?P<end>{UNCONFIRMED}(?:/[0-9a-f]+)?)?"
)


def parse_release(
    event: Mapping[str, Any], scope: Scope, progress: Progress = NOTHING_DONE
) -> Promotions:
    """Read a Create or an Update.

    Raises:
        AccessDenied: a function is not one that this provider may promote.
        InvalidRequest: a property is missing, unknown or can't be used; the message names it.
    """
    check_stack(event, scope)
    given, refused = validated(event)
    names = [scope.function_name(each, "Functions") for each in given["Functions"]]
    for name in names:
        check_allowed(name, "Functions")
    refused = refused or _twice(names)
    owner = _owner(event, names)
    old = event.get("OldResourceProperties")
    before = _functions(old, scope)
    each = []
    for name in names:
        desired, wrong = desired_state(event, given, scope, name, owner)
        refused = refused or wrong
        each.append((desired, _previous(event, old, scope, name, before)))
    if refused and old is None:
        raise InvalidRequest(refused)
    by = lineage.request_id(event["RequestId"], read_signature(event).signed_at)
    physical_id = event.get("PhysicalResourceId")
    new_id = _id(event, names, given["AliasName"])
    named = set(names), given["AliasName"]
    returns = (
        old is not None and physical_id == new_id and (set(before), old.get("AliasName")) != named
    )
    answered = old is not None and physical_id == _id(event, before, old.get("AliasName"))
    return Promotions(
        tuple(
            PromoteRequest(desired, previous, physical_id, by, refused, progress, returns, answered)
            for desired, previous in each
        ),
        new_id,
        _dropped(event, old, scope, [name for name in before if name not in names]),
        physical_id,
    )


def parse_release_removal(event: Mapping[str, Any], scope: Scope) -> list[RemoveRequest]:
    """Read a Delete; it tolerates every property set that ever was.

    A function that this provider may not touch is left out: see `check_all_removed`.
    """
    properties, physical_id = event.get("ResourceProperties", {}), event["PhysicalResourceId"]
    names = _functions(properties, scope)
    if physical_id.endswith(NOT_CREATED) or not names:
        return []
    found = _ID.fullmatch(physical_id)
    owner, end = (found["owner"], found["end"]) if found else (_owner(event, names), UNCONFIRMED)
    alias_name = found["alias"] if found else properties.get("AliasName")
    unconfirmed, by = (lineage.release_id(properties) if end else None), unconfirmed_by(physical_id)
    aliases = [
        named_alias({"FunctionName": each, "AliasName": alias_name}, scope) for each in names
    ]
    return [
        RemoveRequest(alias, owner, unconfirmed, has_capacity(properties), by)
        for alias in aliases
        if alias and is_allowed(alias.function_name)
    ]


def check_all_removed(event: Mapping[str, Any], scope: Scope) -> None:
    """See that a Delete has forgotten no alias that the release made.

    Raises:
        AccessDenied: a function is one that this provider may not touch any more.
    """
    names = _functions(event.get("ResourceProperties", {}), scope)
    found = _ID.fullmatch(event["PhysicalResourceId"])
    # Properties of an Update that failed may name functions of which the id has no alias.
    if found and not found["end"] and found["owner"] == _owner(event, names):
        for name in names:
            check_allowed(name, "Functions")


def _id(event: Mapping[str, Any], names: Sequence[str], alias_name: Any) -> str:
    return f"lambda-release/{_owner(event, names)}/{alias_name}"


def _owner(event: Mapping[str, Any], names: Sequence[str]) -> str:
    of_all = f"{event['LogicalResourceId']}|{','.join(sorted(names))}"
    return lineage.owner_id(event["StackId"], of_all)


def _functions(properties: Any, scope: Scope) -> list[str]:
    """Give the functions of properties that may be of any form."""
    listed = properties.get("Functions") if isinstance(properties, Mapping) else None
    names = []
    for each in listed if isinstance(listed, list) else []:
        try:
            names.append(scope.function_name(each))
        except (InvalidRequest, TypeError):
            continue
    return names


def _previous(
    event: Mapping[str, Any], old: Any, scope: Scope, name: str, before: list[str]
) -> Previous | None:
    if old is None:
        return None
    return Previous(
        lineage.release_id(old),
        named_alias({**old, "FunctionName": name}, scope),
        owner=_owner(event, before),
        provisioned=has_capacity(old),
        new=name not in before,
    )


def _dropped(
    event: Mapping[str, Any], old: Any, scope: Scope, names: list[str]
) -> tuple[RemoveRequest, ...]:
    aliases = [named_alias({**old, "FunctionName": name}, scope) for name in names]
    owner = _owner(event, _functions(old, scope))
    return tuple(
        RemoveRequest(alias, owner, lineage.release_id(old), has_capacity(old))
        for alias in aliases
        if alias and is_allowed(alias.function_name)
    )


def _twice(names: Sequence[str]) -> str:
    repeated = next((name for name in names if names.count(name) > 1), "")
    return f"Functions: found {repeated} twice; name each function once" if repeated else ""
