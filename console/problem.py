"""Why a command can't do what it was asked for, in one line."""

from botocore.exceptions import BotoCoreError, ClientError

from handler.errors import PromotionError


class Problem(Exception):
    """What a person asked for can't be done; the text says why, and what to do."""


def in_words(error: Exception) -> str:
    """Give an error in one line; AWS's own words where AWS refused.

    The provider's errors speak of its role, whose permissions are not those of a person.
    """
    cause = error.__cause__ if isinstance(error, PromotionError) and error.__cause__ else error
    if isinstance(cause, ClientError):
        found = cause.response["Error"]
        text = f"{found.get('Code', 'unknown')}: {found.get('Message', '')}"
        return f"{cause.operation_name}: {text}"
    # botocore itself says best that there are no credentials, no Region or no connection.
    return str(cause) if isinstance(cause, BotoCoreError) else str(error)
