"""Prices a number of pieces of one item."""

import os

PRICES = {"tea": 3.5, "coffee": 4.0}


def handler(event, context):
    """Give the total."""
    total = PRICES[event["item"]] * event["quantity"]
    return {"total": total, "version": os.environ["AWS_LAMBDA_FUNCTION_VERSION"]}
