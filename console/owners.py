"""Which resource of which stack manages an alias: its mark has a hash only, so stacks are asked."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from handler import lineage
from handler.schema import PROMOTION_TYPE, RELEASE_TYPE

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

MOST_STACKS = 300
"""Stacks that are asked at the most, those first that changed last: one call each, or more."""

_RELEASE_ID = re.compile(r"lambda-release/(?P<owner>[0-9a-f]{8})/")


@dataclass(frozen=True)
class Owner:
    """A promotion in a stack.

    Attributes:
        stack_name: name of the stack.
        logical_id: the resource's name there.
    """

    stack_name: str
    logical_id: str

    def __str__(self) -> str:
        return f"{self.stack_name} {self.logical_id}"


@dataclass(frozen=True)
class Owners:
    """What was found.

    Attributes:
        found: the owners, by the hash in the mark.
        unasked: stacks that were not asked, though an owner is still to be found.
    """

    found: Mapping[str, Owner]
    unasked: int = 0


def find_owners(
    stacks: "CloudFormationClient", wanted: Collection[str], most: int = MOST_STACKS
) -> Owners:
    """Ask stack by stack, until every hash is found (DescribeStacks, ListStackResources)."""
    left, found = set(wanted), dict[str, Owner]()
    if not left:
        return Owners(found)
    pages = stacks.get_paginator("describe_stacks").paginate()
    everything = [each for page in pages for each in page["Stacks"]]
    for stack in islice(sorted(everything, key=_changed, reverse=True), most):
        for owner, each in _promotions(stack, _resources(stacks, stack["StackId"])):
            if owner in left:
                found[owner] = each
        left -= found.keys()
        if not left:
            return Owners(found)
    return Owners(found, max(0, len(everything) - most))


def _changed(stack: Any) -> Any:
    return stack.get("LastUpdatedTime", stack["CreationTime"])


def _resources(stacks: "CloudFormationClient", stack_id: str) -> Iterable[Any]:
    pages = stacks.get_paginator("list_stack_resources").paginate(StackName=stack_id)
    for page in pages:
        yield from page["StackResourceSummaries"]


def _promotions(stack: Any, resources: Iterable[Any]) -> Iterable[tuple[str, Owner]]:
    for each in resources:
        logical_id = each["LogicalResourceId"]
        owner = Owner(stack["StackName"], logical_id)
        if each["ResourceType"] == PROMOTION_TYPE:
            yield lineage.owner_id(stack["StackId"], logical_id), owner
        elif each["ResourceType"] == RELEASE_TYPE:
            # Its owner's hash has the functions in it, which are not listed; the id tells it.
            release = _RELEASE_ID.match(each.get("PhysicalResourceId", ""))
            if release:
                yield release["owner"], owner
