"""A request's one direction, kept from its first look to its last write."""

from handler.arn import AliasId
from handler.direction import Direction
from handler.errors import Overtaken, ResourceConflict
from handler.observed import Observed
from handler.observer import Observer


class Course:
    """An event belongs to one direction.

    One that was sent forward must not be carried out, with its properties, as a rollback.

    Attributes:
        direction: the first one that could be read.
    """

    def __init__(self, observer: Observer) -> None:
        self.direction = self._last = Direction.UNKNOWN
        self._restores = False
        self._observer = observer
        self._turned = False

    def set(self, alias: AliasId, found: Observed) -> None:
        """Take what a look at the alias found.

        Raises:
            ResourceConflict: the stack has turned.
        """
        self._last, self._restores = found.direction, found.restores
        self._keep(alias, found.direction)

    def confirm(self, alias: AliasId) -> None:
        """Look at the stack again if the last look is old.

        CloudFormation may have cancelled the operation while we waited.

        Raises:
            Overtaken: the stack could not be read before, and can be now.
            ResourceConflict: the stack has turned.
        """
        if self._turned:
            raise _cancelled(alias)
        now = self._observer.look_again()
        if not now:
            return
        self._keep(alias, now)
        if self._last is Direction.UNKNOWN and now is not Direction.UNKNOWN:
            raise Overtaken("the stack can be read now")

    def go_on(self, alias: AliasId) -> None:
        """Look at the stack again, while the traffic of a release goes over.

        Raises:
            ResourceConflict: the stack has turned, or its operation is over.
        """
        if self._observer.look_again() in (Direction.BACK, Direction.OVER):
            raise _cancelled(alias)

    @property
    def goes_back(self) -> bool:
        """Tell whether the request takes back what another one did, or tried."""
        return self.direction is Direction.BACK or self._restores

    def is_forward(self) -> bool:
        """Tell whether the request and the stack are known to go forward, also now."""
        if self.goes_back or self.direction is not Direction.FORWARD:
            return False
        return self._observer.look_again() in (None, Direction.FORWARD)

    def _keep(self, alias: AliasId, now: Direction) -> None:
        if self.direction is Direction.UNKNOWN:
            self.direction = now
        if now not in (self.direction, Direction.UNKNOWN):
            self._turned = True
            raise _cancelled(alias)


def _cancelled(alias: AliasId) -> ResourceConflict:
    return ResourceConflict(
        f"AliasName: {alias} was not moved, for its stack was cancelled meanwhile; update the "
        "stack again"
    )
