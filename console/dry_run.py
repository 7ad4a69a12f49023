"""The provider's planner on what is found now; nothing is written, nothing is waited for."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from console.pruning import Foreseen, pruned, state_after
from console.words import Outcome
from handler.arn import AliasId, Scope
from handler.direction import Direction
from handler.gateway import Gateway
from handler.model import (
    PromoteRequest,
    Promotions,
    RemoveRequest,
    is_lambda_release,
    parse_promotion,
    parse_removal,
)
from handler.observed import AliasState, Observed
from handler.plan import KeepAlias, Plan, PromoteFrom, PublishVersion, RestoreVersion, UseVersion
from handler.planner import plan_promotion, plan_removal
from handler.release import parse_release, parse_release_removal
from handler.resolver import Resolver
from handler.shift import check_alike, fitted


def read_request(event: Mapping[str, Any], scope: Scope) -> Promotions:
    """Read a Create or an Update, as the provider does.

    Raises:
        PromotionError: what the provider would answer.
    """
    parse = parse_release if is_lambda_release(event) else parse_promotion
    return parse(event, scope)


def read_removals(event: Mapping[str, Any], scope: Scope) -> list[RemoveRequest]:
    """Read a Delete, as the provider does.

    Raises:
        PromotionError: what the provider would answer.
    """
    if is_lambda_release(event):
        return parse_release_removal(event, scope)
    return parse_removal(event, scope)


class DryRun:
    """Plans one request after another, each on what the ones before would leave behind.

    Args:
        gateway: reads.
        direction: which way the stack's operation goes.

    Attributes:
        serves: what aliases serve by then, where a request before moves them; None where nobody
            knows the number yet.
    """

    def __init__(self, gateway: Gateway, direction: Direction = Direction.FORWARD) -> None:
        self.serves = dict[AliasId, str | None]()
        self._aliases = dict[AliasId, AliasState]()
        self._gone = dict[str, set[str]]()
        self._published = set[str]()
        self._gateway = gateway
        self._direction = direction

    def promote(
        self,
        request: PromoteRequest,
        time_left: float,
        *,
        exists: bool = True,
        later: str = "",
        release_known: bool = True,
    ) -> Outcome:
        """Plan a Create or an Update of one alias.

        Args:
            request: what is asked.
            time_left: seconds that CloudFormation waits.
            exists: the function is there already; else nothing is asked about it.
            later: what gives the version that the request names; empty where it is known.
            release_known: what chooses the version is known.

        Raises:
            PromotionError: what the provider would answer.
        """
        alias = request.desired.alias
        state = self._gateway.get_alias(alias) if exists else None
        found = Observed(state, self._direction, time_left=time_left)
        plan = plan_promotion(request, found)
        outcome = Outcome(alias, state, plan, later=later, release_known=release_known)
        outcome = self._resolved(outcome)
        if not isinstance(outcome.plan.alias, KeepAlias):
            self.serves[alias] = outcome.serves_then
        if after := state_after(outcome.plan, state, outcome.number):
            self._aliases[alias] = after
        return self._pruned(request, outcome) if exists else outcome

    def _pruned(self, request: PromoteRequest, outcome: Outcome) -> Outcome:
        name = outcome.alias.function_name
        if isinstance(outcome.plan.version, PublishVersion):
            self._published.add(name)
        gone = self._gone.setdefault(name, set())
        publishes = name in self._published
        foreseen = Foreseen(self._gateway, self._aliases, gone, publishes=publishes)
        found = pruned(foreseen, request, outcome.plan)
        gone.update(found.versions if found else ())
        return replace(outcome, pruned=found)

    def remove(self, request: RemoveRequest) -> Outcome:
        """Plan a Delete.

        Raises:
            PromotionError: what the provider would answer.
        """
        state = self._gateway.get_alias(request.alias)
        plan = plan_removal(request, Observed(state, self._direction))
        number = plan.version.version if isinstance(plan.version, RestoreVersion) else ""
        return Outcome(request.alias, state, plan, number)

    def _resolved(self, outcome: Outcome) -> Outcome:
        source, alias = outcome.plan.version, outcome.alias
        unknown = outcome.later and isinstance(source, UseVersion)
        if source is None or unknown or isinstance(source, PublishVersion):
            return outcome
        if isinstance(source, PromoteFrom):
            named = replace(alias, alias_name=source.alias_name)
            if named in self.serves:
                return self._fitted(replace(outcome, number=self.serves[named] or ""))
        version = Resolver(self._gateway).resolve(alias, source)
        fit = self._fitted(replace(outcome, number=version.number if version else ""))
        if fit.plan.shift and fit.found and version:
            name = alias.function_name
            old = self._gateway.get_version(name, fit.found.version)
            check_alike(name, old, version)
        return fit

    @staticmethod
    def _fitted(outcome: Outcome) -> Outcome:
        if not (outcome.plan.shift and outcome.found and outcome.number):
            return outcome
        plan: Plan = fitted(outcome.plan, outcome.found, outcome.number)
        return replace(outcome, plan=plan)


def owned_version(state: AliasState | None) -> str:
    """Give the version that an alias's last release answered with, as CloudFormation knows it."""
    if not state:
        return ""
    return state.lineage.head.version if state.lineage else state.version
