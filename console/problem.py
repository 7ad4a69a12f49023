"""Why a command can't do what it was asked for, in one line."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ProfileNotFound,
)

from handler.errors import PromotionError

_CREDENTIALS = "sign in, or set AWS_PROFILE to a profile that may do this"

_ADVICE: dict[type[BotoCoreError], str] = {
    EndpointConnectionError: "if AWS_ENDPOINT_URL is set, see that something runs there",
    NoCredentialsError: _CREDENTIALS,
    NoRegionError: "set AWS_DEFAULT_REGION to where the functions are",
    ProfileNotFound: "correct AWS_PROFILE",
}
_ADVICE_BY_CODE = {
    "AccessDenied": _CREDENTIALS,
    "AccessDeniedException": _CREDENTIALS,
    "ExpiredToken": _CREDENTIALS,
    "ExpiredTokenException": _CREDENTIALS,
    "InvalidClientTokenId": _CREDENTIALS,
    "ResourceNotFoundException": "see that the name is right, and the Region, too",
    "UnrecognizedClientException": _CREDENTIALS,
}


class Problem(Exception):
    """What a person asked for can't be done; the text says why, and what to do."""


def in_words(error: Exception) -> str:
    """Give an error in one line, with what to do; AWS's own words where AWS refused.

    The provider's errors speak of its role, whose permissions are not those of a person.
    """
    cause = error.__cause__ if isinstance(error, PromotionError) and error.__cause__ else error
    if isinstance(cause, ClientError):
        found = cause.response["Error"]
        code = found.get("Code", "unknown")
        text = f"{cause.operation_name}: {code}: {found.get('Message', '')}"
        return _advised(text, _ADVICE_BY_CODE.get(code))
    if isinstance(cause, BotoCoreError):
        return _advised(str(cause), _ADVICE.get(type(cause)))
    return str(error)


def _advised(text: str, advice: str | None) -> str:
    return f"{text.rstrip('.')}; {advice}" if advice else text
