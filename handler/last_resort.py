"""The last resort: answers FAILED for an event that the provider could not answer.

A function of its own, behind the provider as its on-failure destination: Lambda sends it the event
when every retry is used up (aws-semantics A8). Without it the stack would wait for an hour. It
imports nothing that could be what broke the provider.
"""

import hashlib
import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from handler.response_url import is_cloudformations

_TRIES = 4
_PAUSE = 2.0
"""Seconds between two tries."""

_CAUSE_SHOWN = 300
"""Characters of the cause; the whole answer may have 4096 bytes."""


def handler(record: Mapping[str, Any], _context: Any) -> None:
    """Take Lambda's record of an asynchronous invocation that failed.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html

    Raises:
        OSError: nobody took the answer; Lambda runs this function again.
    """
    event = record["requestPayload"]
    url = event.get("ResponseURL") if isinstance(event, Mapping) else None
    if not isinstance(url, str) or not is_cloudformations(url):
        _tell("there is nobody to answer")
        return
    answer = failed(event, cause(record))
    outcome = _put(url, json.dumps(answer).encode())
    _tell("answered in place of the provider", http=outcome, **answer)


def cause(record: Mapping[str, Any]) -> str:
    """Say why the provider did not answer, in the words that a stack's event shows."""
    context = record["requestContext"]
    error = record.get("responsePayload")
    told = error if isinstance(error, Mapping) else {}
    kind, message = told.get("errorType", "it was not run"), told.get("errorMessage", "")
    name = str(context["functionArn"]).split(":")[6]
    what = f"{kind}: {message}" if message else str(kind)
    tries = context.get("approximateInvokeCount", 0)
    return (
        f"The provider could not answer: {what[:_CAUSE_SHOWN]} ({context['condition']} after "
        f"{tries} tries). See its log group /aws/lambda/{name}, then try again "
        "(HandlerErrorCode: InternalFailure)"
    )


def failed(event: Mapping[str, Any], reason: str) -> dict[str, str]:
    """Build the answer; an id that is missing says that nobody knows what the provider wrote."""
    ids = {name: str(event.get(name, "")) for name in ("StackId", "RequestId", "LogicalResourceId")}
    # As the provider would: by its own id the Delete of a Create tells what this one has made.
    by = hashlib.sha256(ids["RequestId"].encode("utf-8", "surrogatepass")).hexdigest()[:8]
    unconfirmed = f"{ids['StackId']}/{ids['LogicalResourceId']}#unconfirmed/{by}"[-1024:]
    physical_id = str(event.get("PhysicalResourceId") or unconfirmed)
    return {"Status": "FAILED", "Reason": reason, "PhysicalResourceId": physical_id, **ids}


def _tell(message: str, **facts: str) -> None:
    sys.stdout.write(json.dumps({"level": "ERROR", "message": message, **facts}) + "\n")


def _put(url: str, body: bytes) -> str:
    """Give the HTTP status with which the answer was taken, or refused for good."""
    request = urllib.request.Request(url, body, {"content-type": ""}, method="PUT")  # noqa: S310 - https, checked above
    for left in reversed(range(_TRIES)):
        try:
            with urllib.request.urlopen(request, timeout=10) as taken:  # noqa: S310 - same
                return str(taken.status)
        except urllib.error.HTTPError as error:
            outcome = str(error.code)
            if outcome.startswith("4"):
                return outcome
        except OSError as error:
            # The text of the error could carry the URL.
            outcome = type(error).__name__
        if left:
            time.sleep(_PAUSE)
    raise OSError(f"the answer was not taken: {outcome}")
