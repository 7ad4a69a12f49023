"""What stands in a template, as far as it is known before a deploy."""

from pathlib import Path
from typing import Any

import pytest

from console.deployed import Deployed, Resource
from console.known import LATER, Known, attributes
from console.problem import Problem
from console.templates import Wanted, bound, deployed, read_file
from macro.problem import NotUnderstood
from tests.console.world import PROD, SCOPE

FUNCTION = {"Type": "AWS::Lambda::Function", "Properties": {}}
STACK = Deployed(
    "app",
    "arn:aws:cloudformation:eu-west-1:111122223333:stack/app/6c1f",
    "UPDATE_COMPLETE",
    {"Stage": "prod", "Secret": "****", "Level": "INFO"},
    {"Level": "/app/level"},
    resources={
        "Function": Resource("AWS::Lambda::Function", "orders"),
        "Queue": Resource("AWS::SQS::Queue", "https://sqs/orders"),
    },
)
PARAMETERS = {
    "Stage": {"Type": "String", "Default": "dev"},
    "Secret": {"Type": "String", "NoEcho": True, "Default": ""},
    "Level": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/app/level"},
    "Zones": {"Type": "CommaDelimitedList", "Default": "a, b"},
    "Untold": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/app/untold"},
}


def written(value: Any) -> dict[str, Any]:
    properties = {"AliasName": "prod", "FunctionName": "orders", "Triggers": value}
    resources = {
        "Function": FUNCTION,
        "New": FUNCTION,
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Dev": {"Type": "Custom::LambdaAliasPromotion", "Properties": {}},
        "Prod": {"Type": "Custom::LambdaAliasPromotion", "Properties": properties},
    }
    mappings = {"Map": {"prod": {"Size": 2}}}
    conditions = {
        "IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
        "Unsure": {"Fn::Equals": [{"Ref": "Untold"}, "prod"]},
    }
    return {
        "Parameters": PARAMETERS, "Mappings": mappings, "Conditions": conditions,
        "Resources": resources,
    }  # fmt: skip


def resolved(value: Any, stack: Deployed = STACK, **given: str) -> tuple[Any, list[str]]:
    """Give what a property amounts to, and what of it is not known."""
    template = bound(written(value), given, stack, SCOPE).template
    known = Known(template, stack, {"shared": "exported"}, SCOPE)
    found = known.properties("Prod")
    return found.properties["Triggers"], list(found.unknown.get("Triggers", []))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Stage"}, "prod"),
        ({"Ref": "Secret"}, "****"),
        ({"Ref": "Level"}, "INFO"),
        ({"Ref": "Zones"}, ["a", "b"]),
        ({"Ref": "Function"}, "orders"),
        ({"Ref": "Queue"}, "https://sqs/orders"),
        ({"Ref": "AWS::StackName"}, "app"),
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Fn::GetAtt": ["Function", "Arn"]}, PROD.function_arn),
        ({"Fn::Sub": "${Function}-${Stage}-${AWS::AccountId}"}, "orders-prod-111122223333"),
        ({"Fn::Join": ["/", ["a", {"Ref": "Function"}]]}, "a/orders"),
        ({"Fn::Select": [1, {"Fn::Split": ["//", {"Ref": "Queue"}]}]}, "sqs/orders"),
        ({"Fn::ImportValue": "shared"}, "exported"),
        ({"Fn::If": ["IsProd", 1, 2]}, "1"),
        ({"Fn::FindInMap": ["Map", {"Ref": "Stage"}, "Size"]}, "2"),
        ({"Deep": [True, {"Ref": "Stage"}]}, {"Deep": ["true", "prod"]}),
    ],
)  # fmt: skip
def test_what_is_known_has_its_value(value: Any, expected: Any) -> None:
    assert resolved(value) == (expected, [])


def test_a_name_that_stands_nowhere_is_an_error() -> None:
    with pytest.raises(NotUnderstood, match="no parameter or resource Nothing"):
        resolved({"Fn::ImportValue": {"Fn::Sub": "sha${Nothing}"}})


@pytest.mark.parametrize(
    ("value", "expected", "unknown"),
    [
        ({"Ref": "Untold"}, "Untold", "Untold"),
        ({"Ref": "New"}, "New", "New"),
        ({"Ref": "Dev"}, "Dev", "Dev"),
        ({"Fn::GetAtt": ["Dev", "Version"]}, LATER, "Dev.Version"),
        ({"Fn::GetAtt": ["Dev", "CodeSha256"]}, "Dev", "Dev.CodeSha256"),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, "Queue", "Queue.Arn"),
        (
            {"Fn::GetAtt": ["New", "Arn"]},
            "arn:aws:lambda:eu-west-1:111122223333:function:New",
            "New.Arn",
        ),
        ({"Fn::Sub": "${New}-${Stage}"}, "New-prod", "New"),
        ({"Fn::ImportValue": "other"}, "unknown", "export other"),
        ({"Fn::If": ["Unsure", 1, 2]}, "unknown", "Fn::If"),
        ({"Fn::FindInMap": ["Map", {"Ref": "Untold"}, "Size"]}, "unknown", "Fn::FindInMap"),
        ({"Fn::Base64": "x"}, "unknown", "Fn::Base64"),
        ("{{resolve:ssm:/app/build}}", "{{resolve:ssm:/app/build}}", "{{resolve:ssm:/app/build}}"),
    ],
)
def test_what_is_not_known_has_a_stand_in_and_is_told(
    value: Any, expected: str, unknown: str
) -> None:
    assert resolved(value) == (expected, [unknown])


def test_parameters_that_are_given_come_before_those_of_the_stack() -> None:
    assert resolved({"Ref": "Stage"}, Stage="test") == ("test", [])
    assert resolved({"Ref": "Stage"}, Deployed("new")) == ("dev", [])


@pytest.mark.parametrize(("stack", "given"), [(STACK, "/other"), (Deployed("new"), "/app/level")])
def test_what_an_ssm_parameter_holds_is_not_known_before_it_is_read(
    stack: Deployed, given: str
) -> None:
    assert resolved({"Ref": "Level"}, stack, Level=given) == ("Level", ["Level"])
    assert resolved({"Ref": "Level"}, STACK, Level="/app/level") == ("INFO", [])


def test_a_parameter_that_is_not_declared_is_refused() -> None:
    with pytest.raises(Problem, match="the template has no parameter Other"):
        resolved("x", Other="1")


def test_a_parameter_without_a_value_is_refused() -> None:
    template = {"Parameters": {"Stage": {"Type": "String"}}, "Resources": {}}

    assert bound(template, {"Stage": "prod"}, Deployed("new"), SCOPE).woken
    assert bound(template, {}, STACK, SCOPE).woken
    with pytest.raises(Problem, match="Stage has no value: say --parameter Stage=VALUE"):
        bound(template, {}, Deployed("new"), SCOPE)


def test_the_template_of_a_stack_is_read_as_it_was_processed() -> None:
    template = {**written({"Ref": "Level"}), "Transform": "LambdaAliasPromotion"}
    stack = Deployed("app", STACK.stack_id, "", STACK.parameters, {}, template)

    found = deployed(stack, SCOPE)

    assert found.woken
    assert found.template.properties("Prod")["Triggers"] == "INFO"


def promoting(kind: str, transform: Any) -> Wanted:
    properties = {"FunctionName": {"Ref": "Function"}, "AliasName": "prod"}
    resources = {
        "Function": {"Type": kind, "Properties": {"MemorySize": 128}},
        "Prod": {"Type": "Custom::LambdaAliasPromotion", "Properties": properties},
    }
    return bound({"Resources": resources, "Transform": transform}, {}, Deployed("new"), SCOPE)


@pytest.mark.parametrize("macro", ["LambdaAliasPromotion", "123456789012::LambdaAliasPromotion"])
def test_the_macro_s_fingerprint_is_known_where_the_template_needs_nothing_else(macro: str) -> None:
    found = promoting("AWS::Lambda::Function", macro)

    assert found.woken
    assert "Fingerprint" in found.template.properties("Prod")["Triggers"]


def test_what_sam_makes_of_a_function_is_not_known_and_so_no_fingerprint() -> None:
    transforms = ["AWS::Serverless-2016-10-31", "LambdaAliasPromotion"]
    found = promoting("AWS::Serverless::Function", transforms)

    assert not found.woken
    assert "Triggers" not in found.template.properties("Prod")


@pytest.mark.parametrize(
    ("version", "more"),
    [("7", {"Version": "7", "VersionArn": f"{PROD.function_arn}:7"}), (None, {})],
)
def test_a_promotion_has_attributes_that_never_change(
    version: str | None, more: dict[str, str]
) -> None:
    assert attributes(PROD, version) == {
        "Ref": PROD.arn,
        "AliasArn": PROD.arn,
        "FunctionArn": PROD.function_arn,
        "FunctionName": "orders",
        "InvocationUri": PROD.invocation_uri,
        **more,
    }


def test_a_template_may_be_yaml_with_short_forms_or_json(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("Resources: {A: !GetAtt B.C}")
    (tmp_path / "a.json").write_text('{"Resources": {}}')

    assert read_file(tmp_path / "a.yaml") == {"Resources": {"A": {"Fn::GetAtt": ["B", "C"]}}}
    assert read_file(tmp_path / "a.json") == {"Resources": {}}


@pytest.mark.parametrize(
    ("text", "says"),
    [("- a", "neither a template nor a request"), ("a: [", "neither JSON nor YAML")],
)
def test_a_file_that_is_neither_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "a.yaml").write_text(text)

    with pytest.raises(Problem, match=says):
        read_file(tmp_path / "a.yaml")
    with pytest.raises(Problem, match="No such file"):
        read_file(tmp_path / "none.yaml")
