"""Templates: functions, parameters, conditions, exports, the SAM transform, and what is refused."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.engine.cloudformation_world import TOKEN, World, custom, failed, template


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with World() as world:
        world.client("ssm").put_parameter(Name="/app/token", Value="from-ssm", Type="String")
        world.client("ssm").put_parameter(Name="/app/list", Value="a,b", Type="StringList")
        world.provider.on("Create A", {"Data": {"X": "attr", "Y.Z": "dotted"}})
        world.create(
            template(A=custom())
            | {"Outputs": {"O": {"Value": "shared", "Export": {"Name": "shared-value"}}}}
        )
        yield world


@pytest.fixture
def world(shared: World) -> World:
    return shared.reset()


def parameters(**values: str) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}


# Each is resolved beside a resource A with the id `a`, the attributes X and Y.Z, the parameters P
# (`p`), L (`x, y`), N (3), the mapping M and the conditions Yes and No.
FUNCTIONS: dict[str, tuple[Any, Any]] = {
    "Ref resource": ({"Ref": "A"}, "a"),
    "Ref parameter": ({"Ref": "P"}, "p"),
    "Ref list": ({"Ref": "L"}, ["x", "y"]),
    "Ref number": ({"Ref": "N"}, "3"),
    "Ref Region": ({"Ref": "AWS::Region"}, "eu-west-1"),
    "Ref AccountId": ({"Ref": "AWS::AccountId"}, "123456789012"),
    "Ref Partition": ({"Ref": "AWS::Partition"}, "aws"),
    "Ref URLSuffix": ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
    "Ref NoValue in a list": ([{"Ref": "AWS::NoValue"}, "x"], ["x"]),
    "Ref NoValue in a map": ({"k": {"Ref": "AWS::NoValue"}, "l": "x"}, {"l": "x"}),
    "GetAtt list": ({"Fn::GetAtt": ["A", "X"]}, "attr"),
    "GetAtt text": ({"Fn::GetAtt": "A.X"}, "attr"),
    "GetAtt dotted": ({"Fn::GetAtt": ["A", "Y.Z"]}, "dotted"),
    "Sub": (sub("${A} ${A.X} ${P} ${AWS::Region}"), "a attr p eu-west-1"),
    "Sub literal": (sub("${!A}"), "${A}"),
    "Sub with variables": ({"Fn::Sub": ["${V}-${P}", {"V": {"Ref": "A"}}]}, "a-p"),
    "Join": ({"Fn::Join": [":", ["x", {"Ref": "A"}, 1]]}, "x:a:1"),
    "Join of a list parameter": ({"Fn::Join": ["+", {"Ref": "L"}]}, "x+y"),
    "Split": ({"Fn::Split": ["|", "x|y"]}, ["x", "y"]),
    "Select": ({"Fn::Select": [1, ["x", "y"]]}, "y"),
    "Select by text": ({"Fn::Select": ["1", {"Fn::Split": [",", "x,y"]}]}, "y"),
    "If true": ({"Fn::If": ["Yes", "x", "y"]}, "x"),
    "If false": ({"Fn::If": ["No", "x", {"Ref": "A"}]}, "a"),
    "If NoValue": ({"k": {"Fn::If": ["No", "x", {"Ref": "AWS::NoValue"}]}}, {}),
    "FindInMap": ({"Fn::FindInMap": ["M", {"Ref": "P"}, "second"]}, "mapped"),
    "FindInMap list": ({"Fn::FindInMap": ["M", "p", "list"]}, ["1", "2"]),
    "Base64": ({"Fn::Base64": "x"}, "eA=="),
    "ImportValue": ({"Fn::ImportValue": sub("shared-${V}".replace("${V}", "value"))}, "shared"),
    "dynamic reference": ("x {{resolve:ssm:/app/token}}", "x from-ssm"),
    "dynamic reference with a version": ("{{resolve:ssm:/app/token:1}}", "from-ssm"),
    "dynamic reference made by Sub": (sub("{{resolve:ssm:/app/${T}}}".replace("${T}", "token")),
                                      "from-ssm"),
}  # fmt: skip
CONDITIONS: dict[str, tuple[Any, str]] = {
    "Equals": ({"Fn::Equals": [{"Ref": "P"}, "p"]}, "true"),
    "Equals of boolean and text": ({"Fn::Equals": [True, "true"]}, "true"),
    "Not": ({"Fn::Not": [{"Condition": "Yes"}]}, "false"),
    "And": ({"Fn::And": [{"Condition": "Yes"}, {"Fn::Equals": ["x", "x"]}]}, "true"),
    "And of a false one": ({"Fn::And": [{"Condition": "Yes"}, {"Condition": "No"}]}, "false"),
    "Or": ({"Fn::Or": [{"Condition": "No"}, {"Condition": "Yes"}]}, "true"),
    "Or of false ones": ({"Fn::Or": [{"Condition": "No"}, {"Condition": "No"}]}, "false"),
}


def surrounded(**resources: Any) -> dict[str, Any]:
    return template(A=custom(), **resources) | {
        "Parameters": {
            "P": {"Type": "String", "Default": "p"},
            "L": {"Type": "CommaDelimitedList", "Default": "x, y"},
            "N": {"Type": "Number", "Default": 3},
        },
        "Mappings": {"M": {"p": {"second": "mapped", "list": ["1", "2"]}}},
        "Conditions": {
            "Yes": {"Fn::Equals": ["1", 1]},
            "No": {"Fn::Not": [{"Condition": "Yes"}]},
        },
    }


@pytest.mark.parametrize(("expression", "value"), FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_function_is_replaced_by_its_value(world: World, expression: Any, value: Any) -> None:
    world.provider.on("Create A", {"Data": {"X": "attr", "Y.Z": "dotted"}})

    assert world.create(surrounded(B=custom(expression, DependsOn="A"))) == "CREATE_COMPLETE"

    assert world.provider.events[-1]["ResourceProperties"]["V"] == value


@pytest.mark.parametrize(("expression", "value"), CONDITIONS.values(), ids=CONDITIONS)
def test_a_condition_decides_whether_a_resource_exists(
    world: World, expression: Any, value: str
) -> None:
    wanted = surrounded(B=custom(Condition="C"))
    wanted["Conditions"]["C"] = expression

    world.create(wanted)

    assert ("B" in world.statuses()) == (value == "true")


def test_stack_name_and_stack_id_are_those_of_the_stack(world: World) -> None:
    world.create(template(A=custom([{"Ref": "AWS::StackName"}, {"Ref": "AWS::StackId"}])))

    given = world.provider.events[0]["ResourceProperties"]["V"]
    assert given == [world.name, world.stack()["StackId"]]


def test_the_short_forms_of_yaml_are_the_long_ones_of_json(world: World) -> None:
    world.provider.on("Create A", {"Data": {"X": "attr"}})
    world.create(f"""
AWSTemplateFormatVersion: 2010-09-09
Conditions:
  Yes: !Equals [a, a]
Resources:
  A:
    Type: Custom::Thing
    Properties: {{ServiceToken: {TOKEN!r}}}
  B:
    Type: Custom::Thing
    Condition: Yes
    Properties:
      ServiceToken: {TOKEN!r}
      V:
        - !GetAtt A.X
        - !Sub
          - "${{V}}-${{A}}"
          - V: !Join ["", [x, !Ref A]]
        - !If [Yes, !Select [0, !Split [",", "p,q"]], !Ref AWS::NoValue]
        - 2010-09-09
""")

    given = world.provider.events[-1]["ResourceProperties"]["V"]
    assert given == ["attr", "xa-a", "p", "2010-09-09"]


def test_a_resource_whose_condition_turns_false_is_deleted(world: World) -> None:
    wanted = template(A=custom(), B=custom(Condition="C")) | {
        "Parameters": {"P": {"Type": "String"}},
        "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "on"]}},
    }
    world.create(wanted, Parameters=parameters(P="on"))

    assert world.update(wanted, Parameters=parameters(P="off")) == "UPDATE_COMPLETE"

    assert world.provider.told_to("B") == ["Create B 1", "Delete B#b 1"]


def test_an_output_with_a_false_condition_is_left_out(world: World) -> None:
    wanted = surrounded()
    wanted["Outputs"] = {
        "Shown": {"Value": {"Ref": "A"}, "Condition": "Yes"},
        "Hidden": {"Value": "x", "Condition": "No"},
    }

    world.create(wanted)

    assert world.outputs() == {"Shown": "a"}


ORDERS: dict[str, dict[str, Any]] = {
    "DependsOn": custom(DependsOn="A"),
    "DependsOn list": custom(DependsOn=["A"]),
    "Ref": custom({"Ref": "A"}),
    "GetAtt": custom({"Fn::GetAtt": ["A", "X"]}),
    "Sub": custom(sub("${A.X}")),
    "nested": custom({"k": [{"Fn::If": ["Yes", {"Ref": "A"}, "x"]}]}),
}


@pytest.mark.parametrize("second", ORDERS.values(), ids=ORDERS)
def test_what_depends_on_another_is_made_after_it_and_deleted_before_it(
    world: World, second: dict[str, Any]
) -> None:
    world.provider.on("Create A", {"Data": {"X": "1"}})
    world.create(surrounded(B=second))
    world.delete()

    order = [line.split("#")[0].split(" ")[:2] for line in world.provider.told]
    assert order == [["Create", "A"], ["Create", "B"], ["Delete", "B"], ["Delete", "A"]]


PARAMETERS: dict[str, tuple[dict[str, Any], str, str]] = {
    "AllowedValues": (
        {"Type": "String", "AllowedValues": ["x", "y"]},
        "z",
        "Parameter 'P' must be one of AllowedValues",
    ),
    "AllowedPattern": (
        {"Type": "String", "AllowedPattern": "[a-z]+"},
        "a1",
        r"Parameter 'P' must match pattern \[a-z\]\+",
    ),
    "ConstraintDescription": (
        {"Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "lower case"},
        "A",
        "Parameter 'P' failed to satisfy constraint: lower case",
    ),
    "MinLength": (
        {"Type": "String", "MinLength": 2},
        "x",
        "Parameter 'P' must contain at least 2 characters",
    ),
    "MaxLength": (
        {"Type": "String", "MaxLength": "2"},
        "xyz",
        "Parameter 'P' must contain at most 2 characters",
    ),
    "Number": ({"Type": "Number"}, "x", "Parameter 'P' must be a number"),
    "MinValue": (
        {"Type": "Number", "MinValue": 2},
        "1",
        "Parameter 'P' must be a number not less than 2",
    ),
    "MaxValue": (
        {"Type": "Number", "MaxValue": 2},
        "3",
        "Parameter 'P' must be a number not greater than 2",
    ),
    "each item of a list": (
        {"Type": "CommaDelimitedList", "AllowedValues": ["x"]},
        "x,z",
        "Parameter 'P' must be one of AllowedValues",
    ),
    "absent SSM parameter": (
        {"Type": "AWS::SSM::Parameter::Value<String>"},
        "/app/absent",
        r"Unable to fetch parameters \[/app/absent\] from parameter store",
    ),
    "other type": (
        {"Type": "AWS::EC2::VPC::Id"},
        "vpc-1",
        "not emulated: parameter type AWS::EC2::VPC::Id",
    ),
}


@pytest.mark.parametrize(("declared", "given", "text"), PARAMETERS.values(), ids=PARAMETERS)
def test_a_parameter_that_breaks_a_rule_is_refused(
    world: World, declared: dict[str, Any], given: str, text: str
) -> None:
    wanted = template(A=custom()) | {"Parameters": {"P": declared}}

    with pytest.raises(ClientError, match=text):
        world.create(wanted, Parameters=parameters(P=given))
    with pytest.raises(ClientError, match="does not exist"):
        world.stack()


@pytest.mark.parametrize(
    ("given", "text"),
    [({}, r"Parameters: \[P\] must have values"),
     ({"P": "x", "Q": "y"}, r"Parameters: \[Q\] do not exist in the template")],
    ids=["missing", "undeclared"],
)  # fmt: skip
def test_the_given_parameters_have_to_be_the_declared_ones(
    world: World, given: dict[str, str], text: str
) -> None:
    wanted = template(A=custom()) | {"Parameters": {"P": {"Type": "String"}}}

    with pytest.raises(ClientError, match=text):
        world.create(wanted, Parameters=parameters(**given))


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("String", "/app/token", "from-ssm"),
        ("List<String>", "/app/list", ["a", "b"]),
    ],
)
def test_an_ssm_parameter_type_reads_the_parameter_of_that_name(
    world: World, kind: str, key: str, value: Any
) -> None:
    declared = {"P": {"Type": f"AWS::SSM::Parameter::Value<{kind}>", "Default": key}}

    world.create(template(A=custom({"Ref": "P"})) | {"Parameters": declared})

    assert world.provider.events[0]["ResourceProperties"]["V"] == value
    (shown,) = world.stack()["Parameters"]
    assert shown["ParameterValue"] == key
    assert shown["ResolvedValue"] == (value if isinstance(value, str) else "a,b")


def test_a_changed_ssm_parameter_is_a_change_of_the_stack(world: World) -> None:
    ssm = world.client("ssm")
    ssm.put_parameter(Name="/app/release", Value="1", Type="String")
    declared = {"P": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/app/release"}}
    wanted = template(A=custom({"Ref": "P"})) | {"Parameters": declared}
    world.create(wanted)
    ssm.put_parameter(Name="/app/release", Value="2", Type="String", Overwrite=True)

    assert world.update(wanted) == "UPDATE_COMPLETE"

    assert world.provider.told == ["Create A 1", "Update A#a 1->2"]


def test_a_default_counts_when_the_caller_gives_no_value(world: World) -> None:
    declared = {"Parameters": {"P": {"Type": "String", "Default": True}}}

    world.create(template(A=custom({"Ref": "P"})) | declared)

    assert world.provider.told == ["Create A true"]


A = custom()
REFUSED: dict[str, tuple[Any, str]] = {
    "no resources": ({"Resources": {}}, "At least one Resources member must be defined"),
    "no map": ("[]", "Template format error: unsupported structure"),
    "broken JSON": ("{", "Template format error"),
    "unknown section": (template(A=A) | {"Rules": {}}, "not emulated: template section Rules"),
    "a resource without a type": (template(A={}), "must contain a Type member"),
    "a resource that is no map": (template(A=[]), "must contain a Type member"),
    "a parameter without a type": (
        template(A=A) | {"Parameters": {"P": {}}},
        "must contain a Type member",
    ),
    "an output without a value": (
        template(A=A) | {"Outputs": {"O": {}}},
        "must contain a Value member",
    ),
    "unknown type": (
        template(A={"Type": "AWS::EC2::Instance"}),
        "not emulated: resource type AWS::EC2::Instance",
    ),
    "unknown attribute": (
        template(A=custom(CreationPolicy={})),
        "not emulated: resource attribute CreationPolicy",
    ),
    "snapshot": (
        template(A=custom(DeletionPolicy="Snapshot")),
        "not emulated: DeletionPolicy Snapshot",
    ),
    "unknown Ref": (
        template(A=custom({"Ref": "B"})),
        r"Unresolved resource dependencies \[B\] in the Resources block of the template",
    ),
    "unknown Ref in Sub": (template(A=custom(sub("${B}"))), r"dependencies \[B\]"),
    "unknown Ref in an output": (
        template({"O": {"Ref": "B"}}, A=A),
        r"dependencies \[B\] in the Outputs block",
    ),
    "unknown GetAtt": (
        template(A=custom({"Fn::GetAtt": ["B", "X"]})),
        "instance of Fn::GetAtt references undefined resource B",
    ),
    "unknown DependsOn": (template(A=custom(DependsOn="B")), r"dependencies \[B\]"),
    "unknown condition": (template(A=custom(Condition="C")), "condition dependency C"),
    "circle": (
        template(A=custom({"Ref": "B"}), B=custom({"Ref": "A"})),
        r"Circular dependency between resources: \[A, B\]",
    ),
    "other transform": (
        template(A=A) | {"Transform": "AWS::LanguageExtensions"},
        "not emulated: transform AWS::LanguageExtensions",
    ),
    "role without capability": (
        template(A={"Type": "AWS::IAM::Role"}),
        r"Requires capabilities : \[CAPABILITY_IAM\]",
    ),
    "named role without capability": (
        template(A={"Type": "AWS::IAM::Role", "Properties": {"RoleName": "r"}}),
        r"Requires capabilities : \[CAPABILITY_NAMED_IAM\]",
    ),
}


@pytest.mark.parametrize(("given", "text"), REFUSED.values(), ids=REFUSED)
def test_a_template_that_cannot_work_is_refused_at_once(
    world: World, given: Any, text: str
) -> None:
    with pytest.raises(ClientError, match=text):
        world.create(given, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    with pytest.raises(ClientError, match="does not exist"):
        world.stack()


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ({"Fn::GetAZs": ""}, "not emulated: Fn::GetAZs"),
        ({"Fn::Select": [2, ["x"]]}, "Fn::Select cannot select nonexistent value at index 2"),
        ({"Fn::FindInMap": ["M", "x", "y"]}, "Unable to get mapping for M::x::y"),
        ({"Fn::ImportValue": "nothing"}, r"No export named nothing found\."),
        ("{{resolve:ssm:/app/absent}}", r"Parameters: \[/app/absent\] cannot be found"),
        ("{{resolve:secretsmanager:x}}", "not emulated: dynamic reference to secretsmanager"),
    ],
    ids=["unknown function", "Select", "FindInMap", "ImportValue", "ssm", "secretsmanager"],
)
def test_a_value_that_cannot_be_found_fails_the_resource(
    world: World, expression: Any, text: str
) -> None:
    assert world.create(surrounded(B=custom(expression))) == "ROLLBACK_COMPLETE"

    (reason,) = [line for line in world.events(of="B") if "FAILED" in line]
    assert reason.startswith("B CREATE_FAILED: ")
    assert re.search(text, reason)
    assert world.provider.told_to("B") == []


def test_the_type_of_a_resource_cannot_change(world: World) -> None:
    world.create(template(A=custom("1")))

    with pytest.raises(ClientError, match="Update of resource type is not permitted"):
        world.update(template(A={"Type": "AWS::SQS::Queue"}))


def exporting(value: str, name: str) -> dict[str, Any]:
    output = {"Value": value, "Export": {"Name": name}}
    return template(A=custom(value)) | {"Outputs": {"O": output}}


def test_an_export_in_use_can_neither_change_nor_go(world: World) -> None:
    exporter, export = world.name, f"{world.name}-export"
    world.create(exporting("1", export))
    importer = world.reset().name
    reader = template(A=custom({"Fn::ImportValue": export}))
    world.create(reader)
    world.name = exporter

    assert world.update(exporting("2", export)) == "UPDATE_ROLLBACK_COMPLETE"
    assert (
        f"Export {export} cannot be updated as it is in use by {importer}"
        in (world.events("UPDATE_ROLLBACK_IN_PROGRESS")[0])
    )
    assert world.update(template(A=custom("2"))) == "UPDATE_ROLLBACK_COMPLETE"
    assert (
        f"Export {export} cannot be deleted as it is in use by {importer}"
        in (world.events("UPDATE_ROLLBACK_IN_PROGRESS")[0])
    )
    with pytest.raises(ClientError, match=f"Cannot delete export {export} as it is in use by"):
        world.delete()
    world.name = importer
    world.delete()
    world.name = exporter
    assert world.delete() == "DELETE_COMPLETE"


def test_an_export_is_in_use_while_its_importer_is_updated_and_free_afterwards(
    world: World,
) -> None:
    exporter, export = world.name, f"{world.name}-export"
    world.create(exporting("1", export))
    importer = world.reset().name
    world.create(template(A=custom({"Fn::ImportValue": export})))

    def try_to_delete(_event: object) -> dict[str, Any]:
        with pytest.raises(ClientError, match="as it is in use by"):
            world.cfn.delete_stack(StackName=exporter)
        return {}

    world.provider.on("Update A", try_to_delete)
    assert world.update(template(A=custom("2"))) == "UPDATE_COMPLETE"

    world.name = exporter
    assert world.delete() == "DELETE_COMPLETE"
    assert importer != exporter


def test_a_rollback_gives_free_what_only_the_failed_update_imported(world: World) -> None:
    exporter, export = world.name, f"{world.name}-export"
    world.create(exporting("exported", export))
    world.reset()
    world.create(template(A=custom("1")))
    world.provider.on("Update A", failed("no"))
    updated = world.update(template(A=custom({"Fn::ImportValue": export})))
    assert updated == "UPDATE_ROLLBACK_COMPLETE"

    world.name = exporter
    assert world.delete() == "DELETE_COMPLETE"


def test_an_export_is_listed_until_its_stack_is_deleted(world: World) -> None:
    def exports() -> dict[str, str]:
        return {one["Name"]: one["Value"] for one in world.cfn.list_exports()["Exports"]}

    name = f"{world.name}-export"
    world.create(exporting("1", name))
    assert exports()[name] == "1"
    world.delete()
    assert name not in exports()


def test_two_stacks_cannot_export_the_same_name(world: World) -> None:
    assert world.create(exporting("1", "shared-value")) == "ROLLBACK_COMPLETE"

    assert "Export with name shared-value is already exported by stack" in world.events()[-4]


SAM = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Stage: {Type: String, Default: live}
Globals:
  Function: {Timeout: 10}
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.13
      Handler: app.handler
      CodeUri: s3://code/orders.zip
      AutoPublishAlias: !Ref Stage
      Policies: [AWSLambdaExecute]
      Events:
        Uploaded:
          Type: SQS
          Properties: {Queue: !GetAtt Queue.Arn}
  Queue: {Type: AWS::SQS::Queue}
"""
_FUNCTION_TYPES = {
    "Orders": "AWS::Lambda::Function",
    "OrdersAliaslive": "AWS::Lambda::Alias",
    "OrdersRole": "AWS::IAM::Role",
    "OrdersUploaded": "AWS::Lambda::EventSourceMapping",
    "Queue": "AWS::SQS::Queue",
}


def test_sam_becomes_plain_resources_under_a_change_set(world: World) -> None:
    names = {"StackName": world.name, "ChangeSetName": "changes"}
    world.cfn.create_change_set(
        **names, ChangeSetType="CREATE", TemplateBody=SAM, Capabilities=["CAPABILITY_IAM"]
    )

    found = world.cfn.get_template(**names, TemplateStage="Processed")["TemplateBody"]

    assert "Transform" not in found
    types: Mapping[str, str] = {name: one["Type"] for name, one in found["Resources"].items()}
    (version,) = types.keys() - _FUNCTION_TYPES.keys()
    assert types == _FUNCTION_TYPES | {version: "AWS::Lambda::Version"}
    resources = found["Resources"]
    assert resources[version]["DeletionPolicy"] == "Retain"
    assert resources["OrdersAliaslive"]["Properties"] == {
        "Name": "live",
        "FunctionName": {"Ref": "Orders"},
        "FunctionVersion": {"Fn::GetAtt": [version, "Version"]},
    }
    assert resources["Orders"]["Properties"]["Timeout"] == 10
    managed = resources["OrdersRole"]["Properties"]["ManagedPolicyArns"]
    assert "arn:aws:iam::aws:policy/AWSLambdaExecute" in managed
    original = world.cfn.get_template(**names, TemplateStage="Original")["TemplateBody"]
    assert original == SAM


def test_sam_without_a_change_set_asks_for_one_more_capability(world: World) -> None:
    with pytest.raises(ClientError, match=r"Requires capabilities : \[CAPABILITY_AUTO_EXPAND\]"):
        world.create(SAM, Capabilities=["CAPABILITY_IAM"])


def test_what_sam_refuses_fails_the_change_set(world: World) -> None:
    names = {"StackName": world.name, "ChangeSetName": "changes"}
    broken = SAM.replace("      Runtime: python3.13\n", "")
    world.cfn.create_change_set(**names, ChangeSetType="CREATE", TemplateBody=broken)

    found = world.cfn.describe_change_set(**names)

    assert found["Status"] == "FAILED"
    assert (
        "Transform AWS::Serverless-2016-10-31 failed with: Invalid Serverless"
        in (found["StatusReason"])
    )


def test_a_managed_bucket_as_sam_makes_it_passes_the_transform(world: World) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {
        "Status": "Enabled"}}}  # fmt: skip
    wanted = template({"Bucket": {"Ref": "Bucket"}}, Bucket=bucket)
    wanted["Transform"] = "AWS::Serverless-2016-10-31"
    names = {"StackName": world.name, "ChangeSetName": "initial"}
    world.cfn.create_change_set(
        **names, ChangeSetType="CREATE", TemplateBody=json.dumps(wanted),
        Tags=[{"Key": "ManagedStackSource", "Value": "AwsSamCli"}],
    )  # fmt: skip
    world.cfn.execute_change_set(**names)

    assert world.settled() == "CREATE_COMPLETE"
    assert world.outputs()["Bucket"].startswith(f"{world.name}-bucket-")
