"""Deletes versions that nothing needs any more, once a release has been carried out.

A release that was carried out must not fail because of them: whatever goes wrong ends the pruning
and is told in the log, and the next release goes on with it.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from handler.aws import Aws
from handler.course import Course
from handler.errors import InvalidRequest, PromotionError, ResourceConflict, ServiceTimeout
from handler.log import Log
from handler.move import Move
from handler.retention import held_by_aliases, superfluous
from handler.together import together
from handler.versions import PROPERTY, ListedVersion

T = TypeVar("T")
R = TypeVar("R")

AT_MOST = 100
"""Versions that are deleted for one request, of all its functions together: some 7 seconds."""

AT_LEAST = 2
"""Versions of each function that may go even so: with one for one they would never become fewer."""

_RESERVE = 45.0
"""Seconds of the request's time that are left to the answer: more than a look at the stack takes,
with all of its tries."""

_SHOWN = 5
"""Functions, and versions of one, that the answer names."""


class Candidates:
    """The versions of one function, as far as they were looked at.

    Attributes:
        alias: what was released.
        keep: how many of the newest versions stay.
        limit: how many may go now.
        held: why versions stay, by number.
        doomed: those that shall go.
        deleted: those that went.
    """

    def __init__(self, move: Move, limit: int, pages: Iterator[list[ListedVersion]]) -> None:
        self.alias = move.alias
        self.keep = move.request.desired.retain_versions
        self.limit = limit
        self.held: dict[str, str] = {}
        self.doomed: list[ListedVersion] = []
        self.deleted: list[str] = []
        self._pages = pages
        self._seen: dict[str, ListedVersion] = {}

    @property
    def name(self) -> str:
        """The function's name."""
        return self.alias.function_name

    def arn_of(self, number: str) -> str:
        """Give the ARN of a version."""
        return f"{self.alias.function_arn}:{number}"

    def has_more_than(self, many: int) -> bool:
        """Read pages until there are more versions, or no more pages."""
        while len(self._seen) <= many and (page := next(self._pages, None)) is not None:
            self._seen.update({each.number: each for each in page})
        return len(self._seen) > many

    def choose(self) -> None:
        """Choose what goes, having read no more than that takes."""
        self.has_more_than(self.keep + len(self.held) + self.limit)
        found = superfluous(self._seen, self.held, self.keep)
        self.held = dict(found.kept)
        self.doomed = [self._seen[number] for number in found.superfluous[: self.limit]]


class Pruner:
    """Prunes the functions of one request."""

    def __init__(self, aws: Aws, course: Course, log: Log) -> None:
        self._aws = aws
        self._course = course
        self._log = log
        self._because = ""
        self._sources: frozenset[str] | None = None

    def prune(self, moves: Sequence[Move]) -> str:
        """Delete old versions of the functions that a release went forward with; tell which."""
        due = [each for each in moves if each.request.desired.retain_versions and each.promoted]
        found: list[Candidates] = []
        if not due:
            return ""
        try:
            self._prune(due, found)
        except Exception as error:  # noqa: BLE001 - nothing may fail a release that was carried out
            self._because = f"{type(error).__name__}: {error}"
        for each in found:
            self._tell(each)
        if self._because:
            self._log("left over", {"what": "old versions", "because": self._because})
        return _told([each for each in found if each.deleted])

    def _prune(self, due: Sequence[Move], found: list[Candidates]) -> None:
        limit = max(AT_LEAST, AT_MOST // len(due))
        looked = self._each(lambda move: self._look(move, limit), due)
        found += [each for each in looked if each]
        if not found:
            return
        [self._sources] = self._each(lambda _: self._aws.list_event_source_mappings(), [None])
        self._each(self._choose, found)
        self._each(
            lambda pair: self._delete(*pair),
            [(each, version) for each in found for version in each.doomed],
        )

    def _each(self, do: Callable[[T], R], items: Sequence[T]) -> list[R | None]:
        """Do it for each, until something goes wrong."""

        def attempt(item: T) -> R | None:
            if self._because:
                return None
            try:
                self._check()
                return do(item)
            except PromotionError as error:
                self._because = self._because or str(error)
                return None

        return together(attempt, items)

    def _check(self) -> None:
        if self._aws.remaining < _RESERVE:
            raise ServiceTimeout(f"{PROPERTY}: too little time is left")
        if not self._course.is_forward():
            raise ResourceConflict(f"{PROPERTY}: the stack does not go forward any more")

    def _look(self, move: Move, limit: int) -> Candidates | None:
        name = move.alias.function_name
        found = Candidates(move, limit, self._aws.list_versions_by_function(name))
        return found if found.has_more_than(found.keep) else None

    def _choose(self, found: Candidates) -> None:
        provisioned = self._aws.list_provisioned_concurrency_configs(found.name)
        mapped = (each.rpartition(":") for each in self._sources or ())
        # The aliases come last: they move, and their reasons say most.
        found.held = {
            **dict.fromkeys(provisioned, "it has provisioned concurrency"),
            **{
                number: "an event source invokes it"
                for arn, _, number in mapped
                if arn == found.alias.function_arn
            },
            **held_by_aliases(self._aws.list_aliases(found.name), found.keep),
        }
        found.choose()

    def _delete(self, found: Candidates, version: ListedVersion) -> None:
        number = version.number
        if reason := self._needed(found, version):
            found.held[number] = reason
            return
        try:
            self._aws.delete_version(found.name, number)
        except (ResourceConflict, InvalidRequest) as refusal:
            # An alias was pointed to it meanwhile, or it is replicated: AWS is the last guard.
            found.held[number] = str(refusal.args[0])
        else:
            found.deleted.append(number)

    def _needed(self, found: Candidates, version: ListedVersion) -> str:
        number = version.number
        if version.durable and self._aws.has_running_executions(found.name, number):
            return "a durable execution runs on it"
        if self._sources is None and self._is_mapped(found.arn_of(number)):
            return "an event source invokes it"
        return ""

    def _is_mapped(self, arn: str) -> bool:
        return self._aws.list_event_source_mappings(arn) != frozenset()

    def _tell(self, found: Candidates) -> None:
        found.deleted.sort(key=int)
        facts = {"function": found.name, "deleted": found.deleted, "kept": found.held}
        self._log("pruned", facts)


def _told(found: Sequence[Candidates]) -> str:
    if not found:
        return ""
    if len(found) > _SHOWN:
        many = sum(len(each.deleted) for each in found)
        return f"{PROPERTY}: {many} versions of {len(found)} functions were deleted, see the log"
    return f"{PROPERTY}: deleted " + ", ".join(map(_named, found))


def _named(found: Candidates) -> str:
    numbers = found.deleted
    if len(numbers) > _SHOWN:
        return f"{len(numbers)} versions of {found.name}, from {numbers[0]} to {numbers[-1]}"
    return f"{found.name}:{', '.join(numbers)}"
