"""Custom::LambdaRelease: many functions move together, or none of them does."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from local.settings import Settings
from tests.e2e.account import BROKEN, ROLE, Account, Alarms, Split, at, function_of, outputs
from tests.e2e.conftest import EITHER_WAY, ONE_WAY

STACK = "orders-app"
CANARY = {"Type": "Canary10Percent2Minutes"}
AFTER = {"Broken": BROKEN | {"DependsOn": "Release"}}
FAILS = "def handler(event, context): raise ValueError('no stock')"
A = "def handler(event, context): return 'a'"
B = "def handler(event, context): return 'b'"
OLD = {"Orders": A, "Stock": A}
NEW = {"Orders": B, "Stock": B}
MANY = [f"F{number:02}" for number in range(100)]

Pair = tuple[Split, Split]
START, CANARIES, END = ((split, split) for split in (("1", 0), ("1", 10), ("2", 0)))


@pytest.fixture(scope="module", params=EITHER_WAY, ids=["one way", "the other way"])
def settings(request: pytest.FixtureRequest) -> Settings:
    found: Settings = request.param
    return replace(found, minute=0.2, retry_waits=(0.05, 0.05))


@pytest.fixture
def alarms(account: Account) -> Alarms:
    return Alarms(account)


def release(functions: Iterable[Any], **properties: Any) -> dict[str, Any]:
    """Declare the release of the `live` aliases of functions."""
    given = {
        "ServiceToken": {"Fn::ImportValue": "lambda-alias-promotion-ServiceToken"},
        "Functions": list(functions),
        "AliasName": "live",
        **properties,
    }
    return {"Type": "Custom::LambdaRelease", "Properties": given}


def template(
    functions: Mapping[str, str],
    listed: Iterable[str] | None = None,
    more: Mapping[str, Any] | None = None,
    **properties: Any,
) -> dict[str, Any]:
    """Declare functions and their release; Outputs give their names and its attributes.

    Args:
        functions: source by logical id.
        listed: logical ids of those that are released; None for all.
        more: other resources.
        properties: of the release.
    """
    names = functions if listed is None else listed
    declared = {name: function_of(source) for name, source in functions.items()}
    of_release = release(({"Ref": each} for each in names), **properties)
    values = {name: {"Ref": name} for name in functions} | {
        name: {"Fn::GetAtt": ["Release", name]} for name in ("AliasName", "Versions")
    }
    return {
        "Resources": {"Role": ROLE, **declared, "Release": of_release, **(more or {})},
        "Outputs": {name: {"Value": value} for name, value in values.items()},
    }


class Shop:
    """The functions of a stack whose live aliases serve version 1.

    Attributes:
        names: by logical id.
        before: what the alias of each pointed to, and its Description.
    """

    def __init__(self, account: Account, functions: Mapping[str, str]) -> None:
        self._account = account
        created = account.deploy(STACK, template(functions, OLD, Triggers="a"))
        self.names = {each: outputs(created)[each] for each in functions}
        self.before = self.live()

    def live(self) -> list[tuple[str, str] | None]:
        """Look at the live alias of each function."""
        return [self._account.alias(name, "live") for name in self.names.values()]

    def film(
        self, new: Any, meanwhile: Callable[[Pair], object] = lambda _picture: None
    ) -> list[Pair]:
        """Update the stack; give what the aliases of Orders and Stock looked like meanwhile."""

        def look() -> Pair:
            orders, stock = (self._account.split(self.names[each], "live") for each in OLD)
            return orders, stock

        return self._account.filmed(STACK, new, look, meanwhile)

    @property
    def status(self) -> str:
        return str(self._account.settled(STACK)["StackStatus"])


@pytest.fixture
def shop(account: Account) -> Shop:
    """Orders and Stock are released, Bill is not."""
    return Shop(account, OLD | {"Bill": A})


def in_lockstep(film: list[Pair]) -> bool:
    """Tell whether both went through the steps together; the writes of a step take a moment."""
    return [pair for pair in film if pair[0] == pair[1]] == [START, CANARIES, END]


def reason(account: Account) -> str:
    """What the stack's events say of the release that failed, without CloudFormation's part."""
    [found] = account.reasons(STACK, "Release")
    return found.partition("Message returned: ")[2]


def test_two_functions_are_released_together_in_the_same_steps(
    account: Account, shop: Shop
) -> None:
    film = shop.film(template(NEW, Triggers="b", DeploymentPreference=CANARY))

    assert in_lockstep(film)
    found = outputs(account.settled(STACK))
    assert found["AliasName"] == "live"
    assert found["Versions"] == f"{found['Orders']}=2,{found['Stock']}=2"
    assert [account.answer(found[each], "live") for each in NEW] == ["b", "b"]


@pytest.mark.parametrize("fails", NEW)
def test_a_function_that_fails_its_smoke_test_keeps_every_other_from_moving(
    account: Account, shop: Shop, fails: str
) -> None:
    film = shop.film(template(NEW | {fails: FAILS, "Bill": A}, NEW, Triggers="b", SmokeTest={}))

    assert film == [START]
    assert shop.status == "UPDATE_ROLLBACK_COMPLETE"
    told = f"SmokeTest: version 2 of {shop.names[fails]} ended with an error: "
    assert reason(account).startswith(told)
    assert shop.live() == shop.before


def test_a_first_release_that_fails_leaves_no_alias(account: Account) -> None:
    account.deploy(STACK, {"Resources": {"Role": ROLE, "Orders": function_of(A)}})
    name = account.physical_id(STACK, "Orders")

    stack = account.deploy(STACK, template({"Orders": A, "Stock": FAILS}, SmokeTest={}))

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert account.alias(name, "live") is None


def test_an_alarm_puts_every_function_back(account: Account, shop: Shop, alarms: Alarms) -> None:
    preference = CANARY | {"Alarms": ["either"]}
    new = template(NEW | {"Bill": A}, NEW, Triggers="b", DeploymentPreference=preference)

    film = shop.film(new, at(CANARIES, alarms.ring("errors")))

    assert [pair for pair in film if pair[0] == pair[1]] == [START, CANARIES, START]
    assert "DeploymentPreference.Alarms: either went to ALARM" in reason(account)
    assert shop.live() == shop.before


def test_a_shift_that_a_crash_has_interrupted_goes_on_for_every_function(
    account: Account, shop: Shop
) -> None:
    new = template(NEW, Triggers="b", DeploymentPreference=CANARY)

    assert in_lockstep(shop.film(new, at(CANARIES, account.crash_provider)))
    assert shop.status == "UPDATE_COMPLETE"


@pytest.mark.parametrize(
    "listed",
    [["Orders", "Stock"], ["Orders", "Stock", "Bill"], ["Orders"], ["Bill", "Orders"]],
    ids=["the same", "one is added", "one is taken", "one for the other"],
)
def test_a_release_that_is_rolled_back_leaves_exactly_the_aliases_of_before(
    account: Account, shop: Shop, listed: list[str]
) -> None:
    stack = account.deploy(STACK, template(NEW | {"Bill": B}, listed, AFTER, Triggers="b"))

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert shop.live() == shop.before


def test_a_function_that_is_added_to_the_list_gets_its_alias(account: Account, shop: Shop) -> None:
    stack = account.deploy(STACK, template(OLD | {"Bill": A}, Triggers="a"))

    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert outputs(stack)["Versions"].endswith(f",{shop.names['Bill']}=1")
    assert account.answer(shop.names["Bill"], "live") == "a"
    account.deploy(STACK, template(NEW | {"Bill": B}, Triggers="b"))
    assert {(each or "")[0] for each in shop.live()} == {"2"}


def test_a_function_that_is_taken_from_the_list_loses_its_alias(
    account: Account, shop: Shop
) -> None:
    stack = account.deploy(STACK, template(OLD, ["Orders"], Triggers="a"))

    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert outputs(stack)["Versions"] == f"{shop.names['Orders']}=1"
    assert account.alias(shop.names["Stock"], "live") is None
    assert account.answer(shop.names["Orders"], "live") == "a"


def test_a_function_is_taken_from_the_list_and_from_the_stack_at_once(
    account: Account, shop: Shop
) -> None:
    stack = account.deploy(STACK, template({"Orders": A}, Triggers="a"))

    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert account.answer(shop.names["Orders"], "live") == "a"


def test_deleting_the_release_deletes_every_alias(account: Account, shop: Shop) -> None:
    functions = template(OLD | {"Bill": A})
    del functions["Resources"]["Release"], functions["Outputs"]

    account.deploy(STACK, functions)

    assert shop.live() == [None, None, None]


def test_an_alias_of_somebody_else_stops_a_release_of_many_and_is_left_alone(
    account: Account, shop: Shop
) -> None:
    thief = release([shop.names["Bill"], shop.names["Stock"]])

    stack = account.deploy("orders-thief", {"Resources": {"Release": thief}})

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "exists already" in account.reasons("orders-thief", "Release")[0]
    assert shop.live() == shop.before


def test_a_release_of_more_functions_than_fit_is_refused(account: Account) -> None:
    many = [f"orders-{number}" for number in range(101)]

    stack = account.deploy(STACK, {"Resources": {"Release": release(many)}})

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "Functions: found " in reason(account)
    assert "expected a list of 1 to 100 names" in reason(account)


@pytest.mark.thorough
@pytest.mark.parametrize("settings", [ONE_WAY], ids=["one way"], indirect=True)
def test_a_hundred_functions_are_released_together_and_put_back_together(
    account: Account, alarms: Alarms
) -> None:
    names = outputs(account.deploy(STACK, template(dict.fromkeys(MANY, A), Triggers="a")))
    preference = CANARY | {"Alarms": ["errors"]}
    guarded: dict[str, Any] = {"Triggers": "b", "DeploymentPreference": preference}
    new = template(dict.fromkeys(MANY, B), **guarded)

    def look() -> Split:
        return account.split(names[MANY[-1]], "live")

    def served() -> set[Split]:
        return {account.split(names[each], "live") for each in MANY}

    film = account.filmed(STACK, new, look, at(("1", 10), alarms.ring("errors")))
    assert film == [("1", 0), ("1", 10), ("1", 0)]
    assert served() == {("1", 0)}

    alarms.set("errors", "OK")
    assert account.filmed(STACK, new, look) == [("1", 0), ("1", 10), ("2", 0)]
    assert served() == {("2", 0)}
    # Their names do not fit into the answer, their versions do.
    assert outputs(account.settled(STACK))["Versions"] == ",".join(["2"] * 100)
