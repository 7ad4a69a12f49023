"""crhelper's CfnResource with what crhelper 2.0.12 gets wrong put right (aws-semantics D2)."""

import logging
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from crhelper import CfnResource

from handler import answer
from handler.errors import InternalFailure, InvalidRequest, PromotionError, ServiceTimeout
from handler.model import NOT_CREATED
from handler.response_url import is_cloudformations
from handler.signature import DEFAULT_TIMEOUT, Signature, read_signature

WATCHDOG_MARGIN = 6.0
"""Seconds before Lambda ends the process at which silence is broken, whatever hangs."""

_PATIENCE_MARGIN = 3.0
"""The same before CloudFormation stops waiting; less than what Deadline keeps."""

_ANSWER_MARGIN = 1.0
"""Seconds before Lambda ends the process after which no answer is tried any more."""

_TEXTS = ("RequestType", "ResponseURL", "StackId", "RequestId", "LogicalResourceId")

_ID_LIMIT = 512
"""Bytes of an id that CloudFormation sends at the most; they come back in the answer."""

_PHYSICAL_ID_LIMIT = 1024
"""Bytes of a physical id (aws-semantics A2)."""

_ARN = re.compile("arn(:[^:]*){5}")

_MAPS = {
    "Create": ("ResourceProperties",),
    "Update": ("ResourceProperties", "OldResourceProperties"),
    "Delete": (),
}

# crhelper writes the event, its secret ResponseURL and tracebacks; this provider has its own log.
logging.getLogger("crhelper").setLevel(logging.CRITICAL + 1)

Handler = Callable[[Mapping[str, Any], Any], str]


class AnswerNotTaken(Exception):
    """CloudFormation's bucket took no answer, though it did not refuse it either."""


class Provider(CfnResource):
    """Answers each request exactly once, with an id, in time, without a trace of the last one."""

    def __init__(self, logger: Logger) -> None:
        # crhelper makes three clients unless it believes to run in `sam local`; none is used here.
        before = os.environ.get("AWS_SAM_LOCAL")
        os.environ["AWS_SAM_LOCAL"] = "true"
        try:
            # sleep_on_delete: crhelper would wait two minutes before it answers a Delete.
            super().__init__(log_level="INFO", boto_level="WARNING", sleep_on_delete=0)
        finally:
            os.environ.pop("AWS_SAM_LOCAL")
            if before is not None:
                os.environ["AWS_SAM_LOCAL"] = before
        self._sam_local = None
        self._log = logger
        self._once = threading.RLock()
        self._answered = True
        self._goes_on = False
        self._ends_at = 0.0
        self.signature = Signature(None, DEFAULT_TIMEOUT)

    def __call__(self, event: Mapping[str, Any], context: Any) -> None:
        """Handle one event; once it is answered nothing is raised, or Lambda would run it again.

        Raises:
            AnswerNotTaken: nobody has taken the answer; Lambda runs the event again, and at last
                hands it to the last resort.
        """
        self._forget()
        self._ends_at = time.monotonic() + context.get_remaining_time_in_millis() / 1000
        if problem := _malformed(event):
            self._refuse(event, problem)
        else:
            super().__call__(_without_foreign_keys(event), context)
        if self._not_taken:
            raise AnswerNotTaken(f"CloudFormation took no answer: {self._not_taken}")

    def identify(self, physical_id: str) -> None:
        """Set the id to answer with, whoever answers: the handler or the watchdog."""
        self.PhysicalResourceId = physical_id

    def take_progress(self) -> Mapping[str, Any]:
        """Give what an earlier invocation for this request has handed over; none, as a rule."""
        # crhelper puts it where the attributes of the answer go.
        progress: Mapping[str, Any] = self.Data
        self.Data = {}
        return progress

    @staticmethod
    def continued(event: Mapping[str, Any], progress: Mapping[str, Any]) -> dict[str, Any]:
        """Give the event with which another invocation goes on."""
        return {**event, "CrHelperPoll": True, "CrHelperData": dict(progress)}

    def goes_on(self) -> None:
        """Leave the answer to another invocation, which has the event by now."""
        with self._once:
            self._answered = self._goes_on = True

    def _poll_enabled(self) -> bool:
        """Tell crhelper that the request is not at its end yet."""
        return self._goes_on

    def _setup_polling(self) -> None:
        """Do nothing: crhelper would keep the event in an EventBridge rule (aws-semantics D3)."""

    def _forget(self) -> None:
        # crhelper keeps NoEcho, the ids and the URL of the last request; a failure before they are
        # set anew would be sent there.
        with self._once:
            self.NoEcho, self.Data = False, {}
            self.Status = self.Reason = self.PhysicalResourceId = ""
            self.StackId = self.RequestId = self.LogicalResourceId = self._response_url = ""
            self._event: dict[str, Any] = {}
            self._context: Any = None
            self._answered = self._goes_on = False
            self._not_taken = ""
        self._log.clear_state()

    def _refuse(self, event: Any, problem: str) -> None:
        self._log.error("refused", problem=problem)
        url = event.get("ResponseURL") if isinstance(event, Mapping) else None
        if not isinstance(url, str) or not is_cloudformations(url):
            return
        self._event, self._response_url = dict(event), url
        for name in ("StackId", "RequestId", "LogicalResourceId"):
            setattr(self, name, _cut(str(event.get(name, "")), _ID_LIMIT))
        self._send("FAILED", str(InvalidRequest(problem)))

    def _log_setup(self, event: Mapping[str, Any], _context: Any) -> None:
        """Name the request in every line of the log, in place of crhelper's own log."""
        self._log.append_keys(
            stack_id=event["StackId"],
            logical_id=event["LogicalResourceId"],
            request_id=event["RequestId"],
            request_type=event["RequestType"],
        )

    def _wrap_function(self, func: Handler) -> None:
        # Set before the function runs, so that no failure carries an empty id, which CloudFormation
        # would replace by one of its own.
        self.PhysicalResourceId = _fallback_id(self._event)
        try:
            self.PhysicalResourceId = func(self._event, self._context)
        except PromotionError as error:
            self.Status, self.Reason = "FAILED", str(error)
        except BaseException as error:  # noqa: BLE001 - SystemExit too must not end in silence
            self._log.exception("defect")
            problem = f"{type(error).__name__}: {error}; report it, with the provider's log"
            self.Status, self.Reason = "FAILED", str(InternalFailure(problem))

    def _set_timeout(self) -> None:
        self.signature = read_signature(self._event)
        self._timer = threading.Timer(self._patience(), self._timeout, [self._event])
        self._timer.daemon = True
        self._timer.start()

    def _patience(self) -> float:
        seconds = self._ends_at - time.monotonic() - WATCHDOG_MARGIN
        if answer_by := self.signature.answer_by:
            waits = (answer_by - datetime.now(UTC)).total_seconds() - _PATIENCE_MARGIN
            # Where nobody waits any more, the handler tells it better.
            seconds = min(seconds, waits) if waits > 0 else seconds
        return max(0.0, seconds)

    def _timeout(self, event: Mapping[str, Any]) -> None:
        reason = "ServiceTimeout: the provider ran out of time; see its log, then try again"
        with self._once:
            # It can get here late, when the next request is in hand already.
            if event is self._event:
                self._send("FAILED", str(ServiceTimeout(reason)))

    def _send(self, status: str | None = None, reason: str = "") -> None:
        # Whoever comes second waits here: Lambda freezes the process when the handler returns.
        with self._once:
            if not self._answered:
                self._answered = True
                self._answer(status, reason)

    def _answer(self, status: str | None, reason: str) -> None:
        body = self._body(status or self.Status, reason or self.Reason)
        give_up_at = self._ends_at - _ANSWER_MARGIN
        outcome = answer.deliver(self._response_url, answer.fitted(body), give_up_at)
        accepted = outcome.startswith("2")
        self._not_taken = "" if accepted or outcome in answer.REFUSALS else outcome
        write = self._log.info if accepted else self._log.error
        write(
            "answered" if accepted else "answer not accepted",
            status=body["Status"],
            reason=body["Reason"],
            physical_id=body["PhysicalResourceId"],
            http=outcome,
        )

    def _body(self, status: str, reason: str) -> dict[str, Any]:
        physical_id = self.PhysicalResourceId
        if status == "FAILED" and self._event.get("RequestType") != "Create":
            # CloudFormation would take another id for a replacement (aws-semantics A7).
            physical_id = ""
        return {
            "Status": status,
            "Reason": reason,
            "PhysicalResourceId": physical_id or _fallback_id(self._event),
            "StackId": self.StackId,
            "RequestId": self.RequestId,
            "LogicalResourceId": self.LogicalResourceId,
            "NoEcho": self.NoEcho,
            "Data": self.Data if status == "SUCCESS" else {},
        }


def _without_foreign_keys(event: Mapping[str, Any]) -> dict[str, Any]:
    # What crhelper's polling writes counts as a whole only, as `continued` writes it.
    ours = event.get("CrHelperPoll") is True and isinstance(event.get("CrHelperData"), dict)
    kept = ("CrHelperPoll", "CrHelperData") if ours else ()
    return {name: event[name] for name in event if name in kept or not name.startswith("CrHelper")}


def _malformed(event: Any) -> str:
    if not isinstance(event, Mapping):
        return f"found an event of type {type(event).__name__}, not CloudFormation's"
    if problem := next(filter(None, (_bad_text(event, name) for name in _TEXTS)), ""):
        return problem
    kind = event["RequestType"]
    if kind not in _MAPS:
        return f"RequestType: found {kind[:40]!r}, expected Create, Update or Delete"
    if not is_cloudformations(event["ResponseURL"]):
        return "ResponseURL: expected CloudFormation's own, in the provider's Region"
    if not _ARN.match(event["StackId"]):
        return "StackId: expected an ARN"
    physical_id = "" if kind == "Create" else event.get("PhysicalResourceId")
    if not isinstance(physical_id, str) or _cut(physical_id, _PHYSICAL_ID_LIMIT) != physical_id:
        return f"PhysicalResourceId: expected a text of {_PHYSICAL_ID_LIMIT} bytes at most"
    for name in _MAPS[kind]:
        if not isinstance(event.get(name), Mapping):
            return f"{name}: found {type(event.get(name)).__name__}, expected a map"
    return ""


def _bad_text(event: Mapping[str, Any], name: str) -> str:
    text = event.get(name)
    if not isinstance(text, str) or not text:
        return f"{name}: found {type(text).__name__}, expected a text"
    if name != "ResponseURL" and _cut(text, _ID_LIMIT) != text:
        return f"{name}: longer than {_ID_LIMIT} bytes"
    return ""


def _fallback_id(event: Mapping[str, Any]) -> str:
    given = event.get("PhysicalResourceId")
    if isinstance(given, str) and given:
        return _cut(given, _PHYSICAL_ID_LIMIT)
    made = f"{event.get('StackId', '')}/{event.get('LogicalResourceId', '')}"
    return _cut(made, _PHYSICAL_ID_LIMIT - len(NOT_CREATED)) + NOT_CREATED


def _cut(text: str, limit: int) -> str:
    return text.encode("utf-8", "replace")[:limit].decode("utf-8", "ignore")
