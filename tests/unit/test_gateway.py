"""The gateway on real botocore clients: only the wire is made up, and time."""

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from handler import calls, errors, gateway
from handler.arn import AliasId
from handler.direction import Stack
from handler.errors import PromotionError
from handler.gateway import Gateway
from handler.history import ResourceEvent
from handler.observed import AliasState, Version
from tests.unit.conftest import PROD, Answer, Until, Wire, no_answer, refused

STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/orders/6c1f"
SETTLED = {"State": "Active", "LastUpdateStatus": "Successful"}
ALIAS = {"FunctionVersion": "7", "Description": "Orders", "RevisionId": "r1"}


def version(number: str = "7", **settings: str) -> dict[str, str]:
    return {"Version": number, "CodeSha256": "code", **SETTLED, **settings}


def found(**settings: str) -> Answer:
    return Answer(200, {"Configuration": version("$LATEST", **settings)})


# --- one call each


def test_an_alias_is_read(aws: Gateway, wire: Wire) -> None:
    wire.answers = [Answer(200, ALIAS)]
    assert aws.get_alias(PROD) == AliasState("7", "Orders", "r1")
    assert wire.sent == ["GET /orders/aliases/prod"]


@pytest.mark.parametrize(
    ("routing", "weights"),
    [
        ({}, ()),
        ({"RoutingConfig": {}}, ()),
        ({"RoutingConfig": {"AdditionalVersionWeights": {}}}, ()),
        ({"RoutingConfig": {"AdditionalVersionWeights": {"6": 0.1}}}, (("6", 0.1),)),
    ],
)
def test_the_weights_of_an_alias_are_read(
    aws: Gateway, wire: Wire, routing: dict[str, Any], weights: tuple[tuple[str, float], ...]
) -> None:
    wire.answers = [Answer(200, ALIAS | routing)]
    assert aws.get_alias(PROD) == AliasState("7", "Orders", "r1", weights)


def test_an_alias_that_is_not_there_is_none(aws: Gateway, wire: Wire) -> None:
    wire.answers = [refused(404, "ResourceNotFoundException")]
    assert aws.get_alias(PROD) is None


def test_an_alias_is_made(aws: Gateway, wire: Wire) -> None:
    wire.answers = [Answer(201, ALIAS)]
    aws.create_alias(PROD, AliasState("7", "Orders"))
    assert wire.sent == ["POST /orders/aliases"]
    assert json.loads(wire.bodies[0]) == {
        "Name": "prod",
        "FunctionVersion": "7",
        "Description": "Orders",
    }


def test_an_alias_is_repointed_without_weights_if_it_is_as_it_was(aws: Gateway, wire: Wire) -> None:
    wire.answers = [Answer(200, ALIAS)]
    aws.repoint_alias(PROD, AliasState("8", "Orders", "r1"))
    assert wire.sent == ["PUT /orders/aliases/prod"]
    assert json.loads(wire.bodies[0]) == {
        "FunctionVersion": "8",
        "Description": "Orders",
        "RoutingConfig": {"AdditionalVersionWeights": {}},
        "RevisionId": "r1",
    }


def test_a_share_of_the_traffic_is_sent_with_the_pointer(aws: Gateway, wire: Wire) -> None:
    wire.answers = [Answer(200, ALIAS)]
    aws.repoint_alias(PROD, AliasState("7", "Orders", "r1", (("8", 0.1),)))
    body = json.loads(wire.bodies[0])
    assert body["FunctionVersion"] == "7"
    assert body["RoutingConfig"] == {"AdditionalVersionWeights": {"8": 0.1}}


@pytest.mark.parametrize(
    "write", [Gateway.create_alias, Gateway.repoint_alias, Gateway.describe_alias]
)
def test_what_was_written_is_known_by_its_new_revision(
    aws: Gateway, wire: Wire, write: Callable[[Gateway, AliasId, AliasState], AliasState]
) -> None:
    wire.answers = [Answer(200, {"RevisionId": "r2"})]
    before = AliasState("7", "Orders", "r1", (("8", 0.1),))
    assert write(aws, PROD, before) == replace(before, revision_id="r2")


def aliases(*each: tuple[str, str, dict[str, float]], **more: str) -> Answer:
    """What ListAliases answers: name, pointer and weights of each."""
    found = [
        {"Name": name, "FunctionVersion": pointer}
        | ({"RoutingConfig": {"AdditionalVersionWeights": weights}} if weights else {})
        for name, pointer, weights in each
    ]
    return Answer(200, {"Aliases": found, **more})


@pytest.mark.parametrize(
    ("answers", "served"),
    [
        pytest.param([aliases()], {}, id="no alias"),
        pytest.param(
            [aliases(("beta", "8", {}), ("dev", "$LATEST", {}))],
            {"beta": {"8"}, "dev": {"$LATEST"}},
            id="pointers",
        ),
        pytest.param([aliases(("beta", "8", {"9": 0.1}))], {"beta": {"8", "9"}}, id="weights"),
        pytest.param(
            [aliases(("beta", "8", {}), NextMarker="1"), aliases(("dev", "9", {}))],
            {"beta": {"8"}, "dev": {"9"}},
            id="two pages",
        ),
    ],
)
def test_the_versions_that_each_alias_serves_are_known(
    aws: Gateway,
    wire: Wire,
    answers: list[Callable[[str], AWSResponse]],
    served: dict[str, set[str]],
) -> None:
    wire.answers = answers
    assert aws.served_versions("orders") == served
    assert {path.partition("?")[0] for path in wire.sent} == {"GET /orders/aliases"}
    assert wire.answers == []


def test_an_alias_is_described_without_its_pointer(aws: Gateway, wire: Wire) -> None:
    wire.answers = [Answer(200, ALIAS)]
    aws.describe_alias(PROD, AliasState("8", "Orders", "r1"))
    assert json.loads(wire.bodies[0]) == {"Description": "Orders", "RevisionId": "r1"}


@pytest.mark.parametrize(
    "answer", [Answer(204, ""), refused(404, "ResourceNotFoundException")], ids=["204", "404"]
)
def test_an_alias_is_deleted_and_may_be_gone(aws: Gateway, wire: Wire, answer: Answer) -> None:
    wire.answers = [answer]
    aws.delete_alias(PROD)
    assert wire.sent == ["DELETE /orders/aliases/prod"]


def test_a_version_is_read(aws: Gateway, wire: Wire) -> None:
    settings = {"State": "Failed", "StateReasonCode": "InvalidRuntime", "StateReason": "no"}
    wire.answers = [Answer(200, {"Configuration": version("7", **settings)})]
    assert aws.get_version("orders", "7") == Version("7", "code", "Failed", "InvalidRuntime: no")
    assert wire.sent == ["GET /orders?Qualifier=7"]


def test_what_two_versions_of_one_alias_must_share_is_read(aws: Gateway, wire: Wire) -> None:
    settings: Any = {"Role": "arn:role", "DeadLetterConfig": {"TargetArn": "arn:queue"}}
    wire.answers = [Answer(200, {"Configuration": version("7", **settings)})]
    found = aws.get_version("orders", "7")
    assert (found.role, found.dead_letters) == ("arn:role", "arn:queue")


def test_a_version_of_which_aws_says_little_is_read(aws: Gateway, wire: Wire) -> None:
    wire.answers = [Answer(200, {"Configuration": {"Version": "7"}})]
    assert aws.get_version("orders", "7") == Version("7", "", "Active", "")


# --- the stack


def stacks(inner: str) -> Answer:
    member = f"<member><StackName>orders</StackName>{inner}</member>"
    return Answer(
        200,
        f"<DescribeStacksResponse><DescribeStacksResult><Stacks>{member}</Stacks>"
        "</DescribeStacksResult></DescribeStacksResponse>",
    )


CREATED, UPDATED = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00.123Z"


@pytest.mark.parametrize(
    ("times", "begun"),
    [
        (
            f"<CreationTime>{CREATED}</CreationTime>",
            datetime(2026, 1, 1, tzinfo=UTC),
        ),
        (
            f"<CreationTime>{CREATED}</CreationTime><LastUpdatedTime>{UPDATED}</LastUpdatedTime>",
            datetime(2026, 2, 1, microsecond=123_000, tzinfo=UTC),
        ),
    ],
    ids=["created", "updated"],
)
def test_the_stack_tells_its_status_and_when_its_operation_began(
    aws: Gateway, wire: Wire, times: str, begun: datetime
) -> None:
    wire.answers = [stacks(f"<StackStatus>UPDATE_IN_PROGRESS</StackStatus>{times}")]
    assert aws.describe_stack(STACK) == Stack("UPDATE_IN_PROGRESS", begun)
    assert "StackName=arn%3Aaws%3Acloudformation" in wire.bodies[0]


def error_of_stacks(status: int, code: str) -> Answer:
    return Answer(
        status,
        f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>",
    )


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([error_of_stacks(403, "AccessDenied")], id="denied"),
        pytest.param([error_of_stacks(400, "ValidationError")], id="gone"),
        pytest.param([error_of_stacks(400, "Throttling")] * 4, id="throttled for good"),
        pytest.param([no_answer] * 4, id="not reached"),
    ],
)
def test_a_stack_that_cannot_be_read_has_no_status(
    aws: Gateway, wire: Wire, answers: list[Callable[[str], AWSResponse]]
) -> None:
    wire.answers = answers
    assert aws.describe_stack(STACK) == Stack()
    assert wire.answers == []


def test_a_stack_that_cannot_be_read_says_why(aws: Gateway, wire: Wire) -> None:
    wire.answers = [error_of_stacks(403, "AccessDenied")]
    problem = aws.describe_stack(STACK).problem
    assert problem.startswith(f"FunctionName: cloudformation:DescribeStacks on {STACK}: the prov")
    assert "AWS says: AccessDenied: no" in problem


def event(logical_id: str, status: str, at: datetime) -> str:
    return (
        f"<member><LogicalResourceId>{logical_id}</LogicalResourceId><ResourceStatus>{status}"
        f"</ResourceStatus><Timestamp>{at.isoformat()}</Timestamp></member>"
    )


TOKENS = itertools.count(1)


def events(*members: str, more: bool = False) -> Answer:
    token = f"<NextToken>{next(TOKENS)}</NextToken>" if more else ""
    return Answer(
        200,
        f"<R><DescribeStackEventsResult><StackEvents>{''.join(members)}</StackEvents>{token}"
        "</DescribeStackEventsResult></R>",
    )


NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
FAILED = event("Prod", "UPDATE_FAILED", NOON + timedelta(seconds=2))
BEGUN = event("Prod", "UPDATE_IN_PROGRESS", NOON)
BEFORE = event("Prod", "UPDATE_COMPLETE", NOON - timedelta(milliseconds=1))
OTHER = event("Beta", "UPDATE_COMPLETE", NOON + timedelta(seconds=1))
TWO = (
    ResourceEvent("UPDATE_FAILED", NOON + timedelta(seconds=2)),
    ResourceEvent("UPDATE_IN_PROGRESS", NOON),
)


@pytest.mark.parametrize(
    ("since", "answers", "expected"),
    [
        pytest.param(NOON, [events(FAILED, OTHER, BEGUN, BEFORE, more=True)], TWO, id="a page"),
        pytest.param(
            NOON, [events(FAILED, more=True), events(BEGUN, more=True), events(BEFORE, more=True)],
            TWO, id="pages until the beginning",
        ),
        pytest.param(NOON, [events(FAILED, more=True), events(BEGUN)], TWO, id="the last page"),
        pytest.param(NOON, [events(OTHER)], (), id="none of the resource"),
        pytest.param(
            NOON,
            [events(FAILED, BEGUN, more=True), *(events(OTHER, more=True) for _ in range(9))],
            TWO,
            id="ten pages and no more",
        ),
        pytest.param(None, [events(FAILED, BEGUN, more=True)], TWO, id="the newest page alone"),
    ],
)  # fmt: skip
def test_a_resources_own_events_are_read_newest_first(
    aws: Gateway,
    wire: Wire,
    since: datetime | None,
    answers: list[Callable[[str], AWSResponse]],
    expected: tuple[ResourceEvent, ...],
) -> None:
    wire.answers = answers
    assert aws.describe_stack_events(STACK, "Prod", since) == expected
    assert wire.answers == []


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([error_of_stacks(403, "AccessDenied")], id="denied"),
        pytest.param([error_of_stacks(400, "Throttling")] * 4, id="throttled for good"),
        pytest.param([no_answer] * 4, id="not reached"),
        pytest.param(
            [events(BEGUN, more=True), error_of_stacks(403, "AccessDenied")], id="in the middle"
        ),
    ],
)
def test_events_that_cannot_be_read_are_unknown(
    aws: Gateway, wire: Wire, answers: list[Callable[[str], AWSResponse]]
) -> None:
    wire.answers = answers
    assert aws.describe_stack_events(STACK, "Prod", NOON) is None
    assert wire.answers == []


def test_a_stack_is_not_asked_after_the_deadline(aws: Gateway, wire: Wire, until: Until) -> None:
    with until(-1):
        assert aws.describe_stack(STACK) == Stack()
        assert aws.describe_stack_events(STACK, "Prod", NOON) is None
    assert wire.sent == []


# --- publishing


def test_a_version_is_published(aws: Gateway, wire: Wire) -> None:
    wire.answers = [Answer(201, version("8"))]
    assert aws.publish_version("orders", "build 8", None) == Version("8", "code")
    assert wire.sent == ["POST /orders/versions"]
    assert json.loads(wire.bodies[0]) == {"Description": "build 8"}


def test_a_version_is_published_if_latest_has_the_code(aws: Gateway, wire: Wire) -> None:
    wire.answers = [Answer(201, version("8", State="Pending"))]
    assert aws.publish_version("orders", "", "sha").state == "Pending"
    assert json.loads(wire.bodies[0]) == {"Description": "", "CodeSha256": "sha"}


BUSY = refused(409, "ResourceConflictException", "An update is in progress")


def test_a_function_that_is_being_changed_is_waited_for_and_published(
    aws: Gateway, wire: Wire, until: Until
) -> None:
    wire.answers = [
        BUSY,
        found(State="Pending"),
        found(LastUpdateStatus="InProgress"),
        found(LastUpdateStatus="InProgress"),
        found(),
        Answer(201, version("8")),
    ]
    with until(60):
        assert aws.publish_version("orders", "", None).number == "8"
    assert wire.sent[0] == wire.sent[-1] == "POST /orders/versions"
    assert set(wire.sent[1:-1]) == {"GET /orders"}


def test_conflicts_without_end_are_tried_again_at_leisure_until_the_deadline(
    aws: Gateway, wire: Wire, until: Until
) -> None:
    wire.answers = [BUSY, found(), found()] * 99
    with until(20), pytest.raises(errors.ServiceTimeout) as timeout:
        aws.publish_version("orders", "", None)
    assert wire.slept == [1, 2, 4, 5, 5]
    assert timeout.value.args[0].startswith("ServiceTimeout: the function could not be published")
    assert timeout.value.args[0].endswith(
        "(FunctionName: lambda:PublishVersion on orders: An update is in progress)"
    )


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (
            {"State": "Failed", "StateReasonCode": "InvalidImage", "StateReason": "no"},
            "FunctionName: orders has State Failed (InvalidImage: no); mend the function",
        ),
        (
            {"LastUpdateStatus": "Failed"},
            "FunctionName: orders has LastUpdateStatus Failed (no code: no reason given); mend",
        ),
    ],
    ids=["State", "LastUpdateStatus"],
)
def test_a_function_whose_change_failed_is_not_published(
    aws: Gateway,
    wire: Wire,
    until: Until,
    settings: dict[str, str],
    says: str,
) -> None:
    answers = [found(**settings)] if "State" in settings else [found(), found(**settings)]
    wire.answers = [BUSY, *answers]
    with until(60), pytest.raises(errors.NotStabilized) as failed:
        aws.publish_version("orders", "", None)
    assert failed.value.args[0].startswith(says)


# --- waiting


def test_the_very_version_is_waited_for(aws: Gateway, wire: Wire, until: Until) -> None:
    wire.answers = [found(State="Pending"), found(State="Pending"), found()]
    with until(60):
        aws.wait_until_active("orders", "8")
    assert wire.sent == ["GET /orders?Qualifier=8"] * 3
    assert wire.slept == [1, 1]


def test_what_was_seen_in_an_earlier_wait_is_not_told_in_the_next(
    aws: Gateway, wire: Wire, until: Until
) -> None:
    wire.answers = [found()]
    aws.wait_until_active("orders", "7")
    with until(0), pytest.raises(errors.ServiceTimeout, match="orders:8 was still not ready when"):
        aws.wait_until_active("orders", "8")


def test_a_wait_without_a_deadline_ends_too(aws: Gateway, wire: Wire) -> None:
    wire.answers = [found(State="Pending")] * 300
    with pytest.raises(errors.ServiceTimeout):
        aws.wait_until_active("orders", "8")


def test_a_version_that_fails_is_told_with_the_reason(
    aws: Gateway, wire: Wire, until: Until
) -> None:
    failed = {"State": "Failed", "StateReasonCode": "FunctionError", "StateReason": "init"}
    wire.answers = [found(State="Pending"), found(**failed)]
    with until(60), pytest.raises(errors.NotStabilized, match=r"orders:8 has State Failed \(Func"):
        aws.wait_until_active("orders", "8")


@pytest.mark.parametrize("each_takes", [0, 0.3, 3])
@pytest.mark.parametrize("seconds", [0.5, 5, 60])
def test_a_wait_ends_at_the_deadline(
    aws: Gateway,
    wire: Wire,
    until: Until,
    seconds: float,
    each_takes: float,
) -> None:
    wire.answers = [found(State="Pending")] * 99
    wire.each_takes = each_takes
    end = wire.now + seconds
    with until(seconds), pytest.raises(errors.ServiceTimeout) as timeout:
        aws.wait_until_active("orders", "8")
    says = "ServiceTimeout: orders:8 was still State Pending, LastUpdateStatus Successful when"
    assert timeout.value.args[0].startswith(says)
    assert wire.now - each_takes <= end + 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refused(403, "AccessDeniedException"), errors.AccessDenied),
        (refused(404, "ResourceNotFoundException"), errors.NotFound),
    ],
    ids=["denied", "gone"],
)
def test_an_error_while_waiting_is_told(
    aws: Gateway,
    wire: Wire,
    until: Until,
    answer: Answer,
    kind: type[PromotionError],
) -> None:
    wire.answers = [found(State="Pending"), answer]
    with until(60), pytest.raises(kind, match="orders:8"):
        aws.wait_until_active("orders", "8")


# --- the deadline


CALLS: list[tuple[str, Callable[[Gateway], object]]] = [
    ("GetAlias", lambda aws: aws.get_alias(PROD)),
    ("CreateAlias", lambda aws: aws.create_alias(PROD, AliasState("7", ""))),
    ("UpdateAlias", lambda aws: aws.repoint_alias(PROD, AliasState("7", "", "r1"))),
    ("UpdateAlias", lambda aws: aws.describe_alias(PROD, AliasState("7", "", "r1"))),
    ("DeleteAlias", lambda aws: aws.delete_alias(PROD)),
    ("ListAliases", lambda aws: aws.served_versions("orders")),
    ("PublishVersion", lambda aws: aws.publish_version("orders", "", None)),
    ("GetFunction", lambda aws: aws.get_version("orders", "7")),
    ("GetFunction", lambda aws: aws.wait_until_active("orders", "7")),
]
every_call = pytest.mark.parametrize(
    "call", [call for _, call in CALLS], ids=[f"{n}-{name}" for n, (name, _) in enumerate(CALLS)]
)


@every_call
def test_no_request_leaves_after_the_deadline(
    aws: Gateway, wire: Wire, until: Until, call: Callable[[Gateway], object]
) -> None:
    with until(0), pytest.raises(errors.ServiceTimeout, match=r"^ServiceTimeout: "):
        call(aws)
    assert wire.sent == []


@every_call
@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (refused(429, "TooManyRequestsException"), errors.Throttling),
        (no_answer, errors.NetworkFailure),
    ],
    ids=["429", "no answer"],
)
def test_no_second_try_leaves_after_the_deadline(
    aws: Gateway,
    wire: Wire,
    until: Until,
    call: Callable[[Gateway], object],
    answer: Callable[[str], AWSResponse],
    cause: type[PromotionError],
) -> None:
    wire.answers, wire.each_takes = [answer], 2
    with until(1), pytest.raises(cause):
        call(aws)
    assert len(wire.sent) == 1


def test_the_deadline_of_one_request_is_not_that_of_the_next(
    aws: Gateway, wire: Wire, until: Until
) -> None:
    with until(-1), pytest.raises(errors.ServiceTimeout):
        aws.get_alias(PROD)
    wire.answers = [Answer(200, ALIAS)]
    assert aws.get_alias(PROD)


# --- errors


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, "ResourceNotFoundException", errors.NotFound),
        (409, "ResourceConflictException", errors.ResourceConflict),
        (412, "PreconditionFailedException", errors.ResourceConflict),
        (404, "ProvisionedConcurrencyConfigNotFoundException", errors.NotFound),
        (400, "InvalidParameterValueException", errors.InvalidRequest),
        (400, "ValidationException", errors.InvalidRequest),
        (400, "ValidationError", errors.InvalidRequest),
        (403, "AccessDeniedException", errors.AccessDenied),
        (403, "AccessDenied", errors.AccessDenied),
        (400, "InvalidRequestContentException", errors.InvalidRequest),
        (413, "RequestTooLargeException", errors.InvalidRequest),
        (403, "EFSMountFailureException", errors.NotStabilized),
        (502, "InvalidRuntimeException", errors.NotStabilized),
        (502, "InvalidSecurityGroupIDException", errors.NotStabilized),
        (502, "InvalidSubnetIDException", errors.NotStabilized),
        (502, "InvalidZipFileException", errors.NotStabilized),
        (502, "KMSAccessDeniedException", errors.NotStabilized),
        (502, "KMSDisabledException", errors.NotStabilized),
        (502, "KMSInvalidStateException", errors.NotStabilized),
        (502, "KMSNotFoundException", errors.NotStabilized),
        (429, "TooManyRequestsException", errors.Throttling),
        (400, "ThrottlingException", errors.Throttling),
        (400, "Throttling", errors.Throttling),
        (400, "AliasLimitExceededException", errors.ServiceLimitExceeded),
        (400, "CodeStorageExceededException", errors.ServiceLimitExceeded),
        (
            400,
            "FunctionVersionsPerCapacityProviderLimitExceededException",
            errors.ServiceLimitExceeded,
        ),
        (500, "ServiceException", errors.ServiceInternalError),
        (400, "SomethingNewException", errors.ServiceInternalError),
    ],
)
def test_an_error_of_aws_is_told_as_cloudformation_names_it(
    aws: Gateway, wire: Wire, status: int, code: str, kind: type[PromotionError]
) -> None:
    wire.answers = [refused(status, code)] * 100
    with pytest.raises(kind) as failed:
        aws.create_alias(PROD, AliasState("7", ""))
    text = str(failed.value)
    assert text.startswith("FunctionName: lambda:CreateAlias on orders: ")
    assert text.endswith(f"as AWS says (HandlerErrorCode: {kind.__name__})")


def test_every_code_in_the_table_is_tested() -> None:
    test = test_an_error_of_aws_is_told_as_cloudformation_names_it
    [mark] = [mark for mark in test.pytestmark if mark.name == "parametrize"]  # type: ignore[attr-defined] # pytest's
    assert {code for _, code, _ in mark.args[1]} >= set(vars(calls)["_CODES"])


@pytest.mark.parametrize(
    ("answer", "advice"),
    [
        (refused(403, "AccessDeniedException"), "add the function to AllowedFunctionNames"),
        (refused(429, "TooManyRequestsException"), "too many requests in this account and Region"),
        (refused(502, "KMSDisabledException"), "mend it, then release again"),
        (refused(400, "CodeStorageExceededException"), "delete old versions, or have it raised"),
        (refused(500, "ServiceException"), "try again"),
        (no_answer, "no answer from AWS; try again"),
    ],
    ids=["denied", "throttled", "can't run", "quota", "AWS", "network"],
)
def test_an_error_says_what_to_do_before_it_quotes_aws(
    aws: Gateway, wire: Wire, answer: Callable[[str], AWSResponse], advice: str
) -> None:
    wire.answers = [answer] * 100
    with pytest.raises(PromotionError) as failed:
        aws.publish_version("orders", "", None)
    assert advice in str(failed.value)[:200]


@pytest.mark.parametrize("action", ["cloudwatch:DescribeAlarms", "lambda:ListEventSourceMappings"])
def test_a_denied_call_that_is_of_no_function_does_not_ask_for_one_to_be_allowed(
    action: str,
) -> None:
    denied = {"Code": "AccessDenied", "Message": "as AWS says"}
    told = str(calls.translate(action, "errors", denied, "Alarms"))
    assert "may not do this; see which policy denies it. AWS says: " in told


def test_a_network_failure_is_told_when_every_try_failed(aws: Gateway, wire: Wire) -> None:
    wire.answers = [no_answer] * 10
    with pytest.raises(errors.NetworkFailure, match="lambda:GetAlias on orders: no answer"):
        aws.get_alias(PROD)
    assert wire.answers == []


def test_what_passes_at_last_is_no_error(aws: Gateway, wire: Wire) -> None:
    wire.answers = [*[refused(429, "TooManyRequestsException")] * 9, Answer(200, ALIAS)]
    assert aws.get_alias(PROD)


def test_a_failure_is_tried_again_however_often_the_process_was_throttled_before(
    aws: Gateway, wire: Wire
) -> None:
    throttled = [*[refused(429, "TooManyRequestsException")] * 12, Answer(200, ALIAS)]
    for _ in range(40):
        wire.answers = [*throttled]
        aws.get_alias(PROD)

    wire.answers = [no_answer, refused(503, "ServiceException"), *throttled]

    assert aws.get_alias(PROD)
    assert wire.answers == []


@pytest.mark.parametrize("code", ["ResourceConflictException", "PreconditionFailedException"])
def test_a_conflict_is_not_tried_again_here(aws: Gateway, wire: Wire, code: str) -> None:
    wire.answers = [refused(412, code)]
    with pytest.raises(errors.ResourceConflict):
        aws.repoint_alias(PROD, AliasState("8", "", "r1"))
    assert len(wire.sent) == 1


def test_the_gateway_tells_the_present_as_aws_does(aws: Gateway) -> None:
    before = datetime.now(UTC)
    assert before <= aws.now() <= datetime.now(UTC)


def test_the_clients_wait_less_than_lambda_keeps_for_the_answer() -> None:
    config: Any = vars(gateway)["_LAMBDA"]
    longest = timedelta(seconds=config.connect_timeout + config.read_timeout)
    assert longest <= timedelta(seconds=15)
