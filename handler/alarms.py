"""CloudWatch's alarms, as a shift reads them (aws-semantics C2)."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, cast

import boto3
from botocore.config import Config

from handler.calls import Calls

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

# Whoever can't be asked is taken for one that rings: traffic goes back, and soon.
_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=2, read_timeout=3
)

PROPERTY = "DeploymentPreference.Alarms"


class Alarms(Calls):
    """The part of the gateway that asks CloudWatch."""

    @cached_property
    def _alarms(self) -> "CloudWatchClient":
        # Made when it is first needed: most releases have no alarms.
        made = boto3.client("cloudwatch", config=_CONFIG)
        return cast("CloudWatchClient", self.watched(made))

    def describe_alarms(self, names: Sequence[str]) -> Mapping[str, str]:
        """Give the state of each alarm that exists: `OK`, `ALARM` or `INSUFFICIENT_DATA`."""
        pages = self._alarms.get_paginator("describe_alarms").paginate(
            AlarmNames=list(names),
            # Without them CloudWatch leaves composite alarms out.
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
        )
        found = self.call(
            "cloudwatch:DescribeAlarms",
            ", ".join(names),
            lambda: [
                (alarm["AlarmName"], str(alarm["StateValue"]))
                for page in pages
                for alarm in (*page["MetricAlarms"], *page["CompositeAlarms"])
            ],
            PROPERTY,
        )
        return dict(found)
