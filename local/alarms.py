"""CloudWatch as moto has it, with its alarms put right: types, pages, states, composite ones.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
(aws-semantics C2). No metric is evaluated: SetAlarmState rings an alarm.
"""

import json
import threading
from collections.abc import Iterable
from typing import Any

from moto.cloudwatch.exceptions import (
    CloudWatchException,
    InvalidParameterCombination,
    ValidationError,
)
from moto.cloudwatch.models import Alarm
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.request import Request
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow

from local.alarm_rules import AlarmRule, parse

_PAGE = 50
_MOST = 100
"""Names in a call of DescribeAlarms, and alarms in its answer."""
_UNKNOWN = ("ChildrenOfAlarmName", "ParentsOfAlarmName", "ActionPrefix")


class InvalidNextToken(CloudWatchException):
    """NextToken is not one of ours, 400."""

    code = "InvalidNextToken"
    message = "The next token is not valid"


class AlarmsService:
    """CloudWatch as a WSGI application."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def app(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        try:
            status, headers, body = self._answer(Request(environ))
        except NotImplementedError as error:
            told = {"__type": "NotImplementedException", "message": f"not emulated: {error}"}
            status, headers, body = 400, {"Content-Type": "application/json"}, json.dumps(told)
        content = body if isinstance(body, bytes) else str(body).encode()
        shown = {name: str(text) for name, text in headers.items() if name.lower() != "status"}
        start_response(f"{status} -", [*(shown | {"Content-Length": str(len(content))}).items()])
        return [content]

    def _answer(self, request: Request) -> tuple[int, dict[str, Any], str | bytes]:
        if "cbor" in request.content_type:
            raise NotImplementedError("the CBOR protocol")
        with self._lock:
            answer: tuple[int, dict[str, Any], str | bytes] = _Responses.dispatch(
                request, request.raw_url, dict(request.headers)
            )
        return answer


class _Responses(CloudWatchResponse):
    """moto's operations; the methods that stand here go before its own."""

    def put_metric_alarm(self) -> ActionResult:
        """PutMetricAlarm: a new one has no data yet, a changed one stays in its state."""
        name = self._get_param("AlarmName")
        before = self._alarms.get(name)
        answer = super().put_metric_alarm()
        _begin(self._alarms[name], before)
        return answer

    def put_composite_alarm(self) -> ActionResult:
        """PutCompositeAlarm; what its rule names must exist."""
        name, text = self._get_param("AlarmName"), self._get_param("AlarmRule")
        try:
            rule = parse(text)
        except ValueError as error:
            # AWS's own text is not known.
            raise ValidationError(f"AlarmRule is invalid: {error}") from error
        if missing := sorted(rule.names - self._alarms.keys()):
            raise ValidationError(
                f"Could not save the composite alarm as alarms [{', '.join(missing)}] "
                "in the alarm rule do not exist"
            )
        before = self._alarms.get(name)
        super().put_metric_alarm()  # it reads AlarmRule, too
        _begin(self._alarms[name], before)
        self._evaluate(self._alarms[name], rule, frozenset())
        return EmptyResult()

    def set_alarm_state(self) -> ActionResult:
        """SetAlarmState; composite alarms above it follow at once."""
        name = self._get_param("AlarmName")
        before = self._alarms[name].state_value if name in self._alarms else ""
        answer = super().set_alarm_state()
        if self._alarms[name].state_value != before:
            self._changed(self._alarms[name], frozenset())
        return answer

    def delete_alarms(self) -> ActionResult:
        """DeleteAlarms; none that a composite alarm depends on."""
        doomed = self._get_param("AlarmNames", [])
        staying = [rule.names for alarm, rule in self._composites() if alarm.name not in doomed]
        if held := [name for name in doomed if any(name in names for names in staying)]:
            which = "it" if len(held) == 1 else "them"
            raise ValidationError(
                f"Cannot delete {','.join(held)} as there are composite alarm(s) "
                f"depending on {which}."
            )
        return super().delete_alarms()

    def describe_alarms(self) -> ActionResult:
        """DescribeAlarms, by name; without AlarmTypes only metric alarms."""
        self._check_description()
        kinds = self._get_param("AlarmTypes") or ["MetricAlarm"]
        found = [
            alarm
            for _, alarm in sorted(self._alarms.items())
            if _kind(alarm) in kinds and self._chosen(alarm)
        ]
        start = int(self._get_param("NextToken") or 0)
        end = start + self._get_param("MaxRecords", _PAGE)
        shown = found[start:end]
        answer: dict[str, Any] = {
            "MetricAlarms": [alarm for alarm in shown if alarm.rule is None],
            "CompositeAlarms": [alarm for alarm in shown if alarm.rule is not None],
        }
        return ActionResult(answer | ({"NextToken": str(end)} if end < len(found) else {}))

    @property
    def _alarms(self) -> dict[str, Alarm]:
        return self.cloudwatch_backend.alarms

    def _check_description(self) -> None:
        for name in _UNKNOWN:
            if self._get_param(name):
                raise NotImplementedError(f"cloudwatch:DescribeAlarms with {name}")
        names = self._get_param("AlarmNames", [])
        if names and self._get_param("AlarmNamePrefix"):
            raise InvalidParameterCombination("AlarmNames and AlarmNamePrefix exclude each other")
        if len(names) > _MOST:
            raise _too_much("alarmNames", names, f"have length less than or equal to {_MOST}")
        if (records := self._get_param("MaxRecords", _PAGE)) > _MOST:
            raise _too_much("maxRecords", records, f"have value less than or equal to {_MOST}")
        if not (self._get_param("NextToken") or "0").isdecimal():
            raise InvalidNextToken

    def _chosen(self, alarm: Alarm) -> bool:
        names, state = self._get_param("AlarmNames", []), self._get_param("StateValue")
        named = not names or alarm.name in names
        prefixed = alarm.name.startswith(self._get_param("AlarmNamePrefix") or "")
        return named and prefixed and state in (None, alarm.state_value)

    def _composites(self) -> list[tuple[Alarm, AlarmRule]]:
        return [(alarm, parse(alarm.rule)) for alarm in self._alarms.values() if alarm.rule]

    def _changed(self, alarm: Alarm, before: frozenset[str]) -> None:
        """Let those above follow; `before` are those that led here, for rules can go round."""
        vars(alarm)["state_transitioned_timestamp"] = utcnow()
        for above, rule in self._composites():
            if alarm.name in rule.names and above.name not in before:
                self._evaluate(above, rule, before | {alarm.name})

    def _evaluate(self, alarm: Alarm, rule: AlarmRule, before: frozenset[str]) -> None:
        states = {each.name: each.state_value for each in self._alarms.values()}
        state = "ALARM" if rule.holds(states) else "OK"
        if state != alarm.state_value:
            alarm.update_state(f"{alarm.rule} is {state}", "{}", state)
            self._changed(alarm, before)


def _begin(alarm: Alarm, before: Alarm | None) -> None:
    """Give an alarm that was put its state: the one it had, or the first one."""
    state = {
        "state_value": "INSUFFICIENT_DATA",
        "state_transitioned_timestamp": alarm.state_updated_timestamp,
    }
    if before:
        state = {key: value for key, value in vars(before).items() if key.startswith("state_")}
    vars(alarm).update(state)


def _kind(alarm: Alarm) -> str:
    return "MetricAlarm" if alarm.rule is None else "CompositeAlarm"


def _too_much(name: str, value: Any, constraint: str) -> ValidationError:
    shown = f"[{', '.join(value)}]" if isinstance(value, list) else value
    return ValidationError(
        f"1 validation error detected: Value '{shown}' at '{name}' failed to satisfy "
        f"constraint: Member must {constraint}"
    )
