"""What the demo shows: chapters, steps with the time they took, tables, and checks."""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table

_BAR = 20
"""Cells of a bar."""
_WIDTH = 100
"""Columns of the output where there is no terminal to ask."""


class Off(Exception):
    """Something that the demo shows is not as it should be."""


class Screen:
    """Writes to the terminal; without colours and animation where there is none."""

    def __init__(self) -> None:
        piped = not sys.stdout.isatty()
        self._console = Console(highlight=False, width=_WIDTH if piped else None)

    def chapter(self, title: str) -> None:
        """Begin a part of the story."""
        self._console.print(f"\n[bold]{title}[/bold]")

    def say(self, text: str) -> None:
        """Tell something."""
        self._console.print(f"  {text}", markup=False)

    @contextmanager
    def step(self, what: str, *, succeeds: bool = True) -> Iterator[None]:
        """Show that something runs, then how it ended and how long it took."""
        began = time.monotonic()
        with self._console.status(f"  {what} ..."):
            yield
        ended = "[green]done[/green]" if succeeds else "[yellow]failed, as it should[/yellow]:"
        self._console.print(f"  {ended} {what} [dim]{time.monotonic() - began:.1f} s[/]")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Show rows."""
        table = Table(*columns)
        for row in rows:
            table.add_row(*row)
        self._console.print(table)

    def bar(self, name: str, old: str, new: str, percent: int) -> None:
        """Show how much of the traffic of an alias goes to its old, and to its new version."""
        cells = round(_BAR * percent / 100)
        self._console.print(
            f"       {name}  {old} [blue]{'█' * (_BAR - cells)}[/][green]{'░' * cells}[/] {new}  "
            f"{percent:3} %"
        )

    def check(self, what: str, found: object, expected: object) -> None:
        """Show a claim that was checked.

        Raises:
            Off: it does not hold.
        """
        if found != expected:
            raise Off(f"{what}: found {found!r}, expected {expected!r}")
        self._console.print(f"  [green]true[/green] {what}")

    def failure(self, text: str) -> None:
        """Tell why the demo ends here."""
        self._console.print("\n[red]The demo failed.[/red]")
        self._console.print(text, markup=False)
