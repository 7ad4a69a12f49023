"""The local engine: a stack's update by sam, by boto3, and by CloudFormation's own resources."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping

from benchmarks.bench import Bench
from benchmarks.figures import Figure, Reference, Unit, middle
from benchmarks.workspace import ROOT, written

_NATIVE = "AWS::Lambda::Version and Alias"
_ENGINE = [sys.executable, "-m", "benchmarks.engine_subject"]


def measure(bench: Bench) -> list[Figure]:
    """Let another process, which has the engine, measure it."""
    turns = 1 if bench.quick else min(5, bench.repeats)
    found = json.loads(_run(bench, str(turns)))
    start = middle(_started(bench) for _ in range(turns))
    sam, alone = found["sam"], found["sam_alone"]
    by_boto3, native = found["promotion"], found["native"]
    ours, theirs = found["promotion_calls"], found["native_calls"]
    return [
        Figure("engine", "start, until it answers", start, Unit.SECONDS,
               (Reference("its imports alone", found["imports"]),)),
        Figure("engine", "sam deploy of an update", sam, Unit.SECONDS,
               (Reference("the same by boto3", by_boto3), Reference("sam deploy --help", alone)),
               note=f"sam itself is {alone / sam:.0%} of it"),
        Figure("engine", "the same update by boto3", by_boto3, Unit.SECONDS,
               (Reference(_NATIVE, native),)),
        Figure("engine", "calls of the same update", sum(ours.values()), Unit.CALLS,
               (Reference(_NATIVE, sum(theirs.values())),),
               note=f"by the engine, which need not be those of AWS: {_named(ours)}; "
               f"native: {_named(theirs)}"),
    ]  # fmt: skip


def _named(calls: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(calls.items()))


def _run(bench: Bench, *arguments: str) -> str:
    bench.tell("the engine, and sam")
    return written(*_ENGINE, str(bench.workspace.provider), *arguments).splitlines()[-1]


def _started(bench: Bench) -> float:
    bench.tell("the engine's start")
    began = time.monotonic()
    with subprocess.Popen(  # noqa: S603 - our own
        _ENGINE, cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout  # noqa: S101 - it is a pipe
        ready = process.stdout.readline()
        took = time.monotonic() - began
    if not ready:
        raise RuntimeError("the engine did not start")
    return took
