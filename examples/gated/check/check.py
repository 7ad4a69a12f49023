"""Asks a new version for many prices before it gets traffic."""

import json

import boto3

CASES = [("tea", 1, 3.5), ("tea", 0, 0), ("coffee", 3, 12)]

lambda_ = boto3.client("lambda")


def handler(event, context):
    """Let the release go on, or stop it and say why."""
    for item, quantity, expected in CASES:
        answer = lambda_.invoke(
            FunctionName=event["FunctionName"],
            Qualifier=event["TargetVersion"],
            Payload=json.dumps({"item": item, "quantity": quantity}),
        )
        found = json.loads(answer["Payload"].read())
        if "FunctionError" in answer or found["total"] != expected:
            return {"status": "Failed", "reason": f"{quantity} {item}: {found}"}
    return {"status": "Succeeded"}
