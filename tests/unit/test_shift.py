"""Traffic that goes over: what may share an alias, what fits in the time, and every step."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.direction import Direction
from handler.errors import InvalidRequest
from handler.lineage import Entry, Lineage, Tenure
from handler.model import Previous, PromoteRequest, Promotion
from handler.observed import AliasState, Observed, Version
from handler.plan import (
    CreateAlias,
    Plan,
    PromoteFrom,
    RepointAlias,
    ResumeVersion,
    Shift,
    Watch,
    description_after,
    description_during,
)
from handler.planner import plan_promotion
from handler.preference import Preference, that_fits
from handler.shift import check_alike, check_time, check_time_to_resume, fitted, share_of
from tests.unit.conftest import PROD

US, A, B = "00000001", "aaaaaaaa", "bbbbbbbb"
OURS = Lineage(Tenure(US, (Entry("8", B), Entry("7", A))))
SERVING = AliasState("8", "")
MINUTE = 60.0


@pytest.mark.parametrize(
    ("weights", "share"),
    [
        ((), 0),
        ((("9", 0.1),), 10),
        ((("9", 0.29),), 29),
        ((("9", 1.0),), 100),
        ((("8", 0.1),), None),
        ((("9", 0.1), ("8", 0.1)), None),
    ],
)
def test_the_share_of_a_version_is_known_where_no_other_has_a_weight(
    weights: tuple[tuple[str, float], ...], share: int | None
) -> None:
    assert share_of(replace(SERVING, version="7", weights=weights), "9") == share


@given(st.integers(1, 99))
def test_a_share_that_was_written_is_read_back(percent: int) -> None:
    assert share_of(replace(SERVING, weights=(("9", percent / 100),)), "9") == percent


# --- a version that has served goes at once

STEPS, WATCH = Shift((10,), 5), Watch(("errors",), interval=5, post_traffic="after")


def shifting(lineage: Lineage | None = OURS) -> Plan:
    return Plan(RepointAlias("", lineage, A), "a test", PromoteFrom("beta"), shift=STEPS)


@pytest.mark.parametrize(
    ("plan", "version", "expected"),
    [
        pytest.param(shifting(), "9", shifting(), id="a new one"),
        pytest.param(shifting(), "7", replace(shifting(), shift=None), id="of the lineage"),
        pytest.param(shifting(), "8", replace(shifting(), shift=None), id="served now"),
        pytest.param(
            shifting(None), "8", replace(shifting(None), shift=None), id="served, no lineage"
        ),
        pytest.param(shifting(None), "7", shifting(None), id="no lineage"),
        pytest.param(
            replace(shifting(), watch=WATCH),
            "7",
            replace(shifting(), shift=None, watch=replace(WATCH, interval=0)),
            id="of the lineage, watched at once",
        ),
        pytest.param(
            Plan(CreateAlias("", Lineage(Tenure(US)), A), "a test"),
            "7",
            Plan(CreateAlias("", Lineage(Tenure(US)), A), "a test"),
            id="a new alias",
        ),
    ],
)
def test_a_version_that_has_served_before_gets_all_traffic_at_once(
    plan: Plan, version: str, expected: Plan
) -> None:
    assert fitted(plan, SERVING, version) == expected


# --- what may share an alias


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (Version("7"), Version("8")),
        (Version("7", role="r", dead_letters="q"), Version("8", role="r", dead_letters="q")),
        (Version("7", "code-1"), Version("8", "code-2", "Pending")),
    ],
)
def test_versions_that_are_alike_may_share_an_alias(old: Version, new: Version) -> None:
    check_alike("orders", old, new)


@pytest.mark.parametrize(
    ("new", "says"),
    [
        (
            Version("8", role="other", dead_letters="q"),
            (
                "^DeploymentPreference.Type: versions 7 and 8 of orders have different roles "
                r"\(r, other\), .*; release once with AllAtOnce "
            ),
        ),
        (Version("8", role="r"), r"have different dead-letter targets \(q, none\)"),
    ],
)
def test_versions_that_differ_may_not_share_an_alias(new: Version, says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        check_alike("orders", Version("7", role="r", dead_letters="q"), new)


# --- what fits in the time

CANARY = Preference("Canary10Percent10Minutes")
WATCHED = replace(CANARY, alarms=("errors",))


@pytest.mark.parametrize(
    ("preference", "time_left"),
    [
        (CANARY, None),
        (CANARY, 11 * MINUTE),
        (WATCHED, 21 * MINUTE),
        (Preference(), MINUTE),
    ],
)
def test_a_shift_that_ends_in_time_may_begin(
    preference: Preference, time_left: float | None
) -> None:
    check_time(preference, time_left)


@pytest.mark.parametrize(
    ("preference", "time_left", "says"),
    [
        (
            CANARY,
            6 * MINUTE,
            (
                "^DeploymentPreference.Type: Canary10Percent10Minutes takes 10 minutes, but "
                "ServiceTimeout leaves 5; use Canary10Percent5Minutes "
            ),
        ),
        (
            WATCHED,
            6 * MINUTE,
            (
                "takes 20 minutes, its alarms' interval included, but ServiceTimeout leaves 5; use "
                "Canary10Percent2Minutes "
            ),
        ),
        (CANARY, MINUTE, "leaves 0; use AllAtOnce "),
        (CANARY, -5.0, "leaves 0; use AllAtOnce "),
    ],
)
def test_a_shift_that_cannot_end_in_time_is_told_what_fits(
    preference: Preference, time_left: float, says: str
) -> None:
    with pytest.raises(InvalidRequest, match=says):
        check_time(preference, time_left)


@given(
    st.sampled_from(["Canary{}Percent{}Minutes", "Linear{}PercentEvery{}Minutes"]),
    st.integers(1, 99),
    st.integers(1, 120),
    st.booleans(),
    st.integers(60, 3600),
)
def test_what_an_error_says_that_fits_may_begin(
    form: str, percent: int, interval: int, watched: bool, time_left: int
) -> None:
    alarms = ("errors",) if watched else ()
    fits = that_fits(form.format(percent, interval), (time_left - 60) / 60, watched=watched)
    check_time(Preference(fits, alarms), time_left)


@pytest.mark.parametrize(
    ("preference", "steps", "needs"),
    [(CANARY, 1, 0), (CANARY, 2, 10), (WATCHED, 1, 10), (WATCHED, 2, 20)],
)
def test_a_shift_goes_on_where_the_steps_that_are_left_end_in_time(
    preference: Preference, steps: int, needs: int
) -> None:
    check_time_to_resume(preference, steps, None)
    check_time_to_resume(preference, steps, needs * MINUTE)
    says = "^DeploymentPreference.Type: Canary10Percent10Minutes was interrupted, and ServiceTim"
    with pytest.raises(InvalidRequest, match=says):
        check_time_to_resume(preference, steps, needs * MINUTE - 1)


# --- a whole shift


def wants(preference: Preference) -> PromoteRequest:
    desired = Promotion(PROD, US, B, preference=preference)
    return PromoteRequest(desired, Previous(A, PROD), PROD.arn)


def reached(plan: Plan, before: AliasState, percent: int) -> AliasState:
    """The alias once so much of the traffic went over."""
    assert isinstance(plan.alias, RepointAlias)
    text = description_during(plan.alias, before.text, "8")
    return replace(before, description=text, weights=(("8", percent / 100),))


@pytest.mark.parametrize(
    ("type_", "filmed"),
    [
        (
            "Linear10PercentEvery10Minutes",
            [*((10 * place, 10 + 10 * place) for place in range(9)), (90, 100)],
        ),
        ("Linear40PercentEvery45Minutes", [(0, 40), (45, 80), (90, 100)]),
        ("Canary1Percent90Minutes", [(0, 1), (90, 100)]),
    ],
)
def test_a_shift_of_ninety_minutes_goes_on_from_each_step_by_the_state_of_the_alias_alone(
    type_: str, filmed: list[tuple[int, int]]
) -> None:
    request, now, film = wants(Preference(type_)), 0, []
    state = AliasState("7", f"Orders [alias-promotion owner={US} 7@{A}]")
    plan = plan_promotion(request, Observed(state, Direction.FORWARD))
    while plan.shift:
        if plan.shift.stands is not None:
            now += plan.shift.interval
        if not plan.shift.percents:
            break
        percent = plan.shift.percents[0]
        film.append((now, percent))
        state = reached(plan, state, percent)
        # As another invocation finds it.
        plan = plan_promotion(request, Observed(state, Direction.FORWARD))
    assert [*film, (now, 100)] == filmed
    assert plan.version == ResumeVersion("8")
    assert isinstance(plan.alias, RepointAlias)
    assert description_after(plan.alias, "8") == f"[alias-promotion owner={US} 8@{B} 7@{A}]"
