"""The pipelines: what they run and deploy, run and deployed in their order on the engine."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.cloudformation.template import parse
from local.settings import Settings
from tests.e2e.account import ROOT, Account
from tests.e2e.conftest import ONE_WAY
from tests.e2e.packages import of_pip
from tests.lint.linting import findings

pytestmark = pytest.mark.thorough

FOLDER = ROOT / "examples" / "pipelines"
STAGES = ("dev", "beta", "prod")
WORKFLOW = yaml.load((FOLDER / "github-actions.yml").read_text("utf-8"), yaml.BaseLoader)
PIPELINE = (FOLDER / "codepipeline.yaml").read_text("utf-8")
PINNED = (ROOT / "requirements" / "dev.in").read_text("utf-8")
NEEDED = ("samconfig.toml", "examples", "lambda_alias_promotion_rules")


@pytest.fixture(scope="module")
def settings() -> Settings:
    """What AWS's documentation is silent about makes no difference to a pipeline."""
    return ONE_WAY


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in NEEDED:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, tmp_path / name)
    return tmp_path


def run(command: str, checkout: Path, account: Account, **variables: str) -> None:
    """Run a command of a pipeline in a shell; what it installs must be what is pinned here."""
    if command.startswith("pip install "):
        for package in command.split()[2:]:
            assert re.search(rf"^{re.escape(package)}\s", PINNED, re.MULTILINE), package
        return
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    own = {"PATH": path, "HOME": str(checkout), "LANG": "C.UTF-8"}
    done = subprocess.run(
        ["sh", "-euc", command],
        cwd=checkout, env=of_pip() | own | account.engine.environment() | variables,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def served(account: Account) -> dict[str, str]:
    """Give the version of each alias of the function."""
    [name] = [
        each["FunctionName"]
        for each in account.lambda_.list_functions()["Functions"]
        if each["FunctionName"].startswith("orders-dev-")
    ]
    aliases = account.lambda_.list_aliases(FunctionName=name)["Aliases"]
    return {each["Name"]: each["FunctionVersion"] for each in aliases}


def release(checkout: Path, number: int) -> None:
    source = checkout / "examples" / "orders" / "src" / "app.py"
    text = source.read_text("utf-8")
    source.write_text(re.sub(r'RELEASE = "\d"', f'RELEASE = "{number}"', text), "utf-8")


def in_order(jobs: Mapping[str, Any]) -> list[str]:
    """Give the jobs, each after the one that it needs."""
    by_needs = {job.get("needs"): name for name, job in jobs.items()}
    assert len(by_needs) == len(jobs)
    found: list[str] = []
    while (name := by_needs.get(found[-1] if found else None)) is not None:
        found.append(name)
    return found


def test_the_workflow_lints_deploys_dev_and_promotes_stage_by_stage() -> None:
    jobs = WORKFLOW["jobs"]
    assert in_order(jobs) == ["lint", *STAGES]
    for stage in STAGES:
        assert jobs[stage]["environment"] == stage
        overrides = f'--parameter-overrides "Stage={stage} Release=$GITHUB_SHA"'
        commands = [step["run"] for step in jobs[stage]["steps"] if "run" in step]
        assert commands == [f"sam deploy --config-env {stage} {overrides}"]
    assert WORKFLOW["on"] == {"push": {"branches": ["main"]}}
    assert WORKFLOW["permissions"] == {"contents": "read", "id-token": "write"}
    assert WORKFLOW["concurrency"]["cancel-in-progress"] == "false"
    for job in jobs.values():
        assert job["runs-on"]
        for step in job["steps"]:
            assert step.keys() <= {"uses", "with", "run"}
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step.get("uses", "a/b@v1"))


def test_the_commands_of_the_workflow_bring_a_commit_to_prod(
    account: Account, checkout: Path
) -> None:
    release(checkout, 2)
    for name in in_order(WORKFLOW["jobs"]):
        for step in WORKFLOW["jobs"][name]["steps"]:
            if "run" in step:
                run(step["run"], checkout, account, GITHUB_SHA="2f1e")

    assert served(account) == dict.fromkeys(STAGES, "1")


def actions() -> list[dict[str, Any]]:
    stages = parse(PIPELINE)["Resources"]["Pipeline"]["Properties"]["Stages"]
    return [action for stage in stages for action in stage["Actions"]]


def test_the_pipeline_lints_deploys_dev_and_promotes_prod_after_approval() -> None:
    assert findings(PIPELINE) == []
    providers = [each["ActionTypeId"]["Provider"] for each in actions()]
    assert providers == ["CodeStarSourceConnection", "CodeBuild", "CloudFormation",
                         "CloudFormation", "Manual", "CloudFormation"]  # fmt: skip
    approve, promote = actions()[-2:]
    assert approve["RunOrder"] < promote["RunOrder"]


def deploy_packaged(account: Account, checkout: Path, commit: str) -> None:
    """Do what the CloudFormation actions of the pipeline do."""
    for action in actions():
        if action["ActionTypeId"]["Provider"] == "CloudFormation":
            given = action["Configuration"]
            artifact, _, file = given["TemplatePath"].partition("::")
            assert action["InputArtifacts"] == [{"Name": artifact}]
            overrides = given["ParameterOverrides"].replace("#{Source.CommitId}", commit)
            template = (checkout / file).read_text("utf-8")
            stack = account.deploy(given["StackName"], template, **json.loads(overrides))
            assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def test_the_pipeline_brings_each_commit_to_prod(account: Account, checkout: Path) -> None:
    project = parse(PIPELINE)["Resources"]["Package"]["Properties"]
    buildspec = yaml.safe_load(project["Source"]["BuildSpec"])
    commands = [each for phase in buildspec["phases"].values() for each in phase["commands"]]

    for number, commit in ((1, "0a1b"), (2, "2c3d")):
        release(checkout, number)
        for command in commands if number == 1 else commands[-1:]:
            run(command, checkout, account, ARTIFACTS="artifacts")
        assert all((checkout / file).exists() for file in buildspec["artifacts"]["files"])
        deploy_packaged(account, checkout, commit)
        assert served(account) == dict.fromkeys(STAGES, str(number))
