"""What can go wrong, in CloudFormation's words.

    PromotionError
    ├── InvalidRequest         a property can't be used as it is
    ├── NotFound               a function, version or alias that is named does not exist
    ├── AlreadyExists          the alias exists and is not ours to take
    ├── ResourceConflict       somebody else moved it, or the event belongs to another operation
    ├── NotStabilized          the function or version does not become ready
    ├── AccessDenied           the provider's role may not do this
    ├── Throttling             too many requests, for longer than we could wait
    ├── ServiceLimitExceeded   a quota of the account is used up
    ├── ServiceInternalError   AWS answered with its own error
    ├── NetworkFailure         AWS did not answer
    ├── ServiceTimeout         the time that CloudFormation or Lambda gives ran out
    └── InternalFailure        a defect of ours

The class name is CloudFormation's HandlerErrorCode. The message is what a person reads in the
stack's events: the property first, then what was found and what to do.
"""


class PromotionError(Exception):
    """Base of everything that the provider answers FAILED with, on purpose."""

    def __str__(self) -> str:
        return f"{self.args[0]} (HandlerErrorCode: {type(self).__name__})"


class InvalidRequest(PromotionError):
    """A property can't be used as it is; nothing was written."""


class NotFound(PromotionError):
    """A function, version or alias that the properties name does not exist."""


class AlreadyExists(PromotionError):
    """The alias exists and belongs to somebody else."""


class ResourceConflict(PromotionError):
    """Somebody else changed the alias, or the event belongs to an operation that is over."""


class NotStabilized(PromotionError):
    """The function or the version is not ready to serve, or will never be."""


class AccessDenied(PromotionError):
    """The provider's role lacks a permission."""


class Throttling(PromotionError):
    """The account's request rate was exceeded for longer than we could wait."""


class ServiceLimitExceeded(PromotionError):
    """A quota of the account is used up."""


class ServiceInternalError(PromotionError):
    """AWS answered with an error of its own."""


class NetworkFailure(PromotionError):
    """AWS could not be reached, or did not answer."""


class ServiceTimeout(PromotionError):
    """The time for this request is used up; nothing is written any more."""


class InternalFailure(PromotionError):
    """A defect of the provider."""


class Overtaken(Exception):
    """Somebody else changed the alias between our look and our write: look, and decide, again."""
