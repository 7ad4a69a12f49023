"""What to do: typed slots, so that nonsense can't be expressed. A dry run prints the Plan."""

from dataclasses import dataclass

from handler import lineage
from handler.arn import AliasId
from handler.errors import InvalidRequest
from handler.lineage import Entry, Lineage


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


VersionSlot = PublishVersion | PromoteFrom | UseVersion | RestoreVersion | None
AliasSlot = CreateAlias | RepointAlias | DescribeAlias | KeepAlias | DeleteAlias


@dataclass(frozen=True)
class Plan:
    """What to do, in the order of the fields.

    Attributes:
        alias: what happens to the alias.
        because: the reason, for the log.
        version: where the version comes from; None where the alias needs none.
        abandoned: another alias that must be given up afterwards: a rename that was never answered.
    """

    alias: AliasSlot
    because: str
    version: VersionSlot = None
    abandoned: AliasId | None = None


def check_room(slot: RepointAlias) -> None:
    """Refuse a new entry that would not fit, before its version is published and has a number.

    Raises:
        InvalidRequest: the text leaves no room for the lineage.
    """
    head = slot.lineage.entries[0].version if slot.lineage else ""
    description_after(slot, "9" * (len(head) + 1))


def description_after(slot: CreateAlias | RepointAlias | DescribeAlias, version: str) -> str:
    """Give the alias's whole Description once the slot is carried out with this version.

    Raises:
        InvalidRequest: the text leaves no room for the lineage.
    """
    after, keep = slot.lineage, 1
    if not isinstance(slot, DescribeAlias) and slot.release and after:
        # The entry below a new one is what a rollback goes back to.
        after, keep = after.push(Entry(version, slot.release)), 2
    try:
        return lineage.render(slot.text, after, keep)
    except ValueError as error:
        if isinstance(slot, RepointAlias) and not slot.release:
            # The way back must not fail on a text.
            return lineage.render(slot.text[: -error.args[0]], after)
        raise InvalidRequest(
            f"Description: too long beside the alias's lineage, by {error} characters; shorten it"
        ) from None
