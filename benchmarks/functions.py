"""AWS Lambda's versions and aliases in memory: as much as a release needs, at no cost of its own.

https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from benchmarks.http1 import Request, Response

REGION = "eu-west-1"
ACCOUNT = "123456789012"
PAGE = 50
"""Versions or aliases of one answer at the most (aws-semantics B2)."""

_ROUTES = {
    ("GET", "functions", 1): "GetFunction",
    ("DELETE", "functions", 1): "DeleteFunction",
    ("GET", "configuration", 2): "GetFunctionConfiguration",
    ("POST", "versions", 2): "PublishVersion",
    ("GET", "versions", 2): "ListVersionsByFunction",
    ("POST", "aliases", 2): "CreateAlias",
    ("GET", "aliases", 2): "ListAliases",
    ("GET", "aliases", 3): "GetAlias",
    ("PUT", "aliases", 3): "UpdateAlias",
    ("DELETE", "aliases", 3): "DeleteAlias",
    ("POST", "invocations", 2): "Invoke",
    ("GET", "provisioned-concurrency", 2): "ListProvisionedConcurrencyConfigs",
}
"""By method, the kind of resource, and how many parts the path has after `functions`."""

_STATUSES = {"CreateAlias": 201, "PublishVersion": 201, "Invoke": 202}


class Refused(Exception):
    """An error as AWS answers it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


@dataclass
class Function:
    """One function.

    Attributes:
        name: its name.
        published: the highest number of a version.
        code: what `$LATEST` has; a change of it makes the next publication a new version.
        deleted: numbers of versions that were deleted.
        aliases: each by its name.
    """

    name: str
    published: int = 0
    code: int = 1
    deleted: set[int] = field(default_factory=set)
    aliases: dict[str, dict[str, Any]] = field(default_factory=dict)
    _published_code: int = 0
    _revision: int = 0

    @property
    def arn(self) -> str:
        """The function's ARN."""
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.name}"

    def publish(self) -> int:
        """Publish `$LATEST`, if it has changed; give the version's number."""
        if self._published_code != self.code:
            self._published_code = self.code
            self.published += 1
        return self.published

    def revise(self) -> str:
        """Give a new RevisionId."""
        self._revision += 1
        return f"00000000-0000-4000-8000-{self._revision:012}"

    def exists(self, version: str) -> bool:
        """Tell whether there is such a version."""
        if version == "$LATEST":
            return True
        return (
            version.isdigit()
            and 1 <= int(version) <= self.published
            and (int(version) not in self.deleted)
        )


_Operation = Callable[[Function, list[str], Request], Any]
"""Takes the function, the parts of the path from its name on, and the request."""


class Functions:
    """All functions of the account; one that nobody has made is made when it is named.

    Attributes:
        all: each by its name.
        invoked: payloads of asynchronous invocations, in their order.
    """

    def __init__(self) -> None:
        self.all: dict[str, Function] = {}
        self.invoked: list[bytes] = []
        self._operations: dict[str, _Operation] = {
            "GetFunction": self._get_function,
            "DeleteFunction": self._delete_function,
            "GetFunctionConfiguration": lambda function, _, __: _configuration(function, "$LATEST"),
            "PublishVersion": lambda function, _, __: _configuration(
                function, str(function.publish())
            ),
            "ListVersionsByFunction": self._list_versions,
            "CreateAlias": self._create_alias,
            "ListAliases": self._list_aliases,
            "GetAlias": lambda function, parts, _: _alias(function, parts[2]),
            "UpdateAlias": self._update_alias,
            "DeleteAlias": lambda function, parts, _: function.aliases.pop(parts[2], None) and None,
            "Invoke": self._invoke,
            "ListProvisionedConcurrencyConfigs": lambda _, __, ___: {
                "ProvisionedConcurrencyConfigs": []
            },
            "ListEventSourceMappings": lambda _, __, ___: {"EventSourceMappings": []},
        }

    def function(self, name: str) -> Function:
        """Give a function."""
        return self.all.setdefault(name, Function(name))

    @staticmethod
    def operation(request: Request) -> str:
        """Name the operation of a request; empty for one that is not emulated."""
        if "event-source-mappings" in request.parts:
            return "ListEventSourceMappings"
        after = request.parts[2:]
        kind = after[1] if len(after) > 1 else "functions"
        return _ROUTES.get((request.method, kind, len(after)), "")

    def answer(self, operation: str, request: Request) -> Response:
        """Carry out an operation."""
        parts = request.parts[2:] or [""]
        function = self.function(parts[0].rpartition("function:")[2].partition(":")[0])
        try:
            found = self._operations[operation](function, parts, request)
        except Refused as error:
            return refusal(error)
        if found is None:
            return Response(204)
        return Response(
            _STATUSES.get(operation, 200),
            json.dumps(found).encode(),
            {"Content-Type": "application/json"},
        )

    def _get_function(self, function: Function, _parts: list[str], request: Request) -> Any:
        version = request.query.get("Qualifier", "$LATEST")
        if version in function.aliases:
            version = function.aliases[version]["FunctionVersion"]
        if not function.exists(version):
            raise _missing(f"{function.arn}:{version}")
        return {"Configuration": _configuration(function, version), "Tags": {}}

    def _delete_function(self, function: Function, _parts: list[str], request: Request) -> None:
        version = request.query["Qualifier"]
        served = [each for each in function.aliases.values() if each["FunctionVersion"] == version]
        if served:
            raise Refused(409, "ResourceConflictException", f"{version} is served by an alias")
        function.deleted.add(int(version))

    def _list_versions(self, function: Function, _parts: list[str], request: Request) -> Any:
        begin = int(request.query.get("Marker", 0))
        size = min(PAGE, int(request.query.get("MaxItems", PAGE)))
        left = (each for each in range(begin + 1, function.published + 1))
        numbers = list(islice((each for each in left if each not in function.deleted), size))
        versions = [_configuration(function, str(each)) for each in numbers]
        first = [] if begin else [_configuration(function, "$LATEST")]
        page: dict[str, Any] = {"Versions": first + versions[: size - len(first)]}
        last = page["Versions"][-1]["Version"] if page["Versions"] else "0"
        if last.isdigit() and any(
            each not in function.deleted for each in range(int(last) + 1, function.published + 1)
        ):
            page["NextMarker"] = last
        return page

    def _list_aliases(self, function: Function, _parts: list[str], _request: Request) -> Any:
        return {"Aliases": [*function.aliases.values()][:PAGE]}

    def _create_alias(self, function: Function, _parts: list[str], request: Request) -> Any:
        given = json.loads(request.body)
        name = given["Name"]
        if name in function.aliases:
            raise Refused(409, "ResourceConflictException", f"Alias already exists: {name}")
        if not function.exists(given["FunctionVersion"]):
            raise _missing(f"{function.arn}:{given['FunctionVersion']}")
        function.aliases[name] = {
            "AliasArn": f"{function.arn}:{name}",
            "Description": "",
            **given,
            "RevisionId": function.revise(),
        }
        return function.aliases[name]

    def _update_alias(self, function: Function, parts: list[str], request: Request) -> Any:
        found, given = _alias(function, parts[2]), json.loads(request.body)
        if given.pop("RevisionId", found["RevisionId"]) != found["RevisionId"]:
            raise Refused(412, "PreconditionFailedException", "The RevisionId has changed")
        found.update({**given, "RevisionId": function.revise()})
        if not found.get("RoutingConfig", {}).get("AdditionalVersionWeights"):
            found.pop("RoutingConfig", None)
        return found

    def _invoke(self, _function: Function, _parts: list[str], request: Request) -> Any:
        self.invoked.append(request.body)
        return {}


def refusal(error: Refused) -> Response:
    """Write an error."""
    body = json.dumps({"Type": "User", "message": str(error)}).encode()
    headers = {"Content-Type": "application/json", "X-Amzn-Errortype": error.code}
    return Response(error.status, body, headers)


def _missing(arn: str) -> Refused:
    return Refused(404, "ResourceNotFoundException", f"Resource not found: {arn}")


def _alias(function: Function, name: str) -> dict[str, Any]:
    if name not in function.aliases:
        raise _missing(f"{function.arn}:{name}")
    return function.aliases[name]


def _configuration(function: Function, version: str) -> dict[str, Any]:
    """Give what AWS tells of a version, at about its size."""
    return {
        "FunctionName": function.name,
        "FunctionArn": f"{function.arn}:{version}",
        "Runtime": "python3.13",
        "Role": f"arn:aws:iam::{ACCOUNT}:role/{function.name}-role",
        "Handler": "app.handler",
        "CodeSize": 1_234_567,
        "Description": "",
        "Timeout": 30,
        "MemorySize": 512,
        "LastModified": "2026-01-01T00:00:00.000+0000",
        "CodeSha256": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
        "Version": version,
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": "00000000-0000-4000-8000-000000000000",
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": ["arm64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.name}"},
    }
