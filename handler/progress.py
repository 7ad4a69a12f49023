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
        passed: the tests that need not be passed again, each with its function.
        stepped_at: when the traffic was last moved, in seconds since the epoch; None before.
        told: what shall stand in the answer.
        provisioned: functions whose new version was given provisioned concurrency.
    """

    versions: tuple[tuple[str, str], ...] = ()
    passed: tuple[tuple[str, str], ...] = ()
    stepped_at: float | None = None
    told: str = ""
    provisioned: tuple[str, ...] = ()

    def version_of(self, function_name: str) -> str | None:
        """Give the version that was published for a function."""
        return dict(self.versions).get(function_name)

    def has_passed(self, test: str, function_name: str) -> bool:
        """Tell whether the new version of a function has passed a test."""
        return (test, function_name) in self.passed

    def written(self) -> dict[str, Any]:
        """Give it as JSON."""
        return {
            "Versions": dict(self.versions),
            "Passed": [list(each) for each in self.passed],
            "SteppedAt": self.stepped_at,
            "Told": self.told,
            "Provisioned": list(self.provisioned),
        }

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> "Progress":
        """Read what `written` gave; nothing of it must be there."""
        return cls(
            tuple(data.get("Versions", {}).items()),
            tuple((test, name) for test, name in data.get("Passed", ())),
            data.get("SteppedAt"),
            data.get("Told", ""),
            tuple(data.get("Provisioned", ())),
        )


NOTHING_DONE = Progress()
"""As an event finds it that is handled for the first time."""
