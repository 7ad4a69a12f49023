"""What a smoke test's answer must contain."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.smoke_test import SmokeTest, as_json, contains

CONTAINED: list[tuple[Any, Any]] = [
    (None, None),
    (True, True),
    (1, 1),
    (1.5, 1.5),
    ("ok", "ok"),
    ({"ok": 1, "more": 2}, {"ok": 1}),
    ({"ok": 1}, {}),
    ({"a": {"b": [1, {"c": 2, "d": 3}]}}, {"a": {"b": [1, {"c": 2}]}}),
    ([], []),
    ([{"a": 1, "b": 2}], [{"a": 1}]),
    # as CloudFormation writes what the template has
    (True, "true"),
    (False, "false"),
    (7, "7"),
    (-7, "-7"),
    (1.5, "1.5"),
    ({"stock": 7, "open": True}, {"stock": "7", "open": "true"}),
]
OTHERS: list[tuple[Any, Any]] = [
    (None, {}),
    (None, "null"),
    ("ok", "OK"),
    ("true", True),
    ("7", 7),
    (True, 1),
    (1, True),
    (0, False),
    (True, "True"),
    ({"more": 2}, {"ok": 1}),
    ({"ok": 2}, {"ok": 1}),
    ({"ok": None}, {"ok": "none"}),
    ([], {}),
    ({}, []),
    ([1, 2], [1]),
    ([1], [1, 2]),
    ([1, 2], [2, 1]),
    ("[1]", [1]),
    ({"a": {"b": 1}}, {"b": 1}),
]


@pytest.mark.parametrize(("answer", "expected"), CONTAINED)
def test_an_answer_contains_what_is_expected(answer: Any, expected: Any) -> None:
    assert contains(answer, expected)


@pytest.mark.parametrize(("answer", "expected"), OTHERS)
def test_an_answer_does_not_contain_what_is_missing_or_other(answer: Any, expected: Any) -> None:
    assert not contains(answer, expected)


def json_values(plain: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)

    return st.recursive(plain, nested, max_leaves=8)


NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
# A template has no null.
WRITTEN = st.booleans() | NUMBERS | st.text(max_size=5)
VALUES = json_values(st.none() | WRITTEN)


def written_by_cloudformation(value: Any) -> Any:
    """Every number and boolean as text, at every depth (aws-semantics A1)."""
    if isinstance(value, dict):
        return {name: written_by_cloudformation(each) for name, each in value.items()}
    if isinstance(value, list):
        return [written_by_cloudformation(each) for each in value]
    return value if isinstance(value, str) else json.dumps(value)


@given(VALUES)
def test_a_value_contains_itself(value: Any) -> None:
    assert contains(value, value)


@given(json_values(WRITTEN))
def test_a_value_contains_the_text_that_cloudformation_makes_of_it(value: Any) -> None:
    assert contains(value, written_by_cloudformation(value))


@given(st.dictionaries(st.text(max_size=3), VALUES, max_size=4), st.data())
def test_a_map_contains_each_part_of_it_and_nothing_beyond(
    value: dict[str, Any], data: st.DataObject
) -> None:
    names = data.draw(st.sets(st.sampled_from(sorted(value)))) if value else set()
    assert contains(value, {name: value[name] for name in names})
    assert not contains(value, {**value, "another name": None})


@pytest.mark.parametrize(
    ("given_", "meant"),
    [
        ('{"stock": 7}', {"stock": 7}),
        ("7", 7),
        ("null", None),
        ('"7"', "7"),
        ("ok", "ok"),
        ("", ""),
        ({"stock": "7"}, {"stock": "7"}),
        (["7"], ["7"]),
        ({"inner": '{"stock": 7}'}, {"inner": '{"stock": 7}'}),
    ],
)
def test_a_text_that_is_json_stands_for_it(given_: Any, meant: Any) -> None:
    assert as_json(given_) == meant


@given(VALUES)
def test_json_in_a_text_keeps_its_types(value: Any) -> None:
    assert as_json(json.dumps(value)) == value


def test_a_smoke_test_hides_what_may_be_a_secret() -> None:
    assert (
        repr(SmokeTest('{"token": "s3cret"}', {"token": "s3cret"}, timeout=5))
        == "SmokeTest(expects=False, timeout=5)"
    )
