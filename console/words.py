"""A Plan in words: what a deploy would do to one alias, in the order in which it would; pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from console.numbers import ranges
from console.pruning import Pruned
from handler.arn import AliasId
from handler.observed import AliasState
from handler.plan import (
    CreateAlias,
    DescribeAlias,
    KeepAlias,
    Plan,
    PromoteFrom,
    PublishVersion,
    RepointAlias,
    RestoreVersion,
    ResumeVersion,
    Shift,
    UseVersion,
    Watch,
    is_release,
)
from handler.preference import in_minutes

Line = tuple[str, str]
"""What is done, and to what."""

NEW = "the new version"
"""A version that has no number yet."""


@dataclass(frozen=True)
class Outcome:
    """What a deploy would do to one alias.

    Attributes:
        alias: the alias.
        found: as it is now; None where there is none.
        plan: what would be done.
        number: the version that the plan takes; empty where nobody knows it yet.
        later: what gives that version, in words, where it is not known yet.
        release_known: what chooses the version is known, and so the id of the release.
        pruned: the versions that are deleted at the end; None without RetainVersions.
    """

    alias: AliasId
    found: AliasState | None
    plan: Plan
    number: str = ""
    later: str = ""
    release_known: bool = True
    pruned: Pruned | None = None

    @property
    def version(self) -> str:
        """The version that the plan takes, in words."""
        if self.number:
            return f"version {self.number}"
        source = self.plan.version
        if isinstance(source, PromoteFrom):
            return f"the version that {source.alias_name} serves by then"
        if isinstance(source, UseVersion):
            return f"the version that {self.later} is by then"
        return NEW

    @property
    def serves_then(self) -> str | None:
        """The version that the alias serves afterwards; None where nobody knows it yet."""
        if isinstance(self.plan.alias, CreateAlias | RepointAlias):
            return self.number or None
        return self.found.version if self.found else ""


def told(outcome: Outcome) -> list[Line]:
    """Tell a plan, line by line."""
    plan = outcome.plan
    lines = [("because", _because(outcome)), *_source(outcome), *_tests(plan)]
    if plan.capacity and plan.version:
        lines.append(("provisions", f"{plan.capacity} executions of {outcome.version}"))
    if plan.shift:
        lines.append(("shifts", _shift(plan.shift)))
    lines += _alias(outcome)
    if plan.watch:
        lines += _watch(plan.watch)
    if outcome.pruned:
        lines.append(("prunes", _prunes(outcome.pruned)))
    if plan.abandoned:
        lines.append(("gives up", f"{plan.abandoned}, if it is this resource's"))
    return lines


def _because(outcome: Outcome) -> str:
    slot, because = outcome.plan.alias, outcome.plan.because
    if outcome.release_known or not isinstance(slot, RepointAlias) or not slot.release:
        return because
    return f"{because}, if what is not known changes"


def _source(outcome: Outcome) -> Iterator[Line]:
    match outcome.plan.version:
        case PublishVersion(_, code):
            only = f"; only if its code is {code}" if code else ""
            yield "publishes", f"$LATEST; Lambda gives the last version where it is the same{only}"
        case PromoteFrom(name) if outcome.number:
            yield "takes", f"{outcome.version}, which {name} serves"
        case PromoteFrom() | UseVersion():
            yield "takes", outcome.version
        case ResumeVersion():
            yield "goes on", f"with {outcome.version}"
        case RestoreVersion():
            yield "takes back", outcome.version


def _tests(plan: Plan) -> Iterator[Line]:
    if not plan.tests:
        return
    if test := plan.tests.smoke_test:
        yield "tests", f"invokes it, for {test.timeout} s at the most (SmokeTest)"
    if hook := plan.tests.pre_traffic:
        yield "asks", f"{hook} (PreTraffic)"


def _shift(shift: Shift) -> str:
    minutes = in_minutes(shift.interval)
    percents = (*([shift.stands] if shift.stands else []), *shift.percents)
    steps = ", ".join(f"{percent} %" for percent in percents)
    each = " each" if len(percents) > 1 else ""
    return f"{steps} of the traffic for {minutes}{each}, then all"


def _alias(outcome: Outcome) -> Iterator[Line]:
    name, found, slot = outcome.alias.alias_name, outcome.found, outcome.plan.alias
    match slot:
        case CreateAlias():
            yield "creates", f"{name}, on {outcome.version}"
        case RepointAlias() if found and found.version == outcome.number:
            yield "keeps", f"{name} on {outcome.version}, with no weights"
        case RepointAlias():
            before = found.version if found else "nothing"
            yield "moves", f"{name} from version {before} to {outcome.version}"
        case DescribeAlias():
            yield "describes", f"{name} anew; pointer and weights stay"
        case KeepAlias():
            yield "writes", "nothing"
        case _:
            yield "deletes", f"{name}; its versions stay"
    if isinstance(slot, CreateAlias | RepointAlias | DescribeAlias):
        yield "lineage", _lineage(outcome, slot)


def _lineage(outcome: Outcome, slot: CreateAlias | RepointAlias | DescribeAlias) -> str:
    if not slot.lineage:
        return "none: its mark is taken off"
    entries = [str(each) for each in slot.lineage.entries]
    if is_release(slot):
        release = slot.release if outcome.release_known else "?"
        entries.insert(0, f"{outcome.number or '?'}@{release}")
    return " ".join(entries)


def _watch(watch: Watch) -> Iterator[Line]:
    if watch.alarms:
        more = f", and {in_minutes(watch.interval)} after" if watch.interval else ""
        heed = "; told, not obeyed" if watch.ignore_alarms else ""
        yield "watches", f"{', '.join(watch.alarms)}{more}{heed}"
    if watch.post_traffic:
        yield "asks", f"{watch.post_traffic} (PostTraffic)"


def _prunes(pruned: Pruned) -> str:
    listed = ranges(list(pruned.versions)) or "nothing"
    broken = f"; not told to the end: {pruned.problem}" if pruned.problem else ""
    return f"{listed} (RetainVersions {pruned.keep}){broken}"
