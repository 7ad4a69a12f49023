"""One alias on its way to a release: what it does when somebody else is there before it."""

from dataclasses import replace
from typing import Any

import pytest

from handler.arn import AliasId
from handler.errors import NetworkFailure, ResourceConflict
from handler.move import Move
from handler.observed import AliasState
from handler.plan import RepointAlias, Shift
from handler.preference import Preference
from handler.progress import Progress
from tests.unit.release_world import BEFORE, LINEAR, US, A, B, C, ReleaseWorld


def shifting(percent: int, version: str = "2") -> AliasState:
    """While so much of the traffic of prod goes to the version."""
    mark = f"Orders [alias-promotion owner={US} shift={version}@{B} 1@{A}]"
    return AliasState("1", mark, weights=((version, percent / 100),) if percent else ())


MOVED = AliasState("2", f"[alias-promotion owner={US} shift=2@{B} 2@{B} 1@{A}]")
SETTLED = AliasState("2", f"[alias-promotion owner={US} 2@{B} 1@{A}]")


@pytest.fixture
def world() -> ReleaseWorld:
    return ReleaseWorld()


def found(world: ReleaseWorld, **settings: Any) -> Move:
    """A move to version 2 whose version was found."""
    move = world.move(source_qualifier="2", **settings)
    move.find_version()
    return move


def test_a_version_that_another_alias_hands_on_goes_at_once_where_it_has_served(
    world: ReleaseWorld,
) -> None:
    world.point(AliasState("2", f"[alias-promotion owner={US} 2@{C} 1@{A}]"))
    world.aws.create_alias(replace(world.new_move().alias, alias_name="beta"), BEFORE)
    guarded = replace(LINEAR, alarms=("errors",))
    move = world.move(source_qualifier="beta", preference=guarded, old=C)
    assert move.plan.shift == Shift((25, 50, 75), 10)
    move.find_version()
    assert move.number == "1"
    assert move.plan.shift is None
    assert move.plan.watch
    assert move.plan.watch.interval == 0


# --- steps that another delivery of the event has made


@pytest.mark.parametrize(
    ("state", "percent", "left"),
    [
        pytest.param(BEFORE, 25, shifting(25), id="the first"),
        pytest.param(shifting(25), 50, shifting(50), id="the next"),
        pytest.param(shifting(0), 25, shifting(25), id="the first of a release that is noted"),
        pytest.param(shifting(50), 50, shifting(50), id="made already"),
        pytest.param(shifting(75), 50, shifting(75), id="one further made already"),
        pytest.param(MOVED, 50, MOVED, id="all traffic went over already"),
        pytest.param(SETTLED, 50, SETTLED, id="settled already"),
    ],
)
def test_a_step_sends_a_share_and_never_takes_one_back(
    world: ReleaseWorld, state: AliasState, percent: int, left: AliasState
) -> None:
    move = found(world, preference=LINEAR)
    world.point(state)
    move.state = world.aws.get_alias(move.alias)
    move.step(percent)
    assert world.prod == left


@pytest.mark.parametrize(
    ("state", "left"),
    [
        pytest.param(shifting(75), SETTLED, id="at the last share"),
        pytest.param(SETTLED, SETTLED, id="all traffic went over already"),
        pytest.param(
            replace(SETTLED, description=f"By hand {SETTLED.description}"),
            replace(SETTLED, description=f"By hand {SETTLED.description}"),
            id="all traffic went over already, and a person wrote a text",
        ),
    ],
)
def test_the_last_write_of_a_shift_is_made_once(
    world: ReleaseWorld, state: AliasState, left: AliasState
) -> None:
    move = found(world, preference=LINEAR)
    world.point(state)
    move.state = world.aws.get_alias(move.alias)
    move.write()
    assert world.prod == left


@pytest.mark.parametrize(
    ("state", "left"),
    [
        pytest.param(MOVED, SETTLED, id="all traffic went over"),
        pytest.param(SETTLED, SETTLED, id="settled already"),
        pytest.param(BEFORE, BEFORE, id="put back meanwhile"),
    ],
)
def test_a_release_is_settled_once(
    world: ReleaseWorld, state: AliasState, left: AliasState
) -> None:
    move = found(world, preference=Preference(post_traffic="after"))
    world.point(state)
    move.state = world.aws.get_alias(move.alias)
    move.settle()
    assert world.prod == left


# --- somebody else's write in between


@pytest.mark.parametrize(
    ("before", "now"),
    [
        pytest.param(shifting(25), shifting(25), id="the same"),
        pytest.param(shifting(25), shifting(50), id="further"),
        pytest.param(shifting(75), MOVED, id="all traffic went over"),
        pytest.param(MOVED, SETTLED, id="settled"),
        pytest.param(
            shifting(25),
            replace(shifting(25), description=shifting(25).description.replace("Orders", "Hi")),
            id="a person's text",
        ),
    ],
)
def test_a_release_goes_on_where_only_another_delivery_of_it_was_there(
    world: ReleaseWorld, before: AliasState, now: AliasState
) -> None:
    move = found(world, preference=LINEAR)
    move.state = before
    world.point(now)
    move.look_again()
    assert move.state
    assert replace(move.state, revision_id="") == now


@pytest.mark.parametrize(
    ("before", "now"),
    [
        pytest.param(shifting(25), BEFORE, id="put back"),
        pytest.param(shifting(50), shifting(25), id="a share was taken back"),
        pytest.param(shifting(25), shifting(25, "3"), id="another version"),
        pytest.param(shifting(25), replace(shifting(25), version="3"), id="another pointer"),
        pytest.param(
            shifting(25), replace(shifting(25), weights=(("3", 0.25),)), id="foreign weights"
        ),
        pytest.param(MOVED, replace(MOVED, weights=(("1", 0.5),)), id="weights after the move"),
        pytest.param(shifting(25), AliasState("1", "By hand"), id="without its mark"),
    ],
)
def test_a_release_ends_where_a_person_has_moved_its_alias(
    world: ReleaseWorld, before: AliasState, now: AliasState
) -> None:
    move = found(world, preference=LINEAR)
    move.state = before
    world.point(now)
    with pytest.raises(ResourceConflict, match="moved by somebody else while its traffic went"):
        move.look_again()


def test_a_release_ends_where_its_alias_is_deleted(world: ReleaseWorld) -> None:
    move = found(world, preference=LINEAR)
    move.step(25)
    world.aws.delete_alias(move.alias)
    with pytest.raises(ResourceConflict):
        move.look_again()


# --- putting back


def test_what_is_put_back_is_written_over_somebody_elses_text(world: ReleaseWorld) -> None:
    move = found(world, preference=LINEAR)
    move.step(25)
    world.change(description=world.prod.description.replace("Orders", "By hand"))
    assert move.undo(over=False)
    assert world.prod == replace(
        BEFORE, description=BEFORE.description.replace("Orders", "By hand")
    )


def test_what_somebody_else_keeps_changing_cannot_be_put_back(world: ReleaseWorld) -> None:
    move = found(world, preference=LINEAR)
    move.step(25)
    world.aws.before["UpdateAlias"] = world.change
    with pytest.raises(ResourceConflict, match="prod of orders is being changed by somebody else"):
        move.undo(over=False)


def test_a_write_whose_answer_was_lost_is_put_back(
    world: ReleaseWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = found(world, preference=LINEAR)
    repoint = world.aws.repoint_alias

    def lose(alias: AliasId, state: AliasState) -> AliasState:
        repoint(alias, state)
        raise NetworkFailure("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(world.aws, "repoint_alias", lose)
        with pytest.raises(NetworkFailure):
            move.step(25)
    assert world.prod == shifting(25)

    assert move.undo(over=False)
    assert world.prod == BEFORE


@pytest.mark.parametrize(
    ("state", "plainly", "settings", "concerned"),
    [
        pytest.param(BEFORE, True, {}, True, id="not moved"),
        pytest.param(SETTLED, False, {}, False, id="a release that nobody guards"),
        pytest.param(SETTLED, True, {}, True, id="a release of many"),
        pytest.param(SETTLED, False, {"preference": LINEAR}, True, id="a shift"),
        pytest.param(
            SETTLED, False, {"preference": Preference(post_traffic="f")}, True, id="a watch"
        ),
        pytest.param(SETTLED, False, {"capacity": 5}, True, id="provisioned concurrency"),
        pytest.param(MOVED, False, {}, True, id="not settled"),
        pytest.param(shifting(25), False, {}, True, id="at a share"),
    ],
)
def test_a_release_is_put_back_where_it_is_guarded_or_one_of_many(
    world: ReleaseWorld,
    state: AliasState,
    settings: dict[str, Any],
    *,
    plainly: bool,
    concerned: bool,
) -> None:
    move = found(world, **settings)
    world.point(state)
    move.state = world.aws.get_alias(move.alias)
    assert move.is_to_be_undone(plainly=plainly) is concerned
    if concerned:
        assert move.undo(over=False) is (state != BEFORE)
        assert (world.prod.version, world.prod.weights) == ("1", ())


def test_what_we_wrote_is_put_back_though_the_stack_has_turned(world: ReleaseWorld) -> None:
    move = found(world, preference=LINEAR)
    move.step(25)
    assert move.undo(over=True)
    assert world.prod == BEFORE


def test_what_others_wrote_since_stays_where_the_stack_has_turned(world: ReleaseWorld) -> None:
    move = found(world, preference=LINEAR)
    world.point(shifting(25))
    move.state = world.aws.get_alias(move.alias)
    assert not move.undo(over=True)
    assert world.prod == shifting(25)


def test_who_is_overtaken_then_gives_up(world: ReleaseWorld) -> None:
    move = found(world, preference=LINEAR)
    move.step(25)
    world.change(description=world.prod.description.replace("Orders", "By the rollback"))
    assert not move.undo(over=True)
    assert world.prod.version == "1"
    assert world.prod.weighted


def test_nothing_is_put_back_by_a_rollback(world: ReleaseWorld) -> None:
    world.point(MOVED)
    world.aws.stack = replace(world.aws.stack, status="UPDATE_ROLLBACK_IN_PROGRESS")
    move = world.move(old=C)
    assert not move.is_to_be_undone(plainly=True)
    assert world.prod == MOVED


# --- the version is noted before it costs money


def test_a_version_is_noted_in_the_lineage_before_it_gets_capacity(world: ReleaseWorld) -> None:
    move = found(world, capacity=5)
    move.announce()
    assert world.prod == shifting(0)
    move.announce()
    assert world.prod == shifting(0)


def test_a_new_alias_has_no_lineage_to_note_it_in(world: ReleaseWorld) -> None:
    world.aws.delete_alias(world.new_move().alias)
    move = found(world, capacity=5)
    move.announce()
    assert not world.aws.functions["orders"].aliases


def test_what_goes_on_needs_no_version_published_again(world: ReleaseWorld) -> None:
    move = world.move(progress=Progress((("orders", "2"),)))
    assert isinstance(move.plan.alias, RepointAlias)
    move.find_version()
    assert move.number == "2"
