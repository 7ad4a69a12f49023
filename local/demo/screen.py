"""What the demo shows: chapters, steps with the time they took, tables, and checks."""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from local.terminal import take_any_text

_BAR = 20
"""Cells of a bar."""
_INDENT = 7
"""Columns before a bar, where there is room: those of the checks around it."""
_WIDTH = 100
"""Columns of the output where there is no terminal to ask."""


class Off(Exception):
    """Something that the demo shows is not as it should be."""


class Screen:
    """Writes to the terminal; without colours and animation where there is none."""

    def __init__(self) -> None:
        take_any_text()
        piped = not sys.stdout.isatty()
        self._console = Console(highlight=False, width=_WIDTH if piped else None)
        # As rich tells for its tables.
        self._plain = not self._console.encoding.startswith("utf")

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
        with self._console.status(f"  {what} ...", spinner="line" if self._plain else "dots"):
            yield
        ended = "[green]done[/green]" if succeeds else "[yellow]failed, as it should[/yellow]:"
        self._console.print(f"  {ended} {what} [dim]{time.monotonic() - began:.1f} s[/]")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Show rows."""
        # Where a terminal is narrow, a cell gets more lines: its end may be what matters.
        table = Table(*(Column(each, overflow="fold") for each in columns))
        for row in rows:
            table.add_row(*row)
        self._console.print(table)

    def bar(self, name: str, old: str, new: str, percent: int) -> None:
        """Show how much of the traffic of an alias goes to its old, and to its new version."""
        cells = round(_BAR * percent / 100)
        full, light = "#." if self._plain else "█░"
        bar = f"[blue]{full * (_BAR - cells)}[/][green]{light * cells}[/]"
        line = Text.from_markup(f"{name}  {old} {bar} {new}  {percent:3} %")
        line.pad_left(max(0, min(_INDENT, self._console.width - line.cell_len)))
        self._console.print(line)

    def check(self, what: str, found: object, expected: object) -> None:
        """Show a claim that was checked.

        Raises:
            Off: it does not hold.
        """
        if found != expected:
            raise Off(f"{what}: found {found!r}, expected {expected!r}")
        self._console.print(f"  [green]true[/green] {what}")

    def interrupted(self) -> None:
        """Tell that somebody ended the demo."""
        self._console.print("\nInterrupted; nothing is left running.")

    def failure(self, text: str) -> None:
        """Tell why the demo ends here."""
        self._console.print("\n[red]The demo failed.[/red]")
        self._console.print(text, markup=False)
