"""The gateway's calls about old versions on real botocore clients: only the wire is made up."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest

from handler import errors, versions
from handler.deadline import Deadline
from handler.gateway import Gateway
from handler.observed import AliasState
from handler.versions import ListedVersion
from tests.unit.conftest import Answer, Wire, no_answer, refused

ARN = "arn:aws:lambda:eu-west-1:111122223333:function:orders"


@pytest.fixture(scope="module")
def session() -> boto3.Session:
    """Reads botocore's models once."""
    return boto3.Session("local", "local", region_name="eu-west-1")


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    wire = Wire()
    monkeypatch.setattr(time, "sleep", wire.sleep)
    return wire


@pytest.fixture
def made(session: boto3.Session, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The clients that are made, each on the wire."""
    clients: list[Any] = []

    def client(name: str, **config: Any) -> Any:
        clients.append(session.client(name, **config))  # type: ignore[call-overload] # any name
        clients[-1].meta.events.register_last("before-send", wire.send)
        return clients[-1]

    monkeypatch.setattr(boto3, "client", client)
    return clients


@pytest.fixture
def aws(made: list[Any]) -> Gateway:
    connected = Gateway.connect()
    assert len(made) == 2
    return connected


@pytest.fixture
def until(aws: Gateway, wire: Wire) -> Callable[[float], Any]:
    """Set the deadline, in seconds from now."""
    return lambda seconds: aws.until(Deadline(wire.now + seconds, lambda: wire.now))


def listed(*numbers: str, more: str = "", **settings: Any) -> Answer:
    marker = {"NextMarker": more} if more else {}
    return Answer(200, {"Versions": [{"Version": n, **settings} for n in numbers], **marker})


def test_versions_are_listed_by_the_page_without_what_is_no_number(
    aws: Gateway, wire: Wire
) -> None:
    wire.answers = [listed("$LATEST", "1", more="m"), listed("2", "$LATEST.PUBLISHED")]
    pages = aws.list_versions_by_function("orders")
    assert next(pages) == [ListedVersion("1")]
    assert wire.sent == ["GET /orders/versions"]
    assert list(pages) == [[ListedVersion("2")]]
    assert wire.sent[1:] == ["GET /orders/versions?Marker=m"]


def test_a_version_of_a_durable_function_is_known(aws: Gateway, wire: Wire) -> None:
    wire.answers = [listed("1", DurableConfig={"ExecutionTimeout": 60})]
    assert list(aws.list_versions_by_function("orders")) == [[ListedVersion("1", durable=True)]]


def test_a_boto3_that_knows_no_durable_executions_lists_nothing(
    aws: Gateway, wire: Wire, made: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    wire.answers = [listed("1")]
    list(aws.list_versions_by_function("orders"))
    monkeypatch.delattr(type(made[-1]), "list_durable_executions_by_function")
    with pytest.raises(errors.InternalFailure, match="a newer one"):
        next(aws.list_versions_by_function("orders"))


def test_all_aliases_are_listed_with_weights_and_descriptions(aws: Gateway, wire: Wire) -> None:
    one = {"Name": "prod", "FunctionVersion": "7", "Description": "Orders"}
    routing = {"RoutingConfig": {"AdditionalVersionWeights": {"8": 0.1}}}
    wire.answers = [
        Answer(200, {"Aliases": [one], "NextMarker": "m"}),
        Answer(200, {"Aliases": [{"Name": "beta", "FunctionVersion": "9", **routing}]}),
    ]
    assert aws.list_aliases("orders") == {
        "prod": AliasState("7", "Orders"),
        "beta": AliasState("9", "", weights=(("8", 0.1),)),
    }


def test_what_has_provisioned_concurrency_is_listed(aws: Gateway, wire: Wire) -> None:
    configs = [{"FunctionArn": f"{ARN}:{each}"} for each in ("7", "prod")]
    answer: Any = {"ProvisionedConcurrencyConfigs": configs[:1], "NextMarker": "m"}
    wire.answers = [
        Answer(200, answer), Answer(200, {"ProvisionedConcurrencyConfigs": configs[1:]})
    ]  # fmt: skip
    assert aws.list_provisioned_concurrency_configs("orders") == {"7", "prod"}


def mappings(*arns: str, more: bool = False) -> Answer:
    found: Any = [{"UUID": "u", "FunctionArn": arn} for arn in arns]
    marker = {"NextMarker": f"m{arns}"} if more else {}
    return Answer(200, {"EventSourceMappings": [*found, {"UUID": "being deleted"}], **marker})


def test_what_event_sources_invoke_is_listed_for_the_whole_account(
    aws: Gateway, wire: Wire
) -> None:
    wire.answers = [mappings(f"{ARN}:7", more=True), mappings(f"{ARN}:prod")]
    assert aws.list_event_source_mappings() == frozenset({f"{ARN}:7", f"{ARN}:prod"})
    assert wire.sent[0].endswith("/event-source-mappings?MaxItems=100")


def test_more_event_sources_than_can_be_read_are_not_read(aws: Gateway, wire: Wire) -> None:
    wire.answers = [mappings(f"{ARN}:{number}", more=True) for number in range(21)]
    assert aws.list_event_source_mappings() is None
    assert len(wire.answers) == 1


def test_the_event_sources_of_one_version_can_be_asked_for(aws: Gateway, wire: Wire) -> None:
    wire.answers = [Answer(200, {"EventSourceMappings": []})]
    assert aws.list_event_source_mappings(f"{ARN}:7") == frozenset()
    assert "FunctionName=arn%3Aaws%3Alambda" in wire.sent[0]
    assert "orders%3A7" in wire.sent[0]


@pytest.mark.parametrize(
    ("answer", "runs"),
    [
        ({"DurableExecutions": []}, False),
        ({"DurableExecutions": [], "NextMarker": "m"}, True),
        ({"DurableExecutions": [{"DurableExecutionName": "one"}]}, True),
    ],
    ids=["none", "perhaps", "one"],
)
def test_a_running_execution_is_found(
    aws: Gateway, wire: Wire, answer: dict[str, Any], *, runs: bool
) -> None:
    wire.answers = [Answer(200, answer)]
    assert aws.has_running_executions("orders", "7") is runs
    [sent] = wire.sent
    assert sent.startswith("GET /orders/durable-executions?Qualifier=7&")
    assert "Statuses=RUNNING" in sent


def test_a_version_is_deleted_by_its_number(aws: Gateway, wire: Wire) -> None:
    wire.answers = [Answer(204, "")]
    aws.delete_version("orders", "7")
    assert wire.sent == ["DELETE /orders?Qualifier=7"]


@pytest.mark.parametrize("number", ["", "$LATEST", "prod", "07", "7 ", "7\n", "-1", "0", "$7"])
def test_nothing_but_a_version_can_be_deleted(aws: Gateway, wire: Wire, number: str) -> None:
    with pytest.raises(ValueError, match=r"^"):
        aws.delete_version("orders", number)
    assert wire.sent == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(409, "ResourceConflictException"), errors.ResourceConflict),
        (refused(400, "InvalidParameterValueException"), errors.InvalidRequest),
        (refused(404, "ResourceNotFoundException"), errors.NotFound),
    ],
    ids=["served", "replicated", "no function"],
)
def test_a_refusal_to_delete_is_told(
    aws: Gateway, wire: Wire, answer: Answer, error: type[errors.PromotionError]
) -> None:
    wire.answers = [answer]
    with pytest.raises(error, match="RetainVersions: lambda:DeleteFunction on orders:7: "):
        aws.delete_version("orders", "7")


# --- time and rate


def test_whoever_is_throttled_gives_way_soon(aws: Gateway, wire: Wire) -> None:
    wire.answers = [refused(429, "TooManyRequestsException")] * 4
    with pytest.raises(errors.Throttling):
        aws.delete_version("orders", "7")
    assert len(wire.sent) == 3


def test_a_client_of_its_own_is_made_once_and_only_when_it_is_needed(
    aws: Gateway, wire: Wire, made: list[Any]
) -> None:
    assert len(made) == 2
    wire.answers = [Answer(204, "")] * 50
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: aws.delete_version("orders", str(n)), range(1, 51)))
    assert len(made) == 3


def test_all_requests_together_keep_below_the_rate_of_the_account(
    aws: Gateway, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vars(aws)["_limiter"], "_clock", lambda: wire.now)
    wire.answers = [listed("1", more="m"), listed("2"), *[Answer(204, "")] * 69]
    began = wire.now
    list(aws.list_versions_by_function("orders"))
    for number in range(1, 70):
        aws.delete_version("orders", str(number))
    assert 70 / 15 < wire.now - began < 1.15 * 70 / 15


def test_every_try_takes_its_turn(
    aws: Gateway, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vars(aws)["_limiter"], "_clock", lambda: wire.now)
    wire.answers = [*[no_answer] * 2, Answer(204, "")]
    began = wire.now
    aws.delete_version("orders", "7")
    assert wire.now - began >= 2 / 15


def test_no_try_begins_that_could_end_too_late_for_the_answer(
    aws: Gateway, wire: Wire, until: Callable[[float], Any]
) -> None:
    config: Any = vars(versions)["_CONFIG"]
    longest = config.connect_timeout + config.read_timeout
    wire.answers, wire.each_takes = [no_answer] * 3, longest
    with until(longest + 5), pytest.raises(errors.ServiceTimeout, match="too little time"):
        aws.delete_version("orders", "7")
    assert len(wire.sent) == 1


def test_nothing_is_asked_where_there_is_no_time(
    aws: Gateway, wire: Wire, until: Callable[[float], Any]
) -> None:
    with until(9), pytest.raises(errors.ServiceTimeout, match="RetainVersions: too little time"):
        aws.delete_version("orders", "7")
    assert wire.sent == []
