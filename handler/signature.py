"""When an event was made, and how long CloudFormation waits for its answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from handler.direction import Stack

DEFAULT_TIMEOUT = timedelta(seconds=3600)
"""ServiceTimeout where the template sets none (aws-semantics A8)."""

_SECONDS = re.compile("[1-9][0-9]{0,3}")

CLOCK_TOLERANCE = timedelta(seconds=2)
"""X-Amz-Date is cut to whole seconds, and two clocks differ."""


@dataclass(frozen=True)
class Signature:
    """When the event was made, by the signature of its ResponseURL.

    Attributes:
        signed_at: None for a URL without X-Amz-Date.
        valid_for: ServiceTimeout: CloudFormation gives up after that.
    """

    signed_at: datetime | None
    valid_for: timedelta

    @property
    def answer_by(self) -> datetime | None:
        """When CloudFormation stops waiting; None where it is not known."""
        return self.signed_at + self.valid_for if self.signed_at else None

    def is_stale(self, stack: Stack, now: datetime) -> bool:
        """Tell whether the event belongs to an operation that ended (aws-semantics A8)."""
        if not self.signed_at:
            return False
        if now > self.signed_at + self.valid_for:
            return True
        return bool(stack.begun and self.signed_at < stack.begun - CLOCK_TOLERANCE)


def read_signature(event: Mapping[str, Any]) -> Signature:
    """Read X-Amz-Date of the ResponseURL and ServiceTimeout (aws-semantics A1, A3)."""
    query = parse_qs(urlsplit(event.get("ResponseURL", "")).query)
    return Signature(_date(query.get("X-Amz-Date", [""])[0]), _service_timeout(event))


def _date(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None


def _service_timeout(event: Mapping[str, Any]) -> timedelta:
    # A Delete is read whatever it carries: CloudFormation itself takes 1 to 3600 only.
    properties = event.get("ResourceProperties")
    inner = properties.get("ServiceTimeout") if isinstance(properties, Mapping) else None
    text = str(event.get("ServiceTimeout") or inner)
    return timedelta(seconds=int(text)) if _SECONDS.fullmatch(text) else DEFAULT_TIMEOUT
