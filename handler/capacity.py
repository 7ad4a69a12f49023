"""Provisioned concurrency of a version (aws-semantics B5)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from handler.calls import Calls
from handler.errors import NotFound

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

PROPERTY = "ProvisionedConcurrencyConfig"


@dataclass(frozen=True)
class Provisioned:
    """A version's provisioned concurrency.

    Attributes:
        requested: executions that shall be ready.
        status: `IN_PROGRESS`, `READY` or `FAILED`.
        reason: why it failed, in AWS's words.
    """

    requested: int
    status: str
    reason: str = ""


class Capacity(Calls):
    """The part of the gateway that provisions versions."""

    functions: "LambdaClient"

    def get_provisioned_concurrency(self, function_name: str, number: str) -> Provisioned | None:
        """Read a version's provisioned concurrency; None when it has none."""
        try:
            found = self.call(
                "lambda:GetProvisionedConcurrencyConfig",
                f"{function_name}:{number}",
                lambda: self.functions.get_provisioned_concurrency_config(
                    FunctionName=function_name, Qualifier=number
                ),
                PROPERTY,
            )
        except NotFound:
            return None
        return Provisioned(
            found["RequestedProvisionedConcurrentExecutions"],
            found["Status"],
            found.get("StatusReason", ""),
        )

    def put_provisioned_concurrency(self, function_name: str, number: str, executions: int) -> None:
        """Ask for a version's provisioned concurrency; it is ready some minutes later.

        Raises:
            InvalidRequest: more than the account has left.
            ResourceConflict: an alias has provisioned concurrency for the version.
        """
        self.call(
            "lambda:PutProvisionedConcurrencyConfig",
            f"{function_name}:{number}",
            lambda: self.functions.put_provisioned_concurrency_config(
                FunctionName=function_name,
                Qualifier=number,
                ProvisionedConcurrentExecutions=executions,
            ),
            PROPERTY,
        )

    def delete_provisioned_concurrency(self, function_name: str, number: str) -> None:
        """Take a version's provisioned concurrency; that it has none is no error."""
        try:
            self.call(
                "lambda:DeleteProvisionedConcurrencyConfig",
                f"{function_name}:{number}",
                lambda: self.functions.delete_provisioned_concurrency_config(
                    FunctionName=function_name, Qualifier=number
                ),
                PROPERTY,
            )
        except NotFound:
            return
