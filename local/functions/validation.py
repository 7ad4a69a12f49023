"""The checks that botocore's model of Lambda describes, in the words of the service.

A client checks only a part of them: lengths and types, no pattern, no enum, no value in a map.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from local.functions.errors import LambdaError

_NUMBERS = {"integer", "long", "float", "double"}
_CHECKED = {*_NUMBERS, "string", "list", "map"}


def check(shape: StructureShape, given: Mapping[str, Any]) -> None:
    """Check the input of an operation.

    Raises:
        LambdaError: ValidationException, 400, naming every member that is wrong.
    """
    problems = list(_structure(shape, given, ""))
    if problems:
        plural = "s" if len(problems) > 1 else ""
        raise LambdaError(
            "ValidationException",
            f"{len(problems)} validation error{plural} detected: {'; '.join(problems)}",
        )


def _structure(shape: StructureShape, given: Mapping[str, Any], path: str) -> Iterator[str]:
    for name, member in shape.members.items():
        place = f"{path}{name[0].lower()}{name[1:]}"
        value = given.get(name)
        if value is not None:
            yield from _problems(member, value, place)
        elif name in shape.required_members:
            yield _problem(None, place, "Member must not be null")


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        yield from _structure(shape, value, f"{path}.")
        return
    for text, holds in _constraints(shape):
        if not holds(value):
            yield _problem(value, path, text)
    if isinstance(shape, MapShape):
        yield from _elements(shape.key, value, list(value), path, "Map keys")
        yield from _elements(shape.value, value, list(value.values()), path, "Map value")
    elif isinstance(shape, ListShape) and isinstance(shape.member, StructureShape):
        for number, one in enumerate(value, start=1):
            yield from _structure(shape.member, one, f"{path}.{number}.member.")
    elif isinstance(shape, ListShape):
        yield from _elements(shape.member, value, value, path, "Member")


def _elements(shape: Shape, whole: Any, each: list[Any], path: str, what: str) -> Iterator[str]:
    constraints = list(_constraints(shape))
    if all(holds(one) for one in each for _, holds in constraints):
        return
    texts = [text for text, _ in constraints]
    if shape.type_name in _NUMBERS or "enum" in shape.metadata:
        texts.append("Member must not be null")
    yield _problem(whole, path, f"{what} must satisfy constraint: [{', '.join(texts)}]")


def _constraints(shape: Shape) -> Iterator[tuple[str, Callable[[Any], bool]]]:
    limits = shape.metadata
    # The service has a text of its own for a runtime that it does not know.
    if shape.type_name not in _CHECKED or shape.name == "Runtime":
        return
    what, size = ("value", float) if shape.type_name in _NUMBERS else ("length", len)
    if "max" in limits:
        yield (
            f"Member must have {what} less than or equal to {limits['max']}",
            lambda value: size(value) <= limits["max"],
        )
    if "min" in limits:
        yield (
            f"Member must have {what} greater than or equal to {limits['min']}",
            lambda value: size(value) >= limits["min"],
        )
    if "pattern" in limits:
        pattern = limits["pattern"]
        yield (
            f"Member must satisfy regular expression pattern: {pattern}",
            lambda value: bool(_compiled(pattern).fullmatch(value)),
        )
    if "enum" in limits:
        values = limits["enum"]
        yield (
            f"Member must satisfy enum value set: [{', '.join(values)}]",
            lambda value: value in values,
        )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # Java's classes of letters, separators and numbers; only tags use them.
    return re.compile(pattern.replace(r"\p{L}\p{Z}\p{N}", r"\w\s"))


def _problem(value: Any, path: str, constraint: str) -> str:
    if isinstance(value, Mapping):
        text = f"'{{{', '.join(f'{key}={one}' for key, one in value.items())}}}'"
    elif isinstance(value, list):
        text = f"'[{', '.join(map(str, value))}]'"
    else:
        text = "null" if value is None else f"'{value}'"
    return f"Value {text} at '{path}' failed to satisfy constraint: {constraint}"
