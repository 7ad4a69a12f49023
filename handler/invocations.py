"""Invocations of other functions, and of the provider itself."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ReadTimeoutError

from handler.calls import Calls
from handler.errors import NetworkFailure, NotFound, ServiceInternalError, Throttling
from handler.together import AT_ONCE

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds between the tries of an invocation that did not get to the function."""


_KEPT = 4
"""Clients that are kept, each with its own time-out."""


@dataclass(frozen=True)
class Reply:
    """What a function answered.

    Attributes:
        text: its answer, JSON as a rule.
        failed: it ended with an error, which is the answer then.
        timed_out: it did not answer in time.
    """

    text: str = ""
    failed: bool = False
    timed_out: bool = False


class Invocations(Calls):
    """The part of the gateway that invokes functions."""

    functions: "LambdaClient"

    def __init__(self) -> None:
        super().__init__()
        self._invokers: dict[int, LambdaClient] = {}
        self._making = threading.Lock()

    def invoke(
        self, function_name: str, qualifier: str | None, payload: str, timeout: int, named: str
    ) -> Reply:
        """Invoke a function and wait for its answer (lambda:InvokeFunction).

        Args:
            function_name: the bare name.
            qualifier: a version number; None for `$LATEST`.
            payload: JSON.
            timeout: seconds.
            named: the property that an error names.

        Raises:
            PromotionError: the function could not be invoked.
        """
        where: Any = {"Qualifier": qualifier} if qualifier else {}
        subject = f"{function_name}:{qualifier}" if qualifier else function_name
        for pause in (*_PAUSES, None):
            # A second try has less time, if the first one took long.
            client = self._invoker(max(1, int(min(timeout, self.remaining))))
            try:
                invoke = partial(
                    client.invoke, FunctionName=function_name, Payload=payload, **where
                )
                return self.call("lambda:InvokeFunction", subject, partial(_reply, invoke), named)
            except NetworkFailure as failure:
                # It may be running still: it is not started once more.
                if isinstance(failure.__cause__, ReadTimeoutError):
                    return Reply(timed_out=True)
                self._pause_or_raise(pause, failure)
            except (Throttling, ServiceInternalError) as failure:
                self._pause_or_raise(pause, failure)
            except NotFound as failure:
                if qualifier:
                    raise
                raise NotFound(
                    f"{named}: found no function {subject}; create it first, or correct the name"
                ) from failure
        raise AssertionError  # pragma: no cover - the last pause is None, which raises

    def _pause_or_raise(self, pause: float | None, failure: Exception) -> None:
        if pause is None or pause >= self.remaining:
            raise failure
        self.sleep(pause)

    def _invoker(self, timeout: int) -> "LambdaClient":
        # botocore would invoke once more when no answer comes in time, so it makes one try only.
        with self._making:
            if len(self._invokers) > _KEPT:
                self._invokers.clear()
            if timeout not in self._invokers:
                config = Config(
                    retries={"mode": "standard", "total_max_attempts": 1},
                    connect_timeout=5,
                    read_timeout=timeout,
                    max_pool_connections=AT_ONCE,
                    tcp_keepalive=True,
                )
                self._invokers[timeout] = self.watched(boto3.client("lambda", config=config))
            return self._invokers[timeout]

    def invoke_again(self, arn: str, event: Mapping[str, Any]) -> None:
        """Let the provider go on with an event in another invocation (lambda:InvokeFunction)."""
        payload = json.dumps(event)
        self.call(
            "lambda:InvokeFunction",
            arn,
            lambda: self.functions.invoke(
                FunctionName=arn, InvocationType="Event", Payload=payload
            ),
            "DeploymentPreference",
        )


def _reply(invoke: Callable[[], Any]) -> Reply:
    answer = invoke()
    # The answer is read from the connection, which can be lost, or too slow, as late as here.
    text = answer["Payload"].read().decode("utf-8", "replace")
    return Reply(text, failed="FunctionError" in answer)
