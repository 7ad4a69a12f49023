"""What a stranger's event can't make the provider do."""

import pytest

from tests.functional.conftest import PROD, Provider, build


def test_a_function_that_is_not_allowed_is_refused_before_the_first_call(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOWED_FUNCTION_NAMES", "payments-*")

    answer = provider.create(**build(1))

    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("FunctionName: orders is not allowed here (payments-*)")
    assert provider.aws.calls == []
    assert provider.delete(answer["PhysicalResourceId"])["Status"] == "SUCCESS"
    assert provider.aws.calls == []


def test_an_alias_of_a_function_that_is_not_allowed_any_more_is_not_forgotten(
    released: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOWED_FUNCTION_NAMES", "payments-*")

    answer = released.delete(PROD.arn, **build(2))

    assert answer["Status"] == "FAILED"
    assert "add it to AllowedFunctionNames" in answer["Reason"]
    assert released.alias()


def test_what_a_request_that_never_answered_could_not_have_made_is_no_hindrance(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALLOWED_FUNCTION_NAMES", "payments-*")
    assert provider.delete("an-id-of-cloudformations", **build(1))["Status"] == "SUCCESS"
    assert provider.aws.calls == []


@pytest.mark.parametrize("name", ["promotion", "promotion-last-resort"])
def test_the_provider_does_not_promote_itself_nor_invoke_itself_as_a_hook(
    provider: Provider, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "promotion")
    hooks = {"DeploymentPreference": {"Hooks": {"PreTraffic": name}}}

    as_function = provider.create(**build(1, FunctionName=name, SourceQualifier="1", SmokeTest={}))
    as_hook = provider.create(**build(1, **hooks))

    assert f"FunctionName: {name} is not allowed here" in as_function["Reason"]
    assert f"DeploymentPreference.Hooks.PreTraffic: {name} is not allowed" in as_hook["Reason"]
    assert provider.aws.calls == []
