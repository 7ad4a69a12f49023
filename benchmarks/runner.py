"""What runs in a process of its own, as Lambda runs a handler: orders in, reports out, as lines.

It imports nothing but the standard library, and the handler when it is told to.
"""

import importlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

_MILLIS = 900_000


class Context:
    """Lambda's context object, as far as handlers read it."""

    function_name = "lambda-alias-promotion"
    aws_request_id = "00000000-0000-4000-8000-000000000000"
    memory_limit_in_mb = 512

    def __init__(self, arn: str) -> None:
        self.invoked_function_arn = arn
        self._ends_at = time.monotonic() + _MILLIS / 1000

    def get_remaining_time_in_millis(self) -> int:
        """Give what is left of Timeout."""
        return int((self._ends_at - time.monotonic()) * 1000)


def peak() -> int:
    """Give the bytes that this process had resident at the most."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - no import
            found = next(line for line in status if line.startswith("VmHWM"))
    except OSError:
        # Elsewhere; on Linux it would count what the process was before it became Python.
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1024
    return int(found.split()[1]) * 1024


def main() -> None:
    """Carry out one order a line."""
    orders = os.fdopen(os.dup(0))
    reports = os.fdopen(os.dup(1), "w", buffering=1)
    # What the handler writes is its log.
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    handler: Callable[[Any, Any], Any] = lambda _event, _context: None  # noqa: E731
    for line in orders:
        order = json.loads(line)
        if "handler" in order:
            module, _, name = order["handler"].partition(":")
            handler = getattr(importlib.import_module(module), name)
        reports.write(json.dumps(_carry_out(order, handler)) + "\n")


def _carry_out(order: Mapping[str, Any], handler: Callable[[Any, Any], Any]) -> Mapping[str, Any]:
    if "code" in order:
        exec(order["code"], {})  # noqa: S102 - what the reference is told to do
    cpu, wall = time.process_time(), time.perf_counter()
    if "event" in order:
        handler(order["event"], Context(order["event"]["ServiceToken"]))
    failed = _fan_out(order["events"], handler) if "events" in order else 0
    return {
        "cpu": time.process_time() - cpu,
        "wall": time.perf_counter() - wall,
        "peak": peak(),
        "failed": failed,
    }


def _fan_out(events: list[Any], handler: Callable[[Any, Any], Any]) -> int:
    """Handle each event in a process of its own that has handled none; count those that failed."""
    children = []
    for event in events:
        child = os.fork()
        if not child:
            try:
                handler(event, Context(event["ServiceToken"]))
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    return sum(os.waitpid(child, 0)[1] != 0 for child in children)


if __name__ == "__main__":
    main()
