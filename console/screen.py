"""The terminal: tables by rich, without colours where there is no terminal."""

import sys
import textwrap
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

_WIDTH = 160
"""Columns of the output where there is no terminal to ask."""

_ANY_WIDTH = 10_000
"""Columns in which every row has room."""

_MARGIN = "  "


class Screen:
    """Writes what was found to stdout, and what went wrong to stderr."""

    def __init__(self) -> None:
        width = None if sys.stdout.isatty() else _WIDTH
        self._out = _console(width)
        self._problems = _console(None, stderr=True)

    def say(self, text: str = "") -> None:
        """Write a line."""
        self._out.print(text)

    def title(self, text: str) -> None:
        """Write what the following is about."""
        self._out.print(text, style="bold")

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Write rows; in a narrow window one below another: a name that is cut names nothing."""
        table, lines = Table(*columns), list(rows)
        for row in lines:
            table.add_row(*row)
        anywhere = self._out.options.update_width(_ANY_WIDTH)
        if self._out.measure(table, options=anywhere).minimum <= self._out.width:
            self._out.print(table, soft_wrap=False)
            return
        for row in lines:
            self.pairs(zip(columns, row, strict=True))
            self.say()

    def pairs(self, rows: Iterable[tuple[str, str]]) -> None:
        """Write words and what they are about, one below another."""
        pairs = list(rows)
        indent = max((len(word) for word, _ in pairs), default=0) + len(_MARGIN) + 2
        for word, text in pairs:
            first, *others = textwrap.wrap(text, max(1, self._out.width - indent)) or [""]
            self._out.print(f"{_MARGIN}{word}".ljust(indent) + first)
            for line in others:
                self._out.print(" " * indent + line)

    def problem(self, text: str) -> None:
        """Write what went wrong."""
        self._problems.print(text, style="red")

    def confirmed(self, question: str) -> bool:
        """Ask, and tell whether the answer is yes."""
        self._out.print(question, end=" ")
        return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _console(width: int | None, *, stderr: bool = False) -> Console:
    # What AWS says is text: no markup, and no `:key:` of an ARN made into a picture.
    return Console(
        width=width, stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True
    )
