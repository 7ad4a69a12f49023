"""Traffic that goes over step by step, and everything that may end it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from handler import app
from handler.direction import Stack
from handler.errors import NetworkFailure, ServiceInternalError
from handler.lineage import render
from handler.observed import AliasState
from tests.functional.conftest import Provider, build

CANARY = {"Type": "Canary10Percent5Minutes"}
LINEAR = {"Type": "Linear20PercentEvery3Minutes"}
ALARMS = {"Alarms": ["errors", "latency"]}


def preference(**parts: Any) -> dict[str, Any]:
    return {"DeploymentPreference": parts}


class Film:
    """What an alias looked like each time that the provider waited."""

    def __init__(self, provider: Provider, name: str = "prod") -> None:
        self._provider = provider
        self._name = name
        self._began = provider.aws.passed
        self.pictures: list[tuple[int, str, dict[str, float]]] = []
        provider.aws.on_sleep = self.take

    def take(self) -> None:
        state = self._provider.aws.functions["orders"].aliases[self._name]
        picture = (state.version, dict(state.weights))
        if not self.pictures or picture != self.pictures[-1][1:]:
            minutes = round((self._provider.aws.passed - self._began).total_seconds() / 60)
            self.pictures.append((minutes, *picture))


@pytest.fixture
def released(released: Provider) -> Provider:
    released.aws.alarms = {"errors": "OK", "latency": "INSUFFICIENT_DATA"}
    return released


def release(provider: Provider, old: int = 2, new: int = 3, **settings: Any) -> dict[str, Any]:
    return provider.update(build(old), build(new, **settings))


def weights(provider: Provider) -> dict[str, float]:
    found = provider.alias()
    return dict(found.weights) if found else {}


def served(provider: Provider) -> tuple[str, dict[str, float], str]:
    found = provider.alias()
    assert found
    return found.version, dict(found.weights), provider.lineage()


NONE: dict[str, float] = {}
SETTLED = ("3", NONE, "3 2 1")
AS_BEFORE = ("2", NONE, "2 1")


def test_a_canary_sends_a_tenth_for_five_minutes_then_all(released: Provider) -> None:
    film = Film(released)
    answer = release(released, **preference(**CANARY))

    assert (answer["Status"], answer["Data"]["Version"]) == ("SUCCESS", "3")
    assert film.pictures == [(0, "2", {"3": 0.1})]
    assert released.aws.passed.total_seconds() == pytest.approx(300, abs=1)
    assert served(released) == SETTLED


def test_a_linear_shift_sends_a_share_more_at_each_interval(released: Provider) -> None:
    film = Film(released)
    answer = release(released, **preference(**LINEAR, **ALARMS))
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert film.pictures == [
        (0, "2", {"3": 0.2}),
        (3, "2", {"3": 0.4}),
        (6, "2", {"3": 0.6}),
        (9, "2", {"3": 0.8}),
        (12, "3", {}),
    ]
    assert released.aws.passed.total_seconds() == pytest.approx(900, abs=1)
    assert served(released) == SETTLED


def test_the_lineage_names_the_release_that_shifts_until_it_is_settled(released: Provider) -> None:
    marks = []

    def look() -> None:
        found = released.alias()
        assert found
        assert found.lineage
        marks.append((str(found.lineage.shift).split("@")[0], found.lineage.head.version))

    released.aws.on_sleep = look
    release(released, **preference(**CANARY, **ALARMS))
    assert set(marks) == {("3", "2"), ("3", "3")}
    found = released.alias()
    assert found
    assert found.lineage
    assert found.lineage.shift is None


def rings_after(provider: Provider, minutes: float, alarm: str = "errors") -> None:
    """Ring when so much time has passed."""

    def ring() -> None:
        if provider.aws.passed.total_seconds() >= minutes * 60:
            provider.aws.alarms[alarm] = "ALARM"

    provider.aws.on_sleep = ring


@pytest.mark.parametrize("minutes", [0.1, 2.9, 4, 8, 11.9, 12.1, 14.9])
def test_an_alarm_in_any_step_puts_all_traffic_back_within_15_seconds(
    released: Provider, minutes: float
) -> None:
    before = released.alias()
    rings_after(released, minutes)
    answer = release(released, **preference(**LINEAR, **ALARMS))

    assert answer["Status"] == "FAILED"
    assert "DeploymentPreference.Alarms: errors went to ALARM" in answer["Reason"]
    assert released.alias() == before
    assert released.aws.passed.total_seconds() <= minutes * 60 + 15


def test_an_alarm_that_rings_before_anything_moves_stops_the_release(released: Provider) -> None:
    before = released.alias()
    released.aws.alarms["latency"] = "ALARM"
    answer = release(released, **preference(**CANARY, **ALARMS))
    assert "latency is in ALARM, so nothing was moved" in answer["Reason"]
    assert released.alias() == before
    assert "PublishVersion" not in released.aws.calls


def test_an_alarm_that_does_not_exist_stops_the_release(released: Provider) -> None:
    before = released.alias()
    del released.aws.alarms["latency"]
    answer = release(released, **preference(**CANARY, **ALARMS))
    assert "found no alarm latency" in answer["Reason"]
    assert released.alias() == before


def test_an_ignored_alarm_is_told_and_not_obeyed(released: Provider) -> None:
    rings_after(released, 2)
    answer = release(released, **preference(**CANARY, **ALARMS, IgnoreAlarms="true"))
    assert answer["Status"] == "SUCCESS"
    assert "IgnoreAlarms: errors went to ALARM" in answer["Reason"]
    assert served(released) == SETTLED


def gone(provider: Provider) -> None:
    provider.aws.on_sleep = provider.aws.alarms.clear


def unreadable(provider: Provider) -> None:
    def fail() -> None:
        provider.aws.fail("DescribeAlarms", ServiceInternalError("Alarms: AWS says"), times=9)

    provider.aws.on_sleep = fail


@pytest.mark.parametrize("happens", [gone, unreadable])
def test_an_alarm_that_nobody_can_read_any_more_counts_as_one_that_rings(
    released: Provider, happens: Callable[[Provider], None]
) -> None:
    before = released.alias()
    happens(released)
    answer = release(released, **preference(**CANARY, **ALARMS))
    assert "nobody can tell how the release does" in answer["Reason"]
    assert released.alias() == before


def test_a_preference_that_is_not_enabled_is_none(released: Provider) -> None:
    released.aws.alarms["errors"] = "ALARM"
    answer = release(released, **preference(**CANARY, **ALARMS, Enabled="false"))
    assert answer["Status"] == "SUCCESS"
    assert released.aws.passed.total_seconds() == 0


def test_a_first_release_goes_all_at_once(provider: Provider) -> None:
    answer = provider.create(**build(1, **preference(**CANARY)))
    assert answer["Status"] == "SUCCESS"
    assert provider.aws.passed.total_seconds() == 0
    assert served(provider) == ("1", {}, "1")


def test_a_rollback_goes_all_at_once_and_asks_no_alarm(released: Provider) -> None:
    guarded = preference(**CANARY, **ALARMS)
    release(released, **guarded)
    passed = released.aws.passed
    released.aws.alarms["errors"] = "ALARM"
    answer = released.roll_back(build(3, **guarded), build(2, **guarded))
    assert answer["Status"] == "SUCCESS"
    assert served(released) == AS_BEFORE
    assert released.aws.passed == passed


def test_a_version_of_the_lineage_gets_all_traffic_at_once_though_alarms_ring(
    released: Provider,
) -> None:
    released.aws.alarms["errors"] = "ALARM"
    answer = release(released, SourceQualifier="1", **preference(**CANARY, **ALARMS))
    assert answer["Status"] == "SUCCESS"
    assert served(released) == ("1", {}, "1 2 1")
    assert released.aws.passed.total_seconds() == 0


# --- more than one invocation


def test_a_shift_longer_than_one_invocation_goes_on_in_the_next(released: Provider) -> None:
    film = Film(released)
    shift = {"Type": "Linear10PercentEvery5Minutes"}
    answer = release(released, **preference(**shift, **ALARMS))
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert [each[0] for each in film.pictures] == [0, 5, 10, 15, 20, 25, 30, 35, 40, 45]
    assert released.invocations == 4
    assert served(released) == SETTLED
    assert released.aws.passed.total_seconds() == pytest.approx(3000, abs=5)


def test_a_version_is_published_and_tested_once_however_many_invocations(
    released: Provider,
) -> None:
    hooks = {"PreTraffic": "orders", "PostTraffic": "orders"}
    shift = {"Type": "Linear10PercentEvery5Minutes", "Hooks": hooks}
    released.aws.deploy("orders", "code-9")
    release(released, SmokeTest={"Payload": {}}, **preference(**shift))
    assert released.aws.calls.count("PublishVersion") == 1
    assert [payload.get("Hook") for _, _, payload in released.aws.invoked] == [
        None, "PreTraffic", "PostTraffic",
    ]  # fmt: skip


def test_an_invocation_that_cannot_hand_over_puts_everything_back(released: Provider) -> None:
    before = released.alias()
    released.aws.fail("Invoke", NetworkFailure("DeploymentPreference: no answer"), times=99)
    answer = release(released, **preference(Type="Linear10PercentEvery5Minutes"))
    assert "DeploymentPreference: no answer" in answer["Reason"]
    assert released.alias() == before


def test_a_shift_that_cannot_end_in_time_is_refused_and_told_what_fits(
    released: Provider,
) -> None:
    before = released.alias()
    shift = {"Type": "Linear10PercentEvery10Minutes"}
    answer = release(released, **preference(**shift, **ALARMS))
    assert "takes 100 minutes" in answer["Reason"]
    assert "use Linear10PercentEvery5Minutes" in answer["Reason"]
    assert released.alias() == before
    assert "PublishVersion" not in released.aws.calls


# --- interrupted


class Crash(BaseException):
    """The process is gone."""


def crashes_after(provider: Provider, minutes: float) -> Callable[[], None]:
    def crash() -> None:
        if provider.aws.passed.total_seconds() >= minutes * 60:
            provider.aws.on_sleep = lambda: None
            raise Crash

    return crash


def crash_during(
    provider: Provider, event: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let the process die while it handles an event: nothing is answered."""
    with monkeypatch.context() as patch:
        patch.setattr(app.provider, "_send", lambda *_a, **_k: None)
        app.handler(event, provider.context)


@pytest.mark.parametrize("minutes", [0.1, 2.9, 4, 8, 11.9, 12.1, 14.9])
def test_a_shift_that_a_crash_has_interrupted_goes_on_by_the_state_of_the_alias(
    released: Provider, minutes: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = preference(**LINEAR, **ALARMS)
    released.aws.stack = Stack("UPDATE_IN_PROGRESS")
    event = released.update_event(build(2), build(3, **settings))
    released.aws.on_sleep = crashes_after(released, minutes)
    crash_during(released, event, monkeypatch)
    reached = max(weights(released).values(), default=1.0)

    film = Film(released)
    answer = released.send(event)
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert all(each[2].get("3", 1.0) >= reached for each in film.pictures)
    assert "PublishVersion" not in released.aws.calls
    assert served(released) == SETTLED


def by_hand(provider: Provider, minutes: float, **state: Any) -> None:
    """Let a person change the alias when so much time has passed."""

    def move() -> None:
        if provider.aws.passed.total_seconds() >= minutes * 60:
            provider.aws.on_sleep = lambda: None
            found = provider.aws.functions["orders"].aliases["prod"]
            provider.aws.point("orders", "prod", replace(found, **state))

    provider.aws.on_sleep = move


@pytest.mark.parametrize(
    ("state", "left"),
    [
        pytest.param({"version": "1"}, ("1", NONE, "2 1"), id="the pointer"),
        pytest.param({"version": "3", "weights": ()}, ("3", NONE, "2 1"), id="to the new one"),
        pytest.param({"weights": (("1", 0.5),)}, ("2", NONE, "2 1"), id="foreign weights"),
        pytest.param({"weights": ()}, ("2", NONE, "2 1"), id="no weights"),
    ],
)
def test_a_shift_ends_where_a_person_moves_the_alias_meanwhile(
    released: Provider, state: dict[str, Any], left: tuple[str, dict[str, float], str]
) -> None:
    by_hand(released, 4, **state)
    answer = release(released, **preference(**LINEAR))
    assert answer["Status"] == "FAILED"
    assert "was moved by somebody else while its traffic went over" in answer["Reason"]
    assert served(released) == left


def test_a_text_that_a_person_writes_meanwhile_does_not_end_it(released: Provider) -> None:
    def write() -> None:
        released.aws.on_sleep = lambda: None
        found = released.aws.functions["orders"].aliases["prod"]
        released.aws.point("orders", "prod", found)

    released.aws.on_sleep = write
    assert release(released, **preference(**LINEAR))["Status"] == "SUCCESS"
    assert served(released) == SETTLED


@pytest.mark.parametrize("minutes", [1, 4, 11, 13])
def test_a_shift_ends_when_the_stack_turns_back(released: Provider, minutes: float) -> None:
    before = released.alias()

    def turn() -> None:
        if released.aws.passed.total_seconds() >= minutes * 60:
            released.aws.stack = Stack("UPDATE_ROLLBACK_IN_PROGRESS", released.begun)

    released.aws.on_sleep = turn
    answer = release(released, **preference(**LINEAR, **ALARMS))
    assert "its stack was cancelled meanwhile" in answer["Reason"]
    assert released.alias() == before


@pytest.fixture
def abandoned(released: Provider, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """A tenth of prod's traffic goes to version 3, and whoever sent it there is gone."""
    released.aws.stack = Stack("UPDATE_IN_PROGRESS")
    event = released.update_event(build(2), build(3, **preference(**CANARY)))
    released.aws.on_sleep = crashes_after(released, 1)
    crash_during(released, event, monkeypatch)
    assert served(released) == ("2", {"3": 0.1}, "2 1")
    return released


def test_a_rollback_takes_back_what_a_shift_left_that_nobody_could_end(
    abandoned: Provider,
) -> None:
    abandoned.roll_back(build(3, **preference(**CANARY)), build(2))
    assert served(abandoned) == AS_BEFORE


def test_the_next_release_replaces_a_shift_that_nobody_could_end(abandoned: Provider) -> None:
    abandoned.aws.deploy("orders", "code-4")
    assert release(abandoned, 3, 4)["Status"] == "SUCCESS"
    assert served(abandoned) == ("4", NONE, "4 2 1")


def test_settings_alone_take_back_a_shift_that_nobody_could_end(abandoned: Provider) -> None:
    answer = abandoned.update(build(3, **preference(**CANARY)), build(2))
    assert answer["Status"] == "SUCCESS"
    assert served(abandoned) == AS_BEFORE


def test_a_late_delivery_leaves_what_another_one_has_settled(released: Provider) -> None:
    def settle() -> None:
        found = released.aws.functions["orders"].aliases["prod"]
        assert found.lineage
        assert found.lineage.shift
        settled = render(found.text, found.lineage.push(found.lineage.shift))
        released.aws.point("orders", "prod", AliasState("3", settled))
        released.aws.stack = Stack("UPDATE_COMPLETE", released.begun)

    released.aws.on_sleep = settle
    assert release(released, **preference(**CANARY))["Status"] == "FAILED"
    assert served(released) == SETTLED


# --- what can't share an alias's traffic


def test_versions_of_different_roles_are_refused_before_anything_moves(
    released: Provider,
) -> None:
    before = released.alias()
    latest = released.aws.functions["orders"].latest
    released.aws.functions["orders"].latest = replace(latest, role="arn:aws:iam::1:role/other")
    answer = release(released, **preference(**CANARY))
    assert (
        "versions 2 and 3 of orders have different roles (none, arn:aws:iam::1:role/other)"
        in (answer["Reason"])
    )
    assert released.alias() == before


def test_versions_of_different_dead_letter_targets_are_refused(released: Provider) -> None:
    latest = released.aws.functions["orders"].latest
    released.aws.functions["orders"].latest = replace(latest, dead_letters="arn:aws:sqs:::q")
    answer = release(released, **preference(**CANARY))
    assert "have different dead-letter targets" in answer["Reason"]
    assert served(released) == AS_BEFORE


def test_an_alias_of_latest_cannot_share_its_traffic(released: Provider) -> None:
    released.move("$LATEST")
    answer = release(released, **preference(**CANARY))
    assert "DeploymentPreference.Type: prod of orders points to $LATEST" in answer["Reason"]
    assert "PublishVersion" not in released.aws.calls


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({"Type": "Canary10Percent"}, "DeploymentPreference.Type: found 'Canary10Percent'"),
        ({"Type": "Linear0PercentEvery1Minute"}, "DeploymentPreference.Type: found"),
        ({"Type": "HalfAtOnce"}, "DeploymentPreference.Type: found"),
        ({"Alarms": "errors"}, "DeploymentPreference.Alarms: found 'errors'"),
        ({"Alarms": [""]}, "DeploymentPreference.Alarms.0: found ''"),
        ({"Hooks": {"BeforeTraffic": "f"}}, "DeploymentPreference.Hooks.BeforeTraffic: unknown"),
        ({"Hooks": {"PreTraffic": "f:1"}}, "DeploymentPreference.Hooks.PreTraffic: found 'f:1'"),
        (
            {"Hooks": {"PreTraffic": "arn:aws:lambda:eu-west-1:999999999999:function:f"}},
            "DeploymentPreference.Hooks.PreTraffic: found a function in account 999999999999",
        ),
        ({"Enabled": "maybe"}, "DeploymentPreference.Enabled: found 'maybe'"),
        ({"Role": "r"}, "DeploymentPreference.Role: unknown property"),
    ],
)
def test_a_preference_that_cannot_be_used_is_named_and_nothing_is_called(
    released: Provider, bad: dict[str, Any], named: str
) -> None:
    answer = released.create(**build(3, AliasName="dev", **preference(**bad)))
    assert named in answer["Reason"]
    assert released.aws.calls == []


def test_a_hook_outside_the_allowed_names_is_refused_before_the_first_call(
    released: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOWED_FUNCTION_NAMES", "orders")
    hooks = {"Hooks": {"PostTraffic": "payments"}}
    answer = released.create(**build(3, AliasName="dev", **preference(**hooks)))
    assert (
        "DeploymentPreference.Hooks.PostTraffic: payments is not allowed here" in (answer["Reason"])
    )
    assert released.aws.calls == []
