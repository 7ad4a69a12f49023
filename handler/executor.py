"""Observe, plan, execute: the imperative shell around the planner."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from handler.arn import AliasId
from handler.aws import Aws
from handler.course import Course
from handler.direction import Direction
from handler.errors import (
    AccessDenied,
    InvalidRequest,
    Overtaken,
    PromotionError,
    ResourceConflict,
    ServiceTimeout,
)
from handler.gates import Gates
from handler.log import Log
from handler.metrics import PROMOTIONS, ROLLBACKS
from handler.model import NOT_CREATED, UNCONFIRMED, PromoteRequest, RemoveRequest
from handler.move import Move
from handler.observer import Observer, Origin
from handler.pace import GoesOn, Pace
from handler.plan import CreateAlias, RepointAlias, RestoreVersion
from handler.progress import Progress
from handler.pruner import Pruner
from handler.remover import Remover
from handler.shifter import Shifter
from handler.together import together
from handler.writer import Writer

_ATTEMPTS = 3
"""Another delivery of the same event may come first at the note of a release and at its step."""


class Executor:
    """Carries out one request; made anew for each invocation.

    It calls `identify` with the end of the physical id that counts should the request end at that
    moment: after a failed Create it tells the Delete that follows whether an alias was made
    (aws-semantics A6).

    Attributes:
        counts: moves of each alias, by the name of their metric.
        told: what stands in the answer though all went well.
    """

    def __init__(
        self,
        aws: Aws,
        origin: Origin,
        identify: Callable[[str], None],
        log: Log,
        hand_over: Callable[[Progress], None],
    ) -> None:
        self.counts = dict[AliasId, Counter[str]]()
        self.told = ""
        self._identify = identify
        self._hand_over = hand_over
        self._aws = aws
        self._log = log
        self._observer = Observer(aws, origin, log)
        self._course = Course(self._observer)
        self._writer = Writer(aws, self._observer, log)
        self._remover = Remover(aws, self._observer, self._writer, log)
        self._pruner = Pruner(aws, self._course, log)

    def promote(self, requests: Sequence[PromoteRequest]) -> list[Move]:
        """Carry out a Create or an Update of one alias, or of many: all of them or none.

        Gives what became of each; nothing where another invocation goes on.

        Raises:
            PromotionError: why it could not be done; the message names the property.
        """
        moves = [Move(self._aws, self._writer, self._log, each) for each in requests]
        try:
            self._release(moves)
        except GoesOn as goes_on:
            self._go_on_later(moves, goes_on.progress)
            return []
        except Exception as error:
            self._put_back(moves, error)
            raise
        for move in moves:
            self._finish(move)
        return moves

    def prune(self, moves: Sequence[Move]) -> None:
        """Delete old versions, where that is asked for; nothing of it can fail."""
        self.told = "; ".join(filter(None, [self.told, self._pruner.prune(moves)]))

    def remove(self, requests: Sequence[RemoveRequest]) -> None:
        """Carry out a Delete.

        Raises:
            PromotionError: why it could not be done; the alias is as it was.
        """
        if not requests:
            self._log("planned", {"because": "the id and the properties name no alias to remove"})
            return
        # One look at the stack serves them all.
        found = self._observer.observe([(each.alias, each) for each in requests])
        removals = [
            partial(self._remover.remove, request.alias, request, [each])
            for request, each in zip(requests, found, strict=True)
        ]
        together(lambda remove: self._again(str(remove.args[0]), remove), removals)

    def give_up(self, request: RemoveRequest) -> None:
        """Give up what a request that was never answered has left over, if that can be done.

        A rollback must not fail on it: it would leave the stack stuck.
        """
        try:
            self._remove(request, late=False)
        except PromotionError as error:
            self._log("left over", {"what": str(request.alias), "because": str(error)})

    @property
    def goes_back(self) -> bool:
        """Tell whether the request takes back what another one did, as far as the stack tells."""
        return self._course.goes_back and self._course.direction is not Direction.UNKNOWN

    def _remove(self, request: RemoveRequest, *, late: bool) -> None:
        remove = partial(self._remover.remove, request.alias, request, [], late=late)
        self._again(str(request.alias), remove)

    def _again(self, subject: str, attempt: Callable[[], None], attempts: int = 2) -> None:
        for _ in range(attempts):
            try:
                attempt()
            except Overtaken as overtaken:
                # Look at what somebody else did, and decide again with the version published.
                self._log("overtaken", {"because": str(overtaken)})
            else:
                return
        raise ResourceConflict(
            f"AliasName: {subject} was changed by somebody else each time we had looked at it; see "
            "that only this stack moves it, then try again"
        )

    def _release(self, moves: list[Move]) -> None:
        pace = Pace(self._aws, self._observer, self._course, moves)
        gates = Gates(self._aws, pace)
        shifter = Shifter(self._aws, pace, gates)
        subject = ", ".join(str(each.alias) for each in moves[:3])
        self._again(subject, lambda: self._begin(moves, gates, shifter), _ATTEMPTS)
        self._undo_if_cancelled(moves)
        shifter.go_on()
        self.told = pace.told

    def _begin(self, moves: list[Move], gates: Gates, shifter: Shifter) -> None:
        todo = [each for each in moves if not each.begun]
        self._look(todo)
        self._identify(NOT_CREATED if len(todo) == len(moves) else UNCONFIRMED)
        shifter.watch(todo)
        together(Move.find_version, todo)
        gates.pass_all(todo)
        self._course.confirm(moves[0].alias)
        # The answer to a write can be lost although the write took effect.
        self._identify(UNCONFIRMED)
        shifter.begin(todo)
        self._identify("")

    def _look(self, moves: list[Move]) -> None:
        # Until the aliases were read nobody knows what an earlier delivery of the event has done.
        self._identify(UNCONFIRMED)
        try:
            found = self._observer.observe([(each.alias, each.request) for each in moves])
        except AccessDenied:
            # An earlier one was not allowed more than this one.
            self._identify(NOT_CREATED if len(moves) == 1 else UNCONFIRMED)
            raise
        except ServiceTimeout:
            # A ServiceTimeout that is refused leaves no time to look.
            if refused := moves[0].request.refused:
                raise InvalidRequest(refused) from None
            raise
        if self.goes_back:
            # What is left over for a second look may not show it by itself.
            found = [replace(each, restores=True) for each in found]
        self._course.set(moves[0].alias, found[0])
        self._identify(NOT_CREATED)
        for move, each in zip(moves, found, strict=True):
            move.take(each)
        for move in moves:
            move.decide()

    def _undo_if_cancelled(self, moves: list[Move]) -> None:
        # A write that was under way while the stack turned back can't be called back: CreateAlias
        # has no precondition, and the Delete that should have met the alias may be over.
        made = [each for each in moves if each.request.takes_new_alias and each.releases]
        if not made or self.goes_back or not self._observer.has_turned_back():
            return
        for move in made:
            desired = move.request.desired
            provisioned = desired.capacity is not None
            undo = RemoveRequest(
                desired.alias, desired.owner, desired.release, provisioned, move.request.by
            )
            self._remove(undo, late=True)
            move.forget()
        self._identify(NOT_CREATED)
        raise ResourceConflict(
            f"AliasName: {made[0].alias} was made and taken back, for its stack was cancelled "
            "meanwhile; update the stack again"
        )

    def _go_on_later(self, moves: list[Move], progress: Progress) -> None:
        self._log("goes on", {"progress": progress})
        try:
            self._hand_over(progress)
        except PromotionError as error:
            self._put_back(moves, error)
            raise

    def _put_back(self, moves: list[Move], cause: Exception) -> None:
        """Put every alias back that the release has moved; what could not be is told."""
        moved = [each for each in moves if each.is_to_be_undone(plainly=len(moves) > 1)]
        try:
            undone = self._undo(moved) if moved else []
        except (PromotionError, Overtaken) as error:
            self._identify(UNCONFIRMED)
            text = cause.args[0] if cause.args else ""
            cause.args = (f"{text}; and it could not be put back: {error.args[0]}",)
            return
        if any(undone):
            self._identify(NOT_CREATED)
        for move in moves:
            self._remover.take_capacity(move.alias, move.provisioned_in_vain)

    def _undo(self, moves: list[Move]) -> list[bool]:
        # Another delivery of the same event may have answered, or be about to.
        self._observer.look_again()
        if self._observer.is_over_well() or all(each.was_settled() for each in moves):
            self._log("left", {"because": "another delivery of the event has settled it"})
            return []
        return together(partial(Move.undo, over=self._observer.is_over()), moves)

    def _finish(self, move: Move) -> None:
        slot, source = move.plan.alias, move.plan.version
        restored = isinstance(source, RestoreVersion)
        if isinstance(slot, CreateAlias | RepointAlias) or move.plan.watch:
            self.counts[move.alias] = Counter([ROLLBACKS if restored else PROMOTIONS])
        self._move_capacity(move)
        if (abandoned := move.plan.abandoned) and (previous := move.request.previous):
            owner = previous.owner or move.request.desired.owner
            self.give_up(RemoveRequest(abandoned, owner, previous.release, previous.provisioned))

    def _move_capacity(self, move: Move) -> None:
        """Take provisioned concurrency from what served before; warm what serves again."""
        desired, previous = move.request.desired, move.request.previous
        if not desired.capacity and not (previous and previous.provisioned):
            return
        kept = {move.target} if desired.capacity else set()
        restores = move.goes_back or isinstance(move.plan.version, RestoreVersion)
        if desired.capacity and restores:
            # A rollback moves at once, and must not fail, nor wait, for capacity.
            self._remover.warm(move.alias, move.target, desired.capacity)
        unwanted = "" if desired.capacity else move.target
        self._remover.take_capacity(move.alias, move.served - kept, unwanted)
