"""How many calls each operation takes, whatever the number of versions."""

from collections import defaultdict
from collections.abc import Mapping

from benchmarks.bench import PLAIN, PROVIDER, Bench
from benchmarks.figures import Figure, Reference, Unit
from benchmarks.lifecycle import BESIDE, CALLS, DELETE, FEWEST, Done, live

SIZES, QUICK_SIZES = (1, 100, 1_000, 10_000), (1, 100)
"""Versions that the function has before."""


def measure(bench: Bench) -> list[Figure]:
    """Count the calls of each operation, for each number of versions."""
    sizes = QUICK_SIZES if bench.quick else SIZES
    ours, plain = (_counted(bench, name, sizes) for name in (PROVIDER, PLAIN))
    return [_figure(operation, ours[operation], plain, sizes) for operation in FEWEST]


def _counted(bench: Bench, name: str, sizes: tuple[int, ...]) -> dict[str, list[Done]]:
    found: dict[str, list[Done]] = defaultdict(list)
    with bench.subject(name) as subject:
        for size in sizes:
            bench.tell(f"{name}: {size:,} versions")
            # crhelper as it comes waits two minutes before it answers a Delete.
            for done in live(bench.endpoint, subject, size, deletes=name == PROVIDER):
                found[done.operation].append(done)
    return found


def _figure(
    operation: str, ours: list[Done], plain: Mapping[str, list[Done]], sizes: tuple[int, ...]
) -> Figure:
    fewest, expected = FEWEST[operation], CALLS[operation]
    beside = {name: expected[name] for name in expected if name in BESIDE - {"PUT"}}
    others = [each.counted for each in ours if each.counted != expected]
    references = [Reference("the fewest", fewest)]
    if operation != DELETE:
        references.append(Reference(PLAIN, max(each.limited for each in plain[operation])))
    return Figure(
        "calls",
        f"{operation}; {', '.join(f'{each:,}' for each in sizes)} versions",
        max(each.limited for each in ours),
        Unit.CALLS,
        tuple(references),
        target=f"{fewest} at every size; beside: {_named(beside)}",
        passed=not others,
        note=f"made: {_named(others[0])}" if others else "",
    )


def _named(calls: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(calls.items()))
