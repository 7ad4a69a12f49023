"""What holds whatever happens to an alias: releases, rollbacks, hands, adoptions, deletions."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from handler.arn import AliasId, Scope
from handler.direction import Direction
from handler.errors import PromotionError
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
        old = self.believed.get(desired.owner)
        if not old:
            return PromoteRequest(desired)
        return PromoteRequest(desired, Previous(old.release, PROD), PROD.arn)

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
        whole = self.found and ".." not in self.found.description
        if whole and undone.text == before.text and noted == before.lineage:
            assert undone.description == before.description

    @rule(desired=PROMOTIONS, old=PROMOTIONS, direction=st.sampled_from([BACK, UNKNOWN]))
    def go_back(self, desired: Promotion, old: Promotion, direction: Direction) -> None:
        old = self.believed.get(desired.owner, old)
        request = PromoteRequest(desired, Previous(old.release, PROD), PROD.arn)
        lineage = self.found.lineage if self.found else None
        ours = lineage if lineage and lineage.owner == desired.owner else None
        told = ours and ours.head.release == old.release and ours.below_head(desired.release)
        assume(direction is BACK or told)
        try:
            plan = plan_promotion(request, Observed(self.found, direction))
        except PromotionError:
            return
        assert isinstance(plan.version, RestoreVersion | None)
        assert not isinstance(plan.alias, CreateAlias | DeleteAlias)
        assert ours or plan.alias == KeepAlias()
        self.found = self.carry_out(plan)
        self.believed[desired.owner] = desired
        again = plan_promotion(request, Observed(self.found, BACK))
        assert isinstance(again.alias, DescribeAlias | KeepAlias)
        assert self.carry_out(again) == self.found

    @rule(desired=PROMOTIONS, direction=st.sampled_from(Direction), stale=st.booleans())
    def come_late(self, desired: Promotion, direction: Direction, *, stale: bool) -> None:
        assume(stale or direction is OVER)
        with pytest.raises(PromotionError):
            plan_promotion(self.request(desired), Observed(self.found, direction, stale))

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
        elif plan.alias != KeepAlias() and before and before.lineage:
            adopted = bool(before.lineage.earlier)
            assert (self.found is not None) == adopted
            self.believed.pop(owner, None)

    @rule(version=VERSIONS | st.just("$LATEST"))
    def move_by_hand(self, version: str) -> None:
        assume(self.found)
        if self.found:
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


TestAlias = Alias.TestCase
TestAlias.settings = settings(max_examples=100, stateful_step_count=20, deadline=None)
