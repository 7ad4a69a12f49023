"""What the groups of operations have in common."""

from collections.abc import Callable, Iterable
from typing import Any

from local.functions.errors import invalid
from local.functions.names import Place, locate, locate_function
from local.functions.state import Function, Input, Output, Region, World

_PAGE = 50


class Operations:
    """A group of operations: each method is named as an operation of the API.

    Args:
        world: what they share.
    """

    def __init__(self, world: World) -> None:
        self._world = world

    def find(self, name: str) -> Callable[[Region, Input], Output] | None:
        """Give an operation by its name in Python."""
        found: Callable[[Region, Input], Output] | None = getattr(self, name, None)
        return None if name.startswith("_") else found

    @staticmethod
    def _place(region: Region, given: Input) -> Place:
        return locate(region.name, region.account, given)

    @staticmethod
    def _function(region: Region, given: Input) -> Function:
        """Find the function of an operation that takes no qualifier."""
        return region.function(locate_function(region.name, region.account, given))


def page(key: str, items: Iterable[Any], given: Input) -> Output:
    """Cut a list into pages of at most 50, whatever MaxItems says (B2).

    Raises:
        LambdaError: the Marker is not one of ours.
    """
    everything, marker = list(items), given.get("Marker") or "0"
    if not marker.isdecimal():
        raise invalid("Invalid Marker")
    start = int(marker)
    end = start + min(given.get("MaxItems", _PAGE), _PAGE)
    answer: Output = {key: everything[start:end]}
    if end < len(everything):
        answer["NextMarker"] = str(end)
    return answer
