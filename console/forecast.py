"""What a deploy of a template would do to its promotions, one after another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any

from console.deployed import Deployed
from console.dry_run import DryRun, owned_version, read_removals, read_request
from console.known import Known, Resolved, attributes, stand_in
from console.problem import Problem, in_words
from console.templates import Wanted
from console.words import Line, Outcome, told
from handler import lineage
from handler.arn import AliasId, Scope
from handler.errors import PromotionError
from handler.gateway import Gateway
from handler.model import LATEST
from macro.promotions import KINDS
from macro.template import Template

_PATIENCE = 3600.0
"""ServiceTimeout where the template sets none, in seconds."""

_FINGERPRINT = "the macro's fingerprint"
_NOT_MADE = "not-made-yet"


@dataclass(frozen=True)
class Forecast:
    """What a deploy would do to one promotion.

    Attributes:
        logical_id: its name in the template.
        subject: the alias, or the aliases.
        lines: what would be done.
        fails: it would fail.
    """

    logical_id: str
    subject: str
    lines: list[Line] = field(default_factory=list)
    fails: bool = False


class Forecaster:
    """Goes through the promotions of a template in the order of a deploy.

    Args:
        gateway: reads.
        stack: as it is deployed.
        before: its template.
        after: the template that shall be deployed.
        exports: what other stacks export.
        scope: where the stack is.
    """

    def __init__(
        self,
        gateway: Gateway,
        stack: Deployed,
        templates: tuple[Wanted, Wanted],
        exports: Mapping[str, str],
        scope: Scope,
    ) -> None:
        self._gateway = gateway
        self._stack = stack
        self._scope = scope
        self._before, self._after = templates
        self._old = Known(self._before.template, stack, exports, scope)
        self._new = Known(self._after.template, stack, exports, scope)
        self._run = DryRun(gateway)
        self._to_be = set[str]()

    def forecasts(self) -> Iterator[Forecast]:
        """Say what would happen to each promotion, then to those that the template drops.

        Raises:
            NotUnderstood, Problem: a template can't be understood.
        """
        old = dict[str, Resolved]()
        for logical_id in _in_order(self._before.template):
            if logical_id in self._stack.resources:
                old[logical_id] = self._old.properties(logical_id)
                self._old.promotions[logical_id] = self._remembered(logical_id)
        new = _in_order(self._after.template)
        for logical_id in new:
            yield self._promoted(logical_id, old.get(logical_id))
        for logical_id in old:
            if logical_id not in new:
                yield self._removed(logical_id, old[logical_id])

    def _remembered(self, logical_id: str) -> Mapping[str, str]:
        """Give the attributes that CloudFormation has of a promotion."""
        alias = AliasId.from_arn(self._stack.resources[logical_id].physical_id)
        if not alias:
            return {"Ref": self._stack.resources[logical_id].physical_id}
        return attributes(alias, owned_version(self._gateway.get_alias(alias)))

    def _promoted(self, logical_id: str, old: Resolved | None) -> Forecast:
        new = self._awaiting_the_macro(self._new.properties(logical_id), old)
        subject = _subject(new)
        if old and old.properties == new.properties:
            self._new.promotions[logical_id] = self._old.promotions[logical_id]
            lines = [("nothing", "no property changes, so CloudFormation does not call it")]
            return Forecast(logical_id, subject, [*lines, *_unknown(new)])
        try:
            return self._planned(logical_id, subject, new, old)
        except PromotionError as error:
            lines = [("fails", in_words(error)), *_unknown(new)]
            return Forecast(logical_id, subject, lines, fails=True)

    def _planned(
        self, logical_id: str, subject: str, new: Resolved, old: Resolved | None
    ) -> Forecast:
        requests = read_request(self._event(logical_id, new, old), self._scope)
        # A function that the deploy makes has a stand-in for a name; it is not asked about.
        self._to_be |= _stand_ins(new)
        outcomes = [
            self._run.promote(
                each,
                _patience(new),
                exists=each.desired.alias.function_name not in self._to_be,
                later=" and ".join(new.unknown.get("SourceQualifier", ())),
                release_known=_release_is_known(new),
            )
            for each in requests.each
        ]
        if KINDS[self._after.template.kind(logical_id)] == "FunctionName":
            [one] = outcomes
            self._new.promotions[logical_id] = attributes(one.alias, one.serves_then)
        lines = [line for each in outcomes for line in _headed(each, many=len(outcomes) > 1)]
        replaced = old is not None and requests.answer_id != requests.physical_id
        if old and replaced:
            lines.append(("cleanup", f"CloudFormation deletes {_subject(old)} at the end"))
        return Forecast(logical_id, subject, [*lines, *_unknown(new)])

    def _removed(self, logical_id: str, old: Resolved) -> Forecast:
        subject = _subject(old)
        kept = self._before.template.resources[logical_id].get("DeletionPolicy", "Delete")
        if kept not in ("Delete", "RetainExceptOnCreate"):
            return Forecast(logical_id, subject, [("nothing", f"DeletionPolicy is {kept}")])
        event = {
            **self._event(logical_id, old, old),
            "RequestType": "Delete",
            "ResourceType": self._before.template.kind(logical_id),
        }
        try:
            removals = read_removals(event, self._scope)
            outcomes = [each for each in map(self._run.remove, removals) if each]
        except PromotionError as error:
            return Forecast(logical_id, subject, [("fails", in_words(error))], fails=True)
        lines = [line for each in outcomes for line in _headed(each, many=len(outcomes) > 1)]
        return Forecast(logical_id, subject, lines or [("nothing", "it names no alias of its own")])

    def _event(self, logical_id: str, new: Resolved, old: Resolved | None) -> dict[str, Any]:
        event = {
            "RequestType": "Update" if old else "Create",
            "RequestId": "plan",
            "StackId": self._stack.stack_id or self._stack_to_be,
            "LogicalResourceId": logical_id,
            "ResourceType": self._after.template.kind(logical_id),
            "ResourceProperties": new.properties,
        }
        if old:
            event["OldResourceProperties"] = old.properties
            event["PhysicalResourceId"] = self._stack.resources[logical_id].physical_id
        return event

    @property
    def _stack_to_be(self) -> str:
        scope, name = self._scope, self._stack.name
        place = f"arn:{scope.partition}:cloudformation:{scope.region}:{scope.account}"
        return f"{place}:stack/{name}/{_NOT_MADE}"

    def _awaiting_the_macro(self, new: Resolved, old: Resolved | None) -> Resolved:
        if self._after.woken or not _has_fingerprint(old or new, there=old is not None):
            return new
        return Resolved(
            {**new.properties, "Triggers": _FINGERPRINT},
            {**new.unknown, "Triggers": [_FINGERPRINT]},
        )


def _in_order(template: Template) -> list[str]:
    """Give the promotions in the order in which CloudFormation makes them."""
    graph = {
        logical_id: sorted(template.needs(logical_id)) for logical_id in sorted(template.resources)
    }
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise Problem(f"the template's resources need each other: {error.args[1]}") from error
    return [each for each in order if template.kind(each) in KINDS and template.may_exist(each)]


def _subject(resolved: Resolved) -> str:
    given = resolved.properties
    functions = given.get("Functions", given.get("FunctionName", "?"))
    names = ", ".join(map(str, functions)) if isinstance(functions, list) else functions
    return f"{given.get('AliasName', '?')} of {names}"


def _headed(outcome: Outcome, *, many: bool) -> list[Line]:
    return [*([("alias", str(outcome.alias))] if many else []), *told(outcome)]


def _unknown(resolved: Resolved) -> list[Line]:
    if not resolved.unknown:
        return []
    named = ", ".join(
        f"{name} ({', '.join(map(str, what))})" for name, what in resolved.unknown.items()
    )
    return [("not known", f"before the deploy: {named}")]


def _has_fingerprint(resolved: Resolved, *, there: bool) -> bool:
    """Tell whether the macro has put a fingerprint in, or would put it in a new promotion."""
    if not there:
        return bool(resolved.properties.get("SourceQualifier", LATEST) == LATEST)
    triggers = resolved.properties.get("Triggers")
    return isinstance(triggers, dict) and "Fingerprint" in triggers


def _patience(resolved: Resolved) -> float:
    given = str(resolved.properties.get("ServiceTimeout", ""))
    return float(given) if given.isdecimal() else _PATIENCE


def _stand_ins(resolved: Resolved) -> set[str]:
    """Give the names that stand for functions that the deploy makes."""
    unknown = [*resolved.unknown.get("FunctionName", ()), *resolved.unknown.get("Functions", ())]
    return {stand_in(each.partition(".")[0]) for each in unknown}


def _release_is_known(resolved: Resolved) -> bool:
    given, unknown = resolved.properties, resolved.unknown
    known = {name: each for name, each in given.items() if name not in unknown}
    return lineage.release_id(known) == lineage.release_id(given)
