"""CloudWatch's alarms, as the gateway reads them."""

import json
from typing import Any

import pytest

from handler import errors
from handler.gateway import Gateway
from tests.unit.conftest import Answer, Until, Wire, no_answer, refused

OK, RINGS, UNSURE = "OK", "ALARM", "INSUFFICIENT_DATA"


def alarms(
    metric: dict[str, str] | None = None, composite: dict[str, str] | None = None, **more: str
) -> Answer:
    """What DescribeAlarms answers: name and state of each alarm."""
    kinds = {"MetricAlarms": metric or {}, "CompositeAlarms": composite or {}}
    found: dict[str, Any] = {
        kind: [{"AlarmName": name, "StateValue": state} for name, state in each.items()]
        for kind, each in kinds.items()
    }
    return Answer(200, {**found, **more})


def test_metric_and_composite_alarms_are_asked_for_by_their_names(aws: Gateway, wire: Wire) -> None:
    wire.answers = [alarms()]
    aws.describe_alarms(("errors", "any"))
    assert json.loads(wire.bodies[0]) == {
        "AlarmNames": ["errors", "any"],
        "AlarmTypes": ["MetricAlarm", "CompositeAlarm"],
    }


@pytest.mark.parametrize(
    ("answers", "states"),
    [
        pytest.param(
            [alarms({"errors": OK}, {"any": RINGS})], {"errors": OK, "any": RINGS}, id="both kinds"
        ),
        pytest.param([alarms({"errors": UNSURE})], {"errors": UNSURE}, id="one that is unknown"),
        pytest.param([alarms()], {}, id="none of them"),
        pytest.param(
            [alarms({"errors": OK}, NextToken="1"), alarms({}, {"any": OK})],
            {"errors": OK, "any": OK},
            id="two pages",
        ),
    ],
)
def test_the_state_of_each_alarm_that_exists_is_given(
    aws: Gateway, wire: Wire, answers: list[Any], states: dict[str, str]
) -> None:
    wire.answers = answers
    assert aws.describe_alarms(("errors", "any")) == states
    assert wire.answers == []


@pytest.mark.parametrize(
    ("answer", "tries", "kind"),
    [
        (refused(403, "AccessDenied"), 1, errors.AccessDenied),
        (refused(400, "ThrottlingException"), 3, errors.Throttling),
        (refused(500, "InternalServiceFault"), 3, errors.ServiceInternalError),
        (no_answer, 3, errors.NetworkFailure),
    ],
    ids=["denied", "throttled", "AWS", "network"],
)
def test_alarms_that_cannot_be_read_are_told_soon_and_by_their_property(
    aws: Gateway, wire: Wire, answer: Any, tries: int, kind: type[errors.PromotionError]
) -> None:
    wire.answers = [answer] * 9
    says = "^DeploymentPreference.Alarms: cloudwatch:DescribeAlarms on errors, any: "
    with pytest.raises(kind, match=says):
        aws.describe_alarms(("errors", "any"))
    assert len(wire.sent) == tries
    assert sum(wire.slept) <= 5


def test_alarms_are_not_asked_after_the_deadline(aws: Gateway, wire: Wire, until: Until) -> None:
    with until(0), pytest.raises(errors.ServiceTimeout):
        aws.describe_alarms(("errors",))
    assert wire.sent == []
