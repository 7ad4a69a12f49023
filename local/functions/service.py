"""AWS Lambda's REST API: a WSGI application by botocore's model, and the ports of the engine.

https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from botocore import xform_name
from botocore.model import OperationModel
from moto.core.parse import RestJSONParser
from moto.core.serialize import RestJSONSerializer
from moto.core.utils import get_service_model
from werkzeug import Request

from local import request as requests
from local.functions.aliases import AliasOperations
from local.functions.attributes import AttributeOperations
from local.functions.concurrency import ConcurrencyOperations
from local.functions.errors import LambdaError, not_emulated
from local.functions.events import EventOperations, MappingOperations
from local.functions.functions import FunctionOperations
from local.functions.invoke import InvokeOperations, target
from local.functions.layers import LayerOperations
from local.functions.names import LATEST, Place
from local.functions.permissions import PermissionOperations
from local.functions.state import Clock, Region, World
from local.functions.urls import UrlOperations
from local.functions.validation import check
from local.functions.versions import VersionOperations
from local.ports import AsyncConfig, Invoker, Target
from local.settings import Settings

Answer = tuple[int, Mapping[str, str], bytes]
"""Status, headers, body."""

_GROUPS = (
    FunctionOperations, VersionOperations, AliasOperations, PermissionOperations, UrlOperations,
    ConcurrencyOperations, EventOperations, MappingOperations, LayerOperations,
    AttributeOperations,
)  # fmt: skip
# Codes that botocore does not model; any other is 400.
_STATUSES = {
    "AccessDeniedException": 403,
    "UnknownOperationException": 404,
    "NotImplementedException": 501,
}


class FunctionsService:
    """AWS Lambda; implements `ports.Functions`.

    Args:
        settings: the account and the delays.
        read_object: gives an object of S3 by bucket, key and version; raises KeyError with
            `NoSuchBucket` or `NoSuchKey`.
        invoker: runs functions.
        clock: gives seconds, for what ends by itself.
    """

    def __init__(
        self,
        settings: Settings,
        read_object: Callable[[str, str, str | None], bytes],
        invoker: Invoker,
        clock: Clock = time.monotonic,
    ) -> None:
        self._settings = settings
        self._world = World(settings, read_object, invoker, clock=clock)
        self._model = get_service_model("lambda")
        self._statuses = _STATUSES | {
            shape.name: shape.metadata["error"]["httpStatusCode"]
            for shape in self._model.error_shapes
        }
        self._groups = [group(self._world) for group in _GROUPS]
        self._invoke = InvokeOperations(self._world)
        self._regions: dict[str, Region] = {}
        self._lock = threading.RLock()

    def target(self, region: str, function_name: str, qualifier: str | None) -> Target:
        """Resolve a qualifier, an alias by its weights; KeyError when there is none."""
        with self._lock:
            found = self._region(region)
            arn = f"arn:aws:lambda:{region}:{found.account}:function:{function_name}"
            return target(found, Place(function_name, arn, qualifier))

    def async_config(self, region: str, function_name: str, qualifier: str | None) -> AsyncConfig:
        """Give the event invoke config of this very qualifier, or AWS's defaults."""
        with self._lock:
            function = self._region(region).functions.get(function_name)
            config = function.invoke_configs.get(qualifier or LATEST, {}) if function else {}
            destinations = config.get("DestinationConfig", {})
            return AsyncConfig(
                config.get("MaximumRetryAttempts", AsyncConfig.maximum_retry_attempts),
                config.get("MaximumEventAgeInSeconds", AsyncConfig.maximum_event_age),
                destinations.get("OnFailure", {}).get("Destination"),
                destinations.get("OnSuccess", {}).get("Destination"),
                throttled=function is not None and function.reserved == 0,
            )

    def app(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        region = requests.read(environ).region or self._settings.region
        try:
            operation, given = _parse(Request(environ))
            status, headers, body = self._answer(operation, region, given)
        except LambdaError as error:
            status = self._statuses.get(error.code, 400)
            headers = {"Content-Type": "application/json", "X-Amzn-Errortype": error.code}
            body = json.dumps({"Type": "User", "Message": error.message}).encode()
        headers = {**headers, "x-amzn-RequestId": str(uuid.uuid4())}
        if status != HTTPStatus.NO_CONTENT:
            headers["Content-Length"] = str(len(body))
        start_response(f"{status} -", [*headers.items()])
        return [body]

    def _answer(self, operation: OperationModel, region: str, given: Mapping[str, Any]) -> Answer:
        if operation.input_shape:
            check(operation.input_shape, given)
        if operation.name == "Invoke":
            with self._lock:
                found = self._invoke.resolve(self._region(region), given)
            return _serialize(operation, self._invoke.invoke(self._regions[region], given, found))
        name = xform_name(operation.name)
        for group in self._groups:
            if method := group.find(name):
                with self._lock:
                    # Written before anything else can change what it shows.
                    return _serialize(operation, method(self._region(region), given))
        raise not_emulated(f"lambda:{operation.name}")

    def _region(self, name: str) -> Region:
        region = self._regions.setdefault(name, Region(name, self._settings.account))
        for function in region.functions.values():
            function.settle(self._world.clock())
        return region


def _parse(request: Request) -> tuple[OperationModel, Mapping[str, Any]]:
    found = requests.route("lambda", request.method, request.path, request.args)
    if found is None:
        raise LambdaError("UnknownOperationException", f"{request.method} {request.path}")
    operation, parameters = found
    try:
        given = RestJSONParser(operation).parse(
            {
                "body": request.get_data(),
                "headers": request.headers,
                "method": request.method,
                "url_params": parameters,
                "url_path": request.path,
                "values": request.args,
            }
        )
    except (AttributeError, TypeError, ValueError) as error:
        raise LambdaError(
            "InvalidRequestContentException", f"Could not parse request body into json: {error}"
        ) from error
    return operation, given


def _serialize(operation: OperationModel, result: Any) -> Answer:
    # moto's own models are botocore's, with more.
    answer = RestJSONSerializer(operation).serialize(result)  # type: ignore[arg-type]  # see above
    body = answer["body"] or b""
    status = result.get("StatusCode", answer["status_code"])
    return status, answer["headers"], body if isinstance(body, bytes) else str(body).encode()
