"""Asynchronous invocations: queued, retried, and at last sent to the on-failure destination.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html (aws-semantics A8)
"""

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.execution.pool import Pool, Stopping
from local.ports import AsyncConfig, Functions, Outcome, Target
from local.settings import Settings

Send = Callable[[str, bytes, str], None]
"""Sends a record to the destination with this ARN, as this role."""

_logger = logging.getLogger(__name__)

_AT_ONCE = 100
"""Asynchronous invocations under way at the same time."""


@dataclass(frozen=True)
class _Event:
    """One asynchronous invocation.

    Attributes:
        region: the function's Region.
        function_name: the bare name.
        qualifier: as the caller named it; resolved again for every attempt.
        payload: the same for every attempt.
    """

    region: str
    function_name: str
    qualifier: str | None
    payload: bytes


@dataclass(frozen=True)
class _Attempt:
    """What became of one attempt; a condition ends the event.

    Attributes:
        number: from 1.
        target: what was run.
        outcome: what it gave; None when it was not run.
        condition: `Success`, `RetriesExhausted`, `EventAgeExceeded`, or empty: it is tried again.
    """

    number: int
    target: Target
    outcome: Outcome | None
    condition: str


class Invocations:
    """Runs functions, synchronously or in the background; implements `ports.Invoker`.

    Args:
        settings: the waits before the retries.
        pool: runs.
        send: for destinations.
    """

    def __init__(self, settings: Settings, pool: Pool, send: Send) -> None:
        self._settings = settings
        self._pool = pool
        self._send = send
        self._functions: Functions | None = None
        self._closing = threading.Event()
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="invocation")

    def serve(self, functions: Functions) -> None:
        """Resolve functions there from now on."""
        self._functions = functions

    def run(self, target: Target, payload: bytes) -> Outcome:
        """Run synchronously and wait for the end."""
        return self._pool.run(target, payload)

    def provision(self, target: Target) -> Future[bool]:
        """Initialise an environment in the background."""
        return self._threads.submit(self._pool.provision, target)

    def enqueue(
        self, region: str, function_name: str, qualifier: str | None, payload: bytes
    ) -> None:
        """Queue an invocation and return."""
        if not self._closing.is_set():
            event = _Event(region, function_name, qualifier, payload)
            self._threads.submit(self._work, event).add_done_callback(_tell_a_fault)

    def shut_down(self) -> None:
        """Give up what waits for a retry, and wait for what runs."""
        self._closing.set()
        self._threads.shutdown(cancel_futures=True)

    def _work(self, event: _Event) -> None:
        assert self._functions
        which = (event.region, event.function_name, event.qualifier)
        queued_at = time.monotonic()
        for number, pause in enumerate((*self._settings.retry_waits, 0.0), start=1):
            try:
                target = self._functions.target(*which)
                config = self._functions.async_config(*which)
            except KeyError:
                return  # deleted meanwhile: the event is dropped
            if config.throttled:
                self._report(config, event, _Attempt(0, target, None, "RetriesExhausted"))
                return
            outcome = self._pool.run(target, event.payload)
            age = (time.monotonic() - queued_at) * self._settings.aging
            condition = _condition(config, number, outcome, age)
            if condition:
                attempt = _Attempt(number, target, outcome, condition)
                self._report(config, event, attempt)
                return
            if self._closing.wait(pause):
                return

    def _report(self, config: AsyncConfig, event: _Event, last: _Attempt) -> None:
        succeeded = last.condition == "Success"
        destination = config.on_success if succeeded else config.on_failure
        if destination:
            record = json.dumps(_record(event, last)).encode()
            self._send(destination, record, last.target.role)


def _tell_a_fault(work: Future[None]) -> None:
    fault = None if work.cancelled() else work.exception()
    # Who stops the engine knows that its events are lost.
    if fault and not isinstance(fault, Stopping):
        _logger.error("an asynchronous invocation was lost", exc_info=fault)


def _condition(config: AsyncConfig, number: int, outcome: Outcome, age: float) -> str:
    if not outcome.function_error:
        return "Success"
    if number > config.maximum_retry_attempts:
        return "RetriesExhausted"
    return "EventAgeExceeded" if age > config.maximum_event_age else ""


def _record(event: _Event, last: _Attempt) -> dict[str, Any]:
    """Write what a destination gets.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": last.target.invoked_arn,
            "condition": last.condition,
            "approximateInvokeCount": last.number,
        },
        "requestPayload": json.loads(event.payload or b"null"),
    }
    if last.outcome:
        response = {"statusCode": 200, "executedVersion": last.target.version}
        if last.outcome.function_error:
            response |= {"functionError": last.outcome.function_error}
        record["responseContext"] = response
        record["responsePayload"] = json.loads(last.outcome.payload or b"null")
    return record
