"""The guides, followed step by step, while somebody looks at the alias after every event."""

import json
import re
import shlex
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloudformation.template import parse
from local.settings import Settings
from tests.e2e.account import BROKEN, PROVIDER, ROOT, Account
from tests.e2e.conftest import ONE_WAY
from tests.e2e.guides import Step, steps
from tests.e2e.watch import watching
from tests.lint.linting import OURS, findings

pytestmark = pytest.mark.thorough

FUNCTION, ALIAS = "orders-app", "prod"
NATIVE, SAM = "from-native-alias.md", "from-auto-publish-alias.md"
MOVE, REMOVE = "move-between-stacks.md", "remove-the-product.md"
GUIDES = (NATIVE, SAM, MOVE, REMOVE)


@pytest.fixture(scope="module")
def settings() -> Settings:
    """What AWS's documentation is silent about makes no difference to a guide."""
    return ONE_WAY


def deploy(account: Account, step: Step) -> str:
    return str(account.deploy(step.stack, step.template)["StackStatus"])


def follow(account: Account, guide: str, upto: int) -> list[Step]:
    """Take the first steps of a guide, and give those that remain."""
    planned = steps(guide)
    for step in planned[:upto]:
        status = deploy(account, step)
        assert status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), step
    return planned[upto:]


def breaking(step: Step) -> str:
    """Give a step's template with a resource that fails when all others are done."""
    template = parse(step.template)
    others = [name for name in template["Resources"] if name != "Broken"]
    template["Resources"]["Broken"] = BROKEN | {"DependsOn": others}
    return json.dumps(template)


def definition(account: Account) -> Any:
    """Give the event source mapping, to the last byte."""
    found = account.lambda_.list_event_source_mappings()["EventSourceMappings"]
    assert [each["FunctionArn"].split(":")[-2:] for each in found] == [[FUNCTION, ALIAS]]
    return found


def description(account: Account) -> str:
    return str(account.lambda_.get_alias(FunctionName=FUNCTION, Name=ALIAS)["Description"])


@pytest.mark.parametrize("guide", GUIDES)
def test_every_event_of_every_step_finds_the_alias_answering(account: Account, guide: str) -> None:
    left = follow(account, guide, 1)
    before = definition(account)

    with watching(account, FUNCTION, ALIAS) as watch:
        statuses = [deploy(account, step) for step in left]

    assert {*statuses} <= {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    assert watch.gaps == []
    assert watch.served == ([1] if guide == REMOVE else [1, 2])
    assert definition(account) == before


@pytest.mark.parametrize(("guide", "left_out"), [(NATIVE, 1), (SAM, 1), (MOVE, 1), (REMOVE, 1)])
def test_without_the_first_step_the_second_deletes_the_alias(
    account: Account, guide: str, left_out: int
) -> None:
    planned = steps(guide)
    deploy(account, planned[0])
    step = Step(planned[0].stack, planned[left_out + 1].template)

    with watching(account, FUNCTION, ALIAS) as watch:
        assert deploy(account, step) == "UPDATE_COMPLETE"

    assert watch.gaps
    assert account.alias(FUNCTION, ALIAS) is None


@pytest.mark.parametrize("guide", [NATIVE, SAM])
def test_an_adoption_that_fails_leaves_the_old_resource_in_charge(
    account: Account, guide: str
) -> None:
    adopts, _ = follow(account, guide, 2)
    before = account.alias(FUNCTION, ALIAS)

    with watching(account, FUNCTION, ALIAS) as watch:
        failed = account.deploy(adopts.stack, breaking(adopts))
        assert failed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
        assert account.alias(FUNCTION, ALIAS) == before
        assert deploy(account, adopts) == "UPDATE_COMPLETE"

    assert watch.gaps == []
    assert watch.served == [1]
    assert len(account.versions(FUNCTION)) == 1


@pytest.mark.parametrize(
    ("source", "served"),
    [("$LATEST", [1, 2]), ("1", [1])],
    ids=["published", "pinned"],
)
def test_what_no_version_has_yet_is_released_by_an_adoption_unless_it_is_pinned(
    account: Account, source: str, served: list[int]
) -> None:
    adopts, _ = follow(account, NATIVE, 2)
    kept = steps(NATIVE)[1]
    changed, second = (
        Step(each.stack, each.template.replace('"release": 1', '"release": 2'))
        for each in (kept, adopts)
    )
    number = account.versions(FUNCTION)[0] if source == "1" else source
    pinned = f"AliasName: prod\n      SourceQualifier: {number!r}".replace("'", '"')

    with watching(account, FUNCTION, ALIAS) as watch:
        assert deploy(account, changed) == "UPDATE_COMPLETE"
        deploy(account, Step(second.stack, second.template.replace("AliasName: prod", pinned)))

    assert watch.gaps == []
    assert watch.served == served


def test_a_move_that_fails_gives_the_alias_back(account: Account) -> None:
    adopts, *_ = follow(account, MOVE, 1)
    before = account.alias(FUNCTION, ALIAS)

    with watching(account, FUNCTION, ALIAS) as watch:
        failed = account.deploy(adopts.stack, breaking(adopts))

    assert failed["StackStatus"] == "ROLLBACK_COMPLETE"
    assert watch.gaps == []
    assert watch.served == [1]
    assert account.alias(FUNCTION, ALIAS) == before


def test_between_the_steps_of_a_move_the_old_stack_is_refused(account: Account) -> None:
    removes, *_ = follow(account, MOVE, 2)
    before = account.alias(FUNCTION, ALIAS)
    released = steps(MOVE)[0].template.replace('"release": 1', '"release": 2')

    stack = account.deploy(removes.stack, released)

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert any("ResourceConflict" in why for why in account.reasons(removes.stack, "ProdAlias"))
    assert account.alias(FUNCTION, ALIAS) == before


def test_an_alias_that_was_moved_outlives_its_new_stack(account: Account) -> None:
    follow(account, MOVE, 5)

    with watching(account, FUNCTION, ALIAS) as watch:
        assert account.delete("orders-prod") == "DELETE_COMPLETE"

    assert watch.gaps == []
    assert watch.served == [2]
    assert description(account) == ""


def test_a_promotion_gets_another_logical_id_in_one_deployment(account: Account) -> None:
    before = steps(REMOVE)[0]
    deploy(account, before)
    adopting = "      AliasName: prod\n      AdoptExisting: true\n"
    renamed = before.template.replace("ProdAlias", "LiveAlias")
    renamed = renamed.replace("      AliasName: prod\n", adopting)

    with watching(account, FUNCTION, ALIAS) as watch:
        assert deploy(account, Step(before.stack, renamed)) == "UPDATE_COMPLETE"

    assert watch.gaps == []
    assert watch.served == [1]


def test_the_provider_is_deleted_last_and_the_alias_goes_on(account: Account) -> None:
    keeps, removes = follow(account, REMOVE, 1)
    try:
        with watching(account, FUNCTION, ALIAS) as watch:
            with pytest.raises(ClientError, match="in use by orders-app"):
                account.delete(PROVIDER)
            account.lambda_.delete_function(FunctionName=PROVIDER)  # nobody needs it any more
            assert deploy(account, keeps) == "UPDATE_COMPLETE"
            assert deploy(account, removes) == "UPDATE_COMPLETE"
            assert account.delete(PROVIDER) == "DELETE_COMPLETE"
    finally:
        account.install_provider()

    assert watch.gaps == []
    [command] = [line for line in page(REMOVE).splitlines() if "update-alias" in line]
    _, _, _, *options = shlex.split(command)
    values = dict(zip(options[::2], options[1::2], strict=True))
    account.lambda_.update_alias(
        FunctionName=values["--function-name"],
        Name=values["--name"],
        Description=values["--description"],
    )
    assert watch.served == [1]
    assert description(account) == "Orders"


def page(guide: str) -> str:
    return (ROOT / "docs" / "guides" / guide).read_text("utf-8")


@pytest.mark.parametrize("guide", GUIDES)
def test_every_template_of_a_guide_passes_the_rules(guide: str) -> None:
    found = [each for step in steps(guide) for each in findings(step.template)]
    assert [each for each in found if each.rule in OURS or each.rule[0] == "E"] == []


def test_the_list_of_guides_has_every_guide_and_no_link_leads_nowhere() -> None:
    folder = ROOT / "docs" / "guides"
    listed = re.findall(r"^\| \[[^]]+\]\(([\w-]+\.md)\)", page("README.md"), re.MULTILINE)
    assert sorted(listed) == sorted(GUIDES)
    assert {path.name for path in folder.iterdir()} == {"README.md", *GUIDES}
    for path in folder.iterdir():
        for link in re.findall(r"\]\((?!https:)([^)#]+)", path.read_text("utf-8")):
            assert (folder / link).exists(), f"{path.name}: {link}"
