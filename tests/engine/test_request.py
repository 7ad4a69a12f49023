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
        ("lambda", "DELETE", "functions/orders", "Qualifier=7", "DeleteFunction", f"{FUNCTION}:7"),
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_a_call_of_lambda_is_about_the_function_or_the_qualifier(
    service: str, method: str, path: str, query: str, action: str, resource: str
) -> None:
    request = read(environ(service, method, f"/2015-03-31/{path}", query))

    assert request.action == f"{service}:{action}"
    assert request.resource(ACCOUNT) == resource


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
    assert request.resource(ACCOUNT) == resource


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
    assert request.resource(ACCOUNT) == arn
    assert given["wsgi.input"].read() == body, "who answers can still read it"


def test_a_call_of_a_json_protocol_is_known_by_its_target() -> None:
    given = environ("ssm", "POST", "/", "") | {"HTTP_X_AMZ_TARGET": "AmazonSSM.GetParameter"}

    assert read(given).action == "ssm:GetParameter"
    assert read(given).resource(ACCOUNT) is None


def environ(service: str, method: str, path: str, query: str) -> dict[str, Any]:
    scope = f"ASIA1/20261125/eu-west-1/{service}/aws4_request"
    return {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host",
    }
