"""Each request is counted, by function and alias."""

import json
from typing import Any

import pytest

from handler.arn import AliasId, Scope
from handler.metrics import PROMOTIONS, measured

PROD = AliasId(Scope("aws", "eu-west-1", "111122223333"), "orders", "prod")


def written(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_request_is_counted_with_its_duration(capsys: pytest.CaptureFixture[str]) -> None:
    with measured([PROD]) as counts:
        counts[PROD][PROMOTIONS] += 1

    metrics = written(capsys)
    [directive] = metrics["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "LambdaAliasPromotion"
    assert directive["Dimensions"] == [["function", "alias"]]
    assert {each["Name"]: each["Unit"] for each in directive["Metrics"]} == {
        "Duration": "Milliseconds",
        "Promotions": "Count",
        "Rollbacks": "Count",
        "Failures": "Count",
    }
    assert (metrics["function"], metrics["alias"]) == ("orders", "prod")
    assert [metrics[name] for name in ("Promotions", "Rollbacks", "Failures")] == [[1], [0], [0]]
    assert metrics["Duration"][0] >= 0


def test_a_failure_is_counted_and_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), measured([PROD]):
        raise SystemExit

    assert written(capsys)["Failures"] == [1]


def test_two_requests_do_not_share_their_counts(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        with measured([PROD]) as counts:
            counts[PROD][PROMOTIONS] += 1
        assert written(capsys)["Promotions"] == [1]


def test_a_request_without_an_alias_is_not_counted(capsys: pytest.CaptureFixture[str]) -> None:
    with measured([]):
        pass
    assert capsys.readouterr().out == ""
