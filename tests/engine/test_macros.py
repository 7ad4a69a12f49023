"""Macros: registered by a stack, run by their functions, before a stack or a change set exists.

Texts as CloudFormation was recorded to answer, and as its users quote them.
"""

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.engine import Engine
from local.settings import Settings

ACCOUNT = "123456789012"
SAM = "AWS::Serverless-2016-10-31"
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda"}}
]}  # fmt: skip
MACROS = {
    # Writes all that it was told into a parameter.
    "Tell": """
        told = {key: event[key] for key in event if key not in ("requestId", "fragment")}
        resources = fragment["Resources"]
        told["types"] = sorted(one["Type"] for one in resources.values())
        told["sections"] = sorted(fragment)
        resources["Told"]["Properties"]["Value"] = json.dumps(told)
    """,
    "AppendA": """fragment["Resources"]["Told"]["Properties"]["Value"] += "A" """,
    "AppendB": """fragment["Resources"]["Told"]["Properties"]["Value"] += "B" """,
    "Function": """fragment["Resources"]["Told"]["Type"] = "AWS::Serverless::Function" """,
    "Refuses": """return answer | {"status": "failure", "errorMessage": "Told: no, never"}""",
    "SaysNothing": """return answer | {"status": "FAILURE"}""",
    "Shouts": """answer["status"] = "SUCCESS" """,
    "Crashes": """raise ValueError""",
    "Forgets": """answer["requestId"] = "another" """,
    "Babbles": """return "text" """,
    "GivesNoTemplate": """answer["fragment"] = "text" """,
    "GivesNothing": """answer["fragment"] = {"Resources": {}}""",
}
CODE = """
import json

def handler(event, context):
    print("run")
    fragment = event["fragment"]
    answer = {{"requestId": event["requestId"], "status": "success", "fragment": fragment}}
    {body}
    return answer
"""
_numbers = itertools.count(1)


def installing(names: Mapping[str, str]) -> dict[str, Any]:
    """Declare macros, each with its function."""
    resources: dict[str, Any] = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}}
    }
    for name, body in names.items():
        code = CODE.format(body=body.strip().replace("\n        ", "\n    "))
        resources[f"{name}Function"] = {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": name,
                "Code": {"ZipFile": code},
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Runtime": "python3.13",
            },
        }
        function = {"Fn::GetAtt": [f"{name}Function", "Arn"]}
        properties = {"Name": name, "FunctionName": function}
        resources[name] = {"Type": "AWS::CloudFormation::Macro", "Properties": properties}
    return {"Resources": resources, "Outputs": {"Tell": {"Value": {"Ref": "Tell"}}}}


class Cloud:
    """CloudFormation of an engine that has the macros."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.cfn = engine.client("cloudformation")
        self.name = "macros"
        assert self.create(installing(MACROS)) == "CREATE_COMPLETE"

    def create(self, template: Any, **given: Any) -> str:
        self.cfn.create_stack(**self._request(template, given))
        return self.settled()

    def update(self, template: Any, **given: Any) -> str:
        self.cfn.update_stack(**self._request(template, given))
        return self.settled()

    def proposed(self, template: Any, **given: Any) -> Any:
        names = {"StackName": self.name, "ChangeSetName": "changes"}
        request = {**self._request(template, given), **names, "ChangeSetType": "CREATE"}
        self.cfn.create_change_set(**request)
        return self.cfn.describe_change_set(**names)

    def settled(self) -> str:
        status = "IN_PROGRESS"
        while status.endswith("IN_PROGRESS"):
            [stack] = self.cfn.describe_stacks(StackName=self.name)["Stacks"]
            status = stack["StackStatus"]
        return str(status)

    def told(self) -> str:
        ssm = self.engine.client("ssm")
        return str(ssm.get_parameter(Name=f"/{self.name}")["Parameter"]["Value"])

    def runs(self, macro: str) -> int:
        return self.engine.logs.get(macro, "").count("run\n")

    def _request(self, template: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
        body = {"TemplateBody": json.dumps(template)}
        return {"StackName": self.name, "Capabilities": capabilities, **body, **given}


@pytest.fixture(scope="module")
def shared() -> Iterator[Cloud]:
    with Engine(Settings(linger=0.0)) as engine:
        yield Cloud(engine)


@pytest.fixture
def cloud(shared: Cloud) -> Cloud:
    shared.name = f"stack-{next(_numbers)}"
    return shared


def transformed(name: str, *transforms: Any, **sections: Any) -> dict[str, Any]:
    properties = {"Name": f"/{name}", "Type": "String", "Value": "-"}
    told = {"Told": {"Type": "AWS::SSM::Parameter", "Properties": properties}}
    return {"Transform": list(transforms), "Resources": told, **sections}


def test_a_macro_sees_the_template_and_the_values_of_its_parameters(cloud: Cloud) -> None:
    parameters = {
        "Given": {"Type": "String"},
        "Secret": {"Type": "String", "NoEcho": True},
        "Default": {"Type": "Number", "Default": 7},
        "List": {"Type": "CommaDelimitedList", "Default": "a, b"},
    }
    own = {"Name": "Tell", "Parameters": {"Text": "x", "Value": {"Ref": "Given"}}}
    values = {"Given": "g", "Secret": "s"}

    cloud.create(
        transformed(cloud.name, own, Parameters=parameters),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in values.items()],
    )

    assert json.loads(cloud.told()) == {
        "region": "eu-west-1",
        "accountId": ACCOUNT,
        "transformId": f"{ACCOUNT}::Tell",
        "params": {"Text": "x", "Value": "g"},
        "templateParameterValues": {
            "Given": "g",
            "Secret": "s",
            "Default": "7",
            "List": ["a", "b"],
        },
        "types": ["AWS::SSM::Parameter"],
        "sections": ["Parameters", "Resources"],
    }


def test_a_macro_is_known_by_its_name(cloud: Cloud) -> None:
    [stack] = cloud.cfn.describe_stacks(StackName="macros")["Stacks"]

    assert stack["Outputs"][0]["OutputValue"] == "Tell"


@pytest.mark.parametrize(
    ("order", "value"),
    [(("AppendA", "AppendB"), "-AB"), (("AppendB", "AppendA"), "-BA"), (("Shouts",), "-")],
)
def test_macros_run_in_the_order_in_which_they_are_listed(
    cloud: Cloud, order: tuple[str, ...], value: str
) -> None:
    cloud.create(transformed(cloud.name, *order))

    assert cloud.told() == value


@pytest.mark.parametrize(
    ("order", "types"),
    [
        ((SAM, "Tell"), ["AWS::IAM::Role", "AWS::Lambda::Function", "AWS::SSM::Parameter"]),
        (("Tell", SAM), ["AWS::SSM::Parameter", "AWS::Serverless::Function"]),
    ],
)
def test_sam_has_its_place_in_the_order(
    cloud: Cloud, order: tuple[str, ...], types: list[str]
) -> None:
    template = transformed(cloud.name, *order)
    properties = {"Runtime": "python3.13", "Handler": "index.handler", "InlineCode": "pass"}
    template["Resources"]["F"] = {"Type": "AWS::Serverless::Function", "Properties": properties}

    assert cloud.create(template) == "CREATE_COMPLETE"

    assert json.loads(cloud.told())["types"] == types


FAILURES = {
    "Refuses": f"Transform {ACCOUNT}::Refuses failed with: Told: no, never",
    "SaysNothing": f"Transform {ACCOUNT}::SaysNothing failed without an error message.",
    "Crashes": f"Received malformed response from transform {ACCOUNT}::Crashes",
    "Forgets": f"Received malformed response from transform {ACCOUNT}::Forgets",
    "Babbles": f"Received malformed response from transform {ACCOUNT}::Babbles",
    "Absent": f"No transform named {ACCOUNT}::Absent found.",
}


@pytest.mark.parametrize(("macro", "reason"), FAILURES.items())
def test_a_macro_that_fails_fails_the_change_set_with_its_words(
    cloud: Cloud, macro: str, reason: str
) -> None:
    found = cloud.proposed(transformed(cloud.name, macro))

    assert (found["Status"], found["StatusReason"]) == ("FAILED", reason)


REFUSALS = {
    "fails": ("Refuses", "failed with: Told: no, never"),
    "no template": ("GivesNoTemplate", r"Template format error: unsupported structure\."),
    "no resources": ("GivesNothing", "At least one Resources member must be defined"),
    "no name": ({"Name": {"Ref": "X"}}, "Key Name of transform definition must be a string"),
    "parameter that is not known": (
        {"Name": "Tell", "Parameters": {"P": {"Fn::ImportValue": "x"}}},
        "The value of parameter P under transform Tell must resolve to a string",
    ),
    "foreign": ("AWS::Include", "not emulated: transform AWS::Include"),
}


@pytest.mark.parametrize(("macro", "text"), REFUSALS.values(), ids=REFUSALS)
def test_without_a_change_set_the_operation_is_refused(cloud: Cloud, macro: Any, text: str) -> None:
    with pytest.raises(ClientError, match=text):
        cloud.create(transformed(cloud.name, macro))


def test_no_macro_runs_that_was_not_acknowledged(cloud: Cloud) -> None:
    before = cloud.runs("AppendA")

    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_AUTO_EXPAND\]"):
        cloud.create(transformed(cloud.name, "AppendA"), Capabilities=["CAPABILITY_IAM"])

    assert cloud.runs("AppendA") == before


def test_a_change_set_needs_no_acknowledgement(cloud: Cloud) -> None:
    found = cloud.proposed(transformed(cloud.name, "AppendA"), Capabilities=[])

    assert found["Status"] == "CREATE_COMPLETE"


def test_a_rollback_takes_the_processed_template_and_runs_no_macro(cloud: Cloud) -> None:
    cloud.create(transformed(cloud.name, "AppendA"))
    before = cloud.runs("AppendA")
    failing = transformed(cloud.name, "AppendA")
    failing["Resources"]["Told"]["Properties"]["Value"] = "new"
    failing["Resources"]["Broken"] = {
        "Type": "AWS::SSM::Parameter", "DependsOn": "Told",
        "Properties": {"Name": "/aws/reserved", "Type": "String", "Value": "x"},
    }  # fmt: skip

    assert cloud.update(failing) == "UPDATE_ROLLBACK_COMPLETE"

    assert cloud.told() == "-A"
    assert cloud.runs("AppendA") == before + 1
    processed = cloud.cfn.get_template(StackName=cloud.name)["TemplateBody"]
    assert processed["Resources"]["Told"]["Properties"]["Value"] == "-A"


def test_the_previous_template_is_the_original_and_is_processed_again(cloud: Cloud) -> None:
    template = transformed(cloud.name, "Tell", Parameters={"P": {"Type": "String"}})
    cloud.create(template, Parameters=[{"ParameterKey": "P", "ParameterValue": "1"}])

    cloud.cfn.update_stack(
        StackName=cloud.name, UsePreviousTemplate=True, Capabilities=["CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": "P", "ParameterValue": "2"}],
    )  # fmt: skip

    assert cloud.settled() == "UPDATE_COMPLETE"
    assert json.loads(cloud.told())["templateParameterValues"] == {"P": "2"}
    original = cloud.cfn.get_template(StackName=cloud.name, TemplateStage="Original")
    assert original["TemplateBody"]["Transform"] == ["Tell"]


def test_a_name_is_given_once_follows_its_function_and_ends_with_its_stack(cloud: Cloud) -> None:
    def stack(name: str, behind: str) -> dict[str, Any]:
        properties = {"Name": name, "FunctionName": behind}
        macro = {"Type": "AWS::CloudFormation::Macro", "Properties": properties}
        return {"Resources": {"Macro": macro}}

    own = cloud.name
    assert cloud.create(stack("Tell", "AppendA")) == "ROLLBACK_COMPLETE"
    cloud.name = f"{own}-new"
    assert cloud.create(stack("New", "AppendA")) == "CREATE_COMPLETE"
    assert cloud.update(stack("New", "AppendB")) == "UPDATE_COMPLETE"
    cloud.name = f"{own}-user"
    cloud.create(transformed(cloud.name, "New"))
    assert cloud.told() == "-B"

    cloud.name = f"{own}-new"
    assert cloud.update(stack("Newer", "AppendA")) == "UPDATE_COMPLETE"

    for name, reason in (("New", f"No transform named {ACCOUNT}::New found."), ("Newer", None)):
        cloud.name = f"{own}-{name.lower()}-proposed"
        assert cloud.proposed(transformed(cloud.name, name)).get("StatusReason") == reason
    cloud.cfn.delete_stack(StackName=f"{own}-new")
    cloud.name = f"{own}-gone"
    assert cloud.proposed(transformed(cloud.name, "Newer"))["Status"] == "FAILED"
