"""One endpoint on loopback for AWS Lambda, CloudFormation, and the answers: it counts and delays.

It costs next to nothing itself, so that what is measured is the handler. It behaves as AWS does in
what a release can see: a throttled request is refused with 429, and takes its time, too.
"""

import asyncio
import json
import ssl
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import botocore
import trustme

from benchmarks import http1
from benchmarks.functions import Functions, Refused, refusal
from benchmarks.http1 import Request, Response
from benchmarks.limits import Bucket
from benchmarks.stacks import Stack

_THROTTLED = Refused(429, "TooManyRequestsException", "Rate exceeded")


@dataclass(frozen=True)
class Call:
    """A request that came.

    Attributes:
        name: the operation, or `PUT` for an answer.
        at: seconds of `time.monotonic` when it had come.
        status: of the response.
    """

    name: str
    at: float
    status: int

    @property
    def took_effect(self) -> bool:
        """Tell whether it was carried out, not refused."""
        return self.status < 300  # noqa: PLR2004 - a success of HTTP


@dataclass(frozen=True)
class Answer:
    """What a handler has answered.

    Attributes:
        at: seconds of `time.monotonic` when its PUT was accepted.
        body: the answer.
    """

    at: float
    body: Mapping[str, Any]

    @property
    def succeeded(self) -> bool:
        """Tell whether it says SUCCESS."""
        return bool(self.body["Status"] == "SUCCESS")


@dataclass
class Pace:
    """How the endpoint takes its time.

    Attributes:
        call: seconds of each call.
        put: seconds of an answer's PUT.
        buckets: the limits of Lambda's operations; none limits nothing.
    """

    call: float = 0.0
    put: float = 0.0
    buckets: Mapping[str, Bucket] = field(default_factory=dict)


class Endpoint:
    """The server, in a thread of its own; use it as a context manager.

    Args:
        directory: where the certificates that its clients trust are written.

    Attributes:
        url: where it listens.
        certificates: the usual roots and its own: loading them costs what it costs in Lambda.
        pace: how it takes its time; change it between requests.
        functions: AWS Lambda.
        stack: CloudFormation's.
        calls: every request that came.
    """

    def __init__(self, directory: Path) -> None:
        self.pace = Pace()
        self.functions = Functions()
        self.stack = Stack()
        self.calls: list[Call] = []
        self._answers: dict[str, Answer] = {}
        self._answered = threading.Condition()
        authority = trustme.CA()
        roots = Path(botocore.__file__).with_name("cacert.pem").read_bytes()
        self.certificates = directory / "certificates.pem"
        self.certificates.write_bytes(roots + authority.cert_pem.bytes())
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(self._tls)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        started = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        self._server = started.result()
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"https://localhost:{port}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop listening; whoever is connected still is cut off."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def counts(self, since: int = 0) -> Counter[str]:
        """Count the calls that took effect or were refused for another reason than the rate."""
        return Counter(each.name for each in self.calls[since:] if each.status != _THROTTLED.status)

    def wait(self, request_id: str, seconds: float) -> Answer:
        """Wait for an answer.

        Raises:
            TimeoutError: none came.
        """
        with self._answered:
            if not self._answered.wait_for(lambda: request_id in self._answers, seconds):
                raise TimeoutError(f"no answer to {request_id}")
            return self._answers.pop(request_id)

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls, backlog=512)

    async def _stop(self) -> None:
        self._server.close()
        connections = asyncio.all_tasks() - {asyncio.current_task()}
        for each in connections:
            each.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _serve(self, stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await http1.read(stream):
                came = time.monotonic()
                put = request.path.startswith("/answers/")
                name, response = ("PUT", Response()) if put else self._answer(request)
                self.calls.append(Call(name, came, response.status))
                due = came + (self.pace.put if put else self.pace.call)
                await asyncio.sleep(due - time.monotonic())
                writer.write(response.written())
                if put:
                    self._accept(request)
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return  # the client is gone, or we are
        finally:
            writer.close()

    def _answer(self, request: Request) -> tuple[str, Response]:
        if request.path == "/":
            name = self.stack.operation(request)
            return name, self.stack.answer(name, request)
        name = self.functions.operation(request)
        if not name:
            problem = f"not emulated: {request.method} {request.path}"
            return "unknown", refusal(Refused(404, "UnknownOperationException", problem))
        bucket = self.pace.buckets.get(name, self.pace.buckets.get(""))
        if bucket and not bucket.take():
            return name, refusal(_THROTTLED)
        return name, self.functions.answer(name, request)

    def _accept(self, request: Request) -> None:
        request_id = request.path.rpartition("/")[2]
        with self._answered:
            self._answers[request_id] = Answer(time.monotonic(), json.loads(request.body))
            self._answered.notify_all()
