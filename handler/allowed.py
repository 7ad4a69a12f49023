"""Which functions this provider may promote: the deployer's list, asked before the first call.

The role's policy says the same; a name that is refused here costs no call, and the error can say
what to do.
"""

import os
from fnmatch import fnmatchcase

from handler.errors import AccessDenied

VARIABLE = "ALLOWED_FUNCTION_NAMES"
"""Names with commas between, `*` for any characters; where it is not set, the policy decides."""

_SHOWN = 60
"""Characters of the list that an error shows."""


def is_allowed(function_name: str) -> bool:
    """Tell whether the list has the function."""
    names = os.environ.get(VARIABLE)
    return names is None or any(fnmatchcase(function_name, each) for each in names.split(","))


def check_allowed(function_name: str) -> None:
    """Let only functions of the list pass.

    Raises:
        AccessDenied: the list has no such name.
    """
    if not is_allowed(function_name):
        raise AccessDenied(
            f"FunctionName: {function_name} is not allowed here ({os.environ[VARIABLE][:_SHOWN]}); "
            "add it to AllowedFunctionNames of the provider's stack"
        )
