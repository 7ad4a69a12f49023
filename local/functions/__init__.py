"""AWS Lambda's control plane in memory: functions, versions, aliases and what belongs to them."""

from local.functions.service import FunctionsService

__all__ = ["FunctionsService"]
