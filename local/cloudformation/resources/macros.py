"""AWS::CloudFormation::Macro: the macros of the account, and the functions behind them.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-macro.html
"""

import threading

from local.cloudformation.errors import ResourceError
from local.cloudformation.resources.base import Call, Made, Properties

MACRO = "AWS::CloudFormation::Macro"


class Macros:
    """Knows the macros of every Region, and is the provider of their resource type."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._functions: dict[tuple[str, str], str] = {}

    def function(self, region: str, name: str) -> str | None:
        """Give the function behind a macro."""
        with self._lock:
            return self._functions.get((region, name))

    def replaces(self, old: Properties, new: Properties) -> bool:
        """A macro can't be renamed."""
        return bool(old.get("Name") != new.get("Name"))

    def create(self, call: Call) -> Made:
        """Register; a name is given once in an account and Region."""
        name = call.properties["Name"]
        with self._lock:
            if (call.region, name) in self._functions:
                raise ResourceError(f"{name} already exists")
            self._functions[call.region, name] = call.properties["FunctionName"]
        return Made(name, {"Id": name})

    def update(self, call: Call) -> Made:
        """Put another function behind it."""
        with self._lock:
            self._functions[call.region, call.physical_id] = call.properties["FunctionName"]
        return Made(call.physical_id, {"Id": call.physical_id})

    def delete(self, call: Call) -> None:
        """Forget it."""
        with self._lock:
            self._functions.pop((call.region, call.physical_id), None)
