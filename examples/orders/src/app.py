"""Prices orders: an order is put into the bucket, its receipt is written beside it."""

import json
import os
from urllib.parse import unquote_plus

import boto3

RELEASE = "1"

s3 = boto3.client("s3")


def handler(event, context):
    """Take S3's notification of new orders, or tell who is there."""
    for record in event.get("Records", []):
        key = unquote_plus(record["s3"]["object"]["key"])
        price(record["s3"]["bucket"]["name"], key)
    return {"release": RELEASE, "version": os.environ["AWS_LAMBDA_FUNCTION_VERSION"]}


def price(bucket, key):
    """Write the receipt of one order."""
    order = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    receipt = {
        "total": sum(item["price"] * item["quantity"] for item in order["items"]),
        "release": RELEASE,
        "version": os.environ["AWS_LAMBDA_FUNCTION_VERSION"],
    }
    name = key.removeprefix("orders/")
    s3.put_object(Bucket=bucket, Key=f"receipts/{name}", Body=json.dumps(receipt))
