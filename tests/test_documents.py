"""What the documents say is compared with what the code does."""

import json
import re
import subprocess
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from handler import errors, metrics
from handler.schema import SCHEMA
from local.cloudformation.template import parse
from local.settings import Settings
from macro.fingerprint import FUNCTION_LEVEL
from tests.e2e.account import ATTRIBUTES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
TEMPLATE = (ROOT / "template.yaml").read_text("utf-8")
SOURCES = "\n".join(
    path.read_text("utf-8")
    for folder in ("handler", "console", "macro", "local", "tests", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
)
HANDLER = "\n".join(path.read_text("utf-8") for path in (ROOT / "handler").glob("*.py"))


def table(text: str, heading: str) -> dict[str, str]:
    """Give the second column of the table below a heading, by the first."""
    rows = re.findall(
        r"^\| `([^`]+)` \|([^|]*)\|",
        text.split(heading)[1].split("\n## ", maxsplit=1)[0],
        re.MULTILINE,
    )
    return {name: second.strip().strip("`") for name, second in rows}


def test_the_readme_has_at_most_120_lines() -> None:
    assert len(README.splitlines()) <= 120


def test_the_readme_lists_every_property_with_its_default() -> None:
    expected = {
        name: "required" if name in SCHEMA["required"] else each.get("default", "")
        for name, each in SCHEMA["properties"].items()
    }
    assert table(README, "## Properties") == expected


def test_the_readme_lists_every_attribute() -> None:
    listed = re.search(r"`GetAtt`: ([^.]*)\.", README)
    assert listed
    assert tuple(re.findall(r"`(\w+)`", listed[1])) == ATTRIBUTES


def test_every_error_is_explained() -> None:
    explained = table((ROOT / "docs/errors.md").read_text("utf-8"), "# What")
    assert set(explained) == {each.__name__ for each in errors.PromotionError.__subclasses__()}


def test_every_section_that_the_code_rests_on_is_there() -> None:
    there = re.findall(
        r"^\| ([A-F]\d+) \|", (ROOT / "docs/aws-semantics.md").read_text("utf-8"), re.MULTILINE
    )
    named = re.findall(r"aws-semantics ((?:[A-F]\d+(?: to |-|, | and )?)+)", SOURCES)
    assert {each for one in named for each in re.findall(r"[A-F]\d+", one)} <= set(there)
    assert len(there) == len(set(there))


def test_every_make_target_that_a_document_names_exists() -> None:
    targets = set(
        re.findall(r"^([a-zA-Z0-9-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    )
    texts = [path.read_text("utf-8") for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]]
    named = {
        name
        for text in texts
        for name in re.findall(r"(?:`|^    )make ([a-z0-9-]+)", text, re.MULTILINE)
    }
    assert named
    assert named <= targets


def test_make_help_lists_every_target_that_people_use() -> None:
    text = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = re.findall(r"^  make ([a-z0-9]+)", text.stdout, re.MULTILINE)
    expected = ["help", "lint", "format", "typecheck", "build", "deploy", "local", "demo", "test"]
    assert set(listed) >= {*expected, "clean"}


def test_every_link_in_a_document_leads_somewhere() -> None:
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for link in re.findall(r"\]\((?!https:)([^)#]+)", path.read_text("utf-8")):
            assert (path.parent / link).exists(), f"{path.name}: {link}"


def statements(role: str) -> dict[str, dict[str, Any]]:
    """Give the statements of a role of template.yaml by their Sid, actions as lists."""
    policies = parse(TEMPLATE)["Resources"][role]["Properties"]["Policies"]
    listed = [each for policy in policies for each in policy["PolicyDocument"]["Statement"]]
    return {
        each["Sid"]: each
        | {"Action": [each["Action"]] if isinstance(each["Action"], str) else each["Action"]}
        for each in listed
    }


def test_the_role_allows_exactly_the_actions_that_the_gateway_calls() -> None:
    role = statements("ProviderRole")
    called = set(re.findall(r'"((?:lambda|cloudformation|cloudwatch):[A-Z]\w+)"', HANDLER))
    used = (
        "Promote", "GoOnInAnotherInvocation", "LookAtAlarms", "AskTheStackForItsDirection",
        "DeleteVersions", "LookForEventSources",
    )  # fmt: skip
    assert called == {action for sid in used for action in role[sid]["Action"]}
    assert role.keys() == {*used, "NeverItself", "HandOverToTheLastResort", "Log"}


def test_the_role_may_never_write_to_the_provider_itself() -> None:
    role = statements("ProviderRole")
    # InvokeFunction is how it goes on; allowed.py keeps stacks from having it invoked.
    reads = {
        "lambda:GetAlias", "lambda:GetFunction", "lambda:GetProvisionedConcurrencyConfig",
        "lambda:InvokeFunction", "lambda:ListAliases", "lambda:ListDurableExecutionsByFunction",
        "lambda:ListProvisionedConcurrencyConfigs", "lambda:ListVersionsByFunction",
    }  # fmt: skip
    writes = {*role["Promote"]["Action"], *role["DeleteVersions"]["Action"]} - reads
    assert role["NeverItself"]["Effect"] == "Deny"
    assert {*role["NeverItself"]["Action"]} == writes


def test_the_role_may_delete_versions_of_the_same_functions_but_no_function() -> None:
    role = statements("ProviderRole")
    allowed = [name for name, each in role.items() if "lambda:DeleteFunction" in each["Action"]]
    assert allowed == ["DeleteVersions", "NeverItself"]
    versions = role["DeleteVersions"]["Resource"]
    assert [each["Fn::Sub"][0].endswith(":function:${Name}:*") for each in versions] == [True] * 5
    assert [each for each in role["Promote"]["Resource"] if each in versions] == versions


@pytest.mark.parametrize("role", ["ProviderRole", "LastResortRole", "MacroRole"])
def test_no_role_has_a_wildcard_for_an_action_or_for_every_resource(role: str) -> None:
    for sid, statement in statements(role).items():
        assert not [action for action in statement["Action"] if "*" in action]
        # AWS lets nobody name composite alarms in a policy, nor whose event sources are listed.
        assert statement["Resource"] != "*" or sid in ("LookAtAlarms", "LookForEventSources")


def test_the_macro_may_write_its_log_and_nothing_else() -> None:
    assert statements("MacroRole").keys() == {"Log"}


@pytest.mark.parametrize("name", ["provider.txt", "dev.txt"])
def test_lock_files_name_no_host_and_no_path(name: str) -> None:
    lock = (ROOT / "requirements" / name).read_text("utf-8")
    assert "==" in lock
    assert re.findall(r"^-.*|.*(?:https?|file)://.*|.*--find-links.*", lock, re.MULTILINE) == []


def test_the_schema_is_json_that_says_what_each_property_expects() -> None:
    schema = json.loads((ROOT / "handler" / "schema.json").read_text("utf-8"))
    unsaid = [name for name, each in schema["properties"].items() if "description" not in each]
    assert unsaid == []


def test_the_page_on_the_engine_lists_every_setting_with_its_default() -> None:
    rows = re.findall(
        r"^\| (`\w+`(?:, `\w+`)*) \| `([^`]*)` \|",
        (ROOT / "docs/engine.md").read_text(),
        re.MULTILINE,
    )
    listed = {name: default for names, default in rows for name in re.findall(r"\w+", names)}
    assert listed == {each.name: str(each.default) for each in fields(Settings)}


def test_the_page_on_the_macro_names_what_is_not_part_of_a_version() -> None:
    page = (ROOT / "docs/macro.md").read_text("utf-8")
    [listed] = re.findall(r"those of the function as a\nwhole: ([^.]+)\.", page)
    assert set(re.findall(r"`(\w+)`", listed)) == FUNCTION_LEVEL


def test_the_page_on_operations_lists_every_alarm_and_every_metric() -> None:
    page = (ROOT / "docs/operations.md").read_text("utf-8")
    resources = parse(TEMPLATE)["Resources"]
    alarms = {n for n, each in resources.items() if each["Type"] == "AWS::CloudWatch::Alarm"}
    assert set(table(page, "## What watches it")) == alarms
    assert set(table(page, "## What it counts")) == {
        metrics.PROMOTIONS, metrics.ROLLBACKS, metrics.FAILURES, metrics.DURATION
    }  # fmt: skip
    for name in table(page, "## What it counts"):
        assert (
            f'MetricName=\\"{name}\\"'
            in resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
        )
