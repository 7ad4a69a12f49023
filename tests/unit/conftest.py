"""What the gateway's tests share: real botocore clients on a wire that is made up, and time."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    ReadTimeoutError,
)

from handler.arn import AliasId, Scope
from handler.deadline import Deadline
from handler.gateway import Gateway

PROD = AliasId(Scope("aws", "eu-west-1", "111122223333"), "orders", "prod")
Until = Callable[[float], Any]


class Body(BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


@dataclass
class Answer:
    """What AWS answers: a status and JSON, or XML."""

    status: int
    body: Any
    code: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, url: str) -> AWSResponse:
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        headers: Any = {"x-amzn-ErrorType": self.code} if self.code else {}
        return AWSResponse(url, self.status, headers | self.headers, Body(text.encode()))


def refused(status: int, code: str, text: str = "as AWS says") -> Answer:
    return Answer(status, {"__type": code, "message": text}, code)


def no_answer(url: str) -> AWSResponse:
    raise ConnectTimeoutError(endpoint_url=url)


def lost(url: str) -> AWSResponse:
    raise ConnectionClosedError(endpoint_url=url)


def too_slow(url: str) -> AWSResponse:
    raise ReadTimeoutError(endpoint_url=url)


@dataclass
class Wire:
    """Takes what botocore sends, gives the answers in order, and moves the clock."""

    answers: list[Callable[[str], AWSResponse]] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    bodies: list[Any] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)
    now: float = 1_000_000.0
    each_takes: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def send(self, request: Any, **_: Any) -> AWSResponse:
        path = request.url.partition(".amazonaws.com")[2].partition("/functions")
        self.sent.append(f"{request.method} {path[2] or path[0]}")
        body = request.body
        self.bodies.append(body.decode() if isinstance(body, bytes) else body)
        self.headers.append(request.headers)
        self.now += self.each_takes
        return self.answers.pop(0)(request.url)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire()
    monkeypatch.setattr(time, "sleep", wire.sleep)
    return wire


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    """Reads botocore's models once."""
    return boto3.Session("local", "local", region_name="eu-west-1")


@pytest.fixture
def aws(session: boto3.Session, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    def client(name: str, **config: Any) -> Any:
        made = session.client(name, **config)  # type: ignore[call-overload] # any name
        # Last: the gateway's own handler, which keeps the deadline, comes before the wire.
        made.meta.events.register_last("before-send", wire.send)
        return made

    monkeypatch.setattr(boto3, "client", client)
    return Gateway.connect()


@pytest.fixture
def until(aws: Gateway, wire: Wire) -> Until:
    """Set the deadline, in seconds from now."""
    return lambda seconds: aws.until(Deadline(wire.now + seconds, lambda: wire.now))
