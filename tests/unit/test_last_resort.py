"""The last resort answers FAILED in place of a provider that could not."""

import io
import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Self

import pytest

from handler import last_resort
from handler.arn import Scope
from handler.lineage import request_id
from handler.model import parse_removal

ROOT = Path(__file__).parents[2]
STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/orders/6c1f"
SECRET = "X-Amz-Signature=5ec2e7"
URL = (
    "https://cloudformation-custom-resource-response-euwest1.s3.amazonaws.com/answer?"
    f"X-Amz-Date=1&{SECRET}"
)


class Bucket:
    """Takes answers as the test says."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.outcomes: list[int | OSError] = []

    def open(self, request: urllib.request.Request, timeout: float) -> "Taken":
        assert timeout > 0
        assert request.method == "PUT"
        assert request.get_header("Content-type") == ""
        outcome = self.outcomes.pop(0) if self.outcomes else 200
        if isinstance(outcome, OSError):
            raise outcome
        if outcome >= 400:
            raise urllib.error.HTTPError(request.full_url, outcome, "no", {}, io.BytesIO())  # type: ignore[arg-type]  # headers
        assert isinstance(request.data, bytes)
        self.taken.append(json.loads(request.data))
        return Taken()


class Taken:
    status = 200

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Bucket:
    made = Bucket()
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setattr(urllib.request, "urlopen", made.open)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    return made


def event(kind: str = "Create", **changes: Any) -> dict[str, Any]:
    return {
        "RequestType": kind,
        "ResponseURL": URL,
        "StackId": STACK,
        "RequestId": "request-1",
        "LogicalResourceId": "Prod",
        "ResourceProperties": {"FunctionName": "orders", "AliasName": "prod"},
        **changes,
    }


def record(payload: Any, **changes: Any) -> dict[str, Any]:
    arn = "arn:aws:lambda:eu-west-1:111122223333:function:lambda-alias-promotion:live"
    return {
        "requestContext": {
            "functionArn": arn,
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": payload,
        "responsePayload": {"errorType": "Sandbox.Timedout", "errorMessage": "too slow"},
        **changes,
    }


def test_the_answer_says_what_happened_and_where_to_look(bucket: Bucket) -> None:
    last_resort.handler(record(event()), None)

    [answer] = bucket.taken
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == (
        "The provider could not answer: Sandbox.Timedout: too slow (RetriesExhausted after 3 "
        "tries). See its log group /aws/lambda/lambda-alias-promotion, then try again "
        "(HandlerErrorCode: InternalFailure)"
    )
    assert {name: answer[name] for name in ("StackId", "RequestId", "LogicalResourceId")} == {
        "StackId": STACK,
        "RequestId": "request-1",
        "LogicalResourceId": "Prod",
    }


@pytest.mark.parametrize("kind", ["Update", "Delete"])
def test_the_id_stays_as_it_came(bucket: Bucket, kind: str) -> None:
    last_resort.handler(record(event(kind, PhysicalResourceId="an id")), None)
    assert bucket.taken[0]["PhysicalResourceId"] == "an id"


def test_the_delete_after_a_create_removes_only_what_that_create_can_have_made(
    bucket: Bucket,
) -> None:
    last_resort.handler(record(event()), None)

    delete = event("Delete", PhysicalResourceId=bucket.taken[0]["PhysicalResourceId"])
    [request] = parse_removal(delete, Scope("aws", "eu-west-1", "111122223333"))
    assert request.alias
    assert request.unconfirmed
    assert request.by == request_id("request-1", None)


def test_an_event_that_was_never_run_is_answered_too(bucket: Bucket) -> None:
    last_resort.handler(record(event(), responsePayload=None), None)
    assert "could not answer: it was not run (" in bucket.taken[0]["Reason"]


def test_a_long_cause_is_cut(bucket: Bucket) -> None:
    error = {"errorType": "Error", "errorMessage": "ü" * 9000}
    last_resort.handler(record(event(), responsePayload=error), None)
    assert len(json.dumps(bucket.taken[0])) < 4096


@pytest.mark.parametrize(
    "payload",
    [None, [], {}, "text", event(ResponseURL=5), event(ResponseURL="https://evil.example/")],
    ids=["null", "list", "no url", "text", "number", "another host"],
)
def test_where_there_is_nobody_to_answer_nothing_is_sent(bucket: Bucket, payload: Any) -> None:
    last_resort.handler(record(payload), None)
    assert bucket.taken == []


@pytest.mark.parametrize("outcome", [500, 503, OSError("reset")])
def test_what_was_not_taken_is_sent_again(bucket: Bucket, outcome: int | OSError) -> None:
    bucket.outcomes = [outcome, outcome]
    last_resort.handler(record(event()), None)
    assert len(bucket.taken) == 1


def test_a_refusal_is_final(bucket: Bucket) -> None:
    bucket.outcomes = [403]
    last_resort.handler(record(event()), None)
    assert bucket.taken == []


@pytest.mark.parametrize("outcome", [500, OSError(URL)])
def test_lambda_runs_it_again_when_nobody_takes_the_answer(
    bucket: Bucket, outcome: int | OSError
) -> None:
    bucket.outcomes = [outcome] * 4
    with pytest.raises(OSError, match="the answer was not taken") as caught:
        last_resort.handler(record(event()), None)
    assert SECRET not in str(caught.value)


def test_no_log_carries_the_url(bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    bucket.outcomes = [500]
    last_resort.handler(record(event()), None)
    written = capsys.readouterr().out
    assert json.loads(written)["message"] == "answered in place of the provider"
    assert SECRET not in written


def test_it_imports_nothing_that_could_have_broken_the_provider() -> None:
    code = "import sys, handler.last_resort; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in found.stdout.split()}
    assert loaded - sys.stdlib_module_names == {"handler", "__main__"}
