"""CloudWatch's alarms: which are described, in which state, and who may ask (aws-semantics C2)."""

import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ClientError

from local.alarm_rules import parse
from local.engine import Engine
from local.settings import Settings

_numbers = itertools.count(1)
ALL = ["MetricAlarm", "CompositeAlarm"]
ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm"


@pytest.fixture(scope="module")
def shared() -> Iterator[Engine]:
    with Engine(Settings(linger=0.0)) as made:
        yield made


@pytest.fixture
def engine(shared: Engine) -> Iterator[Engine]:
    yield shared
    cloudwatch = shared.client("cloudwatch")
    cloudwatch.delete_alarms(AlarmNames=names(cloudwatch, AlarmTypes=ALL))


@pytest.fixture
def cloudwatch(engine: Engine) -> Any:
    return engine.client("cloudwatch")


def put(cloudwatch: Any, *names: str, **changes: Any) -> None:
    for name in names:
        given = {
            "AlarmName": name,
            "MetricName": "Errors",
            "Namespace": "AWS/Lambda",
            "Statistic": "Sum",
            "ComparisonOperator": "GreaterThanThreshold",
            "EvaluationPeriods": 1,
            "Period": 60,
            "Threshold": 0,
        }
        cloudwatch.put_metric_alarm(**given | changes)


def ring(cloudwatch: Any, name: str, state: str = "ALARM") -> None:
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test rings")


def names(cloudwatch: Any, **given: Any) -> list[str]:
    """Give the alarms of every page, metric alarms first."""
    pages = [*cloudwatch.get_paginator("describe_alarms").paginate(**given)]
    found = [alarm for page in pages for alarm in page["MetricAlarms"]]
    found += [alarm for page in pages for alarm in page["CompositeAlarms"]]
    return [alarm["AlarmName"] for alarm in found]


def state(cloudwatch: Any, name: str) -> str:
    found = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=ALL)
    [alarm] = found["MetricAlarms"] + found["CompositeAlarms"]
    return str(alarm["StateValue"])


def refusal(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_without_types_only_metric_alarms_are_described(cloudwatch: Any) -> None:
    put(cloudwatch, "errors")
    cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule="ALARM(errors)")

    assert names(cloudwatch) == ["errors"]
    assert names(cloudwatch, AlarmNames=["errors", "any"]) == ["errors"]
    assert names(cloudwatch, AlarmTypes=["CompositeAlarm"]) == ["any"]
    assert names(cloudwatch, AlarmTypes=ALL) == ["errors", "any"]


def test_an_unknown_name_is_left_out_in_silence(cloudwatch: Any) -> None:
    put(cloudwatch, "errors")
    assert names(cloudwatch, AlarmNames=["errors", "absent"], AlarmTypes=ALL) == ["errors"]


def test_alarms_are_chosen_by_prefix_and_state(cloudwatch: Any) -> None:
    put(cloudwatch, "orders-errors", "orders-throttles", "bills-errors")
    ring(cloudwatch, "orders-errors")
    ring(cloudwatch, "bills-errors")

    found = names(cloudwatch, AlarmNamePrefix="orders-", StateValue="ALARM")

    assert found == ["orders-errors"]


def test_pages_hold_what_max_records_says_and_50_without_it(cloudwatch: Any) -> None:
    made = [f"alarm-{number:02}" for number in range(51)]
    put(cloudwatch, *made)

    first = cloudwatch.describe_alarms()

    assert (len(first["MetricAlarms"]), first["NextToken"]) == (50, "50")
    assert "NextToken" not in cloudwatch.describe_alarms(MaxRecords=100)
    assert names(cloudwatch, PaginationConfig={"PageSize": 20}) == made


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"AlarmNames": [str(number) for number in range(101)]}, "ValidationError"),
        ({"MaxRecords": 101}, "ValidationError"),
        ({"NextToken": "no token"}, "InvalidNextToken"),
        ({"AlarmNames": ["a"], "AlarmNamePrefix": "a"}, "InvalidParameterCombination"),
        ({"ChildrenOfAlarmName": "a"}, "NotImplementedException"),
    ],
    ids=["101 names", "101 records", "bad token", "names and prefix", "not emulated"],
)
def test_what_can_not_be_described_is_refused(
    cloudwatch: Any, given: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as error:
        cloudwatch.describe_alarms(**given)
    assert refusal(error) == code


def test_an_alarm_has_no_data_until_it_is_rung(cloudwatch: Any) -> None:
    put(cloudwatch, "errors")
    assert state(cloudwatch, "errors") == "INSUFFICIENT_DATA"
    ring(cloudwatch, "errors")
    assert state(cloudwatch, "errors") == "ALARM"


def test_an_alarm_that_is_changed_stays_in_its_state(cloudwatch: Any) -> None:
    put(cloudwatch, "errors")
    ring(cloudwatch, "errors")
    put(cloudwatch, "errors", Threshold=5)

    [alarm] = cloudwatch.describe_alarms()["MetricAlarms"]

    assert (alarm["Threshold"], alarm["StateValue"]) == (5, "ALARM")


def test_a_state_that_is_set_again_is_updated_and_not_a_transition(cloudwatch: Any) -> None:
    put(cloudwatch, "errors")
    ring(cloudwatch, "errors")
    [before] = cloudwatch.describe_alarms()["MetricAlarms"]
    time.sleep(0.01)
    ring(cloudwatch, "errors")
    [after] = cloudwatch.describe_alarms()["MetricAlarms"]

    assert before["StateUpdatedTimestamp"] < after["StateUpdatedTimestamp"]
    assert before["StateTransitionedTimestamp"] == after["StateTransitionedTimestamp"]


def test_an_alarm_that_does_not_exist_can_not_be_rung(cloudwatch: Any) -> None:
    with pytest.raises(ClientError) as error:
        ring(cloudwatch, "absent")
    assert refusal(error) == "ResourceNotFound"


def test_a_composite_alarm_follows_its_children(cloudwatch: Any) -> None:
    put(cloudwatch, "errors", "throttles")
    rule = f'ALARM("errors") OR ALARM({ARN}:throttles)'
    cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule=rule)
    cloudwatch.put_composite_alarm(AlarmName="none", AlarmRule="NOT ALARM(any)")

    assert (state(cloudwatch, "any"), state(cloudwatch, "none")) == ("OK", "ALARM")
    ring(cloudwatch, "throttles")
    assert (state(cloudwatch, "any"), state(cloudwatch, "none")) == ("ALARM", "OK")
    ring(cloudwatch, "throttles", "OK")
    assert (state(cloudwatch, "any"), state(cloudwatch, "none")) == ("OK", "ALARM")


def test_a_composite_alarm_that_is_rung_itself_stays_so_until_a_child_changes(
    cloudwatch: Any,
) -> None:
    put(cloudwatch, "errors")
    cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule="ALARM(errors)")
    ring(cloudwatch, "any")
    assert state(cloudwatch, "any") == "ALARM"
    ring(cloudwatch, "errors", "OK")
    assert state(cloudwatch, "any") == "OK"


def test_composite_alarms_may_name_each_other(cloudwatch: Any) -> None:
    cloudwatch.put_composite_alarm(AlarmName="a", AlarmRule="FALSE")
    cloudwatch.put_composite_alarm(AlarmName="b", AlarmRule="NOT ALARM(a)")
    cloudwatch.put_composite_alarm(AlarmName="a", AlarmRule="ALARM(b)")
    assert {state(cloudwatch, "a"), state(cloudwatch, "b")} <= {"OK", "ALARM"}


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("ALARM(absent)", r"as alarms \[absent\] in the alarm rule do not exist"),
        ("ALARM(errors) OR", "AlarmRule is invalid: unexpected the end"),
        ("ALARM(errors) ALARM(errors)", "AlarmRule is invalid: unexpected ALARM"),
        ("(ALARM(errors)", "a parenthesis is not closed"),
        ("RINGS(errors)", "unexpected RINGS"),
    ],
)
def test_a_rule_that_can_not_be_evaluated_is_refused(
    cloudwatch: Any, rule: str, message: str
) -> None:
    put(cloudwatch, "errors")
    with pytest.raises(ClientError, match=message):
        cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule=rule)
    assert names(cloudwatch, AlarmTypes=ALL) == ["errors"]


@pytest.mark.parametrize(
    ("rule", "ringing", "holds"),
    [
        ('ALARM("a")', "a", True),
        ("ALARM ( a )", "b", False),
        ("OK(a)", "b", True),
        ("INSUFFICIENT_DATA(a)", "a", False),
        ("NOT ALARM(a)", "a", False),
        ("NOT NOT ALARM(a)", "a", True),
        ('ALARM("a") OR ALARM(b) AND NOT OK(c)', "a", True),
        ('ALARM("a") OR ALARM(b) AND NOT OK(c)', "b", False),
        ('ALARM("a") OR ALARM(b) AND NOT OK(c)', "bc", True),
        ("(ALARM(a) OR ALARM(b)) AND ALARM(c)", "a", False),
        ("TRUE AND NOT FALSE", "", True),
        (f"ALARM({ARN}:a)", "a", True),
        ('ALARM("of orders (all)")', "", False),
    ],
)
def test_a_rule_binds_as_awss_does(rule: str, ringing: str, holds: bool) -> None:
    states = {name: "ALARM" if name in ringing else "OK" for name in "abc"}
    assert parse(rule).holds(states) is holds


def test_a_child_can_not_be_deleted_before_the_composite_alarm(cloudwatch: Any) -> None:
    put(cloudwatch, "errors")
    cloudwatch.put_composite_alarm(AlarmName="any", AlarmRule="ALARM(errors)")

    with pytest.raises(ClientError, match=r"Cannot delete errors as .* depending on it\."):
        cloudwatch.delete_alarms(AlarmNames=["errors"])
    cloudwatch.delete_alarms(AlarmNames=["any"])
    cloudwatch.delete_alarms(AlarmNames=["errors"])

    assert names(cloudwatch, AlarmTypes=ALL) == []


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("application/x-www-form-urlencoded",
         "Action=DescribeAlarms&Version=2010-08-01&AlarmNames.member.1=errors",
         "<AlarmName>errors</AlarmName>"),
        ("application/cbor", "", "not emulated: the CBOR protocol"),
    ],
    ids=["query", "CBOR"],
)  # fmt: skip
def test_older_clients_speak_the_query_protocol_and_cbor_is_refused(
    engine: Engine, kind: str, body: str, expected: str
) -> None:
    put(engine.client("cloudwatch"), "errors")
    scope = "Credential=local/20261125/eu-west-1/monitoring/aws4_request"
    headers = {"Content-Type": kind, "Authorization": f"AWS4-HMAC-SHA256 {scope}"}

    answer = urllib3.request("POST", f"{engine.url}/", body=body, headers=headers)

    assert expected in answer.data.decode()


@pytest.mark.parametrize(
    ("resource", "given", "allowed"),
    [
        ("*", {"AlarmNames": ["errors"], "AlarmTypes": ALL}, True),
        (f"{ARN}:*", {"AlarmNames": ["errors"], "AlarmTypes": ALL}, False),
        (f"{ARN}:err*", {"AlarmNames": ["errors"]}, True),
        (f"{ARN}:err*", {"AlarmNames": ["errors", "throttles"]}, False),
        (f"{ARN}:err*", {}, False),
        (f"{ARN}:*", {}, True),
    ],
    ids=["all", "composite", "by name", "another name", "any alarm", "any alarm allowed"],
)
def test_a_role_describes_the_alarms_that_it_may_and_composite_ones_with_a_star_only(
    engine: Engine, resource: str, given: dict[str, Any], allowed: bool
) -> None:
    put(engine.client("cloudwatch"), "errors", "throttles")
    iam, name = engine.client("iam"), f"watcher-{next(_numbers)}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument="{}")
    statement = {"Effect": "Allow", "Action": "cloudwatch:DescribeAlarms", "Resource": resource}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=name, PolicyName="alarms", PolicyDocument=policy)
    acting = engine.client_of_role(role["Role"]["Arn"], "cloudwatch")

    if allowed:
        assert "errors" in names(acting, **given)
    else:
        with pytest.raises(ClientError, match="not authorized to perform: cloudwatch:Describe"):
            acting.describe_alarms(**given)


def test_a_stack_makes_a_composite_alarm_after_its_children_and_deletes_it_before_them(
    engine: Engine,
) -> None:
    metric = {
        "MetricName": "Errors",
        "Namespace": "AWS/Lambda",
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
    }
    rule = {"Fn::Sub": 'ALARM("${Errors}")'}
    composite = {"AlarmName": "any", "AlarmRule": rule, "ActionsEnabled": "false"}
    body = {
        "Resources": {
            "Errors": {"Type": "AWS::CloudWatch::Alarm", "Properties": metric},
            "Any": {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": composite},
        },
        "Outputs": {
            "Ref": {"Value": {"Ref": "Any"}},
            "Arn": {"Value": {"Fn::GetAtt": ["Any", "Arn"]}},
        },
    }
    stacks = engine.client("cloudformation")
    stacks.create_stack(StackName="watched", TemplateBody=json.dumps(body))
    stacks.get_waiter("stack_create_complete").wait(
        StackName="watched", WaiterConfig={"Delay": 0.05}
    )

    [stack] = stacks.describe_stacks(StackName="watched")["Stacks"]
    found = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    assert found == {"Ref": "any", "Arn": f"{ARN}:any"}
    [made] = engine.client("cloudwatch").describe_alarms(AlarmTypes=ALL)["CompositeAlarms"]
    assert (made["AlarmArn"], made["ActionsEnabled"], made["StateValue"]) == (
        f"{ARN}:any", False, "OK",
    )  # fmt: skip

    stacks.delete_stack(StackName="watched")
    stacks.get_waiter("stack_delete_complete").wait(
        StackName="watched", WaiterConfig={"Delay": 0.05}
    )
    assert names(engine.client("cloudwatch"), AlarmTypes=ALL) == []
