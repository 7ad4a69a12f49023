"""Stacks, resources, events and change sets in the words of the API's answers."""

import json
from collections.abc import Mapping
from typing import Any

from local.cloudformation.intrinsics import stringify
from local.cloudformation.stacks import STACK_TYPE, ChangeSet, Request, Resource, Stack
from local.cloudformation.template import Template

Fields = dict[str, Any]


def _present(**fields: Any) -> Fields:
    """Leave out what is None."""
    return {name: value for name, value in fields.items() if value is not None}


def _parameters(template: Template) -> list[Fields]:
    """Give a stack's parameters; NoEcho hides the value, SSM types show both."""
    found = []
    for name, text in template.given.items():
        declaration = template.parameters[name]
        item = {"ParameterKey": name, "ParameterValue": "****" if _hidden(declaration) else text}
        if declaration["Type"].startswith("AWS::SSM::Parameter::Value<"):
            value = template.values[name]
            item["ResolvedValue"] = ",".join(value) if isinstance(value, list) else value
        found.append(item)
    return found


def _hidden(declaration: Mapping[str, Any]) -> bool:
    return str(declaration.get("NoEcho", False)).lower() == "true"


def declared_parameters(source: Mapping[str, Any]) -> list[Fields]:
    """Give the parameters that a template declares."""
    return [
        _present(
            ParameterKey=name,
            ParameterType=declaration["Type"],
            DefaultValue=stringify(declaration["Default"]) if "Default" in declaration else None,
            NoEcho=_hidden(declaration),
            Description=declaration.get("Description"),
        )
        for name, declaration in source.get("Parameters", {}).items()
    ]


def _of_request(request: Request | None) -> Fields:
    if request is None:
        return {"Capabilities": [], "Tags": [], "Parameters": []}
    return _present(
        Description=request.template.processed.get("Description"),
        Parameters=_parameters(request.template),
        Capabilities=list(request.capabilities),
        Tags=[{"Key": key, "Value": value} for key, value in request.tags.items()],
        DisableRollback=request.disable_rollback,
    )


def stack(one: Stack) -> Fields:
    """Give a Stack of DescribeStacks."""
    outputs = [{"OutputKey": name, **output} for name, output in one.outputs.items()]
    return {
        "DisableRollback": False,
        **_of_request(one.request),
        **_present(
            StackId=one.id,
            StackName=one.name,
            CreationTime=one.created,
            LastUpdatedTime=one.updated,
            DeletionTime=one.deleted,
            StackStatus=one.status,
            StackStatusReason=one.reason,
            RollbackConfiguration={},
            NotificationARNs=[],
            Outputs=outputs or None,
            EnableTerminationProtection=False,
            DriftInformation={"StackDriftStatus": "NOT_CHECKED"},
        ),
    }


def event(owner: Stack, one: Resource) -> Fields:
    """Give a StackEvent."""
    about_stack = one.type == STACK_TYPE and one.physical_id == owner.id
    return _present(
        StackId=owner.id,
        StackName=owner.name,
        EventId=f"{one.logical_id}-{one.status}-{one.time.isoformat(timespec='milliseconds')}",
        LogicalResourceId=one.logical_id,
        PhysicalResourceId=one.physical_id or "",
        ResourceType=one.type,
        Timestamp=one.time,
        ResourceStatus=one.status,
        ResourceStatusReason=one.reason,
        ResourceProperties=None if about_stack else json.dumps(stringify(one.properties)),
    )


def resource(owner: Stack, one: Resource) -> Fields:
    """Give a StackResourceDetail or StackResourceSummary."""
    return _present(
        StackId=owner.id,
        StackName=owner.name,
        LogicalResourceId=one.logical_id,
        PhysicalResourceId=one.physical_id,
        ResourceType=one.type,
        ResourceStatus=one.status,
        ResourceStatusReason=one.reason,
        LastUpdatedTimestamp=one.time,
        DriftInformation={"StackResourceDriftStatus": "NOT_CHECKED"},
    )


def change_set_summary(owner: Stack, one: ChangeSet) -> Fields:
    """Give a ChangeSetSummary of ListChangeSets."""
    return _present(
        StackId=owner.id,
        StackName=owner.name,
        ChangeSetId=one.id,
        ChangeSetName=one.name,
        CreationTime=one.created,
        Description=one.description,
        Status=one.status,
        StatusReason=one.reason,
        ExecutionStatus=one.execution_status,
    )


def change_set(owner: Stack, one: ChangeSet) -> Fields:
    """Give the answer of DescribeChangeSet."""
    details = _of_request(one.request)
    return {
        **{name: details[name] for name in ("Parameters", "Capabilities", "Tags")},
        **change_set_summary(owner, one),
        "Changes": [{"Type": "Resource", "ResourceChange": change} for change in one.changes],
    }
