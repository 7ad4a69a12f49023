"""A handler in a process of its own, and how long it takes from event to answer."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.endpoint import Answer, Endpoint
from benchmarks.functions import REGION

_RUNNER = Path(__file__).with_name("runner.py")
PIN = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
"""Code that keeps its process on one core; only Linux has it."""

_SILENT_FOR = 300.0
"""Seconds after which a handler will not answer any more."""


@dataclass(frozen=True)
class Outcome:
    """What became of an event.

    Attributes:
        seconds: from the event to its answer.
        answer: the answer.
    """

    seconds: float
    answer: Answer


class Subject:
    """A process that handles events; use it as a context manager.

    Args:
        endpoint: what it calls.
        path: directories in which it finds its modules; it finds no others.
        handler: module and function, such as `handler.app:handler`; imported at once.

    Attributes:
        starts_in: seconds from the order to import the handler to its readiness.
        pid: its process.
    """

    def __init__(self, endpoint: Endpoint, path: Sequence[Path], handler: str = "") -> None:
        self._endpoint = endpoint
        # -S: nothing of what is installed here; -P: nothing of the runner's own directory.
        self._process = subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, "-S", "-P", str(_RUNNER)],
            env=environment(endpoint, path),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.pid = self._process.pid
        self._has_handled = False
        self.starts_in = self.start(handler) if handler else 0.0

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def start(self, handler: str) -> float:
        """Import the handler; give the seconds that it took."""
        began = time.monotonic()
        self.order({"handler": handler})
        return time.monotonic() - began

    def order(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Give an order, and wait for the report.

        Raises:
            RuntimeError: the process has ended.
        """
        self._write(order)
        return self._report()

    def send(self, event: Mapping[str, Any]) -> Outcome:
        """Send an event, and wait for its answer."""
        self._has_handled = True
        began = time.monotonic()
        self._write({"event": event})
        answer = self._endpoint.wait(event["RequestId"], _SILENT_FOR)
        self._report()
        return Outcome(answer.at - began, answer)

    def send_all(self, events: Sequence[Mapping[str, Any]]) -> list[Outcome | None]:
        """Send each event, at the same time, to a copy of the process that has handled none.

        Gives what became of each; None of what was never answered.

        Raises:
            RuntimeError: it has handled an event: the copies would share its connections.
        """
        if self._has_handled:
            raise RuntimeError("copies need a process that has handled no event")
        began = time.monotonic()
        self._write({"events": events})
        self._report()
        return [self._outcome(each, began) for each in events]

    def _outcome(self, event: Mapping[str, Any], began: float) -> Outcome | None:
        try:
            answer = self._endpoint.wait(event["RequestId"], 0.5)
        except TimeoutError:
            return None
        return Outcome(answer.at - began, answer)

    def _write(self, order: Mapping[str, Any]) -> None:
        assert self._process.stdin  # noqa: S101 - it is a pipe
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def _report(self) -> dict[str, Any]:
        assert self._process.stdout  # noqa: S101 - it is a pipe
        if not (line := self._process.stdout.readline()):
            raise RuntimeError("the process of a handler has ended")
        report: dict[str, Any] = json.loads(line)
        return report


def environment(endpoint: Endpoint, path: Iterable[Path]) -> dict[str, str]:
    """Give the variables of a function's process; none of this machine's but PATH."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(str(each) for each in path),
        # Lambda's own directory is read-only.
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL": endpoint.url,
        "SSL_CERT_FILE": str(endpoint.certificates),
        "ANSWER_HOST": "localhost",
    }
