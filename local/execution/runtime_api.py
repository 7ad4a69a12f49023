"""The Lambda Runtime API for one execution environment.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import contextlib
import json
import queue
import threading
import time
import uuid
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from local.ports import Outcome
from local.quiet import Quiet


@dataclass(frozen=True)
class Invocation:
    """One event on its way through an execution environment.

    Attributes:
        invoked_arn: the ARN that the caller named; the context shows it.
        payload: the event.
        timeout: seconds until the function is stopped.
        request_id: the context shows it.
        outcome: set once, by whoever is first: the function, its end or the time-out.
    """

    invoked_arn: str
    payload: bytes
    timeout: float
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    outcome: Future[Outcome] = field(default_factory=Future)

    def settle(self, payload: bytes, function_error: str | None = None) -> None:
        """Set the outcome, unless somebody was quicker."""
        if not self.outcome.done():
            self.outcome.set_result(Outcome(payload, function_error))


class RuntimeApi:
    """Hands invocations to one process, and takes its answers.

    Attributes:
        initialised: set when the process asks for its first event, or tells why it can't.
    """

    def __init__(self) -> None:
        self.initialised: Future[bool] = Future()
        self._waiting: queue.SimpleQueue[Invocation | None] = queue.SimpleQueue()
        self._current: Invocation | None = None
        self._init_error: bytes | None = None
        handler = type("Handler", (_Handler,), {"api": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def address(self) -> str:
        """Give AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self._server.server_port}"

    def submit(self, invocation: Invocation) -> None:
        """Hand over an event; the process takes it when it asks for the next one."""
        self._current = invocation
        if self._init_error is not None:
            invocation.settle(self._init_error, "Unhandled")
        else:
            self._waiting.put(invocation)

    def shut_down(self) -> None:
        """Stop; a process that waits for its next event ends."""
        self._tell_init(succeeded=False)
        self._waiting.put(None)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def next(self) -> Invocation | None:
        """Wait for an event; None when the environment ends."""
        self._tell_init(succeeded=True)
        return self._waiting.get()

    def take(self, kind: str, body: bytes) -> None:
        """Take what the process POSTs: a response, an error, or an error while it began."""
        error = None if kind == "response" else "Unhandled"
        if kind == "init":
            self._init_error = body
            self._tell_init(succeeded=False)
        if self._current:
            self._current.settle(body, error)

    def _tell_init(self, *, succeeded: bool) -> None:
        with contextlib.suppress(InvalidStateError):  # the first word counts
            self.initialised.set_result(succeeded)


class _Handler(Quiet, BaseHTTPRequestHandler):
    api: ClassVar[RuntimeApi]
    protocol_version = "HTTP/1.1"
    # With these two a warm invocation takes 6 ms, without them 86.
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        invocation = self.api.next()
        if invocation is None:
            self.close_connection = True
            return
        deadline = int((time.time() + invocation.timeout) * 1000)
        self._answer(
            200,
            invocation.payload,
            {
                "Content-Type": "application/json",
                "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
                "Lambda-Runtime-Deadline-Ms": str(deadline),
                "Lambda-Runtime-Invoked-Function-Arn": invocation.invoked_arn,
            },
        )

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parent, _, kind = self.path.rpartition("/")
        self.api.take("init" if parent.endswith("/init") else kind, body)
        self._answer(202, json.dumps({"status": "OK"}).encode(), {})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Stay silent."""
