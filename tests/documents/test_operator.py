"""The commands of the runbook and of how-tos, typed on the engine in the state they are about."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from local.engine import Engine
from local.settings import Settings
from tests.documents.pages import ROOT, blocks_of
from tests.documents.shell import Shell
from tests.documents.templates import as_template, decoded
from tests.e2e.account import (
    BROKEN,
    PROVIDER,
    Account,
    build_artifacts,
    fails_after,
    promotion,
    template,
)

pytestmark = pytest.mark.thorough

DOCS = ROOT / "docs"
RUNBOOK = DOCS / "operations.md"
STACK, FUNCTION, ALIAS, PROMOTION = "orders", "orders-api", "prod", "ProdAlias"
"""The names in the documents."""

CRASHES = "raise RuntimeError('a defect')"


class Operator:
    """Whoever has the documents open, with a stack and a function of their own.

    Attributes:
        account: where all of it is.
        stack: stands for the stack of the documents.
        function: stands for their function; AWS gives no number of a version twice, not even for a
            function that was deleted, so each has another.
    """

    def __init__(self, account: Account, shell: Shell, directory: Path, number: int) -> None:
        self.account = account
        self.stack, self.function = f"{STACK}-{number}", f"{FUNCTION}-{number}"
        self._shell = shell
        self._directory = directory

    def follow(self, heading: str, block: int = 0, page: Path = RUNBOOK) -> str:
        """Type the commands of one of a section's blocks, and give what they print."""
        lines = self.read(page, heading, "sh", block)
        lines = lines.replace(f"--stack-name {STACK}", f"--stack-name {self.stack}")
        code, output = self._shell.run(lines, self._directory, self.account.engine.environment())
        assert code == 0, output
        return output

    def read(self, page: Path, heading: str, language: str, block: int = 0) -> str:
        """Give one of a section's blocks, with a function of their own in it."""
        found = [
            each.text
            for each in blocks_of(page)
            if each.heading == heading and each.language == language
        ]
        assert found, heading
        return found[block].replace(FUNCTION, self.function)

    def begin(self, code: str, *, disable_rollback: bool = False, **resources: Any) -> None:
        """Create or update the stack, and do not wait."""
        made = template(code, **resources)
        made["Resources"]["Function"]["Properties"]["FunctionName"] = self.function
        self.account.begin(self.stack, made, disable_rollback=disable_rollback)

    def deploy(self, code: str, **resources: Any) -> str:
        """Create or update the stack and give the status it ends in."""
        self.begin(code, **resources)
        return self.status()

    def status(self) -> str:
        """Give the stack's status once it is no longer in progress."""
        return str(self.account.settled(self.stack)["StackStatus"])

    def served(self) -> tuple[str, str]:
        """Give the version that the alias serves, and its Description; empty without an alias."""
        return self.account.alias(self.function, ALIAS) or ("", "")

    def wait_for(self, version: str) -> None:
        """Wait until the alias serves a version."""
        self.account.wait_for(lambda: self.served()[0] == version)

    def answer(self) -> Any:
        """Invoke the alias."""
        return self.account.answer(self.function, ALIAS)


@pytest.fixture(scope="module")
def operators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Operator]]:
    """As many as are asked for, in one account."""
    artifacts = build_artifacts(tmp_path_factory.mktemp("artifacts"))
    home = tmp_path_factory.mktemp("home")
    settings = Settings(linger=0.0, retry_waits=(0.05, 0.05))
    with Shell(home) as shell, Engine(settings) as engine:
        account = Account(engine, artifacts)
        yield (Operator(account, shell, home, number) for number in count(1))


@pytest.fixture
def operator(operators: Iterator[Operator]) -> Operator:
    return next(operators)


def prod(**properties: Any) -> dict[str, Any]:
    return promotion(ALIAS, **properties)


FAILS = BROKEN | {"DependsOn": PROMOTION}
FAILS_LATER = fails_after(2, DependsOn=PROMOTION)


def test_the_cause_and_what_the_alias_serves_are_shown(operator: Operator) -> None:
    operator.deploy("a", ProdAlias=prod())
    operator.deploy("a", ProdAlias=prod(SourceQualifier="7"))

    cause = operator.follow("Runbook")
    alias = operator.follow("Runbook", 1)

    assert "ProdAlias\tUPDATE_FAILED\tReceived response status [FAILED]" in cause
    assert '"FunctionVersion": "1"' in alias
    assert "[alias-promotion owner=" in alias


def test_a_stack_that_was_never_made_is_deleted_and_made_again(operator: Operator) -> None:
    assert operator.deploy("a", ProdAlias=prod(), Broken=FAILS) == "ROLLBACK_COMPLETE"

    operator.follow("CREATE_FAILED, ROLLBACK_COMPLETE")

    assert operator.deploy("a", ProdAlias=prod()) == "CREATE_COMPLETE"


def test_an_update_that_failed_without_rollback_is_taken_back(operator: Operator) -> None:
    operator.deploy("a", ProdAlias=prod())
    before = operator.served()
    operator.begin("b", disable_rollback=True, ProdAlias=prod(Triggers="2"), Broken=FAILS)
    assert operator.status() == "UPDATE_FAILED"
    assert operator.answer() == "b"

    operator.follow("UPDATE_FAILED")

    assert operator.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert operator.served() == before


def test_what_a_broken_provider_leaves_is_put_right(operators: Iterator[Operator]) -> None:
    creating, updating, deleting = next(operators), next(operators), next(operators)
    account = creating.account
    deleting.deploy("a", ProdAlias=prod())
    updating.deploy("a", ProdAlias=prod())
    before = updating.served()
    updating.begin("b", ProdAlias=prod(Triggers="2"), **FAILS_LATER)
    creating.begin("a", ProdAlias=prod(), **FAILS_LATER)
    updating.wait_for("2")
    creating.wait_for("1")
    account.install_provider(artifacts=account.artifacts.breaking("raise RuntimeError"))
    account.stacks.delete_stack(StackName=deleting.stack)
    assert deleting.status() == "DELETE_FAILED"
    assert creating.status() == "ROLLBACK_FAILED"
    assert updating.status() == "UPDATE_ROLLBACK_FAILED"

    deleting.follow("DELETE_FAILED")
    account.install_provider()
    creating.follow("CREATE_FAILED, ROLLBACK_COMPLETE")
    updating.follow("UPDATE_ROLLBACK_FAILED")

    assert deleting.served() == creating.served() == ("", "")
    assert creating.deploy("a", ProdAlias=prod()) == "CREATE_COMPLETE"
    assert updating.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert updating.served() == before


def test_a_rollback_to_a_version_that_is_gone_leaves_the_promotion_out(
    operator: Operator,
) -> None:
    operator.deploy("a", ProdAlias=prod())
    operator.begin("b", ProdAlias=prod(Triggers="2"), **FAILS_LATER)
    operator.wait_for("2")
    operator.account.lambda_.delete_function(FunctionName=operator.function, Qualifier="1")
    assert operator.status() == "UPDATE_ROLLBACK_FAILED"

    operator.follow("UPDATE_ROLLBACK_FAILED", 1)

    assert operator.status() == "UPDATE_ROLLBACK_COMPLETE"
    assert operator.served()[0] == "2"
    assert operator.deploy("c", ProdAlias=prod(Triggers="3")) == "UPDATE_COMPLETE"
    assert operator.answer() == "c"


def test_an_alias_that_the_stack_left_behind_is_deleted_by_hand(operator: Operator) -> None:
    operator.deploy("a", ProdAlias=prod())

    operator.follow("DELETE_FAILED", 1)

    assert operator.served() == ("", "")
    assert operator.account.delete(operator.stack) == "DELETE_COMPLETE"


def test_an_alias_that_was_moved_by_hand_stays_there_until_the_next_release(
    operator: Operator,
) -> None:
    operator.deploy("a", ProdAlias=prod())
    operator.deploy("b", ProdAlias=prod(Triggers="2"))

    shown = operator.follow("At 2 a.m.", 2, DOCS / "how-to" / "go-back.md")
    answered = operator.follow("At 2 a.m.", 3, DOCS / "how-to" / "go-back.md")

    assert "2@" in shown
    assert '"StatusCode": 200' in answered
    assert operator.answer() == "a"
    operator.deploy("b", ProdAlias=prod(Triggers="2", Description="Orders"))
    assert operator.answer() == "a"
    failed = operator.deploy("c", ProdAlias=prod(Triggers="3"), Broken=FAILS)
    assert (failed, operator.answer()) == ("UPDATE_ROLLBACK_COMPLETE", "a")
    operator.deploy("c", ProdAlias=prod(Triggers="3"))
    assert operator.answer() == "c"


def test_an_alias_is_adopted_without_a_move_and_given_back(operator: Operator) -> None:
    page, heading = DOCS / "how-to" / "adopt.md", "Take over an alias that exists"
    operator.deploy("a")
    lambda_ = operator.account.lambda_
    lambda_.publish_version(FunctionName=operator.function)
    lambda_.create_alias(
        FunctionName=operator.function, Name=ALIAS, FunctionVersion="1", Description="Orders"
    )
    before = operator.served()
    assert operator.follow(heading, page=page).strip() == "1"

    adopts = f"{operator.stack}-adopts"
    block = as_template(decoded(operator.read(page, heading, "yaml")))
    stack = operator.account.deploy(adopts, block)

    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert operator.served()[0] == "1"
    assert operator.served()[1].startswith("Orders [alias-promotion owner=")
    assert operator.account.delete(adopts) == "DELETE_COMPLETE"
    assert operator.served() == before


def test_an_alarm_of_the_provider_is_found(operator: Operator) -> None:
    alarms = operator.account.engine.client("cloudwatch")
    names = [each["AlarmName"] for each in alarms.describe_alarms()["MetricAlarms"]]
    [name] = [each for each in names if "ProviderErrors" in each]
    assert operator.follow("Stuck in an IN_PROGRESS state").split() == []

    alarms.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="a drill")

    assert operator.follow("Stuck in an IN_PROGRESS state").split() == [name]


def test_weights_and_a_mark_that_are_left_end_by_hand_and_by_the_next_release(
    operator: Operator,
) -> None:
    lambda_ = operator.account.lambda_
    operator.deploy("a", ProdAlias=prod())
    lambda_.update_function_configuration(FunctionName=operator.function, Description="other")
    lambda_.publish_version(FunctionName=operator.function)
    lambda_.update_alias(
        FunctionName=operator.function,
        Name=ALIAS,
        Description=operator.served()[1].replace(" by=", " shift=2@0123abcd by="),
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}},
    )

    operator.follow("Weights or a `shift=` mark are left")

    found = lambda_.get_alias(FunctionName=operator.function, Name=ALIAS)
    assert "RoutingConfig" not in found
    assert "shift=2" in found["Description"]
    assert operator.deploy("b", ProdAlias=prod(Triggers="2")) == "UPDATE_COMPLETE"
    assert operator.answer() == "b"
    assert "shift=" not in operator.served()[1]


def test_the_versions_that_there_are_are_listed(operator: Operator) -> None:
    operator.deploy("a", ProdAlias=prod())

    assert operator.follow("A version was deleted by hand").split() == ["$LATEST", "1"]


def test_an_alias_that_was_deleted_is_made_by_hand_and_taken_over(operator: Operator) -> None:
    operator.deploy("a", ProdAlias=prod())
    operator.account.lambda_.delete_alias(FunctionName=operator.function, Name=ALIAS)

    operator.follow("An alias was deleted by hand")

    assert operator.answer() == "a"
    adopting = prod(Triggers="2", AdoptExisting="true")
    assert operator.deploy("b", ProdAlias=adopting) == "UPDATE_COMPLETE"
    assert operator.answer() == "b"


def test_concurrency_is_reserved_for_the_provider(operator: Operator) -> None:
    operator.follow("Throttling")

    lambda_ = operator.account.lambda_
    found = lambda_.get_function_concurrency(FunctionName=PROVIDER)
    assert found["ReservedConcurrentExecutions"] == 10


def test_a_promotion_moves_to_another_provider(operator: Operator) -> None:
    account = operator.account
    operator.deploy("a", ProdAlias=prod())
    names = {"AllowedFunctionNames": "orders-*", "MacroName": ""}
    other = account.deploy("orders-promotion", account.provider_template(), **names)
    token = other["Outputs"][0]["OutputValue"]
    assert operator.deploy("a", ProdAlias=prod(ServiceToken=token)) == "UPDATE_ROLLBACK_COMPLETE"
    [reason] = account.reasons(operator.stack, PROMOTION)
    assert "Modifying service token is not allowed" in reason
    moved = prod(ServiceToken=token, AdoptExisting="true", SourceQualifier="1")

    assert operator.deploy("a", ProdByTeam=moved) == "UPDATE_COMPLETE"

    assert operator.served()[0] == "1"
    released = prod(ServiceToken=token, AdoptExisting="true", Triggers="2")
    assert operator.deploy("b", ProdByTeam=released) == "UPDATE_COMPLETE"
    assert operator.answer() == "b"


def test_promotions_become_one_release_without_a_moment_without_alias(operator: Operator) -> None:
    operator.deploy("a", ProdAlias=prod())
    release = prod(AdoptExisting="true", Functions=[{"Ref": "Function"}])
    release["Type"] = "Custom::LambdaRelease"
    del release["Properties"]["FunctionName"]

    made = template("b")
    made["Resources"]["Release"] = release
    made["Resources"]["Function"]["Properties"]["FunctionName"] = operator.function
    operator.account.begin(operator.stack, made)

    assert operator.status() == "UPDATE_COMPLETE"
    assert operator.answer() == "b"


def test_a_provider_that_was_deleted_is_deployed_again_under_its_name(
    operator: Operator,
) -> None:
    account = operator.account
    account.clear()
    [output] = account.stacks.describe_stacks(StackName=PROVIDER)["Stacks"][0]["Outputs"]
    token = output["OutputValue"]
    operator.deploy("a", ProdAlias=prod(ServiceToken=token))
    assert account.delete(PROVIDER) == "DELETE_COMPLETE"
    moved = prod(ServiceToken=token, Triggers="2")
    assert operator.deploy("b", ProdAlias=moved).startswith("UPDATE_ROLLBACK_")
    assert operator.answer() == "a"

    account.install_provider()

    assert operator.deploy("b", ProdAlias=moved) == "UPDATE_COMPLETE"
    assert operator.answer() == "b"
