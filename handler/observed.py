"""What was found in the account before anything is written."""

from dataclasses import dataclass
from datetime import datetime

from handler import lineage
from handler.direction import Direction
from handler.lineage import Lineage
from handler.signature import CLOCK_TOLERANCE


@dataclass(frozen=True)
class AliasState:
    """An alias, as GetAlias gave it or as we wrote it.

    Attributes:
        version: what it points to; a number or `$LATEST`.
        description: whole, with the mark.
        revision_id: changes with every write; what a write of ours expects to find.
        weights: the share of the traffic that a second version gets, by its number.
    """

    version: str
    description: str
    revision_id: str = ""
    weights: tuple[tuple[str, float], ...] = ()

    @property
    def weighted(self) -> bool:
        """Tell whether a second version gets a share of the traffic."""
        return bool(self.weights)

    @property
    def text(self) -> str:
        """The user's part of the Description."""
        return lineage.parse(self.description)[0]

    @property
    def previous_version(self) -> str:
        """The version served before, an empty text when there is none."""
        entries = self.lineage.entries if self.lineage else ()
        return entries[1].version if len(entries) > 1 else ""

    @property
    def lineage(self) -> Lineage | None:
        """The lineage; None when the alias carries no valid mark."""
        return lineage.parse(self.description)[1]


@dataclass(frozen=True)
class Observed:
    """What was found before anything is written.

    Attributes:
        alias: None when there is none.
        direction: which way a Create or an Update goes.
        stale: the event was made before the operation under way, or too long ago.
        restores: the resource's last Update failed, and this one takes it back although the stack
            goes forward, or can't be read.
        time_left: seconds until CloudFormation waits no longer; None where it is not known.
        begun: when the stack's operation began, or its rollback; None where it is not known.
        oldest: when a Create that is undone now can have been made at the earliest; a bound that
            errs towards keeping the alias.
    """

    alias: AliasState | None
    direction: Direction
    stale: bool = False
    restores: bool = False
    time_left: float | None = None
    begun: datetime | None = None
    oldest: datetime | None = None

    @property
    def goes_back(self) -> bool:
        """Tell whether the request takes back what another one did, or tried."""
        return self.direction is Direction.BACK or self.restores

    def has_begun(self, ours: Lineage) -> bool:
        """Tell whether the tenure began in the operation under way, as far as is known."""
        began = ours.current.began
        return bool(began and self.begun and began >= self.begun - CLOCK_TOLERANCE)

    def lineage_of(self, *owners: str) -> Lineage | None:
        """Give the alias's lineage if one of these manages it; it goes on under the first."""
        found = self.alias.lineage if self.alias else None
        return found.owned_by(owners[0]) if found and found.owner in owners else None


@dataclass(frozen=True)
class Version:
    """A version of a function.

    Attributes:
        number: the version, or `$LATEST`.
        code_sha256: Base64 of the SHA-256 of its package; empty where it was not asked for.
        state: `Active`, `Inactive`, `Pending`, `Failed`, ... (aws-semantics B4)
        state_reason: why it is not Active, in AWS's words.
        role: ARN of its execution role; empty where it was not asked for.
        dead_letters: ARN of its dead-letter target; may be empty.
    """

    number: str
    code_sha256: str = ""
    state: str = "Active"
    state_reason: str = ""
    role: str = ""
    dead_letters: str = ""
