"""Alarms and dashboards: no metric is evaluated."""

from typing import Any, ClassVar

from local.cloudformation.clients import aws
from local.cloudformation.resources.base import AwsResource, Call, Made, delete_if_present, without


class Alarm(AwsResource):
    """AWS::CloudWatch::Alarm."""

    service = "cloudwatch"
    immutable = frozenset({"AlarmName"})
    operation: ClassVar[str] = "put_metric_alarm"

    def create(self, call: Call) -> Made:
        """Put it."""
        name = call.physical_id or call.properties.get("AlarmName") or call.name(255)
        settings = without(call.properties, "AlarmName", "Tags")
        aws(self.client(call), self.operation, AlarmName=name, **settings)
        arn = f"arn:aws:cloudwatch:{call.region}:{call.account}:alarm:{name}"
        return Made(name, {"Arn": arn})

    def update(self, call: Call) -> Made:
        """Put it again, whole."""
        return self.create(call)

    def delete(self, call: Call) -> None:
        """Delete."""
        delete_if_present(self.client(call), "delete_alarms", AlarmNames=[call.physical_id])


class CompositeAlarm(Alarm):
    """AWS::CloudWatch::CompositeAlarm; the alarms in its rule must exist."""

    operation = "put_composite_alarm"


class Dashboard(AwsResource):
    """AWS::CloudWatch::Dashboard."""

    service = "cloudwatch"
    immutable = frozenset({"DashboardName"})

    def create(self, call: Call) -> Made:
        """Put it."""
        name = call.physical_id or call.properties.get("DashboardName") or call.name(255)
        body: Any = call.properties["DashboardBody"]
        aws(self.client(call), "put_dashboard", DashboardName=name, DashboardBody=body)
        return Made(name)

    def update(self, call: Call) -> Made:
        """Put it again."""
        return self.create(call)

    def delete(self, call: Call) -> None:
        """Delete."""
        names = [call.physical_id]
        delete_if_present(self.client(call), "delete_dashboards", DashboardNames=names)


TYPES: dict[str, type[AwsResource]] = {
    "AWS::CloudWatch::Alarm": Alarm,
    "AWS::CloudWatch::CompositeAlarm": CompositeAlarm,
    "AWS::CloudWatch::Dashboard": Dashboard,
}
