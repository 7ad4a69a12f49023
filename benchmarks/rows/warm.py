"""What our own code takes of a request: the whole way from event to answer, without the calls."""

from benchmarks import events
from benchmarks.bench import PROVIDER, Bench
from benchmarks.figures import Figure, Reference, Unit, at_most, middle
from benchmarks.lifecycle import UPDATE
from benchmarks.rows.latency import floor
from benchmarks.subject import Subject

AT_MOST = 0.005
_EVENTS, _QUICK_EVENTS = 300, 30
_WARM_AFTER = 10


def measure(bench: Bench) -> list[Figure]:
    """Send one Update after another to a provider whose calls return at once."""
    name, url = "orders-warm", bench.endpoint.url
    count = _QUICK_EVENTS if bench.quick else _EVENTS
    path = [*bench.path(PROVIDER), bench.workspace.stubs]
    reports = []
    with Subject(bench.endpoint, path, "stubbed_handler:handler") as subject:
        bench.tell(f"{count} updates")
        subject.order({"event": events.create(url, name, 1)})
        for build in range(1, count):
            update = events.update(url, name, build, build + 1)
            reports.append(subject.order({"event": update}))
    counted = reports[_WARM_AFTER:]
    figure = Figure(
        "warm",
        "own code of an update, without calls",
        middle(each["wall"] for each in counted),
        Unit.SECONDS,
        (Reference("the floor of an update", floor(UPDATE)),),
        note=f"{middle(each['cpu'] for each in counted) * 1000:.2f} ms of it is CPU",
    )
    return [at_most(figure, AT_MOST, "5 ms")]
