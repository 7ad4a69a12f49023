"""cfn-lint with our rules, loaded once and run in this process."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cfnlint.config import ConfigMixIn
from cfnlint.decode import decode_str
from cfnlint.rules import Rules
from cfnlint.runner import run_template_by_data

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "lambda_alias_promotion_rules"
TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True, order=True)
class Finding:
    """What cfn-lint found: the line counts from 1, the logical id is empty outside of Resources."""

    rule: str
    line: int
    logical_id: str


@cache
def our_rules() -> Any:
    return Rules.create_from_directory(str(FOLDER))


OURS = frozenset(our_rules())


@cache
def _loaded() -> tuple[Any, Any]:
    config = ConfigMixIn(include_checks=["I"], append_rules=[str(FOLDER)])
    rules = Rules()
    for directory in config.append_rules:
        rules.update(Rules.create_from_directory(directory))
    return config, rules


def configured() -> Any:
    """Give what `--configure-rule` says, to be changed."""
    return _loaded()[0].configure_rules


def findings(template: str) -> list[Finding]:
    """Lint a template, YAML or JSON, with cfn-lint's rules and ours, informational ones, too."""
    return sorted(
        Finding(match.rule.id, match.linenumber, _logical_id(match)) for match in matches(template)
    )


def matches(template: str) -> list[Any]:
    """Give cfn-lint's own matches."""
    decoded, errors = decode_str(template)
    return [*errors, *run_template_by_data(decoded, *_loaded())]


def as_json(template: str) -> str:
    """Write a template in JSON, with the long form of every function."""
    decoded, _ = decode_str(template)
    return json.dumps(decoded, indent=2)


def marked(template: str) -> list[Finding]:
    """Give what a template says in its comments that cfn-lint finds: `# E9501` ends a line."""
    logical_id, found, resources = "", [], False
    for number, line in enumerate(template.splitlines(), 1):
        code, _, marks = line.partition(" # ")
        if not code.startswith(" "):
            resources = code == "Resources:"
        elif code[2:3].strip():
            logical_id = code.strip(" :")
        owner = logical_id if resources else ""
        found += [Finding(mark, number, owner) for mark in marks.split() if mark in OURS]
    return sorted(found)


def _logical_id(match: Any) -> str:
    section, *below = getattr(match, "path", [""])
    return str(below[0]) if section == "Resources" else ""
