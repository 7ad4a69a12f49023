"""The reference is what `make reference` writes, and what it says of changes is so."""

import pytest

from handler import lineage
from handler.schema import RELEASE_SCHEMA, RELEASE_TYPE, SCHEMA
from lambda_alias_promotion_rules._types import TYPES
from tests.documents import reference


def test_the_reference_is_what_its_script_writes() -> None:
    assert reference.PAGE.read_text("utf-8") == reference.page(), "run make reference"


def test_the_reference_lists_every_attribute() -> None:
    expected = {SCHEMA["title"]: reference.PROMOTION_ATTRIBUTES}
    expected[RELEASE_TYPE] = reference.RELEASE_ATTRIBUTES
    known = {name: set(each.attributes) for name, each in TYPES.items()}
    assert {name: set(expected[name]) for name in known} == known


def test_the_reference_says_what_a_change_is_of_properties_that_exist_only() -> None:
    assert reference.UPDATES.keys() <= {*SCHEMA["properties"], *RELEASE_SCHEMA["properties"]}


@pytest.mark.parametrize("name", [*SCHEMA["properties"], "Functions"])
def test_a_property_makes_a_release_exactly_if_the_reference_says_so(name: str) -> None:
    changed = lineage.release_id({name: "1"}) != lineage.release_id({name: "2"})
    assert changed == (name in reference.CHOOSING)
