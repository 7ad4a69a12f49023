"""`python -m benchmarks [ROW ...] [--quick] [--write] [--json]`."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import report
from benchmarks.bench import Bench
from benchmarks.endpoint import Endpoint
from benchmarks.figures import Figure
from benchmarks.rows import (
    artifact,
    calls,
    cold,
    curve,
    engine,
    latency,
    many,
    memory,
    pruning,
    warm,
)
from benchmarks.workspace import Workspace

ROWS: dict[str, Callable[[Bench], list[Figure]]] = {
    "calls": calls.measure,
    "latency": latency.measure,
    "many": many.measure,
    "cold": cold.measure,
    "warm": warm.measure,
    "memory": memory.measure,
    "artifact": artifact.measure,
    "pruning": pruning.measure,
    "engine": engine.measure,
    "curve": curve.measure,
}

_REPEATS, _QUICK_REPEATS = 11, 3


def run(rows: Sequence[str], *, repeats: int, quick: bool, console: Console) -> list[Figure]:
    """Measure some rows, one after another."""
    figures: list[Figure] = []
    progress = Progress(
        TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(),
        console=console, transient=True,
    )  # fmt: skip
    with (
        progress,
        tempfile.TemporaryDirectory() as directory,
        Endpoint(Path(directory)) as endpoint,
    ):
        task = progress.add_task("", total=len(rows))
        workspace = Workspace(Path(directory), endpoint.certificates)
        for row in rows:

            def tell(what: str, row: str = row) -> None:
                progress.update(task, description=f"{row}: {what}")

            bench = Bench(endpoint, workspace, repeats, quick, tell)
            bench.tell("begins")
            figures += ROWS[row](bench)
            progress.advance(task)
    return figures


def main(arguments: Sequence[str]) -> int:
    """Measure, and show it; whether a target is missed is told, and is no error."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}; else all")
    parser.add_argument("--repeats", type=int, help=f"of each figure, {_REPEATS} unless told")
    parser.add_argument("--quick", action="store_true", help="measure little: does it work?")
    parser.add_argument("--write", action="store_true", help="keep a whole run's results and table")
    parser.add_argument("--json", action="store_true", help="write JSON in place of the table")
    given = parser.parse_args(arguments)
    if unknown := [each for each in given.rows if each not in ROWS]:
        parser.error(f"found {unknown[0]!r}; the rows are {', '.join(ROWS)}")
    if given.write and (given.rows or given.quick):
        parser.error("--write keeps a whole run: leave out the rows and --quick")
    repeats = given.repeats or (_QUICK_REPEATS if given.quick else _REPEATS)
    told = Console(stderr=True) if given.json else report.console()
    figures = run(given.rows or list(ROWS), repeats=repeats, quick=given.quick, console=told)
    if given.json:
        json.dump(report.document(figures), sys.stdout, indent=2)
    else:
        report.show(told, figures)
    if given.write:
        report.write(figures)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
