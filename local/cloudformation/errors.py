"""The two ways in which CloudFormation says no: to a caller, and about a resource."""


class ApiError(Exception):
    """An operation is refused.

    Attributes:
        code: AWS's error code; `ValidationError` where CloudFormation models none.
        message: CloudFormation's own text.
    """

    def __init__(self, message: str, code: str = "ValidationError") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class ResourceError(Exception):
    """A resource could not be created, changed or deleted; the text is its ResourceStatusReason.

    Attributes:
        physical_id: the id under which CloudFormation knows what the attempt left behind, or None
            for the id it knew before (on Create: nothing was left behind).
        attempted: False when nothing was tried, so that nothing has to be undone.
    """

    def __init__(
        self, reason: str, *, physical_id: str | None = None, attempted: bool = True
    ) -> None:
        super().__init__(reason)
        self.physical_id = physical_id
        self.attempted = attempted
