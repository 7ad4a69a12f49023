"""The protocol of custom resources, and what crhelper alone gets wrong (aws-semantics D2)."""

import logging
import runpy
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from crhelper import CfnResource

import handler.provider
from handler import answer, app
from handler.deadline import Deadline
from handler.direction import Stack
from handler.errors import NotFound, ServiceInternalError
from handler.provider import AnswerNotTaken
from tests.functional.conftest import (
    BETA,
    DELIVER,
    PROD,
    SECRET,
    STACK,
    Context,
    Log,
    Provider,
    build,
    given,
    signed,
)

WITHOUT_ID = f"{STACK}/Prod#not-created"


def crash(error: BaseException) -> Callable[[], None]:
    def run() -> None:
        raise error

    return run


# --- one answer, with an id, whatever happens


@pytest.mark.parametrize(
    "error",
    [
        ValueError("no"),
        SystemExit(1),
        KeyboardInterrupt(),
        MemoryError(),
        RecursionError("deep"),
        NotFound("FunctionName: no"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_handler_that_fails_is_answered_for(released: Provider, error: BaseException) -> None:
    released.aws.before["GetAlias"] = crash(error)
    answers = [
        released.create(**build(3)),
        released.update(build(2), build(3)),
        released.delete(),
    ]
    assert [each["Status"] for each in answers] == ["FAILED"] * 3
    assert [each["PhysicalResourceId"].partition("/")[0] for each in answers] == [
        f"{PROD.arn}#unconfirmed",
        PROD.arn,
        PROD.arn,
    ]
    assert all(each["Reason"] for each in answers)


def test_a_defect_is_told_as_one(provider: Provider, log: Log) -> None:
    provider.aws.before["GetAlias"] = crash(ZeroDivisionError("division by zero"))
    assert provider.create()["Reason"] == (
        "ZeroDivisionError: division by zero; report it, with the provider's log "
        "(HandlerErrorCode: InternalFailure)"
    )
    [defect] = [line for line in log.told if line["message"] == "defect"]
    assert "ZeroDivisionError" in defect["exception"]


def test_an_empty_id_is_never_answered(provider: Provider) -> None:
    for kind in ("Update", "Delete"):
        event = provider.event(kind, {}, PhysicalResourceId="", OldResourceProperties={})
        assert provider.send(event)["PhysicalResourceId"] == WITHOUT_ID


def test_an_answer_carries_the_ids_of_its_request(provider: Provider) -> None:
    event = provider.event("Delete", {}, PhysicalResourceId="x", LogicalResourceId="Other")
    told = provider.send(event)
    names = ("StackId", "RequestId", "LogicalResourceId", "PhysicalResourceId")
    assert [told[name] for name in names] == [event[name] for name in names]
    assert provider.urls == [event["ResponseURL"]]


def test_a_provider_without_a_region_answers_with_the_cause(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SAM_LOCAL", "before")
    fresh = runpy.run_path(app.__file__)
    fresh["handler"](provider.event("Create", {}), Context())
    assert [each["Reason"] for each in provider.answers] == ["You must specify a region."]
    assert provider.answers[0]["PhysicalResourceId"] == WITHOUT_ID


# --- malformed events


def malformed(provider: Provider, **change: Any) -> dict[str, Any]:
    event = provider.event("Create", {}) | {"PhysicalResourceId": PROD.arn}
    event["OldResourceProperties"] = {}
    return {name: value for name, value in (event | change).items() if value is not None}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"RequestType": None}, "RequestType: found NoneType, expected a text"),
        ({"RequestType": "Read"}, "RequestType: found 'Read', expected Create, Update or Delete"),
        ({"RequestType": ["Create"]}, "RequestType: found list, expected a text"),
        ({"StackId": None}, "StackId: found NoneType, expected a text"),
        ({"StackId": "orders"}, "StackId: expected an ARN"),
        ({"RequestId": 7}, "RequestId: found int, expected a text"),
        ({"LogicalResourceId": ""}, "LogicalResourceId: found str, expected a text"),
        ({"ResourceProperties": None}, "ResourceProperties: found NoneType, expected a map"),
        ({"ResourceProperties": []}, "ResourceProperties: found list, expected a map"),
        (
            {"RequestType": "Update", "OldResourceProperties": "x"},
            "OldResourceProperties: found str, expected a map",
        ),
    ],
)
def test_a_malformed_event_is_refused(
    provider: Provider, change: dict[str, Any], says: str
) -> None:
    told = provider.send(malformed(provider, **change))
    assert (told["Status"], told["PhysicalResourceId"]) == ("FAILED", PROD.arn)
    assert told["Reason"] == f"{says} (HandlerErrorCode: InvalidRequest)"
    assert provider.aws.calls == []


@pytest.mark.parametrize("kind", ["Update", "Delete"])
@pytest.mark.parametrize("physical_id", [None, 7])
def test_an_event_without_an_id_gets_one(
    provider: Provider, kind: str, physical_id: int | None
) -> None:
    event = malformed(provider, RequestType=kind, PhysicalResourceId=physical_id)
    assert provider.send(event)["PhysicalResourceId"] == WITHOUT_ID


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        "x",
        {},
        {"RequestType": "Create"},
        {"RequestType": "Create", "ResponseURL": None},
        {"RequestType": "Create", "ResponseURL": "http://answers.invalid/"},
    ],
    ids=str,
)
def test_an_event_with_nowhere_to_answer_is_told_in_the_log_and_not_to_the_request_before(
    provider: Provider, log: Log, event: Any
) -> None:
    provider.create()
    app.handler(event, Context())
    assert len(provider.answers) == 1
    assert log.told[-1]["message"] == "refused"


@pytest.mark.parametrize(
    "url",
    ["http://answers.invalid/", f"https://[::/?{SECRET}", f"https://evil.example/?{SECRET}"],
    ids=["in the clear", "no url", "elsewhere"],
)
def test_an_answer_goes_to_cloudformation_or_nowhere(
    provider: Provider, log: Log, url: str
) -> None:
    app.handler(provider.event("Create", {}) | {"ResponseURL": url}, Context())
    assert provider.answers == []
    assert log.told[-1]["problem"].startswith("ResponseURL: expected CloudFormation's own")
    assert SECRET not in "".join(log.lines)


@pytest.mark.parametrize(
    ("outcome", "again"),
    [("200", False), ("403", False), ("404", False), ("500", True), ("ConnectTimeoutError", True)],
)
def test_lambda_runs_the_event_again_only_when_nobody_took_or_refused_the_answer(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, outcome: str, again: bool
) -> None:
    monkeypatch.setattr(answer, "deliver", lambda *_: outcome)
    expected: AbstractContextManager[Any] = nullcontext()
    if again:
        expected = pytest.raises(AnswerNotTaken, match=outcome)
    with expected:
        app.handler(provider.event("Create", given({})), Context())
    assert provider.alias()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RequestId", "x" * 513),
        ("LogicalResourceId", "ü" * 257),
        ("PhysicalResourceId", "x" * 1025),
    ],
)
def test_an_id_that_is_longer_than_any_of_cloudformations_is_refused_and_fits_the_answer(
    released: Provider, name: str, value: str
) -> None:
    event = released.update_event(build(2), build(3)) | {name: value}
    refusal = released.send(event)
    assert (refusal["Status"], released.aws.calls) == ("FAILED", [])
    assert refusal["Reason"].startswith(f"{name}: ")
    assert len(released.bodies[-1]) <= 4096


# --- nothing of the last request is visible in the next


def test_nothing_of_the_last_request_is_visible_in_the_next(provider: Provider) -> None:
    first = provider.create(Description="secret")
    app.provider.NoEcho = True
    app.provider.Data["Secret"] = "secret"
    url = provider.event("Create", {})["ResponseURL"]
    second = provider.send({"RequestType": "Read", "ResponseURL": url})
    third = provider.delete("x", AliasName="7")
    assert provider.urls[1] == url
    assert second == {
        "Status": "FAILED",
        "Reason": "StackId: found NoneType, expected a text (HandlerErrorCode: InvalidRequest)",
        "PhysicalResourceId": "/#not-created",
        "StackId": "",
        "RequestId": "",
        "LogicalResourceId": "",
        "NoEcho": False,
        "Data": {},
    }
    assert (third["Status"], third["Reason"], third["Data"]) == ("SUCCESS", "", {})
    assert first["Data"]


def test_keys_that_crhelper_writes_for_its_polling_are_not_read(provider: Provider) -> None:
    event = provider.event("Create", {"FunctionName": "orders", "AliasName": "prod"})
    told = provider.send(event | {"CrHelperPoll": True, "CrHelperData": {"Secret": "x"}})
    assert told["Status"] == "SUCCESS"
    assert "Secret" not in told["Data"]


def test_the_log_of_a_request_names_no_other(provider: Provider, log: Log) -> None:
    provider.create()
    app.handler({}, Context())
    assert {"stack_id", "function", "alias"}.isdisjoint(log.told[-1])


# --- time


def test_a_delete_is_answered_at_once(released: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    # crhelper binds its sleep in a default.
    monkeypatch.setattr(vars(CfnResource)["_wait_for_cwlogs"], "__defaults__", (waited.append,))
    assert released.delete()["Status"] == "SUCCESS"
    assert waited == []


@pytest.fixture
def answered(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Is set once an answer is out."""
    done, deliver = threading.Event(), answer.deliver

    def tell(url: str, body: bytes, give_up_at: float) -> str:
        outcome = deliver(url, body, give_up_at)
        done.set()
        return outcome

    monkeypatch.setattr(answer, "deliver", tell)
    return done


def hang(until: threading.Event) -> Callable[[], None]:
    def wait() -> None:
        assert until.wait(60), "nobody answered"

    return wait


def test_a_handler_that_hangs_is_answered_for_before_lambda_ends_it(
    provider: Provider, answered: threading.Event
) -> None:
    provider.context.remaining = 7_000
    provider.aws.before["GetAlias"] = hang(answered)
    told = provider.create()
    assert told["Reason"].startswith("ServiceTimeout: the provider ran out of time")
    assert told["PhysicalResourceId"].startswith(f"{PROD.arn}#unconfirmed/")
    assert provider.aws.functions["orders"].aliases == {}


def test_a_handler_that_hangs_is_answered_for_before_cloudformation_gives_up(
    released: Provider, answered: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_at = datetime.now(UTC)
    left = 4 - signed_at.microsecond / 1e6
    monkeypatch.setattr(handler.provider, "_PATIENCE_MARGIN", left - 1)
    before = released.alias()
    event = released.update_event(build(2), build(3, ServiceTimeout="10"))
    released.aws.before["GetAlias"] = hang(answered)
    told = released.send(event | {"ResponseURL": signed("x", signed_at - timedelta(seconds=6))})
    assert told["Reason"].startswith("ServiceTimeout: the provider ran out of time")
    assert told["PhysicalResourceId"] == PROD.arn
    assert released.alias() == before


@pytest.mark.parametrize("remaining", [14_900, 3_000])
def test_nothing_is_called_after_the_deadline(released: Provider, remaining: int) -> None:
    before = released.alias()
    released.context.remaining = remaining
    told = released.update(build(2), build(3))
    assert told["Status"] == "FAILED"
    assert "ServiceTimeout" in told["Reason"]
    assert released.alias() == before


@pytest.mark.parametrize("call", ["PublishVersion", "UpdateAlias"])
def test_nothing_is_written_after_a_deadline_that_passes_meanwhile(
    released: Provider, call: str
) -> None:
    before = released.alias()
    released.aws.before[call] = lambda: setattr(released.aws, "deadline", Deadline(0))
    told = released.update(build(2), build(3))
    assert told["Reason"].startswith("ServiceTimeout: the time for this request is used up")
    assert told["PhysicalResourceId"] == PROD.arn
    assert released.alias() == before


class Watchdog:
    """A timer that goes off when it is called."""

    made: list["Watchdog"]

    def __init__(self, _seconds: float, function: Callable[..., None], args: list[Any]) -> None:
        self.daemon = False
        self._function, self._args = function, args
        self.made.append(self)

    def __call__(self) -> None:
        self._function(*self._args)

    def start(self) -> None:
        """Wait for the test."""

    cancel = start


@pytest.fixture
def watchdogs(monkeypatch: pytest.MonkeyPatch) -> list[Watchdog]:
    monkeypatch.setattr(threading, "Timer", Watchdog)
    Watchdog.made = []
    return Watchdog.made


def goes_off(watchdogs: list[Watchdog]) -> Callable[[], None]:
    """Let the watchdog of the request in hand go off."""

    def run() -> None:
        watchdogs[-1]()

    return run


def test_a_watchdog_that_is_late_does_not_answer_the_next_request(
    provider: Provider, watchdogs: list[Watchdog]
) -> None:
    provider.create()
    provider.aws.before["GetAlias"] = watchdogs[0]
    assert provider.update({}, {"Description": "x"})["Status"] == "SUCCESS"


def test_a_handler_that_is_late_does_not_answer_again(
    provider: Provider, watchdogs: list[Watchdog]
) -> None:
    provider.aws.before["CreateAlias"] = goes_off(watchdogs)
    told = provider.create()
    assert "ServiceTimeout" in told["Reason"]
    assert told["PhysicalResourceId"].startswith(f"{PROD.arn}#unconfirmed/")


def test_a_rename_that_the_watchdog_answers_keeps_its_id(
    released: Provider, watchdogs: list[Watchdog], monkeypatch: pytest.MonkeyPatch
) -> None:
    respond = vars(CfnResource)["_cfn_response"]

    def too_late(event: Mapping[str, Any]) -> None:
        assert app.provider.PhysicalResourceId == BETA.arn
        watchdogs[-1]()
        respond(app.provider, event)

    monkeypatch.setattr(app.provider, "_cfn_response", too_late)
    told = released.update(build(2), build(2, AliasName="beta"))
    assert (told["Status"], told["PhysicalResourceId"]) == ("FAILED", PROD.arn)


def test_an_event_that_names_no_type_is_one_of_a_promotion(provider: Provider) -> None:
    event = provider.event("Create", given(build(1)))
    del event["ResourceType"]
    assert provider.send(event)["Data"]["Version"] == "1"


# --- size and secrecy of the answer


@pytest.mark.parametrize("text", ["x", "ü", "𝄞", '"', "\n", "\x01", "\ud800"], ids=ascii)
def test_an_answer_fits_into_4096_bytes_and_keeps_the_beginning_of_its_reason(
    provider: Provider, text: str
) -> None:
    provider.aws.fail("GetAlias", ServiceInternalError(f"FunctionName: {text * 5000}"))
    told = provider.create()
    assert len(provider.bodies[-1]) <= 4096
    assert told["Reason"].startswith("FunctionName: ")
    assert told["Reason"].endswith("...")
    assert len(provider.bodies[-1]) > 3000
    assert told["PhysicalResourceId"].startswith(f"{PROD.arn}#unconfirmed/")


def test_an_answer_that_is_not_accepted_is_told_in_the_log(
    provider: Provider, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer, "deliver", lambda *_: "403")
    app.handler(provider.event("Delete", {}, PhysicalResourceId="x"), Context())
    assert log.told[-1] | {"message": "answer not accepted", "level": "ERROR"} == log.told[-1]
    assert (log.told[-1]["http"], log.told[-1]["request_id"]) == ("403", "request-1")


@pytest.fixture
def nobody_listens() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def test_the_url_stands_in_no_line_of_any_log_at_any_level(
    released: Provider,
    log: Log,
    nobody_listens: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ANSWER_HOST", "127.0.0.1")
    app.logger.setLevel(logging.DEBUG)
    monkeypatch.setattr(answer, "deliver", DELIVER)
    events = [
        released.update_event(build(2), build(3)),
        released.update_event(build(2), build(3, AliasName="7")),
        released.event("Delete", {}, PhysicalResourceId=PROD.arn),
        released.event("Read", {}),
        released.event("Create", {"FunctionName": "orders", "AliasName": "beta"}),
    ]
    released.aws.stack = Stack("UPDATE_IN_PROGRESS")
    released.aws.before["CreateAlias"] = crash(ValueError("defect"))
    with caplog.at_level(logging.DEBUG):
        for event in events:
            url = event["ResponseURL"].replace("answers.invalid", nobody_listens)
            with pytest.raises(AnswerNotTaken):
                app.handler(event | {"ResponseURL": url}, Context(remaining=900))
    app.logger.setLevel(logging.INFO)
    everything = "".join([*log.lines, caplog.text, *capfd.readouterr()])
    assert everything.count('"answer not accepted"') >= len(events)
    for secret in (SECRET, "X-Amz-", nobody_listens, "https:"):
        assert secret not in everything
