"""A release's smoke test: what the new version is asked, and what its answer must contain; pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DEFAULT_TIMEOUT = 60
"""Seconds that the new version may take to answer."""


@dataclass(frozen=True)
class SmokeTest:
    """One invocation of the new version.

    Attributes:
        payload: the JSON text to invoke it with; it may hold a secret, and is in no log.
        expected: what the answer must contain; it is shown, with the answer, where it does not.
        expects: any answer will do where this is false.
        timeout: seconds.
    """

    payload: str = field(default="{}", repr=False)
    expected: Any = field(default=None, repr=False)
    expects: bool = False
    timeout: int = DEFAULT_TIMEOUT


def as_json(value: Any) -> Any:
    """Give what a property means: a text that is JSON stands for it, anything else for itself.

    CloudFormation turns every number and boolean into text at every depth (aws-semantics A1); JSON
    in a text keeps its types.
    """
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def broken_json(properties: Mapping[str, Any]) -> str:
    """Tell what is wrong with a text that begins as JSON and is none; it shows nothing of it."""
    for name in ("Payload", "ExpectedPayload"):
        text = properties.get(name)
        if isinstance(text, str) and text.lstrip()[:1] in ("{", "["):
            try:
                json.loads(text)
            except (ValueError, RecursionError) as error:
                return f"SmokeTest.{name}: begins as JSON and is none: {error}; correct it"
    return ""


def contains(answer: Any, expected: Any) -> bool:
    """Tell whether an answer contains what is expected.

    A map must have at least the expected keys, a list the same length; a text also stands for the
    number or the boolean that CloudFormation writes so.
    """
    if isinstance(expected, dict):
        return isinstance(answer, dict) and all(
            name in answer and contains(answer[name], each) for name, each in expected.items()
        )
    if isinstance(expected, list):
        return (
            isinstance(answer, list)
            and len(answer) == len(expected)
            and all(map(contains, answer, expected))
        )
    if isinstance(expected, str) and not isinstance(answer, str):
        meant = as_json(expected)
        return isinstance(meant, bool | int | float) and contains(answer, meant)
    if _is_number(answer) and _is_number(expected):
        return bool(answer == expected)
    return type(answer) is type(expected) and bool(answer == expected)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
