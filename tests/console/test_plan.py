"""`plan`: of a request of CloudFormation, and of templates that can't be planned."""

import json
from pathlib import Path
from typing import Any

import pytest

from handler import lineage
from handler.direction import Stack
from handler.observed import AliasState, Version
from tests.console.conftest import Run
from tests.console.world import SCOPE, FakeSession, refused

Captured = pytest.CaptureFixture[str]

STACK = f"arn:aws:cloudformation:eu-west-1:{SCOPE.account}:stack/app/6c1f"
OWNER = lineage.owner_id(STACK, "Prod")
BEFORE, AFTER = (lineage.release_id({"Triggers": each}) for each in ("1", "2"))


def properties(triggers: str) -> dict[str, str]:
    return {
        "ServiceToken": "token", "FunctionName": "orders", "AliasName": "prod",
        "Triggers": triggers,
    }  # fmt: skip


def event(kind: str, **more: Any) -> dict[str, Any]:
    made = {
        "RequestType": kind,
        "RequestId": "1",
        "StackId": STACK,
        "LogicalResourceId": "Prod",
        "ResourceType": "Custom::LambdaAliasPromotion",
        "ResourceProperties": properties("2"),
        "OldResourceProperties": properties("1"),
        "PhysicalResourceId": f"arn:aws:lambda:eu-west-1:{SCOPE.account}:function:orders:prod",
        **more,
    }
    return {name: each for name, each in made.items() if each is not None}


@pytest.fixture
def released(session: FakeSession) -> FakeSession:
    session.gateway.deploy("orders", "code")
    session.gateway.functions["orders"].versions.update({n: Version(n) for n in ("7", "8")})
    mark = f"[alias-promotion owner={OWNER} 8@{AFTER} 7@{BEFORE}]"
    session.gateway.point("orders", "prod", AliasState("8", mark))
    return session


def told(run: Run, tmp_path: Path, what: Any, code: int = 0) -> None:
    (tmp_path / "event.json").write_text(json.dumps(what))
    assert run("plan", str(tmp_path / "event.json")) == code


@pytest.mark.parametrize(
    ("status", "first", "asked", "expected"),
    [
        (
            "UPDATE_COMPLETE",
            "The stack is UPDATE_COMPLETE: planned as if an operation went forward.",
            event("Update", ResourceProperties=properties("3")),
            "moves      prod from version 8 to the new version",
        ),
        (
            "UPDATE_ROLLBACK_IN_PROGRESS",
            "The stack is UPDATE_ROLLBACK_IN_PROGRESS.",
            event(
                "Update",
                ResourceProperties=properties("1"),
                OldResourceProperties=properties("2"),
            ),
            "moves       prod from version 8 to version 7",
        ),
        (
            None,
            "The stack is not known: planned as if an operation went forward.",
            event("Delete", ResourceProperties=None),
            "deletes  prod; its versions stay",
        ),
    ],
)
def test_a_request_is_planned_as_the_provider_would(
    released: FakeSession,
    run: Run,
    capsys: Captured,
    tmp_path: Path,
    status: str | None,
    first: str,
    asked: dict[str, Any],
    expected: str,
) -> None:
    released.gateway.stack = Stack(status)

    told(run, tmp_path, asked)

    lines = capsys.readouterr().out.splitlines()
    assert (lines[0], lines[2], lines[-1]) == (
        first,
        "Prod: prod of orders",
        "Nothing was written.",
    )
    assert f"  {expected}" in lines
    assert set(released.gateway.calls) == {"GetAlias"}


def test_a_delete_of_what_never_was_does_nothing(
    released: FakeSession, run: Run, capsys: Captured, tmp_path: Path
) -> None:
    told(run, tmp_path, event("Delete", PhysicalResourceId="arn#not-created"))

    assert released.gateway.calls == []
    assert capsys.readouterr().out.endswith("\n\nNothing was written.\n")


def test_a_request_that_the_provider_would_refuse_fails(
    released: FakeSession, run: Run, capsys: Captured, tmp_path: Path
) -> None:
    assert released
    told(run, tmp_path, event("Create", LogicalResourceId="Another"), code=1)

    title, fails = capsys.readouterr().out.splitlines()[2:4]
    assert title == "Another"
    assert fails.startswith("  fails  AliasName: prod of orders exists already, managed by owner=")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (event("Create", StackId=None), "the request has no StackId"),
        (event("Update", PhysicalResourceId=None), "the request has no PhysicalResourceId"),
        (event("Replace"), "RequestType: found 'Replace'"),
        (event("Create", StackId="app"), "StackId: not an ARN"),
        (event("Create", StackId=7), "StackId: not an ARN"),
        (
            event("Create", StackId=STACK.replace("eu-west-1", "us-east-1")),
            "the request is of a stack in us-east-1: say --region us-east-1",
        ),
        ({"Outputs": {}}, "it has no Resources, and no RequestType"),
        (
            {"Resources": {"Prod": {"Type": "Custom::LambdaAliasPromotion", "Properties": []}}},
            "the template can't be understood: Prod: Properties: expected properties by name",
        ),
    ],
)
def test_what_is_neither_a_request_nor_a_template_is_refused(
    run: Run, capsys: Captured, tmp_path: Path, asked: dict[str, Any], says: str
) -> None:
    told(run, tmp_path, asked, code=1)

    assert says in capsys.readouterr().err


def test_a_rollback_leaves_an_alias_alone_that_is_gone(
    released: FakeSession, run: Run, capsys: Captured, tmp_path: Path
) -> None:
    released.gateway.stack = Stack("UPDATE_ROLLBACK_IN_PROGRESS")
    del released.gateway.functions["orders"].aliases["prod"]

    told(run, tmp_path, event("Update"))

    assert "  writes   nothing\n" in capsys.readouterr().out


def test_a_rollback_prunes_nothing(
    released: FakeSession, run: Run, capsys: Captured, tmp_path: Path
) -> None:
    released.gateway.stack = Stack("UPDATE_ROLLBACK_IN_PROGRESS")
    before = {**properties("1"), "RetainVersions": "2"}
    released.gateway.functions["orders"].versions.update({n: Version(n) for n in "123"})

    told(
        run,
        tmp_path,
        event("Update", ResourceProperties=before, OldResourceProperties=properties("2")),
    )

    assert "  prunes      nothing (RetainVersions 2)\n" in capsys.readouterr().out


def test_a_stack_that_may_not_be_read_is_an_error(
    session: FakeSession, run: Run, capsys: Captured, tmp_path: Path
) -> None:
    def refuse(**_: str) -> None:
        raise refused("DescribeStacks", "AccessDenied", "no")

    session.stacks.describe_stacks = refuse  # type: ignore[attr-defined] # as the real one has it
    (tmp_path / "a.yaml").write_text("Resources: {}")

    assert run("plan", str(tmp_path / "a.yaml"), "--stack", "app") == 1
    assert capsys.readouterr().err == (
        "DescribeStacks: AccessDenied: no; sign in, or set AWS_PROFILE to a profile that may do "
        "this\n"
    )


@pytest.mark.parametrize(
    ("stack", "told"),
    [
        pytest.param(
            ["--stack", "app"], "There is no stack app: planned as a new one.", id="named"
        ),
        pytest.param([], "Planned as a new one.", id="not named"),
    ],
)
def test_a_stack_that_does_not_exist_is_planned_as_a_new_one(
    session: FakeSession, run: Run, capsys: Captured, tmp_path: Path, stack: list[str], told: str
) -> None:
    def missing(**_: str) -> None:
        raise refused("DescribeStacks", "ValidationError", "Stack with id app does not exist")

    session.stacks.describe_stacks = missing  # type: ignore[attr-defined] # as the real one has it
    (tmp_path / "a.yaml").write_text("Resources: {}")

    assert run("plan", str(tmp_path / "a.yaml"), *stack) == 0
    assert capsys.readouterr().out.splitlines()[0] == told
