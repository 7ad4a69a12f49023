"""Looks, before anything is written: at the alias, and at the stack operation under way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from handler import history
from handler.arn import AliasId
from handler.aws import Aws
from handler.direction import Direction, Stack, direction, has_turned_back
from handler.history import History
from handler.log import Log
from handler.model import PromoteRequest, RemoveRequest
from handler.observed import AliasState, Observed
from handler.planner import asks_for_a_release_of_before
from handler.signature import Signature

LOOK_AGAIN_AFTER = timedelta(seconds=2)
"""A look that is older is repeated before the alias is written or deleted."""

TURNS_WITHIN = timedelta(seconds=0.5)
"""A stack that turns back deletes what was created no sooner than this after a look."""


@dataclass(frozen=True)
class Origin:
    """Where a request comes from.

    Attributes:
        stack_id: ARN of the stack, which is asked for the direction.
        logical_id: the resource's name there, by which its events are found.
        signature: when the event was made.
    """

    stack_id: str
    logical_id: str
    signature: Signature


class Observer:
    """Reads what one request needs to know; it writes nothing."""

    def __init__(self, aws: Aws, origin: Origin, log: Log, clock: Callable[[], datetime]) -> None:
        self._aws = aws
        self._origin = origin
        self._log = log
        self._clock = clock
        self._stack_read_at = self._alias_read_at = clock()

    def observe(self, alias: AliasId, request: PromoteRequest | RemoveRequest) -> Observed:
        """Look at the alias and its stack."""
        if self._origin.signature.is_stale(Stack(), self._clock()):
            # Nobody waits for the answer any more, and the deadline lets no call pass.
            return Observed(None, Direction.OVER, stale=True)
        update = request if isinstance(request, PromoteRequest) and request.previous else None
        # Asked at the same time as Lambda, the stack costs no time and none of Lambda's rate.
        with ThreadPoolExecutor(1) as pool:
            look = pool.submit(self._look, update=bool(update))
            self._alias_read_at = self._clock()
            state = self._aws.get_alias(alias)
            stack, stale = look.result()
        found = Observed(state, direction(stack), stale)
        if update and not stale and found.direction in (Direction.FORWARD, Direction.UNKNOWN):
            found = self._told_apart(update, found, stack)
        facts = {"found": state, "direction": found.direction.name, "stale": found.stale}
        self._log("observed", {**facts, "restores": found.restores, "stack": stack})
        return found

    def look_again(self) -> Direction | None:
        """Look at the stack once more; None when the last look is not old."""
        if not (look := self._look_if_older(LOOK_AGAIN_AFTER)):
            return None
        stack, stale = look
        return Direction.OVER if stale else direction(stack)

    def has_turned_back(self) -> bool:
        """Tell whether the stack has turned back, or gone on, since the last look, if it is old."""
        if not (look := self._look_if_older(TURNS_WITHIN)):
            return False
        stack, stale = look
        return stale or has_turned_back(stack)

    def has_become_late(self) -> bool:
        """Tell whether the stack has gone on to another operation, if the last look is old."""
        look = self._look_if_older(LOOK_AGAIN_AFTER)
        return bool(look and look[1])

    def _look_if_older(self, age: timedelta) -> tuple[Stack, bool] | None:
        if self._clock() - self._stack_read_at <= age:
            return None
        return self._look(update=False)

    def has_changed(self, alias: AliasId, before: AliasState | None) -> bool:
        """Tell whether the alias has changed since it was read, if that is not just now."""
        if self._clock() - self._alias_read_at <= LOOK_AGAIN_AFTER:
            return False
        self._alias_read_at = self._clock()
        return self._aws.get_alias(alias) != before

    def _look(self, *, update: bool) -> tuple[Stack, bool]:
        self._stack_read_at = self._clock()
        stack = self._aws.describe_stack(self._origin.stack_id)
        stale = self._origin.signature.is_stale(stack, self._stack_read_at)
        if update and not stale and direction(stack) is Direction.BACK:
            # LastUpdatedTime may be when the rollback began; what ended before it counts too.
            times = [each for each in (stack.begun, self._origin.signature.signed_at) if each]
            stale = self._was_sent_before(self._history(min(times, default=None)), stack)
        return stack, stale

    def _told_apart(self, update: PromoteRequest, found: Observed, stack: Stack) -> Observed:
        # Rare: a return to a release of before, or the way back from an Update that failed.
        if not asks_for_a_release_of_before(update, found):
            return found
        past = self._history(stack.begun)
        restores = history.has_failed(past)
        unsure = restores or found.direction is Direction.UNKNOWN
        return replace(
            found, restores=restores, stale=unsure and self._was_sent_before(past, stack)
        )

    def _history(self, since: datetime | None) -> History:
        origin = self._origin
        return self._aws.describe_stack_events(origin.stack_id, origin.logical_id, since)

    def _was_sent_before(self, past: History, stack: Stack) -> bool:
        return history.was_sent_before(past, self._origin.signature.signed_at, stack.begun)
