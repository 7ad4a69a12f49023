"""The answer to CloudFormation: fitted into its limit, and delivered."""

import json
import time
from collections.abc import Mapping
from typing import Any

import urllib3

from handler import tls

LIMIT = 4096
"""Bytes of the whole answer; CloudFormation refuses a longer one (aws-semantics A2)."""

REFUSALS = frozenset({"400", "403", "404", "405"})
"""Statuses with which S3 says that nobody waits at this URL."""

_REFUSED_FOR_GOOD = 5
"""Refusals after which nobody waits at this URL any more: it has expired or been closed."""

_ATTEMPT = urllib3.Timeout(connect=3, read=5)

_pool = urllib3.PoolManager(ssl_context=tls.context(), retries=False)


def fitted(body: Mapping[str, Any]) -> bytes:
    """Write the answer in at most LIMIT bytes: the Reason gives way first, from its end."""
    written = _written(body)
    if len(written) <= LIMIT:
        return written
    reason = str(body["Reason"]).encode("utf-8", "replace")
    # A byte can take up to six in JSON: nothing is cut that would have fitted.
    while len(written) > LIMIT and reason:
        reason = reason[: -max(1, (len(written) - LIMIT) // 6)]
        short = f"{reason.decode('utf-8', 'ignore')}..." if reason else ""
        written = _written({**body, "Reason": short})
    if len(written) <= LIMIT:
        return written
    why = f"the answer has {len(_written(body))} bytes, more than {LIMIT}"
    return _written({**body, "Status": "FAILED", "Reason": why, "Data": {}})


def deliver(url: str, body: bytes, give_up_at: float) -> str:
    """PUT the answer until it is accepted or refused for good; give the last status or error.

    Args:
        url: the presigned ResponseURL; it is a secret and stands in no message.
        body: what to PUT.
        give_up_at: seconds of `time.monotonic`.
    """
    pause, refusals = 0.2, 0
    while True:
        outcome = _put(url, body)
        refusals += outcome in REFUSALS
        done = outcome.startswith("2") or refusals == _REFUSED_FOR_GOOD
        if done or time.monotonic() + pause >= give_up_at:
            return outcome
        time.sleep(pause)
        pause = min(2 * pause, 4)


def _put(url: str, body: bytes) -> str:
    try:
        # By name: to urllib3 1, which a runtime may still have, the third argument is a form.
        # The type must be empty: it is part of what older URLs sign.
        answer = _pool.request(
            "PUT", url, body=body, headers={"content-type": ""}, timeout=_ATTEMPT
        )
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told in the log and tried again
        # The text of the error would carry the URL.
        return type(error).__name__
    return str(answer.status)


def _written(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
