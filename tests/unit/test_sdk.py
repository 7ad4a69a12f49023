import json
from pathlib import Path
from typing import NoReturn

import boto3
import pytest
from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.loaders import create_loader
from botocore.session import Session

from handler import sdk
from handler.gateway import Gateway

MODELS = (
    ("lambda", "service-2"),
    ("lambda", "waiters-2"),
    ("lambda", "endpoint-rule-set-1"),
    ("cloudformation", "service-2"),
    ("cloudformation", "endpoint-rule-set-1"),
    ("cloudwatch", "service-2"),
    ("cloudwatch", "paginators-1"),
    ("cloudwatch", "endpoint-rule-set-1"),
)


@pytest.fixture
def session() -> Session:
    return sdk.session()


@pytest.mark.parametrize(("service", "kind"), MODELS)
def test_a_model_is_the_one_that_botocore_reads(session: Session, service: str, kind: str) -> None:
    loader = session.get_component("data_loader")
    read = loader.load_service_model(service, kind)
    assert read == create_loader().load_service_model(service, kind)


@pytest.mark.parametrize("name", ["endpoints", "partitions", "_retry", "sdk-default-configuration"])
def test_what_is_of_no_service_is_what_botocore_reads(session: Session, name: str) -> None:
    assert session.get_data(name) == create_loader().load_data(name)


def test_a_model_in_a_directory_of_the_users_own_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "lambda" / "2015-03-31"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps({"metadata": {"mine": True}}))
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    loader = sdk.session().get_component("data_loader")
    assert loader.load_service_model("lambda", "service-2") == {"metadata": {"mine": True}}


def test_a_service_that_is_none_is_told_by_botocore(session: Session) -> None:
    with pytest.raises(UnknownServiceError, match="lambada"):
        session.get_service_model("lambada")


def test_what_a_service_does_not_have_is_told_by_botocore(session: Session) -> None:
    with pytest.raises(DataNotFoundError, match="lambda"):
        session.get_component("data_loader").load_service_model("lambda", "dances-1")


def test_what_is_no_folder_is_no_service(session: Session) -> None:
    found = session.get_component("data_loader").list_available_services("service-2")
    assert "lambda" in found
    assert not [name for name in found if name.endswith(".json")]


def too_old(*_: object, **__: object) -> NoReturn:
    raise TypeError


@pytest.mark.parametrize("broken", ["session", "_Loader.list_available_services"])
def test_with_a_botocore_that_is_not_known_clients_are_made_as_usual(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"handler.sdk.{broken}", too_old)
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert Gateway.connect().functions.meta.region_name == "eu-west-1"
