"""Cold start: from the start of the process until the handler could take an event."""

import subprocess
import sys
import time
from pathlib import Path

from benchmarks.bench import CLIENT_ONLY, PLAIN, PROVIDER, Bench, handler_of
from benchmarks.figures import Figure, Reference, Unit, at_most_ratio, middle
from benchmarks.subject import environment

AT_MOST = 1.1
_UNCOMPILED = f"{PROVIDER}, built by another Python"
_BUILT = f"{PROVIDER}, artifact as it is built"


def measure(bench: Bench) -> list[Figure]:
    """Start each in turn."""
    runtime, provider = bench.workspace.runtime, handler_of(PROVIDER).partition(":")[0]
    starts = {
        CLIENT_ONLY: (CLIENT_ONLY, [runtime]),
        _UNCOMPILED: (f"import {provider}", [bench.workspace.uncompiled_provider, runtime]),
        _BUILT: (f"import {provider}", [bench.workspace.provider, runtime]),
        PLAIN: ("import reference_handler", [bench.workspace.references, runtime]),
    }
    times: dict[str, list[float]] = {name: [] for name in starts}
    for turn in range(bench.repeats):
        bench.tell(f"round {turn + 1} of {bench.repeats}")
        for name, (code, path) in starts.items():
            times[name].append(_start(bench, code, path))
    found = {name: middle(each) for name, each in times.items()}
    least, plain = (Reference(name, found[name]) for name in (CLIENT_ONLY, PLAIN))
    return [
        at_most_ratio(
            Figure("cold", "process start to readiness, artifact as it is built", found[_BUILT],
                   Unit.SECONDS, (least, plain)),
            AT_MOST,
        ),
        Figure("cold", "the same, built by another Python than the runtime's", found[_UNCOMPILED],
               Unit.SECONDS, (least, plain)),
    ]  # fmt: skip


def _start(bench: Bench, code: str, path: list[Path]) -> float:
    began = time.monotonic()
    with subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-S", "-P", "-c", f"{code}\nprint(flush=True)"],
        env=environment(bench.endpoint, path),
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout  # noqa: S101 - it is a pipe
        ready = process.stdout.readline()
        took = time.monotonic() - began
    if not ready:
        raise RuntimeError(f"{code}: it did not start")
    return took
