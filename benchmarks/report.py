"""What a run tells: the table, for people and for the README, and the results as JSON."""

import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure, shown

RESULTS = Path(__file__).with_name("results.json")
README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- results -->", "<!-- end of results -->"

_COLUMNS = ("what", "measured", "beside", "ratio", "target", "")
_OUTCOMES = {True: "pass", False: "miss", None: ""}
_COLOURS = {True: "green", False: "red", None: "default"}


def facts() -> dict[str, Any]:
    """Tell of the machine what matters, and nothing by which it could be known."""
    return {
        "cores": os.cpu_count(),
        "system": platform.system(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
    }


def cells(figure: Figure) -> tuple[str, ...]:
    """Give the texts of a figure's line."""
    beside = [f"{each.name} {shown(each.value, figure.unit)}" for each in figure.references]
    what = f"{figure.what} ({figure.note})" if figure.note else figure.what
    return (
        what,
        shown(figure.value, figure.unit),
        "; ".join(beside),
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        figure.target,
        _OUTCOMES[figure.passed],
    )


def show(console: Console, figures: Sequence[Figure]) -> None:
    """Write the table to a terminal, a part for each row."""
    table = Table(*_COLUMNS, title="this provider, beside its floors and what people use instead")
    for row in dict.fromkeys(each.row for each in figures):
        table.add_section()
        table.add_row(f"[bold]{row}[/bold]")
        for figure in (each for each in figures if each.row == row):
            *texts, outcome = cells(figure)
            colour = _COLOURS[figure.passed]
            table.add_row(*texts, f"[{colour}]{outcome}[/{colour}]")
    console.print(table)
    missed = sum(each.passed is False for each in figures)
    aimed = sum(each.passed is not None for each in figures)
    console.print(f"{aimed - missed} of {aimed} targets reached")


def markdown(figures: Sequence[Figure]) -> str:
    """Write the table as Markdown."""
    lines = [f"| row | {' | '.join(_COLUMNS)} |", "| --- " * (len(_COLUMNS) + 1) + "|"]
    lines += [f"| {each.row} | {' | '.join(cells(each))} |" for each in figures]
    told = facts()
    machine = f"{told['cores']} cores, {told['system']} {told['architecture']}"
    return "\n".join([*lines, "", f"Measured on {machine}, Python {told['python']}."])


def document(figures: Sequence[Figure]) -> dict[str, Any]:
    """Give the results as JSON."""
    return {"machine": facts(), "figures": [each.written() for each in figures]}


def write(figures: Sequence[Figure]) -> None:
    """Keep the results beside the code, and the table in the README."""
    RESULTS.write_text(json.dumps(document(figures), indent=2) + "\n", "utf-8")
    before, rest = README.read_text("utf-8").split(BEGIN)
    _, after = rest.split(END)
    README.write_text(f"{before}{BEGIN}\n{markdown(figures)}\n{END}{after}", "utf-8")


def console() -> Console:
    """Make the console; without colours where there is no terminal."""
    piped = not sys.stdout.isatty()
    return Console(highlight=False, width=180 if piped else None, no_color=piped)
