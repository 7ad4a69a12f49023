"""CloudFormation of the engine: stacks, change sets and custom resources in memory."""

from local.cloudformation.api import CloudFormationService
from local.cloudformation.custom import Caller

__all__ = ["Caller", "CloudFormationService"]
