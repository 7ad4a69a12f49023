"""Which versions a release would delete: the provider's own pruner, on what it would find."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from console.known import LATER
from handler import lineage
from handler.arn import AliasId
from handler.aws import Aws
from handler.course import Course
from handler.lineage import Entry
from handler.model import PromoteRequest
from handler.move import Move
from handler.observed import AliasState
from handler.observer import Observer, Origin
from handler.plan import CreateAlias, DescribeAlias, Plan, RepointAlias
from handler.pruner import Pruner
from handler.signature import DEFAULT_TIMEOUT, Signature
from handler.versions import ListedVersion
from handler.writer import Writer


@dataclass(frozen=True)
class Pruned:
    """What a release would delete.

    Attributes:
        keep: RetainVersions.
        versions: their numbers, oldest first.
        problem: why that can't be told; else empty.
    """

    keep: int
    versions: tuple[str, ...]
    problem: str = ""


class Foreseen:
    """An account as a release would leave it; what is deleted is noted.

    Args:
        aws: the account as it is.
        aliases: as they will be.
        gone: versions that are deleted by then.
        publishes: the function has one version more by then.

    Attributes:
        deleted: versions that would be deleted.
    """

    def __init__(
        self,
        aws: Aws,
        aliases: Mapping[AliasId, AliasState],
        gone: set[str],
        *,
        publishes: bool,
    ) -> None:
        self.deleted: list[str] = []
        self.remaining = aws.remaining
        self.list_provisioned_concurrency_configs = aws.list_provisioned_concurrency_configs
        self.list_event_source_mappings = aws.list_event_source_mappings
        self.has_running_executions = aws.has_running_executions
        self._aws = aws
        self._aliases = aliases
        self._gone = gone
        self._publishes = publishes

    def now(self) -> Any:
        """Give the present."""
        return self._aws.now()

    def list_versions_by_function(self, function_name: str) -> Iterator[list[ListedVersion]]:
        """List the versions that there will be."""
        for page in self._aws.list_versions_by_function(function_name):
            yield [each for each in page if each.number not in self._gone]
        if self._publishes:
            yield [ListedVersion(LATER)]

    def list_aliases(self, function_name: str) -> Mapping[str, AliasState]:
        """Give every alias as it will be."""
        changed = {
            alias.alias_name: state
            for alias, state in self._aliases.items()
            if alias.function_name == function_name
        }
        return {**self._aws.list_aliases(function_name), **changed}

    def delete_version(self, _function_name: str, number: str) -> None:
        """Note a version that would be deleted."""
        self.deleted.append(number)


class _Forward(Course):
    """The course of an operation that goes forward, for it is asked what if."""

    def is_forward(self) -> bool:
        """Say yes."""
        return True


def pruned(foreseen: Foreseen, request: PromoteRequest, plan: Plan) -> Pruned | None:
    """Say which versions a release would delete; None where it has no RetainVersions."""
    keep = request.desired.retain_versions
    if not keep:
        return None
    port, problems = cast("Aws", foreseen), list[str]()

    def log(message: str, facts: Mapping[str, Any]) -> None:
        if message == "left over":
            problems.append(str(facts["because"]))

    observer = Observer(port, Origin("", "", Signature(None, DEFAULT_TIMEOUT)), log)
    move = Move(port, Writer(port, observer, log), log, request)
    move.plan = plan
    Pruner(port, _Forward(observer), log).prune([move])
    return Pruned(keep, tuple(sorted(foreseen.deleted, key=int)), "".join(problems))


def state_after(plan: Plan, found: AliasState | None, number: str) -> AliasState | None:
    """Give an alias as a plan leaves it, but for the user's text; None where it leaves none.

    Args:
        plan: what is done.
        found: the alias before.
        number: the version that the plan takes; empty where nobody knows it yet.
    """
    match plan.alias:
        case CreateAlias(_, mark, release) | RepointAlias(_, mark, release):
            version = number or LATER
            after = mark.push(Entry(version, release)) if mark and release else mark
            return AliasState(version, lineage.render("", after))
        case DescribeAlias(_, mark) if found:
            return AliasState(found.version, lineage.render("", mark), weights=found.weights)
    return found
