"""Functions: create, look, change, delete, list."""

from dataclasses import replace

from local.functions.content import (
    check_emulated,
    configure,
    describe,
    describe_in_list,
    read_package,
)
from local.functions.errors import check_revision, conflict, invalid
from local.functions.names import LATEST, Place, locate_function
from local.functions.operations import Operations, page
from local.functions.state import Content, Function, Input, Output, Region, Version, new_id, now
from local.functions.versions import publish


class FunctionOperations(Operations):
    """The operations on functions; their states take the time that the settings say."""

    def create_function(self, region: Region, given: Input) -> Output:
        """CreateFunction."""
        check_emulated({**given["Code"], **given})
        place = locate_function(region.name, region.account, given)
        if place.name in region.functions:
            raise conflict(f"Function already exist: {place.name}")
        if not {"Runtime", "Handler"} <= given.keys():
            raise invalid(
                "Runtime and Handler are mandatory parameters for functions created with "
                "deployment packages."
            )
        code = read_package(self._world, given["Code"])
        content = configure(region, Content(code, {}), given)
        latest = Version(LATEST, content, content.settings["Description"])
        latest.begin("Pending", self._world.clock() + self._world.settings.creating)
        function = Function(place.name, place.arn, {LATEST: latest}, dict(given.get("Tags", {})))
        region.functions[place.name] = function
        made = latest
        if given.get("Publish"):
            made = publish(region, function, self._world.settings)
            made.begin("Pending", latest.until + self._world.settings.publishing)
        return describe(function, made, created=True)

    def get_function(self, region: Region, given: Input) -> Output:
        """GetFunction; the package can't be fetched from the Location."""
        place = self._place(region, given)
        function, configuration = self._looked_up(region, place)
        answer: Output = {
            "Configuration": configuration,
            "Code": {
                "RepositoryType": "S3",
                "Location": f"http://127.0.0.1/not-emulated/{configuration['CodeSha256']}",
            },
        }
        if function.tags:
            answer["Tags"] = function.tags
        if function.reserved is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": function.reserved}
        return answer

    def get_function_configuration(self, region: Region, given: Input) -> Output:
        """GetFunctionConfiguration."""
        return self._looked_up(region, self._place(region, given))[1]

    def update_function_code(self, region: Region, given: Input) -> Output:
        """UpdateFunctionCode; with Publish it answers with the new version, Pending."""
        check_emulated(given)
        function = self._function(region, given)
        self._check(function, given)
        code = read_package(self._world, given)
        content = replace(
            configure(region, function.latest.content, {
                key: given[key] for key in ("Architectures",) if key in given
            }), code=code,
        )  # fmt: skip
        if given.get("DryRun"):
            return describe(function, replace(function.latest, content=content))
        self._write(function, content)
        if not given.get("Publish"):
            return describe(function, function.latest)
        before = set(function.versions)
        made = publish(region, function, self._world.settings)
        if made.number not in before:
            made.begin("Pending", function.latest.until + self._world.settings.publishing)
        return describe(function, made, made.number)

    def update_function_configuration(self, region: Region, given: Input) -> Output:
        """UpdateFunctionConfiguration."""
        check_emulated(given)
        function = self._function(region, given)
        self._check(function, given)
        self._write(function, configure(region, function.latest.content, given))
        return describe(function, function.latest)

    def delete_function(self, region: Region, given: Input) -> Output:
        """DeleteFunction; with Qualifier one version of it (B2)."""
        place = self._place(region, given)
        if place.qualifier == LATEST:
            raise invalid("$LATEST version cannot be deleted without deleting the function.")
        if place.names_alias:
            raise invalid("Deletion of aliases is not currently supported.")
        function = region.function(Place(place.name, place.arn))
        if place.qualifier is None:
            del region.functions[place.name]
        elif aliases := function.referring(place.qualifier):
            raise conflict(
                "Unable to delete version because the following aliases reference it: "
                f"[{', '.join(aliases)}]"
            )
        else:
            function.forget(place.qualifier)
        return {"StatusCode": 204}

    def list_functions(self, region: Region, given: Input) -> Output:
        """ListFunctions; with FunctionVersion=ALL the versions too."""
        every = given.get("FunctionVersion") == "ALL"
        found = [
            describe_in_list(function, version, version.number if every else None)
            for function in region.all_functions()
            for version in function.versions.values()
            if every or version.number == LATEST
        ]
        return page("Functions", found, given)

    @staticmethod
    def _looked_up(region: Region, place: Place) -> tuple[Function, Output]:
        function = region.function(place)
        version = function.version(place.qualifier)
        return function, describe(function, version, place.qualifier)

    @staticmethod
    def _check(function: Function, given: Input) -> None:
        function.check_settled()
        check_revision(given.get("RevisionId"), function.latest.revision_id)

    def _write(self, function: Function, content: Content) -> None:
        latest = function.latest
        latest.served, latest.content = latest.content, content
        latest.description = content.settings["Description"]
        latest.revision_id, latest.modified = new_id(), now()
        latest.begin("InProgress", self._world.clock() + self._world.settings.updating)
