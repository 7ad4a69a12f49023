"""Functions run as processes under AWS's runtime client, and are retried as on AWS."""

import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from local.execution import Invocations, Pool
from local.ports import AsyncConfig, Functions, Target
from local.settings import Settings

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:orders"


def package(code: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        # Without the time of day: the same code is the same package.
        archive.writestr(zipfile.ZipInfo("index.py"), code)
    return packed.getvalue()


def target(code: str, **changes: Any) -> Target:
    made = Target(
        invoked_arn=f"{ARN}:prod",
        function_name="orders",
        version="7",
        region="eu-west-1",
        handler="index.handler",
        code=package(code),
        code_sha256="",
        environment={"STAGE": "production"},
        timeout=5,
        memory_size=256,
        role="arn:aws:iam::123456789012:role/orders",
        log_group="/aws/lambda/orders",
    )
    return replace(made, **changes)


@pytest.fixture
def written() -> list[str]:
    return []


@pytest.fixture
def pool(tmp_path: Path, written: list[str]) -> Iterator[Pool]:
    made = Pool(tmp_path, lambda role: {"ROLE": role}, lambda _name, line: written.append(line))
    yield made
    made.shut_down()


def test_a_function_sees_the_environment_that_lambda_gives(pool: Pool) -> None:
    code = """
import os
def handler(event, context):
    names = "STAGE ROLE AWS_REGION AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_VERSION"
    return {
        "event": event,
        "environment": [os.environ[name] for name in names.split()],
        "arn": context.invoked_function_arn,
        "memory": context.memory_limit_in_mb,
        "has time": 0 < context.get_remaining_time_in_millis() <= 5000,
    }
"""
    outcome = pool.run(target(code), b'{"order": "\xc3\xa9"}')

    assert outcome.function_error is None
    assert json.loads(outcome.payload) == {
        "event": {"order": "é"},
        "environment": [
            "production", "arn:aws:iam::123456789012:role/orders", "eu-west-1", "orders", "7"
        ],
        "arn": f"{ARN}:prod",
        "memory": "256",
        "has time": True,
    }  # fmt: skip


def test_a_warm_process_is_used_again_and_only_for_the_same_version(pool: Pool) -> None:
    code = "import os\ndef handler(event, context): return os.getpid()\n"
    first = pool.run(target(code), b"{}").payload
    other_alias = pool.run(target(code, invoked_arn=f"{ARN}:dev"), b"{}").payload
    other_version = pool.run(target(code, version="8"), b"{}").payload

    assert first == other_alias
    assert first != other_version


INITIALISED = """
import os, pathlib
pathlib.Path({path!r}).open("a").write("init ")
def handler(event, context): return os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]
"""


def test_provisioned_concurrency_is_initialised_before_the_first_invocation(
    pool: Pool, tmp_path: Path
) -> None:
    inits = tmp_path / "inits"
    provisioned = target(INITIALISED.format(path=str(inits)), provisioned=True)

    assert pool.provision(provisioned)
    assert inits.read_text().split() == ["init"]
    assert pool.run(provisioned, b"{}").payload == b'"provisioned-concurrency"'
    assert inits.read_text().split() == ["init"], "it was found initialised"
    assert pool.run(replace(provisioned, provisioned=False), b"{}").payload == b'"on-demand"'


def test_what_is_provisioned_outlives_other_versions_that_are_warm(
    pool: Pool, tmp_path: Path
) -> None:
    inits = tmp_path / "inits"
    provisioned = target(INITIALISED.format(path=str(inits)), provisioned=True)
    pool.provision(provisioned)
    for number in range(6):
        pool.run(target("def handler(e, c): pass", version=str(number)), b"{}")
    pool.run(provisioned, b"{}")

    assert inits.read_text().split() == ["init"]


@pytest.mark.parametrize(
    "code", ["import absent", "import os; os._exit(1)", "def other(e, c): pass"],
    ids=["no import", "exits", "no handler"],
)  # fmt: skip
def test_provisioned_concurrency_fails_with_its_init(pool: Pool, code: str) -> None:
    assert not pool.provision(target(code, provisioned=True))


def test_two_invocations_at_once_run_in_two_processes(pool: Pool) -> None:
    code = "import os, time\ndef handler(event, context): time.sleep(0.3); return os.getpid()\n"
    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: found.append(pool.run(target(code), b"{}").payload))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(found)) == 2


def test_a_crash_is_of_one_function_and_of_what_runs_at_that_moment(
    pool: Pool, written: list[str]
) -> None:
    slow = target("def handler(e, c):\n    print('begun')\n    __import__('time').sleep(60)")
    other = replace(slow, function_name="payments")
    pool.run(target("def handler(e, c): return 1"), b"{}")
    assert pool.crash("orders") == 0

    with ThreadPoolExecutor() as threads:
        crashed, goes_on = (threads.submit(pool.run, each, b"{}") for each in (slow, other))
        while written.count("begun\n") < 2:
            time.sleep(0.01)
        assert pool.crash("orders") == 1
        assert b"Runtime exited with error: signal: 9" in crashed.result().payload
        assert not goes_on.done()
        pool.crash("payments")


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        pytest.param("def handler(e, c): raise ValueError('no')", "ValueError", "no", id="raises"),
        pytest.param("raise ValueError('at import')", "ValueError", "at import", id="no import"),
        pytest.param(
            "import os\ndef handler(e, c): os._exit(3)",
            "Runtime.ExitError",
            "Runtime exited with error: exit status 3",
            id="exits",
        ),
        pytest.param(
            "import os\ndef handler(e, c): os.kill(os.getpid(), 9)",
            "Runtime.ExitError",
            "Runtime exited with error: signal: 9",
            id="killed",
        ),
        pytest.param(
            "import time\ndef handler(e, c): time.sleep(60)",
            "Sandbox.Timedout",
            "Task timed out after 1.00 seconds",
            id="too slow",
        ),
    ],
)
def test_a_failure_is_told_as_lambda_tells_it(
    pool: Pool, code: str, kind: str, message: str
) -> None:
    outcome = pool.run(target(code, timeout=1), b"{}")

    assert outcome.function_error == "Unhandled"
    told = json.loads(outcome.payload)
    assert told["errorType"] == kind
    assert message in told["errorMessage"]


def test_a_crash_does_not_break_the_next_invocation(pool: Pool) -> None:
    code = "import os\ndef handler(e, c): return 'fine' if e['fine'] else os._exit(1)"
    assert pool.run(target(code), b'{"fine": false}').function_error
    assert pool.run(target(code), b'{"fine": true}').payload == b'"fine"'


def test_what_a_function_prints_is_its_log(pool: Pool, written: list[str]) -> None:
    pool.run(target("def handler(e, c): print('an order came')"), b"{}")
    pool.shut_down()

    assert "an order came\n" in written


def test_bytes_that_are_no_text_are_shown_and_the_function_goes_on(
    pool: Pool, written: list[str]
) -> None:
    code = "import os\ndef handler(e, c): os.write(1, b'\\xff\\n'); return 'fine'"
    outcomes = [pool.run(target(code), b"{}") for _ in range(2)]
    pool.shut_down()

    assert [outcome.payload for outcome in outcomes] == [b'"fine"'] * 2
    assert written == ["\ufffd\n"] * 2


def test_a_layer_can_be_imported(pool: Pool) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("python/prices.py", "VAT = 19")
    code = "import prices\ndef handler(e, c): return prices.VAT"

    assert pool.run(target(code, layers=(packed.getvalue(),)), b"{}").payload == b"19"


class OneFunction:
    """What `FunctionsService` is to `Invocations`, for one function."""

    def __init__(self, code: str, config: AsyncConfig) -> None:
        self._target = target(code, timeout=1)
        self._config = config

    def target(self, _region: str, function_name: str, _qualifier: str | None) -> Target:
        if function_name != "orders":
            raise KeyError(function_name)
        return self._target

    def async_config(self, _region: str, _name: str, _qualifier: str | None) -> AsyncConfig:
        return self._config


def attempts_until(path: Path, succeeds_at: int, failure: str = "raise RuntimeError()") -> str:
    """Give code that notes each attempt, and fails in this way before the given one."""
    return f"""
import os, pathlib, time
def handler(event, context):
    tries = pathlib.Path({str(path)!r})
    tries.write_text((tries.read_text() if tries.exists() else "") + event["id"] + " ")
    if len(tries.read_text().split()) < {succeeds_at}:
        {failure}
"""


def run_in_the_background(
    pool: Pool, code: str, retries: int = 2, *, aging: float = 1.0, throttled: bool = False
) -> tuple[str, dict[str, Any]]:
    """Queue one event, and give the destination and the record of its end."""
    records: list[tuple[str, dict[str, Any]]] = []
    reported = threading.Event()

    def send(destination: str, record: bytes, role: str) -> None:
        assert role == target("").role
        records.append((destination, json.loads(record)))
        reported.set()

    invocations = Invocations(Settings(retry_waits=(0.01, 0.01), aging=aging), pool, send)
    config = AsyncConfig(retries, 3600, "failed", "succeeded", throttled=throttled)
    invocations.serve(OneFunction(code, config))
    invocations.enqueue("eu-west-1", "orders", "prod", b'{"id": "A"}')
    assert reported.wait(20)
    invocations.shut_down()
    [found] = records
    return found


@pytest.mark.parametrize(
    ("retries", "succeeds_at", "attempts", "condition"),
    [
        pytest.param(2, 1, 1, "Success", id="at once"),
        pytest.param(2, 3, 3, "Success", id="at the last try"),
        pytest.param(2, 9, 3, "RetriesExhausted", id="never"),
        pytest.param(0, 9, 1, "RetriesExhausted", id="no retries"),
    ],
)
def test_an_event_is_retried_with_the_same_payload_and_then_reported(
    pool: Pool, tmp_path: Path, retries: int, succeeds_at: int, attempts: int, condition: str
) -> None:
    tries = tmp_path / "tries"

    destination, record = run_in_the_background(pool, attempts_until(tries, succeeds_at), retries)

    assert tries.read_text().split() == ["A"] * attempts
    assert destination == ("succeeded" if condition == "Success" else "failed")
    assert record["requestContext"]["condition"] == condition
    assert record["requestContext"]["approximateInvokeCount"] == attempts
    assert record["requestPayload"] == {"id": "A"}


@pytest.mark.parametrize(
    ("failure", "kind"),
    [("time.sleep(60)", "Sandbox.Timedout"), ("os._exit(1)", "Runtime.ExitError")],
    ids=["time-out", "crash"],
)
def test_a_time_out_and_a_crash_are_retried_like_an_error(
    pool: Pool, tmp_path: Path, failure: str, kind: str
) -> None:
    tries = tmp_path / "tries"

    _, record = run_in_the_background(pool, attempts_until(tries, 9, failure))

    assert tries.read_text().split() == ["A"] * 3
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["responsePayload"]["errorType"] == kind


def test_an_event_that_is_too_old_is_not_tried_again(pool: Pool, tmp_path: Path) -> None:
    tries = tmp_path / "tries"

    destination, record = run_in_the_background(pool, attempts_until(tries, 9), aging=1e9)

    assert tries.read_text().split() == ["A"]
    assert destination == "failed"
    assert record["requestContext"]["condition"] == "EventAgeExceeded"


def test_an_event_of_a_function_without_concurrency_goes_to_the_destination_unrun(
    pool: Pool, tmp_path: Path
) -> None:
    tries = tmp_path / "tries"

    destination, record = run_in_the_background(pool, attempts_until(tries, 1), throttled=True)

    assert not tries.exists()
    assert destination == "failed"
    assert record["requestPayload"] == {"id": "A"}
    assert "responsePayload" not in record


def test_an_event_for_a_function_that_is_gone_is_dropped(pool: Pool) -> None:
    records: list[str] = []
    invocations = Invocations(Settings(), pool, lambda destination, *_: records.append(destination))
    invocations.serve(OneFunction("", AsyncConfig(on_failure="failed")))

    invocations.enqueue("eu-west-1", "gone", None, b"{}")
    invocations.shut_down()

    assert records == []


class Broken:
    """A Lambda that fails for every event."""

    def target(self, *_: object) -> Target:
        raise ValueError("a defect")

    def async_config(self, *_: object) -> AsyncConfig:
        raise AssertionError


@pytest.mark.parametrize(
    ("functions", "told"),
    [
        pytest.param(OneFunction("", AsyncConfig()), [], id="the engine stops"),
        pytest.param(Broken(), ["an asynchronous invocation was lost"], id="the engine is wrong"),
    ],
)
def test_an_event_that_is_lost_is_told_unless_the_engine_stops(
    pool: Pool, caplog: pytest.LogCaptureFixture, functions: Functions, told: list[str]
) -> None:
    pool.shut_down()
    invocations = Invocations(Settings(), pool, lambda *_: None)
    invocations.serve(functions)

    invocations.enqueue("eu-west-1", "orders", None, b"{}")
    invocations.shut_down()

    assert caplog.messages == told
