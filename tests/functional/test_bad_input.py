"""Properties that can't be used: named first, with what was found and what to do."""

import itertools
from typing import Any

import pytest

from tests.functional.conftest import ACCOUNT, PROD, TOKEN, Provider, build, given

ARN = PROD.function_arn
ELSEWHERE = "000000000000"

BAD: list[tuple[str, dict[str, Any], tuple[str, ...]]] = [
    (
        "a wrong name of a property",
        {"SourceQualifer": "beta"},
        ("SourceQualifer: unknown property", "use SourceQualifier"),
    ),
    (
        "a name like no property",
        {"Xyz": "beta"},
        ("Xyz: unknown property", "ServiceToken, ServiceTimeout, FunctionName, AliasName"),
    ),
    ("a bad alias name", {"AliasName": "my alias"}, ("AliasName: found 'my alias'", "letters")),
    ("an alias name of digits", {"AliasName": "7"}, ("AliasName: found '7'", "not digits alone")),
    ("an alias name as a number", {"AliasName": 7}, ("AliasName: found '7'", "not digits alone")),
    ("a line break", {"AliasName": "prod\n"}, ("AliasName: found 'prod\\n'", "letters")),
    (
        "an unknown function",
        {"FunctionName": "payments"},
        ("FunctionName: found no function payments in eu-west-1", "create it first"),
    ),
    (
        "a version that is not there",
        {"SourceQualifier": "9"},
        ("SourceQualifier: found no version 9 of orders", "name one that exists"),
    ),
    (
        "a source alias that is not there",
        {"SourceQualifier": "beta"},
        ("SourceQualifier: found no alias beta of orders", "create it first"),
    ),
    (
        "the alias as its own source",
        {"SourceQualifier": "prod"},
        ("SourceQualifier: found 'prod', the alias itself", "name another alias"),
    ),
    (
        "other code",
        {"CodeSha256": "A" * 43 + "="},
        ("CodeSha256: found $LATEST with code code-1, expected AAAA", "deploy that code first"),
    ),
    (
        "the code of another image",
        {"CodeSha256": "ab" * 32},
        ("CodeSha256: found $LATEST with code code-1, expected abab", "deploy that code first"),
    ),
    ("no hash", {"CodeSha256": "x"}, ("CodeSha256: found 'x'", "Base64 of a SHA-256")),
    (
        "a hash for what is not published",
        {"CodeSha256": "A" * 43 + "=", "SourceQualifier": "1"},
        ("CodeSha256: goes with SourceQualifier $LATEST only, found '1'", "remove one"),
    ),
    (
        "a function with a qualifier",
        {"FunctionName": "orders:7"},
        ("FunctionName: found 'orders:7'", "without a qualifier"),
    ),
    (
        "an ARN with a qualifier",
        {"FunctionName": f"{ARN}:prod"},
        ("FunctionName: found 'arn:aws:lambda", "without a qualifier"),
    ),
    (
        "a function in another account",
        {"FunctionName": ARN.replace(ACCOUNT, ELSEWHERE)},
        (f"FunctionName: found a function in account {ELSEWHERE}", "use a provider deployed there"),
    ),
    (
        "a function in another Region",
        {"FunctionName": ARN.replace("eu-west-1", "us-east-1")},
        ("FunctionName: found a function in region us-east-1", "use a provider deployed there"),
    ),
    (
        "a function in another partition",
        {"FunctionName": ARN.replace("arn:aws:", "arn:aws-cn:")},
        ("FunctionName: found a function in partition aws-cn", "use a provider deployed there"),
    ),
    (
        "a long Description",
        {"Description": "t" * 129},
        ("Description: found 'tttt", "(129 characters)", "at most 128 characters"),
    ),
    (
        "a Description with a mark",
        {"Description": "[alias-promotion owner=1f3a9c2e 7@9bc24410]"},
        ("Description: found '[alias-promotion", "without `[alias-promotion `"),
    ),
    (
        "a Description of another type",
        {"Description": ["Orders"]},
        ("Description: found ['Orders']", "at most 128 characters"),
    ),
    (
        "a long VersionDescription",
        {"VersionDescription": "t" * 257},
        ("VersionDescription: found 'tttt", "(257 characters)", "at most 256 characters"),
    ),
    (
        "the native alias's word for SourceQualifier",
        {"FunctionVersion": "7"},
        ("FunctionVersion: unknown property; use SourceQualifier",),
    ),
    (
        "the native alias's word for DeploymentPreference",
        {"RoutingConfig": {}},
        ("RoutingConfig: unknown property; use DeploymentPreference",),
    ),
    (
        "a payload that was to be JSON",
        {"SmokeTest": {"Payload": ' {"secret": 1'}},
        ("SmokeTest.Payload: begins as JSON and is none: Expecting", "column 14", "correct it"),
    ),
    (
        "a payload that is too deep",
        {"SmokeTest": {"Payload": "[" * 100_000}},
        ("SmokeTest.Payload: begins as JSON and is none: maximum recursion depth",),
    ),
    (
        "an answer that was to be JSON",
        {"SmokeTest": {"ExpectedPayload": "[1, 2"}},
        ("SmokeTest.ExpectedPayload: begins as JSON and is none: Expecting", "correct it"),
    ),
    ("no boolean", {"AdoptExisting": "yes"}, ("AdoptExisting: found 'yes'", "true or false")),
    ("no time", {"ServiceTimeout": "1h"}, ("ServiceTimeout: found '1h'", "from 10 to 3600")),
    ("too long a time", {"ServiceTimeout": 3601}, ("ServiceTimeout: found '3601'", "10 to 3600")),
    ("too short a time", {"ServiceTimeout": 9}, ("ServiceTimeout: found '9'", "answer needs 5")),
]


def bad(rows: list[tuple[str, dict[str, Any], tuple[str, ...]]]) -> list[Any]:
    return [pytest.param(*row[1:], id=row[0]) for row in rows]


@pytest.mark.parametrize(("properties", "says"), bad(BAD))
def test_a_create_names_the_property_what_was_found_and_what_to_do(
    provider: Provider, properties: dict[str, Any], says: tuple[str, ...]
) -> None:
    answer = provider.create(**properties)
    assert answer["Status"] == "FAILED"
    assert answer["PhysicalResourceId"].endswith("#not-created")
    assert answer["Reason"].startswith(says[0])
    assert [part for part in says if part not in answer["Reason"][:200]] == []
    assert provider.aws.functions["orders"].aliases == {}


@pytest.mark.parametrize(("properties", "says"), bad(BAD))
def test_the_delete_of_such_a_create_succeeds(
    provider: Provider, properties: dict[str, Any], says: tuple[str, ...]
) -> None:
    failed = provider.create(**properties)
    assert says[0] in failed["Reason"]
    made_up = "orders-Prod-1A2B3C4D"
    for physical_id in (failed["PhysicalResourceId"], made_up):
        answer = provider.delete(physical_id, status="ROLLBACK_IN_PROGRESS", **properties)
        assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", physical_id)


@pytest.mark.parametrize(("properties", "says"), bad(BAD))
def test_an_update_fails_with_the_id_that_it_got_and_can_be_rolled_back(
    released: Provider, properties: dict[str, Any], says: tuple[str, ...]
) -> None:
    before = released.alias()
    failing = build(3, **properties)
    released.aws.deploy("orders", "code-1")
    answer = released.update(build(2), failing)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", PROD.arn)
    assert answer["Reason"].startswith(says[0])
    assert released.roll_back(failing, build(2))["Status"] == "SUCCESS"
    assert released.alias() == before


@pytest.mark.parametrize("seconds", ["1", "5"])
def test_a_time_that_leaves_none_to_look_is_named(released: Provider, seconds: str) -> None:
    before = released.alias()
    answer = released.update(build(2), build(3, ServiceTimeout=seconds))
    assert answer["Reason"].startswith(f"ServiceTimeout: found '{seconds}'; expected a number")
    assert released.alias() == before


@pytest.mark.parametrize("name", ["FunctionName", "AliasName"])
def test_a_property_that_is_missing_is_named(provider: Provider, name: str) -> None:
    properties = {"FunctionName": "orders", "AliasName": "prod"}
    del properties[name]
    answer = provider.send(provider.event("Create", properties))
    assert answer["Reason"].startswith(f"{name}: missing; expected ")
    deleted = provider.event("Delete", properties, PhysicalResourceId="orders-Prod-1A2B3C4D")
    assert provider.send(deleted)["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    "type_", ["Custom::LambdaAliasPromotions", "AWS::CloudFormation::CustomResource"]
)
def test_a_type_that_the_macro_would_pass_over_is_refused(provider: Provider, type_: str) -> None:
    event = provider.event("Create", given(build(1))) | {"ResourceType": type_}
    answer = provider.send(event)
    assert answer["Reason"].startswith(
        f"Type: found {type_}; use Custom::LambdaAliasPromotion or Custom::LambdaRelease"
    )
    assert provider.alias() is None


def test_what_was_created_with_such_a_type_is_served(released: Provider) -> None:
    event = released.update_event(build(2), build(3))
    answer = released.send(event | {"ResourceType": "Custom::LambdaAliasPromotions"})
    assert answer["Data"]["Version"] == "3"


def test_a_native_name_is_told_before_the_one_that_is_missing(provider: Provider) -> None:
    properties = given(build(1)) | {"Name": "prod"}
    del properties["AliasName"]
    answer = provider.send(provider.event("Create", properties))
    assert answer["Reason"].startswith("Name: unknown property; use AliasName")


@pytest.mark.parametrize("qualifier", ["", ":12", ":$LATEST"])
def test_a_provider_that_is_called_without_its_alias_is_refused(
    provider: Provider, qualifier: str
) -> None:
    bare = TOKEN.removesuffix(":live")
    provider.context.invoked_function_arn = bare + qualifier
    answer = provider.create(**build(1))
    assert answer["Reason"].startswith(
        f"ServiceToken: found {bare}{qualifier}, which names no alias; use {bare}:live"
    )


def test_what_was_created_without_it_is_served(released: Provider) -> None:
    released.context.invoked_function_arn = TOKEN.removesuffix(":live")
    assert released.update(build(2), build(3))["Data"]["Version"] == "3"


@pytest.mark.parametrize(
    "token",
    [
        TOKEN.replace(ACCOUNT, ELSEWHERE),
        TOKEN.replace("eu-west-1", "eu-west-2"),
    ],
    ids=["account", "Region"],
)
def test_a_stack_of_another_account_or_region_is_refused(provider: Provider, token: str) -> None:
    provider.context.invoked_function_arn = token
    answer = provider.create()
    assert answer["Reason"].startswith("ServiceToken: the stack lies in 111122223333 eu-west-1")
    assert "use a provider deployed there" in answer["Reason"][:200]


@pytest.mark.parametrize(
    "properties",
    [
        pytest.param({"FunctionName": ARN}, id="an ARN"),
        pytest.param({"FunctionName": f"{ACCOUNT}:function:orders"}, id="a partial ARN"),
        pytest.param({"FunctionName": "function:orders"}, id="a shorter partial ARN"),
        pytest.param({"ServiceTimeout": 60}, id="a number"),
        pytest.param({"ServiceTimeout": 10}, id="the shortest time"),
        pytest.param({"ServiceTimeout": 100}, id="a time of three digits"),
        pytest.param({"ServiceTimeout": 3600}, id="the longest time"),
        pytest.param({"ServiceTimeout": "60"}, id="a number as text"),
        pytest.param({"SourceQualifier": 1}, id="a version as a number"),
        pytest.param({"AdoptExisting": False}, id="a boolean"),
        pytest.param({"AdoptExisting": "False"}, id="a boolean as Python writes it"),
        pytest.param({"Description": "", "VersionDescription": ""}, id="empty texts"),
        pytest.param({"Description": 7}, id="a number for a text"),
        pytest.param({"Description": "t" * 128}, id="the longest Description"),
        pytest.param({"VersionDescription": "t" * 256}, id="the longest VersionDescription"),
        pytest.param({"AliasName": "2024-01-02"}, id="digits and more"),
        pytest.param({"Triggers": "x"}, id="a text as Triggers"),
        pytest.param({"Triggers": {"a": ["ü", {"b": None}]}}, id="any JSON as Triggers"),
        pytest.param({"Triggers": []}, id="nothing as Triggers"),
    ],
)
def test_what_is_good_is_taken(provider: Provider, properties: dict[str, Any]) -> None:
    provider.aws.publish_version("orders", "", None)
    assert provider.create(**properties)["Status"] == "SUCCESS"


def test_triggers_of_any_shape_make_a_release_when_they_change(provider: Provider) -> None:
    shapes: list[Any] = ["x", ["x"], {"x": "x"}, [["x"]], "", [], {}, {"x": ""}, {"x": ["ü"]}]
    provider.create(Triggers=shapes[0])
    for number, (old, new) in enumerate(itertools.pairwise(shapes), 2):
        provider.aws.deploy("orders", f"code-{number}")
        answer = provider.update({"Triggers": old}, {"Triggers": new})
        assert answer["Data"]["Version"] == str(number)


def test_a_property_left_out_differs_from_an_empty_one(provider: Provider) -> None:
    provider.publish("code-1")
    provider.move("1")
    provider.create(AdoptExisting="true")
    prod = provider.alias()
    assert prod
    assert prod.text == "By hand"
    provider.update({"AdoptExisting": "true"}, {"AdoptExisting": "true", "Description": ""})
    prod = provider.alias()
    assert prod
    assert prod.text == ""
