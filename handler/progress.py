"""What one invocation hands to the next, where a release takes longer than Lambda lets one run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SMOKE_TEST, PRE_TRAFFIC, POST_TRAFFIC = "SmokeTest", "PreTraffic", "PostTraffic"
"""Tests that a version passes once."""


@dataclass(frozen=True)
class Progress:
    """How far a release has come; the alias itself says how much traffic went over.

    Attributes:
        versions: the versions that were published for it, by function.
        passed: the tests that need not be passed again.
        stepped_at: when the traffic was last moved, in seconds since the epoch; None before.
        told: what shall stand in the answer.
    """

    versions: tuple[tuple[str, str], ...] = ()
    passed: tuple[str, ...] = ()
    stepped_at: float | None = None
    told: str = ""

    def version_of(self, function_name: str) -> str | None:
        """Give the version that was published for a function."""
        return dict(self.versions).get(function_name)

    def written(self) -> dict[str, Any]:
        """Give it as JSON."""
        return {
            "Versions": dict(self.versions),
            "Passed": list(self.passed),
            "SteppedAt": self.stepped_at,
            "Told": self.told,
        }

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Progress":
        """Read what `written` gave; nothing of it must be there."""
        return cls(
            tuple(data.get("Versions", {}).items()),
            tuple(data.get("Passed", ())),
            data.get("SteppedAt"),
            data.get("Told", ""),
        )


NOTHING_DONE = Progress()
"""As an event finds it that is handled for the first time."""
