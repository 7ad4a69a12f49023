"""Event invoke configs and event source mappings (aws-semantics A8, B7)."""

from local.functions.errors import LambdaError, conflict, invalid, no_resource, not_found
from local.functions.names import LATEST, Place
from local.functions.operations import Operations, page
from local.functions.state import Function, Input, Output, Region, new_id, now

_INVOKE_SETTINGS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")


class EventOperations(Operations):
    """The operations on event invoke configs, which the engine obeys."""

    def put_function_event_invoke_config(self, region: Region, given: Input) -> Output:
        """PutFunctionEventInvokeConfig; replaces the whole."""
        return self._put(region, given, keep=False)

    def update_function_event_invoke_config(self, region: Region, given: Input) -> Output:
        """UpdateFunctionEventInvokeConfig; what the request leaves out stays."""
        return self._put(region, given, keep=True)

    def get_function_event_invoke_config(self, region: Region, given: Input) -> Output:
        """GetFunctionEventInvokeConfig."""
        place = self._place(region, given)
        return _config(region.functions.get(place.name), place)

    def delete_function_event_invoke_config(self, region: Region, given: Input) -> Output:
        """DeleteFunctionEventInvokeConfig."""
        place = self._place(region, given)
        function = region.functions.get(place.name)
        _config(function, place)
        if function:
            del function.invoke_configs[place.qualifier or LATEST]
        return {}

    def list_function_event_invoke_configs(self, region: Region, given: Input) -> Output:
        """ListFunctionEventInvokeConfigs of a function."""
        configs = self._function(region, given).invoke_configs.values()
        return page("FunctionEventInvokeConfigs", configs, given)

    def _put(self, region: Region, given: Input, *, keep: bool) -> Output:
        place = self._place(region, given)
        settings = {key: given[key] for key in _INVOKE_SETTINGS if key in given}
        if not settings:
            raise invalid("You must specify at least one of error handling or destination setting.")
        function = region.functions.get(place.name)
        if function is None or not function.has(place.qualifier):
            raise not_found("The function doesn't exist.")
        before = _config(function, place) if keep else {}
        destinations = {"OnSuccess": {}, "OnFailure": {}, **settings.pop("DestinationConfig", {})}
        if keep and "DestinationConfig" not in given:
            destinations = before["DestinationConfig"]
        made = {
            **before,
            **settings,
            "DestinationConfig": destinations,
            "FunctionArn": f"{place.arn}:{place.qualifier or LATEST}",
            "LastModified": now(),
        }
        function.invoke_configs[place.qualifier or LATEST] = made
        return made


class MappingOperations(Operations):
    """The operations on event source mappings; they are kept and shown, nothing is polled."""

    def create_event_source_mapping(self, region: Region, given: Input) -> Output:
        """CreateEventSourceMapping; the FunctionArn keeps the qualifier it is given."""
        uuid, arn = new_id(), self._function_arn(region, given)
        source = given.get("EventSourceArn")
        for known in region.mappings.values():
            if source and (source, arn) == (known.get("EventSourceArn"), known["FunctionArn"]):
                raise conflict(
                    f'The event source arn (" {source} ") and function (" {given["FunctionName"]} '
                    '") provided mapping already exists. Please update or delete the existing '
                    f"mapping with UUID {known['UUID']}"
                )
        made = {
            "BatchSize": 10 if ":sqs:" in str(source) else 100,
            **_mapping_settings(given),
            "UUID": uuid,
            "EventSourceMappingArn": (
                f"arn:aws:lambda:{region.name}:{region.account}:event-source-mapping:{uuid}"
            ),
            "FunctionArn": arn,
            "State": "Enabled" if given.get("Enabled", True) else "Disabled",
            "StateTransitionReason": "USER_INITIATED",
            "LastModified": now(),
        }
        region.mappings[uuid] = made
        return {**made, "State": "Creating"}

    def get_event_source_mapping(self, region: Region, given: Input) -> Output:
        """GetEventSourceMapping."""
        return _mapping(region, given)

    def update_event_source_mapping(self, region: Region, given: Input) -> Output:
        """UpdateEventSourceMapping; what the request leaves out stays."""
        mapping = _mapping(region, given)
        if "FunctionName" in given:
            mapping["FunctionArn"] = self._function_arn(region, given)
        if "Enabled" in given:
            mapping["State"] = "Enabled" if given["Enabled"] else "Disabled"
        mapping |= {**_mapping_settings(given), "LastModified": now()}
        return {**mapping, "State": "Updating"}

    def delete_event_source_mapping(self, region: Region, given: Input) -> Output:
        """DeleteEventSourceMapping."""
        _mapping(region, given)
        return {**region.mappings.pop(given["UUID"]), "State": "Deleting"}

    def list_event_source_mappings(self, region: Region, given: Input) -> Output:
        """ListEventSourceMappings of a function or version or alias, of a source, or all."""
        source, arn = given.get("EventSourceArn"), None
        if "FunctionName" in given:
            arn = self._place(region, given).qualified_arn
        found = [
            mapping
            for mapping in region.mappings.values()
            if arn in (None, mapping["FunctionArn"])
            and source in (None, mapping.get("EventSourceArn"))
        ]
        return page("EventSourceMappings", found, given)

    def _function_arn(self, region: Region, given: Input) -> str:
        place = self._place(region, given)
        try:
            region.function(place)
        except LambdaError as error:
            raise invalid("Function does not exist") from error
        return place.qualified_arn


def _config(function: Function | None, place: Place) -> Output:
    qualifier = place.qualifier or LATEST
    config = function.invoke_configs.get(qualifier) if function else None
    if config is None:
        raise not_found(f"The function {place.arn}:{qualifier} doesn't have an EventInvokeConfig")
    return config


def _mapping(region: Region, given: Input) -> Output:
    mapping = region.mappings.get(given["UUID"])
    if mapping is None:
        raise no_resource()
    return mapping


def _mapping_settings(given: Input) -> Output:
    elsewhere = ("FunctionName", "Enabled", "Tags", "UUID")
    return {key: value for key, value in given.items() if key not in elsewhere}
