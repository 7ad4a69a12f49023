"""The API around the operations: configuration, names, Regions, requests that make no sense."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError

import pytest
from botocore.exceptions import ClientError

from tests.engine.functions_world import Stage, World, package, serve


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with serve() as made:
        yield made


@pytest.fixture
def stage(world: World) -> Stage:
    made = world.stage()
    made.function()
    return made


def refused(stage: Stage, operation: str, **given: Any) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as refusal:
        getattr(stage.client, operation)(**given)
    answer = refusal.value.response
    error = answer["Error"]
    return error["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], error["Message"]


def test_a_function_has_awss_defaults(stage: Stage) -> None:
    found = stage.client.get_function(FunctionName=stage.name)
    configuration = found["Configuration"]
    assert {
        key: configuration[key]
        for key in (
            "FunctionArn", "Version", "Timeout", "MemorySize", "Description", "Architectures",
            "PackageType", "EphemeralStorage", "TracingConfig", "SnapStart",
        )
    } == {
        "FunctionArn": stage.arn,
        "Version": "$LATEST",
        "Timeout": 3,
        "MemorySize": 128,
        "Description": "",
        "Architectures": ["x86_64"],
        "PackageType": "Zip",
        "EphemeralStorage": {"Size": 512},
        "TracingConfig": {"Mode": "PassThrough"},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
    }  # fmt: skip
    assert found["Code"]["Location"].startswith("http://127.0.0.1")


@pytest.mark.parametrize(
    "setting",
    [
        {"KMSKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/orders"},
        {"TracingConfig": {"Mode": "Active"}},
        {"EphemeralStorage": {"Size": 1024}},
        {"SnapStart": {"ApplyOn": "PublishedVersions"}},
        {"DeadLetterConfig": {"TargetArn": "arn:aws:sqs:eu-west-1:123456789012:dead"}},
        {"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}},
    ],
    ids=lambda setting: next(iter(setting)),
)
def test_an_update_of_the_configuration_is_kept(stage: Stage, setting: dict[str, Any]) -> None:
    stage.client.update_function_configuration(FunctionName=stage.name, **setting)
    stage.client.update_function_configuration(FunctionName=stage.name, Timeout=9)
    ((key, value),) = setting.items()
    found = stage.latest()[key]
    assert (found | value if isinstance(value, dict) else value) == found


def test_code_comes_from_s3_too(stage: Stage, world: World) -> None:
    world.objects["code", "orders.zip"] = package("from_s3 = True")
    before = stage.latest()["CodeSha256"]
    stage.client.update_function_code(FunctionName=stage.name, S3Bucket="code", S3Key="orders.zip")
    assert stage.latest()["CodeSha256"] != before
    _, _, message = refused(
        stage, "update_function_code", FunctionName=stage.name, S3Bucket="code", S3Key="absent"
    )
    assert message == (
        "Error occurred while GetObject. S3 Error Code: NoSuchKey. "
        "S3 Error Message: The specified key does not exist."
    )


def test_each_region_has_functions_of_its_own(stage: Stage, world: World) -> None:
    elsewhere = world.stage("us-east-1")
    elsewhere.name = stage.name
    assert refused(elsewhere, "get_function", FunctionName=stage.name)[:2] == (
        "ResourceNotFoundException", 404,
    )  # fmt: skip
    assert refused(elsewhere, "get_function", FunctionName=stage.arn)[2] == (
        "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')"
    )


def test_functions_of_another_account_are_refused(stage: Stage) -> None:
    other = stage.arn.replace("123456789012", "999999999999")
    assert refused(stage, "get_function", FunctionName=other)[:2] == ("AccessDeniedException", 403)


@pytest.mark.parametrize(
    ("operation", "given", "what"),
    [
        ("list_code_signing_configs", {}, "lambda:ListCodeSigningConfigs"),
        ("update_function_code", {"ImageUri": "orders:1"}, "ImageUri"),
        ("publish_version", {"PublishTo": "LATEST_PUBLISHED"}, "PublishTo"),
    ],
)
def test_what_the_engine_does_not_do_is_said_so(
    stage: Stage, operation: str, given: dict[str, Any], what: str
) -> None:
    function = {"FunctionName": stage.name} if given else {}
    assert refused(stage, operation, **function, **given) == (
        "NotImplementedException", 501, f"not emulated: {what}",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Code": {}}, "Please provide a source for function code."),
        ({"FunctionName": "x" * 65}, "Member must have length less than or equal to 64"),
        ({"Timeout": 0}, "Member must have value greater than or equal to 1"),
        ({"Role": None}, "Value null at 'role' failed to satisfy constraint: Member must not be"),
        ({"Timeout": 0, "MemorySize": 1}, "2 validation errors detected: "),
    ],
    ids=["no code", "long name", "no time", "no role", "two problems"],
)
def test_a_function_that_can_not_be_is_refused(
    world: World, changes: dict[str, Any], message: str
) -> None:
    stage = world.stage()
    with pytest.raises(ClientError) as refusal:
        stage.create(**changes)
    assert message in refusal.value.response["Error"]["Message"]
    with pytest.raises(ClientError, match="Function not found"):
        stage.latest()


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/2015-03-31/functions", b"[]", 400, "InvalidRequestContentException"),
        ("/2015-03-31/functions", b'{"FunctionName": "f", "Timeout": "x"}', 400,
         "InvalidRequestContentException"),
        ("/1999-01-01/functions", b"{}", 404, "UnknownOperationException"),
    ],
    ids=["a list", "a word for a number", "an unknown path"],
)  # fmt: skip
def test_a_request_that_is_none_is_refused(
    world: World, path: str, body: bytes, status: int, code: str
) -> None:
    request = urllib.request.Request(f"{world.url}{path}", body, method="POST")
    with pytest.raises(HTTPError) as refusal:
        urllib.request.urlopen(request)
    assert (refusal.value.code, refusal.value.headers["X-Amzn-Errortype"]) == (status, code)
    assert json.loads(refusal.value.read())["Message"]


def test_a_marker_that_nobody_gave_is_refused(stage: Stage) -> None:
    refusal = refused(stage, "list_aliases", FunctionName=stage.name, Marker="?")
    assert refusal[:2] == ("InvalidParameterValueException", 400)
