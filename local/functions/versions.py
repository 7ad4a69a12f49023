"""Published versions (aws-semantics B1, B2)."""

from local.functions.content import check_emulated, describe, describe_in_list
from local.functions.errors import check_revision, invalid
from local.functions.names import LATEST, Place, locate_function
from local.functions.operations import Operations, page
from local.functions.state import Function, Input, Output, Region, Version, new_id
from local.settings import Settings


class VersionOperations(Operations):
    """The operations on published versions."""

    def publish_version(self, region: Region, given: Input) -> Output:
        """PublishVersion; answers with an existing version when nothing has changed."""
        check_emulated(given)
        place = locate_function(region.name, region.account, given)
        function = region.function(Place(place.name, place.arn, LATEST))
        function.check_settled()
        check_revision(given.get("RevisionId"), function.latest.revision_id)
        sha256, current = given.get("CodeSha256"), function.latest.content.code_sha256
        if sha256 not in (None, "", current):
            raise invalid(
                f"CodeSHA256 ({sha256}) is different from current CodeSHA256 in $LATEST "
                f"({current}). Please try again with the CodeSHA256 in $LATEST."
            )
        before, settings = set(function.versions), self._world.settings
        made = publish(region, function, settings, given.get("Description"))
        if made.number not in before and settings.publishing > 0:
            made.begin("Pending", self._world.clock() + settings.publishing)
        return describe(function, made, made.number)

    def list_versions_by_function(self, region: Region, given: Input) -> Output:
        """ListVersionsByFunction; `$LATEST` stands first."""
        function = self._function(region, given)
        found = [describe_in_list(function, x, x.number) for x in function.versions.values()]
        return page("Versions", found, given)


def publish(
    region: Region, function: Function, settings: Settings, description: str | None = None
) -> Version:
    """Give the version with the content of `$LATEST`, a new one if need be.

    It is compared with the last version that was published, or with any (F7); a number is never
    used twice (F8).
    """
    content = function.latest.content
    last = region.numbers.get(function.name, 0)
    candidates = reversed(function.versions) if settings.publish_compares_all else [str(last)]
    for number in candidates:
        known = function.versions.get(number)
        if known and number != LATEST and known.content == content:
            return known
    region.numbers[function.name] = last + 1
    own = content.settings["Description"] if description is None else description
    made = Version(str(last + 1), content, own)
    function.versions[made.number] = made
    function.latest.revision_id = new_id()
    return made
