"""The documents' commands on CloudWatch Logs, run as the AWS CLI would, through boto3."""

import re
import shlex
from pathlib import Path

import jmespath  # type: ignore[import-untyped]  # no types to offer
from botocore import xform_name

from local.engine import Engine
from tests.documents.aws import parse

COMMANDS = {
    phrase: command
    for page in (Path(__file__).parents[2] / "docs").rglob("*.md")
    for command, phrase in re.findall(
        r"""^aws (logs .*--filter-pattern '"(.*?)"'.*)$""", page.read_text("utf-8"), re.MULTILINE
    )
}
"""By the phrase that they look for."""


def messages(engine: Engine, phrase: str) -> list[str]:
    """Run the command that looks for a phrase, and give the lines that it finds."""
    _, operation, given = parse(shlex.split(COMMANDS[phrase]))
    assert operation.input_shape
    members = {name: getattr(given, name) for name in operation.input_shape.members}
    call = getattr(engine.client("logs"), xform_name(operation.name))
    answer = call(**{name: value for name, value in members.items() if value is not None})
    return "".join(jmespath.search(given.query or "events[].message", answer)).splitlines()
