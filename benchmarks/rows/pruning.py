"""Deleting old versions, under the account's 15 requests a second."""

from math import ceil

from benchmarks import events
from benchmarks.bench import PROVIDER, Bench
from benchmarks.endpoint import Pace
from benchmarks.figures import Figure, Reference, Unit, at_most_ratio
from benchmarks.functions import PAGE
from benchmarks.lifecycle import BESIDE, FEWEST, UPDATE, function_with
from benchmarks.limits import CONTROL_PLANE, buckets
from benchmarks.rows.latency import CALL, PUT

VERSIONS, QUICK_VERSIONS = 1_000, 100
AT_MOST = 1.15
_RETAIN = 2


def measure(bench: Bench) -> list[Figure]:
    """Release a function that has many versions, until none is left that nobody needs."""
    versions = QUICK_VERSIONS if bench.quick else VERSIONS
    endpoint, name = bench.endpoint, function_with(bench.endpoint, versions)
    function, kept = endpoint.functions.function(name), {"RetainVersions": str(_RETAIN)}
    with bench.subject(PROVIDER) as subject:
        endpoint.stack.begin("CREATE_IN_PROGRESS")
        subject.send(events.create(endpoint.url, name, 1))
        before, seconds, releases = len(endpoint.calls), 0.0, 0
        endpoint.pace = Pace(CALL, PUT, buckets())
        try:
            while len(function.deleted) < versions - _RETAIN:
                releases += 1
                bench.tell(f"{PROVIDER}: {len(function.deleted):,} of {versions:,} are deleted")
                function.code += 1
                endpoint.stack.begin("UPDATE_IN_PROGRESS")
                update = events.update(endpoint.url, name, releases, releases + 1, **kept)
                seconds += subject.send(update).seconds
        finally:
            endpoint.pace = Pace()
    counts = endpoint.counts(before)
    calls = sum(number for call, number in counts.items() if call not in BESIDE)
    deleted = len(function.deleted)
    fewest = deleted + releases * FEWEST[UPDATE] + ceil(deleted / PAGE)
    figure = Figure(
        "pruning",
        f"{deleted:,} versions, over {releases} releases",
        seconds,
        Unit.SECONDS,
        (Reference("the fewest calls / 15 s", fewest / CONTROL_PLANE),),
        note=f"{calls:,} calls; the fewest: {deleted:,} deletes, 3 a release, the list's pages",
    )
    return [at_most_ratio(figure, AT_MOST)]
