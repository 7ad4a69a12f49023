"""As much of HTTP/1.1 as botocore, urllib3 and http.client need of a server."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote


@dataclass(frozen=True)
class Request:
    """A request.

    Attributes:
        method: GET, PUT, ...
        path: as it was sent, still quoted.
        query: the query's parameters.
        body: the content.
    """

    method: str
    path: str
    query: Mapping[str, str]
    body: bytes

    @property
    def parts(self) -> list[str]:
        """The path's parts, unquoted."""
        return [unquote(each) for each in self.path.strip("/").split("/")]


@dataclass(frozen=True)
class Response:
    """A response.

    Attributes:
        status: such as 200.
        body: the content.
        headers: beside the usual ones.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def written(self) -> bytes:
        """Give the bytes of it."""
        headers = {"Content-Length": str(len(self.body)), **self.headers}
        lines = [f"HTTP/1.1 {self.status} -", *(f"{name}: {headers[name]}" for name in headers)]
        return "\r\n".join([*lines, "", ""]).encode() + self.body


async def read(stream: asyncio.StreamReader) -> Request | None:
    """Read a request; None where the client has closed the connection."""
    try:
        head = (await stream.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {
        name.lower(): value.strip() for name, _, value in (each.partition(":") for each in lines)
    }
    body = await stream.readexactly(int(headers.get("content-length", 0)))
    path, _, query = target.partition("?")
    return Request(method, path, dict(parse_qsl(query, keep_blank_values=True)), body)
