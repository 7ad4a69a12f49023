"""The examples, deployed as their pages say, and what each of them shows."""

import json
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from local.cloudformation.template import parse
from local.settings import Settings
from tests.e2e.account import ROOT, Account, outputs
from tests.e2e.conftest import ONE_WAY
from tests.e2e.packaging import packaged

EXAMPLES = ROOT / "examples"
ALIASES = ("dev", "beta", "prod")


@pytest.fixture(scope="module")
def settings() -> Settings:
    """What AWS's documentation is silent about makes no difference to an example."""
    return ONE_WAY


@dataclass
class Example:
    """A copy of an example that may be changed, and its stack."""

    account: Account
    folder: Path
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def stack(self) -> str:
        return f"orders-{self.folder.name}"

    def deploy(self, **parameters: str) -> dict[str, Any]:
        """Deploy, as its page says, and give the stack; parameters keep their values."""
        [template] = self.folder.glob("template.*")
        self.parameters |= parameters
        return self.account.deploy(self.stack, packaged(self.account, template), **self.parameters)

    def edit(self, file: str, old: str, new: str) -> None:
        """Change the code."""
        path = self.folder / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    @property
    def outputs(self) -> dict[str, str]:
        return outputs(self.account.settled(self.stack))

    @property
    def aliases(self) -> dict[str, tuple[str, str]]:
        """Give the aliases that there are, each with its version and Description."""
        name = self.outputs["FunctionName"]
        found = {alias: self.account.alias(name, alias) for alias in ALIASES}
        return {alias: each for alias, each in found.items() if each}

    @property
    def serves(self) -> list[str]:
        """Give the versions that dev, beta and prod serve."""
        return [version for version, _ in self.aliases.values()]


@pytest.fixture
def example(account: Account, request: pytest.FixtureRequest, tmp_path: Path) -> Example:
    folder = Path(shutil.copytree(EXAMPLES / request.param, tmp_path / request.param))
    return Example(account, folder)


def mappings(example: Example) -> str:
    """Give both event source mappings, to the last byte."""
    client = example.account.lambda_
    names = ("QueueInvokesProd", "StreamInvokesProd")
    found = [
        client.get_event_source_mapping(UUID=example.account.physical_id(example.stack, name))
        for name in names
    ]
    return json.dumps([without_metadata(each) for each in found], default=str, sort_keys=True)


def without_metadata(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


@pytest.mark.thorough
@pytest.mark.parametrize("example", ["sources"], indirect=True)
def test_a_queue_and_a_stream_are_never_touched_by_a_release(example: Example) -> None:
    example.deploy()
    before = mappings(example)
    example.edit("src/app.py", 'RELEASE = "1"', 'RELEASE = "2"')

    example.deploy()
    assert example.serves == ["2", "1"]
    assert mappings(example) == before
    example.deploy(ProdRelease="2")
    assert example.serves == ["2", "2"]
    assert mappings(example) == before

    for each in json.loads(before):
        assert each["FunctionArn"].endswith(f":{example.outputs['FunctionName']}:prod")
    events = example.account.stacks.describe_stack_events(StackName=example.stack)["StackEvents"]
    of_mappings = [each for each in events if each["ResourceType"].endswith("SourceMapping")]
    assert {each["ResourceStatus"].split("_")[0] for each in of_mappings} == {"CREATE"}


@pytest.mark.thorough
@pytest.mark.parametrize("example", ["sources"], indirect=True)
def test_a_batch_of_either_source_is_handled_record_by_record(example: Example) -> None:
    example.deploy()
    batch = [
        {"eventSource": "aws:sqs", "messageId": "a", "body": '{"id": "1"}'},
        {"eventSource": "aws:sqs", "messageId": "b", "body": "no order"},
        {"eventSource": "aws:dynamodb",
         "dynamodb": {"Keys": {"id": {"S": "2"}}, "SequenceNumber": "7"}},
    ]  # fmt: skip

    answer = example.account.lambda_.invoke(
        FunctionName=json.loads(mappings(example))[0]["FunctionArn"],
        Payload=json.dumps({"Records": batch}),
    )

    assert json.loads(answer["Payload"].read()) == {"batchItemFailures": [{"itemIdentifier": "b"}]}


def integration(example: Example) -> dict[str, Any]:
    """Give what the API calls."""
    made = example.outputs
    return without_metadata(
        example.account.engine.client("apigateway").get_integration(
            restApiId=made["ApiId"], resourceId=made["ResourceId"], httpMethod="GET"
        )
    )


def request_prices(example: Example) -> dict[str, Any]:
    """Invoke what the API's integration names, as API Gateway does."""
    called = re.fullmatch(
        r"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/(.+)/invocations",
        integration(example)["uri"],
    )
    assert called
    answer = example.account.lambda_.invoke(FunctionName=called[1], Payload="{}")
    proxied: dict[str, Any] = json.loads(answer["Payload"].read())
    assert proxied["statusCode"] == 200
    found: dict[str, Any] = json.loads(proxied["body"])
    return found


@pytest.mark.thorough
@pytest.mark.parametrize("example", ["api"], indirect=True)
def test_an_api_answers_with_what_prod_serves_and_is_never_deployed_again(
    example: Example,
) -> None:
    example.deploy()
    before = example.outputs, integration(example)
    assert request_prices(example)["release"] == "1"
    example.edit("src/app.py", 'RELEASE = "1"', 'RELEASE = "2"')

    example.deploy()
    assert request_prices(example)["release"] == "1"
    example.deploy(ProdRelease="2")
    assert request_prices(example)["release"] == "2"

    versions = {"DevVersion": "2", "ProdVersion": "2"}
    assert (example.outputs, integration(example)) == (before[0] | versions, before[1])
    policy = example.account.lambda_.get_policy(
        FunctionName=example.outputs["FunctionName"], Qualifier="prod"
    )
    assert f"{example.outputs['ApiId']}/*/GET/prices" in policy["Policy"]


@pytest.mark.thorough
@pytest.mark.parametrize("example", ["gated"], indirect=True)
def test_a_version_that_passes_goes_through_every_stage_in_one_deployment(
    example: Example,
) -> None:
    example.deploy()
    example.edit("src/app.py", "total = ", "total = 1.0 * ")

    stack = example.deploy()

    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert example.serves == ["2", "2", "2"]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("example", "old", "new", "stopped", "reason"),
    [
        ("gated", ' * event["quantity"]', "", "BetaAlias", 'does not contain {"total": 7.0}'),
        ("gated", '"coffee": 4.0', '"coffee": 3.9', "ProdAlias", "said Failed: 3 coffee: "),
    ],
    ids=["smoke test", "hook"],
    indirect=["example"],
)
def test_a_version_that_does_not_pass_leaves_every_stage_as_it_was(
    example: Example, old: str, new: str, stopped: str, reason: str
) -> None:
    example.deploy()
    before = example.aliases
    example.edit("src/app.py", old, new)

    stack = example.deploy()

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert example.aliases == before
    [told] = example.account.reasons(example.stack, stopped)
    assert reason in told
    name = example.outputs["FunctionName"]
    assert example.account.versions(name) == ["1", "2"]
    tea = example.account.lambda_.invoke(
        FunctionName=name, Qualifier="prod", Payload='{"item": "tea", "quantity": 2}'
    )
    assert json.loads(tea["Payload"].read()) == {"total": 7.0, "version": "1"}


@pytest.mark.thorough
@pytest.mark.parametrize("example", ["plain"], indirect=True)
def test_a_plain_template_releases_what_its_triggers_say(example: Example) -> None:
    example.deploy()
    name = example.outputs["FunctionName"]

    example.deploy(Currency="USD")
    assert example.serves == ["1", "1"]
    example.deploy(DevRelease="2")
    assert example.serves == ["2", "1"]
    example.deploy(ProdRelease="2")
    assert example.serves == ["2", "2"]

    assert example.account.answer(name, "prod") == {"price": "3.50 USD", "version": "2"}


PAGES = sorted(EXAMPLES.glob("*/README.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.parent.name)
def test_the_commands_and_links_of_a_page_fit_what_there_is(page: Path) -> None:
    text = page.read_text("utf-8")
    commands = re.findall(r"^    ((?:sam|aws) (?:.*\\\n)*.*)", text, re.MULTILINE)

    assert commands
    for command in commands:
        _, options = command.split(" deploy ")
        [template] = re.findall(r"--template-file (\S+)", options)
        declared = parse((ROOT / template).read_text("utf-8"))["Parameters"]
        assert (ROOT / template).parent == page.parent
        assert set(re.findall(r"(\w+)=", options)) <= declared.keys()
        assert "--stack-name orders-" in options
    for link in re.findall(r"\]\((?!https:)([^)#]+)", text):
        assert (page.parent / link).exists(), link
