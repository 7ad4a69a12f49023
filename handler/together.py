"""The same done for many aliases at the same time."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from handler.errors import Overtaken

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 32
"""Calls under way; the account's rate decides how fast they pass."""


def together(do: Callable[[T], R], items: Sequence[T]) -> list[R]:
    """Do it for each, and wait for all, also where one of them fails.

    Raises:
        Overtaken: where that is all that went wrong; else whatever the first failure raised.
    """
    if len(items) == 1:
        return [do(items[0])]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        futures: list[Future[R]] = [pool.submit(do, item) for item in items]
    problems = [error for error in (each.exception() for each in futures) if error]
    for problem in sorted(problems, key=lambda each: isinstance(each, Overtaken)):
        raise problem
    return [each.result() for each in futures]
