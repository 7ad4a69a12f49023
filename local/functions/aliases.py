"""Aliases and their weights (aws-semantics B3, B5)."""

from local.functions.concurrency import begin_init
from local.functions.errors import check_revision, conflict, invalid, not_found, unpublished
from local.functions.names import LATEST, Place, locate_function
from local.functions.operations import Operations, page
from local.functions.state import Alias, Function, Input, Output, Region, new_id


class AliasOperations(Operations):
    """The operations on aliases."""

    def create_alias(self, region: Region, given: Input) -> Output:
        """CreateAlias."""
        version = _number(given["FunctionVersion"])
        place = locate_function(region.name, region.account, given)
        function = region.function(Place(place.name, place.arn, version))
        weights = _weights(given.get("RoutingConfig"))
        _check_pointers(function, version, weights)
        name = given["Name"]
        if name in function.aliases:
            raise conflict(f"Alias already exists: {function.arn}:{name}")
        made = Alias(name, version, given.get("Description", ""), weights)
        function.aliases[name] = made
        return _describe(function, made)

    def update_alias(self, region: Region, given: Input) -> Output:
        """UpdateAlias; what the request leaves out stays, the RevisionId always changes."""
        function = self._function(region, given)
        alias = function.aliases.get(given["Name"])
        if alias is None:
            raise not_found(f"Alias not found: {function.arn}:{given['Name']}")
        check_revision(given.get("RevisionId"), alias.revision_id)
        version = _number(given.get("FunctionVersion", alias.version))
        weights = _weights(given["RoutingConfig"]) if "RoutingConfig" in given else alias.weights
        _check_pointers(function, version, weights)
        if alias.name in function.provisioned:
            weights = self._provision(function, alias, version, weights, given)
        alias.version, alias.weights = version, weights
        alias.description = given.get("Description", alias.description)
        alias.revision_id = new_id()
        return _describe(function, alias)

    def get_alias(self, region: Region, given: Input) -> Output:
        """GetAlias."""
        place = locate_function(region.name, region.account, given)
        place = Place(place.name, place.arn, given["Name"])
        function = region.function_or_alias(place)
        return _describe(function, function.aliases[given["Name"]])

    def delete_alias(self, region: Region, given: Input) -> Output:
        """DeleteAlias; an absent one is no error."""
        function = self._function(region, given)
        if given["Name"] in function.aliases:
            function.forget(given["Name"])
        return {}

    def list_aliases(self, region: Region, given: Input) -> Output:
        """ListAliases; FunctionVersion counts for the first version of an alias only."""
        function, version = self._function(region, given), given.get("FunctionVersion")
        found = [
            _describe(function, function.aliases[name])
            for name in sorted(function.aliases)
            if version in (None, function.aliases[name].version)
        ]
        return page("Aliases", found, given)

    def _provision(
        self,
        function: Function,
        alias: Alias,
        version: str,
        weights: dict[str, float],
        given: Input,
    ) -> dict[str, float]:
        """Allocate anew when an alias moves; the old version serves until then (B5)."""
        provisioned = function.provisioned[alias.name]
        served = provisioned.moved_from or alias.version
        if version == LATEST:
            raise unpublished()
        if "RoutingConfig" in given:
            provisioned.moved_from = None
        if version == alias.version:
            return weights
        provisioned.status = "IN_PROGRESS"
        provisioned.until = self._world.clock() + self._world.settings.provisioning
        provisioned.init = begin_init(self._world, function, function.versions[version])
        if weights or served == version:
            return weights
        provisioned.moved_from = served
        return {served: 1.0}


def _describe(function: Function, alias: Alias) -> Output:
    answer: Output = {
        "AliasArn": f"{function.arn}:{alias.name}",
        "Name": alias.name,
        "FunctionVersion": alias.version,
        "Description": alias.description,
        "RevisionId": alias.revision_id,
    }
    if alias.weights:
        answer["RoutingConfig"] = {"AdditionalVersionWeights": dict(alias.weights)}
    return answer


def _number(version: str) -> str:
    return str(int(version)) if version.isdecimal() else version


def _weights(routing: Input | None) -> dict[str, float]:
    weights = (routing or {}).get("AdditionalVersionWeights", {})
    return {_number(version): weight for version, weight in weights.items()}


def _check_pointers(function: Function, version: str, weights: dict[str, float]) -> None:
    """Check what an alias is to point to.

    Raises:
        LambdaError: a version is missing, or two of them may not share an alias.
    """
    if len(weights) > 1:
        raise invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    if weights and version == LATEST:
        raise invalid("$LATEST is not supported for an alias pointing to more than 1 version")
    if version in weights:
        raise invalid(
            f"Invalid function version {version}. Function version {version} is already included "
            "in routing configuration."
        )
    for one in (version, *weights):
        if one not in function.versions:
            raise not_found(f"Function not found: {function.arn}:{one}")
    # The rule is AWS's, the text is not: AWS's own is not known (F9).
    settings = [function.versions[one].content.settings for one in (version, *weights)]
    for key in ("Role", "DeadLetterConfig"):
        if any(one.get(key) != settings[0].get(key) for one in settings):
            raise invalid(f"Both versions of an alias must have the same {key}")
