"""Answers GET /prices."""

import json
import os

RELEASE = "1"
PRICES = {"tea": 3.5, "coffee": 4.0}


def handler(event, context):
    """Answer as API Gateway's proxy integration wants it."""
    body = {
        "prices": PRICES,
        "release": RELEASE,
        "version": os.environ["AWS_LAMBDA_FUNCTION_VERSION"],
    }
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(body),
    }
