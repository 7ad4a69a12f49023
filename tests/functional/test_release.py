"""Custom::LambdaRelease: many functions, all of them or none."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handler import app
from handler.arn import AliasId
from handler.direction import Stack
from handler.errors import NetworkFailure, ServiceInternalError, Throttling
from handler.invocations import Reply
from handler.observed import AliasState
from tests.functional.conftest import TOKEN, Provider

THREE = ["orders", "payments", "mails"]
TYPE = "Custom::LambdaRelease"
NONE: dict[str, float] = {}


def properties(number: int, functions: Sequence[str] = THREE, **more: Any) -> dict[str, Any]:
    return {
        "ServiceToken": TOKEN,
        "Functions": list(functions),
        "AliasName": "prod",
        "Triggers": {"Build": str(number)},
        **more,
    }


class Release:
    """A stack with one release."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.aws = provider.aws
        self.physical_id = ""

    def deploy(self, number: int, *functions: str) -> None:
        for name in functions or THREE:
            self.aws.deploy(name, f"{name}-{number}")

    def create(self, given: dict[str, Any]) -> dict[str, Any]:
        self.aws.stack = Stack("CREATE_IN_PROGRESS")
        answer = self.provider.send(self._event("Create", given))
        self.physical_id = answer["PhysicalResourceId"]
        return answer

    def update(
        self, old: dict[str, Any], new: dict[str, Any], status: str = "UPDATE_IN_PROGRESS"
    ) -> dict[str, Any]:
        self.aws.stack = Stack(status, datetime.now(UTC))
        answer = self.provider.carry_out(self.update_event(old, new))
        if answer["Status"] == "SUCCESS":
            self.physical_id = answer["PhysicalResourceId"]
        return answer

    def update_event(self, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
        return self._event(
            "Update", new, PhysicalResourceId=self.physical_id, OldResourceProperties=old
        )

    def roll_back(self, failed: dict[str, Any], good: dict[str, Any]) -> dict[str, Any]:
        return self.update(failed, good, "UPDATE_ROLLBACK_IN_PROGRESS")

    def delete(self, physical_id: str, given: dict[str, Any]) -> dict[str, Any]:
        return self.provider.send(self._event("Delete", given, PhysicalResourceId=physical_id))

    def _event(self, kind: str, given: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        event = self.provider.event(kind, {}, **more)
        return {**event, "ResourceType": TYPE, "ResourceProperties": given}

    @property
    def served(self) -> dict[str, str]:
        """What prod serves of each function, and the versions of its lineage."""
        found = {}
        for name, function in self.aws.functions.items():
            if state := function.aliases.get("prod"):
                entries = state.lineage.current.entries if state.lineage else ()
                weights = f" {dict(state.weights)}" if state.weights else ""
                found[name] = " ".join(entry.version for entry in entries) + weights
        return found

    @property
    def states(self) -> dict[str, tuple[str, str]]:
        """Pointer and Description of each alias."""
        return {
            name: (state.version, state.description)
            for name, function in self.aws.functions.items()
            for state in function.aliases.values()
        }


@pytest.fixture
def release(provider: Provider) -> Release:
    """Three functions on version 1."""
    made = Release(provider)
    provider.aws.functions.clear()
    made.deploy(1)
    assert made.create(properties(1))["Status"] == "SUCCESS"
    made.deploy(2)
    return made


ONE = dict.fromkeys(THREE, "1")
TWO = dict.fromkeys(THREE, "2 1")


def test_all_functions_get_their_aliases(release: Release) -> None:
    assert release.served == ONE


def test_all_aliases_move_together_and_the_answer_names_the_versions(release: Release) -> None:
    answer = release.update(properties(1), properties(2))
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert release.served == TWO
    assert answer["Data"] == {"AliasName": "prod", "Versions": "orders=2,payments=2,mails=2"}


def test_the_physical_id_stays_while_the_functions_do(release: Release) -> None:
    before = release.physical_id
    release.update(properties(1), properties(2, [*reversed(THREE)]))
    assert release.physical_id == before


def test_one_call_of_each_kind_is_made_for_each_function(release: Release) -> None:
    release.update(properties(1), properties(2))
    calls = release.aws.calls
    assert {name: calls.count(name) for name in sorted(set(calls))} == {
        "GetAlias": 3,
        "PublishVersion": 3,
        "UpdateAlias": 3,
    }


@pytest.mark.parametrize("name", THREE)
def test_none_moves_where_one_fails_its_smoke_test(release: Release, name: str) -> None:
    before = release.states
    release.aws.replies[name] = Reply("{}", failed=True)
    answer = release.update(properties(1), properties(2, SmokeTest={}))
    assert f"SmokeTest: version 2 of {name} ended with an error" in answer["Reason"]
    assert release.states == before


def fails_at(release: Release, call: str, number: int) -> None:
    """Let the nth call of this kind fail."""
    left = iter(range(number - 1))

    def fail() -> None:
        if next(left, None) is None:
            release.aws.before.pop(call, None)
            raise ServiceInternalError(f"FunctionName: {call}: AWS says no")

    release.aws.before[call] = fail


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("call", ["GetAlias", "PublishVersion", "UpdateAlias"])
def test_every_alias_is_put_back_where_one_cannot_move(
    release: Release, call: str, number: int
) -> None:
    before = release.states
    fails_at(release, call, number)
    answer = release.update(properties(1), properties(2))
    assert answer["Status"] == "FAILED"
    assert release.states == before


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_alias_is_deleted_where_one_cannot_be_made(provider: Provider, number: int) -> None:
    release = Release(provider)
    provider.aws.functions.clear()
    release.deploy(1)
    fails_at(release, "CreateAlias", number)
    answer = release.create(properties(1))
    assert answer["Status"] == "FAILED"
    assert release.states == {}
    assert release.delete(answer["PhysicalResourceId"], properties(1))["Status"] == "SUCCESS"


def test_a_foreign_alias_stops_all(release: Release) -> None:
    release.deploy(1, "audit")
    release.provider.aws.publish_version("audit", "", None)
    release.aws.point("audit", "prod", release.aws.functions["orders"].aliases["prod"])
    before = release.states
    answer = release.update(properties(1), properties(2, [*THREE, "audit"]))
    assert "AliasName: prod of audit exists already" in answer["Reason"]
    assert release.states == before


def test_all_shift_in_lockstep(release: Release) -> None:
    pictures: list[dict[str, str]] = []

    def look() -> None:
        if not pictures or pictures[-1] != release.served:
            pictures.append(release.served)

    release.aws.on_sleep = look
    shift: Any = {"DeploymentPreference": {"Type": "Linear50PercentEvery1Minute"}}
    assert release.update(properties(1), properties(2, **shift))["Status"] == "SUCCESS"
    assert pictures == [dict.fromkeys(THREE, "1 {'2': 0.5}")]
    assert release.served == TWO


def test_an_alarm_puts_every_one_back(release: Release) -> None:
    before = release.states
    release.aws.alarms["errors"] = "OK"
    release.aws.on_sleep = lambda: release.aws.alarms.update(errors="ALARM")
    shift: Any = {"DeploymentPreference": {"Type": "Canary10Percent1Minute", "Alarms": ["errors"]}}
    answer = release.update(properties(1), properties(2, **shift))
    assert "errors went to ALARM" in answer["Reason"]
    assert release.states == before


def take_back(release: Release, failed: dict[str, Any]) -> dict[str, Any]:
    """Go back to build 1 within the operation that failed, as with --disable-rollback."""
    return release.provider.carry_out(release.update_event(failed, properties(1)))


def failed_both_ways(release: Release) -> dict[str, Any]:
    """Fail to take a function from the list, and to take that back; give what was wanted."""
    new = properties(2, THREE[:2], SmokeTest={"Payload": "{}"})
    release.aws.replies["orders"] = Reply("no stock", failed=True)
    assert release.update(properties(1), new)["Status"] == "FAILED"
    release.aws.fail("UpdateAlias", Throttling("FunctionName: too many requests"), times=3)
    assert take_back(release, new)["Status"] == "FAILED"
    return new


@pytest.mark.parametrize(
    "failed",
    [
        pytest.param(["orders:live", "payments:live", "mails:live"], id="names with a qualifier"),
        pytest.param(["orders", "payments"], id="one is taken"),
        pytest.param([*THREE, "bills"], id="one is added"),
    ],
)
def test_another_list_that_failed_is_taken_back_though_the_stack_goes_forward(
    release: Release, failed: list[str]
) -> None:
    release.deploy(1, "bills")
    release.aws.replies["orders"] = Reply("no stock", failed=True)
    before, new = release.states, properties(2, failed, SmokeTest={"Payload": "{}"})
    assert release.update(properties(1), new)["Status"] == "FAILED"

    answer = take_back(release, new)

    assert answer["Status"] == "SUCCESS"
    assert release.states == before


@pytest.mark.parametrize("fails", [False, True])
def test_where_taking_it_back_failed_too_the_next_release_goes_forward_or_leaves_all_as_it_was(
    release: Release, *, fails: bool
) -> None:
    new = failed_both_ways(release)
    before, known_as = release.states, release.physical_id

    if fails:
        release.aws.fail("UpdateAlias", Throttling("FunctionName: too many requests"))

    answer = release.update(new, properties(3))

    assert answer["PhysicalResourceId"] == known_as
    if fails:
        assert release.states == before
    else:
        assert release.served == TWO


def test_after_that_a_release_that_comes_twice_ends_well(release: Release) -> None:
    new = failed_both_ways(release)
    release.aws.stack = Stack("UPDATE_IN_PROGRESS", datetime.now(UTC))
    event = release.update_event(new, properties(3))
    before = release.aws.functions["mails"].aliases["prod"]
    assert release.provider.send(event)["Status"] == "SUCCESS"
    # As if the first delivery had died before its last write.
    release.aws.point("mails", "prod", before)

    assert release.provider.send(event)["Status"] == "SUCCESS"

    assert {each.split()[-1] for each in release.served.values()} == {"1"}
    assert len(set(release.served.values())) == 1


@pytest.fixture
def grown(release: Release) -> Release:
    """Two functions by build 1, all three since build 2."""
    for name in THREE:
        release.aws.functions[name].aliases.clear()
    release.create(properties(1, THREE[:2]))
    assert release.update(properties(1, THREE[:2]), properties(2))["Status"] == "SUCCESS"
    release.deploy(3)
    return release


def test_a_release_of_before_of_fewer_functions_deletes_none_while_the_stack_cannot_be_read(
    grown: Release,
) -> None:
    grown.aws.stack = Stack(problem="too many requests")

    grown.provider.carry_out(grown.update_event(properties(2), properties(1, THREE[:2])))

    assert "mails" in grown.served, "CloudFormation deletes it in its cleanup"


def test_a_release_of_before_of_more_functions_makes_their_aliases_though_the_stack_is_unreadable(
    grown: Release,
) -> None:
    grown.deploy(1, "bills")
    grown.aws.stack = Stack(problem="too many requests")
    more = properties(1, [*THREE[:2], "bills"])

    assert grown.provider.carry_out(grown.update_event(properties(2), more))["Status"] == "SUCCESS"

    assert "bills" in grown.served


def test_a_way_back_stays_one_at_its_second_look(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    release.update(properties(1), properties(2))
    release.deploy(3)
    before = {name: release.aws.functions[name].aliases["prod"] for name in THREE}
    unheard(release, properties(2), properties(3))
    for name in THREE[1:]:  # of the failed release only `orders` was moved
        release.aws.point(name, "prod", before[name])
    describe, tries = release.aws.describe_alias, list[AliasId]()

    def disturbed(alias: AliasId, state: AliasState) -> AliasState:
        if alias.function_name == "payments" and len(tries) < 2:
            tries.append(alias)
            if len(tries) == 2:
                raise Throttling("FunctionName: too many requests")
            by_hand = f"x {before['payments'].description}"
            release.aws.point("payments", "prod", replace(before["payments"], description=by_hand))
        return describe(alias, state)

    monkeypatch.setattr(release.aws, "describe_alias", disturbed)

    answer = release.provider.carry_out(release.update_event(properties(3), properties(2)))

    assert answer["Status"] == "FAILED"
    assert release.served["payments"] == "2 1"


def unheard(release: Release, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Release, and let the stack hear nothing of it."""
    release.aws.stack = Stack("UPDATE_IN_PROGRESS", datetime.now(UTC))
    release.aws.note("Prod", "UPDATE_IN_PROGRESS")
    assert release.provider.send(release.update_event(old, new))["Status"] == "SUCCESS"
    release.aws.note("Prod", "UPDATE_FAILED")


def test_a_function_that_was_added_unheard_is_given_up_though_the_stack_goes_forward(
    release: Release,
) -> None:
    two = properties(2, ["orders", "payments"])
    assert release.update(properties(1), two)["Status"] == "SUCCESS"
    release.aws.functions["mails"].aliases.clear()
    before = release.states
    unheard(release, two, properties(2))

    answer = release.provider.carry_out(release.update_event(properties(2), two))

    assert answer["Status"] == "SUCCESS"
    assert release.states == before


@pytest.mark.parametrize("readable", [True, False])
def test_a_way_back_that_fails_for_one_function_deletes_nothing(
    release: Release, *, readable: bool
) -> None:
    unheard(release, properties(1), properties(2))
    if not readable:
        release.aws.stack = Stack(problem="too many requests")
    release.aws.fail("UpdateAlias", Throttling("FunctionName: too many requests"))

    answer = release.provider.carry_out(release.update_event(properties(2), properties(1)))

    assert answer["Status"] == "FAILED"
    assert sorted(release.served.values()) == ["1", "1", "2 1"]


def test_a_rollback_restores_all(release: Release) -> None:
    before = release.states
    release.update(properties(1), properties(2))
    assert release.roll_back(properties(2), properties(1))["Status"] == "SUCCESS"
    assert release.states == before


def test_the_same_event_again_changes_nothing(release: Release) -> None:
    event = release.update_event(properties(1), properties(2))
    release.aws.stack = Stack("UPDATE_IN_PROGRESS")
    first = release.provider.send(event)
    before = release.states
    assert release.provider.send(event)["Data"] == first["Data"]
    assert release.states == before


# --- a list that changes


FOUR = [*THREE, "audit"]


def test_a_function_that_is_added_is_made_and_a_rollback_deletes_it(release: Release) -> None:
    release.deploy(1, "audit")
    before, old_id = release.states, release.physical_id
    release.update(properties(1), properties(2, FOUR))
    assert release.served == {**TWO, "audit": "1"}
    assert release.physical_id != old_id

    new_id = release.physical_id
    answer = release.roll_back(properties(2, FOUR), properties(1))
    assert answer["PhysicalResourceId"] == old_id
    release.delete(new_id, properties(2, FOUR))
    assert release.states == before


def test_the_cleanup_of_a_changed_list_deletes_what_was_taken_from_it(release: Release) -> None:
    old_id = release.physical_id
    release.update(properties(1), properties(2, THREE[:2]))
    assert release.served == {"orders": "2 1", "payments": "2 1", "mails": "1"}

    release.delete(old_id, properties(1))
    assert release.served == {"orders": "2 1", "payments": "2 1"}


def test_a_list_that_changes_without_a_release_moves_nothing(release: Release) -> None:
    old_id = release.physical_id
    release.update(properties(1), properties(1, THREE[:2]))
    release.delete(old_id, properties(1))
    assert release.served == {"orders": "1", "payments": "1"}


def test_a_rollback_keeps_what_was_taken_from_the_list(release: Release) -> None:
    before = release.states
    release.update(properties(1), properties(2, THREE[:2]))
    new_id = release.physical_id
    release.roll_back(properties(2, THREE[:2]), properties(1))
    release.delete(new_id, properties(2, THREE[:2]))
    assert release.states == before


def test_a_rollback_removes_what_an_update_added_that_never_answered(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    release.deploy(1, "audit")
    before = release.states
    event = release.update_event(properties(1), properties(2, FOUR))
    release.aws.stack = Stack("UPDATE_IN_PROGRESS")
    with monkeypatch.context() as patch:
        patch.setattr(app.provider, "_send", lambda *_a, **_k: None)
        app.handler(event, release.provider.context)
    assert release.served == {**TWO, "audit": "1"}

    release.roll_back(properties(2, FOUR), properties(1))
    assert release.states == before


def test_what_is_left_over_is_no_hindrance_to_a_rollback(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    release.deploy(1, "audit")
    event = release.update_event(properties(1), properties(2, FOUR))
    release.aws.stack = Stack("UPDATE_IN_PROGRESS")
    with monkeypatch.context() as patch:
        patch.setattr(app.provider, "_send", lambda *_a, **_k: None)
        app.handler(event, release.provider.context)
    release.aws.fail("DeleteAlias", NetworkFailure("no answer"), times=9)
    assert release.roll_back(properties(2, FOUR), properties(1))["Status"] == "SUCCESS"
    assert release.served == {**ONE, "audit": "1"}


def test_another_alias_name_is_a_replacement(release: Release) -> None:
    old_id = release.physical_id
    release.update(properties(1), properties(1, AliasName="live"))
    assert {name: list(each.aliases) for name, each in release.aws.functions.items()} == {
        name: ["prod", "live"] for name in THREE
    }
    release.delete(old_id, properties(1))
    assert {name: list(each.aliases) for name, each in release.aws.functions.items()} == {
        name: ["live"] for name in THREE
    }


# --- delete


def test_a_delete_deletes_every_alias_of_the_release(release: Release) -> None:
    release.delete(release.physical_id, properties(1))
    assert release.states == {}


def test_a_delete_leaves_what_is_somebody_elses(release: Release) -> None:
    state = release.aws.functions["mails"].aliases["prod"]
    foreign = f"[alias-promotion owner=00000000 {state.version}@-]"
    release.aws.point("mails", "prod", type(state)(state.version, foreign))
    release.delete(release.physical_id, properties(1))
    assert list(release.states) == ["mails"]


@pytest.mark.parametrize(
    ("allowed", "left"), [("orders,payments", ["mails"]), ("billing-*", THREE)]
)
def test_no_alias_of_a_function_that_is_not_allowed_any_more_is_forgotten(
    release: Release, monkeypatch: pytest.MonkeyPatch, allowed: str, left: list[str]
) -> None:
    monkeypatch.setenv("ALLOWED_FUNCTION_NAMES", allowed)
    answer = release.delete(release.physical_id, properties(1))
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith(f"Functions: {left[0]} is not allowed here")
    assert "add it to AllowedFunctionNames" in answer["Reason"]
    assert list(release.states) == left


def test_a_function_that_could_not_be_added_is_no_hindrance_to_a_delete(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOWED_FUNCTION_NAMES", ",".join(THREE))
    assert release.update(properties(1), properties(2, FOUR))["Status"] == "FAILED"
    # After an UPDATE_ROLLBACK_FAILED, a Delete may have the properties that failed.
    assert release.delete(release.physical_id, properties(2, FOUR))["Status"] == "SUCCESS"
    assert release.states == {}


def test_what_a_release_that_never_answered_could_not_have_made_is_no_hindrance(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOWED_FUNCTION_NAMES", "orders,payments")
    assert release.delete("an-id-of-cloudformations", properties(1))["Status"] == "SUCCESS"
    assert list(release.states) == ["mails"]


@pytest.mark.parametrize("physical_id", ["stack-Release-1ABCDEFGHIJK", "lambda-release/x/prod"])
def test_a_delete_with_an_id_that_cloudformation_made_up_takes_fresh_aliases_only(
    release: Release, physical_id: str
) -> None:
    release.update(properties(1), properties(2))
    release.delete(physical_id, properties(2))
    assert release.served == TWO
    release.roll_back(properties(2), properties(1))
    release.delete(physical_id, properties(1))
    assert release.states == {}


@pytest.mark.parametrize("given", [{}, {"Functions": "orders"}, {"Functions": [{}, "a:b:c"]}])
def test_a_delete_with_properties_of_any_form_succeeds(
    release: Release, given: dict[str, Any]
) -> None:
    before = release.states
    assert release.delete(release.physical_id, given)["Status"] == "SUCCESS"
    assert release.states == before


# --- bad input


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({"Functions": []}, "Functions: found []; expected a list of 1 to 100 names"),
        ({"Functions": [f"f{n}" for n in range(101)]}, "Functions: found ["),
        ({"Functions": "orders"}, "Functions: found 'orders'"),
        ({"Functions": ["orders:1"]}, "Functions.0: found 'orders:1'; expected a list of"),
        ({"Functions": ["orders", "orders"]}, "Functions: found orders twice"),
        ({"FunctionName": "orders"}, "FunctionName: unknown property; use Functions"),
    ],
)
def test_a_release_that_cannot_be_is_named_before_the_first_call(
    provider: Provider, bad: dict[str, Any], named: str
) -> None:
    answer = Release(provider).create({**properties(1), **bad})
    assert named in answer["Reason"]
    assert provider.aws.calls == []


def test_a_hundred_functions_fit_into_one_answer(provider: Provider) -> None:
    names = [f"orders-{'x' * 50}-{number:03d}" for number in range(100)]
    release = Release(provider)
    provider.aws.functions.clear()
    release.deploy(1, *names)
    answer = release.create(properties(1, names))
    assert answer["Status"] == "SUCCESS"
    assert len(provider.bodies[-1]) < 4096
    assert answer["Data"]["Versions"] == ",".join(["1"] * 100)


def test_the_events_are_read_once_more_for_all_aliases_together(
    release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(release.aws, "sleep", slept.append)
    release.aws.note("Prod", "UPDATE_IN_PROGRESS")
    release.aws.stack = Stack("UPDATE_IN_PROGRESS", datetime.now(UTC))
    forward = release.update_event(properties(1), properties(2))
    assert release.provider.send(forward)["Status"] == "SUCCESS"
    release.aws.note("Prod", "UPDATE_FAILED", datetime.now(UTC) + timedelta(seconds=1))

    # The way back, whose own event can't be read.
    answer = release.provider.send(release.update_event(properties(2), properties(1)))

    assert "belongs to a stack operation that is over" in answer["Reason"]
    assert slept == [2.0]


# --- aliases that were kept by DeletionPolicy


@pytest.mark.parametrize("releases", [1, 2])
def test_aliases_that_were_kept_outlive_a_create_that_fails(
    release: Release, releases: int
) -> None:
    if releases > 1:
        release.update(properties(1), properties(releases))
    orders = release.aws.functions["orders"].aliases["prod"]
    release.aws.point("orders", "prod", replace(orders, description="Somebody edited it"))
    before = release.states
    answer = release.create(properties(releases))
    assert answer["PhysicalResourceId"].endswith("#not-created")
    assert "AliasName: prod of orders exists already" in answer["Reason"]
    assert release.states == before


@pytest.mark.parametrize("bad", [{"SmokeTest": {"Payload": "{"}}, {"Trigers": "1"}])
def test_the_delete_of_a_create_that_was_refused_leaves_aliases_that_were_kept(
    release: Release, bad: dict[str, Any]
) -> None:
    refused = properties(1) | bad
    answer = release.create(refused)
    assert answer["PhysicalResourceId"].endswith("#not-created")
    release.delete(answer["PhysicalResourceId"], refused)
    assert release.served == ONE


def test_a_rename_that_was_answered_leaves_the_new_aliases_to_cloudformations_cleanup(
    release: Release,
) -> None:
    old, new = properties(1), properties(1) | {"AliasName": "live"}
    assert release.update(old, new)["Status"] == "SUCCESS"
    live = release.physical_id
    assert release.roll_back(new, old)["Status"] == "SUCCESS"
    orders = release.aws.functions["orders"].aliases
    assert sorted(orders) == ["live", "prod"]
    release.delete(live, new)
    assert sorted(orders) == ["prod"]


def test_functions_that_were_added_keep_their_aliases_until_the_cleanup(release: Release) -> None:
    release.deploy(1, "stock")
    more = properties(1, [*THREE, "stock"])
    assert release.update(properties(1), more)["Status"] == "SUCCESS"
    added = release.physical_id
    assert release.roll_back(more, properties(1))["Status"] == "SUCCESS"
    assert "prod" in release.aws.functions["stock"].aliases
    release.delete(added, more)
    assert release.served == ONE
