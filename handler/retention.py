"""Which versions of a function nothing needs any more; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from handler.observed import AliasState

ROLLBACK = 3
"""Releases of a lineage that a rollback may need at the least: the head, what it goes back to, and
one more, for what a person moved by hand stands between."""


@dataclass(frozen=True)
class Retention:
    """What is to become of some versions of a function.

    Attributes:
        superfluous: the versions that nothing needs, oldest first.
        kept: why each other one stays, by its number, but for the newest.
    """

    superfluous: tuple[str, ...]
    kept: Mapping[str, str]


def superfluous(numbers: Iterable[str], held: Mapping[str, str], keep: int) -> Retention:
    """Tell which versions can go.

    Args:
        numbers: the function's versions, or some of them: what is not among the newest of some is
            not among the newest of all. What is no number, as `$LATEST.PUBLISHED`, stays.
        held: why a version must stay, by its number.
        keep: how many of the newest stay.
    """
    ordered = sorted({each for each in numbers if each.isdecimal()}, key=int)
    older = ordered[: max(0, len(ordered) - keep)]
    return Retention(
        tuple(number for number in older if number not in held),
        {number: held[number] for number in older if number in held},
    )


def held_by_aliases(aliases: Mapping[str, AliasState], keep: int) -> dict[str, str]:
    """Tell which versions a function's aliases serve, or may go back to, and why.

    Args:
        aliases: every alias of the function, by name.
        keep: how many releases of each lineage stay, and `ROLLBACK` at the least.
    """
    held: dict[str, str] = {}
    for name, state in aliases.items():
        for number, _ in ((state.version, 1.0), *state.weights):
            held[number] = f"alias {name} serves it"
        lineage = state.lineage
        if not lineage:
            continue
        if lineage.shift:
            held.setdefault(lineage.shift.version, f"alias {name} goes over to it")
        for entry in lineage.current.entries[: max(keep, ROLLBACK)]:
            held.setdefault(entry.version, f"alias {name} may go back to it")
        for tenure in lineage.earlier:
            held.setdefault(tenure.entries[0].version, f"alias {name} is given back with it")
    return held
