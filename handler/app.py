"""The provider's entry: CloudFormation's event in, its answer out."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools import Logger

from handler import log
from handler.arn import AliasId, Scope
from handler.deadline import Deadline
from handler.executor import Executor
from handler.gateway import Gateway
from handler.metrics import measured
from handler.model import PromoteRequest, RemoveRequest, parse_promotion, parse_removal
from handler.observer import Origin
from handler.provider import Provider

logger = Logger(service="lambda-alias-promotion")
provider = Provider(logger)

try:
    # Made before the first event: a client costs more time than a call.
    gateway = Gateway.connect()
except Exception as error:  # noqa: BLE001 - every request gets the cause as its answer
    provider.init_failure(error)


@provider.create
@provider.update
def promote(event: Mapping[str, Any], context: Any) -> str:
    """Handle a Create or an Update; give the physical id."""
    request = parse_promotion(event, Scope.of(context.invoked_function_arn))
    _tell(request.desired.alias, request)
    with measured(request.desired.alias) as counts, gateway.until(_deadline(context)):
        executor = _executor(event)
        provider.Data.update(executor.promote(request))
        counts.update(executor.counts)
    return provider.PhysicalResourceId


@provider.delete
def remove(event: Mapping[str, Any], context: Any) -> str:
    """Handle a Delete; the id stays as it came."""
    request = parse_removal(event, Scope.of(context.invoked_function_arn))
    _tell(request.alias, request)
    with measured(request.alias), gateway.until(_deadline(context)):
        _executor(event).remove(request)
    return str(event["PhysicalResourceId"])


def handler(event: Mapping[str, Any], context: Any) -> None:
    """Take one event of CloudFormation."""
    provider(event, context)


def _tell(alias: AliasId | None, request: PromoteRequest | RemoveRequest) -> None:
    if alias:
        logger.append_keys(function=alias.function_name, alias=alias.alias_name)
    log.writer(logger)("received", {"request": request})


def _executor(event: Mapping[str, Any]) -> Executor:
    origin = Origin(event["StackId"], event["LogicalResourceId"], provider.signature)
    return Executor(gateway, origin, provider.identify, log.writer(logger))


def _deadline(context: Any) -> Deadline:
    return Deadline.of(context.get_remaining_time_in_millis(), provider.signature)
