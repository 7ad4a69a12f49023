"""What a provider does while it moves traffic, with its role enforced, on the whole engine."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.engine import Engine
from local.settings import Settings
from tests.engine.functions_world import package

ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function"
ECHO = "def handler(event, context): return {'version': context.function_version, **event}"
MOVES = """
import json, boto3
def handler(event, context):
    client = boto3.client(event.pop("service"))
    try:
        answer = getattr(client, event.pop("call"))(**event)
        return json.loads(answer["Payload"].read()) if answer.get("Payload") else "done"
    except Exception as error:
        return str(error)
"""
GOES_ON = """
import boto3
def handler(event, context):
    print("invoked", context.invoked_function_arn)
    if event["left"] == 0:
        raise RuntimeError("no more")
    name = context.invoked_function_arn.removesuffix(":live")
    boto3.client("lambda").invoke(
        FunctionName=name + event.get("suffix", ":live"), InvocationType="Event",
        Payload=b'{"left": 0}',
    )
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    with Engine(Settings(linger=0.0, retry_waits=(0.01, 0.01), minute=0.5)) as made:
        yield made


def function(engine: Engine, name: str, source: str, *statements: tuple[str, str]) -> None:
    """Make a function and version 1 of it, with a role of its own."""
    iam, client = engine.client("iam"), engine.client("lambda")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    allowed = [
        {"Effect": "Allow", "Action": action, "Resource": resource}
        for action, resource in statements
    ]
    if allowed:
        policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
        iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=policy)
    client.create_function(
        FunctionName=name, Runtime="python3.13", Handler="index.handler", Role=role, Timeout=10,
        Code={"ZipFile": package(source)}, Publish=True,
    )  # fmt: skip


def call(engine: Engine, name: str, **event: Any) -> Any:
    answer = engine.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event))
    return json.loads(answer["Payload"].read())


def eventually(look: Callable[[], Any]) -> Any:
    """Give the first answer of a look that is not empty."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError("it never came")


CALLS: dict[str, tuple[str, dict[str, Any], str]] = {
    "InvokeFunction": (
        "invoke", {"FunctionName": "{}", "Qualifier": "1", "Payload": '{"a": 1}'}, ":1"
    ),
    "PutProvisionedConcurrencyConfig": (
        "put_provisioned_concurrency_config",
        {"FunctionName": "{}", "Qualifier": "1", "ProvisionedConcurrentExecutions": 1},
        ":1",
    ),
    "DeleteProvisionedConcurrencyConfig": (
        "delete_provisioned_concurrency_config", {"FunctionName": "{}", "Qualifier": "1"}, ":1"
    ),
    "ListAliases": ("list_aliases", {"FunctionName": "{}"}, ""),
    "UpdateAlias": (
        "update_alias",
        {"FunctionName": "{}", "Name": "prod", "FunctionVersion": "1",
         "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}},
        "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("action", CALLS)
@pytest.mark.parametrize("right", [True, False], ids=["the right resource", "the other one"])
def test_each_call_of_a_move_needs_its_action_on_its_resource(
    engine: Engine, action: str, right: bool
) -> None:
    name, (method, given, suffix) = f"of-{action}-{right}", CALLS[action]
    function(engine, name, ECHO)
    client = engine.client("lambda")
    client.update_function_code(FunctionName=name, ZipFile=package(ECHO + "\n"), Publish=True)
    client.create_alias(FunctionName=name, Name="prod", FunctionVersion="1")
    other = "" if suffix else ":prod"
    resource = f"{FUNCTION}:{name}{suffix if right else other}"
    function(engine, f"mover-{name}", MOVES, (f"lambda:{action}", resource))

    found = call(
        engine, f"mover-{name}", service="lambda", call=method,
        **given | {"FunctionName": name},
    )  # fmt: skip

    if right:
        assert found == ({"version": "1", "a": 1} if method == "invoke" else "done")
    else:
        assert f"lambda:{action} on resource: {FUNCTION}:{name}{suffix} because" in found


def test_alarms_are_read_with_the_role_of_the_function(engine: Engine) -> None:
    function(engine, "watching", MOVES, ("cloudwatch:DescribeAlarms", "*"))
    function(engine, "blind", MOVES)
    given = {"AlarmNames": ["a"], "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}

    assert call(engine, "watching", service="cloudwatch", call="describe_alarms", **given) == "done"
    assert "not authorized to perform: cloudwatch:DescribeAlarms" in call(
        engine, "blind", service="cloudwatch", call="describe_alarms", **given
    )


def test_an_event_keeps_its_qualifier_for_the_retries_and_the_destination(engine: Engine) -> None:
    arn = f"{FUNCTION}:going-on:live"
    queue = engine.client("sqs").create_queue(QueueName="lost")["QueueUrl"]
    lost = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:lost"
    function(engine, "going-on", GOES_ON, ("lambda:InvokeFunction", arn), ("sqs:*", lost))
    client = engine.client("lambda")
    client.create_alias(FunctionName="going-on", Name="live", FunctionVersion="1")
    client.put_function_event_invoke_config(
        FunctionName="going-on", Qualifier="live",
        DestinationConfig={"OnFailure": {"Destination": lost}},
    )  # fmt: skip

    client.invoke(FunctionName=arn, InvocationType="Event", Payload=b'{"left": 1}')
    [message] = eventually(
        lambda: engine.client("sqs").receive_message(QueueUrl=queue).get("Messages")
    )

    record = json.loads(message["Body"])
    assert record["requestContext"]["functionArn"] == arn
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["requestPayload"] == {"left": 0}
    assert engine.logs["going-on"].count(f"invoked {arn}\n") == 4


@pytest.mark.parametrize("suffix", ["", ":1", ":other"])
def test_a_function_that_may_invoke_one_qualifier_may_not_invoke_another(
    engine: Engine, suffix: str
) -> None:
    name = f"bound{suffix.replace(':', '-')}"
    function(engine, name, GOES_ON, ("lambda:InvokeFunction", f"{FUNCTION}:{name}:live"))
    engine.client("lambda").create_alias(FunctionName=name, Name="live", FunctionVersion="1")

    found = call(engine, f"{name}:live", left=1, suffix=suffix)

    resource = f"{FUNCTION}:{name}{suffix}"
    assert f"lambda:InvokeFunction on resource: {resource} because" in found["errorMessage"]


@pytest.mark.parametrize(
    ("source", "status", "reason"),
    [(ECHO, "READY", None), ("import absent", "FAILED", "FUNCTION_ERROR_INIT_FAILURE")],
    ids=["an init that succeeds", "an init that fails"],
)
def test_provisioned_concurrency_of_a_version_ends_as_its_init_does(
    engine: Engine, source: str, status: str, reason: str | None
) -> None:
    name, client = f"provisioned-{status}", engine.client("lambda")
    function(engine, name, source)
    put = client.put_provisioned_concurrency_config(
        FunctionName=name, Qualifier="1", ProvisionedConcurrentExecutions=2
    )
    assert put["Status"] == "IN_PROGRESS"

    def ended() -> Any:
        found = client.get_provisioned_concurrency_config(FunctionName=name, Qualifier="1")
        return found if found["Status"] != "IN_PROGRESS" else None

    found = eventually(ended)
    assert (found["Status"], found.get("StatusReason")) == (status, reason)


def test_a_function_is_told_how_long_a_minute_is_when_it_is_not_60_seconds() -> None:
    source = "import os\ndef handler(e, c): return os.environ.get('SECONDS_PER_MINUTE')"
    for settings, expected in ((Settings(minute=0.5), "0.5"), (Settings(), None)):
        with Engine(settings) as engine:
            function(engine, "minute", source)
            assert call(engine, "minute") == expected
