"""A reference, not a part of the product: a plain handler as people write it with crhelper.

Written for these benchmarks in the style of public examples: it publishes, looks for the alias, and
makes it or points it to the version, with crhelper as it comes.
"""

from collections.abc import Mapping
from typing import Any

import boto3
from crhelper import CfnResource

helper = CfnResource()

try:
    client = boto3.client("lambda")
except Exception as error:  # noqa: BLE001 - as crhelper's README has it
    helper.init_failure(error)


@helper.create
@helper.update
def release(event: Mapping[str, Any], _context: Any) -> str:
    """Publish the function, and point the alias to the version."""
    properties = event["ResourceProperties"]
    function, name = properties["FunctionName"], properties["AliasName"]
    version = client.publish_version(FunctionName=function)["Version"]
    try:
        client.get_alias(FunctionName=function, Name=name)
    except client.exceptions.ResourceNotFoundException:
        alias = client.create_alias(FunctionName=function, Name=name, FunctionVersion=version)
    else:
        alias = client.update_alias(FunctionName=function, Name=name, FunctionVersion=version)
    helper.Data["Version"] = version
    return str(alias["AliasArn"])


@helper.delete
def remove(event: Mapping[str, Any], _context: Any) -> None:
    """Delete the alias."""
    properties = event["ResourceProperties"]
    client.delete_alias(FunctionName=properties["FunctionName"], Name=properties["AliasName"])


def handler(event: Mapping[str, Any], context: Any) -> None:
    """Take one event."""
    helper(event, context)
