"""What to do: typed slots, so that nonsense can't be expressed. A dry run prints the Plan."""

from dataclasses import dataclass
from typing import TypeGuard

from handler import lineage
from handler.arn import AliasId
from handler.errors import InvalidRequest
from handler.lineage import Entry, Lineage
from handler.smoke_test import SmokeTest


@dataclass(frozen=True)
class PublishVersion:
    """Publish `$LATEST`."""

    description: str = ""
    code_sha256: str | None = None


@dataclass(frozen=True)
class PromoteFrom:
    """Take the version that another alias serves."""

    alias_name: str


@dataclass(frozen=True)
class UseVersion:
    """Take this version, which must exist."""

    version: str


@dataclass(frozen=True)
class ResumeVersion:
    """Go on with the version that this release has begun with."""

    version: str


@dataclass(frozen=True)
class RestoreVersion:
    """Take this version back: it served before, so it is not asked about first."""

    version: str


@dataclass(frozen=True)
class CreateAlias:
    """Make the alias.

    Attributes:
        text: the user's part of the Description.
        lineage: what the new entry is put in front of.
        release: id of the new entry.
    """

    text: str
    lineage: Lineage
    release: str


@dataclass(frozen=True)
class RepointAlias:
    """Point the alias to the version, with no weights.

    Attributes:
        text: the user's part of the Description.
        lineage: what the new entry is put in front of; None takes the mark off.
        release: id of the new entry; None adds none.
    """

    text: str
    lineage: Lineage | None
    release: str | None = None


@dataclass(frozen=True)
class DescribeAlias:
    """Write the Description; pointer and weights stay.

    Attributes:
        text: the user's part of the Description.
        lineage: None takes the mark off.
    """

    text: str
    lineage: Lineage | None


@dataclass(frozen=True)
class KeepAlias:
    """Write nothing."""


@dataclass(frozen=True)
class DeleteAlias:
    """Delete the alias; versions stay."""


@dataclass(frozen=True)
class Tests:
    """What the version must pass before the alias moves.

    Attributes:
        smoke_test: an invocation of the version itself.
        pre_traffic: a function that is asked; may be empty.
    """

    smoke_test: SmokeTest | None = None
    pre_traffic: str = ""


@dataclass(frozen=True)
class Shift:
    """Send the traffic over step by step; pointer and lineage move after the last.

    Attributes:
        percents: the shares of the new version that are still to come.
        interval: minutes for which each stands.
        stands: the share that it has already: its interval comes first; None where it has none.
    """

    percents: tuple[int, ...]
    interval: int
    stands: int | None = None


@dataclass(frozen=True)
class Watch:
    """What is heard before the release is settled.

    Attributes:
        alarms: looked at before anything moves, while traffic shifts, and for `interval` after.
        ignore_alarms: they are told, not obeyed.
        interval: minutes.
        post_traffic: a function that is asked at the end; may be empty.
    """

    alarms: tuple[str, ...] = ()
    ignore_alarms: bool = False
    interval: int = 0
    post_traffic: str = ""


_DIGITS = 6
"""Of the number of a version, where the alias does not tell how many a function has."""

VersionSlot = PublishVersion | PromoteFrom | UseVersion | ResumeVersion | RestoreVersion | None
AliasSlot = CreateAlias | RepointAlias | DescribeAlias | KeepAlias | DeleteAlias


@dataclass(frozen=True)
class Plan:
    """What to do, in the order of the fields.

    Attributes:
        alias: what happens to the alias.
        because: the reason, for the log.
        version: where the version comes from; None where the alias needs none.
        abandoned: another alias that must be given up afterwards: a rename that was never answered.
        tests: what the version must pass first.
        capacity: provisioned concurrency that the version must have first.
        shift: how the traffic goes over; None for all at once.
        watch: what is heard before the release is settled; None for nothing.
    """

    alias: AliasSlot
    because: str
    version: VersionSlot = None
    abandoned: AliasId | None = None
    tests: Tests | None = None
    capacity: int | None = None
    shift: Shift | None = None
    watch: Watch | None = None


def is_release(slot: AliasSlot) -> TypeGuard[CreateAlias | RepointAlias]:
    """Tell whether the slot makes the alias serve a version for a release, not for a way back."""
    return isinstance(slot, CreateAlias | RepointAlias) and bool(slot.release)


def check_room(slot: CreateAlias | RepointAlias, *, unsettled: bool = False) -> None:
    """Refuse a new entry that would not fit, before its version is published and has a number.

    Raises:
        InvalidRequest: the text leaves no room for the lineage.
    """
    description_after(slot, _longest(slot), unsettled=unsettled)


def check_room_meanwhile(slot: RepointAlias, text: str) -> None:
    """Refuse a text beside which there is no room for the note that a release is under way.

    Raises:
        InvalidRequest: the text leaves no room.
    """
    if slot.lineage and slot.lineage.current.entries:
        description_during(slot, text, _longest(slot))


def _longest(slot: CreateAlias | RepointAlias) -> str:
    """Give a number that no next version of the function exceeds."""
    entries = slot.lineage.entries if slot.lineage else ()
    return "9" * (len(entries[0].version) + 1 if entries else _DIGITS)


def description_after(
    slot: CreateAlias | RepointAlias | DescribeAlias, version: str, *, unsettled: bool = False
) -> str:
    """Give the alias's whole Description once the slot is carried out with this version.

    Args:
        slot: what happens to the alias.
        version: what it serves then.
        unsettled: the release is still watched.

    Raises:
        InvalidRequest: the text leaves no room for the lineage.
    """
    after, keep = slot.lineage, 1
    if not isinstance(slot, DescribeAlias) and slot.release and after:
        # The entry below a new one is what a rollback goes back to.
        entry = Entry(version, slot.release)
        after, keep = after.push(entry), 2
        after = after.shifting(entry) if unsettled else after
    try:
        return lineage.render(slot.text, after, keep)
    except ValueError as error:
        if isinstance(slot, RepointAlias) and not slot.release:
            # The way back must not fail on a text.
            return lineage.render(slot.text[: -error.args[0]], after)
        raise InvalidRequest(
            f"Description: too long beside the alias's lineage, by {error} characters; shorten it"
        ) from None


def description_during(slot: RepointAlias, text: str, version: str) -> str:
    """Give the alias's whole Description while its traffic goes over to this version.

    Raises:
        InvalidRequest: the text leaves no room for the lineage.
    """
    if not slot.lineage or not slot.release:
        raise ValueError(slot)
    return description_after(
        DescribeAlias(text, slot.lineage.shifting(Entry(version, slot.release))), version
    )
