"""The artifact's size, as `sam deploy` uploads it."""

from benchmarks.bench import Bench
from benchmarks.figures import Figure, Reference, Unit, at_most
from benchmarks.workspace import zipped

LIMIT = 2_000_000


def measure(bench: Bench) -> list[Figure]:
    """Zip what `make build-ProviderFunction` builds."""
    bench.tell("zipping")
    size, compiled = zipped(bench.workspace.provider), zipped(bench.workspace.compiled_provider)
    own = zipped(bench.workspace.provider / "handler")
    with_code = Reference("with byte code of all of it", compiled)
    figure = Figure(
        "artifact", "zipped", size, Unit.BYTES, (with_code, Reference("our own code", own))
    )
    return [at_most(figure, LIMIT, "2 MB")]
