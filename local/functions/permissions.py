"""Resource policies: one for the function, one for each version and alias (aws-semantics B7)."""

import json
import re
from typing import Any

from local.functions.errors import check_revision, conflict, invalid, no_resource, not_found
from local.functions.names import LATEST, Place
from local.functions.operations import Operations
from local.functions.state import Function, Input, Output, Region, new_id

_PRINCIPAL = re.compile(
    r"\*|\d{12}|arn:aws[a-z-]*:(iam|sts)::.+|([a-z0-9-]+\.)+(amazonaws\.com(\.cn)?|amazon\.com)"
)
_CONDITIONS = {
    "SourceArn": ("ArnLike", "AWS:SourceArn"),
    "SourceAccount": ("StringEquals", "AWS:SourceAccount"),
    "PrincipalOrgID": ("StringEquals", "aws:PrincipalOrgID"),
    "EventSourceToken": ("StringEquals", "lambda:EventSourceToken"),
    "FunctionUrlAuthType": ("StringEquals", "lambda:FunctionUrlAuthType"),
    "InvokedViaFunctionUrl": ("Bool", "lambda:InvokedViaFunctionUrl"),
}


class PermissionOperations(Operations):
    """The operations on resource policies; kept and shown, not enforced.

    A policy's RevisionId is the one of the function, version or alias that it belongs to.
    """

    def add_permission(self, region: Region, given: Input) -> Output:
        """AddPermission."""
        place = self._place(region, given)
        if place.qualifier == LATEST:
            raise invalid("We currently do not support adding policies for $LATEST.")
        if not _PRINCIPAL.fullmatch(given["Principal"]):
            raise invalid(
                "The provided principal was invalid. Please check the principal and try again."
            )
        function, sid = region.function_or_alias(place), given["StatementId"]
        holder = function.holder(place.qualifier)
        check_revision(given.get("RevisionId"), holder.revision_id, "GetPolicy")
        policy = function.policies.setdefault(place.qualifier or LATEST, {})
        if sid in policy:
            raise conflict(
                f"The statement id ({sid}) provided already exists. Please provide a new "
                "statement id, or remove the existing statement."
            )
        policy[sid] = _statement(place, given)
        holder.revision_id = new_id()
        return {"Statement": json.dumps(policy[sid])}

    def remove_permission(self, region: Region, given: Input) -> Output:
        """RemovePermission."""
        place, sid = self._place(region, given), given["StatementId"]
        if place.name not in region.functions:
            raise not_found(f"No policy found for: {place.arn}")
        function = region.function_or_alias(place)
        policy = _policy(function, place)
        if not policy:
            raise not_found("No policy is associated with the given resource.")
        holder = function.holder(place.qualifier)
        check_revision(given.get("RevisionId"), holder.revision_id)
        if sid not in policy:
            raise not_found(f"Statement {sid} is not found in resource policy.")
        del policy[sid]
        holder.revision_id = new_id()
        return {}

    def get_policy(self, region: Region, given: Input) -> Output:
        """GetPolicy."""
        place = self._place(region, given)
        function = region.functions.get(place.name)
        policy = _policy(function, place) if function else None
        if not function or not policy:
            raise no_resource()
        document = {"Version": "2012-10-17", "Id": "default", "Statement": [*policy.values()]}
        revision_id = function.holder(place.qualifier).revision_id
        return {"Policy": json.dumps(document), "RevisionId": revision_id}


def _policy(function: Function, place: Place) -> dict[str, Output]:
    return function.policies.get(place.qualifier or LATEST, {})


def _statement(place: Place, given: Input) -> Output:
    principal: Any = given["Principal"]
    if principal.isdecimal():
        principal = {"AWS": f"arn:aws:iam::{principal}:root"}
    elif principal.startswith("arn:"):
        principal = {"AWS": principal}
    elif principal != "*":
        principal = {"Service": principal}
    statement: Output = {
        "Sid": given["StatementId"],
        "Effect": "Allow",
        "Principal": principal,
        "Action": given["Action"],
        "Resource": place.qualified_arn,
    }
    for member, (operator, key) in _CONDITIONS.items():
        if member in given:
            value = str(given[member]).lower() if operator == "Bool" else given[member]
            statement.setdefault("Condition", {}).setdefault(operator, {})[key] = value
    return statement
