"""`rollback`: the break-glass move, one step back along an alias's lineage."""

import argparse
import sys
from dataclasses import dataclass, replace

from console.functions import find_alias
from console.problem import Problem
from console.screen import Screen
from console.session import Session
from handler.arn import AliasId
from handler.errors import NotFound, ResourceConflict
from handler.observed import AliasState

WRITES = ("UpdateAlias",)


@dataclass(frozen=True)
class Step:
    """One step back.

    Attributes:
        before: the alias as it was read.
        after: as it shall be.
        of: release of the version that it goes back to.
    """

    before: AliasState
    after: AliasState
    of: str


def step_back(alias: AliasId, state: AliasState) -> Step:
    """Say what one step back is; pure.

    Traffic that is shared goes back to the version that the alias points to; else the pointer goes
    to the entry below. The Description stays: to the next release it is a move by hand, which
    counts as part of the last release (docs/lifecycle.md).

    Raises:
        Problem: there is no step back that the lineage knows.
    """
    if not state.lineage:
        raise Problem(f"{alias} has no lineage: nothing here promoted it; move it by hand")
    entries = list(state.lineage.entries)
    if state.weighted:
        whose = next((each.release for each in entries if each.version == state.version), "-")
        return Step(state, replace(state, weights=()), whose)
    places = [place for place, each in enumerate(entries) if each.version == state.version]
    if not places:
        raise Problem(
            f"{alias} serves version {state.version}, which its lineage does not name "
            f"({' '.join(map(str, entries))}): somebody moved it by hand; so must you"
        )
    # What stands above was left already, by an earlier step back: one more never returns to it.
    left = {entry.version for entry in entries[: places[0] + 1]}
    for entry in entries[places[0] + 1 :]:
        if entry.version not in left:
            return Step(state, replace(state, version=entry.version), entry.release)
    raise Problem(
        f"{alias} serves version {state.version}, and its lineage names none before it that was "
        "not left already"
    )


def what_comes_next(alias: AliasId, step: Step) -> list[str]:
    """Say what the next deploy will do with an alias that a person has moved; pure."""
    name, number = alias.alias_name, step.after.version
    lines = []
    mark = step.before.lineage
    if mark and mark.shift:
        lines.append(
            f"Release {mark.shift.release} is not settled: if its stack operation is still under "
            "way, it fails and is rolled back."
        )
    return [
        *lines,
        f"A deploy without a new release leaves {name} on {number}; other properties still apply.",
        f"The next release moves {name} as usual, and notes {number} in the lineage.",
        f"Should its stack roll back, {name} returns to {number}.",
        "The release that it left still stands in the template: correct it before the next deploy.",
    ]


def rollback(arguments: argparse.Namespace, session: Session, screen: Screen) -> int:
    """Move an alias one step back, once a person has agreed; 1 if it was not moved."""
    alias = find_alias(session.functions, arguments.function, arguments.alias)
    state = session.gateway.get_alias(alias)
    if not state:
        raise Problem(f"there is no alias {alias}")
    step = step_back(alias, state)
    _check_exists(alias, step, session)
    screen.title(str(alias))
    screen.pairs(
        [
            ("from", _traffic(step.before)),
            ("to", f"{_traffic(step.after)}, of release {step.of}"),
        ]
    )
    if not arguments.yes and not _agreed(screen):
        screen.say("Nothing was written.")
        return 1
    try:
        session.gateway.repoint_alias(alias, step.after)
    except ResourceConflict as error:
        raise Problem(
            f"{alias} was changed by somebody else meanwhile, so nothing was written; look again"
        ) from error
    screen.say(f"{alias} serves version {step.after.version} now.")
    for line in what_comes_next(alias, step):
        screen.say(f"- {line}")
    return 0


def _check_exists(alias: AliasId, step: Step, session: Session) -> None:
    try:
        session.gateway.get_version(alias.function_name, step.after.version)
    except NotFound as error:
        raise Problem(
            f"version {step.after.version} of {alias.function_name} does not exist any more; move "
            f"{alias.alias_name} by hand"
        ) from error


def _agreed(screen: Screen) -> bool:
    if not sys.stdin.isatty():
        raise Problem("there is no terminal to ask at; say --yes")
    try:
        return screen.confirmed("Move it? [y/N]")
    except KeyboardInterrupt:
        screen.say("\nNothing was written.")
        raise


def _traffic(state: AliasState) -> str:
    if not state.weighted:
        return f"version {state.version}"
    shares = [f"{round(100 * share)} % to {number}" for number, share in state.weights]
    return f"version {state.version}, {', '.join(shares)}"
