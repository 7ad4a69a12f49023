"""The steps of a guide: a whole template in a yaml block, or what changes of it in a diff block.

A yaml block begins with the stack's name in a comment, each hunk of a diff with `@@ stack @@`.
"""

import re
from dataclasses import dataclass

from tests.e2e.account import ROOT

_BLOCK = re.compile(r"^```(yaml|diff)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_HUNK = re.compile(r"^@@ ([\w-]+) @@\n(.*?)(?=^@@|\Z)", re.MULTILINE | re.DOTALL)
_STACK = re.compile(r"# ([\w-]+)\n")


@dataclass(frozen=True)
class Step:
    """One deployment."""

    stack: str
    template: str


def steps(guide: str) -> list[Step]:
    """Read the deployments of a guide, in their order; the first one is what there was before."""
    templates: dict[str, str] = {}
    found = []
    for kind, block in _BLOCK.findall((ROOT / "docs" / "guides" / guide).read_text("utf-8")):
        name = ""
        if kind == "yaml":
            named = _STACK.match(block)
            assert named, block
            name = named[1]
            templates[name] = block
        for stack, hunk in _HUNK.findall(block) if kind == "diff" else []:
            name = stack
            templates[name] = _changed(templates[name], hunk)
        found.append(Step(name, templates[name]))
    return found


def _changed(template: str, hunk: str) -> str:
    lines = hunk.splitlines(keepends=True)
    old, new = ("".join(line[1:] for line in lines if line[0] in kept) for kept in (" -", " +"))
    assert template.count(old) == 1, f"{hunk}does not fit\n{template}"
    return template.replace(old, new)
