"""Invocations through the gateway: of what is tested, and of the provider itself."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import urllib3
from botocore.awsrequest import AWSResponse

from handler import errors
from handler.gateway import Gateway
from handler.invocations import Reply
from tests.unit.conftest import Answer, Body, Until, Wire, lost, no_answer, refused, too_slow

Answers = list[Callable[[str], AWSResponse]]
THROTTLED = refused(429, "TooManyRequestsException")
INTERNAL = refused(500, "ServiceException")
DONE = Answer(200, '{"ok": true}')


def invoke(aws: Gateway, qualifier: str | None = "8") -> Reply:
    return aws.invoke("orders", qualifier, '{"order": 1}', 60, "SmokeTest")


@pytest.mark.parametrize(
    ("qualifier", "sent"),
    [
        ("8", "POST /orders/invocations?Qualifier=8"),
        (None, "POST /orders/invocations"),
    ],
)
def test_a_function_is_invoked_with_the_payload_and_waited_for(
    aws: Gateway, wire: Wire, qualifier: str | None, sent: str
) -> None:
    wire.answers = [DONE]
    assert invoke(aws, qualifier) == Reply('{"ok": true}')
    assert (wire.sent, wire.bodies) == ([sent], ['{"order": 1}'])
    assert "X-Amz-Invocation-Type" not in wire.headers[0]


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (Answer(200, ""), Reply("")),
        (Answer(200, "null"), Reply("null")),
        (
            Answer(200, '{"errorMessage": "no"}', headers={"x-amz-function-error": "Unhandled"}),
            Reply('{"errorMessage": "no"}', failed=True),
        ),
        (too_slow, Reply(timed_out=True)),
    ],
    ids=["nothing", "null", "a function error", "no answer in time"],
)
def test_what_the_function_did_is_no_error_of_the_call(
    aws: Gateway, wire: Wire, answer: Callable[[str], AWSResponse], reply: Reply
) -> None:
    wire.answers = [answer]
    assert invoke(aws) == reply


class Broken(Body):
    """An answer that stops on its way."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def read(self, *_: Any) -> bytes:
        raise self._error


def stops(error: Exception) -> Callable[[str], AWSResponse]:
    headers: Any = {}
    return lambda url: AWSResponse(url, 200, headers, Broken(error))


def test_an_answer_that_stops_on_its_way_is_no_defect(aws: Gateway, wire: Wire) -> None:
    wire.answers = [stops(urllib3.exceptions.ProtocolError("lost")), DONE]
    assert invoke(aws) == Reply('{"ok": true}')
    pool: Any = None
    wire.answers = [stops(urllib3.exceptions.ReadTimeoutError(pool, "", "slow")), DONE]
    assert invoke(aws) == Reply(timed_out=True)


def test_a_function_that_does_not_answer_in_time_is_not_started_once_more(
    aws: Gateway, wire: Wire
) -> None:
    wire.answers = [too_slow, DONE]
    assert invoke(aws).timed_out
    assert len(wire.sent) == 1


@pytest.mark.parametrize(
    "failure", [THROTTLED, INTERNAL, no_answer, lost], ids=["429", "500", "not reached", "lost"]
)
@pytest.mark.parametrize("times", [1, 4])
def test_what_did_not_get_to_the_function_is_tried_again(
    aws: Gateway, wire: Wire, failure: Callable[[str], AWSResponse], times: int
) -> None:
    wire.answers = [*[failure] * times, DONE]
    assert invoke(aws) == Reply('{"ok": true}')
    assert wire.slept == [0.5, 1, 2, 4][:times]


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (THROTTLED, errors.Throttling),
        (INTERNAL, errors.ServiceInternalError),
        (no_answer, errors.NetworkFailure),
        (lost, errors.NetworkFailure),
    ],
    ids=["429", "500", "not reached", "lost"],
)
def test_what_never_gets_to_the_function_is_told_after_five_tries(
    aws: Gateway,
    wire: Wire,
    failure: Callable[[str], AWSResponse],
    kind: type[errors.PromotionError],
) -> None:
    wire.answers = [failure] * 5
    with pytest.raises(kind, match=r"^SmokeTest: lambda:InvokeFunction on orders:8: "):
        invoke(aws)
    assert wire.answers == []


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "AccessDeniedException", errors.AccessDenied),
        (404, "ResourceNotFoundException", errors.NotFound),
        (409, "ResourceConflictException", errors.ResourceConflict),
        (400, "InvalidRequestContentException", errors.InvalidRequest),
        (502, "KMSAccessDeniedException", errors.NotStabilized),
    ],
)
def test_a_function_that_may_not_be_invoked_is_told_at_once(
    aws: Gateway, wire: Wire, status: int, code: str, kind: type[errors.PromotionError]
) -> None:
    wire.answers = [refused(status, code)]
    with pytest.raises(kind, match=r"^SmokeTest: lambda:InvokeFunction on orders:8: "):
        invoke(aws)
    assert wire.slept == []


def test_an_error_of_a_function_without_a_qualifier_names_the_function_alone(
    aws: Gateway, wire: Wire
) -> None:
    wire.answers = [refused(403, "AccessDeniedException")]
    with pytest.raises(errors.AccessDenied, match="on orders: the provider"):
        invoke(aws, None)


def test_a_function_that_does_not_exist_is_told_with_what_to_do(aws: Gateway, wire: Wire) -> None:
    wire.answers = [refused(404, "ResourceNotFoundException")]
    with pytest.raises(errors.NotFound, match=r"^SmokeTest: found no function orders; create it"):
        invoke(aws, None)


def test_no_invocation_leaves_after_the_deadline(aws: Gateway, wire: Wire, until: Until) -> None:
    with until(0), pytest.raises(errors.ServiceTimeout):
        invoke(aws)
    assert wire.sent == []


def test_an_invocation_is_not_tried_again_where_the_deadline_is_sooner(
    aws: Gateway, wire: Wire, until: Until
) -> None:
    wire.answers = [THROTTLED] * 9
    with until(2), pytest.raises(errors.Throttling):
        invoke(aws)
    assert wire.slept == [0.5, 1]


def test_each_time_that_a_function_may_take_has_a_client_of_its_own(
    aws: Gateway, wire: Wire
) -> None:
    wire.answers = [DONE] * 3
    for timeout in (60, 5, 60):
        aws.invoke("orders", "8", "{}", timeout, "SmokeTest")
    invokers: dict[int, Any] = vars(aws)["_invokers"]
    assert {each: made.meta.config.read_timeout for each, made in invokers.items()} == {
        60: 60,
        5: 5,
    }


# --- the provider itself

TOKEN = "arn:aws:lambda:eu-west-1:111122223333:function:promotion:live"


def test_another_invocation_of_the_provider_gets_the_event(aws: Gateway, wire: Wire) -> None:
    wire.answers = [Answer(202, "")]
    aws.invoke_again(TOKEN, {"RequestType": "Update", "CrHelperPoll": True})
    [path] = wire.sent
    assert path.endswith("promotion%3Alive/invocations")
    assert wire.headers[0]["X-Amz-Invocation-Type"] == b"Event"
    assert json.loads(wire.bodies[0]) == {"RequestType": "Update", "CrHelperPoll": True}


def test_an_invocation_that_cannot_be_handed_over_is_told(aws: Gateway, wire: Wire) -> None:
    wire.answers = [refused(403, "AccessDeniedException")]
    says = f"^DeploymentPreference: lambda:InvokeFunction on {TOKEN}: "
    with pytest.raises(errors.AccessDenied, match=says):
        aws.invoke_again(TOKEN, {})


def test_however_many_time_outs_there_are_a_few_clients_are_kept(aws: Gateway, wire: Wire) -> None:
    wire.answers = [DONE] * 30
    for timeout in range(1, 31):
        aws.invoke("orders", "8", "{}", timeout, "SmokeTest")
    assert len(vars(aws)["_invokers"]) <= 5
