"""The documents' commands on CloudWatch Logs, run as the AWS CLI would, through boto3."""

import re
import shlex
from pathlib import Path

import jmespath  # type: ignore[import-untyped]  # no types to offer
from botocore import xform_name

from local.engine import Engine
from tests.documents.aws import parse

COMMANDS = sorted({
    command
    for page in (Path(__file__).parents[2] / "docs").rglob("*.md")
    for command in re.findall(r"^ *aws (logs .*)$", page.read_text("utf-8"), re.MULTILINE)
})  # fmt: skip


def phrase_of(command: str) -> str:
    """Give the phrase that a command looks for."""
    return str(parse(shlex.split(command))[2].filterPattern).strip('"')


def lines_of(engine: Engine, command: str) -> list[str]:
    """Run a command, and give the lines that it finds."""
    _, operation, given = parse(shlex.split(command))
    assert operation.input_shape
    members = {name: getattr(given, name) for name in operation.input_shape.members}
    call = getattr(engine.client("logs"), xform_name(operation.name))
    answer = call(**{name: value for name, value in members.items() if value is not None})
    found = jmespath.search(given.query or "events[].message", answer)
    return [each if isinstance(each, str) else "\t".join(each) for each in found]
