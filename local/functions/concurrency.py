"""Provisioned and reserved concurrency, and the account's limits (aws-semantics B5)."""

from concurrent.futures import Future
from dataclasses import replace

from local.functions.errors import LambdaError, conflict, invalid, unpublished
from local.functions.invoke import make_target
from local.functions.names import LATEST, Place
from local.functions.operations import Operations, page
from local.functions.state import (
    Function,
    Input,
    Output,
    Provisioned,
    Region,
    Version,
    World,
    lambda_date,
)

_ACCOUNT_LIMIT = 1000
_UNRESERVED_MINIMUM = 100
_TOTAL_CODE_SIZE = 80530636800


class ConcurrencyOperations(Operations):
    """The operations on concurrency; only a reserved concurrency of 0 limits invocations."""

    def put_provisioned_concurrency_config(self, region: Region, given: Input) -> Output:
        """PutProvisionedConcurrencyConfig; IN_PROGRESS at first."""
        place = self._place(region, given)
        if place.qualifier == LATEST:
            raise unpublished()
        function = region.function_or_alias(place)
        qualifier, requested = str(place.qualifier), given["ProvisionedConcurrentExecutions"]
        _check_owner(function, qualifier)
        _check_limits(region, function, qualifier, requested)
        until = self._world.clock() + self._world.settings.provisioning
        init = begin_init(self._world, function, function.version(qualifier))
        made = Provisioned(requested, until, init)
        function.provisioned[qualifier] = made
        return _describe(made)

    def get_provisioned_concurrency_config(self, region: Region, given: Input) -> Output:
        """GetProvisionedConcurrencyConfig."""
        place = self._place(region, given)
        config = _owner(region, place).provisioned.get(str(place.qualifier))
        if config is None:
            raise LambdaError(
                "ProvisionedConcurrencyConfigNotFoundException",
                "No Provisioned Concurrency Config found for this function",
            )
        return _describe(config)

    def delete_provisioned_concurrency_config(self, region: Region, given: Input) -> Output:
        """DeleteProvisionedConcurrencyConfig; an absent one is no error."""
        place = self._place(region, given)
        function, qualifier = _owner(region, place), str(place.qualifier)
        config = function.provisioned.pop(qualifier, None)
        if config and config.moved_from:
            function.aliases[qualifier].weights = {}
        return {}

    def list_provisioned_concurrency_configs(self, region: Region, given: Input) -> Output:
        """ListProvisionedConcurrencyConfigs of a function."""
        function = self._function(region, given)
        found = [
            {"FunctionArn": f"{function.arn}:{qualifier}", **_describe(config)}
            for qualifier, config in function.provisioned.items()
        ]
        return page("ProvisionedConcurrencyConfigs", found, given)

    def put_function_concurrency(self, region: Region, given: Input) -> Output:
        """PutFunctionConcurrency."""
        function, wanted = self._function(region, given), given["ReservedConcurrentExecutions"]
        if _unreserved(region) + _claimed(function) - wanted < _UNRESERVED_MINIMUM:
            raise invalid(
                "Specified ReservedConcurrentExecutions for function decreases account's "
                "UnreservedConcurrentExecution below its minimum value of "
                f"[{_UNRESERVED_MINIMUM}]."
            )
        provisioned = _provisioned(function)
        if wanted < provisioned:
            raise invalid(
                f"ReservedConcurrentExecutions  {wanted} should not be lower than function's "
                f"total provisioned concurrency [{provisioned}]."
            )
        function.reserved = wanted
        return {"ReservedConcurrentExecutions": wanted}

    def get_function_concurrency(self, region: Region, given: Input) -> Output:
        """GetFunctionConcurrency; empty when nothing is reserved."""
        reserved = self._function(region, given).reserved
        return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}

    def delete_function_concurrency(self, region: Region, given: Input) -> Output:
        """DeleteFunctionConcurrency."""
        self._function(region, given).reserved = None
        return {}

    def get_account_settings(self, region: Region, _given: Input) -> Output:
        """GetAccountSettings."""
        sizes = [
            len(version.content.code)
            for function in region.functions.values()
            for version in function.versions.values()
        ]
        return {
            "AccountLimit": {
                "TotalCodeSize": _TOTAL_CODE_SIZE,
                "CodeSizeUnzipped": 262144000,
                "CodeSizeZipped": 52428800,
                "ConcurrentExecutions": _ACCOUNT_LIMIT,
                "UnreservedConcurrentExecutions": _unreserved(region),
            },
            "AccountUsage": {
                "TotalCodeSize": sum(sizes),
                "FunctionCount": len(region.functions),
            },
        }


def begin_init(world: World, function: Function, version: Version) -> Future[bool]:
    """Initialise one environment of a version, however many were asked for."""
    place = Place(function.name, function.arn, version.number)
    target = make_target(function, version, place)
    return world.invoker.provision(replace(target, provisioned=True))


def _owner(region: Region, place: Place) -> Function:
    if place.qualifier == LATEST:
        raise invalid("The function resource provided must be an alias or a published version.")
    return region.function_or_alias(place)


def _check_owner(function: Function, qualifier: str) -> None:
    """Allow a version one config only: its own, or that of one alias which points to it.

    Raises:
        LambdaError: it has another, or the alias has weights.
    """
    alias, version = function.aliases.get(qualifier), function.version(qualifier).number
    if version == LATEST:
        raise unpublished()
    if alias and alias.weights:
        raise invalid("Alias with weights can not be used with Provisioned Concurrency")
    others = function.provisioned.keys() - {qualifier}
    if version not in {function.version(other).number for other in others}:
        return
    if alias:
        raise conflict(
            "Alias can't be used for Provisioned Concurrency configuration on an already "
            "Provisioned version"
        )
    raise conflict("Version is pointed by a Provisioned Concurrency alias")


def _check_limits(region: Region, function: Function, qualifier: str, requested: int) -> None:
    before = function.provisioned.get(qualifier)
    replaced = before.requested if before else 0
    if function.reserved is not None:
        if _provisioned(function) - replaced + requested > function.reserved:
            raise invalid(
                "Requested Provisioned Concurrency should not be greater than the "
                "reservedConcurrentExecution for function"
            )
        return
    unreserved = _unreserved(region) + replaced
    if requested > unreserved:
        raise invalid(
            "Specified ConcurrentExecutions for function is greater than account's unreserved "
            f"concurrency [{unreserved}]."
        )
    if unreserved - requested < _UNRESERVED_MINIMUM:
        raise invalid(
            "Specified ConcurrentExecutions for function decreases account's "
            f"UnreservedConcurrentExecution below its minimum value of [{_UNRESERVED_MINIMUM}]."
        )


def _provisioned(function: Function) -> int:
    return sum(config.requested for config in function.provisioned.values())


def _claimed(function: Function) -> int:
    return _provisioned(function) if function.reserved is None else function.reserved


def _unreserved(region: Region) -> int:
    return _ACCOUNT_LIMIT - sum(map(_claimed, region.functions.values()))


def _describe(config: Provisioned) -> Output:
    ready = config.requested if config.status == "READY" else 0
    answer: Output = {
        "RequestedProvisionedConcurrentExecutions": config.requested,
        "AllocatedProvisionedConcurrentExecutions": ready,
        "AvailableProvisionedConcurrentExecutions": ready,
        "Status": config.status,
        "LastModified": lambda_date(config.modified),
    }
    if config.status == "FAILED":
        answer["StatusReason"] = "FUNCTION_ERROR_INIT_FAILURE"
    return answer
