"""What a request asks for, read from CloudFormation's event and validated against `schema.json`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import fastjsonschema

from handler import lineage
from handler.allowed import check_allowed, is_allowed
from handler.arn import AliasId, Scope
from handler.errors import InvalidRequest, PromotionError
from handler.preference import ALL_AT_ONCE, UNGUARDED, Preference
from handler.progress import NOTHING_DONE, Progress
from handler.schema import PROMOTION_TYPE, RELEASE_TYPE, schema_of, validator
from handler.signature import read_signature
from handler.smoke_test import DEFAULT_TIMEOUT, SmokeTest, as_json, broken_json

LATEST = "$LATEST"

NOT_CREATED = "#not-created"
"""Ends the id of a Create that failed before it wrote anything: its Delete does nothing."""

UNCONFIRMED = "#unconfirmed"
"""Ends the id of a Create that failed where nobody knows whether its write took effect.

The request's own id follows, by which its Delete tells what it wrote from what was there before.
"""

_SHOWN = 60
"""Characters of a value that an error shows."""

_TRUE = frozenset({"true", "True"})

_QUALIFIER = 7
"""Its place in a function's ARN, between colons."""

_SIMILAR = 0.65
"""How much a name that is unknown has to be like the one that it is taken for."""

_OF_THE_NATIVE_ALIAS = {
    "FunctionVersion": "SourceQualifier",
    "Name": "AliasName",
    "RoutingConfig": "DeploymentPreference",
}
"""Properties of AWS::Lambda::Alias, and what stands for them here."""


def is_lambda_release(event: Mapping[str, Any]) -> bool:
    """Tell whether an event is of Custom::LambdaRelease; any other type names one function."""
    return event.get("ResourceType") == RELEASE_TYPE


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
        smoke_test: what a new version must pass before the alias moves.
        preference: how the traffic goes over to it.
        capacity: provisioned concurrency of the version that the alias serves.
        retain_versions: how many of the function's newest versions stay; 0 for all.
    """

    alias: AliasId
    owner: str
    release: str
    source_qualifier: str = LATEST
    description: str | None = None
    version_description: str = ""
    code_sha256: str | None = None
    adopt_existing: bool = False
    smoke_test: SmokeTest | None = None
    preference: Preference = UNGUARDED
    capacity: int | None = None
    retain_versions: int = 0

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
        owner: id under which the resource managed it, where it has changed since.
        provisioned: the version that it served had provisioned concurrency.
        new: the old properties do not have this function, of several.
    """

    release: str
    alias: AliasId | None
    owner: str = ""
    provisioned: bool = False
    new: bool = False


@dataclass(frozen=True)
class PromoteRequest:
    """A Create or an Update.

    Attributes:
        desired: the state to reach.
        previous: None on Create.
        physical_id: None on Create.
        by: id of the request itself: the same when its event is delivered again.
        refused: why its properties can't be used to go forward; going back needs few of them.
        progress: what earlier invocations for the same request have done.
        returns: CloudFormation knows the resource by the id that it asks for, though the old
            properties name others: those are of an Update that failed.
        answered: CloudFormation knows the resource by the id that the old properties make, and
            deletes what only they name itself.
    """

    desired: Promotion
    previous: Previous | None = None
    physical_id: str | None = None
    by: str = ""
    refused: str = ""
    progress: Progress = NOTHING_DONE
    returns: bool = False
    answered: bool = False

    @property
    def takes_new_alias(self) -> bool:
        """Tell whether the alias is new to the resource: a Create, or an Update that renames it."""
        if self.returns:
            return False
        if not self.previous or self.previous.new:
            return True
        return self.previous.alias not in (None, self.desired.alias)

    @property
    def owners(self) -> tuple[str, ...]:
        """Ids under which an alias is this resource's."""
        old = self.previous.owner if self.previous else ""
        return (self.desired.owner, old) if old else (self.desired.owner,)


@dataclass(frozen=True)
class Promotions:
    """A Create or an Update, of one alias or of one of each of many functions.

    Attributes:
        each: what is asked of each alias.
        new_id: the physical id once it is done.
        dropped: aliases that only the old properties name.
        physical_id: None on Create.
    """

    each: tuple[PromoteRequest, ...]
    new_id: str
    dropped: tuple["RemoveRequest", ...] = ()
    physical_id: str | None = None

    @property
    def abandoned(self) -> tuple["RemoveRequest", ...]:
        """What a rollback has to give up, for CloudFormation does not know of it."""
        return () if self.each[0].answered else self.dropped

    def id_of_failure(self, end: str) -> str:
        """Give the physical id that counts should the request fail; this ends a Create's."""
        by = f"/{self.each[0].by}" if end == UNCONFIRMED else ""
        return self.physical_id or f"{self.new_id}{end}{by}"

    @property
    def answer_id(self) -> str:
        """The physical id to answer with: another one makes CloudFormation delete the old."""
        replaced = any(each.takes_new_alias for each in self.each) or self.dropped
        return self.new_id if replaced or not self.physical_id else self.physical_id


@dataclass(frozen=True)
class RemoveRequest:
    """A Delete.

    Attributes:
        alias: the alias to give up.
        owner: id of the resource that asks.
        unconfirmed: release of a request that may have made the alias, or adopted it, though it
            never answered so; None for an alias that an earlier request answered SUCCESS for.
        by: id of that request; empty where it is not known.
        provisioned: the version that it serves has provisioned concurrency by this resource.
    """

    alias: AliasId
    owner: str
    unconfirmed: str | None = None
    provisioned: bool = False
    by: str = ""


def parse_promotion(
    event: Mapping[str, Any], scope: Scope, progress: Progress = NOTHING_DONE
) -> Promotions:
    """Read a Create or an Update.

    An Update may be a rollback to properties that an older provider took: what is wrong with it is
    kept in `refused`, unless it leaves no alias to look at.

    Raises:
        AccessDenied: the function is not one that this provider may promote.
        InvalidRequest: a property is missing, unknown or can't be used; the message names it.
    """
    check_stack(event, scope)
    given, refused = validated(event)
    owner = lineage.owner_id(event["StackId"], event["LogicalResourceId"])
    desired, wrong = desired_state(event, given, scope, given["FunctionName"], owner)
    check_allowed(desired.alias.function_name)
    refused = refused or wrong
    by = lineage.request_id(event["RequestId"], read_signature(event).signed_at)
    if event["RequestType"] == "Create":
        if refused:
            raise InvalidRequest(refused)
        return Promotions((PromoteRequest(desired, by=by, progress=progress),), desired.alias.arn)
    # Old properties may be those of an update that failed because they are invalid.
    old = event["OldResourceProperties"]
    previous = Previous(
        lineage.release_id(old), named_alias(old, scope), provisioned=has_capacity(old)
    )
    physical_id = event["PhysicalResourceId"]
    returns = previous.alias != desired.alias and physical_id == desired.alias.arn
    answered = previous.alias is not None and previous.alias.arn == physical_id
    request = PromoteRequest(
        desired, previous, physical_id, by, refused, progress, returns, answered
    )
    return Promotions((request,), desired.alias.arn, physical_id=physical_id)


def desired_state(
    event: Mapping[str, Any], given: Mapping[str, Any], scope: Scope, function: str, owner: str
) -> tuple[Promotion, str]:
    """Give the desired state of one function, and what is wrong with a property of it."""
    preference, wrong = _preference(given.get("DeploymentPreference", {}), scope)
    capacity = given.get("ProvisionedConcurrencyConfig", {}).get("ProvisionedConcurrentExecutions")
    desired = Promotion(
        alias=AliasId(scope, scope.function_name(function), given["AliasName"]),
        owner=owner,
        release=lineage.release_id(event["ResourceProperties"]),
        source_qualifier=given.get("SourceQualifier", LATEST),
        description=given.get("Description"),
        version_description=given.get("VersionDescription", ""),
        code_sha256=given.get("CodeSha256"),
        adopt_existing=given.get("AdoptExisting") in _TRUE,
        smoke_test=_smoke_test(given["SmokeTest"]) if "SmokeTest" in given else None,
        preference=preference,
        capacity=int(capacity) if capacity else None,
        retain_versions=int(given.get("RetainVersions", 0)),
    )
    return desired, wrong or _wrong_source(desired) or broken_json(given.get("SmokeTest", {}))


def _smoke_test(given: Mapping[str, Any]) -> SmokeTest:
    payload, timeout = as_json(given.get("Payload", {})), given.get("Timeout", DEFAULT_TIMEOUT)
    expected, expects = as_json(given.get("ExpectedPayload")), "ExpectedPayload" in given
    return SmokeTest(json.dumps(payload), expected, expects=expects, timeout=int(timeout))


def _preference(given: Mapping[str, Any], scope: Scope) -> tuple[Preference, str]:
    """Give the preference, and what is wrong with a hook of it."""
    if given.get("Enabled", "true") not in _TRUE:
        return UNGUARDED, ""
    hooks = {}
    for name, reference in given.get("Hooks", {}).items():
        named_by = f"DeploymentPreference.Hooks.{name}"
        try:
            hooks[name] = scope.function_name(reference, named_by)
            check_allowed(hooks[name], named_by)
        except PromotionError as error:
            return UNGUARDED, error.args[0]
    preference = Preference(
        type_=given.get("Type", ALL_AT_ONCE),
        alarms=tuple(given.get("Alarms", ())),
        pre_traffic=hooks.get("PreTraffic", ""),
        post_traffic=hooks.get("PostTraffic", ""),
        ignore_alarms=given.get("IgnoreAlarms") in _TRUE,
    )
    return preference, ""


def parse_removal(event: Mapping[str, Any], scope: Scope) -> list[RemoveRequest]:
    """Read a Delete, which may name no alias; it tolerates every property set that ever was.

    Raises:
        AccessDenied: the alias is of a function that this provider may not touch any more.
    """
    physical_id = event["PhysicalResourceId"]
    properties = event.get("ResourceProperties", {})
    owner = lineage.owner_id(event["StackId"], event["LogicalResourceId"])
    provisioned = has_capacity(properties)
    if alias := AliasId.from_arn(physical_id):
        check_allowed(alias.function_name)
        ours = alias.scope == scope
        return [RemoveRequest(alias, owner, provisioned=provisioned)] if ours else []
    named = named_alias(properties, scope)
    if not named or physical_id.endswith(NOT_CREATED) or not is_allowed(named.function_name):
        return []
    # The id is one that CloudFormation made up, or of a Create that could not know what it did.
    by = unconfirmed_by(physical_id)
    return [RemoveRequest(named, owner, lineage.release_id(properties), provisioned, by)]


def unconfirmed_by(physical_id: str) -> str:
    """Give the id of the request that failed; empty where the physical id does not tell."""
    return physical_id.partition(f"{UNCONFIRMED}/")[2]


def has_capacity(properties: Any) -> bool:
    """Tell whether properties of any form ask for provisioned concurrency."""
    return isinstance(properties, Mapping) and "ProvisionedConcurrencyConfig" in properties


def check_stack(event: Mapping[str, Any], scope: Scope) -> None:
    """Serve stacks of the provider's own account and Region only.

    Raises:
        InvalidRequest: the stack lies elsewhere.
    """
    other = Scope.of(event["StackId"])
    if (other.account, other.region) != (scope.account, scope.region):
        raise InvalidRequest(
            f"ServiceToken: the stack lies in {other.account} {other.region}, but this provider "
            f"serves {scope.account} {scope.region}; use a provider deployed there"
        )


def named_alias(properties: Any, scope: Scope) -> AliasId | None:
    """Give the alias that properties of any form name, if they name one."""
    try:
        function_name = scope.function_name(properties["FunctionName"])
        arn = AliasId(scope, function_name, properties["AliasName"]).arn
    except (InvalidRequest, KeyError, TypeError):
        return None
    return AliasId.from_arn(arn)


def validated(event: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """Give the properties that are valid, and what is wrong with the first other one."""
    _check_type(event)
    type_ = RELEASE_TYPE if is_lambda_release(event) else PROMOTION_TYPE
    schema = schema_of(type_)
    given = {
        name: value if name == "Triggers" else _as_received(value)
        for name, value in event["ResourceProperties"].items()
    }
    refused = ""
    while True:
        try:
            validator(type_)(given)
        except fastjsonschema.JsonSchemaValueException as error:
            name, problem = _explain(error, schema)
            if name in schema["required"]:
                raise InvalidRequest(problem) from None
            refused = refused or problem
            del given[name]
        else:
            return given, refused


def check_token(event: Mapping[str, Any], arn: str) -> None:
    """Refuse a new resource that calls the provider without its alias.

    What goes on in another invocation, and what is handed to the last resort, is the alias's.

    Args:
        event: the event.
        arn: how the provider was called.

    Raises:
        InvalidRequest: not by its alias.
    """
    parts = arn.split(":")
    qualifier, function = ":".join(parts[_QUALIFIER:]), ":".join(parts[:_QUALIFIER])
    named = qualifier and qualifier != LATEST and not qualifier.isdigit()
    if event["RequestType"] == "Create" and not named:
        raise InvalidRequest(
            f"ServiceToken: found {arn}, which names no alias; use {function}:live, as the output "
            "ServiceToken of the provider's stack has it"
        )


def _check_type(event: Mapping[str, Any]) -> None:
    # The macro and the lint rules pass over any other type, so that it would never release again.
    # A type can't change: what was once created is served.
    type_ = event.get("ResourceType", PROMOTION_TYPE)
    if event["RequestType"] == "Create" and type_ not in (PROMOTION_TYPE, RELEASE_TYPE):
        raise InvalidRequest(f"Type: found {type_}; use {PROMOTION_TYPE} or {RELEASE_TYPE}")


def _as_received(value: Any) -> Any:
    # CloudFormation turns every number and boolean into text (aws-semantics F1), its documentation
    # says it does not: both are read alike.
    if isinstance(value, Mapping):
        return {name: _as_received(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_as_received(each) for each in value]
    return str(value).lower() if isinstance(value, bool | int | float) else value


def _explain(
    error: fastjsonschema.JsonSchemaValueException,
    schema: Mapping[str, Any],
) -> tuple[str, str]:
    """Give the property that is wrong, and the text that names it and the place within it."""
    path = [str(part) for part in error.path[1:]]
    within: Any = schema
    for part in path:
        within = within.get("properties", {}).get(part) or within.get("items", {})
    if error.rule == "required":
        missing = next(name for name in within["required"] if name not in error.value)
        others = [name for name in error.value if name not in within["properties"]]
        if meant := next((each for each in others if _likely(each, within) == missing), ""):
            return missing, f"{meant}: unknown property; use {missing}"
        path, expected = [*path, missing], within["properties"][missing]["expected"]
        return path[0], f"{'.'.join(path)}: missing; expected {expected}"
    if error.rule == "additionalProperties":
        known = within["properties"]
        unknown = next(name for name in error.value if name not in known)
        path, use = [*path, unknown], _likely(unknown, within) or ", ".join(known)
        return path[0], f"{'.'.join(path)[:_SHOWN]}: unknown property; use {use}"
    # An item of a list is told by the list's own words.
    expected = within.get("expected") or schema["properties"][path[0]]["expected"]
    return path[0], f"{'.'.join(path)}: found {_shown(error.value)}; expected {expected}"


def _likely(unknown: str, within: Mapping[str, Any]) -> str:
    """Give the property that a name most likely stands for; an empty one if none is like it."""
    known = within["properties"]
    if (native := _OF_THE_NATIVE_ALIAS.get(unknown, "")) in known:
        return native
    return next(iter(get_close_matches(unknown, known, 1, _SIMILAR)), "")


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
