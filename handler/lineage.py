"""The lineage that an alias carries in its Description, and the ids in it; pure.

    Orders API [alias-promotion owner=1f3a9c2e adopted=- by=9a0b1c2d6927c5aa 8@77aa01de | 5@-]
    the user's text             our owner   owner before begun by            the head     before us

A tenure is one owner's entries, newest first. An alias that was never adopted has one; an adoption
puts a new one in front, and a bar between them. `by` is the request that began the tenure, and the
second in which it was made. `..` stands where old entries fell off, and `by` with them. While a
release is not settled, `shift=9@5c0ffee5` stands before the entries: its traffic is going over, or
all of it has, and its alarms or its hook are still to be heard.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

DESCRIPTION_LIMIT = 256
"""Characters in an alias's Description (aws-semantics B3)."""

NOBODY = "-"
"""Owner of an alias without a mark, and release of an entry that no promotion made."""

_HASH = 8
"""Characters of an id."""

_CHOOSING = ("SourceQualifier", "Triggers", "CodeSha256", "VersionDescription")
_ID = rf"(?:[0-9a-f]{{8}}|{NOBODY})"
_MARK = re.compile(
    rf"(?P<text>.*?) ?\[alias-promotion owner=(?P<owner>[0-9a-f]{{8}})"
    rf"(?: adopted=(?P<adopted>{_ID}(?:,{_ID})*))?(?: shift=(?P<shift>[0-9]+@{_ID}))?"
    r" (?P<tenures>[^\[\]]+)\]",
    re.DOTALL,
)
_ENTRY = rf"(?:\$LATEST|[0-9]+)@{_ID}"
_TENURE = re.compile(
    rf"(?:by=(?P<by>[0-9a-f]{{8,16}}) )?(?P<entries>{_ENTRY}(?: {_ENTRY})*)(?P<shortened> \.\.)?"
)


def release_id(properties: Mapping[str, Any]) -> str:
    """Identify a release by the properties that choose its version, as they were received."""
    chosen = {name: properties[name] for name in _CHOOSING if name in properties}
    text = json.dumps(chosen, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return _short_hash(text)


def owner_id(stack_id: str, logical_id: str) -> str:
    """Identify the resource that manages an alias."""
    return _short_hash(f"{stack_id}|{logical_id}")


def kept_id(owner: str) -> str:
    """Identify the resource that had an alias which outlived it.

    Whoever adds the resource again may take the alias up; no Delete finds it to be its own.
    """
    return _short_hash(f"{owner}|kept")


def request_id(request: str, signed_at: datetime | None) -> str:
    """Identify the request that begins a tenure: the same event delivered again has the same.

    Args:
        request: its RequestId.
        signed_at: when it was made; the second half tells it, in seconds since the epoch.
    """
    return _short_hash(request) + (f"{int(signed_at.timestamp()):08x}" if signed_at else "")


def _short_hash(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH]


@dataclass(frozen=True)
class Entry:
    """One release of an alias: which version it served, and why.

    Attributes:
        version: a number, or `$LATEST` where somebody pointed the alias there.
        release: id of the release, or `-` where no promotion made it.
    """

    version: str
    release: str

    def __str__(self) -> str:
        return f"{self.version}@{self.release}"


@dataclass(frozen=True)
class Tenure:
    """The entries of one owner, newest first.

    Attributes:
        owner: id of the resource, or `-` for an alias without a mark.
        entries: empty only before the first release.
        shortened: older entries fell off the end.
        by: what began it: id of the request, or of the release before where an Update made an
            alias anew that was gone; empty where it fell off, or was never noted.
    """

    owner: str
    entries: tuple[Entry, ...] = ()
    shortened: bool = False
    by: str = ""

    @property
    def began(self) -> datetime | None:
        """When the request was made that began it; None where that is not known."""
        seconds = self.by[_HASH:]
        return datetime.fromtimestamp(int(seconds, 16), UTC) if seconds else None

    def __str__(self) -> str:
        by, fallen = [f"by={self.by}"] if self.by else [], [".."] if self.shortened else []
        return " ".join([*by, *map(str, self.entries), *fallen])


@dataclass(frozen=True)
class Lineage:
    """Who owns an alias and what it served, newest first.

    Attributes:
        current: the tenure of the owner.
        earlier: the tenures before each adoption, newest first; only an adoption that is given
            back looks at them.
        shift: the release that is not settled yet; every later state of the lineage is without it.
    """

    current: Tenure
    earlier: tuple[Tenure, ...] = ()
    shift: Entry | None = None

    @property
    def owner(self) -> str:
        """Id of the resource that manages the alias."""
        return self.current.owner

    @property
    def head(self) -> Entry:
        """The newest entry: the release that the alias serves, as far as we know."""
        return self.current.entries[0]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every entry of every tenure, newest first."""
        return tuple(entry for tenure in (self.current, *self.earlier) for entry in tenure.entries)

    @property
    def fresh(self) -> bool:
        """Tell whether the owner has made one release only."""
        return len(self.current.entries) == 1 and not self.current.shortened

    @property
    def moved(self) -> bool:
        """Tell whether all traffic went over to the release that is not settled."""
        return bool(self.shift and self.shift.release == self.head.release)

    def begun_by(self, by: str) -> bool:
        """Tell whether this began the tenure, and nothing was released since."""
        # Its time says nothing that the request does not.
        return self.fresh and bool(by) and self.current.by[:_HASH] == by[:_HASH]

    def has_served(self, version: str) -> bool:
        """Tell whether the owner has released this version."""
        return any(entry.version == version for entry in self.current.entries)

    def below_head(self, release: str) -> Entry | None:
        """Find the newest older entry of the owner with this release."""
        older = self.current.entries[1:]
        return next((entry for entry in older if entry.release == release), None)

    def push(self, entry: Entry) -> "Lineage":
        """Put a release in front."""
        entries = (entry, *self.current.entries)
        return replace(self.settled(), current=replace(self.current, entries=entries))

    def shifting(self, entry: Entry) -> "Lineage":
        """Note a release that is not settled."""
        return replace(self, shift=entry)

    def settled(self) -> "Lineage":
        """Note that no release is unsettled."""
        return replace(self, shift=None)

    def owned_by(self, owner: str) -> "Lineage":
        """Go on under another id of the same resource."""
        return replace(self, current=replace(self.current, owner=owner))

    def noting(self, version: str) -> "Lineage":
        """Count what a person moved by hand as part of the head's release."""
        if version == self.head.version:
            return self.settled()
        return self.push(Entry(version, self.head.release))

    def back_to(self, entry: Entry) -> "Lineage":
        """Drop what stands above an entry of the owner."""
        entries = self.current.entries[self.current.entries.index(entry, 1) :]
        return replace(self.settled(), current=replace(self.current, entries=entries))

    def adopted_by(self, owner: str, by: str = "") -> "Lineage":
        """Begin a new owner's tenure in front of these."""
        # Given back to the same owner, the alias would be deleted by a Delete that comes twice.
        kept = kept_id(owner)
        before = self.owned_by(kept) if self.owner == owner else self
        earlier = self.earlier
        while self.owner in (owner, kept) and earlier and earlier[0].owner == kept:
            # What was kept before that is given back to nobody.
            earlier = earlier[1:]
        return Lineage(Tenure(owner, by=by), (before.current, *earlier))

    def given_back(self) -> "Lineage | None":
        """End the current tenure; None when the alias carried no mark before it."""
        before, *others = self.earlier
        return None if before.owner == NOBODY else Lineage(before, tuple(others))


def parse(description: str) -> tuple[str, Lineage | None]:
    """Split a Description into the user's text and the lineage; None without a valid mark."""
    found = _MARK.fullmatch(description)
    if not found:
        return description, None
    owners = [found["owner"], *(found["adopted"].split(",") if found["adopted"] else [])]
    parts = found["tenures"].split(" | ")
    tenures = [_parse_tenure(*pair) for pair in zip(owners, parts, strict=False)]
    complete = [tenure for tenure in tenures if tenure]
    if not len(owners) == len(parts) == len(complete):
        return description, None
    shift = Entry(*found["shift"].split("@")) if found["shift"] else None
    return found["text"], Lineage(complete[0], tuple(complete[1:]), shift)


def _parse_tenure(owner: str, text: str) -> Tenure | None:
    found = _TENURE.fullmatch(text)
    if not found:
        return None
    entries = (Entry(*word.split("@")) for word in found["entries"].split(" "))
    return Tenure(owner, tuple(entries), bool(found["shortened"]), found["by"] or "")


def render(text: str, lineage: Lineage | None, keep: int = 1) -> str:
    """Join the user's text and the lineage, dropping the oldest entries that do not fit.

    Args:
        text: the user's part.
        lineage: None for no mark.
        keep: entries of the owner, the newest ones, that must not fall off.

    Raises:
        ValueError: these, and one entry of each earlier tenure, do not fit beside the text.
    """
    while (excess := _length(description := _join(text, lineage)) - DESCRIPTION_LIMIT) > 0:
        lineage = lineage and _drop_oldest(lineage, keep)
        if not lineage:
            raise ValueError(excess)
    return description


def _length(text: str) -> int:
    # AWS does not say what a character is; there are no more of any kind than of UTF-16.
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _join(text: str, lineage: Lineage | None) -> str:
    if not lineage:
        return text
    earlier = ",".join(tenure.owner for tenure in lineage.earlier)
    adopted = f" adopted={earlier}" if earlier else ""
    shift = f" shift={lineage.shift}" if lineage.shift else ""
    tenures = " | ".join(map(str, (lineage.current, *lineage.earlier)))
    mark = f"[alias-promotion owner={lineage.owner}{adopted}{shift} {tenures}]"
    return f"{text} {mark}" if text else mark


def _drop_oldest(lineage: Lineage, keep: int) -> Lineage | None:
    # The bar and the entry after it never fall off: they say what an adopted alias goes back to.
    # Nor does what tells that a Create came twice, while its own release stands alone.
    tenures = [lineage.current, *lineage.earlier]
    for place in reversed(range(len(tenures))):
        tenure = tenures[place]
        if len(tenure.entries) > (1 if place else keep):
            shorter = replace(tenure, entries=tenure.entries[:-1], shortened=True, by="")
        elif tenure.by and (place or not lineage.fresh):
            shorter = replace(tenure, by="")
        else:
            continue
        tenures[place] = shorter
        return Lineage(tenures[0], tuple(tenures[1:]), lineage.shift)
    return None
