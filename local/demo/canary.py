"""The canary example's stack, as the demo changes it and looks at it."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.demo.source import Source
from local.engine import Engine

STACK = "orders-canary"
EXAMPLE = Path("examples/canary")
_LOOK_EVERY = 0.05
# The share of the traffic from which on the demo's customers order nothing.
_CUSTOMERS_COME_AT = 60


class CanarySource(Source):
    """The example's code, with the mistakes that its developer makes."""

    def shift_in_steps(self) -> None:
        """Let the traffic go over in more steps: they are nicer to look at."""
        self.change_template("Canary10Percent5Minutes", "Linear20PercentEvery1Minute")

    def add_up_wrongly(self) -> None:
        """Make a mistake that the smoke test finds."""
        self.change_code('item["price"] * item["quantity"]', 'item["price"]')

    def fail_for_an_order_of_nothing(self) -> None:
        """Repair that one, and make one that only customers find."""
        self.change_code('item["price"]', 'item["price"] * item["quantity"]')
        self.change_code(
            '"release": RELEASE', '"mean": 1 / len(event["items"]), "release": RELEASE'
        )


@dataclass(frozen=True)
class Split:
    """How an alias shares its traffic.

    Attributes:
        version: what it points to.
        percent: the share of another version.
    """

    version: str
    percent: int


class Canary:
    """The deployed example."""

    def __init__(self, engine: Engine) -> None:
        self._lambda = engine.client("lambda")
        self._alarms = engine.client("cloudwatch")
        self._stacks = engine.client("cloudformation")
        outputs = self._stacks.describe_stacks(StackName=STACK)["Stacks"][0]["Outputs"]
        self._function = {each["OutputKey"]: each["OutputValue"] for each in outputs}[
            "FunctionName"
        ]

    def split(self) -> Split:
        """Look at prod."""
        found = self._lambda.get_alias(FunctionName=self._function, Name="prod")
        weights = found.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
        return Split(found["FunctionVersion"], round(100 * sum(weights.values())))

    def watch(self, done: Callable[[], bool], show: Callable[[Split], None]) -> None:
        """Show each new split of the traffic until something is done; customers order meanwhile."""
        shown, over = None, False
        while not over:
            over = done()  # before the look, so that the last one shows the end
            if (split := self.split()) != shown:
                show(split)
                shown = split
            if split.percent >= _CUSTOMERS_COME_AT:
                self._order_nothing()
            time.sleep(_LOOK_EVERY)

    def order(self, *items: dict[str, int]) -> Any:
        """Order from prod; an error is a text."""
        payload = json.dumps({"items": items})
        answer = self._lambda.invoke(FunctionName=self._function, Qualifier="prod", Payload=payload)
        found = json.loads(answer["Payload"].read())
        return found["errorMessage"] if "FunctionError" in answer else found

    def reason(self) -> str:
        """Give why prod was not released, as the stack's events tell it."""
        events = self._stacks.describe_stack_events(StackName=STACK)["StackEvents"]
        reasons = [
            each["ResourceStatusReason"]
            for each in events
            if each["LogicalResourceId"] == "ProdAlias"
            and each["ResourceStatus"] == "UPDATE_FAILED"
        ]
        return str(reasons[0]).partition("Message returned: ")[2].partition(" (RequestId")[0]

    def _order_nothing(self) -> None:
        # The engine evaluates no metric: an error rings the alarm that counts errors.
        if isinstance(self.order(), str):
            [alarm] = [
                each["AlarmName"]
                for each in self._alarms.describe_alarms()["MetricAlarms"]
                if "NewVersionErrors" in each["AlarmName"]
            ]
            self._alarms.set_alarm_state(
                AlarmName=alarm, StateValue="ALARM", StateReason="an order failed"
            )
