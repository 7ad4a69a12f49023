"""Keeps the stock: orders come from a queue, and changes of them from the stream of a table."""

import json
import os

RELEASE = "1"


def handler(event, context):
    """Take one batch, and name the records that have to come again."""
    failed = []
    for record in event["Records"]:
        try:
            print(json.dumps({"order": order(record), "release": RELEASE, "version": version()}))
        except (KeyError, ValueError):
            failed.append({"itemIdentifier": identifier(record)})
    return {"batchItemFailures": failed}


def order(record):
    """Give the id of the order that a record is about."""
    if record["eventSource"] == "aws:sqs":
        return json.loads(record["body"])["id"]
    return record["dynamodb"]["Keys"]["id"]["S"]


def identifier(record):
    """Give what Lambda knows a record by."""
    return record["messageId"] if "messageId" in record else record["dynamodb"]["SequenceNumber"]


def version():
    """Tell which version this is."""
    return os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
