"""One alias on its way to a release."""

from collections.abc import Callable
from dataclasses import replace

from handler.aws import Aws
from handler.direction import Direction
from handler.errors import Overtaken, ResourceConflict
from handler.lineage import Entry, Lineage
from handler.log import Log
from handler.model import PromoteRequest
from handler.observed import AliasState, Observed, Version
from handler.plan import (
    CreateAlias,
    DescribeAlias,
    KeepAlias,
    Plan,
    PromoteFrom,
    RepointAlias,
    RestoreVersion,
    ResumeVersion,
    description_during,
    is_release,
)
from handler.planner import plan_promotion, plan_undo
from handler.resolver import Resolver
from handler.shift import check_alike, fitted, share_of
from handler.writer import Writer


class Move:
    """What a request does to one alias, step by step.

    Attributes:
        request: what is asked of the alias.
        alias: the alias.
        found: what the first look of this request found.
        plan: what to do.
        version: what the alias shall serve; None where the plan needs none.
        state: the alias as we last read or wrote it.
        begun: the alias was written.
        provisioned: the version was given provisioned concurrency.
    """

    def __init__(self, aws: Aws, writer: Writer, log: Log, request: PromoteRequest) -> None:
        self.request = request
        self.alias = request.desired.alias
        self.found = Observed(None, Direction.UNKNOWN)
        self.plan = Plan(KeepAlias(), "nothing is decided yet")
        self.version: Version | None = None
        self.state: AliasState | None = None
        self.begun = self._unsure = False
        self.provisioned = self.alias.function_name in request.progress.provisioned
        self._served = set[str]()
        self._own = ""
        self._aws = aws
        self._writer = writer
        self._log = log
        self._resolver = Resolver(aws)

    @property
    def releases(self) -> bool:
        """Tell whether the alias goes on to a release; not back, and not for settings alone."""
        return is_release(self.plan.alias)

    @property
    def promoted(self) -> bool:
        """Tell whether the plan carries out, or ends, a release; no way back, no settings alone."""
        plan = self.plan
        released = isinstance(plan.alias, CreateAlias | RepointAlias) or plan.watch is not None
        return released and not isinstance(plan.version, RestoreVersion)

    @property
    def goes_back(self) -> bool:
        """Tell whether it is a part of a rollback."""
        return self.found.goes_back

    @property
    def number(self) -> str:
        """The version that the alias shall serve."""
        return self.version.number if self.version else ""

    @property
    def provisioned_in_vain(self) -> set[str]:
        """Versions that this request, or an earlier part of it, has provisioned; none serves."""
        desired, mark = self.request.desired, self.found.alias and self.found.alias.lineage
        # What turns back before it has a version knows that of the invocation before.
        number = self.number or self.request.progress.version_of(self.alias.function_name)
        found = {number} if self.provisioned and number else set[str]()
        needed = {self.state.version if self.state else ""}
        if desired.capacity and mark and mark.shift:
            # The next operation may release the same version already.
            own = mark.shift.release == desired.release
            (found if own else needed).add(mark.shift.version)
        return found - needed

    @property
    def target(self) -> str:
        """The version that the alias serves once the plan is carried out."""
        return self.number or (self.state.version if self.state else "")

    @property
    def served(self) -> set[str]:
        """Versions that the alias served before the request, or was about to."""
        return self._served

    @property
    def serves(self) -> str:
        """The version that the alias pointed to when the request began."""
        return self.found.alias.version if self.found.alias else ""

    def take(self, found: Observed) -> None:
        """Take what was found, of which a part may have to be put back."""
        self.found, self.state = found, found.alias
        self._served |= _served(found.alias)
        self._unsure = False
        if found.alias and self._unsettled:
            # Written by an earlier delivery, or invocation, of this very request.
            self._own = found.alias.revision_id

    def decide(self) -> None:
        """Plan, by what was found.

        Raises:
            PromotionError: what was asked can't be done.
        """
        self._planned(plan_promotion(self.request, self.found))

    def find_version(self) -> None:
        """Get the version, and see that the traffic can go over to it.

        Raises:
            PromotionError: it can't.
        """
        # What was tested is what gets the traffic, though the source has gone on meanwhile.
        if not (self.version and isinstance(self.plan.version, PromoteFrom)):
            self.version = self._resolver.resolve(self.alias, self.plan.version)
        if self.version:
            self._log("resolved", {"version": self.version})
        if not self.plan.shift or not self.state:
            return
        plan = fitted(self.plan, self.state, self.number)
        if plan != self.plan:
            self._planned(plan)
        elif self.version and not isinstance(self.plan.version, ResumeVersion):
            name = self.alias.function_name
            check_alike(name, self._aws.get_version(name, self.serves), self.version)

    def announce(self) -> None:
        """Note the version in the lineage before it costs money: whoever comes next finds it.

        Raises:
            Overtaken: somebody else changed the alias.
            PromotionError: AWS refused.
        """
        slot = self.plan.alias
        if isinstance(slot, RepointAlias) and slot.lineage and slot.lineage.current.entries:
            self.step(0)
            # Nothing has moved: whoever is overtaken later begins anew.
            self.begun = False

    def step(self, percent: int) -> None:
        """Give the version a share of the traffic.

        Raises:
            Overtaken: somebody else changed the alias.
            PromotionError: AWS refused.
        """
        slot, state = self.plan.alias, self.state
        if not isinstance(slot, RepointAlias) or not state or self._is_ahead(percent):
            return
        text = description_during(slot, state.text, self.number)
        weights = ((self.number, percent / 100),) if percent else ()
        after = replace(state, description=text, weights=weights)
        self._try(lambda: self._writer.put(self.alias, after))

    def write(self) -> None:
        """Carry out the plan's alias slot: all traffic goes where it belongs.

        Raises:
            Overtaken: somebody else changed the alias.
            PromotionError: AWS refused.
        """
        if self.plan.shift and self._is_ahead(100):
            return
        self._try(lambda: self._writer.write(self.alias, self.plan, self.state, self.version))

    def settle(self) -> None:
        """Take the note out of the lineage that the release is unsettled.

        Raises:
            Overtaken: somebody else changed the alias.
            PromotionError: AWS refused.
        """
        found = self._mark
        if self.state and found and found.moved:
            plan = Plan(DescribeAlias(self.state.text, found.settled()), "the release is settled")
            self._wrote(self._writer.write(self.alias, plan, self.state, None))

    def _try(self, write: Callable[[], AliasState | None]) -> None:
        self._unsure = not isinstance(self.plan.alias, KeepAlias)
        try:
            self._wrote(write())
        except Overtaken:
            self._unsure = False
            raise

    def _wrote(self, state: AliasState | None) -> None:
        self.begun, self._unsure, self.state = True, False, state
        self._own = state.revision_id if state else ""

    def look_again(self) -> None:
        """After somebody else's write: go on only where it is still our release that shifts.

        Another delivery of the same event may be ahead of us.

        Raises:
            ResourceConflict: a person, or another operation, has moved the alias.
        """
        before, self.state = self.state, self._aws.get_alias(self.alias)
        self._unsure = False
        mark = self._mark
        goes_on = mark and self._entry in (mark.shift, mark.head)
        if not before or not self.state or not goes_on or self._is_behind(before, self.state):
            raise ResourceConflict(
                f"AliasName: {self.alias} was moved by somebody else while its traffic went over; "
                "release again when it may go on"
            )

    def _is_behind(self, before: AliasState, now: AliasState) -> bool:
        """Tell whether a write since was not one of this release: those only go on."""
        if now.version == self.number:
            mark = self._mark
            return now.weighted or not mark or mark.head != self._entry
        shares = share_of(before, self.number), share_of(now, self.number)
        return now.version != before.version or shares[1] is None or shares[1] < (shares[0] or 0)

    def forget(self) -> None:
        """Have nothing to put back: it was done, or is another's business."""
        self.state, self._unsure = None, False

    def was_settled(self) -> bool:
        """Tell whether another delivery of the same event has brought the release to its end."""
        if self._unsure or not self.state:
            return False
        # The state may be old: somebody else's write is what ended the release.
        self.state = self._aws.get_alias(self.alias)
        mark = self._mark
        return bool(mark and mark.head.release == self.request.desired.release and not mark.shift)

    def is_to_be_undone(self, *, plainly: bool) -> bool:
        """Tell whether a failure of the release may have left something of it.

        Args:
            plainly: also where it was never to be watched.
        """
        if self.found.stale or self.goes_back or self.found.direction is Direction.OVER:
            return False
        plan = self.plan
        return bool(plainly or plan.shift or plan.watch or plan.capacity or self._unsettled)

    def undo(self, *, over: bool) -> bool:
        """Put the alias back, as far as this release has moved it; tell whether that was needed.

        Args:
            over: the stack has turned back already: what others wrote since stays.

        Raises:
            PromotionError: AWS refused, or somebody else moves it at the same time.
        """
        if self._unsure:
            self.state = self._aws.get_alias(self.alias)
        if over and (not self.state or self.state.revision_id != self._own):
            return False
        for _ in range(2):
            plan = plan_undo(self.request, self.state) if self.state else self.plan
            if not self.state or isinstance(plan.alias, KeepAlias):
                return False
            self._log("planned", {"plan": plan})
            try:
                version = self._resolver.resolve(self.alias, plan.version)
                self.state = self._writer.write(self.alias, plan, self.state, version)
            except Overtaken:
                if over:
                    return False
                self.state = self._aws.get_alias(self.alias)
            else:
                return True
        raise ResourceConflict(f"AliasName: {self.alias} is being changed by somebody else")

    @property
    def _unsettled(self) -> bool:
        mark = self._mark
        return bool(mark and mark.shift and mark.shift.release == self.request.desired.release)

    @property
    def _entry(self) -> Entry:
        return Entry(self.target, self.request.desired.release)

    @property
    def _mark(self) -> Lineage | None:
        return replace(self.found, alias=self.state).lineage_of(*self.request.owners)

    def _is_ahead(self, percent: int) -> bool:
        """Tell whether this is done: before a crash, or by another delivery of the event."""
        mark, state = self._mark, self.state
        if mark and mark.head == self._entry:
            return True
        shifts = state and mark and mark.shift == self._entry
        share = share_of(state, self.number) if state and shifts else None
        return share is not None and share >= percent

    def _planned(self, plan: Plan) -> None:
        self.plan = plan
        self._log("planned", {"plan": plan})


def _served(alias: AliasState | None) -> set[str]:
    # The entry below the head may be what an earlier delivery of the event has moved away from.
    if not alias:
        return set()
    mark = alias.lineage
    entries = mark.current.entries[:2] if mark else ()
    shift = {mark.shift.version} if mark and mark.shift else set()
    return {alias.version, *shift, *(each.version for each in entries)}
