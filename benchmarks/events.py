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
    return _event(url, "Create", function, _promotion(function, build) | settings)


def update(url: str, function: str, old: int, new: int, **settings: str) -> dict[str, Any]:
    """Give the Update of one promotion from one build to another; also that of a rollback."""
    return _event(
        url,
        "Update",
        function,
        _promotion(function, new) | settings,
        PhysicalResourceId=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}:{ALIAS}",
        OldResourceProperties=_promotion(function, old) | settings,
    )


def delete(url: str, function: str, build: int) -> dict[str, Any]:
    """Give the Delete of one promotion."""
    physical_id = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}:{ALIAS}"
    given = _promotion(function, build)
    return _event(url, "Delete", function, given, PhysicalResourceId=physical_id)


def release(url: str, functions: Sequence[str], build: int) -> dict[str, Any]:
    """Give the Create of one release of many functions."""
    given = {
        "ServiceToken": TOKEN,
        "Functions": [*functions],
        "AliasName": ALIAS,
        "Triggers": {"Build": str(build)},
    }
    return {**_event(url, "Create", "Release", given), "ResourceType": "Custom::LambdaRelease"}


def release_update(
    url: str, functions: Sequence[str], physical_id: str, old: int, new: int
) -> dict[str, Any]:
    """Give the Update of one release of many functions."""
    before = release(url, functions, old)["ResourceProperties"]
    event = release(url, functions, new)
    more = {"PhysicalResourceId": physical_id, "OldResourceProperties": before}
    return {**event, "RequestType": "Update", **more}


def _promotion(function: str, build: int) -> dict[str, Any]:
    return {
        "ServiceToken": TOKEN,
        "FunctionName": function,
        "AliasName": ALIAS,
        "Triggers": {"Build": str(build)},
    }


def _event(
    url: str, kind: str, logical_id: str, given: Mapping[str, Any], **more: Any
) -> dict[str, Any]:
    request_id = f"request-{next(_numbers)}"
    now = datetime.now(UTC)
    return {
        "RequestType": kind,
        "RequestId": request_id,
        "ResponseURL": f"{url}/answers/{request_id}?X-Amz-Date={now:%Y%m%dT%H%M%SZ}",
        "ResourceType": "Custom::LambdaAliasPromotion",
        "LogicalResourceId": logical_id.replace("-", ""),
        "StackId": f"{_STACK}0001",
        "ServiceToken": TOKEN,
        "ResourceProperties": given,
        **more,
    }
