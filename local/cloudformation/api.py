"""The query protocol: a form in, XML out, both by botocore's model of CloudFormation.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/Welcome.html
"""

import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

from botocore import xform_name
from moto.core.parse import QueryParser
from moto.core.serialize import QuerySerializer, SerializationContext
from moto.core.utils import get_service_model

from local.cloudformation.clients import Clients
from local.cloudformation.custom import Caller
from local.cloudformation.errors import ApiError
from local.cloudformation.service import Actions
from local.ports import AnswerDesk
from local.settings import Settings

_SCOPE = re.compile(r"Credential=[^/]+/\d+/([^/]+)/")


class CloudFormationService:
    """CloudFormation as a WSGI application.

    Args:
        settings: the engine's settings.
        endpoint_url: gives the engine's URL, for calls back into it.
        answers: where custom resources answer.
        caller: sends events to custom resources; by default through Lambda.
    """

    def __init__(
        self,
        settings: Settings,
        endpoint_url: Callable[[], str],
        answers: AnswerDesk,
        caller: Caller | None = None,
    ) -> None:
        self._settings = settings
        self._actions = Actions(settings, Clients(endpoint_url), answers, caller)
        self._model = get_service_model("cloudformation")

    def close(self) -> None:
        """Stop every operation."""
        self._actions.close()

    def app(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        form = dict(parse_qsl(environ["wsgi.input"].read(length).decode(), keep_blank_values=True))
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        region = scope[1] if scope else self._settings.region
        operation = self._model.operation_model(form["Action"])
        context = SerializationContext(str(uuid.uuid4()))
        answer = QuerySerializer(operation, context).serialize(
            self._result(operation, region, form)
        )
        headers = [*answer["headers"].items(), ("x-amzn-RequestId", context.request_id)]
        start_response(f"{answer['status_code']} -", headers)
        return [str(answer["body"]).encode()]

    def _result(self, operation: Any, region: str, form: dict[str, str]) -> Any:
        action = getattr(self._actions, xform_name(operation.name), None)
        if action is None:
            return ApiError(f"not emulated: cloudformation:{operation.name}")
        try:
            # The parser reads nothing else of the request.
            return action(region, QueryParser(operation).parse({"values": form}))  # type: ignore[typeddict-item]  # see above
        except ApiError as error:
            return error
