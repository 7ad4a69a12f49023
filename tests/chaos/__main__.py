"""`python -m tests.chaos`: every scenario with every fault at every call; a table at the end."""

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from tests.chaos.limits import LIMITS, is_one_of
from tests.chaos.matrix import Result, Schedule, dry_run, run, schedules
from tests.chaos.scenarios import SCENARIOS

_SHOWN = 40
"""Violations that are listed; the table counts all of them."""


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for; give the exit code."""
    given = _parse(arguments)
    every = [one for scenario in SCENARIOS for one in schedules(scenario)]
    # Wide enough for the table also where the output is a file.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    if given.only:
        chosen = [one for one in every if str(one) == given.only]
        return _replay(console, chosen[0]) if chosen else _unknown(console, given.only)
    chosen = [one for one in every if given.scenario in (None, one.scenario)][:: given.every]
    began = time.monotonic()
    results = list(_run_all(console, chosen, given.workers))
    _report(console, results)
    seconds = time.monotonic() - began
    console.print(f"{len(results)} schedules in {seconds:.0f} s on {given.workers} processes")
    return int(any(_is_violation(result) for result in results))


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.chaos", description=__doc__)
    parser.add_argument("--only", metavar="ID", help="replay one schedule, and tell what happened")
    parser.add_argument("--scenario", metavar="NAME", help="run the schedules of one scenario")
    parser.add_argument("--every", metavar="N", type=int, default=1, help="run every Nth schedule")
    parser.add_argument("--workers", metavar="N", type=int, default=multiprocessing.cpu_count())
    return parser.parse_args(arguments)


def _run_all(console: Console, chosen: list[Schedule], workers: int) -> Iterator[Result]:
    columns = (
        TextColumn("{task.description:<40}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("[red]{task.fields[bad]} violated"), TimeRemainingColumn(),
    )  # fmt: skip
    bad = 0
    # Forked after the dry runs, so that no worker repeats them.
    with (
        multiprocessing.get_context("fork").Pool(workers) as pool,
        Progress(*columns, console=console) as progress,
    ):
        task = progress.add_task("", total=len(chosen), bad=0)
        for result in pool.imap(run, chosen, chunksize=16):
            bad += _is_violation(result)
            progress.update(task, advance=1, description=result.schedule.scenario, bad=bad)
            yield result


def _is_violation(result: Result) -> bool:
    return bool(result.violations) and not is_one_of(LIMITS, str(result.schedule))


def _report(console: Console, results: list[Result]) -> None:
    bad = [result for result in results if _is_violation(result)]
    for result in bad[:_SHOWN]:
        console.print(f"[red]{result.schedule}[/] ends {result.status}", soft_wrap=True)
        for violation in result.violations:
            console.print(f"    {violation}", soft_wrap=True, markup=False)
    if len(bad) > _SHOWN:
        console.print(f"... and {len(bad) - _SHOWN} more")
    ran = Counter(result.schedule.scenario for result in results)
    violated = Counter(result.schedule.scenario for result in bad)
    limited = Counter(
        result.schedule.scenario for result in results if result.violations and result not in bad
    )
    table = Table(
        Column("scenario", no_wrap=True),
        "ends",
        "calls",
        "schedules",
        "limits",
        "violations",
    )
    for name, count in ran.items():
        dry = dry_run(name)
        numbers = (len(dry.calls), count, limited[name], violated[name])
        style = "red" if violated[name] else ""
        table.add_row(name, dry.outcome.status, *map(str, numbers), style=style)
    total = (sum(each.values()) for each in (ran, limited, violated))
    table.add_section()
    table.add_row("all", "", "", *map(str, total))
    console.print(table)


def _replay(console: Console, schedule: Schedule) -> int:
    result = run(schedule, tell=True)
    console.print(result.log, markup=False, soft_wrap=True)
    for line in result.story:
        console.print(line, markup=False, soft_wrap=True)
    _report(console, [result])
    return int(_is_violation(result))


def _unknown(console: Console, name: str) -> int:
    console.print(f"no schedule is called {name!r}; the violations of a run show their names")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
