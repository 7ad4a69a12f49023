"""Observe, plan, execute: the imperative shell around the planner."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from handler.arn import AliasId
from handler.aws import Aws
from handler.direction import Direction, Stack, direction
from handler.errors import (
    AccessDenied,
    InternalFailure,
    NotFound,
    PromotionError,
    ResourceConflict,
)
from handler.log import Log
from handler.model import NOT_CREATED, UNCONFIRMED, PromoteRequest, RemoveRequest
from handler.observed import AliasState, Observed, Version
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
from handler.signature import Signature

T = TypeVar("T")

LOOK_AGAIN_AFTER = timedelta(seconds=2)
"""A look at the stack that is older is repeated before the alias is written."""


@dataclass(frozen=True)
class Origin:
    """Where a request comes from.

    Attributes:
        stack_id: ARN of the stack, which is asked for the direction.
        signature: when the event was made.
    """

    stack_id: str
    signature: Signature


def utc_now() -> datetime:
    """Give the present."""
    return datetime.now(UTC)


class Executor:
    """Carries out one request; made anew for each.

    It calls `identify` with the physical id that counts should the request end at that moment:
    after a failed Create it tells the Delete that follows whether the alias was made
    (aws-semantics A6).
    """

    def __init__(
        self,
        aws: Aws,
        origin: Origin,
        identify: Callable[[str], None],
        log: Log,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._identify = identify
        self._aws = aws
        self._origin = origin
        self._log = log
        self._clock = clock
        self._looked_at = clock()
        self._course = Direction.UNKNOWN
        self._resolver = Resolver(aws)

    def promote(self, request: PromoteRequest) -> dict[str, str]:
        """Carry out a Create or an Update and give the attributes to answer with.

        Raises:
            PromotionError: why it could not be done; the message names the property.
        """
        alias = request.desired.alias
        plan, after, version = self._twice(alias, lambda: self._promote(request))
        attributes = self._attributes(alias, after, version)
        if plan.abandoned and request.previous:
            self._give_up(plan.abandoned, request.desired.owner, request.previous.release)
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

    def _remove(self, alias: AliasId, request: RemoveRequest) -> None:
        found = self._observe(alias)
        plan = self._planned(plan_removal(request, found))
        try:
            self._write(alias, plan, found, self._resolver.resolve(alias, plan.version))
        except NotFound:
            # The version from before the adoption is gone: the alias keeps the one that it serves.
            text = found.alias.text if found.alias else ""
            plan = self._planned(Plan(DescribeAlias(text, None), "the version before is gone"))
            self._write(alias, plan, found, None)

    def _promote(self, request: PromoteRequest) -> tuple[Plan, AliasState | None, Version | None]:
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
        return plan, after, version

    def _found(self, request: PromoteRequest) -> Observed:
        # Until the alias was read nobody knows what an earlier delivery of the event has done.
        self._identify_as(request, UNCONFIRMED)
        try:
            found = self._observe(request.desired.alias)
        except AccessDenied:
            # An earlier one was not allowed more than this one.
            self._identify_as(request, NOT_CREATED)
            raise
        self._keep_course(request.desired.alias, found.direction)
        self._identify_as(request, NOT_CREATED)
        return found

    def _identify_as(self, request: PromoteRequest, suffix: str) -> None:
        self._identify(request.physical_id or request.desired.alias.arn + suffix)

    def _observe(self, alias: AliasId) -> Observed:
        if self._origin.signature.is_stale(Stack(), self._clock()):
            # Nobody waits for the answer any more, and the deadline lets no call pass.
            return Observed(None, Direction.OVER, stale=True)
        # Asked at the same time as Lambda, the stack costs no time and none of Lambda's rate.
        with ThreadPoolExecutor(1) as pool:
            look = pool.submit(self._look)
            found = self._aws.get_alias(alias)
            which_way, stale = look.result()
        self._log("observed", {"found": found, "direction": which_way.name, "stale": stale})
        return Observed(found, which_way, stale)

    def _look(self) -> tuple[Direction, bool]:
        self._looked_at = self._clock()
        stack = self._aws.describe_stack(self._origin.stack_id)
        return direction(stack), self._origin.signature.is_stale(stack, self._looked_at)

    def _planned(self, plan: Plan) -> Plan:
        self._log("planned", {"plan": plan})
        return plan

    def _confirm(self, request: PromoteRequest, found: Observed) -> None:
        # CloudFormation may have cancelled the operation while we waited for a version.
        if self._clock() - self._looked_at <= LOOK_AGAIN_AFTER:
            return
        now, stale = self._look()
        self._keep_course(request.desired.alias, Direction.OVER if stale else now)
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
                self._aws.delete_alias(alias)
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

    def _attributes(
        self, alias: AliasId, after: AliasState | None, version: Version | None
    ) -> dict[str, str]:
        number = after.version if after else ""
        code = version.code_sha256 if version else ""
        if number and not code:
            code = self._code_sha256(alias, number)
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

    def _code_sha256(self, alias: AliasId, number: str) -> str:
        try:
            return self._aws.get_version(alias.function_name, number).code_sha256
        except PromotionError as error:
            if self._course is not Direction.BACK:
                raise
            # A rollback must not fail on an attribute either.
            self._log("left over", {"what": "CodeSha256", "because": str(error)})
            return ""


class _Overtaken(Exception):
    """Somebody else changed the alias between our look and our write."""
