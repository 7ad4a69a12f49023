"""Carries out a Delete, and whatever else gives an alias up."""

from dataclasses import replace

from handler.arn import AliasId
from handler.aws import Aws
from handler.errors import NotFound, PromotionError
from handler.log import Log
from handler.model import RemoveRequest
from handler.observed import AliasState, Observed
from handler.observer import Observer
from handler.plan import DescribeAlias, Plan, RepointAlias
from handler.planner import plan_removal
from handler.resolver import Resolver
from handler.writer import Writer


class Remover:
    """Gives aliases up."""

    def __init__(self, aws: Aws, observer: Observer, writer: Writer, log: Log) -> None:
        self._aws = aws
        self._observer = observer
        self._writer = writer
        self._log = log

    def remove(
        self, alias: AliasId, request: RemoveRequest, looked: list[Observed], *, late: bool = False
    ) -> None:
        """Look at an alias and give it up.

        Args:
            alias: the alias.
            request: what gives it up.
            looked: what was found just now; taken, so that a second try looks itself.
            late: it is undone what this very request wrote, however late it is; a Delete that was
                held up must not meet the alias that the next operation has made.

        Raises:
            Overtaken: somebody else changed it meanwhile.
            PromotionError: why it could not be done; the alias is as it was.
        """
        found = looked.pop() if looked else self._observer.observe([(alias, request)])[0]
        stale = not late and (found.stale or self._observer.has_become_late())
        plan = self._planned(plan_removal(request, replace(found, stale=stale)))
        if isinstance(plan.alias, RepointAlias):
            after = self._give_back(alias, plan, plan.alias, found)
        elif isinstance(plan.alias, DescribeAlias) and plan.alias.lineage:
            after = self._fence(alias, plan, found)
        else:
            after = self._writer.write(alias, plan, found.alias, None)
        if request.provisioned and found.alias:
            kept = {after.version} if after else set()
            self.take_capacity(alias, {found.alias.version} - kept)

    def take_capacity(self, alias: AliasId, versions: set[str], unwanted: str = "") -> None:
        """Take provisioned concurrency from versions that nothing serves any more.

        What could not be taken costs money, but no traffic: it is told in the log.

        Args:
            alias: the alias.
            versions: what may have it.
            unwanted: the version that the alias itself serves, and shall serve without it.
        """
        numbers = {each for each in versions if each.isdigit()}
        try:
            served = self._aws.served_versions(alias.function_name) if numbers else {}
            own = served.pop(alias.alias_name, frozenset()) - {unwanted}
            for number in numbers - own.union(*served.values()):
                self._aws.delete_provisioned_concurrency(alias.function_name, number)
        except PromotionError as error:
            what = f"provisioned concurrency of {alias.function_name}"
            self._log("left over", {"what": what, "because": str(error)})

    def warm(self, alias: AliasId, number: str, executions: int) -> None:
        """Give a version provisioned concurrency, if that can be done; it is ready later."""
        name = alias.function_name
        try:
            found = self._aws.get_provisioned_concurrency(name, number)
            if not found or found.requested != executions:
                self._aws.put_provisioned_concurrency(name, number, executions)
        except PromotionError as error:
            what = f"provisioned concurrency of {name}:{number}"
            self._log("left over", {"what": what, "because": str(error)})

    def _give_back(
        self, alias: AliasId, plan: Plan, slot: RepointAlias, found: Observed
    ) -> AliasState | None:
        resolver = Resolver(self._aws)
        try:
            version = resolver.resolve(alias, plan.version)
            return self._writer.write(alias, plan, found.alias, version)
        except NotFound:
            kept = DescribeAlias(slot.text, slot.lineage)
            plan = self._planned(Plan(kept, "the version before is gone: the alias keeps its own"))
            return self._writer.write(alias, plan, found.alias, None)

    def _fence(self, alias: AliasId, plan: Plan, found: Observed) -> AliasState | None:
        """Write what stays; where that can't be done a Delete must not fail for it."""
        try:
            return self._writer.write(alias, plan, found.alias, None)
        except PromotionError as error:
            self._log("left over", {"what": str(alias), "because": str(error)})
            return found.alias

    def _planned(self, plan: Plan) -> Plan:
        self._log("planned", {"plan": plan})
        return plan
