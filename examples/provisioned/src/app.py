"""Tells whether its environment was made before it was needed."""

import os

RELEASE = "1"
START = os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"]


def handler(event, context):
    """Tell who is there, and how it was started."""
    return {"release": RELEASE, "start": START}
