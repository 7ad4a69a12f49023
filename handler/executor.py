"""Observe, plan, execute: the imperative shell around the planner."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from handler.arn import AliasId
from handler.aws import Aws
from handler.direction import Direction
from handler.errors import (
    AccessDenied,
    InternalFailure,
    InvalidRequest,
    NotFound,
    PromotionError,
    ResourceConflict,
    ServiceTimeout,
)
from handler.log import Log
from handler.metrics import PROMOTIONS, ROLLBACKS
from handler.model import NOT_CREATED, UNCONFIRMED, PromoteRequest, RemoveRequest
from handler.observed import AliasState, Observed, Version
from handler.observer import Observer, Origin
from handler.plan import (
    CreateAlias,
    DeleteAlias,
    DescribeAlias,
    KeepAlias,
    Plan,
    RepointAlias,
    RestoreVersion,
    VersionSlot,
    description_after,
)
from handler.planner import plan_promotion, plan_removal
from handler.resolver import Resolver

T = TypeVar("T")


def utc_now() -> datetime:
    """Give the present."""
    return datetime.now(UTC)


class Executor:
    """Carries out one request; made anew for each.

    It calls `identify` with the physical id that counts should the request end at that moment:
    after a failed Create it tells the Delete that follows whether the alias was made
    (aws-semantics A6).

    Attributes:
        counts: moves of an alias, by the name of their metric.
    """

    def __init__(
        self,
        aws: Aws,
        origin: Origin,
        identify: Callable[[str], None],
        log: Log,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._identify = identify
        self._aws = aws
        self._log = log
        self._observer = Observer(aws, origin, log, clock)
        self._course = Direction.UNKNOWN
        self._resolver = Resolver(aws)

    def promote(self, request: PromoteRequest) -> dict[str, str]:
        """Carry out a Create or an Update and give the attributes to answer with.

        Raises:
            PromotionError: why it could not be done; the message names the property.
        """
        alias = request.desired.alias
        outcome = self._twice(alias, lambda: self._promote(request))
        if request.takes_new_alias and not isinstance(outcome.plan.alias, KeepAlias):
            self._undo_if_cancelled(request)
        attributes = self._attributes(alias, outcome)
        abandoned = outcome.plan.abandoned
        if abandoned and request.previous:
            self._give_up(abandoned, request.desired.owner, request.previous.release)
        if request.takes_new_alias:
            self._identify(alias.arn)
        return attributes

    def remove(self, request: RemoveRequest) -> None:
        """Carry out a Delete.

        Raises:
            PromotionError: why it could not be done; the alias is as it was.
        """
        if alias := request.alias:
            self._twice(alias, lambda: self._remove(alias, request))
        else:
            self._log("planned", {"because": "the id and the properties name no alias to remove"})

    def _twice(self, alias: AliasId, attempt: Callable[[], T]) -> T:
        try:
            return attempt()
        except _Overtaken as overtaken:
            # Look once at what somebody else did, and decide again with the version published.
            self._log("overtaken", {"because": str(overtaken)})
        try:
            return attempt()
        except _Overtaken:
            raise ResourceConflict(
                f"AliasName: {alias} was changed by somebody else, twice while we looked; see that "
                "only this stack moves it, then try again"
            ) from None

    def _undo_if_cancelled(self, request: PromoteRequest) -> None:
        # A write that was under way while the stack turned back can't be called back: CreateAlias
        # has no precondition, and the Delete that should have met the alias may be over.
        if self._course is Direction.BACK or not self._observer.has_turned_back():
            return
        desired = request.desired
        undo = RemoveRequest(desired.alias, desired.owner, desired.release)
        self._twice(desired.alias, lambda: self._remove(desired.alias, undo, late=True))
        self._identify_as(request, NOT_CREATED)
        raise ResourceConflict(
            f"AliasName: {desired.alias} was made and taken back, for its stack was cancelled "
            "meanwhile; update the stack again"
        )

    def _remove(self, alias: AliasId, request: RemoveRequest, *, late: bool = False) -> None:
        found = self._observer.observe(alias, request)
        # What is undone is what this very request wrote, however late it is; a Delete that was held
        # up must not meet the alias that the next operation has made.
        stale = not late and (found.stale or self._observer.has_become_late())
        plan = self._planned(plan_removal(request, replace(found, stale=stale)))
        if isinstance(plan.alias, RepointAlias):
            self._give_back(alias, plan, plan.alias, found)
            return
        self._write(alias, plan, found, None)

    def _give_back(self, alias: AliasId, plan: Plan, slot: RepointAlias, found: Observed) -> None:
        try:
            self._write(alias, plan, found, self._resolver.resolve(alias, plan.version))
        except NotFound:
            kept = DescribeAlias(slot.text, slot.lineage)
            plan = self._planned(Plan(kept, "the version before is gone: the alias keeps its own"))
            self._write(alias, plan, found, None)

    def _promote(self, request: PromoteRequest) -> "_Outcome":
        alias = request.desired.alias
        found = self._found(request)
        plan = self._planned(plan_promotion(request, found))
        version = self._resolver.resolve(alias, plan.version)
        if version:
            self._log("resolved", {"version": version})
        self._confirm(request, found)
        # The answer to a write can be lost although the write took effect.
        self._identify_as(request, UNCONFIRMED)
        after = self._write(alias, plan, found, version)
        self._identify_as(request, "")
        if isinstance(plan.alias, CreateAlias | RepointAlias):
            self.counts[ROLLBACKS if isinstance(plan.version, RestoreVersion) else PROMOTIONS] += 1
        return _Outcome(plan, after, version, found)

    def _found(self, request: PromoteRequest) -> Observed:
        # Until the alias was read nobody knows what an earlier delivery of the event has done.
        self._identify_as(request, UNCONFIRMED)
        try:
            found = self._observer.observe(request.desired.alias, request)
        except AccessDenied:
            # An earlier one was not allowed more than this one.
            self._identify_as(request, NOT_CREATED)
            raise
        except ServiceTimeout:
            # A ServiceTimeout that is refused leaves no time to look.
            if request.refused:
                raise InvalidRequest(request.refused) from None
            raise
        self._keep_course(request.desired.alias, found.direction)
        self._identify_as(request, NOT_CREATED)
        return found

    def _identify_as(self, request: PromoteRequest, suffix: str) -> None:
        self._identify(request.physical_id or request.desired.alias.arn + suffix)

    def _planned(self, plan: Plan) -> Plan:
        self._log("planned", {"plan": plan})
        return plan

    def _confirm(self, request: PromoteRequest, found: Observed) -> None:
        # CloudFormation may have cancelled the operation while we waited for a version.
        now = self._observer.look_again()
        if not now:
            return
        self._keep_course(request.desired.alias, now)
        if found.direction is Direction.UNKNOWN and now is not Direction.UNKNOWN:
            raise _Overtaken("the stack can be read now")

    def _keep_course(self, alias: AliasId, now: Direction) -> None:
        # An event belongs to one direction: one that was sent forward must not be carried out, with
        # its properties, as a rollback.
        if self._course is Direction.UNKNOWN:
            self._course = now
        if now not in (self._course, Direction.UNKNOWN):
            raise ResourceConflict(
                f"AliasName: {alias} was not moved, for its stack was cancelled meanwhile; update "
                "the stack again"
            )

    def _write(
        self, alias: AliasId, plan: Plan, found: Observed, version: Version | None
    ) -> AliasState | None:
        try:
            return self._carry_out(alias, plan, found, version)
        except ResourceConflict as conflict:
            raise _Overtaken(conflict.args[0]) from conflict
        except NotFound as gone:
            if isinstance(plan.alias, DescribeAlias):
                raise _Overtaken(gone.args[0]) from gone
            raise

    def _carry_out(
        self, alias: AliasId, plan: Plan, found: Observed, version: Version | None
    ) -> AliasState | None:
        after = found.alias
        match plan.alias, version, found.alias:
            case KeepAlias(), _, _:
                return after
            case DeleteAlias(), _, _:
                self._delete(alias, found)
                after = None
            case CreateAlias() as slot, Version(number), None:
                after = AliasState(number, description_after(slot, number))
                self._aws.create_alias(alias, after)
            case RepointAlias() as slot, Version(number), AliasState() as before:
                after = AliasState(number, description_after(slot, number), before.revision_id)
                self._repoint(alias, before, after, plan.version)
            case DescribeAlias() as slot, _, AliasState() as before:
                after = replace(before, description=description_after(slot, before.version))
                self._aws.describe_alias(alias, after)
            case impossible:
                raise InternalFailure(f"AliasName: no way to carry out {impossible}")
        self._log("written", {"state": after})
        return after

    def _delete(self, alias: AliasId, found: Observed) -> None:
        # DeleteAlias takes no RevisionId.
        if self._observer.has_changed(alias, found.alias):
            raise _Overtaken("the alias has changed since it was read")
        self._aws.delete_alias(alias)

    def _repoint(
        self, alias: AliasId, before: AliasState, after: AliasState, source: VersionSlot
    ) -> None:
        try:
            self._aws.repoint_alias(alias, after)
        except NotFound:
            if not isinstance(source, RestoreVersion):
                raise
            raise NotFound(
                f"AliasName: {alias} still serves version {before.version}, for version "
                f"{after.version} no longer exists; move it by hand, then continue the rollback, "
                "skipping this resource"
            ) from None

    def _give_up(self, alias: AliasId, owner: str, release: str) -> None:
        # A rollback must not fail on what is left over: it would leave the stack stuck.
        try:
            self.remove(RemoveRequest(alias, owner, unconfirmed=release))
        except PromotionError as error:
            self._log("left over", {"what": str(alias), "because": str(error)})

    def _attributes(self, alias: AliasId, outcome: "_Outcome") -> dict[str, str]:
        after, version = outcome.after, outcome.version
        number = after.version if after else ""
        code = version.code_sha256 if version else ""
        if number and not code:
            code = self._code_sha256(alias, number, outcome)
        return {
            "AliasArn": alias.arn,
            "FunctionArn": alias.function_arn,
            "FunctionName": alias.function_name,
            "Version": number,
            "VersionArn": f"{alias.function_arn}:{number}" if number else "",
            "PreviousVersion": after.previous_version if after else "",
            "CodeSha256": code,
            "InvocationUri": alias.invocation_uri,
        }

    def _code_sha256(self, alias: AliasId, number: str, outcome: "_Outcome") -> str:
        try:
            return self._aws.get_version(alias.function_name, number).code_sha256
        except PromotionError as error:
            if self._course is not Direction.BACK and not outcome.found.restores:
                raise
            # A rollback must not fail on an attribute either.
            self._log("left over", {"what": "CodeSha256", "because": str(error)})
            return ""


@dataclass(frozen=True)
class _Outcome:
    """What a Create or an Update came to."""

    plan: Plan
    after: AliasState | None
    version: Version | None
    found: Observed


class _Overtaken(Exception):
    """Somebody else changed the alias between our look and our write."""
