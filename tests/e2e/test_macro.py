"""With the macro, a deploy of code or settings moves the aliases with nothing else edited."""

import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.demo.sam import Sam
from local.engine import Engine
from local.settings import Settings
from tests.e2e.account import BROKEN, PROVIDER, ROOT, Account, Artifacts, outputs, promotion
from tests.e2e.account import template as plain
from tests.e2e.conftest import ONE_WAY

ALIASES = ("dev", "beta", "prod")


@pytest.fixture(scope="module")
def settings() -> Settings:
    """What AWS's documentation is silent about makes no difference to a macro."""
    return ONE_WAY


def template(code: str, **resources: Any) -> dict[str, Any]:
    """Declare a function whose memory and environment come from parameters."""
    made = plain(code, **(resources or {"Dev": promotion("dev")}))
    made["Transform"] = ["LambdaAliasPromotion"]
    made["Parameters"] = {
        "Level": {"Type": "String", "Default": "INFO"},
        "Memory": {"Type": "Number", "Default": 128},
    }
    properties = made["Resources"]["Function"]["Properties"]
    properties["MemorySize"] = {"Ref": "Memory"}
    properties["Environment"] = {"Variables": {"LEVEL": {"Fn::Sub": "${Level}"}}}
    return made


def aliases(account: Account, function: str) -> dict[str, Any]:
    return {name: account.alias(function, name) for name in ALIASES}


def versions(account: Account, function: str) -> list[str]:
    """Give the versions that dev, beta and prod serve."""
    return [found[0] for found in aliases(account, function).values() if found]


@pytest.mark.parametrize(
    ("code", "parameters"),
    [("b", {}), ("a", {"Level": "DEBUG"}), ("a", {"Memory": "256"})],
    ids=["code", "environment", "memory"],
)
def test_what_makes_a_version_moves_the_alias_with_nothing_else_edited(
    account: Account, code: str, parameters: dict[str, str]
) -> None:
    function = outputs(account.deploy("orders-app", template("a")))["Function"]
    assert versions(account, function) == ["1"]

    stack = account.deploy("orders-app", template(code), **parameters)

    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert versions(account, function) == ["2"]
    assert account.answer(function, "dev") == code


def test_a_deploy_that_changes_no_version_leaves_the_alias_alone(account: Account) -> None:
    function = outputs(account.deploy("orders-app", template("a")))["Function"]
    before = aliases(account, function)
    tagged = template("a")
    tagged["Resources"]["Function"]["Properties"]["Tags"] = [{"Key": "team", "Value": "orders"}]

    again = account.deploy("orders-app", template("a"))
    stack = account.deploy("orders-app", tagged)

    assert (again["StackStatus"], stack["StackStatus"]) == ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    assert aliases(account, function) == before
    assert account.versions(function) == ["1"]


def test_an_alias_follows_the_one_it_names_and_one_with_triggers_waits_for_them(
    account: Account,
) -> None:
    def stages(code: str, release: str) -> dict[str, Any]:
        return template(
            code,
            Prod=promotion("prod", SourceQualifier="beta", Triggers=release),
            Beta=promotion("beta", SourceQualifier="dev"),
            Dev=promotion("dev"),
        )

    function = outputs(account.deploy("orders-app", stages("a", "1")))["Function"]

    account.deploy("orders-app", stages("b", "1"))
    assert versions(account, function) == ["2", "2", "1"]

    account.deploy("orders-app", stages("b", "2"))
    assert versions(account, function) == ["2", "2", "2"]


def test_a_promotion_that_names_its_function_as_text_publishes_after_its_update(
    account: Account,
) -> None:
    def named(code: str) -> dict[str, Any]:
        made = template(code, Dev=promotion("dev", FunctionName="orders-named"))
        made["Resources"]["Function"]["Properties"]["FunctionName"] = "orders-named"
        return made

    account.deploy("orders-app", named("a"))
    account.deploy("orders-app", named("b"))

    assert account.answer("orders-named", "dev") == "b"


def test_a_release_by_the_macro_is_rolled_back_like_any_other(account: Account) -> None:
    function = outputs(account.deploy("orders-app", template("a")))["Function"]
    before = aliases(account, function)

    broken = {"Dev": promotion("dev"), "Broken": BROKEN | {"DependsOn": "Dev"}}
    stack = account.deploy("orders-app", template("b", **broken))

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert account.versions(function) == ["1", "2"]
    assert aliases(account, function) == before
    account.deploy("orders-app", template("c"))
    assert account.answer(function, "dev") == "c"


def test_adding_the_macro_to_a_stack_is_one_release_without_a_new_version(
    account: Account,
) -> None:
    without = template("a", Dev=promotion("dev", Triggers="1"))
    del without["Transform"]
    function = outputs(account.deploy("orders-app", without))["Function"]

    account.deploy("orders-app", template("a", Dev=promotion("dev", Triggers="1")))

    alias = account.alias(function, "dev")
    assert alias
    assert alias[0] == "1"
    assert alias[1].count("1@") == 2


def test_a_template_that_the_macro_does_not_understand_names_the_resource(
    account: Account,
) -> None:
    circle = template(
        "a",
        Dev=promotion("dev", SourceQualifier="beta"),
        Beta=promotion("beta", SourceQualifier="dev"),
    )

    with pytest.raises(ClientError) as refused:
        account.begin("orders-app", circle)

    assert "::LambdaAliasPromotion failed with: Dev: it needs Beta first" in str(refused.value)


def test_a_second_provider_goes_without_the_macro(account: Account) -> None:
    stack = account.deploy(
        PROVIDER, account.provider_template(), AllowedFunctionNames="orders-*", MacroName=""
    )
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    with pytest.raises(ClientError, match=r"No transform named \d+::LambdaAliasPromotion found"):
        account.begin("orders-app", template("a"))

    assert account.install_provider()["StackStatus"] == "UPDATE_COMPLETE"


def test_the_artifact_is_the_macro_and_nothing_else(artifacts: Artifacts) -> None:
    names = zipfile.ZipFile(io.BytesIO(artifacts.macro)).namelist()

    assert {name for name in names if not re.fullmatch(r"macro/\w+\.py", name)} == {"macro/"}
    assert len(artifacts.macro) < 20_000


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "examples" / "orders", tmp_path / "orders"))


@pytest.fixture
def deployed(artifacts: Artifacts, checkout: Path) -> Iterator[tuple[Account, Sam]]:
    """An account, and the real sam in a checkout of the example."""
    with Engine() as engine:
        yield Account(engine, artifacts), Sam(engine.environment(), checkout.parent, checkout)


@pytest.mark.thorough
def test_through_sam_one_line_of_code_moves_dev_and_nothing_else_does(
    deployed: tuple[Account, Sam], checkout: Path
) -> None:
    account, sam = deployed

    def deploy(*parameters: str) -> dict[str, Any]:
        options = ["--stack-name", "orders-app", "--resolve-s3", "--no-fail-on-empty-changeset"]
        overrides = ["--parameter-overrides", *parameters] if parameters else []
        sam.run("build")
        sam.run("deploy", *options, "--capabilities", "CAPABILITY_IAM", *overrides)
        return aliases(account, outputs(account.settled("orders-app"))["FunctionName"])

    first = deploy()
    source = checkout / "src" / "app.py"
    assert deploy() == first

    source.write_text(source.read_text("utf-8").replace('RELEASE = "1"', 'RELEASE = "2"'))
    second = deploy()
    assert [found[0] for found in second.values()] == ["2", "1", "1"]

    assert [found[0] for found in deploy("BetaRelease=2").values()] == ["2", "2", "1"]
