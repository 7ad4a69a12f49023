"""What to do about what was found; pure: no I/O, no clock.

Forward resolves, rollback restores. A behaviour is one branch of `plan_promotion` or
`plan_removal`, and one row of `tests/unit/test_planner.py`.
"""

from dataclasses import replace
from datetime import datetime

from handler.arn import AliasId
from handler.direction import Direction
from handler.errors import AlreadyExists, InvalidRequest, NotFound, ResourceConflict
from handler.lineage import NOBODY, Entry, Lineage, Tenure, kept_id
from handler.model import LATEST, PromoteRequest, Promotion, RemoveRequest
from handler.observed import AliasState, Observed
from handler.plan import (
    CreateAlias,
    DeleteAlias,
    DescribeAlias,
    KeepAlias,
    Plan,
    PromoteFrom,
    PublishVersion,
    RepointAlias,
    RestoreVersion,
    ResumeVersion,
    Shift,
    Tests,
    UseVersion,
    VersionSlot,
    Watch,
    check_room,
    check_room_meanwhile,
    is_release,
)
from handler.preference import ALL_AT_ONCE, Rollout
from handler.progress import NOTHING_DONE, PRE_TRAFFIC, SMOKE_TEST
from handler.shift import check_time, check_time_to_resume, check_time_to_watch, share_of

TEXT_LIMIT = 128
"""Characters of the user's part of a Description; the rest is for the lineage."""


def plan_promotion(request: PromoteRequest, found: Observed) -> Plan:
    """Decide on a Create or an Update (forward resolves, rollback restores).

    Raises:
        AlreadyExists: the alias belongs to somebody else, on Create.
        InvalidRequest: a property can't be used, or a text leaves no room for the lineage.
        NotFound: the release to go back to is not in the lineage.
        ResourceConflict: the alias belongs to somebody else, or the event is stale.
    """
    if found.stale or found.direction is Direction.OVER:
        raise ResourceConflict(
            f"AliasName: nothing was done to {request.desired.alias}, for this request belongs to "
            "a stack operation that is over; update the stack again"
        )
    back = _goes_back(request, found)
    if back and request.progress != NOTHING_DONE:
        # A rollback never takes more than one invocation: this one was sent forward.
        raise _turned_back(request.desired)
    if request.previous and back:
        plan = _plan_back(request, found)
        abandoned = _unanswered_rename(request)
        return replace(plan, abandoned=abandoned, capacity=request.desired.capacity)
    if request.refused:
        raise InvalidRequest(request.refused)
    new = request.takes_new_alias
    plan = _plan_new(request, found, back=back) if new else _plan_forward(request, found)
    if plan.watch and not plan.shift and is_release(plan.alias):
        check_time_to_watch(request.desired.preference, found.time_left)
    _check_room(plan, found)
    return plan


def _check_room(plan: Plan, found: Observed) -> None:
    slot, meanwhile = plan.alias, bool(plan.shift or plan.capacity)
    if isinstance(slot, CreateAlias | RepointAlias):
        check_room(slot, unsettled=bool(plan.watch or plan.shift))
    if isinstance(slot, RepointAlias) and found.alias and slot.release and meanwhile:
        check_room_meanwhile(slot, found.alias.text)


def _turned_back(desired: Promotion) -> ResourceConflict:
    return ResourceConflict(
        f"AliasName: nothing more was done to {desired.alias}, for its stack was cancelled "
        "meanwhile; update the stack again"
    )


def asks_for_a_release_of_before(request: PromoteRequest, found: Observed) -> bool:
    """Tell whether this is how a rollback looks, though it may also be a way forward."""
    lineage_ = found.lineage_of(*request.owners)
    return bool(
        request.previous
        and lineage_
        and lineage_.head.release == request.previous.release != request.desired.release
        and lineage_.below_head(request.desired.release)
    )


def asks_for_a_known_release(request: PromoteRequest, found: Observed) -> bool:
    """Tell whether the alias serves the release, or has served it."""
    lineage_, release = found.lineage_of(*request.owners), request.desired.release
    return bool(lineage_ and (lineage_.head.release == release or lineage_.below_head(release)))


def is_as_usual(request: PromoteRequest, found: Observed) -> bool:
    """Tell whether an Update that goes forward would find the alias so, in nearly every case.

    It serves what the old properties ask for, or the new ones already. One that takes back a failed
    Update finds it otherwise, or moves nothing.
    """
    ours, desired = found.lineage_of(*request.owners), request.desired.release
    if not ours or not request.previous or request.returns:
        return False
    if ours.head.release == desired:
        return True
    if ours.head.release != request.previous.release or ours.below_head(desired):
        return False
    # Adopted, or made anew, by the last Update: going back is to give it back, or to delete it.
    return not (ours.fresh and (ours.earlier or ours.begun_by(desired)))


def _goes_back(request: PromoteRequest, found: Observed) -> bool:
    if found.direction is Direction.UNKNOWN and asks_for_a_release_of_before(request, found):
        return True
    return found.goes_back


def _unanswered_rename(request: PromoteRequest) -> AliasId | None:
    # CloudFormation deletes what it knows. A rename that died before it answered left an alias that
    # only the old properties of the rollback still name.
    old = request.previous.alias if request.previous else None
    return None if old == request.desired.alias or request.answered else old


def _plan_new(request: PromoteRequest, found: Observed, *, back: bool) -> Plan:
    desired, ours = request.desired, found.lineage_of(request.desired.owner)
    if found.alias and ours and ours.head.release == desired.release and ours.begun_by(request.by):
        if ours.moved:
            return _plan_settled(desired, found.alias, ours)
        # Settings may have changed since: this may be the Create's event once more, long after.
        return Plan(KeepAlias(), "redelivered: the alias serves this release already")
    if back:
        raise ResourceConflict(
            f"AliasName: {desired.alias} was not made, for the stack is rolling back"
        )
    if not found.alias:
        return _create(request, request.by, "no such alias yet")
    if ours and found.direction is Direction.UNKNOWN and ours.below_head(desired.release):
        raise _gone_on(desired, ours)
    if ours and found.direction is Direction.UNKNOWN and _renames_back(request, ours):
        return Plan(KeepAlias(), "the alias of before a rename: it serves the release of before")
    if ours or found.lineage_of(kept_id(desired.owner)):
        # Kept by DeletionPolicy and added again: should this Create fail, the Delete that follows
        # must give it back, not delete it.
        return _adopt(request, found.alias, "an alias of ours from before is taken up again")
    if desired.adopt_existing:
        return _adopt(request, found.alias, "an existing alias is adopted")
    raise AlreadyExists(
        f"AliasName: {desired.alias} exists already, {_holder(found.alias)}; set AdoptExisting to "
        "true to take it over, or choose another name"
    )


def _renames_back(request: PromoteRequest, ours: Lineage) -> bool:
    return bool(request.previous) and ours.head.release == request.desired.release


def _plan_forward(request: PromoteRequest, found: Observed) -> Plan:
    desired, alias = request.desired, found.alias
    ours = found.lineage_of(*request.owners)
    old = request.previous.release if request.previous else ""
    if not alias:
        # Going back to that release finds that there was nothing.
        return _create(request, old, "the alias was deleted by hand")
    if not ours and desired.adopt_existing:
        if old == desired.release:
            return _adopt_as_it_is(request, alias)
        return _adopt(request, alias, "an existing alias is adopted anew")
    if not ours:
        raise ResourceConflict(
            f"AliasName: {desired.alias} is {_holder(alias)} now; set AdoptExisting to true to "
            "take it over, or choose another name"
        )
    if ours.head.release == desired.release:
        return _plan_settled(desired, alias, ours)
    if old != ours.head.release and ours.below_head(desired.release):
        raise _gone_on(desired, ours)
    if ours.shift and ours.shift.release == desired.release:
        return _plan_resumed(request, found, alias, ours, ours.shift.version)
    return _plan_release(request, found, alias, ours)


def _plan_release(
    request: PromoteRequest, found: Observed, alias: AliasState, ours: Lineage
) -> Plan:
    desired = request.desired
    if request.progress.stepped_at is not None:
        raise ResourceConflict(
            f"AliasName: the traffic of {desired.alias} was put back by somebody else while it "
            "went over; release again when it may go on"
        )
    slot = RepointAlias(_text(desired, alias, ours), ours.noting(alias.version), desired.release)
    plan = _guarded(Plan(slot, "a new release", _source(request)), request)
    if desired.pins_version and ours.has_served(desired.source_qualifier):
        # The way out of a bad release must not wait, nor ask the alarms that ring because of it.
        return replace(plan, watch=None)
    steps = desired.preference.rollout
    if not steps.percents:
        return plan
    if alias.version == LATEST:
        raise InvalidRequest(
            f"DeploymentPreference.Type: {desired.alias} points to $LATEST, which can't share its "
            f"traffic with a version; release once with {ALL_AT_ONCE}"
        )
    check_time(desired.preference, found.time_left)
    return replace(plan, shift=Shift(steps.percents, steps.interval))


def _plan_resumed(
    request: PromoteRequest, found: Observed, alias: AliasState, ours: Lineage, version: str
) -> Plan:
    """Go on by the alias's own state: the mark says which release, the weights how far it is."""
    desired = request.desired
    steps, share = desired.preference.rollout, share_of(alias, version)
    if share is None or alias.version != ours.head.version or not (share or desired.capacity):
        raise ResourceConflict(
            f"AliasName: {desired.alias} was moved by somebody else while its traffic went over; "
            "release again when it may go on"
        )
    left = tuple(each for each in steps.percents if each > share)
    slot = RepointAlias(_text(desired, alias, ours), ours.settled(), desired.release)
    plan = Plan(slot, "resumed: the release has begun", ResumeVersion(version))
    if not share:
        plan = replace(_guarded(plan, request), shift=_shift(steps, left, None))
    else:
        plan = replace(plan, shift=_shift(steps, left, share), watch=_watch(desired))
    check_time_to_resume(desired.preference, len(left) + 1, found.time_left)
    return plan


def _shift(steps: Rollout, left: tuple[int, ...], stands: int | None) -> Shift | None:
    return Shift(left, steps.interval, stands) if steps.percents else None


def _guarded(plan: Plan, request: PromoteRequest) -> Plan:
    """Let a release begin only when its tests have passed."""
    desired, name = request.desired, request.desired.alias.function_name
    passed = request.progress.has_passed
    tests = Tests(
        smoke_test=None if passed(SMOKE_TEST, name) else desired.smoke_test,
        pre_traffic="" if passed(PRE_TRAFFIC, name) else desired.preference.pre_traffic,
    )
    return replace(
        plan,
        tests=tests if tests != Tests() else None,
        capacity=desired.capacity,
        watch=_watch(desired),
    )


def _watch(desired: Promotion) -> Watch | None:
    preference = desired.preference
    if not preference.watches:
        return None
    return Watch(
        preference.alarms,
        preference.ignore_alarms,
        preference.rollout.interval if preference.alarms else 0,
        preference.post_traffic,
    )


def _plan_settled(desired: Promotion, alias: AliasState, ours: Lineage) -> Plan:
    """The alias serves this release; what differs is a setting, or is still to be heard."""
    text, capacity = _text(desired, alias, ours), desired.capacity
    if ours.moved:
        because = "resumed: all traffic went over already"
        return Plan(
            DescribeAlias(text, ours.settled()), because, capacity=capacity, watch=_watch(desired)
        )
    if ours.shift:
        return Plan(
            RepointAlias(text, ours.settled()),
            "the shift of a release that failed is taken back",
            RestoreVersion(alias.version),
            capacity=capacity,
        )
    if (text, ours) == (alias.text, alias.lineage):
        return Plan(KeepAlias(), "the alias serves this release already", capacity=capacity)
    because = "settings changed; the release is the same"
    return Plan(DescribeAlias(text, ours), because, capacity=capacity)


def _gone_on(desired: Promotion, ours: Lineage) -> ResourceConflict:
    return ResourceConflict(
        f"AliasName: nothing was done to {desired.alias}, for it has gone on to release "
        f"{ours.head.release} since this request; change Triggers to release again"
    )


def _plan_back(request: PromoteRequest, found: Observed) -> Plan:
    desired, alias = request.desired, found.alias
    ours = found.lineage_of(*request.owners)
    if not alias or not ours:
        # A rollback must not fail on what is not ours to restore.
        held = _holder(alias) if alias else "gone"
        return Plan(KeepAlias(), f"nothing to restore: the alias is {held}")
    if ours.shift and not ours.moved and ours.shift.release == desired.release:
        # No rollback asks for the release that is under way: this event was sent forward.
        raise _turned_back(desired)
    text = _text(desired, alias, ours)
    if ours.head.release == desired.release:
        # Written although nothing moves: the new RevisionId makes a forward request that is still
        # under way fail with 412, look again, and stop.
        if ours.shift and not ours.moved:
            # Weights are cleared only where the mark says that they are ours.
            return Plan(
                RepointAlias(text, ours.settled()),
                "rolling back: the traffic that went over is taken back",
                RestoreVersion(alias.version),
            )
        if _is_adopted_as_it_is(ours) and found.has_begun(ours):
            given_back = DescribeAlias(alias.text, ours.given_back())
            return Plan(given_back, "rolling back: an adoption as it is is given back")
        return Plan(DescribeAlias(text, ours.settled()), "rolling back: the release never moved")
    if entry := ours.below_head(desired.release):
        return Plan(
            RepointAlias(text, ours.back_to(entry)),
            "rolling back to the release before",
            RestoreVersion(entry.version),
        )
    if ours.fresh and ours.earlier:
        return _give_back(alias, ours, "rolling back: an adoption by this update is given back")
    if ours.begun_by(desired.release):
        return Plan(DeleteAlias(), "rolling back: there was no alias before this update")
    return _plan_back_to_what_fell_off(desired, alias, ours)


def _is_adopted_as_it_is(ours: Lineage) -> bool:
    return (
        ours.fresh
        and bool(ours.earlier)
        and ours.earlier[0].entries[0].version == ours.head.version
    )


def _plan_back_to_what_fell_off(desired: Promotion, alias: AliasState, ours: Lineage) -> Plan:
    if ours.current.shortened and desired.pins_version:
        number = desired.source_qualifier
        kept = Tenure(ours.owner, (Entry(number, desired.release),), shortened=True)
        return Plan(
            RepointAlias(_text(desired, alias, ours), replace(ours.settled(), current=kept)),
            "rolling back to a pinned version that fell off the lineage",
            RestoreVersion(number),
        )
    raise NotFound(
        f"AliasName: {desired.alias} still serves version {alias.version}, for release "
        f"{desired.release} is not in its lineage; move it by hand, then continue the rollback, "
        "skipping this resource"
    )


def plan_undo(request: PromoteRequest, alias: AliasState) -> Plan:
    """Decide what puts an alias back, when the release that it serves, or shares, has failed.

    What an earlier delivery of the same request has done is put back as well.
    """
    desired, old = request.desired, request.previous
    ours = Observed(alias, Direction.BACK).lineage_of(*request.owners)
    if ours and old and old.owner and not (old.new or request.returns):
        ours = ours.owned_by(old.owner)
    if not ours:
        return Plan(KeepAlias(), "nothing of ours is left to put back")
    if ours.shift and ours.shift.release == desired.release and not ours.moved:
        slot = RepointAlias(alias.text, ours.settled())
        return Plan(slot, "the traffic that went over is taken back", RestoreVersion(alias.version))
    settings = old and old.release == desired.release and not request.takes_new_alias
    if settings and alias.lineage and alias.lineage.owner != ours.owner:
        return Plan(DescribeAlias(alias.text, ours), "the list of functions is as it was before")
    if request.takes_new_alias and not ours.begun_by(request.by):
        return Plan(KeepAlias(), "the alias was there before the request that failed")
    if settings or ours.head.release != desired.release:
        return Plan(KeepAlias(), "the alias does not serve the release that failed")
    if len(ours.current.entries) > 1:
        below = ours.current.entries[1]
        back = RepointAlias(alias.text, ours.back_to(below))
        return Plan(back, "the release that failed is taken back", RestoreVersion(below.version))
    if ours.earlier:
        return _give_back(alias, ours, "an adoption that failed is given back")
    return Plan(DeleteAlias(), "there was no alias before the release that failed")


def plan_removal(request: RemoveRequest, found: Observed) -> Plan:
    """Decide on a Delete: no alias of anybody else is touched.

    Raises:
        ResourceConflict: the event is stale.
    """
    if found.stale:
        raise ResourceConflict(
            "AliasName: nothing was deleted, for this request belongs to a stack operation that is "
            "over; delete again"
        )
    alias, ours = found.alias, found.lineage_of(request.owner)
    if not alias or not ours:
        held = _holder(alias) if alias else "gone"
        return Plan(KeepAlias(), f"nothing to delete: the alias is {held}")
    if not _is_of_this_resource(request, ours, found.oldest):
        # Written although nothing changes: what that request still has under way fails with 412.
        kept = DescribeAlias(alias.text, alias.lineage)
        return Plan(kept, "the alias was there before the request that failed")
    if not ours.earlier:
        return Plan(DeleteAlias(), "the alias is ours")
    # An alias that was there before us outlives us.
    if found.direction is Direction.BACK:
        return _give_back(alias, ours, "rolling back: an adopted alias is given back")
    if ours.fresh and alias.version == ours.head.version:
        return _give_back(alias, ours, "nothing was released since the adoption")
    if ours.shift and not ours.moved:
        because = (
            "an adopted alias keeps what it serves, and the traffic that went over is taken back"
        )
        return Plan(RepointAlias(alias.text, None), because, RestoreVersion(alias.version))
    return Plan(DescribeAlias(alias.text, None), "an adopted alias keeps what it serves")


def _is_of_this_resource(request: RemoveRequest, ours: Lineage, oldest: datetime | None) -> bool:
    # A request that never answered can have made one release only, its own; an alias with more, or
    # with another one, was there before: kept by DeletionPolicy, and added again.
    if request.unconfirmed is None:
        return True
    if request.by:
        return ours.begun_by(request.by)
    began = ours.current.began
    if not began or (oldest and began < oldest):
        return False
    return ours.fresh and ours.head.release == request.unconfirmed


def _create(request: PromoteRequest, by: str, because: str) -> Plan:
    desired = request.desired
    lineage_ = Lineage(Tenure(desired.owner, by=by))
    slot = CreateAlias(desired.description or "", lineage_, desired.release)
    return _guarded(Plan(slot, because, _source(request)), request)


def _adopt(request: PromoteRequest, alias: AliasState, because: str) -> Plan:
    desired = request.desired
    text, adopted = _adopted(request, alias)
    slot = RepointAlias(text, adopted, desired.release)
    return _guarded(Plan(slot, because, _source(request)), request)


def _adopt_as_it_is(request: PromoteRequest, alias: AliasState) -> Plan:
    """Take an alias over by an Update that asks for no other release: nothing moves."""
    desired = request.desired
    text, adopted = _adopted(request, alias)
    slot = DescribeAlias(text, adopted.push(Entry(alias.version, desired.release)))
    because = "an existing alias is adopted as it is: the release is the same"
    return Plan(slot, because, capacity=desired.capacity)


def _adopted(request: PromoteRequest, alias: AliasState) -> tuple[str, Lineage]:
    desired = request.desired
    before = alias.lineage or Lineage(Tenure(NOBODY, (Entry(alias.version, NOBODY),)))
    text = alias.text if desired.description is None else desired.description
    if len(text) > TEXT_LIMIT:
        raise InvalidRequest(
            f"Description: {desired.alias} has one of {len(text)} characters, which leaves no room "
            f"for the lineage; set Description, at most {TEXT_LIMIT} characters"
        )
    return text, before.noting(alias.version).adopted_by(desired.owner, request.by)


def _give_back(alias: AliasState, ours: Lineage, because: str) -> Plan:
    before = ours.earlier[0].entries[0].version
    return Plan(RepointAlias(alias.text, ours.given_back()), because, RestoreVersion(before))


def _source(request: PromoteRequest) -> VersionSlot:
    desired = request.desired
    if begun := request.progress.version_of(desired.alias.function_name):
        return ResumeVersion(begun)
    if desired.source_qualifier == LATEST:
        return PublishVersion(desired.version_description, desired.code_sha256)
    if desired.pins_version:
        return UseVersion(desired.source_qualifier)
    return PromoteFrom(desired.source_qualifier)


def _text(desired: Promotion, alias: AliasState, ours: Lineage) -> str:
    if desired.description is None:
        return alias.text if ours.earlier else ""
    return desired.description


def _holder(alias: AliasState) -> str:
    if not alias.lineage:
        return "not managed by a promotion"
    return f"managed by owner={alias.lineage.owner}"
