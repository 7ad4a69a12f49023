"""Where an answer may go: CloudFormation's own bucket in the provider's Region, and nowhere else.

Whoever may invoke the provider can write any URL into an event (aws-semantics E5). The forms of the
host are those of aws-semantics A3.
"""

import os
import re
from urllib.parse import urlsplit

_HOST = re.compile(
    r"cloudformation-custom-resource-response-(?P<region>[a-z0-9]+)"
    r"\.s3(?:[.-][a-z0-9-]+){0,2}\.amazonaws\.(?:com|com\.cn|eu)"
)

LOCAL_HOST = "ANSWER_HOST"
"""Variable that names one more host, for an engine on loopback; no template sets it."""


def is_cloudformations(url: str) -> bool:
    """Tell whether an answer may be sent to this URL."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme != "https":
        return False
    if host == os.environ.get(LOCAL_HOST):
        return True
    found = _HOST.fullmatch(host)
    own = os.environ.get("AWS_REGION", "").replace("-", "")
    return bool(found and found["region"] == own and parts.port in (None, 443))
