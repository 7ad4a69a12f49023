"""What users copy: each example is deployed, released, and does what its page says."""

import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import pytest

from local.settings import Settings
from tests.e2e.account import ROOT, Account, outputs
from tests.e2e.conftest import ONE_WAY

pytestmark = pytest.mark.thorough

EXAMPLES = ROOT / "examples"


@pytest.fixture(scope="module", params=[ONE_WAY], ids=["a minute is 0.1 s"])
def settings(request: pytest.FixtureRequest) -> Settings:
    found: Settings = request.param
    return replace(found, minute=0.1, provisioning=0.2)


class Example:
    """An example that its user changes and deploys."""

    def __init__(self, account: Account, name: str) -> None:
        self.stack = f"orders-{name}"
        self._account = account
        self._s3 = account.engine.client("s3")
        self._directory = EXAMPLES / name

    def deploy(self, release: str, change: tuple[str, str] = ("", "")) -> dict[str, str]:
        """Deploy a release, with something replaced in its code; give the stack's outputs."""
        self.begin(release, change)
        stack = self._account.settled(self.stack)
        assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
        return outputs(stack)

    def begin(self, release: str, change: tuple[str, str] = ("", "")) -> None:
        key = f"{self.stack}-{release}.zip"
        self._s3.put_object(Bucket="artifacts", Key=key, Body=self._package(*change))
        text = (self._directory / "template.yaml").read_text("utf-8")
        text = text.replace("CodeUri: src", f"CodeUri: s3://artifacts/{key}")
        self._account.begin(self.stack, text, {"Release": release})

    def _package(self, old: str, new: str) -> bytes:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            for file in sorted((self._directory / "src").iterdir()):
                if file.suffix == ".py":
                    archive.writestr(file.name, file.read_text("utf-8").replace(old, new))
        return content.getvalue()


def ask(account: Account, function: str, alias: str, **event: Any) -> Any:
    answer = account.lambda_.invoke(
        FunctionName=function, Qualifier=alias, Payload=json.dumps(event)
    )
    return json.loads(answer["Payload"].read())


def test_the_canary_is_put_back_by_the_alarm_on_the_errors_of_the_new_version(
    account: Account,
) -> None:
    example, cloudwatch = Example(account, "canary"), account.engine.client("cloudwatch")
    name = example.deploy("1")["FunctionName"]
    example.deploy("2", ('RELEASE = "1"', 'RELEASE = "2"'))
    assert ask(account, name, "prod", items=[]) == {"total": 0, "release": "2", "version": "2"}

    example.begin("3", ('RELEASE = "1"', 'RELEASE = "3"'))
    account.wait_for(lambda: account.split(name, "prod") == ("2", 10))
    alarm_name = account.physical_id(example.stack, "NewVersionErrors")
    [alarm] = cloudwatch.describe_alarms(AlarmNames=[alarm_name])["MetricAlarms"]
    assert {each["Name"]: each["Value"] for each in alarm["Dimensions"]} == {
        "FunctionName": name,
        "Resource": f"{name}:prod",
        "ExecutedVersion": "3",
    }
    cloudwatch.set_alarm_state(AlarmName=alarm_name, StateValue="ALARM", StateReason="errors")

    assert account.settled(example.stack)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert ask(account, name, "prod", items=[])["release"] == "2"
    assert account.split(name, "prod") == ("2", 0)


def test_the_canary_catches_a_release_that_adds_up_wrongly(account: Account) -> None:
    example = Example(account, "canary")
    name = example.deploy("1")["FunctionName"]

    example.begin("2", ('item["price"] * item["quantity"]', 'item["price"]'))

    assert account.settled(example.stack)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert 'answered {"total": 5' in account.reasons(example.stack, "ProdAlias")[0]
    assert ask(account, name, "prod", items=[])["release"] == "1"


def test_two_functions_are_released_together_or_not_at_all(account: Account) -> None:
    example = Example(account, "together")
    names = example.deploy("1")
    orders, stock = names["OrdersFunctionName"], names["StockFunctionName"]

    versions = example.deploy("2", ("FORMAT = 1", "FORMAT = 2"))["Versions"]

    assert versions == f"{orders}=2,{stock}=2"
    order = ask(account, orders, "live", items=["a", "b"])
    assert ask(account, stock, "live", **order) == {"taken": 2}
    example.begin("3", ('"""Takes items', "import absent\n"))
    assert account.settled(example.stack)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert [account.split(each, "live") for each in (orders, stock)] == [("2", 0), ("2", 0)]


def test_a_provisioned_version_is_ready_when_it_gets_the_traffic(account: Account) -> None:
    example = Example(account, "provisioned")
    name = example.deploy("1")["FunctionName"]
    warm = {"start": "provisioned-concurrency"}
    assert ask(account, name, "prod") == {"release": "1"} | warm

    example.deploy("2", ('RELEASE = "1"', 'RELEASE = "2"'))

    assert ask(account, name, "prod") == {"release": "2"} | warm
    listed = account.lambda_.list_provisioned_concurrency_configs(FunctionName=name)
    [left] = listed["ProvisionedConcurrencyConfigs"]
    assert left["FunctionArn"].endswith(f"{name}:2")
