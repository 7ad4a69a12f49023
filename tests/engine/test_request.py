"""A request says which action on which resource it is: what a role's policy is compared with."""

import io
from typing import Any
from urllib.parse import urlencode

import pytest

from local.request import read

ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:orders"
STACK = f"arn:aws:cloudformation:eu-west-1:{ACCOUNT}:stack/orders"


@pytest.mark.parametrize(
    ("service", "method", "path", "query", "action", "resource"),
    [
        ("lambda", "GET", "functions/orders/aliases/prod", "", "GetAlias", FUNCTION),
        ("lambda", "PUT", "functions/orders/aliases/prod", "", "UpdateAlias", FUNCTION),
        ("lambda", "POST", f"functions/{FUNCTION}/versions", "", "PublishVersion", FUNCTION),
        ("lambda", "GET", "functions/orders", "Qualifier=7", "GetFunction", f"{FUNCTION}:7"),
        ("lambda", "GET", "functions/orders", "", "GetFunction", FUNCTION),
        ("lambda", "POST", "functions/orders:prod/invocations", "", "InvokeFunction",
         f"{FUNCTION}:prod"),
        ("lambda", "POST", f"functions/{FUNCTION}/invocations", "Qualifier=live", "InvokeFunction",
         f"{FUNCTION}:live"),
        ("lambda", "POST", "functions/function:orders:live/invocations", "", "InvokeFunction",
         f"{FUNCTION}:live"),
        ("lambda", "POST", "functions/orders/invocations", "Qualifier=7", "InvokeFunction",
         f"{FUNCTION}:7"),
        ("lambda", "DELETE", "functions/orders", "Qualifier=7", "DeleteFunction", f"{FUNCTION}:7"),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_a_call_of_lambda_is_about_the_function_or_the_qualifier(
    service: str, method: str, path: str, query: str, action: str, resource: str
) -> None:
    request = read(environ(service, method, f"/2015-03-31/{path}", query))

    assert request.action == f"{service}:{action}"
    assert request.resources(ACCOUNT) == [resource]


@pytest.mark.parametrize(
    ("method", "action"),
    [
        ("PUT", "PutProvisionedConcurrencyConfig"),
        ("GET", "GetProvisionedConcurrencyConfig"),
        ("DELETE", "DeleteProvisionedConcurrencyConfig"),
    ],
)
def test_provisioned_concurrency_is_about_the_version(method: str, action: str) -> None:
    path = "/2019-09-30/functions/orders/provisioned-concurrency"
    request = read(environ("lambda", method, path, "Qualifier=7"))

    assert request.action == f"lambda:{action}"
    assert request.resources(ACCOUNT) == [f"{FUNCTION}:7"]


@pytest.mark.parametrize(
    ("method", "path", "query", "action", "resource"),
    [
        ("GET", "/bucket/a/b.json", "", "s3:GetObject", "arn:aws:s3:::bucket/a/b.json"),
        ("HEAD", "/bucket/a", "", "s3:GetObject", "arn:aws:s3:::bucket/a"),
        ("PUT", "/bucket/a", "", "s3:PutObject", "arn:aws:s3:::bucket/a"),
        ("GET", "/bucket", "list-type=2", "s3:ListBucket", "arn:aws:s3:::bucket"),
    ],
)
def test_a_call_of_s3_is_about_the_bucket_or_the_object(
    method: str, path: str, query: str, action: str, resource: str
) -> None:
    request = read(environ("s3", method, path, query))

    assert request.action == action
    assert request.resources(ACCOUNT) == [resource]


@pytest.mark.parametrize(("name", "arn"), [("orders", f"{STACK}/*"), (f"{STACK}/1", f"{STACK}/1")])
def test_a_call_of_cloudformation_is_about_the_stack(name: str, arn: str) -> None:
    body = urlencode({"Action": "DescribeStacks", "StackName": name}).encode()
    given = environ("cloudformation", "POST", "/", "") | {
        "CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }

    request = read(given)

    assert request.action == "cloudformation:DescribeStacks"
    assert request.resources(ACCOUNT) == [arn]
    assert given["wsgi.input"].read() == body, "who answers can still read it"


ALARM = f"arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm"
FORM = "application/x-www-form-urlencoded; charset=utf-8"
JSON = {"HTTP_X_AMZ_TARGET": "GraniteServiceVersion20100801.DescribeAlarms"}


@pytest.mark.parametrize(
    ("given", "kind", "body", "resources"),
    [
        (JSON, "application/x-amz-json-1.0", '{"AlarmNames": ["a", "b"]}',
         [f"{ALARM}:a", f"{ALARM}:b"]),
        (JSON, "application/x-amz-json-1.0", '{"AlarmTypes": ["CompositeAlarm"]}', ["*"]),
        (JSON, "application/x-amz-json-1.0", "{}", [f"{ALARM}:*"]),
        (JSON, "application/x-amz-json-1.0", "no JSON", [f"{ALARM}:*"]),
        ({}, FORM, "Action=DescribeAlarms&AlarmNames.member.1=a", [f"{ALARM}:a"]),
        ({}, FORM, "Action=DescribeAlarms&AlarmTypes.member.1=CompositeAlarm", ["*"]),
        ({"PATH_INFO": "/service/GraniteServiceVersion20100801/operation/DescribeAlarms"},
         "application/cbor", "", [f"{ALARM}:*"]),
    ],
    ids=["names", "composite", "all", "no JSON", "query", "query of composite", "CBOR"],
)  # fmt: skip
def test_a_look_at_alarms_is_about_each_by_its_name_in_every_protocol(
    given: dict[str, str], kind: str, body: str, resources: list[str]
) -> None:
    sent = environ("monitoring", "POST", "/", "") | {
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body.encode()),
    }

    request = read(sent | given)

    assert request.action == "cloudwatch:DescribeAlarms"
    assert request.resources(ACCOUNT) == resources


def test_a_call_of_a_json_protocol_is_known_by_its_target() -> None:
    given = environ("ssm", "POST", "/", "") | {"HTTP_X_AMZ_TARGET": "AmazonSSM.GetParameter"}

    assert read(given).action == "ssm:GetParameter"
    assert read(given).resources(ACCOUNT) == []


def environ(service: str, method: str, path: str, query: str) -> dict[str, Any]:
    scope = f"ASIA1/20261125/eu-west-1/{service}/aws4_request"
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host",
    }
