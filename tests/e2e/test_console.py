"""`python -m handler` on stacks of the engine: what docs/console.md shows is what comes out."""

import io
import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from console.main import main
from console.session import Session
from local.settings import Settings
from tests.e2e.account import ROOT, Account, Artifacts, promotion, template
from tests.e2e.conftest import ONE_WAY

Captured = pytest.CaptureFixture[str]

PAGE = (ROOT / "docs" / "console.md").read_text("utf-8")
BLOCKS = re.findall(
    r"<!-- console -->\n```text\n\$ python -m handler ([^\n]*)\n(.*?)```", PAGE, re.DOTALL
)
DIFFERS = r"\d{4}-\d\d-\d\d \d\d:\d\d|\d+\.\d [KMG]?B|\d+\.\d %"
"""The time, and how much code the account has."""

LOOKS_FOR_OLD_VERSIONS = {
    "lambda:ListAliases", "lambda:ListEventSourceMappings",
    "lambda:ListProvisionedConcurrencyConfigs", "lambda:ListVersionsByFunction",
}  # fmt: skip


@pytest.fixture(scope="module")
def settings() -> Settings:
    """What AWS's documentation is silent about makes no difference to who only reads."""
    return ONE_WAY


@pytest.fixture(autouse=True)
def _credentials(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in account.engine.environment().items():
        monkeypatch.setenv(name, value)


def orders(function: str, code: str, release: str, **prod: Any) -> dict[str, Any]:
    """Declare dev, and prod that serves what dev serves.

    A name of its own for each test: Lambda goes on counting the versions of a name.
    """
    source = {"SourceQualifier": {"Fn::GetAtt": ["Dev", "Version"]}}
    made = template(
        code,
        Dev=promotion("dev", Triggers=release, Description="Orders, dev"),
        Prod=promotion("prod", **{**source, **prod}),
    )
    made["Resources"]["Function"]["Properties"]["FunctionName"] = function
    return made


def everything(account: Account) -> Mapping[str, Any]:
    """Give whatever a command that only reads must not change."""
    stacks = account.stacks.describe_stacks()["Stacks"]
    events = [
        account.stacks.describe_stack_events(StackName=each["StackId"])["StackEvents"]
        for each in stacks
    ]
    aliases = account.lambda_.list_aliases(FunctionName="orders-api")["Aliases"]
    return {"stacks": stacks, "events": events, "aliases": aliases,
            "versions": account.versions("orders-api")}  # fmt: skip


class Calls:
    """Which actions each command calls."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.of = defaultdict[str, set[str]](set)
        self.command = ""
        check = Session.check

        def noted(session: Session, model: Any, **more: Any) -> None:
            check(session, model, **more)
            self.of[self.command].add(f"{model.service_model.signing_name}:{model.name}")

        monkeypatch.setattr(Session, "check", noted)


def documented(command: str) -> set[str]:
    [row] = re.findall(rf"^\| `{command}` \| (.*) \|$", PAGE, re.MULTILINE)
    return set(re.findall(r"`(\w+:\w+)`", row))


def shown(text: str) -> str:
    return re.sub(DIFFERS, "...", text)


def test_the_page_shows_what_comes_out(
    account: Account, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Captured
) -> None:
    for number, code in enumerate("abc", start=1):
        account.deploy("orders-app", orders("orders-api", code, str(number)))
    following = orders(
        "orders-api", "d", "4", RetainVersions="2", SmokeTest={"Payload": "{}"},
        DeploymentPreference={"Type": "Canary10Percent5Minutes"},
    )  # fmt: skip
    (tmp_path / "orders.json").write_text(json.dumps(following))
    monkeypatch.chdir(tmp_path)
    before = everything(account)
    calls = Calls(monkeypatch)

    status, plan, rollback = BLOCKS
    for typed, expected in (status, plan):
        calls.command = typed.split()[0]
        assert main(typed.split()) == 0
        assert shown(capsys.readouterr().out) == shown(expected)
    assert everything(account) == before
    calls.command = "rollback"
    assert main(rollback[0].split()) == 0
    assert capsys.readouterr().out == rollback[1]

    assert calls.of["status"] == documented("status")
    assert calls.of["plan"] <= documented("plan") | LOOKS_FOR_OLD_VERSIONS
    assert calls.of["rollback"] == documented("rollback")

    # What it says of the next deploy is so.
    assert (account.alias("orders-api", "prod") or [""])[0] == "2"
    account.deploy("orders-app", orders("orders-api", "d", "4", RetainVersions="2"))
    version, description = account.alias("orders-api", "prod") or ("", "")
    assert version == "4"
    assert re.search(r" 4@\w+ 2@61ce81f6 3@61ce81f6 2@", description)
    assert account.versions("orders-api") == ["2", "3", "4"]


def macro(function: str, code: str) -> dict[str, Any]:
    made = orders(function, code, "1")
    del made["Resources"]["Dev"]["Properties"]["Triggers"]
    return {**made, "Transform": ["LambdaAliasPromotion"]}


@pytest.mark.parametrize(
    ("function", "old", "new", "moves"),
    [
        ("orders-triggers", ("a", "1"), ("b", "2"), True),
        ("orders-same", ("a",), ("a",), False),
        ("orders-woken", ("a",), ("b",), True),
    ],
    ids=["Triggers", "macro, nothing changed", "macro, code changed"],
)
def test_a_deploy_does_what_was_planned(
    account: Account,
    tmp_path: Path,
    capsys: Captured,
    function: str,
    old: tuple[str, ...],
    new: tuple[str, ...],
    moves: bool,
) -> None:
    declare: Any = macro if len(old) == 1 else orders
    account.deploy("orders-app", declare(function, *old))
    (tmp_path / "orders.json").write_text(json.dumps(declare(function, *new)))

    assert main(["plan", str(tmp_path / "orders.json"), "--stack", "orders-app"]) == 0
    planned = capsys.readouterr().out
    account.deploy("orders-app", declare(function, *new))

    version, description = account.alias(function, "dev") or ("", "")
    assert version == ("2" if moves else "1")
    found = re.search(r"\?@(\w{8}) 1@(\w{8})", planned)
    assert bool(found) == moves
    assert not found or f" 2@{found[1]} 1@{found[2]}]" in description
    assert planned.count("no property changes") == (0 if moves else 2)


def test_a_stack_that_is_not_there_is_planned_as_a_new_one(
    tmp_path: Path, capsys: Captured
) -> None:
    (tmp_path / "orders.json").write_text(json.dumps(orders("orders-new", "a", "1")))

    for more in ([], ["--stack", "orders-app"]):
        assert main(["plan", str(tmp_path / "orders.json"), *more]) == 0
        assert "creates    dev, on the new version" in capsys.readouterr().out


def test_a_stack_that_takes_no_deploy_is_told(
    account: Account, tmp_path: Path, capsys: Captured
) -> None:
    account.deploy("orders-app", orders("orders-broken", "a", "1", SourceQualifier="9"))
    (tmp_path / "orders.yaml").write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}")

    assert main(["plan", str(tmp_path / "orders.yaml"), "--stack", "orders-app"]) == 1
    expected = "The stack orders-app is ROLLBACK_COMPLETE, in which it takes no deploy.\n"
    assert capsys.readouterr().out.startswith(expected)


def test_what_a_person_needs_at_a_terminal_is_not_in_the_artifact(artifacts: Artifacts) -> None:
    names = zipfile.ZipFile(io.BytesIO(artifacts.provider)).namelist()

    assert "handler/app.py" in names
    assert [each for each in names if each.startswith(("console", "rich", "macro"))] == []
    assert "handler/__main__.py" not in names
