"""HTTP without sockets: botocore's requests to a WSGI application, and errors as AWS sends them."""

import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.awsrequest import AWSResponse

from local.ports import WsgiApp


class _Raw(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def response(request: Any, status: int, body: bytes, headers: Any = ()) -> AWSResponse:
    return AWSResponse(request.url, status, dict(headers), _Raw(body))  # type: ignore[arg-type]  # as moto does


def as_json(request: Any, body: Any, status: int = 200, headers: Any = ()) -> AWSResponse:
    kind = {"Content-Type": "application/x-amz-json-1.0"}
    return response(request, status, json.dumps(body).encode(), {**kind, **dict(headers)})


def through(app: WsgiApp, request: Any) -> AWSResponse:
    """Give a prepared request to an application."""
    url = urlsplit(request.url)
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    environ = {
        "REQUEST_METHOD": request.method,
        "PATH_INFO": unquote(url.path, "latin-1"),
        "QUERY_STRING": url.query,
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": url.hostname,
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
    }
    for name, value in request.headers.items():
        text = value.decode() if isinstance(value, bytes) else str(value)
        environ[f"HTTP_{name.upper().replace('-', '_')}"] = text
    environ["CONTENT_TYPE"] = environ.get("HTTP_CONTENT_TYPE", "")
    told: list[Any] = []
    parts = app(environ, lambda status, headers: told.extend((status, headers)))
    return response(request, int(told[0].split(" ")[0]), b"".join(parts), told[1])


def error(request: Any, status: int, code: str, message: str) -> AWSResponse:
    """Answer with an error: in JSON as Lambda and CloudWatch do, or in XML as CloudFormation."""
    if "lambda" in request.url:
        body = json.dumps({"Type": "User", "message": message}).encode()
        return response(request, status, body, {"X-Amzn-Errortype": code})
    if "monitoring" in request.url:
        told = {"__type": code, "message": message}
        return as_json(request, told, status, {"x-amzn-query-error": f"{code};Sender"})
    text = (
        "<ErrorResponse><Error><Type>Sender</Type>"
        f"<Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    )
    return response(request, status, text.encode(), {"Content-Type": "text/xml"})
