"""boto3 clients back into the engine, and values in the types that boto3 wants."""

import threading
from collections.abc import Callable
from typing import Any

import boto3
from botocore.config import Config

from local.cloudformation.intrinsics import as_text

# One for the process: it keeps what it reads of AWS's models, which takes longer than all else.
_SESSION, _LOCK = boto3.Session(), threading.Lock()


class Clients:
    """Makes one client for each service and Region, with unrestricted dummy credentials.

    Args:
        endpoint_url: gives the engine's URL once it is known.
    """

    def __init__(self, endpoint_url: Callable[[], str]) -> None:
        self._endpoint_url = endpoint_url
        self._made: dict[tuple[str, str], Any] = {}

    def get(self, service: str, region: str) -> Any:
        """Give the client."""
        with _LOCK:
            if (service, region) not in self._made:
                self._made[service, region] = _SESSION.client(
                    service,  # type: ignore[call-overload]
                    region_name=region,
                    endpoint_url=self._endpoint_url(),
                    aws_access_key_id="test",
                    aws_secret_access_key="test",
                    config=Config(
                        s3={"addressing_style": "path"},
                        retries={"total_max_attempts": 1},
                        max_pool_connections=50,
                    ),
                )
            return self._made[service, region]


def aws(client: Any, operation: str, **parameters: Any) -> Any:
    """Call an operation with template values: `"true"` where a boolean belongs, and the like."""
    api_name = client.meta.method_to_api_mapping[operation]
    shape = client.meta.service_model.operation_model(api_name).input_shape
    return getattr(client, operation)(**_coerce(parameters, shape))


def _coerce(value: Any, shape: Any) -> Any:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        members = shape.members
        return {k: _coerce(v, members[k]) if k in members else v for k, v in value.items()}
    if kind == "list" and isinstance(value, list):
        return [_coerce(item, shape.member) for item in value]
    if kind == "map" and isinstance(value, dict):
        return {as_text(k): _coerce(v, shape.value) for k, v in value.items()}
    if kind == "string" and isinstance(value, bool | int | float):
        return as_text(value)
    return _from_text(value, kind) if isinstance(value, str) else value


def _from_text(text: str, kind: str) -> Any:
    if kind == "boolean":
        return text.lower() == "true"
    if kind in ("integer", "long"):
        return int(text)
    return float(text) if kind in ("float", "double") else text
