"""What an operator can count."""

import json
from typing import Any

import pytest

from tests.functional.conftest import PROD, Provider, build


def counted(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Give the counts of the last request."""
    lines = [line for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    found = json.loads(lines[-1])
    return {name: found[name][0] for name in ("Promotions", "Rollbacks", "Failures")}


def test_a_release_is_a_promotion_and_its_way_back_a_rollback(
    provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    provider.create(**build(1))
    assert counted(capsys) == {"Promotions": 1, "Rollbacks": 0, "Failures": 0}
    provider.aws.deploy("orders", "code-2")
    provider.update(build(1), build(2))
    assert counted(capsys) == {"Promotions": 1, "Rollbacks": 0, "Failures": 0}
    provider.roll_back(build(2), build(1))
    assert counted(capsys) == {"Promotions": 0, "Rollbacks": 1, "Failures": 0}


def test_what_moves_nothing_counts_nothing(
    released: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    released.update(build(1), build(2, Description="new"))
    assert counted(capsys) == {"Promotions": 0, "Rollbacks": 0, "Failures": 0}
    released.delete(PROD.arn, **build(2))
    assert counted(capsys) == {"Promotions": 0, "Rollbacks": 0, "Failures": 0}


def test_a_failure_counts(provider: Provider, capsys: pytest.CaptureFixture[str]) -> None:
    provider.create(SourceQualifier="beta")
    assert counted(capsys) == {"Promotions": 0, "Rollbacks": 0, "Failures": 1}
