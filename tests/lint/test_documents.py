"""The pages of the rules, and the templates in every document."""

import re
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import decode_str

from lambda_alias_promotion_rules._types import TYPES
from tests.lint.linting import OURS, ROOT, findings, our_rules

PAGES = ROOT / "docs" / "lint"
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
BLOCK = re.compile(r"^```(?:ya?ml|json)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(text: str) -> list[str]:
    """Give the blocks with promotions, as templates; a block may have resources alone."""
    found = []
    for block in BLOCK.findall(text):
        decoded, _ = decode_str(block)
        if not isinstance(decoded, dict) or not any(name in block for name in TYPES):
            continue
        indented = "".join(f"  {line}" for line in block.splitlines(keepends=True))
        found.append(block if "Resources" in decoded else f"Resources:\n{indented}")
    return found


def ours(template: str) -> set[str]:
    return {each.rule for each in findings(template)} & OURS


def everything() -> list[Any]:
    return [
        pytest.param(block, id=f"{path.relative_to(ROOT)}-{index}")
        for path in DOCUMENTS
        for index, block in enumerate(blocks(path.read_text("utf-8").split("\n## Bad")[0]))
    ]


@pytest.mark.parametrize("template", everything())
def test_every_template_in_a_document_passes(template: str) -> None:
    assert ours(template) == set()


@pytest.mark.parametrize("rule", sorted(OURS))
def test_the_page_of_a_rule_shows_what_is_bad_and_what_is_good(rule: str) -> None:
    page = (PAGES / f"{rule}.md").read_text("utf-8")
    assert page.startswith(f"# {rule}: ")
    assert re.findall(r"^## (.*)", page, re.MULTILINE) == ["Why", "Bad", "Good"]
    bad, good = page.split("\n## Bad")[1].split("\n## Good")
    assert [ours(template) for template in blocks(bad)] == [{rule}]
    assert blocks(good)
    assert [findings(template) for template in blocks(good)] == [[]] * len(blocks(good))


def test_the_list_of_rules_has_every_rule_with_its_page() -> None:
    page = (PAGES / "README.md").read_text("utf-8")
    listed = re.findall(r"^\| \[`(\w+)`\]\((\w+)\.md\)", page, re.MULTILINE)
    assert listed == [(rule, rule) for rule in sorted(our_rules(), key=lambda rule: rule[1:])]
    assert {path.stem for path in PAGES.iterdir()} == {"README", *OURS}


def test_every_link_on_these_pages_leads_somewhere() -> None:
    for path in PAGES.glob("*.md"):
        for link in re.findall(r"\]\((?!https:)([^)#]+)", path.read_text("utf-8")):
            assert Path(path.parent, link).exists(), f"{path.name}: {link}"
