"""The provider's entry: CloudFormation's event in, its answer out."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger

from handler import loading, log
from handler.arn import AliasId, Scope
from handler.attributes import attributes_of_promotion, attributes_of_release
from handler.deadline import Deadline
from handler.executor import Executor
from handler.gateway import Gateway
from handler.metrics import measured
from handler.model import (
    Promotions,
    RemoveRequest,
    check_token,
    is_lambda_release,
    parse_promotion,
    parse_removal,
)
from handler.observer import Origin
from handler.progress import Progress
from handler.provider import Provider
from handler.release import check_all_removed, parse_release, parse_release_removal
from handler.schema import PROMOTION_TYPE, validator

logger = Logger(service="lambda-alias-promotion")
provider = Provider(logger)

try:
    # Made before the first event: a client costs more time than a call, and so may the validator.
    gateway = Gateway.connect()
    validator(PROMOTION_TYPE)
except Exception as error:  # noqa: BLE001 - every request gets the cause as its answer
    provider.init_failure(error)
loading.done()


@provider.create
@provider.update
@provider.poll_create
@provider.poll_update
def promote(event: Mapping[str, Any], context: Any) -> str:
    """Handle a Create or an Update; give the physical id, an empty one if another goes on."""
    progress = provider.take_progress()
    request = _parsed(event, context, Progress.read(progress))
    aliases = [each.desired.alias for each in request.each]
    _tell(aliases, request)
    with measured(aliases) as counts, gateway.until(_deadline(context)):
        executor = _executor(
            event,
            context,
            lambda end: provider.identify(request.id_of_failure(end)),
        )
        moves = executor.promote(request.each)
        if not moves:
            return ""
        counts.update(executor.counts)
        if executor.goes_back:
            for each in request.abandoned:
                executor.give_up(each)
        provider.Data.update(
            attributes_of_release(moves)
            if is_lambda_release(event)
            else attributes_of_promotion(moves[0], gateway, log.writer(logger))
        )
        executor.prune(moves)
        provider.Reason = executor.told
    return request.answer_id


@provider.delete
def remove(event: Mapping[str, Any], context: Any) -> str:
    """Handle a Delete; the id stays as it came."""
    scope = Scope.of(context.invoked_function_arn)
    requests = (
        parse_release_removal(event, scope)
        if is_lambda_release(event)
        else parse_removal(event, scope)
    )
    aliases = [each.alias for each in requests]
    _tell(aliases, requests)
    with measured(aliases), gateway.until(_deadline(context)):
        _executor(event, context).remove(requests)
        if is_lambda_release(event):
            check_all_removed(event, scope)
    return str(event["PhysicalResourceId"])


def handler(event: Mapping[str, Any], context: Any) -> None:
    """Take one event of CloudFormation, or one that an earlier invocation has handed over."""
    provider(event, context)


def _parsed(event: Mapping[str, Any], context: Any, progress: Progress) -> Promotions:
    check_token(event, context.invoked_function_arn)
    scope = Scope.of(context.invoked_function_arn)
    parse = parse_release if is_lambda_release(event) else parse_promotion
    return parse(event, scope, progress)


def _tell(aliases: list[AliasId], request: Promotions | list[RemoveRequest]) -> None:
    if len(aliases) == 1:
        logger.append_keys(function=aliases[0].function_name, alias=aliases[0].alias_name)
    log.writer(logger)("received", {"request": request})


def _executor(
    event: Mapping[str, Any],
    context: Any,
    identify: Callable[[str], None] = provider.identify,
) -> Executor:
    origin = Origin(event["StackId"], event["LogicalResourceId"], provider.signature)

    def hand_over(progress: Progress) -> None:
        gateway.invoke_again(
            context.invoked_function_arn, provider.continued(event, progress.written())
        )
        provider.goes_on()

    return Executor(gateway, origin, identify, log.writer(logger), hand_over)


def _deadline(context: Any) -> Deadline:
    return Deadline.of(
        context.get_remaining_time_in_millis(),
        provider.signature,
        clock=lambda: gateway.now().timestamp(),
    )
