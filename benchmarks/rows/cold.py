"""Cold start: from the start of the process until the handler could take an event."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.bench import CLIENT_ONLY, PLAIN, PROVIDER, Bench, handler_of
from benchmarks.figures import Figure, Reference, Unit, at_most_ratio, middle
from benchmarks.subject import PIN, environment

AT_MOST = 1.1
_UNCOMPILED = f"{PROVIDER}, built by another Python"
_BUILT = f"{PROVIDER}, artifact as it is built"
_WITH_ROOTS = "client and the CA roots, which its first call loads"
_BESIDE = (CLIENT_ONLY, _WITH_ROOTS, PLAIN)
_ON_ONE_CORE = ", on one core"


def measure(bench: Bench) -> list[Figure]:
    """Start each in turn."""
    starts = _starts(bench)
    times: dict[str, list[float]] = {name: [] for name in starts}
    for turn in range(bench.repeats):
        bench.tell(f"round {turn + 1} of {bench.repeats}")
        for name, (code, path) in starts.items():
            times[name].append(_start(bench, code, path))
    found = {name: middle(each) for name, each in times.items()}
    built = _figure("process start to readiness, artifact as it is built", found, _BUILT)
    figures = [at_most_ratio(built, AT_MOST)]
    if _BUILT + _ON_ONE_CORE in found:
        on_one = _figure("the same, on one core, each subject alike", found, _BUILT, _ON_ONE_CORE)
        figures.append(at_most_ratio(on_one, AT_MOST))
    what = "the same, built by another Python than the runtime's"
    return [*figures, _figure(what, found, _UNCOMPILED)]


def _starts(bench: Bench) -> dict[str, tuple[str, list[Path]]]:
    """Give what each process runs, and where it finds its modules."""
    runtime, provider = bench.workspace.runtime, handler_of(PROVIDER).partition(":")[0]
    starts = {
        CLIENT_ONLY: (CLIENT_ONLY, [runtime]),
        _WITH_ROOTS: (f"{CLIENT_ONLY}; import ssl; ssl.create_default_context()", [runtime]),
        _BUILT: (f"import {provider}", [bench.workspace.provider, runtime]),
        PLAIN: ("import reference_handler", [bench.workspace.references, runtime]),
    }
    if hasattr(os, "sched_setaffinity"):
        starts |= {name + _ON_ONE_CORE: (PIN + code, path) for name, (code, path) in starts.items()}
    uncompiled = (f"import {provider}", [bench.workspace.uncompiled_provider, runtime])
    return {**starts, _UNCOMPILED: uncompiled}


def _figure(what: str, found: Mapping[str, float], name: str, where: str = "") -> Figure:
    beside = tuple(Reference(each, found[each + where]) for each in _BESIDE)
    return Figure("cold", what, found[name + where], Unit.SECONDS, beside)


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
