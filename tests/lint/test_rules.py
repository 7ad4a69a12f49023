"""Every rule against templates that it passes and templates that it doesn't."""

import inspect
from pathlib import Path
from typing import Any

import pytest
from cfnlint.rules import Rules

from handler.schema import RELEASE_SCHEMA, SCHEMA
from lambda_alias_promotion_rules import _properties
from lambda_alias_promotion_rules._types import PROMOTION, RELEASE, TYPES
from tests.e2e.account import ATTRIBUTES
from tests.lint.linting import (
    FOLDER,
    OURS,
    TEMPLATES,
    Finding,
    as_json,
    configured,
    findings,
    marked,
    matches,
    our_rules,
)

EXAMPLES = [
    *(FOLDER.parent / "examples").glob("*/*.yaml"),
    *(FOLDER.parent / "examples").glob("*/*.json"),
    FOLDER.parent / "template.yaml",
]


def templates(kind: str) -> list[Any]:
    found = sorted(TEMPLATES.glob(f"*/{kind}/*.yaml"))
    return [pytest.param(path, id=f"{path.parts[-3]}-{path.stem}") for path in found]


@pytest.mark.parametrize("path", templates("bad"))
def test_a_bad_template_is_found_out_exactly_where_its_comments_say(path: Path) -> None:
    template = path.read_text("utf-8")
    assert {each.rule for each in marked(template)} == {path.parts[-3]}
    assert findings(template) == marked(template)


@pytest.mark.parametrize("path", templates("good"))
def test_a_good_template_passes(path: Path) -> None:
    assert findings(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", [*templates("bad"), *templates("good")])
def test_a_template_in_json_is_judged_like_the_same_in_yaml(path: Path) -> None:
    template = path.read_text("utf-8")

    def found(text: str) -> list[tuple[str, str]]:
        return sorted((each.rule, each.logical_id) for each in findings(text) if each.rule in OURS)

    assert found(as_json(template)) == found(template)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_the_project_deploys_passes(path: Path) -> None:
    assert [each for each in findings(path.read_text("utf-8")) if each.rule in OURS] == []


@pytest.mark.parametrize("rule", sorted(OURS))
def test_every_rule_has_good_and_bad_templates(rule: str) -> None:
    assert list((TEMPLATES / rule / "good").iterdir())
    assert list((TEMPLATES / rule / "bad").iterdir())


@pytest.mark.parametrize("rule", sorted(OURS))
def test_every_rule_says_what_it_is_in_a_file_of_its_own(rule: str) -> None:
    one = our_rules()[rule]
    assert one.shortdesc
    assert f"See docs/lint/{rule}.md" in one.description
    assert one.source_url.startswith("https://docs.aws.amazon.com/")
    assert "alias" in one.tags
    in_its_file = {
        each
        for _, each in inspect.getmembers(inspect.getmodule(type(one)), inspect.isclass)
        if getattr(each, "id", "") in OURS
    }
    assert in_its_file == {type(one)}


def test_the_folder_and_the_package_have_the_same_rules() -> None:
    package = Rules.create_from_module("lambda_alias_promotion_rules")
    assert set(package) == OURS
    # cfn-lint leaves 9000 and above to the rules of users.
    assert all(rule[0] in "EWI" and rule[1:3] == "95" for rule in OURS)


def test_the_rules_know_the_properties_and_attributes_that_the_provider_does() -> None:
    assert TYPES[PROMOTION].schema == SCHEMA
    assert TYPES[RELEASE].schema == RELEASE_SCHEMA
    assert (FOLDER / "schema.json").samefile(FOLDER.parent / "handler" / "schema.json")
    assert TYPES[PROMOTION].attributes == ATTRIBUTES


NESTED = {
    "type": "object",
    "required": ["ServiceToken", "SmokeTest"],
    "additionalProperties": False,
    "definitions": {"alarm": {"type": "string", "minLength": 3, "expected": "an alarm's name"}},
    "properties": {
        "ServiceToken": {"type": "string"},
        "Percent": {"type": "integer", "minimum": 1, "maximum": 99},
        "SmokeTest": {
            "type": "object",
            "required": ["Payload"],
            "additionalProperties": False,
            "properties": {
                "Payload": {},
                "Expect": {"type": "string", "pattern": "^2..$", "expected": "a status"},
            },
        },
        "Alarms": {"type": "array", "maxItems": 2, "items": {"$ref": "#/definitions/alarm"}},
    },
}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("SmokeTest: {Payload: {a: [1]}, Expect: 200}", []),
        ("SmokeTest: {Payload: !Ref Any, Expect: !Sub '${Any}'}", []),
        ("SmokeTest: !If [Is, {Payload: 1}, !Ref AWS::NoValue]", ["'SmokeTest' is a required"]),
        ("SmokeTest: !If [Is, {Payload: 1}, {Payload: 2}]", []),
        ("SmokeTest: {Payload: 1, Expect: 300}", ["SmokeTest.Expect: found '300'; expected a st"]),
        ("SmokeTest: {Expect: 200}", ["SmokeTest: 'Payload' is a required property"]),
        ("SmokeTest: {Payload: 1, Expct: 200}", ["SmokeTest.Expct: unknown property; use Expect"]),
        ("SmokeTest: text", ["SmokeTest: 'text' is not of type 'object'"]),
        ("SmokeTest: {Payload: 1}\n      Percent: '10'", []),
        (
            "SmokeTest: {Payload: 1}\n      Percent: 100",
            ["Percent: '100' is greater than the m"],
        ),
        ("SmokeTest: {Payload: 1}\n      Alarms: [errors, !Ref Any]", []),
        ("SmokeTest: {Payload: 1}\n      Alarms: !Split [',', !Ref Any]", []),
        (
            "SmokeTest: {Payload: 1}\n      Alarms: [errors, !If [Is, ab, !Ref Any]]",
            ["Alarms.1: found 'ab'; expected an alarm's name"],
        ),
        (
            "SmokeTest: {Payload: 1}\n      Alarms: [abc, def, ghi]",
            ["Alarms: expected maximum item count: 2"],
        ),
    ],
)
def test_properties_are_judged_by_whatever_the_schema_says_at_any_depth(
    monkeypatch: pytest.MonkeyPatch, properties: str, expected: list[str]
) -> None:
    keyword = f"Resources/{PROMOTION}/Properties"
    monkeypatch.setitem(_properties._SCHEMAS, keyword, NESTED)  # noqa: SLF001
    template = f"""\
Parameters: {{Any: {{Type: String}}}}
Conditions: {{Is: !Equals [!Ref Any, a]}}
Resources:
  Release:
    Type: {PROMOTION}
    Properties:
      ServiceToken: token
      {properties}
"""
    found = [each.message for each in matches(template) if each.rule.id == "E9501"]
    assert len(found) == len(expected)
    assert all(a.startswith(b) for a, b in zip(found, expected, strict=True)), found


@pytest.mark.parametrize(
    "broken",
    [
        "Properties: text",
        "Properties: {FunctionName: [orders], AliasName: {a: b}}",
        "Properties: {FunctionName: !GetAtt Broken.FunctionName, AliasName: dev}",
        "Properties: {FunctionName: '', AliasName: ''}",
        "Properties: {FunctionName: !If [Is], AliasName: !Sub [a]}",
        "Properties: {FunctionName: !GetAtt [a, b, c], AliasName: !GetAtt {a: b}}",
        "Condition: Nowhere\n    Properties: {FunctionName: !If [Nowhere, a, b], AliasName: a}",
        "Condition: [1]",
    ],
)
def test_a_template_that_makes_no_sense_breaks_no_rule(broken: str) -> None:
    template = f"Resources:\n  Broken:\n    Type: {PROMOTION}\n    {broken}\n"
    assert "E0002" not in {each.rule for each in findings(template)}


def test_loops_are_judged_by_what_they_make() -> None:
    template = f"""\
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Stages:
    - Stage
    - [dev, beta]
    - ${{Stage}}Alias:
        Type: {PROMOTION}
        Properties:
          ServiceToken: token
          FunctionName: orders
          AliasName: same
          SourceQualifier: !Ref Stage
"""
    ours = [each for each in findings(template) if each.rule in OURS]
    assert [(each.rule, each.logical_id) for each in ours] == [("E9504", "betaAlias")]


def test_the_macro_may_have_another_name(monkeypatch: pytest.MonkeyPatch) -> None:
    path = TEMPLATES / "W9503" / "good" / "sam_with_the_macro.yaml"
    template = path.read_text("utf-8").replace("LambdaAliasPromotion]", "Fingerprints]")
    assert {each.rule for each in findings(template)} == {"W9503"}
    monkeypatch.setitem(configured(), "W9503", {"macro": "Fingerprints"})
    assert findings(template) == []


def test_a_resource_is_let_off_by_its_metadata() -> None:
    path = TEMPLATES / "W9503" / "bad" / "plain.yaml"
    type_line = f"    Type: {PROMOTION}\n"
    let_off = f"{type_line}    Metadata: {{cfn-lint: {{config: {{ignore_checks: [W9503]}}}}}}\n"
    template = path.read_text("utf-8").replace(type_line, let_off, 1)
    assert [each.logical_id for each in findings(template)] == ["Spelled", "InOneStage"]


def test_a_mark_in_a_comment_is_read_with_its_line_and_resource() -> None:
    template = "Resources:\n  A:\n    Type: T # E9501 E9502\nOutputs:\n  B:\n    Value: 1 # E9502\n"
    assert marked(template) == [
        Finding("E9501", 3, "A"), Finding("E9502", 3, "A"), Finding("E9502", 6, "")
    ]  # fmt: skip
