"""Roles and their inline policies."""

from collections.abc import Mapping
from typing import Any

from local.cloudformation.clients import aws
from local.cloudformation.errors import ResourceError
from local.cloudformation.resources.base import (
    AwsResource,
    Call,
    Made,
    Properties,
    delete_if_present,
    document,
    tag_list,
    without,
)

_OF_THEIR_OWN = ("AssumeRolePolicyDocument", "ManagedPolicyArns", "Policies", "Tags")


class Role(AwsResource):
    """AWS::IAM::Role."""

    service = "iam"
    immutable = frozenset({"RoleName", "Path"})

    def create(self, call: Call) -> Made:
        """Create the role, then its policies."""
        name = call.properties.get("RoleName") or call.name()
        aws(
            self.client(call),
            "create_role",
            **without(call.properties, *_OF_THEIR_OWN) | {"RoleName": name},
            AssumeRolePolicyDocument=_document(call.properties["AssumeRolePolicyDocument"]),
        )
        call.started(name)
        return self._configured(call, name)

    def update(self, call: Call) -> Made:
        """Change what can be changed in place."""
        if call.changed("PermissionsBoundary"):
            raise ResourceError("not emulated: change of PermissionsBoundary of AWS::IAM::Role")
        name, given, iam = call.physical_id, call.properties, self.client(call)
        policy = _document(given["AssumeRolePolicyDocument"])
        iam.update_assume_role_policy(RoleName=name, PolicyDocument=policy)
        settings = {"Description": given.get("Description", "")}
        settings["MaxSessionDuration"] = given.get("MaxSessionDuration", 3600)
        aws(iam, "update_role", RoleName=name, **settings)
        return self._configured(call, name)

    def delete(self, call: Call) -> None:
        """Take every policy off, then delete."""
        name, iam = call.physical_id, self.client(call)
        for arn in call.properties.get("ManagedPolicyArns", []):
            delete_if_present(iam, "detach_role_policy", RoleName=name, PolicyArn=arn)
        for policy in _inline(call.properties):
            delete_if_present(iam, "delete_role_policy", RoleName=name, PolicyName=policy)
        delete_if_present(iam, "delete_role", RoleName=name)

    def _configured(self, call: Call, name: str) -> Made:
        """Set tags and policies; those of AWS::IAM::Policy resources stay."""
        iam, old, new = self.client(call), call.old_properties, call.properties
        managed = new.get("ManagedPolicyArns", [])
        for arn in set(old.get("ManagedPolicyArns", [])).difference(managed):
            iam.detach_role_policy(RoleName=name, PolicyArn=arn)
        for arn in managed:
            iam.attach_role_policy(RoleName=name, PolicyArn=arn)
        for policy in _inline(old).keys() - _inline(new).keys():
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        for policy, text in _inline(new).items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=text)
        tags = call.all_tags()
        known = [tag["Key"] for tag in iam.list_role_tags(RoleName=name)["Tags"]]
        iam.untag_role(RoleName=name, TagKeys=[key for key in known if key not in tags])
        iam.tag_role(RoleName=name, Tags=tag_list(tags))
        role = iam.get_role(RoleName=name)["Role"]
        return Made(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})


class Policy(AwsResource):
    """AWS::IAM::Policy: an inline policy on roles."""

    service = "iam"
    immutable = frozenset()

    def create(self, call: Call) -> Made:
        """Put it on every role."""
        given = call.properties
        physical_id = call.physical_id or call.name()
        for role in given["Roles"]:
            self.client(call).put_role_policy(
                RoleName=role,
                PolicyName=given["PolicyName"],
                PolicyDocument=_document(given["PolicyDocument"]),
            )
        return Made(physical_id, {"Id": physical_id})

    def update(self, call: Call) -> Made:
        """Put it anew, and take it off where it no longer belongs."""
        old, new = call.old_properties, call.properties
        kept = new["Roles"] if old["PolicyName"] == new["PolicyName"] else []
        self._remove(call, old, kept)
        return self.create(call)

    def delete(self, call: Call) -> None:
        """Take it off every role."""
        self._remove(call, call.properties, [])

    def _remove(self, call: Call, given: Mapping[str, Any], kept: list[str]) -> None:
        for role in set(given["Roles"]).difference(kept):
            target = {"RoleName": role, "PolicyName": given["PolicyName"]}
            delete_if_present(self.client(call), "delete_role_policy", **target)


def _inline(properties: Properties) -> dict[str, str]:
    return {
        one["PolicyName"]: _document(one["PolicyDocument"])
        for one in properties.get("Policies", [])
    }


def _document(value: Any) -> str:
    """Write a policy; IAM takes one without a Version, such as SAM's templates give, moto none."""
    return document({"Version": "2012-10-17", **value} if isinstance(value, dict) else value)


TYPES: dict[str, type[AwsResource]] = {"AWS::IAM::Role": Role, "AWS::IAM::Policy": Policy}
