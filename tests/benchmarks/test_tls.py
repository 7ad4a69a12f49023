"""Whom the provider trusts, when its clients share one TLS context."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, SSLError

from benchmarks.endpoint import Endpoint
from handler import tls

ONCE = Config(retries={"total_max_attempts": 1})


@pytest.fixture(autouse=True)
def no_other_roots(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Endpoint]:
    with Endpoint(tmp_path) as endpoint:
        yield endpoint


def client(endpoint: Endpoint, host: str = "localhost", **settings: Any) -> Any:
    url = endpoint.url.replace("localhost", host)
    return boto3.client(
        "lambda", "eu-west-1", endpoint_url=url, config=ONCE,
        aws_access_key_id="local", aws_secret_access_key="local", **settings,
    )  # fmt: skip


def trust(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.create_default_context(cafile=str(endpoint.certificates))
    monkeypatch.setattr(tls, "context", lambda: context)


def test_a_client_trusts_whom_the_context_trusts(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(endpoint, monkeypatch)
    shared = tls.share(client(endpoint))
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        shared.get_alias(FunctionName="orders", Name="prod")


def test_a_client_trusts_nobody_else(endpoint: Endpoint) -> None:
    shared = tls.share(client(endpoint))
    with pytest.raises(SSLError):
        shared.get_alias(FunctionName="orders", Name="prod")


def test_a_certificate_of_another_host_is_refused(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust(endpoint, monkeypatch)
    shared = tls.share(client(endpoint, host="127.0.0.1"))
    with pytest.raises(SSLError):
        shared.get_alias(FunctionName="orders", Name="prod")


def test_a_client_that_was_told_its_roots_keeps_them(endpoint: Endpoint) -> None:
    own = tls.share(client(endpoint, verify=str(endpoint.certificates)))
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        own.get_alias(FunctionName="orders", Name="prod")


def test_a_client_that_is_made_in_another_way_is_left_as_it_is() -> None:
    other = object()
    assert tls.share(other) is other
