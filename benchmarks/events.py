"""CloudFormation's events, as they reach a provider."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any

from benchmarks.functions import ACCOUNT, REGION

TOKEN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:lambda-alias-promotion:live"
ALIAS = "prod"
_STACK = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/bench/5f1d7a50-0000-4000-8000-00000000"

_numbers = count(1)


def create(url: str, function: str, build: int, **settings: str) -> dict[str, Any]:
    """Give the Create of one promotion."""
    given = {"FunctionName": function, **_given(build), **settings}
    return _event(url, "Custom::LambdaAliasPromotion", function, given)


def update(url: str, function: str, old: int, new: int, **settings: str) -> dict[str, Any]:
    """Give the Update of one promotion from one build to another; also that of a rollback."""
    before, after = (create(url, function, build, **settings) for build in (old, new))
    physical_id = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}:{ALIAS}"
    return changed(before, after, physical_id)


def release(url: str, functions: Sequence[str], build: int) -> dict[str, Any]:
    """Give the Create of one release of many functions."""
    given = {"Functions": [*functions], **_given(build)}
    return _event(url, "Custom::LambdaRelease", "Release", given)


def release_update(
    url: str, functions: Sequence[str], physical_id: str, old: int, new: int
) -> dict[str, Any]:
    """Give the Update of one release of many functions."""
    return changed(release(url, functions, old), release(url, functions, new), physical_id)


def changed(
    before: Mapping[str, Any], after: Mapping[str, Any], physical_id: str
) -> dict[str, Any]:
    """Give the Update from what one Create asks for to what another one does."""
    return {
        **after,
        "RequestType": "Update",
        "PhysicalResourceId": physical_id,
        "OldResourceProperties": before["ResourceProperties"],
    }


def removed(made: Mapping[str, Any], physical_id: str) -> dict[str, Any]:
    """Give the Delete of what a Create asks for."""
    return {**made, "RequestType": "Delete", "PhysicalResourceId": physical_id}


def _given(build: int) -> dict[str, Any]:
    return {"ServiceToken": TOKEN, "AliasName": ALIAS, "Triggers": {"Build": str(build)}}


def _event(url: str, kind: str, logical_id: str, given: Mapping[str, Any]) -> dict[str, Any]:
    request_id = f"request-{next(_numbers)}"
    now = datetime.now(UTC)
    return {
        "RequestType": "Create",
        "RequestId": request_id,
        "ResponseURL": f"{url}/answers/{request_id}?X-Amz-Date={now:%Y%m%dT%H%M%SZ}",
        "ResourceType": kind,
        "LogicalResourceId": logical_id.replace("-", ""),
        "StackId": f"{_STACK}0001",
        "ServiceToken": TOKEN,
        "ResourceProperties": given,
    }
