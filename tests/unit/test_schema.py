"""What validates properties is the same, written as code into the artifact or made at the start."""

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastjsonschema import JsonSchemaValueException

import handler
from handler.schema import PROMOTION_TYPE, RELEASE_TYPE, validator

PROMOTION = {"ServiceToken": "arn", "FunctionName": "orders", "AliasName": "prod"}
RELEASE = {"ServiceToken": "arn", "Functions": ["orders"], "AliasName": "prod"}


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The validators as code, where the artifact has them."""
    monkeypatch.setattr(sys, "argv", ["handler.schema", str(tmp_path)])
    monkeypatch.delitem(sys.modules, "handler.schema")
    runpy.run_module("handler.schema", run_name="__main__")
    monkeypatch.setattr(handler, "__path__", [*handler.__path__, str(tmp_path)])
    validator.cache_clear()
    yield tmp_path
    validator.cache_clear()
    for name in ("valid_promotion", "valid_release"):
        sys.modules.pop(f"handler.{name}", None)


def refusal(type_: str, given: Any) -> tuple[Any, ...] | None:
    """What the provider makes its error of; None where there is none."""
    try:
        validator(type_)(given)
    except JsonSchemaValueException as error:
        return error.rule, error.path, error.value
    return None


CASES = [
    pytest.param(PROMOTION_TYPE, PROMOTION, None, id="a promotion"),
    pytest.param(RELEASE_TYPE, RELEASE, None, id="a release"),
    pytest.param(PROMOTION_TYPE, RELEASE, "required", id="a release is no promotion"),
    pytest.param(RELEASE_TYPE, PROMOTION, "required", id="a promotion is no release"),
    pytest.param(PROMOTION_TYPE, PROMOTION | {"AliasName": "7"}, "pattern", id="a number"),
    pytest.param(PROMOTION_TYPE, PROMOTION | {"Alias": "x"}, "additionalProperties", id="unknown"),
    pytest.param(
        RELEASE_TYPE, RELEASE | {"SmokeTest": {"Timeout": "0"}}, "pattern", id="within a property"
    ),
]


@pytest.mark.parametrize(("type_", "given", "rule"), CASES)
def test_validators_made_at_the_start_find_what_is_wrong(type_: str, given: Any, rule: str) -> None:
    found = refusal(type_, given)
    assert (found and found[0]) == rule


@pytest.mark.parametrize(("type_", "given", "rule"), CASES)
def test_those_in_the_artifact_find_the_same(
    type_: str, given: Any, rule: str, request: pytest.FixtureRequest
) -> None:
    made = refusal(type_, given)

    directory = str(request.getfixturevalue("written"))

    assert validator(type_).__code__.co_filename.startswith(directory)
    assert refusal(type_, given) == made
    assert (made and made[0]) == rule
