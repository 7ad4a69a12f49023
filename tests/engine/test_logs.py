"""What functions write is found in CloudWatch Logs, by the commands of the documents."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.engine import Engine
from local.logs import Logs
from tests.engine.functions_world import package
from tests.engine.log_commands import COMMANDS, lines_of, phrase_of
from tests.engine.test_execution import target
from tests.engine.test_permissions import allow, document

PROVIDER = "lambda-alias-promotion"
PRINTS = "def handler(event, context):\n    for line in event['lines']: print(line, flush=True)\n"


def make(engine: Engine, name: str, *actions: str, code: str = PRINTS, **settings: Any) -> Any:
    """Make a function whose role allows these actions on logs."""
    iam = engine.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    allowed = document(allow([f"logs:{each}" for each in actions] or "s3:*", "*"))
    iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=allowed)
    engine.client("lambda").create_function(
        FunctionName=name, Runtime="python3.13", Handler="index.handler", Role=role,
        Code={"ZipFile": package(code)}, **settings,
    )  # fmt: skip


def write(engine: Engine, name: str, *lines: str) -> None:
    """Let a function write, and wait until the engine has read it."""
    payload = json.dumps({"lines": [*lines, "the end"]})
    before = engine.logs.get(name, "").count("the end\n")
    answer = engine.client("lambda").invoke(FunctionName=name, Payload=payload)
    assert "FunctionError" not in answer
    while engine.logs.get(name, "").count("the end\n") == before:
        time.sleep(0.01)


def found(engine: Engine, group: str, **given: Any) -> list[str]:
    answer = engine.client("logs").filter_log_events(logGroupName=group, **given)
    return [each["message"].rstrip("\n") for each in answer["events"]]


def groups(engine: Engine) -> list[str]:
    return [
        each["logGroupName"] for each in engine.client("logs").describe_log_groups()["logGroups"]
    ]


EVERYTHING = ("CreateLogGroup", "CreateLogStream", "PutLogEvents")


def test_the_commands_of_the_documents_find_the_lines_that_they_are_about(engine: Engine) -> None:
    make(engine, PROVIDER, *EVERYTHING)
    phrases = {command: phrase_of(command) for command in COMMANDS}
    # As the provider writes: one document of JSON a line.
    lines = {each: json.dumps({"message": "planned", "about": each}) for each in phrases.values()}
    write(engine, PROVIDER, *lines.values())

    assert phrases
    for command, phrase in phrases.items():
        assert lines_of(engine, command) == [
            f"{line}\n" for line in lines.values() if phrase in line
        ], command


def test_a_function_writes_into_its_group_and_a_stream_that_its_context_names(
    engine: Engine,
) -> None:
    code = (
        "def handler(event, context):\n    print(context.log_stream_name)\n    print('the end')\n"
    )
    make(engine, "orders", *EVERYTHING, code=code)
    began = int(time.time() * 1000)

    write(engine, "orders")

    logs = engine.client("logs")
    [name, _] = found(engine, "/aws/lambda/orders")
    [stream] = logs.describe_log_streams(logGroupName="/aws/lambda/orders")["logStreams"]
    assert stream["logStreamName"] == name
    assert began <= stream["firstEventTimestamp"] <= stream["lastEventTimestamp"]
    assert stream["lastEventTimestamp"] <= int(time.time() * 1000)
    assert found(engine, "/aws/lambda/orders", startTime=began + 3_600_000) == []


def test_functions_share_a_group_that_is_there_and_its_settings_stay(engine: Engine) -> None:
    logs = engine.client("logs")
    logs.create_log_group(logGroupName="/all/orders")
    logs.put_retention_policy(logGroupName="/all/orders", retentionInDays=7)
    for name in ("orders", "payments"):
        shared = {"LogGroup": "/all/orders"}
        make(engine, name, "CreateLogStream", "PutLogEvents", LoggingConfig=shared)
        write(engine, name, f"of {name}")

    assert found(engine, "/all/orders") == ["of orders", "the end", "of payments", "the end"]
    [group] = logs.describe_log_groups()["logGroups"]
    assert (group["logGroupName"], group["retentionInDays"]) == ("/all/orders", 7)


@pytest.mark.parametrize(
    ("actions", "made"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param(["CreateLogStream", "PutLogEvents"], [], id="no group"),
        pytest.param(["CreateLogGroup", "PutLogEvents"], ["/aws/lambda/orders"], id="no stream"),
        pytest.param(["CreateLogGroup", "CreateLogStream"], ["/aws/lambda/orders"], id="no event"),
    ],
)
def test_a_function_whose_role_may_not_log_runs_and_its_lines_are_lost(
    engine: Engine, actions: list[str], made: list[str]
) -> None:
    make(engine, "orders", *actions)

    write(engine, "orders", "unheard")

    assert groups(engine) == made
    assert [found(engine, each) for each in made] == [[] for _ in made]
    assert "unheard\n" in engine.logs["orders"]


@pytest.mark.parametrize(
    ("actions", "made"),
    [(EVERYTHING, ["/aws/lambda/orders"]), (EVERYTHING[1:], [])],
    ids=["may make it", "may not"],
)
def test_a_group_that_was_deleted_comes_back_only_by_a_role_that_may_make_it(
    engine: Engine, actions: tuple[str, ...], made: list[str]
) -> None:
    logs = engine.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/orders")
    make(engine, "orders", *actions)
    write(engine, "orders", "before")
    logs.delete_log_group(logGroupName="/aws/lambda/orders")

    write(engine, "orders", "after")

    assert groups(engine) == made
    assert [found(engine, each) for each in made] == [["after", "the end"] for _ in made]


def test_of_a_function_that_begins_twice_at_once_no_line_is_lost(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slowly(_role: str, _action: str) -> bool:
        time.sleep(0.02)
        return True

    monkeypatch.setattr("local.permissions.allows", slowly)
    logs = Logs(engine.settings.account)

    with ThreadPoolExecutor() as threads:
        list(threads.map(lambda line: logs.write(target(""), line), ["a\n", "b\n"]))

    assert sorted(found(engine, "/aws/lambda/orders")) == ["a", "b"]


def test_a_line_that_can_t_be_logged_does_not_end_who_writes(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = target("", role="no ARN")

    Logs(engine.settings.account).write(nobody, "unheard\n")

    assert "a line did not reach CloudWatch Logs" in caplog.text
    assert groups(engine) == []
