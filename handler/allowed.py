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


_ITSELF = "AWS_LAMBDA_FUNCTION_NAME"
"""Lambda's own variable."""

_PARTS = ("", "-last-resort", "-macro")
"""What the names of the provider's functions end with."""


def is_allowed(function_name: str) -> bool:
    """Tell whether the list has the function; the provider itself is never allowed.

    A stack that could move the provider, or invoke it by a smoke test with an event of its own
    making, could do what only others may.
    """
    own = os.environ.get(_ITSELF)
    if own and function_name in {own + part for part in _PARTS}:
        return False
    names = os.environ.get(VARIABLE)
    return names is None or any(fnmatchcase(function_name, each) for each in names.split(","))


def check_allowed(function_name: str, named_by: str = "FunctionName") -> None:
    """Let only functions of the list pass.

    Args:
        function_name: the function's name.
        named_by: the property that names it.

    Raises:
        AccessDenied: the list has no such name.
    """
    if not is_allowed(function_name):
        raise AccessDenied(
            f"{named_by}: {function_name} is not allowed here ({_listed()}); add it to "
            "AllowedFunctionNames of the provider's stack"
        )


def _listed() -> str:
    return os.environ.get(VARIABLE, "any but the provider's own")[:_SHOWN]
