"""Where a function's aliases stand; pure."""

from dataclasses import dataclass
from typing import Any

from console.functions import Function, Published, Storage
from console.owners import Owner, Owners
from handler.lineage import Entry
from handler.model import LATEST
from handler.observed import AliasState

_ALL = 100
"""Percent."""


@dataclass(frozen=True)
class Standing:
    """Where one alias stands.

    Attributes:
        name: of the alias.
        state: what Lambda says of it.
        published: the version that it points to; without a date where it is not listed.
        owner: what manages it, where it was found.
        by_hand: a person has moved it since its last release.
    """

    name: str
    state: AliasState
    published: Published
    owner: Owner | None
    by_hand: bool

    @property
    def owner_id(self) -> str:
        """The hash in the mark; empty where nothing manages the alias."""
        return self.state.lineage.owner if self.state.lineage else ""

    @property
    def release(self) -> str:
        """Id of the release that it serves; empty where nothing manages the alias."""
        return self.state.lineage.head.release if self.state.lineage else ""

    @property
    def shift(self) -> Entry | None:
        """The release that is not settled."""
        return self.state.lineage.shift if self.state.lineage else None

    @property
    def before(self) -> tuple[Entry, ...]:
        """What it served before, newest first."""
        entries = self.state.lineage.entries if self.state.lineage else ()
        # The head is what it serves, or served until a person moved it.
        return entries if self.by_hand else entries[1:]

    @property
    def shares(self) -> dict[str, int]:
        """The share of the traffic of each version, in percent."""
        others = {number: round(100 * share) for number, share in self.state.weights}
        return {self.state.version: _ALL - sum(others.values()), **others}


@dataclass(frozen=True)
class Overview:
    """Where a function stands.

    Attributes:
        name: of the function.
        aliases: by name.
        unserved: versions that no alias serves, oldest first; `$LATEST` is none of them.
        remembered: those of them that stand in a lineage: a rollback may need them.
        versions: how many versions there are, without `$LATEST`.
        code_size: bytes, of all versions and `$LATEST`.
    """

    name: str
    aliases: tuple[Standing, ...]
    unserved: tuple[Published, ...]
    remembered: frozenset[str]
    versions: int
    code_size: int


def overview(function: Function, owners: Owners) -> Overview:
    """Bring together what Lambda and CloudFormation say."""
    versions = {each.number: each for each in function.versions}
    aliases = tuple(
        _standing(name, state, versions, owners) for name, state in sorted(function.aliases.items())
    )
    served = {number for each in aliases for number in each.shares}
    named = {entry.version for each in aliases for entry in _entries(each.state)}
    unserved = [each for each in function.versions if each.number not in {*served, LATEST}]
    return Overview(
        function.name,
        aliases,
        tuple(unserved),
        frozenset(each.number for each in unserved) & named,
        len(versions.keys() - {LATEST}),
        sum(each.code_size for each in function.versions),
    )


def as_json(overviews: list[Overview], storage: Storage) -> dict[str, Any]:
    """Give the same as JSON; the keys stay as they are."""
    return {
        "Functions": [_function(each) for each in overviews],
        "Account": {"CodeSize": storage.used, "CodeSizeLimit": storage.limit},
    }


def _standing(
    name: str, state: AliasState, versions: dict[str, Published], owners: Owners
) -> Standing:
    mark = state.lineage
    return Standing(
        name,
        state,
        versions.get(state.version, Published(state.version)),
        owners.found.get(mark.owner) if mark else None,
        bool(mark and mark.head.version != state.version),
    )


def _entries(state: AliasState) -> tuple[Entry, ...]:
    mark = state.lineage
    if not mark:
        return ()
    return (*mark.entries, mark.shift) if mark.shift else mark.entries


def _function(one: Overview) -> dict[str, Any]:
    return {
        "FunctionName": one.name,
        "Aliases": [_alias(each) for each in one.aliases],
        "UnservedVersions": [
            {
                "Version": each.number,
                "LastModified": each.last_modified,
                "CodeSize": each.code_size,
                "InLineage": each.number in one.remembered,
            }
            for each in one.unserved
        ],
        "Versions": one.versions,
        "CodeSize": one.code_size,
    }


def _alias(one: Standing) -> dict[str, Any]:
    return {
        "AliasName": one.name,
        "FunctionVersion": one.state.version,
        "AdditionalVersionWeights": dict(one.state.weights),
        "LastModified": one.published.last_modified,
        "Description": one.state.text,
        "Release": one.release,
        "MovedByHand": one.by_hand,
        "Shift": _entry(one.shift) if one.shift else None,
        "OwnerId": one.owner_id,
        "StackName": one.owner.stack_name if one.owner else None,
        "LogicalResourceId": one.owner.logical_id if one.owner else None,
        "ServedBefore": [_entry(each) for each in one.before],
    }


def _entry(entry: Entry) -> dict[str, str]:
    return {"Version": entry.version, "Release": entry.release}
