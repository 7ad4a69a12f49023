"""The benchmarks measure what they say: the limit limits, calls are counted, delays are kept."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from benchmarks import report
from benchmarks.__main__ import main
from benchmarks.bench import PROVIDER, Bench
from benchmarks.endpoint import Answer, Endpoint, Pace
from benchmarks.events import ALIAS
from benchmarks.figures import Figure, Reference, Unit, at_most, at_most_ratio
from benchmarks.functions import PAGE, REGION
from benchmarks.lifecycle import (
    CALLS,
    CREATE,
    DELETE,
    LOOKS_AGAIN_AFTER,
    REDELIVERED,
    ROLLBACK,
    UPDATE,
    Done,
    live,
    live_release,
)
from benchmarks.limits import buckets
from benchmarks.rows import calls, many
from benchmarks.subject import Outcome, Subject
from benchmarks.workspace import Workspace, written
from handler.observer import TURNS_WITHIN

Life = Callable[[Endpoint, Subject, int], Iterator[Done]]

THREE = {
    CREATE: {"GetAlias": 3, "PublishVersion": 3, "CreateAlias": 3, "DescribeStacks": 1, "PUT": 1},
    UPDATE: {"GetAlias": 3, "PublishVersion": 3, "UpdateAlias": 3, "DescribeStacks": 1, "PUT": 1},
    REDELIVERED: {"GetAlias": 3, "DescribeStacks": 1, "PUT": 1},
    ROLLBACK: {
        "GetAlias": 3, "UpdateAlias": 3, "DescribeStacks": 1, "DescribeStackEvents": 1, "PUT": 1,
    },
    DELETE: {"GetAlias": 3, "DeleteAlias": 3, "DescribeStacks": 1, "PUT": 1},
}  # fmt: skip
"""Every call of a Custom::LambdaRelease of three functions, and its answer."""

LIVES: dict[str, tuple[Life, dict[str, dict[str, int]]]] = {
    "Custom::LambdaAliasPromotion": (live, CALLS),
    "Custom::LambdaRelease": (partial(live_release, functions=3), THREE),
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with Endpoint(tmp_path_factory.mktemp("endpoint")) as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(running: Endpoint) -> Iterator[Endpoint]:
    yield running
    running.pace = Pace()


@pytest.fixture(scope="module")
def bench(running: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    workspace = Workspace(tmp_path_factory.mktemp("workspace"), running.certificates)
    return Bench(running, workspace, repeats=1, quick=True, tell=lambda _: None)


@pytest.fixture
def client(endpoint: Endpoint) -> Any:
    return boto3.client(
        "lambda", REGION, endpoint_url=endpoint.url, verify=str(endpoint.certificates),
        aws_access_key_id="local", aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}),
    )  # fmt: skip


@pytest.mark.parametrize("size", [1, 100, 10_000])
@pytest.mark.parametrize("kind", LIVES)
def test_each_operation_takes_these_calls_whatever_the_number_of_versions(
    bench: Bench, kind: str, size: int
) -> None:
    carry_out, expected = LIVES[kind]
    with bench.subject(PROVIDER) as subject:
        done = {each.operation: each.counted for each in carry_out(bench.endpoint, subject, size)}
    assert done == expected


@pytest.mark.parametrize(
    ("seconds", "asked", "counted"),
    [(0.4, 1, 1), (0.4, 2, 2), (0.6, 1, 1), (0.6, 2, 1), (0.6, 3, 2)],
)
def test_a_second_look_at_the_stack_is_not_counted_where_the_machine_was_slow(
    seconds: float, asked: int, counted: int
) -> None:
    assert TURNS_WITHIN.total_seconds() == LOOKS_AGAIN_AFTER
    outcome = Outcome(seconds, Answer(0.0, {}))
    done = Done(CREATE, outcome, Counter(DescribeStacks=asked, GetAlias=1))
    assert done.counted == Counter(DescribeStacks=counted, GetAlias=1)


def test_the_row_of_the_calls_reaches_its_targets(bench: Bench) -> None:
    figures = calls.measure(bench)
    assert [each.value for each in figures] == [3, 3, 1, 2, 2]
    assert all(each.passed for each in figures)


@pytest.mark.parametrize(
    ("statuses", "version", "failed"),
    [
        (["SUCCESS", "SUCCESS"], 3, 0),
        (["SUCCESS", "FAILED"], 3, 1),
        (["SUCCESS", None], 3, 1),
        (["SUCCESS", "SUCCESS"], 2, 2),
        (["SUCCESS"], 3, 0),
        (["FAILED"], 3, 2),
    ],
    ids=[
        "all well", "one refused", "one without an answer", "none moved",
        "a release", "a release refused",
    ],
)  # fmt: skip
def test_who_moves_but_does_not_answer_success_has_failed(
    bench: Bench, statuses: list[str | None], version: int, failed: int
) -> None:
    def update(names: Sequence[str]) -> many.Outcomes:
        for name in names:
            alias = {"FunctionVersion": str(version)}
            bench.endpoint.functions.function(name).aliases[ALIAS] = alias
        return [Outcome(0.0, Answer(0.0, {"Status": each})) if each else None for each in statuses]

    assert many.run(bench, 2, update).failed == failed


def test_no_more_than_fifteen_requests_a_second_pass_over_all_operations() -> None:
    now = 0.0
    bucket = buckets(lambda: now)[""]
    passed = 0
    for tick in range(10_000):
        now = tick / 1000
        passed += bucket.take()
    assert passed == 15 + 149, "a full bucket, and fifteen a second for ten seconds"


def test_a_request_beyond_the_rate_is_refused_as_aws_refuses_it(
    endpoint: Endpoint, client: Any
) -> None:
    endpoint.functions.function("orders").published = 1
    endpoint.pace = Pace(buckets=buckets(lambda: 0.0))
    for _ in range(15):
        client.list_aliases(FunctionName="orders")
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        client.publish_version(FunctionName="orders")
    assert client.get_function(FunctionName="orders"), "it has a rate of its own"


def test_throttled_calls_are_not_counted(endpoint: Endpoint, client: Any) -> None:
    before = len(endpoint.calls)
    endpoint.pace = Pace(buckets=buckets(lambda: 0.0))
    for _ in range(20):
        with pytest.raises(ClientError):
            client.get_alias(FunctionName="orders", Name="none")
    assert endpoint.counts(before) == {"GetAlias": 15}


def test_a_call_takes_at_least_its_time(endpoint: Endpoint, client: Any) -> None:
    client.list_aliases(FunctionName="orders")
    endpoint.pace = Pace(call=0.05)
    began = time.monotonic()
    client.list_aliases(FunctionName="orders")
    assert time.monotonic() - began >= 0.05


def test_versions_are_listed_by_fifty(endpoint: Endpoint, client: Any) -> None:
    function = endpoint.functions.function("orders-long")
    function.published, function.deleted = 120, {7, 120}
    pages = [
        *client.get_paginator("list_versions_by_function").paginate(FunctionName="orders-long")
    ]
    assert max(len(each["Versions"]) for each in pages) == PAGE
    found = [each["Version"] for page in pages for each in page["Versions"]]
    kept = [str(number) for number in range(1, 120) if number != 7]
    assert found == ["$LATEST", *kept]


def test_a_version_that_an_alias_serves_is_not_deleted(endpoint: Endpoint, client: Any) -> None:
    endpoint.functions.function("orders-kept").published = 2
    client.create_alias(FunctionName="orders-kept", Name="prod", FunctionVersion="2")
    client.delete_function(FunctionName="orders-kept", Qualifier="1")
    with pytest.raises(ClientError, match="ResourceConflictException"):
        client.delete_function(FunctionName="orders-kept", Qualifier="2")
    assert endpoint.functions.function("orders-kept").deleted == {1}


@pytest.mark.parametrize(("value", "passed"), [(1.0, True), (1.1, True), (1.2, False)])
def test_a_target_is_reached_or_missed_by_the_ratio(value: float, *, passed: bool) -> None:
    figure = Figure("row", "what", value, Unit.SECONDS, (Reference("the floor", 1.0),))
    assert at_most_ratio(figure, 1.1).passed is passed


def test_one_missed_target_of_two_is_a_miss() -> None:
    figure = Figure("row", "what", 2.0, Unit.SECONDS, (Reference("the floor", 1.0),))
    assert at_most(at_most_ratio(figure, 1.1), 3.0, "3 s").passed is False


@pytest.mark.parametrize("part", [["calls"], ["--quick"]])
def test_a_part_of_a_run_does_not_replace_the_table(
    part: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([*part, "--write"])
    assert "--write keeps a whole run: leave out the rows and --quick" in capsys.readouterr().err


def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="failed:\nout of space"):
        written(sys.executable, "-c", "import sys; sys.exit('out of space')")


def test_what_was_not_measured_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", "utf-8")
    monkeypatch.setattr(report, "README", readme)
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results.json")
    report.write([Figure("row", "what", None, Unit.SECONDS)])
    text = readme.read_text("utf-8")
    assert "| row | what | not measured |" in text
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
