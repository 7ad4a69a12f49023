"""`plan`: what a deploy would publish, move and test, by the provider's own planner; reads only."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from console.deployed import Deployed, read_exports, read_stack
from console.dry_run import DryRun, read_removals, read_request
from console.forecast import Forecaster
from console.problem import Problem
from console.screen import Screen
from console.session import Session
from console.templates import bound, deployed, read_file
from console.words import Outcome, told
from handler.arn import Scope
from handler.direction import Direction, direction
from handler.errors import PromotionError
from macro.problem import NotUnderstood

_NO_STACK = "new-stack"
"""Its name where none is given."""

_OF_EVERY_EVENT = ("RequestType", "RequestId", "StackId", "LogicalResourceId", "ResourceType")
_OF = {
    "Create": ("ResourceProperties",),
    "Update": ("ResourceProperties", "OldResourceProperties", "PhysicalResourceId"),
    "Delete": ("PhysicalResourceId",),
}
_PATIENCE = 3600.0


def plan(arguments: argparse.Namespace, session: Session, screen: Screen) -> int:
    """Print what a template, or a request, would do; 1 if it would fail."""
    found = read_file(Path(arguments.file))
    try:
        if "RequestType" in found:
            return _plan_event(found, session, screen)
        if not isinstance(found.get("Resources"), dict):
            raise Problem(f"{arguments.file}: it has no Resources, and no RequestType")
        return _plan_template(found, arguments, session, screen)
    except NotUnderstood as error:
        raise Problem(f"the template can't be understood: {error}") from error


def _plan_template(
    fragment: Mapping[str, Any], arguments: argparse.Namespace, session: Session, screen: Screen
) -> int:
    name = arguments.stack
    stack = read_stack(session.stacks, name) if name else Deployed(_NO_STACK)
    scope = Scope.of(stack.stack_id) if stack.stack_id else _scope(session)
    after = bound(fragment, dict(arguments.parameters), stack, scope)
    templates = deployed(stack, scope), after
    exports = read_exports(session.stacks)
    screen.say(_about(stack))
    failed = 0
    for each in Forecaster(session.gateway, stack, templates, exports, scope).forecasts():
        screen.title(f"\n{each.logical_id}: {each.subject}")
        screen.pairs(each.lines)
        failed |= each.fails
    screen.say("\nNothing was written.")
    return int(failed or stack.refuses_a_deploy)


def _scope(session: Session) -> Scope:
    account, partition = session.account()
    return Scope(partition, session.region, account)


def _about(stack: Deployed) -> str:
    if not stack.stack_id:
        if stack.name == _NO_STACK:
            return "Planned as a new one."
        return f"There is no stack {stack.name}: planned as a new one."
    refuses = ", in which it takes no deploy" if stack.refuses_a_deploy else ""
    return f"The stack {stack.name} is {stack.status}{refuses}."


def _plan_event(event: Mapping[str, Any], session: Session, screen: Screen) -> int:
    wanted = (*_OF_EVERY_EVENT, *_OF.get(str(event["RequestType"]), ()))
    if lacking := [name for name in wanted if name not in event]:
        raise Problem(f"the request has no {lacking[0]}")
    if event["RequestType"] not in _OF:
        raise Problem(f"RequestType: found {event['RequestType']!r}")
    scope = _scope_of(event)
    if session.region != scope.region:
        raise Problem(f"the request is of a stack in {scope.region}: say --region {scope.region}")
    stack = session.gateway.describe_stack(event["StackId"])
    way = direction(stack)
    if way in (Direction.OVER, Direction.UNKNOWN):
        way = Direction.FORWARD
        status = stack.status or "not known"
        screen.say(f"The stack is {status}: planned as if an operation went forward.")
    else:
        screen.say(f"The stack is {stack.status}.")
    try:
        outcomes = _outcomes(event, scope, DryRun(session.gateway, way))
    except PromotionError as error:
        screen.title(f"\n{event['LogicalResourceId']}")
        screen.pairs([("fails", str(error))])
        return 1
    for each in outcomes:
        screen.title(f"\n{event['LogicalResourceId']}: {each.alias}")
        screen.pairs(told(each))
    screen.say("\nNothing was written.")
    return 0


def _outcomes(event: Mapping[str, Any], scope: Scope, run: DryRun) -> list[Outcome]:
    if event["RequestType"] == "Delete":
        return [run.remove(each) for each in read_removals(event, scope)]
    return [run.promote(each, _PATIENCE) for each in read_request(event, scope).each]


def _scope_of(event: Mapping[str, Any]) -> Scope:
    try:
        return Scope.of(event["StackId"])
    except (ValueError, AttributeError) as error:
        raise Problem("StackId: not an ARN") from error
