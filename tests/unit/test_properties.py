"""What holds whatever happens to an alias: releases, rollbacks, hands, adoptions, deletions."""

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from handler.arn import AliasId, Scope
from handler.direction import Direction
from handler.errors import PromotionError
from handler.history import CLOCKS_DIFFER, ResourceEvent, was_sent_before
from handler.lineage import DESCRIPTION_LIMIT, Lineage, parse, render
from handler.model import Previous, PromoteRequest, Promotion, RemoveRequest
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
    UseVersion,
    description_after,
)
from handler.planner import plan_promotion, plan_removal

FORWARD, BACK, OVER, UNKNOWN = Direction
PROD = AliasId(Scope("aws", "eu-west-1", "111122223333"), "orders", "prod")
OWNERS = st.sampled_from(["00000001", "00000002", "00000003"])
VERSIONS = st.integers(1, 200).map(str)
PROMOTIONS = st.builds(
    Promotion,
    alias=st.just(PROD),
    owner=OWNERS,
    release=st.sampled_from([letter * 8 for letter in "abcde"]),
    source_qualifier=st.sampled_from(["$LATEST", "beta", "3"]),
    description=st.none() | st.sampled_from(["", "Orders", "x [alias", "t" * 128]),
    adopt_existing=st.booleans(),
)


def kept(lineage: Lineage | None) -> list[tuple[str, list[str]]]:
    """The lineage, to be compared with one from which entries may have fallen."""
    tenures = (lineage.current, *lineage.earlier) if lineage else ()
    return [(each.owner, [str(entry) for entry in each.entries]) for each in tenures]


def is_left_of(found: Lineage | None, whole: Lineage | None) -> bool:
    """Tell whether nothing but the oldest entries of its tenures is gone."""
    pairs = list(itertools.zip_longest(kept(found), kept(whole), fillvalue=("", [""])))
    return all(
        owner == other and entries and entries == more[: len(entries)]
        for (owner, entries), (other, more) in pairs
    )


class Alias(RuleBasedStateMachine):
    """One alias that three resources and a person act on."""

    def __init__(self) -> None:
        super().__init__()
        self.found: AliasState | None = None
        self.numbers = itertools.count(300)
        self.believed: dict[str, Promotion] = {}
        self.requests = (f"{number:08x}{number:08x}" for number in itertools.count(1))
        self.made_by: dict[str, PromoteRequest] = {}

    @property
    def owner(self) -> str | None:
        lineage = self.found.lineage if self.found else None
        return lineage.owner if lineage else None

    def carry_out(self, plan: Plan) -> AliasState | None:
        found = self.found
        match plan.version:
            case RestoreVersion(number) | UseVersion(number):
                pass
            case PublishVersion() | PromoteFrom():
                number = str(next(self.numbers))
            case None:
                number = found.version if found else ""
        match plan.alias:
            case KeepAlias():
                return found
            case DeleteAlias():
                return None
            case CreateAlias() as slot:
                assert not found
                return AliasState(number, description_after(slot, number))
            case RepointAlias() as slot:
                assert found
                return AliasState(number, description_after(slot, number))
            case DescribeAlias() as slot:
                assert found
                return replace(found, description=description_after(slot, number))

    def request(self, desired: Promotion) -> PromoteRequest:
        old, by = self.believed.get(desired.owner), next(self.requests)
        if not old:
            return PromoteRequest(desired, by=by)
        return PromoteRequest(desired, Previous(old.release, PROD), PROD.arn, by)

    @initialize(by_hand=st.booleans(), version=VERSIONS)
    def begin(self, version: str, *, by_hand: bool) -> None:
        self.found = AliasState(version, "By hand") if by_hand else None

    @rule(desired=PROMOTIONS, direction=st.sampled_from([FORWARD, UNKNOWN]))
    def go_forward(self, desired: Promotion, direction: Direction) -> None:
        before, request = self.found, self.request(desired)
        foreign = before and self.owner != desired.owner
        try:
            plan = plan_promotion(request, Observed(before, direction))
            after = self.carry_out(plan)
        except PromotionError:
            return
        assert not foreign or desired.adopt_existing
        if not request.previous:
            self.made_by[desired.owner] = request
        old = self.believed.get(desired.owner)
        self.found, self.believed[desired.owner] = after, desired
        if isinstance(plan.version, RestoreVersion):
            return  # the lineage told that this is a way back
        again = plan_promotion(request, Observed(after, direction))
        assert (again.alias, again.version) == (KeepAlias(), None)
        moved = isinstance(plan.version, PublishVersion | PromoteFrom | UseVersion)
        if old and moved and before and not foreign and before.lineage:
            self.check_that_it_can_be_undone(before, old, desired)

    def check_that_it_can_be_undone(
        self, before: AliasState, old: Promotion, desired: Promotion
    ) -> None:
        assert before.lineage
        if before.lineage.head.release != old.release:
            return  # an update in between failed
        back = PromoteRequest(old, Previous(desired.release, PROD), PROD.arn)
        plan = plan_promotion(back, Observed(self.found, BACK))
        undone = self.carry_out(plan)
        assert undone
        assert undone.version == before.version
        noted = before.lineage.noting(before.version)
        assert is_left_of(undone.lineage, noted)
        if old.description is not None:
            # Only beside many adoptions a text is cut, lest the way back fails.
            whole_text = len(before.lineage.earlier) < 2
            assert undone.text == old.description or not whole_text
            assert old.description.startswith(undone.text)
        assert self.found
        fallen = self.found.description.count("by=") < before.description.count("by=")
        whole = ".." not in self.found.description and not fallen
        if whole and undone.text == before.text and noted == before.lineage:
            assert undone.description == before.description

    @rule(desired=PROMOTIONS, old=PROMOTIONS, direction=st.sampled_from([BACK, UNKNOWN]))
    def go_back(self, desired: Promotion, old: Promotion, direction: Direction) -> None:
        old = self.believed.get(desired.owner, old)
        request = PromoteRequest(desired, Previous(old.release, PROD), PROD.arn)
        lineage = self.found.lineage if self.found else None
        ours = lineage if lineage and lineage.owner == desired.owner else None
        told = ours and ours.head.release == old.release and ours.below_head(desired.release)
        if direction is not BACK and not told:
            return  # nothing says which way it goes
        try:
            plan = plan_promotion(request, Observed(self.found, direction))
        except PromotionError:
            return
        assert isinstance(plan.version, RestoreVersion | None)
        assert not isinstance(plan.alias, CreateAlias)
        assert ours or plan.alias == KeepAlias()
        if plan.alias == DeleteAlias():
            assert ours
            assert ours.begun_by(desired.release)
            assert not ours.earlier
        self.found = self.carry_out(plan)
        self.believed[desired.owner] = desired
        again = plan_promotion(request, Observed(self.found, BACK))
        assert isinstance(again.alias, DescribeAlias | KeepAlias)
        assert self.carry_out(again) == self.found

    @rule(desired=PROMOTIONS, direction=st.sampled_from(Direction), stale=st.booleans())
    def come_late(self, desired: Promotion, direction: Direction, *, stale: bool) -> None:
        stale = stale or direction is not OVER
        with pytest.raises(PromotionError):
            plan_promotion(self.request(desired), Observed(self.found, direction, stale))

    @rule(owner=OWNERS, direction=st.sampled_from([FORWARD, BACK, UNKNOWN]))
    def create_comes_twice(self, owner: str, direction: Direction) -> None:
        """It never touches an alias that has its release, nor takes one of another request."""
        request = self.made_by.get(owner)
        lineage = self.found.lineage if self.found else None
        if not (request and lineage and lineage.owner == owner):
            return  # no alias of this Create is there
        its_own = lineage.begun_by(request.by)
        try:
            plan = plan_promotion(request, Observed(self.found, direction))
        except PromotionError:
            assert not its_own
            return
        assert (plan.alias == KeepAlias()) == its_own

    @rule(desired=PROMOTIONS)
    def a_sibling_of_a_create_fails(self, desired: Promotion) -> None:
        """An alias that was there before a Create has what it served when that is undone."""
        before = self.found
        if not before or desired.owner in self.believed:
            return
        try:
            plan = plan_promotion(self.request(desired), Observed(before, FORWARD))
            made = self.carry_out(plan)
        except PromotionError:
            return
        undo = plan_removal(RemoveRequest(PROD, desired.owner), Observed(made, BACK))
        self.found = made
        after = self.found = self.carry_out(undo)
        assert after
        assert after.version == before.version
        assert (after.lineage is None) == (before.lineage is None)

    @rule(
        owner=OWNERS,
        direction=st.sampled_from(Direction),
        unconfirmed=st.none() | st.sampled_from(["a" * 8, "b" * 8]),
    )
    def delete(self, owner: str, direction: Direction, unconfirmed: str | None) -> None:
        before, foreign = self.found, self.owner != owner
        request = RemoveRequest(PROD, owner, unconfirmed)
        plan = plan_removal(request, Observed(before, direction))
        assert isinstance(plan.version, RestoreVersion | None)
        self.found = self.carry_out(plan)
        if foreign:
            assert plan.alias == KeepAlias()
        elif self.found != before and before and before.lineage:
            adopted = bool(before.lineage.earlier)
            assert (self.found is not None) == adopted
            self.believed.pop(owner, None)

    @precondition(lambda self: self.found is not None)
    @rule(version=VERSIONS | st.just("$LATEST"))
    def move_by_hand(self, version: str) -> None:
        assert self.found
        self.found = replace(self.found, version=version)

    @rule()
    def delete_by_hand(self) -> None:
        self.found = None

    @invariant()
    def the_description_fits_and_reads_back(self) -> None:
        if not self.found:
            return
        description = self.found.description
        assert len(description) <= DESCRIPTION_LIMIT
        text, lineage = parse(description)
        assert render(text, lineage) == description
        if lineage:
            assert is_left_of(parse(render("", lineage))[1], lineage)


def durations(least: int, most: int) -> st.SearchStrategy[timedelta]:
    return st.integers(least, most).map(lambda millis: timedelta(milliseconds=millis))


SECONDS = durations(0, 20_000)
SKEW = durations(0, 9_000)
SECOND = timedelta(seconds=1)
MILLISECOND = timedelta(milliseconds=1)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Timeline:
    """When CloudFormation sent an Update forward, ended it, and sent the rollback's."""

    sent: datetime
    ended: datetime
    rolled_back: datetime
    sent_back: datetime
    restored: datetime
    status: str
    begun: datetime

    def seen(self, until: datetime) -> list[ResourceEvent]:
        """Give the resource's events at this moment, newest first."""
        events = [
            ResourceEvent("UPDATE_COMPLETE", self.restored),
            ResourceEvent("UPDATE_IN_PROGRESS", self.sent_back),
            ResourceEvent(self.status, self.ended),
            ResourceEvent("UPDATE_IN_PROGRESS", self.sent),
        ]
        return [event for event in events if event.at <= until]

    def sent_back_from(self, earliest: datetime) -> "Timeline":
        """Let the rollback's Update wait for this moment."""
        wait = max(earliest - self.sent_back, timedelta())
        return replace(self, sent_back=self.sent_back + wait, restored=self.restored + wait)


def cut(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    passed = itertools.accumulate(draw(SECONDS) for _ in range(4))
    sent, ended, rolled_back, sent_back = (NOON + each for each in passed)
    restored = sent_back + MILLISECOND + draw(SECONDS)
    status = draw(st.sampled_from(["UPDATE_COMPLETE", "UPDATE_FAILED"]))
    begun = draw(st.sampled_from([NOON, rolled_back]))
    return Timeline(sent, ended, rolled_back, sent_back, restored, status, begun)


@given(timelines(), SECONDS)
def test_a_forward_update_never_counts_while_the_stack_rolls_back(
    line: Timeline, later: timedelta
) -> None:
    line = line.sent_back_from(cut(line.sent) + SECOND)
    seen = line.seen(until=line.rolled_back + later)
    assert was_sent_before(seen, cut(line.sent), line.begun)


@given(timelines(), SECONDS)
def test_the_rollbacks_own_update_always_counts_until_it_is_answered(
    line: Timeline, later: timedelta
) -> None:
    now = min(line.sent_back + later, line.restored - MILLISECOND)
    assert not was_sent_before(line.seen(until=now), cut(line.sent_back), line.begun)


@given(timelines(), SECONDS, SKEW)
def test_a_forward_update_never_counts_though_it_was_signed_after_its_event(
    line: Timeline, later: timedelta, signed_after: timedelta
) -> None:
    signed_at = cut(line.sent + signed_after)
    line = line.sent_back_from(signed_at + SECOND)
    assert was_sent_before(line.seen(until=line.sent_back + later), signed_at, line.begun)


@given(timelines(), SKEW)
def test_the_rollbacks_own_update_counts_though_its_event_has_a_later_time(
    line: Timeline, later: timedelta
) -> None:
    line = line.sent_back_from(line.sent + 2 * CLOCKS_DIFFER + MILLISECOND - later)
    event = ResourceEvent("UPDATE_IN_PROGRESS", line.sent_back + later)
    seen = [event, *line.seen(until=line.ended)]
    assert not was_sent_before(seen, cut(line.sent_back), line.begun)


@given(timelines())
def test_the_rollbacks_own_update_counts_before_its_event_can_be_read(line: Timeline) -> None:
    line = line.sent_back_from(cut(line.ended) + SECOND)
    seen = line.seen(until=line.ended)
    assert not was_sent_before(seen, cut(line.sent_back), line.begun)


TestAlias = Alias.TestCase
TestAlias.settings = settings(max_examples=100, stateful_step_count=20, deadline=None)
