"""Which version an invocation reaches, and what Invoke answers."""

import base64
import random

from local.functions.errors import LambdaError, conflict
from local.functions.names import Place
from local.functions.operations import Operations
from local.functions.state import Function, Input, Output, Region, Version
from local.ports import Outcome, Target

_LOG_TAIL = 4096


class InvokeOperations(Operations):
    """Invoke, in two steps: what it reaches is found out first, and then run without the lock."""

    def resolve(self, region: Region, given: Input) -> Target:
        """Find what Invoke is about.

        Raises:
            LambdaError: it does not exist, is Pending, or its reserved concurrency is 0.
        """
        place = self._place(region, given)
        function = region.function(place)
        version = _choose(function, place.qualifier)
        if version.transition == "Pending":
            raise conflict(
                "The operation cannot be performed at this time. The function is currently in the "
                "following state: Pending"
            )
        kind = given.get("InvocationType", "RequestResponse")
        if kind == "RequestResponse" and function.reserved == 0:
            raise LambdaError("TooManyRequestsException", "Rate Exceeded.")
        return make_target(function, version, place)

    def invoke(self, region: Region, given: Input, target: Target) -> Output:
        """Invoke what was resolved."""
        kind, payload = given.get("InvocationType", "RequestResponse"), given.get("Payload", b"")
        if kind == "DryRun":
            return {"StatusCode": 204}
        if kind == "Event":
            qualifier = self._place(region, given).qualifier
            self._world.invoker.enqueue(region.name, target.function_name, qualifier, payload)
            return {"StatusCode": 202}
        outcome = self._world.invoker.run(target, payload)
        return _answer(target, outcome, tail=given.get("LogType") == "Tail")


def target(region: Region, place: Place) -> Target:
    """Resolve an invocation; KeyError when there is nothing."""
    function = region.functions[place.name]
    return make_target(function, _choose(function, place.qualifier), place)


def make_target(function: Function, version: Version, place: Place) -> Target:
    """Put together what the invoker needs; an update that is in progress does not count yet."""
    content = version.served or version.content
    settings = content.settings
    return Target(
        invoked_arn=place.qualified_arn,
        function_name=function.name,
        version=version.number,
        region=function.region,
        handler=settings["Handler"],
        code=content.code,
        code_sha256=content.code_sha256,
        environment=settings.get("Environment", {}).get("Variables", {}),
        timeout=settings["Timeout"],
        memory_size=settings["MemorySize"],
        role=settings["Role"],
        log_group=settings.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{function.name}"),
        layers=tuple(layer.content for layer in content.layers),
        provisioned=function.has_provisioned(version.number),
    )


def _choose(function: Function, qualifier: str | None) -> Version:
    """Throw the dice for an alias with weights."""
    alias = function.aliases.get(qualifier or "")
    for number, weight in alias.weights.items() if alias else ():
        if random.random() < weight:
            return function.versions[number]
    return function.version(qualifier)


def _answer(target: Target, outcome: Outcome, *, tail: bool) -> Output:
    answer: Output = {
        "StatusCode": 200,
        "ExecutedVersion": target.version,
        "Payload": outcome.payload,
    }
    if outcome.function_error:
        answer["FunctionError"] = outcome.function_error
    if tail:
        answer["LogResult"] = base64.b64encode(outcome.log.encode()[-_LOG_TAIL:]).decode()
    return answer
