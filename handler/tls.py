"""One TLS context for every connection: loading the CA roots takes more than the rest of a call.

botocore would load them anew for each of its connections.
"""

import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Any

# Beside the imports, which leave the other core idle; the GIL is not held.
_thread = ThreadPoolExecutor(1)
_made = _thread.submit(ssl.create_default_context)
_thread.shutdown(wait=False)


def context() -> ssl.SSLContext:
    """Give whom the provider trusts, AWS as well as the bucket that takes its answers."""
    return _made.result()


def share(client: Any) -> Any:
    """Let a client use the context, unless it was told other roots (AWS_CA_BUNDLE).

    botocore offers no way to do so. One that is made in another way is left as it is: slower.
    """
    session = getattr(getattr(client, "_endpoint", None), "http_session", None)
    pools = getattr(getattr(session, "_manager", None), "connection_pool_kw", {})
    if "ssl_context" in pools and getattr(session, "_verify", None) is True:
        pools["ssl_context"] = context()
        vars(session)["_setup_ssl_cert"] = _require
    return client


def _require(connection: Any, _url: str, _verify: Any) -> None:
    connection.cert_reqs = "CERT_REQUIRED"
