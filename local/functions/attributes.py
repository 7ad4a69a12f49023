"""What is set on a function beside its configuration: tags, recursion, runtime updates."""

from local.functions.errors import invalid, not_emulated
from local.functions.names import LATEST
from local.functions.operations import Operations
from local.functions.state import Function, Input, Output, Region


class AttributeOperations(Operations):
    """The operations on settings that no version copies."""

    def tag_resource(self, region: Region, given: Input) -> Output:
        """TagResource of a function."""
        function = self._tagged(region, given)
        function.check_settled()
        function.tags |= given["Tags"]
        return {}

    def untag_resource(self, region: Region, given: Input) -> Output:
        """UntagResource of a function; absent keys are no error."""
        function = self._tagged(region, given)
        for key in given["TagKeys"]:
            function.tags.pop(key, None)
        return {}

    def list_tags(self, region: Region, given: Input) -> Output:
        """ListTags of a function."""
        return {"Tags": self._tagged(region, given).tags}

    def get_function_recursion_config(self, region: Region, given: Input) -> Output:
        """GetFunctionRecursionConfig; loops are not looked for."""
        return {"RecursiveLoop": self._function(region, given).recursion}

    def put_function_recursion_config(self, region: Region, given: Input) -> Output:
        """PutFunctionRecursionConfig."""
        function = self._function(region, given)
        function.recursion = given["RecursiveLoop"]
        return {"RecursiveLoop": function.recursion}

    def get_runtime_management_config(self, region: Region, given: Input) -> Output:
        """GetRuntimeManagementConfig of `$LATEST` or a version."""
        place = self._place(region, given)
        config = region.function(place).runtime_configs.get(place.qualifier or LATEST, {})
        return {"UpdateRuntimeOn": "Auto", "FunctionArn": place.qualified_arn, **config}

    def put_runtime_management_config(self, region: Region, given: Input) -> Output:
        """PutRuntimeManagementConfig; the runtime is the one that the engine runs under."""
        place = self._place(region, given)
        config = {
            key: given[key] for key in ("UpdateRuntimeOn", "RuntimeVersionArn") if key in given
        }
        region.function(place).runtime_configs[place.qualifier or LATEST] = config
        return {"FunctionArn": place.qualified_arn, **config}

    def _tagged(self, region: Region, given: Input) -> Function:
        if ":function:" not in given["Resource"]:
            raise not_emulated(f"tags of {given['Resource']}")
        place = self._place(region, {"FunctionName": given["Resource"]})
        if place.qualifier:
            raise invalid(
                "Tags on function aliases and versions are not supported. Please specify a "
                "function ARN."
            )
        return region.function(place)
