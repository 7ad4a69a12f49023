"""What a command in an empty environment needs of this machine: where pip finds packages."""

import os

_NAMES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


def of_pip() -> dict[str, str]:
    """Give the variables of pip, and of the way to the network."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith("PIP_") or name.lower().endswith("_proxy") or name in _NAMES
    }
