"""Looks, before anything is written: at the alias, and at the stack operation under way."""

from collections.abc import Sequence
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
from handler.planner import asks_for_a_known_release, asks_for_a_release_of_before, is_as_usual
from handler.signature import CLOCK_TOLERANCE, DEFAULT_TIMEOUT, Signature
from handler.together import together

LOOK_AGAIN_AFTER = timedelta(seconds=2)
"""A look that is older is repeated before the alias is written or deleted."""

TURNS_WITHIN = timedelta(seconds=0.5)
"""A stack that turns back deletes what was created no sooner than this after a look."""


_NEW = timedelta(seconds=30)
"""The event of an Update of this age may not be readable yet."""

_READABLE_AFTER = 2.0
"""Seconds after which the events are read once more."""

_FROM_CREATE_TO_DELETE = 3 * DEFAULT_TIMEOUT
"""An hour without an answer, and what is rolled back before."""


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

    def __init__(self, aws: Aws, origin: Origin, log: Log) -> None:
        self._aws = aws
        self._origin = origin
        self._log = log
        self._stack, self._stale = Stack(), False
        self._stack_read_at = aws.now()
        self._aliases_read_at: dict[AliasId, datetime] = {}
        self._past: dict[datetime | None, History] = {}
        self._read_twice = False

    def observe(
        self, requests: Sequence[tuple[AliasId, PromoteRequest | RemoveRequest]]
    ) -> list[Observed]:
        """Look at some aliases, and at the stack once."""
        if self._origin.signature.is_stale(Stack(), self._aws.now()):
            # Nobody waits for the answer any more, and the deadline lets no call pass.
            return [Observed(None, Direction.OVER, stale=True)] * len(requests)
        self._past, self._read_twice = {}, False
        update = any(_is_update(request) for _, request in requests)
        # Asked at the same time as Lambda, the stack costs no time and none of Lambda's rate.
        with ThreadPoolExecutor(1) as pool:
            look = pool.submit(self._look, update=update)
            states = together(self._read, [alias for alias, _ in requests])
            stack, stale = look.result()
        found = [
            self._found(request, state, stack, stale=stale)
            for (_, request), state in zip(requests, states, strict=True)
        ]
        return _all_one_way(requests, found) if any(each.restores for each in found) else found

    def _read(self, alias: AliasId) -> AliasState | None:
        self._aliases_read_at[alias] = self._aws.now()
        return self._aws.get_alias(alias)

    def _found(
        self,
        request: PromoteRequest | RemoveRequest,
        state: AliasState | None,
        stack: Stack,
        *,
        stale: bool,
    ) -> Observed:
        # LastUpdatedTime may be when the rollback began.
        long_ago = self._aws.now() - _FROM_CREATE_TO_DELETE
        oldest = min(each for each in (long_ago, stack.begun) if each) - CLOCK_TOLERANCE
        found = Observed(
            state, direction(stack), stale,
            time_left=self.time_left, begun=stack.begun, oldest=oldest,
        )  # fmt: skip
        goes_forward = found.direction in (Direction.FORWARD, Direction.UNKNOWN)
        if isinstance(request, PromoteRequest) and _is_update(request) and not stale:
            found = self._told_apart(request, found, stack) if goes_forward else found
        facts = {"found": state, "direction": found.direction.name, "stale": found.stale}
        self._log("observed", {**facts, "restores": found.restores, "stack": stack})
        return found

    @property
    def time_left(self) -> float | None:
        """Seconds until CloudFormation waits no longer; None where it is not known."""
        answer_by = self._origin.signature.answer_by
        return (answer_by - self._aws.now()).total_seconds() if answer_by else None

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

    def is_over(self) -> bool:
        """Tell whether the operation has ended, or gone on, as far as the last look tells."""
        return self._stale or direction(self._stack) is Direction.OVER

    def is_over_well(self) -> bool:
        """Tell whether it has, and without turning back."""
        status = self._stack.status or ""
        ended_well = "_FAILED" not in status and not has_turned_back(self._stack)
        return ended_well and self.is_over() and not self._stale

    def has_become_late(self) -> bool:
        """Tell whether the stack has gone on to another operation, if the last look is old."""
        look = self._look_if_older(LOOK_AGAIN_AFTER)
        return bool(look and look[1])

    def _look_if_older(self, age: timedelta) -> tuple[Stack, bool] | None:
        if self._aws.now() - self._stack_read_at <= age:
            return None
        return self._look(update=False)

    def has_changed(self, alias: AliasId, before: AliasState | None) -> bool:
        """Tell whether the alias has changed since it was read, if that is not just now."""
        read_at = self._aliases_read_at.get(alias)
        if read_at and self._aws.now() - read_at <= LOOK_AGAIN_AFTER:
            return False
        return self._read(alias) != before

    def _look(self, *, update: bool) -> tuple[Stack, bool]:
        self._stack_read_at = self._aws.now()
        stack = self._aws.describe_stack(self._origin.stack_id)
        stale = self._origin.signature.is_stale(stack, self._stack_read_at)
        if update and not stale and direction(stack) is Direction.BACK:
            # LastUpdatedTime may be when the rollback began; what ended before it counts too.
            times = [each for each in (stack.begun, self._origin.signature.signed_at) if each]
            since = min(times) - history.CLOCKS_DIFFER if times else None
            stale = self._was_sent_before(since, stack)
        self._stack, self._stale = stack, stale
        return stack, stale

    @property
    def _is_new(self) -> bool:
        signed_at = self._origin.signature.signed_at
        return bool(signed_at and self._aws.now() - signed_at < _NEW)

    def _told_apart(self, update: PromoteRequest, found: Observed, stack: Stack) -> Observed:
        unknown = found.direction is Direction.UNKNOWN
        returns = update.returns and asks_for_a_known_release(update, found)
        looks_back = returns or asks_for_a_release_of_before(update, found)
        if not looks_back and (unknown or is_as_usual(update, found)):
            return found
        # Rare: a return to a release of before, or the way back from an Update that failed.
        past = self._history(stack.begun)
        restores = unknown or history.has_failed(past) or (returns and past is None)
        stale = restores and self._was_sent_before(stack.begun, stack)
        return replace(found, restores=restores, stale=stale)

    def _history(self, since: datetime | None) -> History:
        origin = self._origin
        if since not in self._past:
            self._past[since] = self._aws.describe_stack_events(
                origin.stack_id, origin.logical_id, since
            )
        return self._past[since]

    def _was_sent_before(self, since: datetime | None, stack: Stack) -> bool:
        signed_at = self._origin.signature.signed_at
        late = history.was_sent_before(self._history(since), signed_at, stack.begun)
        if not late or self._read_twice or not self._is_new:
            return late
        # Its own event may not be readable yet, and a rollback must not fail for that.
        self._read_twice = True
        self._aws.sleep(_READABLE_AFTER)
        del self._past[since]
        return history.was_sent_before(self._history(since), signed_at, stack.begun)


def _all_one_way(
    requests: Sequence[tuple[AliasId, PromoteRequest | RemoveRequest]], found: Sequence[Observed]
) -> list[Observed]:
    """Let an event go one way with all its aliases, also with those that it never moved."""
    return [
        replace(each, restores=each.restores or _may_restore(request, each))
        for (_, request), each in zip(requests, found, strict=True)
    ]


def _may_restore(request: PromoteRequest | RemoveRequest, found: Observed) -> bool:
    # Where the stack can't be read, it may be a way forward after all, to functions that are new.
    if found.direction is not Direction.UNKNOWN:
        return True
    return isinstance(request, PromoteRequest) and asks_for_a_known_release(request, found)


def _is_update(request: PromoteRequest | RemoveRequest) -> bool:
    return isinstance(request, PromoteRequest) and request.previous is not None
