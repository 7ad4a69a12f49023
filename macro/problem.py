"""The one way in which the macro says no: which resource it does not understand, and why."""

from collections.abc import Iterator
from contextlib import contextmanager


class NotUnderstood(Exception):
    """The template can't be understood; the text ends up in the stack's event or change set.

    Never carries the value of a parameter: it may be a secret.

    Attributes:
        cause: what can't be understood.
        logical_id: the resource that it stands in; empty for the template as a whole.
    """

    def __init__(self, cause: str, logical_id: str = "") -> None:
        super().__init__(f"{logical_id}: {cause}" if logical_id else cause)
        self.cause = cause
        self.logical_id = logical_id


@contextmanager
def about(logical_id: str) -> Iterator[None]:
    """Name the resource in whatever goes wrong inside; the innermost one counts."""
    try:
        yield
    except NotUnderstood as problem:
        if problem.logical_id:
            raise
        raise NotUnderstood(problem.cause, logical_id) from None
    except RecursionError:
        raise NotUnderstood("it refers to itself, by others or directly", logical_id) from None
