"""Duration against MemorySize: the share of a CPU that Lambda gives with it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import events
from benchmarks.bench import PROVIDER, Bench, handler_of
from benchmarks.endpoint import Pace
from benchmarks.figures import Figure, Reference, Unit, middle
from benchmarks.lifecycle import UPDATE, function_with
from benchmarks.rows.latency import CALL, PUT, floor
from benchmarks.subject import PIN, Subject

WHOLE = 1769
"""MB with which Lambda gives one CPU.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""

SIZES, QUICK_SIZES = (128, 256, 512, 1024, WHOLE), (512, WHOLE)
_UPDATES = 3
_GOVERNOR = Path(__file__).parents[1] / "governor.py"


def measure(bench: Bench) -> list[Figure]:
    """Start the provider with each share of a CPU, and let it handle events."""
    if not sys.platform.startswith("linux"):
        return [Figure("curve", "not measured: it needs Linux", None, Unit.SECONDS)]
    bench.endpoint.pace = Pace(CALL, PUT)
    sizes = QUICK_SIZES if bench.quick else SIZES
    turns = 1 if bench.quick else min(3, bench.repeats)
    found: dict[int, list[tuple[float, float, float]]] = {size: [] for size in sizes}
    for turn in range(turns):
        for size in sizes:
            bench.tell(f"{size} MB, round {turn + 1} of {turns}")
            found[size].append(_run(bench, size))
    bench.endpoint.pace = Pace()
    whole = [middle(each) for each in zip(*found[WHOLE], strict=True)]
    return [
        _figure(size, [middle(each) for each in zip(*found[size], strict=True)], whole)
        for size in sizes
    ]


def _run(bench: Bench, size: int) -> tuple[float, float, float]:
    """Give the seconds of the start, of the first event, and of a later one."""
    endpoint = bench.endpoint
    name = function_with(endpoint, 1)
    endpoint.stack.begin("CREATE_IN_PROGRESS")
    with (
        Subject(endpoint, bench.path(PROVIDER, built=True)) as subject,
        _governed(subject, size / WHOLE),
    ):
        started = subject.start(handler_of(PROVIDER))
        first = subject.send(events.create(endpoint.url, name, 1)).seconds
        later = []
        for build in range(1, _UPDATES + 1):
            endpoint.functions.function(name).code += 1
            endpoint.stack.begin("UPDATE_IN_PROGRESS")
            update = events.update(endpoint.url, name, build, build + 1)
            later.append(subject.send(update).seconds)
        return started, first, middle(later)


@contextmanager
def _governed(subject: Subject, share: float) -> Iterator[None]:
    if share >= 1:
        # One CPU, and not two halves of it: what a thread does at the same time counts.
        subject.order({"code": PIN})
        yield
        return
    with subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-S", "-P", str(_GOVERNOR), str(subject.pid), f"{share:.4f}"],
        stdout=subprocess.PIPE,
    ) as governor:
        assert governor.stdout  # noqa: S101 - it is a pipe
        governor.stdout.readline()
        try:
            yield
        finally:
            governor.kill()


def _figure(size: int, found: list[float], whole: list[float]) -> Figure:
    started, first, later = found
    total, at_best = started + first, whole[0] + whole[1]
    cost = total * size / (at_best * WHOLE)
    return Figure(
        "curve",
        f"MemorySize {size}: start and first event",
        total,
        Unit.SECONDS,
        (Reference("1 CPU", at_best),),
        note=f"start {started:.2f} s, first event {first * 1000:.0f} ms, a later update "
        f"{later * 1000:.0f} ms ({later / floor(UPDATE):.2f} x the floor), {cost:.2f} x the GB-s",
    )
