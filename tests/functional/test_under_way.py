"""What can come between while a release is under way, from its tests to its last word."""

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handler.direction import Stack
from handler.errors import ServiceInternalError, Throttling
from handler.invocations import Reply
from tests.functional.conftest import Provider, build
from tests.functional.test_release import THREE, Release, properties
from tests.functional.test_shift import (
    AS_BEFORE,
    SETTLED,
    crash_during,
    crashes_after,
    preference,
    served,
    weights,
)

ADOPTS = {"AdoptExisting": "true"}
FIVE = {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": "5"}}
LONG: Any = {"DeploymentPreference": {"Type": "Canary10Percent30Minutes"}}


def at_the_hand_over(provider: Provider, happens: Any) -> None:
    """Let something happen between two invocations."""
    again = provider.aws.invoke_again

    def then(arn: str, event: Mapping[str, Any]) -> None:
        again(arn, event)
        happens()

    vars(provider.aws)["invoke_again"] = then


def turns_back(provider: Provider) -> None:
    provider.aws.stack = Stack("UPDATE_ROLLBACK_IN_PROGRESS", provider.begun)


def turns_back_unreadably(provider: Provider) -> None:
    provider.aws.events = None
    turns_back(provider)


# --- a forward Update that is handled while the stack rolls back already


@pytest.fixture
def adopted(provider: Provider) -> Provider:
    """prod was made by hand on version 1, was adopted, and serves version 2."""
    provider.publish("code-1", "code-2")
    provider.move("1")
    assert provider.create(**build(1, **ADOPTS))["Status"] == "SUCCESS"
    provider.aws.deploy("orders", "code-3")
    provider.aws.alarms = {"errors": "OK"}
    return provider


@pytest.mark.parametrize("turns", [turns_back, turns_back_unreadably])
def test_who_goes_on_does_not_take_its_own_release_for_a_rollback(
    adopted: Provider, turns: Any
) -> None:
    at_the_hand_over(adopted, lambda: turns(adopted))
    answer = adopted.update(build(1, **ADOPTS), build(2, **ADOPTS, **LONG))
    assert (answer["Status"], adopted.lineage()) == ("FAILED", "2 | 1")

    adopted.roll_back(build(2, **ADOPTS, **LONG), build(1, **ADOPTS))
    assert served(adopted)[:2] == ("2", {})


@pytest.mark.parametrize("minutes", [1, 6], ids=["at a share", "all traffic went over"])
def test_nor_does_who_is_run_again_after_a_crash(
    adopted: Provider, monkeypatch: pytest.MonkeyPatch, minutes: float
) -> None:
    shift = preference(Type="Canary10Percent5Minutes", Alarms=["errors"])
    adopted.aws.stack, adopted.aws.events = Stack("UPDATE_IN_PROGRESS"), None
    event = adopted.update_event(build(1, **ADOPTS), build(2, **ADOPTS, **shift))
    adopted.aws.on_sleep = crashes_after(adopted, minutes)
    crash_during(adopted, event, monkeypatch)

    adopted.aws.stack = Stack("UPDATE_ROLLBACK_IN_PROGRESS")
    adopted.send(event)
    adopted.roll_back(build(2, **ADOPTS, **shift), build(1, **ADOPTS))
    assert adopted.lineage() == "2 | 1"


def test_an_alias_that_was_made_anew_is_not_deleted_by_who_goes_on(provider: Provider) -> None:
    provider.create(**build(1))
    del provider.aws.functions["orders"].aliases["prod"]
    provider.aws.deploy("orders", "code-2")
    provider.update(build(1), build(2))
    provider.aws.deploy("orders", "code-3")

    at_the_hand_over(provider, lambda: turns_back(provider))
    assert provider.update(build(2), build(1, **LONG))["Status"] == "FAILED"
    assert provider.alias()


# --- time


@pytest.mark.parametrize(
    "settings",
    [
        preference(
            Type="Linear10PercentEvery5Minutes",
            Alarms=["errors"],
            Hooks={"PostTraffic": "checker"},
        ),
        {"ServiceTimeout": "600", **preference(Hooks={"PreTraffic": "checker"})},
    ],
    ids=["at the end of a long shift", "with a short ServiceTimeout"],
)
def test_a_hook_is_asked_in_the_time_that_is_left(
    released: Provider, settings: dict[str, Any]
) -> None:
    released.aws.alarms = {"errors": "OK"}
    answer = released.update(build(2), build(3, **settings))
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert [name for name, _, _ in released.aws.invoked] == ["checker"]


def test_a_shift_for_which_its_tests_left_no_time_does_not_begin(released: Provider) -> None:
    def take_long() -> None:
        released.aws.before.pop("Invoke")
        released.aws.passed += timedelta(seconds=590)

    released.aws.before["Invoke"] = take_long
    shared: list[dict[str, float]] = []
    released.aws.on_sleep = lambda: shared.append(weights(released))
    shift = preference(Type="Linear10PercentEvery6Minutes")
    answer = released.update(build(2), build(3, SmokeTest={"Timeout": "600"}, **shift))

    assert "but ServiceTimeout leaves" in answer["Reason"]
    assert not any(shared)
    assert served(released) == AS_BEFORE


@pytest.mark.parametrize(
    ("guards", "takes"),
    [
        ({"SmokeTest": {"Timeout": "600"}}, 400),
        (preference(Hooks={"PreTraffic": "f1"}), 590),
    ],
    ids=["smoke tests", "hooks"],
)
def test_each_batch_of_tests_has_the_time_that_it_needs(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, guards: Any, takes: int
) -> None:
    names = [f"f{number}" for number in range(40)]
    release, lock = Release(provider), threading.Lock()
    asked: list[bool] = []
    for name in names:
        provider.aws.deploy(name, "code")

    def invoke(*_: Any) -> Reply:
        timeout = _[3]
        with lock:
            asked.append(timeout <= provider.aws.remaining)
            last = len(asked) == 32
        time.sleep(0.05)
        if last:
            provider.aws.passed += timedelta(seconds=takes)
        time.sleep(0.05)
        return Reply("null", timed_out=timeout < takes)

    monkeypatch.setattr(provider.aws, "invoke", invoke)
    answer = release.create(properties(1, names, **guards))
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert asked == [True] * 40


# --- what is tested, and what is heard


def test_what_was_tested_is_released_though_its_source_goes_on(provider: Provider) -> None:
    provider.publish("code-1", "code-2", "code-3")
    provider.move("1", "beta")
    provider.create(**build(1, SourceQualifier="beta"))
    provider.move("2", "beta")

    def overtake() -> None:
        provider.aws.before.pop("Invoke")
        provider.move("3", "beta")
        provider.aws.point("orders", "prod", provider.aws.functions["orders"].aliases["prod"])

    provider.aws.before["Invoke"] = overtake
    settings = {"SourceQualifier": "beta"}
    answer = provider.update(build(1, **settings), build(2, **settings, SmokeTest={}))
    assert answer["Data"]["Version"] == "2"
    assert [version for _, version, _ in provider.aws.invoked] == ["2"]


def test_an_alarm_that_rings_while_the_last_hook_is_asked_puts_all_traffic_back(
    released: Provider,
) -> None:
    released.aws.alarms = {"errors": "OK"}
    released.aws.before["Invoke"] = lambda: released.aws.alarms.update(errors="ALARM")
    hooked = preference(Alarms=["errors"], Hooks={"PostTraffic": "checker"})
    answer = released.update(build(2), build(3, **hooked))
    assert "errors went to ALARM" in answer["Reason"]
    assert served(released) == AS_BEFORE


def test_alarms_that_are_ignored_need_not_be_readable(released: Provider) -> None:
    released.aws.fail("DescribeAlarms", Throttling("Alarms: throttled"), times=99)
    ignoring = preference(Type="Canary10Percent5Minutes", Alarms=["errors"], IgnoreAlarms="true")
    answer = released.update(build(2), build(3, **ignoring))
    assert (answer["Status"], served(released)) == ("SUCCESS", SETTLED)
    assert "IgnoreAlarms: " in answer["Reason"]


def test_a_release_that_is_settled_does_not_fail_on_an_attribute(released: Provider) -> None:
    released.aws.alarms = {"errors": "OK"}
    problem = ServiceInternalError("FunctionName: AWS says no")
    at_the_hand_over(released, lambda: released.aws.fail("GetFunction", problem, times=9))
    shift = preference(Type="Canary10Percent12Minutes", Alarms=["errors"])
    answer = released.update(build(2), build(3, **shift))
    assert (answer["Status"], answer["Data"]["CodeSha256"]) == ("SUCCESS", "")
    assert served(released) == SETTLED


# --- what is put back


def test_a_stack_that_has_failed_is_no_stack_that_went_well(released: Provider) -> None:
    def fail() -> None:
        released.aws.stack = Stack("UPDATE_FAILED", released.begun)

    released.aws.on_sleep = fail
    released.update(build(2), build(3, **preference(Type="Canary10Percent5Minutes")))
    assert served(released) == AS_BEFORE


@pytest.fixture
def release(provider: Provider) -> Release:
    """Three functions on version 1, each with new code."""
    made = Release(provider)
    provider.aws.functions.clear()
    made.deploy(1)
    made.create(properties(1))
    made.deploy(2)
    return made


def test_every_alias_is_put_back_where_a_person_has_moved_one_between_two_invocations(
    release: Release,
) -> None:
    def clear() -> None:
        found = release.aws.functions["payments"].aliases["prod"]
        release.aws.point("payments", "prod", replace(found, weights=()))

    at_the_hand_over(release.provider, clear)
    answer = release.update(properties(1), properties(2, **LONG))
    assert "prod of payments was moved by somebody else" in answer["Reason"]
    assert release.served == dict.fromkeys(THREE, "1")


def test_a_list_that_could_not_change_leaves_every_alias_as_it_was(release: Release) -> None:
    release.deploy(1, "audit")
    before = release.states
    release.aws.replies["checker"] = Reply('{"status": "Failed"}')
    hooked: Any = preference(Hooks={"PostTraffic": "checker"})
    release.update(properties(1), properties(1, [*THREE, "audit"], **hooked))
    assert release.states == before


def test_capacity_of_a_create_that_fails_in_a_later_invocation_is_taken(
    provider: Provider,
) -> None:
    provider.aws.provisioning = 40
    provider.aws.replies["checker"] = Reply('{"status": "Failed"}')
    hooked = preference(Hooks={"PreTraffic": "checker"})
    answer = provider.create(**build(1, **FIVE, **hooked))
    assert answer["PhysicalResourceId"].endswith("#not-created")
    assert (provider.invocations, provider.aws.provisioned) == (2, {})


def test_capacity_of_a_release_that_is_cancelled_at_the_hand_over_is_taken(
    released: Provider,
) -> None:
    before = released.alias()
    assert before
    released.aws.provisioning = 40

    def roll_back() -> None:
        released.aws.point("orders", "prod", before)
        turns_back(released)

    at_the_hand_over(released, roll_back)
    hooked = preference(Hooks={"PreTraffic": "checker"})
    answer = released.update(build(2), build(3, **FIVE, **hooked))
    assert (answer["Status"], released.invocations) == ("FAILED", 2)
    assert released.aws.provisioned == {}
    assert released.alias() == before


def test_capacity_that_the_next_operation_may_need_is_left_by_one_that_is_over(
    released: Provider,
) -> None:
    released.aws.provisioning = 40

    def goes_on() -> None:
        alias = released.aws.functions["orders"].aliases["prod"]
        assert "shift=3@" in alias.description
        mark = re.sub("shift=3@[0-9a-f]{8}", "shift=3@44444444", alias.description)
        released.aws.point("orders", "prod", replace(alias, description=mark))
        released.aws.stack = Stack("UPDATE_COMPLETE", released.begun)

    at_the_hand_over(released, goes_on)
    hooked = preference(Hooks={"PreTraffic": "checker"})
    answer = released.update(build(2), build(3, **FIVE, **hooked))
    assert "belongs to a stack operation that is over" in answer["Reason"]
    assert set(released.aws.provisioned) == {("orders", "3")}


def test_a_rollback_takes_the_capacity_of_a_rename_that_nobody_answered(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider.create(**build(1, **FIVE))
    provider.aws.deploy("orders", "code-2")
    provider.aws.stack = Stack("UPDATE_IN_PROGRESS")
    renamed = build(2, AliasName="live", **FIVE)
    crash_during(provider, provider.update_event(build(1, **FIVE), renamed), monkeypatch)
    assert provider.alias("live")

    provider.roll_back(renamed, build(1, **FIVE))
    assert provider.alias("live") is None
    assert set(provider.aws.provisioned) == {("orders", "1")}
