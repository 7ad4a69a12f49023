"""Function URL configs: of a function or an alias; nothing answers there (aws-semantics B7)."""

import uuid

from local.functions.errors import conflict, no_resource, not_found
from local.functions.names import LATEST, Place
from local.functions.operations import Operations, page
from local.functions.state import Function, Input, Output, Region, now

_SETTINGS = ("AuthType", "Cors", "InvokeMode")


class UrlOperations(Operations):
    """The operations on function URL configs."""

    def create_function_url_config(self, region: Region, given: Input) -> Output:
        """CreateFunctionUrlConfig."""
        place = self._place(region, given)
        function = _function(region, place)
        if (place.qualifier or LATEST) in function.urls:
            raise conflict(
                "Failed to create function url config for [functionArn = "
                f"{place.qualified_arn}]. Error message:  FunctionUrlConfig exists for this "
                "Lambda function"
            )
        moment = _date()
        made = {
            "InvokeMode": "BUFFERED",
            **_settings(given),
            "FunctionUrl": f"https://{uuid.uuid4().hex}.lambda-url.{region.name}.on.aws/",
            "FunctionArn": place.qualified_arn,
            "CreationTime": moment,
            "LastModifiedTime": moment,
        }
        function.urls[place.qualifier or LATEST] = made
        return made

    def get_function_url_config(self, region: Region, given: Input) -> Output:
        """GetFunctionUrlConfig."""
        place = self._place(region, given)
        return _config(region.functions.get(place.name), place)

    def update_function_url_config(self, region: Region, given: Input) -> Output:
        """UpdateFunctionUrlConfig; what the request leaves out stays."""
        place = self._place(region, given)
        config = _config(_function(region, place), place)
        config |= {**_settings(given), "LastModifiedTime": _date()}
        return config

    def delete_function_url_config(self, region: Region, given: Input) -> Output:
        """DeleteFunctionUrlConfig."""
        place = self._place(region, given)
        function = region.functions.get(place.name)
        _config(function, place)
        if function:
            del function.urls[place.qualifier or LATEST]
        return {}

    def list_function_url_configs(self, region: Region, given: Input) -> Output:
        """ListFunctionUrlConfigs of a function and its aliases."""
        place = self._place(region, given)
        function = _function(region, Place(place.name, place.arn))
        return page("FunctionUrlConfigs", function.urls.values(), given)


def _function(region: Region, place: Place) -> Function:
    function = region.functions.get(place.name)
    if function is None or not function.has(place.qualifier):
        raise not_found("Function does not exist")
    return function


def _config(function: Function | None, place: Place) -> Output:
    config = function.urls.get(place.qualifier or LATEST) if function else None
    if config is None:
        raise no_resource()
    return config


def _settings(given: Input) -> Output:
    return {key: given[key] for key in _SETTINGS if key in given}


def _date() -> str:
    return now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
