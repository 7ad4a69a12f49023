"""What our own code takes of a request: the whole way from event to answer, without the calls."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from benchmarks import events
from benchmarks.bench import PROVIDER, Bench
from benchmarks.figures import Figure, Reference, Unit, at_most, middle
from benchmarks.lifecycle import UPDATE, Event
from benchmarks.rows.latency import floor
from benchmarks.subject import Subject

AT_MOST = 0.005
_EVENTS, _QUICK_EVENTS = 300, 30
_WARM_AFTER = 10
_MANY = 10


def measure(bench: Bench) -> list[Figure]:
    """Send one Update after another to a provider whose calls return at once."""
    url, names = bench.endpoint.url, [f"orders-warm-{number}" for number in range(_MANY)]
    one = _figure(bench, "one alias", partial(events.create, url, names[0]))
    many = partial(events.release, url, names)
    return [
        at_most(one, AT_MOST, "5 ms"),
        _figure(bench, f"one Custom::LambdaRelease of {_MANY}", many),
    ]


def _figure(bench: Bench, of: str, create: Callable[[int], Event]) -> Figure:
    bench.tell(f"updates of {of}")
    counted = _reports(bench, create)[_WARM_AFTER:]
    return Figure(
        "warm",
        f"own code of an update of {of}, without calls",
        middle(each["wall"] for each in counted),
        Unit.SECONDS,
        (Reference("the floor of an update", floor(UPDATE)),),
        note=f"{middle(each['cpu'] for each in counted) * 1000:.2f} ms of it is CPU",
    )


def _reports(bench: Bench, create: Callable[[int], Event]) -> list[Mapping[str, Any]]:
    path, made = [*bench.path(PROVIDER), bench.workspace.stubs], _made(bench, create(1))
    with Subject(bench.endpoint, path, "stubbed_handler:handler") as subject:
        subject.order({"event": create(1)})
        return [
            subject.order({"event": events.changed(create(build), create(build + 1), made)})
            for build in range(1, _QUICK_EVENTS if bench.quick else _EVENTS)
        ]


def _made(bench: Bench, create: Event) -> str:
    """Give the physical id, which the provider without calls answers to nobody."""
    bench.endpoint.stack.begin("CREATE_IN_PROGRESS")
    with bench.subject(PROVIDER) as subject:
        return str(subject.send(create).answer.body["PhysicalResourceId"])
