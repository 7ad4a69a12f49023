"""Time from event to answer, beside the floor: the fewest calls one after another, and the PUT."""

from collections import defaultdict
from contextlib import ExitStack

from benchmarks import events
from benchmarks.bench import BARE, PLAIN, PROVIDER, Bench
from benchmarks.endpoint import Pace
from benchmarks.figures import Figure, Reference, Unit, at_most_ratio, middle
from benchmarks.lifecycle import CREATE, DELETE, FEWEST, UPDATE, function_with, live
from benchmarks.subject import Subject

CALL, PUT = 0.050, 0.020
"""Seconds of a call, and of the answer's PUT."""

AT_MOST = 1.1
_VERSIONS = 10
_FIRST = "create, first event of a process"
_SUBJECTS = (PROVIDER, PLAIN, BARE)

Times = dict[str, list[float]]
"""Seconds by the name of the subject."""


def floor(operation: str) -> float:
    """Give the seconds that the fewest calls and the answer take."""
    return FEWEST[operation] * CALL + PUT


def measure(bench: Bench) -> list[Figure]:
    """Let each handler, in turn, carry out every operation."""
    found: dict[str, Times] = defaultdict(lambda: defaultdict(list))
    bench.endpoint.pace = Pace(CALL, PUT)
    with ExitStack() as stack:
        subjects = bench.subjects(stack, *_SUBJECTS)
        fresh = bench.subjects(stack, *_SUBJECTS)
        for turn in range(bench.repeats):
            bench.tell(f"round {turn + 1} of {bench.repeats}")
            for name, subject in fresh.items():
                found[_FIRST][name].append(_first(bench, subject))
            for name, subject in subjects.items():
                for done in live(bench.endpoint, subject, _VERSIONS, deletes=name != PLAIN):
                    found[done.operation][name].append(done.outcome.seconds)
    bench.endpoint.pace = Pace()
    return [_figure(what, found[what]) for what in (*FEWEST, _FIRST)]


def _first(bench: Bench, subject: Subject) -> float:
    # A copy of a process that has started, but has made no connection yet.
    bench.endpoint.stack.begin("CREATE_IN_PROGRESS")
    function = function_with(bench.endpoint, _VERSIONS)
    [outcome] = subject.send_all([events.create(bench.endpoint.url, function, 1)])
    if not outcome:
        raise RuntimeError(f"{_FIRST}: no answer")
    return outcome.seconds


def _figure(what: str, times: Times) -> Figure:
    least = floor(what if what in FEWEST else CREATE)
    others = [Reference(name, middle(times[name])) for name in (PLAIN, BARE) if times[name]]
    # Each of them waits for the last; nothing is said of crhelper's two minutes before a Delete.
    told = "the plain handler would wait 120 s first" if what == DELETE else ""
    figure = Figure(
        "latency",
        what,
        middle(times[PROVIDER]),
        Unit.SECONDS,
        (Reference("the floor", least), *others),
        note=told,
    )
    return at_most_ratio(figure, AT_MOST) if what in (CREATE, UPDATE) else figure
