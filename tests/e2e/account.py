"""What a person does with CloudFormation in an account that has the provider."""

import io
import json
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from local.engine import Engine

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
ATTRIBUTES = (
    "AliasArn", "FunctionArn", "FunctionName", "Version", "VersionArn", "PreviousVersion",
    "CodeSha256", "InvocationUri",
)  # fmt: skip
PROVIDER = "lambda-alias-promotion"
# Fails when everything that it depends on is done: its name is taken.
BROKEN = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "artifacts"}}
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda"}}
            ],
        }
    },
}
Split = tuple[str, int]
"""The version that an alias points to, and the percentage that goes to another one."""
_SETTLES_WITHIN = 60.0


@dataclass(frozen=True)
class Artifacts:
    """What `sam build` makes of template.yaml: a zip for each function."""

    provider: bytes
    last_resort: bytes
    macro: bytes

    def breaking(self, code: str) -> "Artifacts":
        """Give the same with code at the end of the provider's entry."""
        source, broken = zipfile.ZipFile(io.BytesIO(self.provider)), io.BytesIO()
        with zipfile.ZipFile(broken, "w") as archive:
            for name in source.namelist():
                if name.startswith("handler/__pycache__/app."):
                    continue  # byte code counts, and not what the source says since
                content = source.read(name)
                entry = name == "handler/app.py"
                archive.writestr(name, content + f"\n{code}\n".encode() if entry else content)
        return replace(self, provider=broken.getvalue())


def build_artifacts(directory: Path) -> Artifacts:
    """Build as `sam build` does, by the project's own Makefile."""
    packages = []
    for function in ("ProviderFunction", "LastResortFunction", "MacroFunction"):
        target = directory / function
        subprocess.run(
            ["make", "-s", f"build-{function}", f"ARTIFACTS_DIR={target}",
             f"PYTHON={sys.executable}"],
            cwd=ROOT, check=True,
        )  # fmt: skip
        packages.append(Path(shutil.make_archive(str(target), "zip", target)).read_bytes())
    return Artifacts(*packages)


class Account:
    """An account with the provider, and stacks that use it."""

    def __init__(self, engine: Engine, artifacts: Artifacts) -> None:
        self.engine = engine
        self.lambda_ = engine.client("lambda")
        self.stacks = engine.client("cloudformation")
        self.artifacts = artifacts
        self.install_provider()

    def clear(self) -> None:
        """Delete every stack but the provider's."""
        for stack in self.stacks.describe_stacks()["Stacks"]:
            if stack["StackName"] != PROVIDER:
                self.delete(stack["StackName"])

    def install_provider(
        self, names: str = "orders-*", artifacts: Artifacts | None = None, timeout: int = 900
    ) -> dict[str, Any]:
        """Deploy template.yaml, or deploy it again."""
        template = self.provider_template(artifacts).replace("Timeout: 900", f"Timeout: {timeout}")
        return self.deploy(PROVIDER, template, AllowedFunctionNames=names)

    def provider_template(self, artifacts: Artifacts | None = None) -> str:
        """Give template.yaml as sam packages it."""
        s3 = self.engine.client("s3")
        location = {"LocationConstraint": s3.meta.region_name}
        if not s3.list_buckets()["Buckets"]:
            s3.create_bucket(Bucket="artifacts", CreateBucketConfiguration=location)
        text = (ROOT / "template.yaml").read_text("utf-8")
        built = artifacts or self.artifacts
        for package in (built.provider, built.last_resort, built.macro):
            # As sam does: the same content has the same key, or a version would seem to be new.
            key = f"{sha256(package).hexdigest()}.zip"
            s3.put_object(Bucket="artifacts", Key=key, Body=package)
            text = text.replace("CodeUri: .", f"CodeUri: s3://artifacts/{key}", 1)
        return text

    def deploy(self, name: str, template: Any, **parameters: str) -> dict[str, Any]:
        """Create or update a stack, wait for the end, and describe it."""
        self.begin(name, template, parameters)
        return self.settled(name)

    def begin(
        self,
        name: str,
        template: Any,
        parameters: Mapping[str, str] | None = None,
        *,
        disable_rollback: bool = False,
    ) -> None:
        """Create or update a stack, and do not wait."""
        request: dict[str, Any] = {
            "DisableRollback": disable_rollback,
            "StackName": name,
            "TemplateBody": template if isinstance(template, str) else json.dumps(template),
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in (parameters or {}).items()
            ],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        }
        try:
            self.stacks.update_stack(**request)
        except ClientError as error:
            if "does not exist" in str(error):
                self.stacks.create_stack(**request)
            elif "No updates are to be performed" not in str(error):
                raise

    def delete(self, name: str) -> str:
        """Delete a stack and give its last status."""
        stack_id = self.stacks.describe_stacks(StackName=name)["Stacks"][0]["StackId"]
        self.stacks.delete_stack(StackName=name)
        return str(self.settled(stack_id)["StackStatus"])

    def filmed(
        self,
        name: str,
        template: Any,
        look: Callable[[], T],
        meanwhile: Callable[[T], object] = lambda _picture: None,
    ) -> list[T]:
        """Create or update a stack, and give what a look finds each time that it has changed.

        Args:
            name: the stack's name.
            template: the stack's template.
            look: looks at what the stack changes.
            meanwhile: is called with each new picture.
        """
        pictures = [look()]
        self.begin(name, template)
        while True:
            status = self.stack_status(name)
            if (picture := look()) != pictures[-1]:
                pictures.append(picture)
                meanwhile(picture)
            if not status.endswith("IN_PROGRESS"):
                return pictures
            time.sleep(0.02)

    def stack_status(self, name: str) -> str:
        """Give a stack's status as it is now."""
        return str(self.stacks.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])

    def settled(self, name: str) -> dict[str, Any]:
        """Wait until the stack's operation is over."""
        until = time.monotonic() + _SETTLES_WITHIN
        while time.monotonic() < until:
            stack: dict[str, Any] = self.stacks.describe_stacks(StackName=name)["Stacks"][0]
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                return stack
            time.sleep(0.05)
        raise TimeoutError(f"{name} is still {stack['StackStatus']}")

    def wait_for(self, reached: Callable[[], bool]) -> None:
        """Wait until something is so."""
        until = time.monotonic() + _SETTLES_WITHIN
        while not reached():
            assert time.monotonic() < until
            time.sleep(0.02)

    def reasons(self, name: str, logical_id: str) -> list[str]:
        """Give the reasons of a resource's failures, as the stack's events show them."""
        events = self.stacks.describe_stack_events(StackName=name)["StackEvents"]
        return [
            event["ResourceStatusReason"]
            for event in events
            if event["LogicalResourceId"] == logical_id
            and event["ResourceStatus"].endswith("_FAILED")
        ]

    def physical_id(self, name: str, logical_id: str) -> str:
        """Give a resource's physical id."""
        found = self.stacks.describe_stack_resource(StackName=name, LogicalResourceId=logical_id)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def alias(self, function: str, name: str) -> tuple[str, str] | None:
        """Give what an alias points to, and its Description."""
        try:
            found = self.lambda_.get_alias(FunctionName=function, Name=name)
        except self.lambda_.exceptions.ResourceNotFoundException:
            return None
        return found["FunctionVersion"], found["Description"]

    def split(self, function: str, alias: str) -> Split:
        """Give the version that an alias points to, and the percentage that goes to another one."""
        found = self.lambda_.get_alias(FunctionName=function, Name=alias)
        weights = found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        return found["FunctionVersion"], round(100 * sum(weights.values()))

    def crash_provider(self) -> None:
        """Kill the provider while it carries out a request."""
        self.wait_for(lambda: self.engine.crash(PROVIDER) > 0)

    def answer(self, function: str, alias: str) -> Any:
        """Invoke an alias."""
        answer = self.lambda_.invoke(FunctionName=function, Qualifier=alias)
        return json.loads(answer["Payload"].read())

    def versions(self, function: str) -> list[str]:
        """List the published versions."""
        found = self.lambda_.list_versions_by_function(FunctionName=function)["Versions"]
        return [each["Version"] for each in found if each["Version"] != "$LATEST"]


class Alarms:
    """The alarms `errors` and `latency`, which are OK, and `either` of both."""

    def __init__(self, account: Account) -> None:
        self._cloudwatch = account.engine.client("cloudwatch")
        for name in ("errors", "latency"):
            self._cloudwatch.put_metric_alarm(
                AlarmName=name, Namespace="AWS/Lambda", MetricName="Errors", Statistic="Sum",
                ComparisonOperator="GreaterThanThreshold", Period=60, EvaluationPeriods=1,
                Threshold=0,
            )  # fmt: skip
        rule = "ALARM(errors) OR ALARM(latency)"
        self._cloudwatch.put_composite_alarm(AlarmName="either", AlarmRule=rule)
        for name in ("errors", "latency"):
            self.set(name, "OK")

    def set(self, name: str, state: str) -> None:
        """Let an alarm have a state."""
        self._cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")

    def ring(self, name: str) -> Callable[[], None]:
        """Give what makes an alarm ring."""
        return lambda: self.set(name, "ALARM")


def at(moment: T, act: Callable[[], object]) -> Callable[[T], object]:
    """Give what does something once a picture is this one."""
    return lambda picture: act() if picture == moment else None


def function(code: str) -> dict[str, Any]:
    """Declare a function that answers with the name of its code."""
    return function_of(f"def handler(event, context):\n    return {code!r}\n")


def function_of(source: str, **properties: Any) -> dict[str, Any]:
    """Declare a function by its source, with the stack's role unless another is given."""
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"ZipFile": source},
            "Handler": "index.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Runtime": "python3.13",
            **properties,
        },
    }


def promotion(alias: str, **properties: Any) -> dict[str, Any]:
    """Declare a promotion of the stack's function."""
    depends_on = properties.pop("DependsOn", [])
    return {
        "Type": "Custom::LambdaAliasPromotion",
        "DependsOn": depends_on,
        "Properties": {
            "ServiceToken": {"Fn::ImportValue": "lambda-alias-promotion-ServiceToken"},
            "FunctionName": {"Ref": "Function"},
            "AliasName": alias,
            **properties,
        },
    }


def template(code: str, **resources: Mapping[str, Any]) -> dict[str, Any]:
    """Declare a stack with one function; Outputs give every attribute of every promotion."""
    promotions = [name for name, each in resources.items() if each["Type"].startswith("Custom::")]
    outputs: dict[str, Any] = {"Function": {"Value": {"Ref": "Function"}}}
    for name in promotions:
        outputs[name] = {"Value": {"Ref": name}}
        for attribute in ATTRIBUTES:
            outputs[f"{name}{attribute}"] = {"Value": {"Fn::GetAtt": [name, attribute]}}
    return {
        "Resources": {
            "Role": ROLE,
            "Function": function(code),
            **resources,
        },
        "Outputs": outputs,
    }


def outputs(stack: Mapping[str, Any]) -> dict[str, str]:
    """Give a stack's outputs by name."""
    return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


def fails_after(seconds: int, **more: Any) -> dict[str, Any]:
    """Declare a resource that fails when this time is over, and the handle that it needs."""
    properties = {"Handle": {"Ref": "Handle"}, "Timeout": str(seconds)}
    waits = {"Type": "AWS::CloudFormation::WaitCondition", "Properties": properties, **more}
    return {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}, "Waits": waits}


def released(account: Account) -> str:
    """Deploy version 1, prod on it, and give the function's name."""
    stack = account.deploy("orders-app", template("a", Prod=promotion("prod")))
    return outputs(stack)["Function"]
