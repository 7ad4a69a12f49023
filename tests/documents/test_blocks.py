"""Every block of code in the documents is run, linted or checked."""

import json
import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from local.settings import Settings
from tests.documents.commands import commands, problem
from tests.documents.pages import ROOT, Block, blocks, documents
from tests.documents.templates import as_template, decoded
from tests.lint.linting import OURS, findings

LANGUAGES = {"yaml", "json", "sh", "toml", "python", "text", "mermaid", "diff", ""}
"""Linted, the same, checked, read, compiled; the others can't be, a guide's `diff` is applied."""

SETTINGS = {"append_rules", "repos"}
"""Blocks that are no templates: cfn-lint's and pre-commit's, which tests/lint types in."""

BAD = "docs/lint/"
"""Pages that show bad templates, too: tests/lint lints each as what it shows."""


def rules(template: dict[str, Any]) -> set[str]:
    """Give the rules that find something."""
    return {each.rule for each in findings(json.dumps(template))}


def of(*languages: str) -> list[object]:
    return [pytest.param(block, id=str(block)) for block in blocks(*languages)]


def test_every_language_in_the_documents_is_known() -> None:
    assert {block.language for block in blocks(*LANGUAGES)} >= {"yaml", "sh", "python", "toml"}
    fences = [
        each
        for path in documents()
        for each in re.findall(r"^ *```(\w+)", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert set(fences) <= LANGUAGES


@pytest.mark.parametrize("block", of("yaml", "json"))
def test_every_template_in_the_documents_is_linted(block: Block) -> None:
    found = decoded(block.text)
    template = as_template(found)
    if template is None:
        assert SETTINGS & set(found), "neither a template nor a part of one"
    elif not block.page.startswith(BAD):
        assert {
            each for each in rules(template) if each in OURS or not each.startswith("I")
        } == set()


@pytest.mark.parametrize("block", of("sh"))
def test_every_command_in_the_documents_is_one(block: Block) -> None:
    problems = [problem(command) for command in commands(block.text)]
    assert [each for each in problems if each] == []


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_is_set_off_in_the_documents_is_one(path: Path) -> None:
    lines = re.findall(
        r"^    ((?:make|sam|aws|cfn-lint|\.venv/bin/python) .*?)(?:  +#.*)?$",
        path.read_text("utf-8"),
        re.MULTILINE,
    )
    problems = [problem(command) for line in lines for command in commands(line)]
    assert [each for each in problems if each] == []


@pytest.mark.parametrize("block", of("toml"))
def test_every_file_of_settings_can_be_read(block: Block) -> None:
    assert tomllib.loads(block.text)


@pytest.mark.parametrize("block", of("python"))
def test_every_program_can_be_compiled(block: Block) -> None:
    compile(block.text, str(block), "exec")


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_page_and_a_heading(path: Path) -> None:
    text = re.sub(r"^( *)```.*?^\1```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\((?!https:)([^)]+)\)", text):
        page, _, anchor = link.partition("#")
        target = (path.parent / page) if page else path
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.MULTILINE)
            assert anchor in {anchor_of(each) for each in headings}, link


def anchor_of(heading: str) -> str:
    """Give the anchor that GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_question_that_the_engine_can_answer_either_way_is_on_the_page() -> None:
    page = (ROOT / "docs" / "not-verified.md").read_text("utf-8")
    questions = {each.name for each in fields(Settings) if isinstance(each.default, bool)}
    assert questions == {name for name in questions if f"`{name}`" in page}


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("sam deploy --stack-nam orders", "No such option"),
        ("sam deplo", "No such command"),
        ("aws lambda get-alia --name a", "no operation get-alia"),
        ("aws lambda get-alias --name a", "aws:"),
        ("aws lambda get-alias --function-name a --name a --nme a", "aws:"),
        ("aws cloudformation wait stack-delete --stack-name a", "no waiter stack-delete"),
        ("make promot", "no target promot"),
        (".venv/bin/python -m handlers", "python:"),
        ("cfn-lint --append-rulez a", "cfn-lint:"),
        ("echo $(make promot)", "no target promot"),
        ("echo a | sam deplo", "No such command"),
        ("promote prod", "nothing here knows this program"),
    ],
)
def test_a_command_that_is_none_is_found(line: str, wrong: str) -> None:
    problems = " ".join(problem(command) for command in commands(line))
    assert wrong in problems
