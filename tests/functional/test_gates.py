"""What a new version must pass before it gets traffic: smoke test, capacity, hooks."""

from dataclasses import replace
from typing import Any

import pytest

from handler.capacity import Provisioned
from handler.direction import Stack
from handler.errors import AccessDenied, NetworkFailure
from handler.invocations import Reply
from tests.functional.conftest import Provider, build

HOOKS = {"DeploymentPreference": {"Hooks": {"PreTraffic": "checker", "PostTraffic": "checker"}}}
FIVE = {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": "5"}}
READY = Provisioned(5, "READY")


def smoke(**parts: Any) -> dict[str, Any]:
    return {"SmokeTest": parts}


def release(provider: Provider, **settings: Any) -> dict[str, Any]:
    return provider.update(build(2), build(3, **settings))


# --- the smoke test


def test_the_new_version_is_invoked_by_its_number_before_the_alias_moves(
    released: Provider,
) -> None:
    served = []
    released.aws.before["Invoke"] = lambda: served.append(released.lineage())
    answer = release(released, **smoke(Payload={"path": "/health"}))
    assert answer["Status"] == "SUCCESS"
    assert released.aws.invoked == [("orders", "3", {"path": "/health"})]
    assert (served, released.lineage()) == (["2 1"], "3 2 1")


@pytest.mark.parametrize(
    ("test", "reply"),
    [
        ({}, '"anything"'),
        ({"ExpectedPayload": {"status": "200"}}, '{"status": 200, "body": "more"}'),
        ({"ExpectedPayload": '{"status": 200}'}, '{"status": 200}'),
        ({"ExpectedPayload": {"ok": "true"}}, '{"ok": true}'),
        ({"ExpectedPayload": ["1", {"a": "b"}]}, '[1, {"a": "b", "c": null}]'),
        ({"ExpectedPayload": '{"total": 10}'}, '{"total": 10.0}'),
        ({"ExpectedPayload": {"total": "10"}}, '{"total": 10.0}'),
        ({"ExpectedPayload": "null"}, "null"),
        ({"ExpectedPayload": "pong"}, '"pong"'),
        ({"ExpectedPayload": "pong"}, "pong"),
    ],
)
def test_an_answer_that_contains_what_is_expected_passes(
    released: Provider, test: dict[str, Any], reply: str
) -> None:
    released.aws.replies["orders"] = Reply(reply)
    assert release(released, **smoke(**test))["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("test", "reply", "told"),
    [
        (
            {"ExpectedPayload": {"status": "200"}},
            Reply('{"status": 500}'),
            'orders answered {"status": 500}, which does not contain {"status": "200"}',
        ),
        ({"ExpectedPayload": {"a": "1"}}, Reply("[]"), "answered [], which does not contain"),
        ({"ExpectedPayload": ["1"]}, Reply("[1, 2]"), "answered [1, 2], which does not contain"),
        ({"ExpectedPayload": "1"}, Reply("true"), "answered true, which does not contain 1"),
        ({"ExpectedPayload": "null"}, Reply("1"), "answered 1, which does not contain null"),
        ({"ExpectedPayload": {"a": "[]"}}, Reply('{"a": []}'), "which does not contain"),
        ({}, Reply('{"errorType": "KeyError"}', failed=True), "ended with an error: {"),
        ({"Timeout": "7"}, Reply(timed_out=True), "did not answer within 7 seconds"),
    ],
)
def test_an_answer_that_does_not_fails_the_release_with_both_shown(
    released: Provider, test: dict[str, Any], reply: Reply, told: str
) -> None:
    before = released.alias()
    released.aws.replies["orders"] = reply
    answer = release(released, **smoke(**test))
    assert answer["Status"] == "FAILED"
    assert told in answer["Reason"]
    assert released.alias() == before


def test_a_long_answer_is_cut(released: Provider) -> None:
    released.aws.replies["orders"] = Reply("x" * 4000, failed=True)
    assert f"error: {'x' * 300}..." in release(released, **smoke())["Reason"]


def test_a_first_release_that_fails_its_smoke_test_makes_no_alias(provider: Provider) -> None:
    provider.aws.replies["orders"] = Reply(failed=True)
    answer = provider.create(**build(1, **smoke()))
    assert answer["PhysicalResourceId"].endswith("#not-created")
    assert provider.alias() is None


def test_a_smoke_test_that_may_not_be_made_is_told_by_its_property(released: Provider) -> None:
    released.aws.fail("Invoke", AccessDenied("SmokeTest: lambda:InvokeFunction on orders:3"))
    assert "SmokeTest: lambda:InvokeFunction" in release(released, **smoke())["Reason"]


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({"Timeout": "0"}, "SmokeTest.Timeout: found '0'"),
        ({"Timeout": "601"}, "SmokeTest.Timeout: found '601'"),
        ({"Expected": {}}, "SmokeTest.Expected: unknown property; use ExpectedPayload"),
    ],
)
def test_a_smoke_test_that_cannot_be_made_is_named(
    released: Provider, bad: dict[str, Any], named: str
) -> None:
    answer = released.create(**build(3, AliasName="dev", **smoke(**bad)))
    assert named in answer["Reason"]
    assert released.aws.calls == []


def test_a_rollback_is_not_tested(released: Provider) -> None:
    guarded = {**smoke(), **HOOKS}
    assert release(released, **guarded)["Status"] == "SUCCESS"
    released.aws.invoked.clear()
    released.roll_back(build(3, **guarded), build(2, **guarded))
    assert (released.aws.invoked, released.lineage()) == ([], "2 1")


# --- hooks


def test_hooks_are_asked_with_all_they_need_to_know(released: Provider) -> None:
    moved = []
    released.aws.before["Invoke"] = lambda: moved.append(released.lineage())
    assert release(released, **HOOKS)["Status"] == "SUCCESS"
    release_id = released.aws.invoked[0][2]["Release"]
    asked = {
        "FunctionName": "orders",
        "AliasName": "prod",
        "CurrentVersion": "2",
        "TargetVersion": "3",
        "Release": release_id,
    }
    assert released.aws.invoked == [
        ("checker", None, {"Hook": "PreTraffic", **asked}),
        ("checker", None, {"Hook": "PostTraffic", **asked}),
    ]
    assert moved == ["2 1", "3 2 1"]


@pytest.mark.parametrize("hook", ["PreTraffic", "PostTraffic"])
@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Reply('{"status": "Failed", "reason": "no orders"}'), "checker said Failed: no orders"),
        (Reply('{"Status": "FAILED"}'), "checker said Failed: no reason given"),
        (Reply("{}", failed=True), "checker ended with an error: {}"),
        (Reply(timed_out=True), "checker did not answer within"),
    ],
)
def test_a_hook_that_refuses_stops_the_release_and_undoes_it(
    released: Provider, hook: str, reply: Reply, told: str
) -> None:
    before = released.alias()
    released.aws.replies["checker"] = reply
    preference = {"DeploymentPreference": {"Hooks": {hook: "checker"}}}
    answer = release(released, **preference)
    assert answer["Status"] == "FAILED"
    assert f"DeploymentPreference.Hooks.{hook}: {told}" in answer["Reason"]
    assert released.alias() == before


def test_a_first_release_that_its_last_hook_refuses_is_deleted(provider: Provider) -> None:
    provider.aws.replies["checker"] = Reply('{"status": "Failed"}')
    preference = {"DeploymentPreference": {"Hooks": {"PostTraffic": "checker"}}}
    answer = provider.create(**build(1, **preference))
    assert answer["PhysicalResourceId"].endswith("#not-created")
    assert provider.alias() is None


def test_an_adoption_that_its_last_hook_refuses_is_given_back(released: Provider) -> None:
    released.move("1", "beta")
    before = released.alias("beta")
    released.aws.replies["checker"] = Reply('{"status": "Failed"}')
    preference = {"DeploymentPreference": {"Hooks": {"PostTraffic": "checker"}}}
    answer = released.create(**build(1, AliasName="beta", AdoptExisting="true", **preference))
    assert answer["Status"] == "FAILED"
    assert released.alias("beta") == before


def test_what_could_not_be_put_back_is_told(released: Provider) -> None:
    released.aws.replies["checker"] = Reply('{"status": "Failed"}')

    def lose() -> None:
        if released.aws.invoked:
            raise NetworkFailure("FunctionName: lambda:UpdateAlias on orders: no answer")

    released.aws.before["UpdateAlias"] = lose
    preference = {"DeploymentPreference": {"Hooks": {"PostTraffic": "checker"}}}
    answer = release(released, **preference)
    assert (
        "said Failed: no reason given; and it could not be put back: FunctionName: "
        in (answer["Reason"])
    )
    # The rollback that follows restores it.
    released.aws.before.clear()
    released.roll_back(build(3, **preference), build(2))
    assert released.lineage() == "2 1"


# --- provisioned concurrency


@pytest.fixture
def warm(released: Provider) -> Provider:
    """prod serves version 2, which has provisioned concurrency."""
    released.aws.provisioned["orders", "2"] = READY
    return released


def test_the_version_is_ready_before_traffic_reaches_it_and_the_old_one_is_freed(
    warm: Provider,
) -> None:
    warm.aws.provisioning = 3
    before = []

    def look() -> None:
        state = warm.alias()
        assert state
        before.append((state.version, state.weights, warm.aws.provisioned["orders", "3"].status))

    warm.aws.on_sleep = look
    answer = warm.update(build(2, **FIVE), build(3, **FIVE))
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert set(before) == {("2", (), "IN_PROGRESS")}
    assert warm.aws.provisioned == {("orders", "3"): READY}
    assert warm.lineage() == "3 2 1"


def test_a_version_that_another_alias_serves_keeps_its_capacity(warm: Provider) -> None:
    warm.move("2", "beta")
    warm.update(build(2, **FIVE), build(3, **FIVE))
    assert warm.aws.provisioned == {("orders", "2"): READY, ("orders", "3"): READY}


def test_capacity_that_is_no_longer_asked_for_is_taken(warm: Provider) -> None:
    assert warm.update(build(2, **FIVE), build(2))["Status"] == "SUCCESS"
    assert warm.aws.provisioned == {}
    assert warm.lineage() == "2 1"


def test_capacity_alone_is_a_setting(released: Provider) -> None:
    answer = released.update(build(2), build(2, **FIVE))
    assert answer["Status"] == "SUCCESS"
    assert released.aws.provisioned == {("orders", "2"): READY}
    assert released.lineage() == "2 1"


def test_a_new_alias_is_made_when_its_version_is_ready(provider: Provider) -> None:
    made = []
    provider.aws.on_sleep = lambda: made.append(provider.alias())
    assert provider.create(**build(1, **FIVE))["Status"] == "SUCCESS"
    assert set(made) == {None}
    assert provider.aws.provisioned == {("orders", "1"): READY}


def test_capacity_that_fails_fails_the_release_and_is_taken_back(warm: Provider) -> None:
    before = warm.alias()

    def fail() -> None:
        failed = Provisioned(5, "FAILED", "FUNCTION_ERROR_INIT_FAILURE")
        warm.aws.provisioned["orders", "3"] = failed

    warm.aws.on_sleep = fail
    answer = warm.update(build(2, **FIVE), build(3, **FIVE))
    assert (
        "ProvisionedConcurrencyConfig: version 3 of orders got none (FUNCTION_ERROR_INIT_FAILURE)"
    ) in answer["Reason"]
    assert warm.alias() == before
    assert warm.aws.provisioned == {("orders", "2"): READY}


def test_capacity_that_has_failed_before_is_asked_for_once_more(warm: Provider) -> None:
    warm.publish("code-3")
    warm.aws.provisioned["orders", "3"] = Provisioned(5, "FAILED", "INIT")
    assert warm.update(build(2, **FIVE), build(3, **FIVE))["Status"] == "SUCCESS"
    assert warm.aws.provisioned == {("orders", "3"): READY}


def test_a_rollback_moves_at_once_and_warms_what_it_restores(warm: Provider) -> None:
    warm.update(build(2, **FIVE), build(3, **FIVE))
    passed = warm.aws.passed
    warm.roll_back(build(3, **FIVE), build(2, **FIVE))
    assert (warm.lineage(), warm.aws.passed) == ("2 1", passed)
    assert set(warm.aws.provisioned) == {("orders", "2")}


def test_a_rollback_does_not_fail_on_capacity(warm: Provider) -> None:
    warm.update(build(2, **FIVE), build(3, **FIVE))
    for call in ("GetProvisionedConcurrencyConfig", "ListAliases"):
        warm.aws.fail(call, NetworkFailure("no answer"), times=9)
    assert warm.roll_back(build(3, **FIVE), build(2, **FIVE))["Status"] == "SUCCESS"
    assert warm.lineage() == "2 1"


def test_a_delete_takes_the_capacity_of_its_version(warm: Provider) -> None:
    warm.delete(**build(2, **FIVE))
    assert (warm.alias(), warm.aws.provisioned) == (None, {})


def test_capacity_that_outlasts_the_invocation_is_waited_for_in_the_next(warm: Provider) -> None:
    warm.aws.provisioning = 150
    answer = warm.update(build(2, **FIVE), build(3, **FIVE))
    assert answer["Status"] == "SUCCESS"
    assert warm.invocations == 2
    assert warm.aws.calls.count("PublishVersion") == 1
    assert warm.aws.provisioned == {("orders", "3"): READY}


def test_a_rollback_takes_the_capacity_of_a_release_that_nobody_could_end(
    warm: Provider,
) -> None:
    """The version stands in the lineage before it costs money."""
    warm.aws.provisioning = 10**9
    event = warm.update_event(build(2, **FIVE), build(3, **FIVE))
    warm.aws.stack = Stack("UPDATE_IN_PROGRESS")
    answer = warm.send(event)
    assert "ServiceTimeout" in answer["Reason"]
    assert warm.aws.provisioned == {("orders", "2"): READY}

    # A crash in the middle of the wait leaves it, and the mark with it.
    warm.aws.provisioned["orders", "3"] = Provisioned(5, "IN_PROGRESS")
    found = warm.aws.functions["orders"].aliases["prod"]
    mark = found.description.replace(" by=", " shift=3@aaaaaaaa by=", 1)
    warm.aws.point("orders", "prod", replace(found, description=mark))
    warm.roll_back(build(3, **FIVE), build(2, **FIVE))
    assert set(warm.aws.provisioned) == {("orders", "2")}


@pytest.mark.parametrize("executions", ["0", "-1", "many"])
def test_a_capacity_that_cannot_be_is_named(released: Provider, executions: str) -> None:
    config = {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": executions}}
    answer = released.create(**build(3, AliasName="dev", **config))
    assert (
        "ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions: found" in (answer["Reason"])
    )
    empty = released.create(**build(3, AliasName="dev", ProvisionedConcurrencyConfig={}))
    assert "ProvisionedConcurrentExecutions: missing" in empty["Reason"]


@pytest.mark.parametrize("minutes", [2, 20, 31, 39])
def test_capacity_of_a_release_that_an_alarm_puts_back_is_taken_in_whatever_invocation(
    warm: Provider, minutes: float
) -> None:
    before, provisioned = warm.alias(), dict(warm.aws.provisioned)
    warm.aws.alarms["errors"] = "OK"

    def ring() -> None:
        if warm.aws.passed.total_seconds() >= minutes * 60:
            warm.aws.alarms["errors"] = "ALARM"

    warm.aws.on_sleep = ring
    shift = {"Type": "Linear25PercentEvery10Minutes", "Alarms": ["errors"]}
    answer = warm.update(build(2, **FIVE), build(3, **FIVE, DeploymentPreference=shift))
    assert "errors went to ALARM" in answer["Reason"]
    assert warm.alias() == before
    assert warm.aws.provisioned == provisioned


def test_an_alias_that_is_adopted_moves_when_its_version_is_ready(released: Provider) -> None:
    released.move("1", "beta")
    moved = []
    released.aws.on_sleep = lambda: moved.append(released.alias("beta"))
    before = released.alias("beta")
    answer = released.create(**build(1, AliasName="beta", AdoptExisting="true", **FIVE))
    assert answer["Status"] == "SUCCESS"
    assert set(moved) == {before}
    assert released.aws.provisioned == {("orders", "3"): READY}
    assert released.lineage("beta") == "3 | 1"
