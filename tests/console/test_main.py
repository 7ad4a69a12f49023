"""The entry, its exit codes, and what its clients let pass."""

import runpy
import sys
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, NoRegionError
from botocore.stub import Stubber

from console.arguments import parser
from console.main import main
from console.problem import Problem
from console.rollback import WRITES
from console.session import Session
from tests.console.conftest import Run
from tests.console.world import FakeSession, refused

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "local")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")


@pytest.mark.parametrize(
    "typed",
    [
        "", "move", "status", "plan", "rollback orders", "plan a.yaml --parameter Stage",
        "plan a.yaml --parameter =prod", "status orders --yes",
    ],
)  # fmt: skip
def test_what_is_not_understood_ends_with_2(typed: str, capsys: Captured) -> None:
    with pytest.raises(SystemExit) as end:
        main(typed.split())

    assert end.value.code == 2
    assert "usage: python -m handler" in capsys.readouterr().err


def test_a_parameter_s_value_may_have_an_equals_sign() -> None:
    given = parser().parse_args(["plan", "a.yaml", "--parameter", "A=b=c", "--parameter", "D="])

    assert given.parameters == [("A", "b=c"), ("D", "")]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            refused("ListAliases", "AccessDenied", "no"),
            "ListAliases: AccessDenied: no; sign in, or set AWS_PROFILE",
        ),
        (
            refused("ListAliases", "ExpiredToken", "It is over."),
            "ListAliases: ExpiredToken: It is over; sign in, or set AWS_PROFILE",
        ),
        (
            EndpointConnectionError(endpoint_url="x"),
            'Could not connect to the endpoint URL: "x"; if AWS_ENDPOINT_URL is set',
        ),
        (NoRegionError(), "You must specify a region; set AWS_DEFAULT_REGION"),
        (Problem("that can't be done"), "that can't be done"),
    ],
)  # fmt: skip
def test_a_failure_is_one_short_line_and_1(
    session: FakeSession, run: Run, capsys: Captured, error: Exception, says: str
) -> None:
    def fail(**_: Any) -> None:
        raise error

    session.functions.publish("$LATEST")
    session.functions.get_account_settings = fail  # type: ignore[assignment] # in its place

    assert run("status", "orders") == 1
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(says)


def test_ctrl_c_is_no_trace(
    session: FakeSession, run: Run, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def interrupt(**_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(session.functions, "get_account_settings", interrupt)
    session.functions.publish("$LATEST")

    assert run("status", "orders") == 130
    assert capsys.readouterr().err == ""


def test_a_profile_that_is_not_there_is_told(capsys: Captured) -> None:
    assert main(["status", "orders", "--profile", "nobody's"]) == 1
    assert "nobody's" in capsys.readouterr().err


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(
    ("client", "operation", "given"),
    [
        ("functions", "publish_version", {"FunctionName": "orders"}),
        ("functions", "update_alias", {"FunctionName": "orders", "Name": "prod"}),
        ("functions", "delete_alias", {"FunctionName": "orders", "Name": "prod"}),
        ("functions", "delete_function", {"FunctionName": "orders", "Qualifier": "1"}),
        ("functions", "invoke", {"FunctionName": "orders"}),
        ("stacks", "create_change_set", {"StackName": "app", "ChangeSetName": "a"}),
        ("stacks", "update_stack", {"StackName": "app"}),
    ],
)  # fmt: skip
def test_a_command_that_reads_can_not_write(
    client: str, operation: str, given: dict[str, str]
) -> None:
    with pytest.raises(Problem, match="would write, but this command only reads"):
        getattr(getattr(Session(), client), operation)(**given)


@pytest.mark.usefixtures("credentials")
def test_the_way_back_may_update_an_alias_and_nothing_else() -> None:
    session = Session(writes=WRITES)
    with Stubber(session.functions) as stub:
        stub.add_response("update_alias", {"RevisionId": "2"})
        session.functions.update_alias(FunctionName="orders", Name="prod")

    with pytest.raises(Problem):
        session.functions.delete_alias(FunctionName="orders", Name="prod")


@pytest.mark.usefixtures("credentials")
def test_the_gateway_reads_with_the_user_s_client_and_does_not_wait() -> None:
    session = Session()
    with Stubber(session.functions) as stub:
        stub.add_response("list_aliases", {"Aliases": []})
        assert session.gateway.list_aliases("orders") == {}

        session.gateway.wait_until_active("orders", "7")


def test_python_m_handler_is_the_entry(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    monkeypatch.setattr(sys, "argv", ["handler", "--help"])

    with pytest.raises(SystemExit) as end:
        runpy.run_module("handler", run_name="__main__")

    assert end.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Exit codes: 0 done; 1 it failed, or a deploy would; 2 the command is not" in shown
