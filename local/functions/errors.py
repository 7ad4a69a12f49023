"""How Lambda says no."""


class LambdaError(Exception):
    """An operation is refused.

    Attributes:
        code: AWS's error code; its HTTP status stands in botocore's model, or is 400.
        message: Lambda's own text.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> LambdaError:
    """Make an InvalidParameterValueException, 400."""
    return LambdaError("InvalidParameterValueException", message)


def not_found(message: str) -> LambdaError:
    """Make a ResourceNotFoundException, 404."""
    return LambdaError("ResourceNotFoundException", message)


def no_resource() -> LambdaError:
    """Make the ResourceNotFoundException of calls that don't say what is missing."""
    return not_found("The resource you requested does not exist.")


def conflict(message: str) -> LambdaError:
    """Make a ResourceConflictException, 409."""
    return LambdaError("ResourceConflictException", message)


def unpublished() -> LambdaError:
    """Make the InvalidParameterValueException of provisioned concurrency on `$LATEST`."""
    return invalid(
        "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
    )


def not_emulated(what: str) -> LambdaError:
    """Refuse what the engine does not do; AWS has no such error."""
    return LambdaError("NotImplementedException", f"not emulated: {what}")


def check_revision(given: str | None, current: str, api: str = "GetFunction/GetAlias") -> None:
    """Compare a RevisionId, if there is one.

    Raises:
        LambdaError: PreconditionFailedException, 412.
    """
    if given not in (None, current):
        raise LambdaError(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. "
            f"Call the {api} API to retrieve the latest Revision Id",
        )
