"""What one promotion tells the log."""

import json
from collections import Counter

from handler.direction import Stack
from handler.errors import ServiceInternalError
from handler.invocations import Reply
from tests.functional.conftest import PROD, STACK, Log, Provider, build


def test_a_promotion_tells_its_story_in_six_lines(released: Provider, log: Log) -> None:
    released.update(build(2), build(3))
    story = ["received", "observed", "planned", "resolved", "written", "answered"]
    assert [line["message"] for line in log.told] == story
    assert {line["level"] for line in log.told} == {"INFO"}


def test_every_line_names_the_request_the_function_and_the_alias(
    released: Provider, log: Log
) -> None:
    released.update(build(2), build(3))
    for line in log.told:
        assert (line["stack_id"], line["logical_id"]) == (STACK, "Prod")
        assert (line["request_type"], line["request_id"]) == ("Update", "request-3")
        assert (line["function"], line["alias"]) == ("orders", "prod")


def test_the_lines_say_what_was_observed_planned_and_done(released: Provider, log: Log) -> None:
    released.update(build(2), build(3))
    _, observed, planned, resolved, written, answered = log.told
    assert observed["found"]["AliasState"]["version"] == "2"
    assert (observed["direction"], observed["stale"]) == ("FORWARD", False)
    assert planned["plan"]["Plan"]["because"] == "a new release"
    assert planned["plan"]["Plan"]["version"] == {
        "PublishVersion": {"description": "", "code_sha256": None}
    }
    assert resolved["version"]["Version"]["number"] == "3"
    assert written["state"]["AliasState"]["version"] == "3"
    assert (answered["status"], answered["http"]) == ("SUCCESS", "200")
    assert answered["physical_id"] == PROD.arn


def test_no_operation_tells_more_than_six_lines(released: Provider, log: Log) -> None:
    answers = [
        released.create(AliasName="beta", SourceQualifier="prod"),
        released.update(build(2), build(2)),
        released.update(build(2), build(3)),
        released.roll_back(build(3), build(2)),
        released.update(build(2), build(2, AliasName="7")),
        released.delete("x", AliasName="7"),
        released.delete(),
    ]
    told = Counter(line["request_id"] for line in log.told)
    assert set(told) == {answer["RequestId"] for answer in answers}
    assert max(told.values()) <= 6


def test_a_failure_tells_its_reason(provider: Provider, log: Log) -> None:
    provider.aws.fail("CreateAlias", ServiceInternalError("FunctionName: try again"))
    told = provider.create()
    assert (log.told[-1]["status"], log.told[-1]["reason"]) == ("FAILED", told["Reason"])


def test_a_stack_that_cannot_be_read_is_told_with_the_reason(released: Provider, log: Log) -> None:
    event = released.update_event(build(2), build(3))
    released.aws.stack = Stack(problem="AccessDenied: not authorized")
    released.send(event)
    assert log.told[1]["message"] == "observed"
    assert log.told[1]["stack"]["Stack"]["problem"] == "AccessDenied: not authorized"


def test_what_overtook_us_is_a_warning(released: Provider, log: Log) -> None:
    moved = iter([True])
    released.aws.before["UpdateAlias"] = lambda: released.move("1") if next(moved, 0) else None
    released.update(build(2), build(3))
    [warning] = [line for line in log.told if line["level"] == "WARNING"]
    assert warning["message"] == "overtaken"


def test_triggers_and_other_input_stay_out_of_the_log_where_they_choose_nothing(
    released: Provider, log: Log
) -> None:
    released.update(build(2), {"Triggers": {"Password": "hunter2"}})
    assert "hunter2" not in json.dumps(log.told)


def test_what_a_smoke_test_sends_and_expects_is_in_no_line(released: Provider, log: Log) -> None:
    secret = {"Payload": {"token": "5ec2e7"}, "ExpectedPayload": {"token": "5ec2e7"}}
    released.aws.replies["orders"] = Reply('{"token": "5ec2e7"}')
    released.update(build(2), build(3, SmokeTest=secret))
    assert "SmokeTest" in "".join(log.lines)
    assert "5ec2e7" not in "".join(log.lines)
