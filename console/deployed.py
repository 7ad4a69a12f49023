"""A stack as it is deployed: parameters, template and resources; and what other stacks export."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from samtranslator.yaml_helper import yaml_parse

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

_TAKES_A_DEPLOY = frozenset(
    {
        "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Resource:
    """A resource of a stack.

    Attributes:
        kind: ResourceType.
        physical_id: PhysicalResourceId; empty where it has none yet.
    """

    kind: str
    physical_id: str


@dataclass(frozen=True)
class Deployed:
    """A stack.

    Attributes:
        name: StackName.
        stack_id: its ARN; empty for a stack that is not there yet.
        status: StackStatus.
        parameters: what `Ref` of each gives; `****` under NoEcho.
        keys: the texts that were given for those that are SSM parameters' names.
        template: as processed by its transforms.
        resources: by logical id.
    """

    name: str
    stack_id: str = ""
    status: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    template: Mapping[str, Any] = field(default_factory=lambda: {"Resources": {}})
    resources: Mapping[str, Resource] = field(default_factory=dict)

    @property
    def refuses_a_deploy(self) -> bool:
        """Tell whether the stack can't be updated as it is."""
        return bool(self.status) and self.status not in _TAKES_A_DEPLOY


def read_stack(stacks: "CloudFormationClient", name: str) -> Deployed:
    """Read a stack (DescribeStacks, GetTemplate, ListStackResources); an empty one if none is."""
    try:
        found = stacks.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as error:
        if "does not exist" in str(error):
            return Deployed(name)
        raise
    given = found.get("Parameters", [])
    resolved = [each for each in given if "ResolvedValue" in each]
    return Deployed(
        found["StackName"],
        found["StackId"],
        found["StackStatus"],
        {each["ParameterKey"]: each.get("ResolvedValue", each["ParameterValue"]) for each in given},
        {each["ParameterKey"]: each["ParameterValue"] for each in resolved},
        _template(stacks, found["StackId"]),
        _resources(stacks, found["StackId"]),
    )


def read_exports(stacks: "CloudFormationClient") -> dict[str, str]:
    """Read what stacks export (ListExports)."""
    pages = stacks.get_paginator("list_exports").paginate()
    return {each["Name"]: each["Value"] for page in pages for each in page["Exports"]}


def _template(stacks: "CloudFormationClient", stack_id: str) -> Mapping[str, Any]:
    body: Any = stacks.get_template(StackName=stack_id, TemplateStage="Processed")["TemplateBody"]
    # boto3 gives a template in JSON as a map, one in YAML as text.
    read = yaml_parse(body) if isinstance(body, str) else body
    return read or {"Resources": {}}


def _resources(stacks: "CloudFormationClient", stack_id: str) -> dict[str, Resource]:
    pages = stacks.get_paginator("list_stack_resources").paginate(StackName=stack_id)
    return {
        each["LogicalResourceId"]: Resource(
            each["ResourceType"], each.get("PhysicalResourceId", "")
        )
        for page in pages
        for each in page["StackResourceSummaries"]
        if each["ResourceStatus"] != "DELETE_COMPLETE"
    }
