"""Custom resources answer over HTTPS, as they do to CloudFormation's S3 bucket."""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3

from local.answers import AnswerServer
from local.settings import Settings

Put = Callable[[str, bytes], int]


@pytest.fixture(params=[False, True], ids=["first wins", "last wins"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnswerServer]:
    made = AnswerServer(Settings(last_answer_wins=request.param), tmp_path)
    yield made
    made.shut_down()


@pytest.fixture
def put(server: AnswerServer) -> Put:
    context = ssl.create_default_context(cafile=str(server.certificate))
    pool = urllib3.PoolManager(ssl_context=context, retries=False)
    return lambda url, body: pool.request("PUT", url, body=body).status


def test_a_url_is_signed_as_cloudformations(server: AnswerServer) -> None:
    url = urlsplit(server.open("arn:stack/orders", "Prod", "request-1"))

    assert url.scheme == "https"
    assert url.path == "/arn%3Astack%2Forders%7CProd%7Crequest-1"
    query = parse_qs(url.query)
    assert query["X-Amz-Expires"] == ["7200"]
    assert query["X-Amz-SignedHeaders"] == ["host"]
    assert len(query["X-Amz-Signature"][0]) == 64


def test_an_answer_reaches_who_waits_for_it(server: AnswerServer, put: Put) -> None:
    url = server.open("stack", "Prod", "1")

    assert put(url, b"answer") == 200
    assert server.wait(url, 5) == b"answer"


def test_nothing_is_given_when_no_answer_comes(server: AnswerServer) -> None:
    assert server.wait(server.open("stack", "Prod", "1"), 0.01) is None


def test_a_url_that_nobody_opened_is_refused(server: AnswerServer, put: Put) -> None:
    forged = server.open("stack", "Prod", "1").replace("Signature=", "Signature=0")

    assert put(forged, b"forged") == 403


def test_a_url_that_is_closed_is_refused(server: AnswerServer, put: Put) -> None:
    url = server.open("stack", "Prod", "1")
    server.close(url)

    assert put(url, b"late") == 403
    assert server.wait(url, 0.01) is None


@pytest.mark.parametrize(
    ("server", "status", "counts"),
    [(False, 403, b"first"), (True, 200, b"second")],
    indirect=["server"],
    ids=["first wins", "last wins"],
)
def test_of_two_answers_the_one_that_the_setting_says_counts(
    server: AnswerServer, put: Put, status: int, counts: bytes
) -> None:
    url = server.open("stack", "Prod", "1")
    put(url, b"first")

    assert put(url, b"second") == status
    assert server.wait(url, 5) == counts
