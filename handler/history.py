"""What a resource's own stack events say about an Update; pure.

The stack's status alone can't tell a rollback's Update from a late one that was sent forward: both
are handled while the stack rolls back, and both may ask for a release of before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

_UNDER_WAY = "UPDATE_IN_PROGRESS"

_SECOND = timedelta(seconds=1)
"""X-Amz-Date is cut to whole seconds."""

CLOCKS_DIFFER = timedelta(seconds=10)
"""What may lie between an event's Timestamp and the signature of its Update, at the most."""


@dataclass(frozen=True)
class ResourceEvent:
    """An event of one resource, as DescribeStackEvents shows it.

    Attributes:
        status: ResourceStatus.
        at: Timestamp.
    """

    status: str
    at: datetime


History = Sequence[ResourceEvent] | None
"""The resource's events since some moment, newest first; None when they can't be read."""


def was_sent_before(history: History, signed_at: datetime | None, begun: datetime | None) -> bool:
    """Tell whether an Update is an earlier one than that which the stack carries out now.

    CloudFormation writes UPDATE_IN_PROGRESS, then sends the Update, then writes how it ended. So an
    event that was signed before any later one of these is late.

    Args:
        history: the resource's events.
        signed_at: when the Update was made, cut to the second; None where it is not known.
        begun: when the stack's operation began; decides where there is no history.
    """
    if not history:
        return bool(signed_at and begun and signed_at + _SECOND <= begun)
    newest = history[0]
    if newest.status == _UNDER_WAY:
        return signed_at is not None and not _is_of(newest, history, signed_at)
    # The last Update ended: only an event that was signed since can be another one, whose own
    # UPDATE_IN_PROGRESS can't be read yet.
    return not signed_at or newest.at >= signed_at


def _is_of(newest: ResourceEvent, history: Sequence[ResourceEvent], signed_at: datetime) -> bool:
    """Tell whether an Update is the one that its newest event says is under way.

    A rollback must not fail for two clocks that differ: an event of a later time counts where no
    other can be that of the Update.
    """
    if newest.at < signed_at + _SECOND:
        return True
    alone = newest.at - 2 * CLOCKS_DIFFER
    others = [event for event in history[1:] if event.status == _UNDER_WAY and event.at >= alone]
    return not others and newest.at <= signed_at + CLOCKS_DIFFER


def has_failed(history: History) -> bool:
    """Tell whether an Update of the resource failed: the next one restores it.

    With `--disable-rollback` it comes while the stack still reads UPDATE_IN_PROGRESS
    (aws-semantics A7).
    """
    return any(event.status == "UPDATE_FAILED" for event in history or ())
