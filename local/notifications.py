"""S3 invokes the function, version or alias that a bucket's notification names.

https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html
"""

import json
from typing import Any

from moto.s3 import notifications

from local.ports import Invoker


def deliver_to(invoker: Invoker) -> None:
    """Let moto's S3 invoke there: on its own it runs `$LATEST`, whatever the ARN says."""

    def invoke(_account_id: str, event_body: Any, fn_arn: str, region_name: str) -> None:
        _, _, name_and_qualifier = fn_arn.partition(":function:")
        name, _, qualifier = name_and_qualifier.partition(":")
        payload = json.dumps(event_body).encode()
        invoker.enqueue(region_name, name, qualifier or None, payload)

    # moto has no hook for it.
    setattr(notifications, "_invoke_awslambda", invoke)  # noqa: B010 - mypy wants moto's own names
