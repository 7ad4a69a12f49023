"""The artifact's size, as `sam deploy` uploads it."""

from benchmarks.bench import Bench
from benchmarks.figures import Figure, Reference, Unit, at_most
from benchmarks.workspace import zipped

LIMIT = 2_000_000


def measure(bench: Bench) -> list[Figure]:
    """Zip what `make build-ProviderFunction` builds."""
    bench.tell("zipping")
    size, bare = zipped(bench.workspace.provider), zipped(bench.workspace.uncompiled_provider)
    own = zipped(bench.workspace.provider / "handler")
    without = Reference("without byte code", bare)
    figure = Figure(
        "artifact", "zipped", size, Unit.BYTES, (without, Reference("our own code", own))
    )
    return [at_most(figure, LIMIT, "2 MB")]
