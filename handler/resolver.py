"""From a Plan's version slot to a version that can serve."""

from handler.arn import AliasId
from handler.aws import Aws
from handler.errors import InvalidRequest, NotFound, NotStabilized
from handler.model import LATEST
from handler.observed import Version
from handler.plan import PromoteFrom, PublishVersion, RestoreVersion, VersionSlot


class Resolver:
    """Resolves the version slots of one request; it publishes once at the most."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws
        self._published: Version | None = None

    def resolve(self, alias: AliasId, slot: VersionSlot) -> Version | None:
        """Give a version that can serve; None for an empty slot.

        Raises:
            InvalidRequest, NotFound: the source can't be used; the message names the property.
            NotStabilized: the version, or the alias it comes from, is not ready.
        """
        match slot:
            case None:
                return None
            case RestoreVersion(number):
                return Version(number)
            case PublishVersion():
                self._published = self._published or self._publish(alias, slot)
                return self._ready(alias, self._published)
            case PromoteFrom(source):
                return self._ready(alias, self._existing(alias, self._served_by(alias, source)))
        return self._ready(alias, self._existing(alias, slot.version))

    def _publish(self, alias: AliasId, slot: PublishVersion) -> Version:
        name, code = alias.function_name, slot.code_sha256
        try:
            return self._aws.publish_version(name, slot.description, code)
        except NotFound:
            raise NotFound(
                f"FunctionName: found no function {name} in {alias.scope.region} of account "
                f"{alias.scope.account}; create it first (a !Ref orders it), or correct the name"
            ) from None
        except InvalidRequest:
            actual = code and self._aws.get_version(name, LATEST).code_sha256
            if actual == code:
                raise
            raise InvalidRequest(
                f"CodeSha256: found $LATEST with code {actual}, expected {code}; deploy that code "
                "first, or correct the value"
            ) from None

    def _served_by(self, alias: AliasId, source: str) -> str:
        found = self._aws.get_alias(AliasId(alias.scope, alias.function_name, source))
        subject = f"alias {source} of {alias.function_name}"
        if not found:
            raise NotFound(
                f"SourceQualifier: found no {subject}; create it first (a !GetAtt of its Version "
                "orders it), or correct the name"
            )
        if found.weighted:
            raise NotStabilized(
                f"SourceQualifier: {subject} sends traffic to two versions; release again when its "
                "shift has ended"
            )
        if found.lineage and found.lineage.shift:
            raise NotStabilized(
                f"SourceQualifier: {subject} serves a release that is still watched; release again "
                "when it is settled"
            )
        if found.version == LATEST:
            raise InvalidRequest(
                f"SourceQualifier: {subject} points to $LATEST, not to a version; point it to one"
            )
        return found.version

    def _existing(self, alias: AliasId, number: str) -> Version:
        try:
            return self._aws.get_version(alias.function_name, number)
        except NotFound:
            raise NotFound(
                f"SourceQualifier: found no version {number} of {alias.function_name}; name one "
                "that exists"
            ) from None

    def _ready(self, alias: AliasId, version: Version) -> Version:
        if version.state == "Failed":
            raise NotStabilized(
                f"SourceQualifier: version {version.number} of {alias.function_name} has State "
                f"Failed ({version.state_reason}); mend the function, then release again"
            )
        if version.state == "Pending":
            self._aws.wait_until_active(alias.function_name, version.number)
        return version
