"""What one promotion tells the log, in JSON: six lines for a usual one, none with a secret."""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from aws_lambda_powertools import Logger

_WARNINGS = frozenset({"overtaken", "left over"})

Log = Callable[[str, Mapping[str, Any]], None]
"""Takes what happened and its facts."""


def writer(logger: Logger) -> Log:
    """Write facts as JSON: dataclasses as maps, each part of a Plan with its name."""

    def write(what: str, facts: Mapping[str, Any]) -> None:
        level = logger.warning if what in _WARNINGS else logger.info
        level(what, **{name: _plain(value) for name, value in facts.items()})

    return write


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    # What is not shown may be a secret.
    parts = {each.name: getattr(value, each.name) for each in fields(value) if each.repr}
    return {type(value).__name__: {name: _plain(part) for name, part in parts.items()}}
