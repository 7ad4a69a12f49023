"""Custom::LambdaRelease, read from its events: ids and owners follow from the set of functions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.arn import AliasId, Scope
from handler.errors import AccessDenied, InvalidRequest
from handler.lineage import owner_id, release_id, request_id
from handler.model import LATEST, Promotions, RemoveRequest
from handler.preference import Preference
from handler.progress import Progress
from handler.release import parse_release, parse_release_removal
from handler.smoke_test import SmokeTest
from tests.unit.conftest import PROD

SCOPE = PROD.scope
STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/shop/6c1f"
TWO, THREE = ["orders", "payments"], ["orders", "payments", "mails"]
REQUEST = "5f0d2a"


def properties(functions: Any = TWO, **more: Any) -> dict[str, Any]:
    return {
        "ServiceToken": "arn:token",
        "Functions": functions,
        "AliasName": "prod",
        "Triggers": {"Build": "1"},
        **more,
    }


def event(kind: str, given_: Any, old: Any = None, **more: str) -> dict[str, Any]:
    made = {
        "RequestType": kind,
        "RequestId": REQUEST,
        "ResourceType": "Custom::LambdaRelease",
        "LogicalResourceId": "Release",
        "StackId": STACK,
        "ResourceProperties": given_,
        **more,
    }
    return made if old is None else {**made, "OldResourceProperties": old}


def create(given_: Any, logical_id: str = "Release") -> Promotions:
    return parse_release(event("Create", given_, LogicalResourceId=logical_id), SCOPE)


def update(old: Any, new: Any, physical_id: str = "lambda-release/0badcafe/prod") -> Promotions:
    return parse_release(event("Update", new, old, PhysicalResourceId=physical_id), SCOPE)


def remove(physical_id: str, given_: Any) -> list[RemoveRequest]:
    return parse_release_removal(event("Delete", given_, PhysicalResourceId=physical_id), SCOPE)


def owner(functions: Sequence[str]) -> str:
    return owner_id(STACK, f"Release|{','.join(sorted(functions))}")


def prod(name: str) -> AliasId:
    return replace(PROD, function_name=name)


def names(requests: Sequence[RemoveRequest]) -> list[str]:
    return [each.alias.function_name for each in requests if each.alias]


# --- Create


def test_each_function_is_asked_for_the_same_in_their_order() -> None:
    made = create(
        properties(
            THREE,
            SourceQualifier="beta",
            Description="Shop",
            SmokeTest={"Payload": {"ping": "1"}, "Timeout": "5"},
            DeploymentPreference={"Type": "Canary10Percent5Minutes", "Alarms": ["errors"]},
            ProvisionedConcurrencyConfig={"ProvisionedConcurrentExecutions": "5"},
        )
    )
    desired = [each.desired for each in made.each]
    assert [each.alias for each in desired] == [prod(name) for name in THREE]
    first = desired[0]
    assert [replace(each, alias=first.alias) for each in desired] == [first] * 3
    assert (first.source_qualifier, first.description, first.capacity) == ("beta", "Shop", 5)
    assert first.smoke_test == SmokeTest('{"ping": "1"}', timeout=5)
    assert first.preference == Preference("Canary10Percent5Minutes", ("errors",))


def test_a_create_takes_new_aliases_and_knows_of_none_before() -> None:
    made = create(properties())
    assert [each.previous for each in made.each] == [None, None]
    assert [each.by for each in made.each] == [request_id(REQUEST, None)] * 2
    assert (made.physical_id, made.dropped) == (None, ())
    assert made.each[0].desired.source_qualifier == LATEST
    assert made.each[0].desired.release == release_id(properties())
    assert made.answer_id == made.new_id == f"lambda-release/{owner(TWO)}/prod"


def test_a_function_may_be_named_by_its_arn() -> None:
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:orders"
    made = create(properties([arn, "111122223333:function:payments"]))
    assert [each.desired.alias for each in made.each] == [prod("orders"), prod("payments")]
    assert made.new_id == create(properties()).new_id


def test_what_an_earlier_invocation_has_done_is_known_to_each() -> None:
    progress = Progress((("orders", "8"),))
    made = parse_release(event("Create", properties()), SCOPE, progress)
    assert [each.progress for each in made.each] == [progress] * 2


FUNCTIONS = st.lists(st.from_regex(r"[a-z]{1,8}", fullmatch=True), min_size=1, unique=True)


@given(FUNCTIONS, st.randoms())
def test_the_owner_follows_from_the_set_of_functions_and_not_from_their_order(
    functions: list[str], random: Any
) -> None:
    shuffled = random.sample(functions, len(functions))
    one, other = create(properties(functions)), create(properties(shuffled))
    assert {each.desired.owner for each in (*one.each, *other.each)} == {owner(functions)}
    assert one.new_id == other.new_id


@given(FUNCTIONS, FUNCTIONS)
def test_another_set_of_functions_has_another_owner(one: list[str], other: list[str]) -> None:
    same = set(one) == set(other)
    assert (create(properties(one)).new_id == create(properties(other)).new_id) == same


def test_two_releases_of_the_same_functions_have_two_owners() -> None:
    assert create(properties()).new_id != create(properties(), "Other").new_id


def test_a_release_of_one_function_is_not_its_promotions_owner() -> None:
    made = create(properties(["orders"]))
    assert made.each[0].desired.owner != owner_id(STACK, "Release")


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"Functions": ["orders", "orders"]}, "Functions: found orders twice"),
        (
            {"Functions": ["orders", "111122223333:function:orders"]},
            "Functions: found orders twice",
        ),
        ({"Functions": []}, "Functions: found"),
        ({"Functions": "orders"}, "Functions: found 'orders'"),
        ({"Functions": [{"Ref": "Orders"}]}, "Functions.0: found"),
        ({"FunctionName": "orders"}, "FunctionName: unknown property; use Functions"),
        ({"SourceQualifier": "prod"}, "SourceQualifier: found 'prod', the alias itself"),
        ({"CodeSha256": "x"}, "CodeSha256: found 'x'"),
    ],
)
def test_what_cannot_be_used_is_named(bad: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidRequest, match=f"^{says}"):
        create(properties(**{"functions": TWO, **bad} if "Functions" not in bad else bad))


@pytest.mark.parametrize("missing", ["Functions", "AliasName", "ServiceToken"])
def test_what_is_missing_is_named(missing: str) -> None:
    given_ = properties()
    del given_[missing]
    with pytest.raises(InvalidRequest, match=f"^{missing}: missing"):
        create(given_)


def test_a_stack_that_lies_elsewhere_is_refused() -> None:
    elsewhere = Scope("aws", "eu-west-1", "999999999999")
    with pytest.raises(InvalidRequest, match=r"^ServiceToken: the stack lies in 111122223333"):
        parse_release(event("Create", properties()), elsewhere)


def test_every_function_must_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_FUNCTION_NAMES", "orders")
    with pytest.raises(AccessDenied, match=r"^Functions: payments is not allowed here"):
        create(properties())


# --- Update


@pytest.mark.parametrize(
    ("old", "new", "dropped", "added", "stays"),
    [
        pytest.param(TWO, TWO, [], [], True, id="the same functions"),
        pytest.param(TWO, TWO[::-1], [], [], True, id="another order"),
        pytest.param(TWO, THREE, [], ["mails"], False, id="one is added"),
        pytest.param(THREE, TWO, ["mails"], [], False, id="one is taken"),
        pytest.param(["mails", "audit"], TWO, ["mails", "audit"], TWO, False, id="all others"),
        pytest.param("orders", TWO, [], TWO, False, id="old properties of another form"),
        pytest.param([{}, "a:b:c", "orders"], TWO, [], ["payments"], False, id="partly of one"),
    ],
)
def test_an_update_of_the_list_is_a_replacement(
    old: Any, new: list[str], dropped: list[str], added: list[str], *, stays: bool
) -> None:
    made = update(properties(old), properties(new), "lambda-release/0badcafe/prod")
    assert names(made.dropped) == dropped
    each = [(one.desired.alias.function_name, one.previous) for one in made.each]
    assert [name for name, previous in each if previous and previous.new] == added
    assert made.new_id == f"lambda-release/{owner(new)}/prod"
    assert made.answer_id == ("lambda-release/0badcafe/prod" if stays else made.new_id)


def test_each_function_knows_under_which_owner_it_was_before() -> None:
    old = properties(TWO, Triggers="0")
    made = update(old, properties(THREE))
    assert {each.previous.owner for each in made.each if each.previous} == {owner(TWO)}
    assert {each.previous.release for each in made.each if each.previous} == {release_id(old)}
    assert [each.owners for each in made.each] == [(owner(THREE), owner(TWO))] * 3
    assert [each.takes_new_alias for each in made.each] == [False, False, True]


def test_what_is_taken_from_the_list_is_given_up_under_the_owner_of_before() -> None:
    old = properties(THREE, ProvisionedConcurrencyConfig={"ProvisionedConcurrentExecutions": "5"})
    assert update(old, properties(TWO)).dropped == (
        RemoveRequest(prod("mails"), owner(THREE), release_id(old), provisioned=True),
    )


def test_what_may_not_be_touched_any_more_is_not_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_FUNCTION_NAMES", "orders,payments")
    assert update(properties(THREE), properties(TWO)).dropped == ()


def test_another_alias_name_is_a_replacement() -> None:
    made = update(properties(), properties(AliasName="live"))
    assert made.answer_id == f"lambda-release/{owner(TWO)}/live"
    assert [each.takes_new_alias for each in made.each] == [True, True]
    aliases = [each.previous.alias for each in made.each if each.previous]
    assert aliases == [prod("orders"), prod("payments")]


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        ({"Legacy": "1"}, "Legacy: unknown property"),
        ({"Functions": ["orders", "orders"]}, "Functions: found orders twice"),
        ({"SourceQualifier": "prod"}, "SourceQualifier: found 'prod'"),
    ],
)
def test_an_update_keeps_what_is_wrong_for_it_may_be_a_rollback(
    bad: dict[str, Any], says: str
) -> None:
    made = update(properties(), {**properties(), **bad})
    assert all(each.refused.startswith(says) for each in made.each)


# --- Delete

ID = "lambda-release/0badcafe/prod"


@pytest.mark.parametrize(
    ("physical_id", "expected"),
    [
        pytest.param(ID, [("0badcafe", None)] * 2, id="an id of ours"),
        pytest.param(f"{ID}#not-created", [], id="nothing was made"),
        pytest.param(
            f"{ID}#unconfirmed",
            [("0badcafe", release_id(properties()))] * 2,
            id="nobody knows what was made",
        ),
        pytest.param(
            "shop-Release-1ABCDEFGHIJK",
            [(owner(TWO), release_id(properties()))] * 2,
            id="an id that CloudFormation made up",
        ),
        pytest.param(
            "lambda-release/0badcafe/7",
            [(owner(TWO), release_id(properties()))] * 2,
            id="no name of an alias in it",
        ),
    ],
)
def test_the_physical_id_tells_whose_aliases_are_deleted(
    physical_id: str, expected: list[tuple[str, str | None]]
) -> None:
    found = remove(physical_id, properties())
    assert [(each.owner, each.unconfirmed) for each in found] == expected
    assert names(found) == (TWO if expected else [])


def test_the_alias_of_the_id_is_deleted_and_not_that_of_the_properties() -> None:
    found = remove("lambda-release/0badcafe/live", properties())
    assert {each.alias.alias_name for each in found if each.alias} == {"live"}


@pytest.mark.parametrize(
    ("given_", "left"),
    [
        ({}, []),
        ({"Functions": "orders"}, []),
        ({"Functions": [{}, 7, "a:b:c", "orders"], "Legacy": "1"}, ["orders"]),
        ({"Functions": ["111122223333:function:orders"]}, ["orders"]),
        ("no map", []),
    ],
)
def test_a_delete_reads_properties_of_any_form(given_: Any, left: list[str]) -> None:
    assert names(remove(ID, given_)) == left


@pytest.mark.parametrize("given_", [None, "no map", {"Functions": "orders"}])
def test_a_delete_with_an_id_of_cloudformations_and_no_list_deletes_nothing(given_: Any) -> None:
    assert remove("shop-Release-1ABCDEFGHIJK", given_) == []


def test_a_delete_touches_no_function_that_is_not_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_FUNCTION_NAMES", "payments")
    assert names(remove(ID, properties())) == ["payments"]


@pytest.mark.parametrize(
    ("config", "provisioned"),
    [({}, False), ({"ProvisionedConcurrencyConfig": {}}, True)],
)
def test_a_delete_knows_whether_its_versions_have_capacity(
    config: dict[str, Any], *, provisioned: bool
) -> None:
    found = remove(ID, properties(**config))
    assert [each.provisioned for each in found] == [provisioned] * 2
