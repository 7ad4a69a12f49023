"""Which way the stack operation goes; pure.

An event does not say whether it belongs to a rollback (aws-semantics A1), so the stack is asked.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

_FORWARD = frozenset(
    {"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS", "REVIEW_IN_PROGRESS"}
)


class Direction(Enum):
    """What a request may do."""

    FORWARD = "publish and promote"
    BACK = "restore what was; never publish, never promote"
    OVER = "nothing: the operation that the event belongs to is over"
    UNKNOWN = "the stack could not be read: the lineage decides"


@dataclass(frozen=True)
class Stack:
    """What DescribeStacks says of the stack.

    Attributes:
        status: StackStatus; None when it could not be read.
        begun: when the operation under way began: LastUpdatedTime, or CreationTime.
        problem: why it could not be read, for the log.
    """

    status: str | None = None
    begun: datetime | None = None
    problem: str = field(default="", compare=False)


def direction(stack: Stack) -> Direction:
    """Tell which way a Create or an Update goes."""
    if stack.status is None:
        return Direction.UNKNOWN
    if stack.status in _FORWARD:
        return Direction.FORWARD
    if "ROLLBACK" in stack.status and stack.status.endswith("IN_PROGRESS"):
        return Direction.BACK
    return Direction.OVER


def has_turned_back(stack: Stack) -> bool:
    """Tell whether what the stack's operation made is removed, or was."""
    status = stack.status or ""
    return "ROLLBACK" in status or status.startswith("DELETE_")
