"""What functional tests can't reach: a plan that makes no sense, and errors between the calls."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handler import move
from handler.arn import AliasId, Scope
from handler.errors import InternalFailure, NotFound
from handler.executor import Executor
from handler.lineage import Lineage, Tenure
from handler.model import Previous, PromoteRequest, Promotion
from handler.observed import AliasState, Observed
from handler.observer import Origin
from handler.plan import CreateAlias, Plan
from handler.progress import Progress
from handler.signature import Signature
from tests.fakes import FakeAws

PROD = AliasId(Scope("aws", "eu-west-1", "111122223333"), "orders", "prod")
US, A, B = "00000001", "aaaaaaaa", "bbbbbbbb"
STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/orders/6c1f"


def never(_progress: Progress) -> None:
    """Take the place of the next invocation."""
    raise AssertionError


def keep_silent(_what: str, _facts: Mapping[str, Any]) -> None:
    """Take the place of the log."""


def promote(aws: FakeAws, request: PromoteRequest) -> None:
    origin = Origin(STACK, "Prod", Signature(datetime.now(UTC), timedelta(hours=1)))
    Executor(aws, origin, lambda _id: None, keep_silent, never).promote([request])


@pytest.fixture
def aws() -> FakeAws:
    aws = FakeAws()
    aws.deploy("orders", "code-1")
    return aws


def test_a_plan_that_cannot_be_carried_out_is_a_defect(
    aws: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plan(_request: PromoteRequest, _found: Observed) -> Plan:
        return Plan(CreateAlias("", Lineage(Tenure(US)), A), "without a version")

    monkeypatch.setattr(move, "plan_promotion", plan)
    with pytest.raises(InternalFailure, match="no way to carry out"):
        promote(aws, PromoteRequest(Promotion(PROD, US, A)))


def test_an_alias_that_vanishes_before_it_is_repointed_is_told_in_the_words_of_aws(
    aws: FakeAws,
) -> None:
    aws.publish_version("orders", "", None)
    aws.point("orders", "prod", AliasState("1", f"[alias-promotion owner={US} 1@{A}]"))
    aws.before["UpdateAlias"] = aws.functions["orders"].aliases.clear
    request = PromoteRequest(Promotion(PROD, US, B), Previous(A, PROD), PROD.arn)
    with pytest.raises(NotFound, match="Alias not found"):
        promote(aws, request)
