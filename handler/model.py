"""What a request asks for, read from CloudFormation's event and validated against `schema.json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import fastjsonschema

from handler import lineage
from handler.allowed import check_allowed, is_allowed
from handler.arn import AliasId, Scope
from handler.errors import InvalidRequest

SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("schema.json").read_text("utf-8"))
"""The property contract; validation, lint rule and reference all rest on it."""

LATEST = "$LATEST"

NOT_CREATED = "#not-created"
"""Ends the id of a Create that failed before it wrote anything: its Delete does nothing."""

UNCONFIRMED = "#unconfirmed"
"""Ends the id of a Create that failed where nobody knows whether its write took effect."""

_SHOWN = 60
"""Characters of a value that an error shows."""

_validate = fastjsonschema.compile(SCHEMA, use_default=False)


@dataclass(frozen=True)
class Promotion:
    """The desired state: one alias and where its version comes from.

    Attributes:
        alias: the alias to promote.
        owner: id of the resource that asks.
        release: id of the properties that choose the version.
        source_qualifier: `$LATEST`, a version number or the name of another alias.
        description: the user's text; None keeps the text of an adopted alias.
        version_description: Description of a version published by this promotion.
        code_sha256: what `$LATEST` must contain, or None.
        adopt_existing: an alias that exists may be taken over.
    """

    alias: AliasId
    owner: str
    release: str
    source_qualifier: str = LATEST
    description: str | None = None
    version_description: str = ""
    code_sha256: str | None = None
    adopt_existing: bool = False

    @property
    def pins_version(self) -> bool:
        """Tell whether the source is a version number."""
        return self.source_qualifier.isdigit()


@dataclass(frozen=True)
class Previous:
    """What the old properties of an Update said.

    Attributes:
        release: id of the old release.
        alias: the old alias; None when the old properties name none.
    """

    release: str
    alias: AliasId | None


@dataclass(frozen=True)
class PromoteRequest:
    """A Create or an Update.

    Attributes:
        desired: the state to reach.
        previous: None on Create.
        physical_id: None on Create.
        by: id of the request itself: the same when its event is delivered again.
        refused: why its properties can't be used to go forward; going back needs few of them.
    """

    desired: Promotion
    previous: Previous | None = None
    physical_id: str | None = None
    by: str = ""
    refused: str = ""

    @property
    def takes_new_alias(self) -> bool:
        """Tell whether the alias is new to the resource: a Create, or an Update that renames it."""
        if not self.previous:
            return True
        return self.previous.alias not in (None, self.desired.alias)


@dataclass(frozen=True)
class RemoveRequest:
    """A Delete.

    Attributes:
        alias: None when nothing is to be removed.
        owner: id of the resource that asks.
        unconfirmed: release of a request that may have made the alias, or adopted it, though it
            never answered so; None for an alias that an earlier request answered SUCCESS for.
    """

    alias: AliasId | None
    owner: str
    unconfirmed: str | None = None


def parse_promotion(event: Mapping[str, Any], scope: Scope) -> PromoteRequest:
    """Read a Create or an Update.

    An Update may be a rollback to properties that an older provider took: what is wrong with it is
    kept in `refused`, unless it leaves no alias to look at.

    Raises:
        AccessDenied: the function is not one that this provider may promote.
        InvalidRequest: a property is missing, unknown or can't be used; the message names it.
    """
    _check_stack(event, scope)
    texts, refused = _validated(event["ResourceProperties"])
    desired = _promotion(event, texts, scope)
    check_allowed(desired.alias.function_name)
    refused = refused or _wrong_source(desired)
    by = lineage.request_hash(event["RequestId"])
    if event["RequestType"] == "Create":
        if refused:
            raise InvalidRequest(refused)
        return PromoteRequest(desired, by=by)
    # Old properties may be those of an update that failed because they are invalid.
    old = event["OldResourceProperties"]
    previous = Previous(lineage.release_id(old), _named_alias(old, scope))
    return PromoteRequest(desired, previous, event["PhysicalResourceId"], by, refused)


def _promotion(event: Mapping[str, Any], texts: Mapping[str, str], scope: Scope) -> Promotion:
    return Promotion(
        alias=AliasId(scope, scope.function_name(texts["FunctionName"]), texts["AliasName"]),
        owner=lineage.owner_id(event["StackId"], event["LogicalResourceId"]),
        release=lineage.release_id(event["ResourceProperties"]),
        source_qualifier=texts.get("SourceQualifier", LATEST),
        description=texts.get("Description"),
        version_description=texts.get("VersionDescription", ""),
        code_sha256=texts.get("CodeSha256"),
        adopt_existing=texts.get("AdoptExisting", "").lower() == "true",
    )


def parse_removal(event: Mapping[str, Any], scope: Scope) -> RemoveRequest:
    """Read a Delete; it tolerates every property set that ever was.

    Raises:
        AccessDenied: the alias is of a function that this provider may not touch any more.
    """
    physical_id = event["PhysicalResourceId"]
    owner = lineage.owner_id(event["StackId"], event["LogicalResourceId"])
    if alias := AliasId.from_arn(physical_id):
        check_allowed(alias.function_name)
        return RemoveRequest(alias if alias.scope == scope else None, owner)
    properties = event.get("ResourceProperties", {})
    named = _named_alias(properties, scope)
    if not named or physical_id.endswith(NOT_CREATED) or not is_allowed(named.function_name):
        return RemoveRequest(None, owner)
    # The id is one that CloudFormation made up, or of a Create that could not know what it did.
    return RemoveRequest(named, owner, lineage.release_id(properties))


def _check_stack(event: Mapping[str, Any], scope: Scope) -> None:
    other = Scope.of(event["StackId"])
    if (other.account, other.region) != (scope.account, scope.region):
        raise InvalidRequest(
            f"ServiceToken: the stack lies in {other.account} {other.region}, but this provider "
            f"serves {scope.account} {scope.region}; use a provider deployed there"
        )


def _named_alias(properties: Any, scope: Scope) -> AliasId | None:
    try:
        function_name = scope.function_name(properties["FunctionName"])
        arn = AliasId(scope, function_name, properties["AliasName"]).arn
    except (InvalidRequest, KeyError, TypeError):
        return None
    return AliasId.from_arn(arn)


def _validated(properties: Mapping[str, Any]) -> tuple[dict[str, str], str]:
    """Give the properties that are valid, and what is wrong with the first other one."""
    texts = {name: _as_received(name, value) for name, value in properties.items()}
    refused = ""
    while True:
        try:
            _validate(texts)
        except fastjsonschema.JsonSchemaValueException as error:
            name, problem = _explain(error, texts)
            if name in SCHEMA["required"]:
                raise InvalidRequest(problem) from None
            refused = refused or problem
            del texts[name]
        else:
            return texts, refused


def _as_received(name: str, value: Any) -> Any:
    # CloudFormation turns every number and boolean into text (aws-semantics F1), its documentation
    # says it does not: both are read alike.
    if name == "Triggers" or not isinstance(value, bool | int | float):
        return value
    return str(value).lower()


def _explain(
    error: fastjsonschema.JsonSchemaValueException, texts: Mapping[str, Any]
) -> tuple[str, str]:
    known = SCHEMA["properties"]
    if error.rule == "required":
        missing = next(name for name in SCHEMA["required"] if name not in texts)
        return missing, f"{missing}: missing; expected {known[missing]['expected']}"
    if error.rule == "additionalProperties":
        unknown = next(name for name in texts if name not in known)
        close = get_close_matches(unknown, known, n=1) or [", ".join(known)]
        return unknown, f"{unknown[:64]}: unknown property; use {close[0]}"
    name = error.path[1]
    return name, f"{name}: found {_shown(error.value)}; expected {known[name]['expected']}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(str(value))} characters)"


def _wrong_source(desired: Promotion) -> str:
    source = desired.source_qualifier
    if source == desired.alias.alias_name:
        return (
            f"SourceQualifier: found {source!r}, the alias itself; name another alias, a version "
            "number or $LATEST"
        )
    if desired.code_sha256 and source != LATEST:
        return f"CodeSha256: goes with SourceQualifier $LATEST only, found {source!r}; remove one"
    return ""
