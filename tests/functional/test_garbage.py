"""Whatever comes in: one well-formed answer, or none where there is nobody to answer to."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handler import app
from handler.response_url import is_cloudformations
from tests.functional.conftest import PROD, TOKEN, Provider
from tests.functional.conftest import given as named

TEXTS = st.one_of(
    st.text(max_size=40),
    st.text("/:$.*{}\\\"'\n\x00", max_size=20),
    st.sampled_from(
        ["ü" * 5000, "x" * 20_000, "../../etc/passwd", "${AWS::Region}", "orders:prod"]
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
KINDS = st.sampled_from(["Create", "Update", "Delete"])
NAMES = st.sampled_from(
    ["FunctionName", "AliasName", "SourceQualifier", "Triggers", "Description", "CodeSha256",
     "VersionDescription", "AdoptExisting", "ServiceTimeout", "ServiceToken"]
)  # fmt: skip
# Properties as an older or a newer release of the provider might have had them.
OTHER_RELEASES = st.dictionaries(st.sampled_from(["Version", "Weights", "RetainVersions"]), JSON)
FUZZED = settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def whole_event(provider: Provider, kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    event = provider.event(kind, named(properties))
    if kind != "Create":
        event["PhysicalResourceId"] = PROD.arn
    if kind == "Update":
        event["OldResourceProperties"] = {"ServiceToken": TOKEN, **named({})}
    return event


def check(provider: Provider, event: Any) -> None:
    before = len(provider.answers)

    app.handler(event, provider.context)

    url = event.get("ResponseURL") if isinstance(event, dict) else None
    expected = isinstance(url, str) and is_cloudformations(url)
    assert len(provider.answers) - before == expected
    if not expected:
        return
    body, answer = provider.bodies[-1], provider.answers[-1]
    assert provider.urls[-1] == url
    assert len(body) <= 4096
    assert answer["Status"] in ("SUCCESS", "FAILED")
    assert answer["Status"] == "SUCCESS" or answer["Reason"]
    assert isinstance(answer["PhysicalResourceId"], str)
    assert 0 < len(answer["PhysicalResourceId"].encode()) <= 1024
    assert all(isinstance(value, str) for value in answer["Data"].values())


@FUZZED
@given(kind=KINDS, name=NAMES, value=JSON, others=OTHER_RELEASES)
def test_any_value_of_any_property_has_one_answer(
    provider: Provider, kind: str, name: str, value: Any, others: dict[str, Any]
) -> None:
    check(provider, whole_event(provider, kind, {**others, name: value}))


@FUZZED
@given(kind=KINDS, name=TEXTS, value=JSON)
def test_any_name_of_a_property_has_one_answer(
    provider: Provider, kind: str, name: str, value: Any
) -> None:
    check(provider, whole_event(provider, kind, {name: value}))


@FUZZED
@given(kind=KINDS, value=JSON, choose=st.integers(0, 20))
def test_any_value_of_any_field_of_the_event_has_one_answer_at_most(
    provider: Provider, kind: str, value: Any, choose: int
) -> None:
    event = whole_event(provider, kind, {})
    fields = [*event]
    check(provider, {**event, fields[choose % len(fields)]: value})


@FUZZED
@given(kind=KINDS, choose=st.integers(0, 20), extra=st.dictionaries(TEXTS, JSON, max_size=2))
def test_a_field_that_is_missing_and_fields_that_nobody_knows_have_one_answer_at_most(
    provider: Provider, kind: str, choose: int, extra: dict[str, Any]
) -> None:
    event = whole_event(provider, kind, {})
    del event[[*event][choose % len(event)]]
    check(provider, {**extra, **event})


@FUZZED
@given(event=JSON)
def test_what_is_no_event_is_not_an_error_of_ours(provider: Provider, event: Any) -> None:
    check(provider, event)


@pytest.mark.parametrize("kind", ["Create", "Update", "Delete"])
def test_crhelpers_own_keys_do_not_reach_its_polling(provider: Provider, kind: str) -> None:
    event = whole_event(provider, kind, {}) | {
        "CrHelperPoll": True,
        "CrHelperData": {"Version": "9"},
        "CrHelperPermission": "x",
        "CrHelperRule": "arn:aws:events:eu-west-1:1:rule/x",
    }
    check(provider, event)
    assert "9" not in json.dumps(provider.answers[-1]["Data"].get("Version", ""))
