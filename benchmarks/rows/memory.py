"""Memory at its peak, beside a process that has only a client."""

from benchmarks import events
from benchmarks.bench import CLIENT_ONLY, PLAIN, PROVIDER, Bench
from benchmarks.figures import Figure, Reference, Unit, at_most, at_most_ratio, middle
from benchmarks.lifecycle import function_with
from benchmarks.subject import Subject

AT_MOST = 1.3
LIMIT = 128_000_000
SIZES = (1, 100)


def measure(bench: Bench) -> list[Figure]:
    """Start each anew, let it make an alias for so many functions, and ask for its peak."""
    turns = 1 if bench.quick else min(3, bench.repeats)
    client, plain = [], []
    ours: dict[int, list[float]] = {size: [] for size in SIZES}
    for turn in range(turns):
        bench.tell(f"round {turn + 1} of {turns}")
        with Subject(bench.endpoint, [bench.workspace.runtime]) as subject:
            client.append(subject.order({"code": CLIENT_ONLY})["peak"])
        plain.append(_peak(bench, PLAIN, 1))
        for size in SIZES:
            ours[size].append(_peak(bench, PROVIDER, size))
    least, others = Reference(CLIENT_ONLY, middle(client)), Reference(PLAIN, middle(plain))
    return [_figure(size, middle(ours[size]), least, others) for size in SIZES]


def _peak(bench: Bench, name: str, size: int) -> float:
    names = [function_with(bench.endpoint, 1) for _ in range(size)]
    url = bench.endpoint.url
    bench.endpoint.stack.begin("CREATE_IN_PROGRESS")
    one = size == 1
    event = events.create(url, names[0], 1) if one else events.release(url, names, 1)
    with bench.subject(name, built=True) as subject:
        if not subject.send(event).answer.succeeded:
            raise RuntimeError(f"{name}: the Create failed")
        return float(subject.order({})["peak"])


def _figure(size: int, peak: float, client: Reference, plain: Reference) -> Figure:
    others = (client, plain) if size == 1 else (client,)
    what = "1 function" if size == 1 else f"{size} functions, one Custom::LambdaRelease"
    figure = Figure("memory", f"peak, {what}", peak, Unit.BYTES, others)
    return at_most(at_most_ratio(figure, AT_MOST), LIMIT, "128 MB")
