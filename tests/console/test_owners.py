"""Whoever manages an alias is found by the hash in its mark, with few calls."""

from typing import Any, cast

import pytest

from console.owners import Owner, find_owners
from handler.lineage import owner_id
from tests.console.world import Stacks

PROMOTION = ("Custom::LambdaAliasPromotion", "arn")


@pytest.fixture
def stacks() -> Stacks:
    return Stacks()


def find(stacks: Stacks, *wanted: str, most: int = 10) -> tuple[list[Owner], int]:
    found = find_owners(cast("Any", stacks), wanted, most)
    return [found.found[each] for each in wanted if each in found.found], found.unasked


def test_a_promotion_is_found_by_the_hash_of_its_stack_and_its_name(stacks: Stacks) -> None:
    stack_id = stacks.add("orders", Role=("AWS::IAM::Role", "role"), Beta=PROMOTION, Prod=PROMOTION)

    assert find(stacks, owner_id(stack_id, "Prod")) == ([Owner("orders", "Prod")], 0)


def test_a_release_of_many_functions_is_found_by_its_physical_id(stacks: Stacks) -> None:
    stacks.add(
        "shop",
        Begun=("Custom::LambdaRelease", "made-up"),
        Release=("Custom::LambdaRelease", "lambda-release/0123abcd/prod"),
    )

    assert find(stacks, "0123abcd") == ([Owner("shop", "Release")], 0)


def test_the_stacks_that_changed_last_are_asked_first_and_no_more_than_needed(
    stacks: Stacks,
) -> None:
    ids = [stacks.add(name, Prod=PROMOTION) for name in ("one", "two", "three")]

    assert find(stacks, owner_id(ids[1], "Prod")) == ([Owner("two", "Prod")], 0)
    assert stacks.asked == [ids[2], ids[1]]


def test_so_many_stacks_are_asked_and_the_rest_is_told(stacks: Stacks) -> None:
    ids = [stacks.add(name, Prod=PROMOTION) for name in ("one", "two", "three")]

    assert find(stacks, owner_id(ids[0], "Prod"), most=2) == ([], 1)


def test_nobody_is_asked_where_nothing_is_managed(stacks: Stacks) -> None:
    stacks.add("orders", Prod=PROMOTION)

    assert find(stacks) == ([], 0)
    assert stacks.asked == []
