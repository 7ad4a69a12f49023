"""What an answer gives to Ref and GetAtt."""

import pytest

from tests.functional.conftest import ACCOUNT, PROD, Provider, build

ARN = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:orders"
NAMES = {
    "AliasArn",
    "FunctionArn",
    "FunctionName",
    "Version",
    "VersionArn",
    "PreviousVersion",
    "CodeSha256",
    "InvocationUri",
}


def test_the_attributes_of_a_create(provider: Provider) -> None:
    answer = provider.create()
    assert answer == {
        "Status": "SUCCESS",
        "Reason": "",
        "PhysicalResourceId": f"{ARN}:prod",
        "StackId": answer["StackId"],
        "RequestId": "request-1",
        "LogicalResourceId": "Prod",
        "NoEcho": False,
        "Data": {
            "AliasArn": f"{ARN}:prod",
            "FunctionArn": ARN,
            "FunctionName": "orders",
            "Version": "1",
            "VersionArn": f"{ARN}:1",
            "PreviousVersion": "",
            "CodeSha256": "code-1",
            "InvocationUri": (
                "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/"
                f"{ARN}:prod/invocations"
            ),
        },
    }


def test_every_success_answers_every_attribute_as_a_text(released: Provider) -> None:
    answers = [
        released.update(build(2), build(2)),
        released.update(build(2), build(2, Description="Orders")),
        released.update(build(2), build(3)),
        released.roll_back(build(3), build(2)),
        released.roll_back(build(3), build(2)),
        released.update(build(2), build(2, AliasName="beta")),
    ]
    released.aws.functions.clear()
    answers.append(released.roll_back(build(3), build(2)))
    for answer in answers:
        assert answer["Status"] == "SUCCESS"
        assert set(answer["Data"]) == NAMES
        assert [value for value in answer["Data"].values() if not isinstance(value, str)] == []


@pytest.mark.parametrize("function", ["orders", ARN, f"{ACCOUNT}:function:orders"])
def test_a_function_is_the_same_by_name_and_by_arn(provider: Provider, function: str) -> None:
    answer = provider.create(FunctionName=function)
    assert answer["PhysicalResourceId"] == PROD.arn
    assert (answer["Data"]["FunctionName"], answer["Data"]["FunctionArn"]) == ("orders", ARN)


def test_a_failure_answers_no_attributes(provider: Provider) -> None:
    assert provider.create(AliasName="7")["Data"] == {}


def test_the_previous_version_is_what_the_alias_served_before(released: Provider) -> None:
    released.move("1")
    answer = released.update(build(2), build(3))
    assert (answer["Data"]["Version"], answer["Data"]["PreviousVersion"]) == ("3", "1")
