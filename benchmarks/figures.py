"""A figure beside its reference and its target."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from statistics import median
from typing import Any


class Unit(StrEnum):
    """What a figure counts."""

    SECONDS = "s"
    BYTES = "bytes"
    CALLS = "calls"
    COUNT = ""


@dataclass(frozen=True)
class Reference:
    """What a figure stands beside, from the same run.

    Attributes:
        name: what it is.
        value: in the figure's unit.
    """

    name: str
    value: float


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        row: the part of the benchmarks that it is from.
        what: what was measured.
        value: the median; None for what was not measured.
        unit: of value and references.
        references: the first is what `ratio` is to.
        target: in words; empty where the figure is only reported.
        passed: whether the target was reached; None where there is none.
        note: what else is to be known.
    """

    row: str
    what: str
    value: float | None
    unit: Unit
    references: tuple[Reference, ...] = ()
    target: str = ""
    passed: bool | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """The value in units of the first reference."""
        if self.value is None or not self.references or not self.references[0].value:
            return None
        return self.value / self.references[0].value

    def written(self) -> dict[str, Any]:
        """Give it as JSON."""
        return {**asdict(self), "unit": self.unit.value, "ratio": self.ratio}


def at_most_ratio(figure: Figure, limit: float) -> Figure:
    """Give a figure the target of a ratio."""
    ratio = figure.ratio
    passed = ratio is not None and ratio <= limit
    return _with_target(figure, f"{limit:g} x {figure.references[0].name}", passed=passed)


def at_most(figure: Figure, limit: float, told: str) -> Figure:
    """Give a figure the target of a value."""
    passed = figure.value is not None and figure.value <= limit
    return _with_target(figure, told, passed=passed)


def _with_target(figure: Figure, target: str, *, passed: bool) -> Figure:
    told = f"{figure.target}; {target}" if figure.target else f"at most {target}"
    passed = passed and figure.passed is not False
    return Figure(
        figure.row, figure.what, figure.value, figure.unit, figure.references, told, passed,
        figure.note,
    )  # fmt: skip


def middle(values: Iterable[float]) -> float:
    """Give the median."""
    return float(median(values))


def shown(value: float | None, unit: Unit) -> str:
    """Write a value for people."""
    if value is None:
        return "not measured"
    if unit is Unit.SECONDS:
        return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"
    if unit is Unit.BYTES:
        return f"{value / 1_000_000:.3g} MB"
    return f"{value:g} {unit.value}".strip()
