"""RetainVersions: old versions go after a release, and none that anything may need."""

import itertools
from typing import Any

import pytest

from handler import errors
from handler.capacity import Provisioned
from handler.direction import Stack
from handler.errors import PromotionError
from handler.observed import AliasState, Version
from tests.functional.conftest import ACCOUNT, Log, Provider, build
from tests.functional.test_release import Release, properties

ARN = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:orders"


def numbers(*ranges: range | int) -> list[str]:
    """List versions, such as 1 to 3 and 7."""
    return [str(n) for each in ranges for n in ([each] if isinstance(each, int) else each)]


def versions(provider: Provider, name: str = "orders") -> list[str]:
    return sorted(provider.aws.functions[name].versions, key=int)


@pytest.fixture
def old(released: Provider) -> Provider:
    """Versions 1 to 19, of which prod serves 2 and has served 1; 20 is to be released."""
    released.publish(*(f"code-{number}" for number in range(3, 20)))
    released.aws.deploy("orders", "code-20")
    return released


def release(provider: Provider, keep: int = 3, number: int = 3, **more: Any) -> dict[str, Any]:
    more = {"RetainVersions": str(keep), **more}
    return provider.update(build(number - 1), build(number, **more))


def test_versions_older_than_the_newest_are_deleted_after_a_release(old: Provider) -> None:
    answer = release(old)
    assert answer["Status"] == "SUCCESS"
    assert old.lineage() == "20 2 1"
    assert versions(old) == numbers(1, 2, range(18, 21))


def test_the_answer_and_the_log_say_what_went_and_why_others_stayed(
    old: Provider, log: Log
) -> None:
    answer = release(old, keep=15)
    assert answer["Reason"] == "RetainVersions: deleted orders:3, 4, 5"
    [told] = [line for line in log.told if line["message"] == "pruned"]
    assert (told["function"], told["deleted"]) == ("orders", ["3", "4", "5"])
    assert told["kept"] == dict.fromkeys("12", "alias prod may go back to it")


def test_the_answer_counts_many_versions(old: Provider) -> None:
    assert release(old)["Reason"] == "RetainVersions: deleted 15 versions of orders, from 3 to 17"


def test_without_the_property_nothing_is_deleted_or_asked(old: Provider) -> None:
    old.update(build(2), build(3))
    assert versions(old) == numbers(range(1, 21))
    assert old.aws.calls == ["GetAlias", "PublishVersion", "UpdateAlias"]


def test_with_few_versions_one_call_more_is_made(old: Provider) -> None:
    answer = release(old, keep=20)
    assert answer["Reason"] == ""
    assert versions(old) == numbers(range(1, 21))
    assert old.aws.calls == ["GetAlias", "PublishVersion", "UpdateAlias", "ListVersionsByFunction"]


def test_one_version_for_one_takes_five_calls_more(old: Provider) -> None:
    release(old)
    old.aws.deploy("orders", "code-21")
    assert release(old, number=4)["Reason"] == "RetainVersions: deleted orders:1, 18"
    for number in (5, 6):
        old.aws.deploy("orders", f"code-{number}-new")
        release(old, number=number)
    assert versions(old) == numbers(range(21, 24))
    assert old.aws.calls[3:] == [
        "ListVersionsByFunction",
        "ListEventSourceMappings",
        "ListProvisionedConcurrencyConfigs",
        "ListAliases",
        "DeleteFunction",
    ]


def test_a_create_prunes_too(old: Provider) -> None:
    old.create(AliasName="beta", SourceQualifier="prod", RetainVersions="2")
    assert versions(old) == numbers(1, 2, 18, 19)


# --- what stays


def test_a_version_that_another_alias_serves_or_weighs_stays(old: Provider) -> None:
    old.aws.point("orders", "beta", AliasState("5", "", weights=(("6", 0.1),)))
    release(old)
    assert versions(old) == numbers(1, 2, 5, 6, range(18, 21))


def test_what_any_lineage_may_go_back_to_stays(old: Provider) -> None:
    entries = " ".join(f"{number}@0000000{number}" for number in range(9, 3, -1))
    mark = f"[alias-promotion owner=0000000a adopted=- shift=11@000000aa {entries} | 12@-]"
    old.aws.point("orders", "beta", AliasState("9", mark))

    release(old, keep=2)

    assert versions(old) == numbers(1, 2, 7, 8, 9, 11, 12, 19, 20)


def test_a_version_with_provisioned_concurrency_stays(old: Provider) -> None:
    old.aws.provisioned["orders", "4"] = Provisioned(1, "READY")
    release(old)
    assert versions(old) == numbers(1, 2, 4, range(18, 21))


@pytest.mark.parametrize("many", [False, True], ids=["few mappings", "too many mappings to read"])
def test_a_version_that_an_event_source_invokes_stays(old: Provider, *, many: bool) -> None:
    old.aws.mappings = [f"{ARN}:4", ARN, f"{ARN}:prod", f"{ARN}-2:5"]
    old.aws.too_many_mappings = many
    release(old)
    assert versions(old) == numbers(1, 2, 4, range(18, 21))


def test_a_version_on_which_a_durable_execution_runs_stays(old: Provider) -> None:
    old.aws.functions["orders"].durable |= {"4", "5"}
    old.aws.functions["orders"].running = {"4"}
    release(old)
    assert versions(old) == numbers(1, 2, 4, range(18, 21))
    assert old.aws.calls.count("ListDurableExecutionsByFunction") == 2


def test_an_alias_that_is_pointed_to_a_version_meanwhile_keeps_it(old: Provider, log: Log) -> None:
    old.aws.before["DeleteFunction"] = lambda: old.move("9", "beta")
    assert release(old)["Status"] == "SUCCESS"
    assert versions(old) == numbers(1, 2, 9, range(18, 21))
    assert "left over" not in {line["message"] for line in log.told}


def test_a_version_that_lambda_at_edge_has_replicas_of_stays(old: Provider) -> None:
    old.aws.functions["orders"].replicated = {"4"}
    release(old)
    assert versions(old) == numbers(1, 2, 4, range(18, 21))


# --- when nothing goes


def test_a_setting_alone_deletes_nothing(old: Provider) -> None:
    old.update(build(2), build(2, RetainVersions="2"))
    assert versions(old) == numbers(range(1, 20))


def test_an_event_that_comes_again_deletes_nothing(old: Provider) -> None:
    old.update(build(2), build(3))
    release(old)
    assert versions(old) == numbers(range(1, 21))


def test_a_rollback_deletes_nothing(old: Provider) -> None:
    old.update(build(2), build(3))
    old.roll_back(build(3), build(2, RetainVersions="2"))
    assert old.lineage() == "2 1"
    assert versions(old) == numbers(range(1, 21))


def test_a_rollback_after_a_release_that_pruned_finds_its_version(old: Provider) -> None:
    release(old, keep=2)
    answer = old.roll_back(build(3, RetainVersions="2"), build(2))
    assert (answer["Status"], old.lineage()) == ("SUCCESS", "2 1")


def test_a_release_that_fails_deletes_nothing(old: Provider) -> None:
    old.aws.fail("UpdateAlias", errors.AccessDenied("no"))
    assert release(old)["Status"] == "FAILED"
    assert versions(old) == numbers(range(1, 21))


@pytest.mark.parametrize(
    "status", ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_COMPLETE", None], ids=str
)
def test_nothing_is_deleted_any_more_once_the_stack_does_not_go_forward(
    old: Provider, log: Log, status: str | None
) -> None:
    def turn() -> None:
        if old.aws.calls.count("DeleteFunction") == 3:
            old.aws.stack = Stack(status)
            old.aws.sleep(3)

    old.aws.before["DeleteFunction"] = turn
    assert release(old)["Status"] == "SUCCESS"
    # Calls that were under way by then pass.
    assert 3 <= 20 - len(versions(old)) < 15
    [left] = [line for line in log.told if line["message"] == "left over"]
    assert "does not go forward any more" in left["because"]


def test_nothing_is_deleted_for_a_stack_that_could_not_be_read(old: Provider) -> None:
    event = old.update_event(build(2), build(3, RetainVersions="2"))
    old.aws.stack = Stack(problem="AccessDenied")
    assert old.send(event)["Status"] == "SUCCESS"
    assert versions(old) == numbers(range(1, 21))


def test_nothing_is_deleted_where_time_is_short(old: Provider, log: Log) -> None:
    old.context.remaining = 59_000
    assert release(old)["Status"] == "SUCCESS"
    assert versions(old) == numbers(range(1, 21))
    assert log.told[-2]["because"].startswith("RetainVersions: too little time is left")


CALLS = (
    "ListVersionsByFunction", "ListEventSourceMappings", "ListProvisionedConcurrencyConfigs",
    "ListAliases", "ListDurableExecutionsByFunction", "DeleteFunction",
)  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    "error",
    [errors.Throttling("slow down"), errors.AccessDenied("no"), errors.NetworkFailure("gone"),
     errors.NotFound("gone"), KeyError("Versions")],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_no_error_fails_the_release_and_all_is_told(
    old: Provider, log: Log, call: str, error: PromotionError
) -> None:
    old.aws.functions["orders"].durable = {"3"}
    old.aws.fail(call, error, times=1000)
    answer = release(old)
    assert (answer["Status"], old.lineage()) == ("SUCCESS", "20 2 1")
    assert {"1", "2", "18", "19", "20"} <= set(versions(old))
    [left] = [line for line in log.told if line["message"] == "left over"]
    assert str(error) in left["because"]


def test_after_an_error_nothing_more_is_tried(old: Provider) -> None:
    old.aws.fail("ListVersionsByFunction", errors.Throttling("slow down"))
    release(old)
    assert old.aws.calls[3:] == ["ListVersionsByFunction"]


# --- many versions


@pytest.fixture
def thousands(released: Provider) -> Provider:
    function = released.aws.functions["orders"]
    function.versions |= {n: Version(n, f"code-{n}") for n in numbers(range(3, 3000))}
    function.numbers = itertools.count(3000)
    released.aws.deploy("orders", "code-3000")
    return released


def test_with_thousands_of_versions_a_release_deletes_a_hundred_of_the_oldest(
    thousands: Provider,
) -> None:
    answer = release(thousands)
    assert answer["Reason"] == "RetainVersions: deleted 100 versions of orders, from 3 to 102"
    assert thousands.aws.calls.count("ListVersionsByFunction") <= 4
    assert len(thousands.aws.calls) <= 3 + 4 + 3 + 100


def test_the_next_releases_go_on(thousands: Provider) -> None:
    for number in range(3, 6):
        thousands.aws.deploy("orders", f"code-{number}-new")
        assert release(thousands, number=number)["Status"] == "SUCCESS"
    assert len(versions(thousands)) == 3002 - 300


def test_versions_that_must_stay_do_not_keep_the_others(thousands: Provider) -> None:
    """However many of the oldest are needed, those behind them are reached."""
    thousands.aws.mappings = [f"{ARN}:{number}" for number in range(1, 400)]
    answer = release(thousands)
    assert answer["Reason"] == "RetainVersions: deleted 100 versions of orders, from 400 to 499"


# --- with the rest


def test_a_shift_prunes_once_it_is_settled_in_whichever_invocation(old: Provider) -> None:
    old.aws.alarms = {"errors": "OK"}
    seen = []
    old.aws.on_sleep = lambda: seen.append(len(versions(old)))
    preference = {"Type": "Linear10PercentEvery5Minutes", "Alarms": ["errors"]}
    answer = release(old, DeploymentPreference=preference)
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert old.invocations > 1
    assert set(seen) == {20}
    assert versions(old) == numbers(1, 2, range(18, 21))


def test_an_alarm_that_is_told_stands_before_what_went(old: Provider) -> None:
    old.aws.alarms = {"errors": "ALARM"}
    preference = {"Type": "AllAtOnce", "Alarms": ["errors"], "IgnoreAlarms": "true"}
    reason = release(old, DeploymentPreference=preference)["Reason"]
    assert "errors" in reason.split("; RetainVersions: deleted")[0]


def old_functions(release: Release, many: int) -> list[str]:
    """Give functions with versions 1 to 20, prod on 1; the next release makes 21."""
    names = [f"orders-{number}" for number in range(many)]
    for name in names:
        release.aws.deploy(name, "code-1")
    assert release.create(properties(1, names))["Status"] == "SUCCESS"
    for code in range(2, 22):
        for name in names:
            release.aws.deploy(name, f"code-{code}")
            if code < 21:
                release.aws.publish_version(name, "", None)
    return names


@pytest.mark.parametrize(("many", "each"), [(1, 17), (4, 17), (10, 10), (60, 2)], ids=str)
def test_functions_that_are_released_together_share_what_a_release_deletes(
    provider: Provider, many: int, each: int
) -> None:
    provider.aws.functions.clear()
    made = Release(provider)
    names = old_functions(made, many)

    answer = made.update(properties(1, names), properties(2, names, RetainVersions="3"))

    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert {name: 21 - len(versions(provider, name)) for name in names} == dict.fromkeys(
        names, each
    )
    assert all({"1", "19", "20", "21"} <= set(versions(provider, name)) for name in names)
    assert answer["Reason"].startswith("RetainVersions: ")
    assert provider.aws.calls.count("ListEventSourceMappings") == 1


@pytest.mark.parametrize("value", ["1", "0", "-1", "1001", "two", "2.5", ""])
def test_a_number_that_would_keep_too_little_or_read_too_much_is_refused(
    old: Provider, value: str
) -> None:
    answer = old.update(build(2), build(3, RetainVersions=value))
    assert answer["Status"] == "FAILED"
    assert "RetainVersions: found" in answer["Reason"]
    assert "expected a number from 2 to 1000" in answer["Reason"]
