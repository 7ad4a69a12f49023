"""The macro: what wakes a promotion, what does not, and what it waits for."""

import copy
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from macro.app import handler
from macro.fingerprint import FINGERPRINT

ROOT = Path(__file__).parents[2]
Change = Mapping[str, Any]


def promotion(alias: str, function: Any = None, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "Custom::LambdaAliasPromotion",
        "Properties": {
            "ServiceToken": "arn",
            "FunctionName": function or {"Ref": "F"},
            "AliasName": alias,
            **properties,
        },
    }


def function(**properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Code": {"S3Bucket": "b", "S3Key": "1"}, "Role": "r", **properties},
    }


def template(**resources: Any) -> dict[str, Any]:
    return {"Resources": {"F": function(), "Dev": promotion("dev"), **resources}}


def asked(fragment: Any, **parameters: Any) -> dict[str, Any]:
    return {
        "region": "eu-west-1",
        "accountId": "123456789012",
        "fragment": fragment,
        "transformId": "123456789012::LambdaAliasPromotion",
        "params": {},
        "requestId": "r",
        "templateParameterValues": parameters,
    }


def resources(fragment: Any, **parameters: Any) -> dict[str, Any]:
    """Give the resources that the macro makes of a template."""
    answer = handler(asked(fragment, **parameters), None)
    assert answer["status"] == "success", answer["errorMessage"]
    found: dict[str, Any] = answer["fragment"]["Resources"]
    return found


def fingerprint(fragment: Any, of: str = "Dev", **parameters: Any) -> str:
    """Give the fingerprint that the macro puts into a promotion; empty if it puts none."""
    triggers = resources(fragment, **parameters)[of]["Properties"].get("Triggers")
    return str(triggers["Fingerprint"]) if isinstance(triggers, dict) else ""


def cause(fragment: Any, **event: Any) -> str:
    """Give the text with which the macro refuses a template."""
    answer = handler({**asked(fragment), **event}, None)
    assert answer["status"] == "failure"
    return str(answer["errorMessage"])


SAMPLE: dict[str, Any] = {
    "Parameters": {"Stage": {"Type": "String"}, "Size": {"Type": "Number", "Default": 256}},
    "Mappings": {"Levels": {"prod": {"Log": "WARN"}}},
    "Conditions": {"IsProd": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]}},
    "Resources": {
        "F": function(
            Runtime="python3.13",
            MemorySize={"Ref": "Size"},
            Timeout=10,
            Layers=[{"Ref": "L"}],
            Environment={
                "Variables": {
                    "LEVEL": {"Fn::FindInMap": ["Levels", {"Ref": "Stage"}, "Log"]},
                    "TABLE": {"Ref": "Table"},
                    "MODE": {"Fn::If": ["IsProd", "hot", {"Ref": "AWS::NoValue"}]},
                    "NAME": {"Fn::Sub": "${AWS::StackName}-${Stage}"},
                }
            },
            Tags=[{"Key": "lambda:createdBy", "Value": "SAM"}],
        ),
        "L": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {"S3Key": "1"}}},
        "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": "orders"}},
        "Dev": promotion("dev", Triggers="1"),
        "Beta": promotion("beta", SourceQualifier="dev"),
        "Prod": promotion("prod", SourceQualifier={"Fn::GetAtt": ["Beta", "Version"]}),
    },
}


def test_a_fingerprint_stays_what_it_was_in_earlier_releases() -> None:
    """Another literal here is another FINGERPRINT, and a line in the changelog."""
    found = resources(SAMPLE, Stage="prod")

    assert FINGERPRINT == 1
    assert found["Dev"]["Properties"]["Triggers"] == {
        "Given": "1",
        "Fingerprint": "65034d89c77ee98b1b99604532f6cce2",
    }
    assert found["Beta"]["Properties"]["Triggers"] == {
        "Fingerprint": "23a159728ee8850b4cd9ed2c065ce42c"
    }
    assert "Triggers" not in found["Prod"]["Properties"]


PARAMETERS = {
    "P": {"Type": "String", "NoEcho": True},
    "Q": {"Type": "String", "Default": "q"},
    "N": {"Type": "Number", "Default": 1},
    "L": {"Type": "CommaDelimitedList", "Default": "a,b"},
    "Untold": {"Type": "String"},
}
CONDITIONS = {
    "IsX": {"Fn::Equals": [{"Ref": "P"}, "x"]},
    "IsNotX": {"Fn::Not": [{"Condition": "IsX"}]},
    "Both": {"Fn::And": [{"Condition": "IsX"}, {"Fn::Equals": [{"Ref": "Q"}, "q"]}]},
    "Either": {"Fn::Or": [{"Condition": "IsX"}, {"Fn::Equals": [{"Ref": "Q"}, "z"]}]},
    "InEurope": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]},
    "Here": {"Fn::Equals": [{"Ref": "AWS::StackName"}, {"Ref": "P"}]},
    "NotHere": {"Fn::Not": [{"Condition": "Here"}]},
    "HereAndX": {"Fn::And": [{"Condition": "Here"}, {"Condition": "IsX"}]},
    "SameName": {"Fn::Equals": [{"Ref": "AWS::StackName"}, {"Ref": "AWS::StackName"}]},
}
MAPPINGS = {"M": {"x": {"k": "1"}, "y": {"k": "2"}}}


def using(value: Any, **more: Any) -> dict[str, Any]:
    """Declare a function with a value in its environment."""
    one = function(Environment={"Variables": {"V": value}})
    sections = {"Parameters": PARAMETERS, "Conditions": CONDITIONS, "Mappings": MAPPINGS}
    return {**sections, **template(F=one, **more)}


def call(name: str, *arguments: Any) -> dict[str, Any]:
    return {f"Fn::{name}": list(arguments)}


P, Q, L = {"Ref": "P"}, {"Ref": "Q"}, {"Ref": "L"}
NOTHING = {"Ref": "AWS::NoValue"}
EVALUATED = {
    "Ref": (P, "x"),
    "default": (Q, "q"),
    "number": ({"Ref": "N"}, "1"),
    "Sub": ({"Fn::Sub": "a-${P}-${Q}"}, "a-x-q"),
    "Sub with names": (call("Sub", "${A}${!A}", {"A": P}), "x${A}"),
    "Sub with a list of one": (call("Sub", "${P}"), "x"),
    "Join": (call("Join", "-", ["a", P, NOTHING]), "a-x"),
    "Join of a list": (call("Join", "+", L), "a+b"),
    "Join of nothing": (call("Join", "+", []), ""),
    "Select": (call("Select", 1, L), "b"),
    "Split": (call("Select", "0", call("Split", "-", "x-y")), "x"),
    "FindInMap": (call("FindInMap", "M", P, "k"), "1"),
    "FindInMap by default": (call("FindInMap", "M", "z", "k", {"DefaultValue": P}), "x"),
    "If": (call("If", "IsX", "yes", "no"), "yes"),
    "Not": (call("If", "IsNotX", "yes", "no"), "no"),
    "And": (call("If", "Both", "yes", "no"), "yes"),
    "Or": (call("If", "Either", "yes", "no"), "yes"),
    "Region": (call("If", "InEurope", {"Ref": "AWS::Region"}, "no"), "eu-west-1"),
    "account": ({"Ref": "AWS::AccountId"}, "123456789012"),
    "the same on both sides": (call("If", "SameName", "yes", "no"), "yes"),
    "number as text": (10, "10"),
    "boolean as text": (True, "true"),
    "unknown name in one form": (
        {"Fn::Sub": "a${AWS::StackName}b"},
        call("Join", "", ["a", call("Join", "", [{"Ref": "AWS::StackName"}, "b"])]),
    ),
    "attribute in one form": ({"Fn::GetAtt": "Dev.AliasArn"}, call("GetAtt", "Dev", "AliasArn")),
    "attribute with dots": (call("GetAtt", "S", "Outputs", "A"), {"Fn::Sub": "${S.Outputs.A}"}),
    "unknown condition with a known part": (
        call("If", "HereAndX", "a", "b"), call("If", "Here", "a", "b")
    ),
}  # fmt: skip
STACK = {"Type": "AWS::CloudFormation::Stack", "Properties": {}}


@pytest.mark.parametrize(("written", "value"), EVALUATED.values(), ids=EVALUATED)
def test_what_a_value_amounts_to_counts_and_not_how_it_is_written(written: Any, value: Any) -> None:
    one, other = (fingerprint(using(each, S=STACK), P="x") for each in (written, value))

    assert one == other


NOTICED = {
    "Ref": P,
    "Sub": {"Fn::Sub": "a-${P}"},
    "Join with an unknown delimiter": call("Join", {"Ref": "AWS::StackName"}, [P]),
    "Split of unknown text": call("Split", P, {"Ref": "AWS::StackName"}),
    "Select from an unknown list": call("Select", 0, call("Split", P, {"Ref": "AWS::StackName"})),
    "FindInMap": call("FindInMap", "M", P, "k"),
    "If": call("If", "IsX", "1", NOTHING),
    "unknown condition": call("If", "Here", "1", "2"),
    "not an unknown condition": call("If", "NotHere", NOTHING, "2"),
    "unknown and known": call("If", "HereAndX", "1", NOTHING),
    "other function": {"Fn::Base64": P},
    "import": {"Fn::ImportValue": {"Fn::Sub": "${P}-name"}},
    "attribute that is a property": call("GetAtt", "Parameter", "Value"),
    "name of a resource": {"Ref": "Table"},
    "ARN of a resource with a name": {"Fn::Sub": "${Table.Arn}"},
    "name of a resource called Name": {"Ref": "Parameter"},
    "another function's name": {"Ref": "Other"},
    "another promotion's version": call("GetAtt", "OtherDev", "Version"),
}
OTHERS = {
    "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"TableName": {"Fn::Sub": "t-${P}"}}},
    "Parameter": {"Type": "AWS::SSM::Parameter", "Properties": {"Name": P, "Value": P}},
    "Other": function(FunctionName=P),
    "OtherDev": promotion("dev", {"Ref": "Other"}),
}


@pytest.mark.parametrize("value", NOTICED.values(), ids=NOTICED)
def test_a_parameters_value_is_noticed_wherever_it_goes(value: Any) -> None:
    one, same, other = (fingerprint(using(value, **OTHERS), P=text) for text in ("x", "x", "y"))

    assert one == same
    assert one != other


@pytest.mark.parametrize("value", ["x", None])
def test_a_value_that_is_not_told_counts_as_its_name(value: str | None) -> None:
    told = {} if value is None else {"Untold": value}
    text = {"Fn::Sub": "${Untold}"}

    assert fingerprint(using(text), P="x", **told) == fingerprint(
        using(value or {"Ref": "Untold"}), P="x"
    )


def test_the_content_of_a_mapping_counts_where_its_entry_is_not_known() -> None:
    value = call("FindInMap", "M", {"Ref": "AWS::StackName"}, "k")
    unnamed = call("FindInMap", {"Ref": "AWS::StackName"}, "x", "k")
    for one in (value, unnamed, call("If", "Mapped", "1", "2")):
        fragment = using(one)
        fragment["Conditions"] = {"Mapped": call("Equals", value, "1")}
        changed = copy.deepcopy(fragment)
        changed["Mappings"]["M"]["y"]["k"] = "3"

        assert fingerprint(fragment) != fingerprint(changed)


VERSION = {
    "code": {"Code": {"S3Bucket": "b", "S3Key": "2"}},
    "bucket of the code": {"Code": {"S3Bucket": "c", "S3Key": "1"}},
    "version of the code": {"Code": {"S3Bucket": "b", "S3Key": "1", "S3ObjectVersion": "2"}},
    "inline code": {"Code": {"ZipFile": "pass"}},
    "image": {"Code": {"ImageUri": "repository@sha256:1"}},
    "environment": {"Environment": {"Variables": {"A": "1"}}},
    "description": {"Description": "new"},
    "handler": {"Handler": "app.other"},
    "layers": {"Layers": ["arn:1"]},
    "memory": {"MemorySize": 512},
    "role": {"Role": "another"},
    "runtime": {"Runtime": "python3.14"},
    "network": {"VpcConfig": {"SubnetIds": ["s"]}},
    "a property that is not known yet": {"Tomorrow": {"On": True}},
}


@pytest.mark.parametrize("change", VERSION.values(), ids=VERSION)
def test_everything_that_makes_a_version_is_noticed(change: Change) -> None:
    assert fingerprint(template(F=function(**change))) != fingerprint(template())


ELSEWHERE: dict[str, dict[str, Any]] = {
    "tags": {"F": function(Tags=[{"Key": "a", "Value": "b"}])},
    "reserved concurrency": {"F": function(ReservedConcurrentExecutions=5)},
    "code signing": {"F": function(CodeSigningConfigArn="arn")},
    "recursive loop": {"F": function(RecursiveLoop="Allow")},
    "another function": {"G": function(MemorySize=512)},
    "a permission": {"Url": {"Type": "AWS::Lambda::Url", "Properties": {"AuthType": "NONE"}}},
    "a description of the alias": {"Dev": promotion("dev", Description="text")},
    "metadata of the function": {"F": function() | {"Metadata": {"SkipBuild": True}}},
    "a resource that nobody understands": {"X": {"Type": "X", "Properties": {"Fn::Sub": [1]}}},
    "a resource that is none": {"X": "text"},
}


@pytest.mark.parametrize("change", ELSEWHERE.values(), ids=ELSEWHERE)
def test_nothing_else_is_noticed(change: Change) -> None:
    assert fingerprint(template(**change)) == fingerprint(template())


def layered(**layer: Any) -> dict[str, Any]:
    properties = {"Content": {"S3Bucket": "b", "S3Key": "1"}, **layer}
    return template(
        F=function(Layers=[{"Ref": "Layer"}]),
        Layer={"Type": "AWS::Lambda::LayerVersion", "Properties": properties},
    )


def test_a_layer_of_the_template_counts_with_its_content() -> None:
    assert fingerprint(layered()) != fingerprint(layered(Content={"S3Bucket": "b", "S3Key": "2"}))


def test_what_a_referenced_resource_does_besides_is_not_noticed() -> None:
    def role(**properties: Any) -> dict[str, Any]:
        made = {"Type": "AWS::IAM::Role", "Properties": properties}
        return template(F=function(Role=call("GetAtt", "Role", "Arn")), Role=made)

    assert fingerprint(role(Policies=["a"])) == fingerprint(role(Policies=["b"]))


NAMED: dict[str, Any] = {
    "Ref": {"Ref": "F"},
    "GetAtt": call("GetAtt", "F", "Arn"),
    "GetAtt as text": {"Fn::GetAtt": "F.Arn"},
    "Sub": {"Fn::Sub": "${F}"},
    "Sub of the ARN": {"Fn::Sub": "${F.Arn}"},
    "ARN made of the name": {
        "Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${F}"
    },
    "partial ARN": {"Fn::Join": ["", ["123456789012:function:", {"Ref": "F"}]]},
    "literal name": "orders-x",
    "literal ARN": "arn:aws:lambda:eu-west-1:123456789012:function:orders-x",
    "parameter": {"Fn::Sub": "orders-${P}"},
    "condition": call("If", "IsX", {"Ref": "F"}, {"Fn::ImportValue": "x"}),
    "condition that is not known": call("If", "Here", {"Ref": "F"}, {"Fn::ImportValue": "x"}),
    "another promotion": call("GetAtt", "Other", "FunctionName"),
    "another promotion's ARN": {"Fn::Sub": "${Other.FunctionArn}"},
}


def naming(name: Any, key: str = "1") -> dict[str, Any]:
    code = {"S3Bucket": "b", "S3Key": key}
    return {
        "Parameters": PARAMETERS,
        "Conditions": CONDITIONS,
        **template(
            F=function(FunctionName={"Fn::Sub": "orders-${P}"}, Code=code),
            Dev=promotion("dev", name),
            Other=promotion("other"),
        ),
    }


@pytest.mark.parametrize("name", NAMED.values(), ids=NAMED)
def test_a_function_of_the_template_is_found_whatever_it_is_called_by(name: Any) -> None:
    one, other = (fingerprint(naming(name, key), P="x") for key in ("1", "2"))

    assert one
    assert one != other


def test_a_name_that_only_the_stack_knows_is_compared_as_it_is_written() -> None:
    name = {"Fn::Sub": "${AWS::StackName}-orders"}
    arn = {"Fn::Sub": "arn:aws:lambda:eu-west-1:1:function:${AWS::StackName}-orders"}
    fragment = template(F=function(FunctionName=name), Dev=promotion("dev", arn))

    assert fingerprint(fragment)


LEFT_ALONE: dict[str, Any] = {
    "function elsewhere": promotion("dev", {"Fn::ImportValue": "x"}),
    "function of another name": promotion("dev", "another"),
    "attribute of a nested stack": promotion("dev", {"Fn::GetAtt": "Nested.Outputs.F"}),
    "no function": promotion("dev", {"Ref": "Nested"}),
    "attribute of something else": promotion("dev", {"Fn::GetAtt": "Nested.FunctionName"}),
    "pinned version": promotion("dev", SourceQualifier="7"),
    "version of another promotion": promotion("dev", SourceQualifier={"Fn::GetAtt": "O.Version"}),
    "alias that is not in the template": promotion("dev", SourceQualifier="beta"),
    "alias of another function": promotion("dev", {"Ref": "G"}, SourceQualifier="other"),
    "alias, with Triggers": promotion("dev", SourceQualifier="other", Triggers="1"),
    "never there": promotion("dev") | {"Condition": "Never"},
    "another type": {"Type": "Custom::Other", "Properties": {"FunctionName": {"Ref": "F"}}},
}


@pytest.mark.parametrize("left", LEFT_ALONE.values(), ids=LEFT_ALONE)
def test_what_needs_no_waking_is_left_as_it_is(left: Any) -> None:
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {}}
    more = {"Nested": nested, "O": promotion("other"), "G": function()}
    fragment = template(Dev=left | {"DependsOn": ["O"]}, **more)
    fragment["Conditions"] = {"Never": call("Equals", "a", "b")}

    assert resources(fragment)["Dev"] == fragment["Resources"]["Dev"]


def test_a_template_without_promotions_is_left_as_it_is() -> None:
    fragment = {"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": "text"}}}

    assert handler(asked(fragment), None)["fragment"] == fragment


def test_nothing_but_triggers_and_order_is_changed() -> None:
    before = copy.deepcopy(SAMPLE)
    event = asked(SAMPLE, Stage="prod")

    after = handler(event, None)["fragment"]

    assert event["fragment"] == before
    assert after["Resources"]["Dev"]["Properties"].pop("Triggers")["Given"] == "1"
    assert after["Resources"]["Beta"]["Properties"].pop("Triggers")
    assert after["Resources"]["Beta"].pop("DependsOn") == ["Dev"]
    del before["Resources"]["Dev"]["Properties"]["Triggers"]
    assert after == before


@pytest.mark.parametrize(
    ("given", "expected"),
    [("1", {"Given": "1"}), ({"Ref": "P"}, {"Given": {"Ref": "P"}}), (["a"], {"Given": ["a"]})],
)
def test_triggers_of_the_user_are_kept_beside_the_fingerprint(given: Any, expected: Any) -> None:
    fragment = {"Parameters": PARAMETERS, **template(Dev=promotion("dev", Triggers=given))}

    triggers = resources(fragment, P="x")["Dev"]["Properties"]["Triggers"]

    assert triggers == {**expected, "Fingerprint": fingerprint(template())}


def chain(*, key: str = "1", **changes: Any) -> dict[str, Any]:
    return template(
        F=function(Code={"S3Bucket": "b", "S3Key": key}),
        **{
            "Beta": promotion("beta", SourceQualifier="dev"),
            "Prod": promotion("prod", SourceQualifier="beta"),
            **changes,
        },
    )


BETAS = {
    "alias": promotion("beta", SourceQualifier="dev"),
    "version": promotion("beta", SourceQualifier={"Fn::GetAtt": "Dev.Version"}),
    "version, with Triggers": promotion(
        "beta", SourceQualifier={"Fn::GetAtt": "Dev.Version"}, Triggers="1"
    ),
    "either": promotion("beta", SourceQualifier=call("If", "Unknown", "dev", "$LATEST")),
}
UNKNOWN = {"Unknown": call("Equals", {"Ref": "AWS::StackName"}, "orders")}


@pytest.mark.parametrize("beta", BETAS.values(), ids=BETAS)
def test_a_promotion_that_names_an_alias_as_text_follows_all_that_moves_it(beta: Any) -> None:
    one, other = (
        fingerprint({"Conditions": UNKNOWN, **chain(key=key, Beta=beta)}, of="Prod")
        for key in ("1", "2")
    )

    assert one
    assert one != other


def test_behind_a_promotion_with_triggers_of_its_own_only_these_are_noticed() -> None:
    def prod(key: str, triggers: str) -> str:
        beta = promotion("beta", SourceQualifier="dev", Triggers=triggers)
        return fingerprint(chain(key=key, Beta=beta), of="Prod")

    assert prod("1", "1") == prod("2", "1")
    assert prod("1", "1") != prod("1", "2")


def test_a_release_of_several_functions_notices_each() -> None:
    def release(one: str, other: str, functions: Any) -> str:
        made = {"Type": "Custom::LambdaRelease", "Properties": {"Functions": functions}}
        keys = ({"S3Key": key} for key in (one, other))
        both = dict(zip("FG", (function(Code=key) for key in keys), strict=True))
        return fingerprint(template(**both, R=made), of="R")

    listed = [{"Ref": "F"}, {"Fn::GetAtt": "G.Arn"}]
    keys = [("1", "1"), ("2", "1"), ("1", "2")]
    assert len({release(one, other, listed) for one, other in keys}) == 3
    assert release("1", "1", listed) == release("1", "1", listed[::-1])
    assert release("1", "1", {"Fn::ImportValue": "list"}) == ""


def ordered(given: Any, **more: Any) -> Any:
    beta = promotion("beta", SourceQualifier="dev", Triggers="1")
    fragment = template(Beta=beta if given is None else beta | {"DependsOn": given}, **more)
    return resources(fragment)["Beta"].get("DependsOn")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, ["Dev"]),
        ("Dev", "Dev"),
        ("X", ["X", "Dev"]),
        (["X"], ["X", "Dev"]),
        (["Dev", "X"], ["Dev", "X"]),
        ([], ["Dev"]),
    ],
)
def test_a_promotion_waits_for_the_one_whose_alias_it_names(given: Any, expected: Any) -> None:
    assert ordered(given, X={"Type": "X"}) == expected


def test_a_promotion_waits_for_the_function_that_it_names_as_text() -> None:
    named = function(FunctionName="orders")
    found = resources(template(F=named, Dev=promotion("dev", "orders"), B=promotion("b")))

    assert found["Dev"]["DependsOn"] == ["F"]
    assert "DependsOn" not in found["B"]


def test_promotions_of_which_only_one_is_made_are_both_waited_for() -> None:
    both = {name: promotion("dev") | {"Condition": name} for name in ("Here", "NotHere")}
    fragment = {"Conditions": CONDITIONS, "Parameters": PARAMETERS, **template(**both)}
    fragment["Resources"]["Dev"] = promotion("beta", SourceQualifier="dev")

    assert resources(fragment, P="x")["Dev"]["DependsOn"] == ["Here", "NotHere"]


CIRCLES = {
    "each other": {
        "Dev": promotion("dev", SourceQualifier="beta"),
        "Beta": promotion("beta", SourceQualifier="dev"),
    },
    "by DependsOn": {
        "Dev": promotion("dev", SourceQualifier="beta"),
        "Beta": promotion("beta") | {"DependsOn": "X"},
        "X": {"Type": "X", "DependsOn": ["Dev", "X"]},
    },
    "by a reference": {
        "Dev": promotion("dev", SourceQualifier="beta"),
        "Beta": promotion("beta", Triggers={"Fn::Sub": ["${A}${Dev.Version}", {"A": "a"}]}),
    },
    "by the function": {
        "F": function(FunctionName="f", Environment={"Variables": {"A": [{"Ref": "Dev"}]}}),
        "Dev": promotion("dev", "f"),
    },
}


@pytest.mark.parametrize("circle", CIRCLES.values(), ids=CIRCLES)
def test_promotions_that_would_wait_for_themselves_are_refused(circle: Any) -> None:
    assert cause(template(**circle)).startswith("Dev: it needs ")


@pytest.mark.parametrize("alias", ["dev", "$LATEST"])
def test_an_alias_that_is_its_own_source_is_left_to_the_provider(alias: str) -> None:
    fragment = template(Dev=promotion(alias, SourceQualifier=alias))
    assert "DependsOn" not in resources(fragment)["Dev"]


def broken(value: Any) -> dict[str, Any]:
    return using(value)


REFUSED = {
    "not a template": ({"AliasName": "dev"}, "it found no Resources; name it in the Transform"),
    "no object": ("text", "it found no Resources"),
    "before SAM": (
        template(F={"Type": "AWS::Serverless::Function"}),
        "Dev: FunctionName: F is an AWS::Serverless::Function still; name LambdaAliasPromotion aft",
    ),
    "no function": (
        template(Dev={"Type": "Custom::LambdaAliasPromotion"}), "Dev: FunctionName: missing"
    ),
    "no functions": (template(R={"Type": "Custom::LambdaRelease"}), "R: Functions: missing"),
    "properties by a function": (
        template(Dev={"Type": "Custom::LambdaAliasPromotion", "Properties": {"Ref": "X"}}),
        "Dev: Properties: expected properties by name",
    ),
    "DependsOn": (template(Dev=promotion("dev") | {"DependsOn": {}}), "Dev: DependsOn: expected"),
    "condition": (template(Dev=promotion("dev") | {"Condition": "C"}), "Dev: there is no cond"),
    "null": (broken(None), "F: it contains null"),
    "unknown Ref": (broken({"Ref": "X"}), "F: Ref: there is no parameter or resource X"),
    "unknown Sub": (broken({"Fn::Sub": "${X.Arn}"}), "F: Fn::GetAtt: there is no parameter or"),
    "Ref": (broken({"Ref": ["P"]}), 'F: Ref: can\'t be evaluated: ["P"]'),
    "GetAtt": (broken({"Fn::GetAtt": ["F"]}), "F: Fn::GetAtt: can't be evaluated"),
    "GetAtt of a number": (broken(call("GetAtt", "F", 1, 2)), "F: Fn::GetAtt: can't be evaluated"),
    "Sub": (broken({"Fn::Sub": [1]}), "F: Fn::Sub: can't be evaluated"),
    "Join": (broken({"Fn::Join": "a"}), "F: Fn::Join: can't be evaluated"),
    "Split": (broken(call("Split", "", "a")), "F: Fn::Split: can't be evaluated"),
    "Select": (broken(call("Select", 5, L)), "F: Fn::Select: can't be evaluated"),
    "Select by name": (broken(call("Select", "a", L)), "F: Fn::Select: can't be evaluated"),
    "If": (broken(call("If", "IsX", "1")), "F: Fn::If: can't be evaluated"),
    "unknown condition": (broken(call("If", "No", "1", "2")), "F: there is no condition No"),
    "FindInMap": (
        broken(call("FindInMap", "M", P, "k")),
        'F: Fn::FindInMap: can\'t be evaluated: ["M",{"Ref":"P"},"k"]',
    ),
    "FindInMap of two": (broken(call("FindInMap", "M", "x")), "F: Fn::FindInMap: can't be"),
    "bad condition": (
        {**using(call("If", "C", "1", "2")), "Conditions": {"C": {"Fn::Equals": ["a"]}}},
        "F: a condition: can't be evaluated",
    ),
    "condition of itself": (
        {**using(call("If", "C", "1", "2")), "Conditions": {"C": {"Condition": "C"}}},
        "F: it refers to itself",
    ),
    "layer of itself": (
        layered(Description={"Ref": "Layer"}), "Layer: it refers to itself, by others or directly"
    ),
    "promotion of itself": (
        template(Dev=promotion("dev", {"Fn::GetAtt": "Dev.FunctionName"})), "Dev: it refers to it"
    ),
    "DependsOn of objects": (template(Dev=promotion("dev") | {"DependsOn": [{}]}), "Dev: Depen"),
}  # fmt: skip


@pytest.mark.parametrize(("fragment", "text"), REFUSED.values(), ids=REFUSED)
def test_a_template_that_is_not_understood_fails_with_its_resource_and_cause(
    fragment: Any, text: str
) -> None:
    found = cause(fragment, templateParameterValues={"P": "secret"})

    assert found.startswith(text)
    assert "secret" not in found


def test_a_macro_without_parameters_refuses_some() -> None:
    assert cause(template(), params={"A": "b"}) == "it takes no Parameters"


def test_a_defect_of_the_macro_is_answered_for_without_its_words() -> None:
    fragment = {**template(), "Parameters": {"P": {"Default": "secret"}}}

    assert cause(fragment) == "a defect of the macro, please report it: KeyError"


def test_the_answer_carries_the_id_of_the_request() -> None:
    answers = [handler(asked(one), None) for one in (template(), "text")]

    assert [one["requestId"] for one in answers] == ["r", "r"]
    assert answers[1]["fragment"] == "text"


def test_no_value_of_a_parameter_is_written_to_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    for value in (P, call("FindInMap", "M", P, "k")):
        handler(asked(using(value), P="secret"), None)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["level"] for line in lines] == ["INFO", "ERROR"]
    assert "secret" not in str(lines)


def test_the_macro_imports_nothing_but_python_and_itself() -> None:
    code = "import sys; known = {*sys.modules}; import macro.app; print(*({*sys.modules} - known))"
    run = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tops = {name.partition(".")[0] for name in run.stdout.split()}
    assert tops - sys.stdlib_module_names == {"macro"}


TEXT = st.text(st.characters(codec="utf-8"), max_size=4)
KEYS = TEXT.filter(lambda key: key != "Ref")  # the one function whose name is as short
VALUES = st.recursive(
    TEXT | st.booleans() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def shuffled(value: Any) -> Any:
    """Give an equal value whose keys come in another order."""
    if isinstance(value, dict):
        return {key: shuffled(value[key]) for key in reversed(value)}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_the_order_of_keys_and_the_number_of_runs_do_not_matter(variables: dict[str, Any]) -> None:
    fragment = template(F=function(Environment={"Variables": variables}))

    assert fingerprint(fragment) == fingerprint(fragment) == fingerprint(shuffled(fragment))


@given(VALUES, VALUES)
def test_two_values_have_one_fingerprint_only_if_they_are_one(one: Any, other: Any) -> None:
    def text(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: text(item) for key, item in value.items()}
        if isinstance(value, list):
            return [text(item) for item in value]
        return str(value).lower() if isinstance(value, bool) else str(value)

    found = [fingerprint(template(F=function(Handler=value))) for value in (one, other)]

    assert (found[0] == found[1]) == (text(one) == text(other))
