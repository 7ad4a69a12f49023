"""Answers to CloudFormation: how they are fitted, and how they are delivered over real HTTPS."""

import http.server
import json
import logging
import math
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from handler import answer, tls

SECRET = "X-Amz-Signature=5ec2e7"
BODY = b'{"Status":"SUCCESS"}'


@dataclass
class Storage:
    """Takes what is PUT; answers with the given statuses, then with 200."""

    host: str = ""
    statuses: list[int] = field(default_factory=list)
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    silent: int = 0

    @property
    def url(self) -> str:
        return f"https://{self.host}/a%7Cb%7Cc?X-Amz-Date=20260101T000000Z&{SECRET}"


def handler_of(storage: Storage) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            storage.requests.append((self.path, headers, body))
            if storage.silent:
                storage.silent -= 1
                return
            self.send_response(storage.statuses.pop(0) if storage.statuses else 200)
            self.send_header("Location", storage.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    made = trustme.CA()
    made.configure_trust(tls.context())
    return made


@pytest.fixture
def storage(authority: trustme.CA) -> Iterator[Storage]:
    yield from serve(authority)


@pytest.fixture
def impostor() -> Iterator[Storage]:
    yield from serve(trustme.CA())


def serve(authority: trustme.CA) -> Iterator[Storage]:
    storage = Storage()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler_of(storage))
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    storage.host = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=[0.01], daemon=True)
    thread.start()
    yield storage
    server.shutdown()
    server.server_close()


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What was slept, without sleeping."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


def soon() -> float:
    return time.monotonic() + 60


def test_an_answer_is_put_once_with_an_empty_content_type(storage: Storage) -> None:
    assert answer.deliver(storage.url, BODY, soon()) == "200"
    [(path, headers, body)] = storage.requests
    assert body == BODY
    assert headers["content-type"] == ""
    assert headers["content-length"] == str(len(BODY))
    assert f"https://{storage.host}{path}" == storage.url


@pytest.mark.parametrize("status", [307, 400, 403, 429, 500, 503])
def test_what_is_not_accepted_is_put_again(
    storage: Storage, pauses: list[float], status: int
) -> None:
    storage.statuses = [status, status]
    assert answer.deliver(storage.url, BODY, soon()) == "200"
    assert [body for _, _, body in storage.requests] == [BODY] * 3
    assert pauses == [0.2, 0.4]


def test_a_url_that_goes_on_refusing_is_given_up(storage: Storage, pauses: list[float]) -> None:
    storage.statuses = [403] * 9
    assert answer.deliver(storage.url, BODY, soon()) == "403"
    assert len(storage.requests) == 5
    assert len(pauses) == 4


def test_the_last_status_is_told_when_time_is_up(storage: Storage, pauses: list[float]) -> None:
    storage.statuses = [503, 403]
    assert answer.deliver(storage.url, BODY, time.monotonic()) == "503"
    assert len(storage.requests) == 1
    assert pauses == []


def test_pauses_grow_up_to_four_seconds(storage: Storage, pauses: list[float]) -> None:
    storage.statuses = [503] * 8
    answer.deliver(storage.url, BODY, soon())
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.2, 4, 4, 4]


def test_an_answer_is_put_again_when_nobody_answered(storage: Storage, pauses: list[float]) -> None:
    storage.silent = 3
    assert answer.deliver(storage.url, BODY, soon()) == "200"
    assert len(storage.requests) == 4
    assert len(pauses) == 3


def test_nobody_is_believed_who_has_another_certificate(
    impostor: Storage, pauses: list[float]
) -> None:
    assert answer.deliver(impostor.url, BODY, time.monotonic()) == "SSLError"
    assert impostor.requests == []
    assert pauses == []


@pytest.mark.parametrize(
    ("url", "outcome"),
    [
        ("https://127.0.0.1:1/", "NewConnectionError"),
        ("https://[::/", "LocationParseError"),
        ("https://", "LocationValueError"),
        ("https://answers.invalid:x/", "LocationParseError"),
        ("ftp://answers.invalid/", "URLSchemeUnknown"),
        ("https://\x00/", "LocationParseError"),
    ],
)
def test_an_error_is_told_by_its_name_alone(url: str, outcome: str) -> None:
    assert answer.deliver(f"{url}?{SECRET}", BODY, time.monotonic()) == outcome


def test_the_url_stands_in_no_log(
    storage: Storage, pauses: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("urllib3").setLevel(logging.WARNING)  # as crhelper does for the provider
    storage.statuses = [503, 307]
    with caplog.at_level(logging.DEBUG):
        answer.deliver(storage.url, BODY, soon())
        answer.deliver(storage.url.replace("127.0.0.1", "127.0.0.2"), BODY, time.monotonic())
    assert pauses == [0.2, 0.4]
    assert SECRET not in caplog.text
    assert storage.host not in caplog.text


def body(**change: Any) -> dict[str, Any]:
    return {
        "Status": "FAILED",
        "Reason": "AliasName: no",
        "PhysicalResourceId": "id",
        "StackId": "stack",
        "RequestId": "request",
        "LogicalResourceId": "Prod",
        "NoEcho": False,
        "Data": {},
        **change,
    }


def test_an_answer_that_fits_is_written_as_it_is() -> None:
    whole = body(Reason="für ß", Data={"Version": "7"})
    written = answer.fitted(whole)
    assert json.loads(written) == whole
    assert "für ß".encode() in written


@given(st.text(max_size=50), st.integers(0, 400))
def test_a_long_reason_keeps_its_beginning_and_the_answer_all_the_rest(
    text: str, times: int
) -> None:
    reason = f"AliasName: {text * times}"
    written = answer.fitted(body(Reason=reason))
    assert len(written) <= answer.LIMIT
    read = json.loads(written)
    assert read | {"Reason": ""} == body(Reason="")
    whole = reason.encode("utf-8", "replace").decode()
    assert read["Reason"] == whole or (
        read["Reason"].endswith("...") and whole.startswith(read["Reason"][:-3])
    )


@pytest.mark.parametrize("text", ["x", "ü", "𝄞", '"', "\n", "\x01"], ids=ascii)
def test_a_reason_loses_no_more_than_it_must(text: str) -> None:
    written = answer.fitted(body(Reason=text * 9000))
    assert math.isclose(len(written), answer.LIMIT, abs_tol=12)


def test_attributes_that_do_not_fit_are_a_failure_with_a_reason() -> None:
    written = answer.fitted(body(Status="SUCCESS", Reason="", Data={"AliasArn": "x" * 5000}))
    assert len(written) <= answer.LIMIT
    read = json.loads(written)
    assert (read["Status"], read["Data"]) == ("FAILED", {})
    assert read["Reason"].startswith("the answer has 5")


def test_a_text_that_is_no_unicode_is_written_all_the_same() -> None:
    written = answer.fitted(body(Reason="\ud800", LogicalResourceId="\ud800"))
    assert json.loads(written)["Reason"] == "?"
