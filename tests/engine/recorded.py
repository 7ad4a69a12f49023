"""Lambda's answers as AWS gives them, as data: any Lambda can be held against them.

Each case has a stage of its own; its function need not exist. The area `Pending` wants a Lambda
where a new function takes a minute, `In progress` one where an update does; elsewhere neither may
take long. Sources: S recorded from AWS, F AWS's text in public issues, L LocalStack's code, D AWS's
documentation, U unverified. In a message `<arn>` and `<name>` are the function's, other
placeholders are facts that the case has found out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.engine.functions_world import ROLE, Stage, package

NOT_FOUND = "ResourceNotFoundException"
INVALID = "InvalidParameterValueException"
CONFLICT = "ResourceConflictException"
VALIDATION = "ValidationException"
STALE = "PreconditionFailedException"
NO_PC = "ProvisionedConcurrencyConfigNotFoundException"
THROTTLED = "TooManyRequestsException"
STATUSES = {
    NOT_FOUND: 404,
    INVALID: 400,
    CONFLICT: 409,
    VALIDATION: 400,
    STALE: 412,
    NO_PC: 404,
    THROTTLED: 429,
}

ONE_PROBLEM = "1 validation error detected: Value "
FAILED = "failed to satisfy constraint: "
PATTERN = "Member must satisfy regular expression pattern: "
OTHER_REVISION = (
    "The Revision Id provided does not match the latest Revision Id. "
    "Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
)
OTHER_POLICY = OTHER_REVISION.replace("GetFunction/GetAlias", "GetPolicy")
MISMATCH = "The derived qualifier from the function name does not match the specified qualifier."
NO_RESOURCE = "The resource you requested does not exist."
NO_FUNCTION = "Function does not exist"
NO_LATEST_DELETE = "$LATEST version cannot be deleted without deleting the function."
PENDING = (
    "The operation cannot be performed at this time. "
    "The function is currently in the following state: Pending"
)
UPDATING = (
    "The operation cannot be performed at this time. An update is in progress for resource: <arn>"
)
UNPUBLISHED = "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
NEITHER = "The function resource provided must be an alias or a published version."
URL_PATTERN = r"((?!^\d+$)^[0-9a-zA-Z-_]+$)"
ROLE_PATTERN = r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
NAME_PATTERN = (
    r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?"
    r"(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?"
)
WEIGHT = (
    "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
    "Member must have value greater than or equal to 0.0, Member must not be null]"
)
WEIGHT_KEY = (
    "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, "
    f"Member must have length greater than or equal to 1, {PATTERN}[0-9]+]"
)
VERSION_HAS_IT = (
    "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned "
    "version"
)
MORE_THAN_RESERVED = (
    "Requested Provisioned Concurrency should not be greater than the "
    "reservedConcurrentExecution for function"
)
NOT_POSITIVE = (
    f"{ONE_PROBLEM}'0' at 'provisionedConcurrentExecutions' {FAILED}"
    "Member must have value greater than or equal to 1"
)
RUNTIMES = (
    "Member must satisfy enum value set: [nodejs20.x, python3.14, provided.al2023, python3.12, "
    "python3.13, nodejs24.x, nodejs22.x, java25, python3.10, python3.11, java21, ruby3.3, ruby3.4, "
    "ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, dotnet6, "
    "nodejs18.x, provided.al2, java8.al2] or be a valid ARN"
)
NO_BUCKET = (
    "Error occurred while GetObject. S3 Error Code: NoSuchBucket. "
    "S3 Error Message: The specified bucket does not exist"
)
INCLUDED = (
    "Invalid function version 1. Function version 1 is already included in routing configuration."
)
PLACE = "arn:aws:lambda:eu-west-1:"


@dataclass(frozen=True)
class Recorded:
    """One answer.

    Attributes:
        area: what it belongs to.
        case: a short sentence.
        source: the mark.
        provoke: makes the call, on a Stage whose function need not exist yet.
        code: the error's code, or `""` when the call succeeds.
        message: the error's text, with placeholders.
        status: the HTTP status.
    """

    area: str
    case: str
    source: str
    provoke: Callable[[Stage], Any]
    code: str
    message: str
    status: int

    @property
    def id(self) -> str:
        return f"{self.area}: {self.case}"


def case(
    area: str,
    name: str,
    source: str,
    provoke: Callable[[Stage], Any],
    code: str,
    message: str = "",
    status: int = 0,
) -> Recorded:
    return Recorded(area, name, source, provoke, code, message, status or STATUSES[code])


def call(
    operation: str, setup: Callable[[Stage], Any] | None = None, /, **given: Any
) -> Callable[[Stage], Any]:
    """Make one call on the function; `<arn>` and `<name>` in its members are filled in."""

    def provoke(stage: Stage) -> Any:
        if setup:
            setup(stage)
        members = {"FunctionName": "<name>", **given}
        return getattr(stage.client, operation)(
            **{
                key: filled(stage, value) if isinstance(value, str) else value
                for key, value in members.items()
            }
        )

    return provoke


def filled(stage: Stage, text: str) -> str:
    """Fill in what only the stage knows."""
    facts = {"arn": stage.arn, "name": stage.name, **stage.facts}
    for name, value in facts.items():
        text = text.replace(f"<{name}>", value)
    return text


# What stands before the call


def function(stage: Stage) -> None:
    stage.function()
    stage.facts["sha256"] = stage.latest()["CodeSha256"]


def versions(stage: Stage) -> None:
    """Versions 1 and 2."""
    stage.function()
    stage.version()
    stage.version()


def alias(stage: Stage) -> None:
    """Versions 1 and 2, `live` on 1."""
    versions(stage)
    stage.alias()


def weighted(stage: Stage) -> None:
    """Versions 1 and 2, `live` on 1 and a little on 2."""
    versions(stage)
    stage.alias(RoutingConfig=weights({"2": 0.1}))


def permitted(stage: Stage) -> None:
    stage.function()
    stage.client.add_permission(FunctionName=stage.name, **STATEMENT)


def permitted_then_published(stage: Stage) -> None:
    permitted(stage)
    stage.version()


def permitted_no_more(stage: Stage) -> None:
    permitted(stage)
    stage.client.remove_permission(FunctionName=stage.name, StatementId="s3")


def provision(stage: Stage, qualifier: str) -> None:
    stage.client.put_provisioned_concurrency_config(
        FunctionName=stage.name, Qualifier=qualifier, ProvisionedConcurrentExecutions=1
    )


def provisioned_alias(stage: Stage) -> None:
    alias(stage)
    provision(stage, "live")


def provisioned_alias_deleted(stage: Stage) -> None:
    provisioned_alias(stage)
    stage.client.delete_alias(FunctionName=stage.name, Name="live")


def provisioned_version(stage: Stage) -> None:
    alias(stage)
    provision(stage, "1")


def with_url(stage: Stage) -> None:
    alias(stage)
    stage.client.create_function_url_config(FunctionName=stage.name, AuthType="AWS_IAM")


def reserved(stage: Stage, number: int = 1) -> None:
    alias(stage)
    stage.client.put_function_concurrency(
        FunctionName=stage.name, ReservedConcurrentExecutions=number
    )


def switched_off(stage: Stage) -> None:
    reserved(stage, 0)


def unreserved(stage: Stage) -> None:
    alias(stage)
    limit = stage.client.get_account_settings()["AccountLimit"]
    stage.facts["unreserved"] = str(limit["UnreservedConcurrentExecutions"])


def pending(stage: Stage) -> None:
    stage.create()


def updating(stage: Stage) -> None:
    stage.function()
    stage.client.update_function_configuration(FunctionName=stage.name, MemorySize=256)


# What calls carry


def not_an_alias(qualifier: str) -> str:
    return f"{ONE_PROBLEM}'{qualifier}' at 'qualifier' {FAILED}{PATTERN}{URL_PATTERN}"


def weights(of: dict[str, float]) -> dict[str, Any]:
    return {"AdditionalVersionWeights": of}


def provision_more(number: int) -> Callable[[Stage], Any]:
    """Ask for so many more than the account has left."""

    def provoke(stage: Stage) -> Any:
        unreserved(stage)
        wanted = int(stage.facts["unreserved"]) + number
        put = call(
            "put_provisioned_concurrency_config",
            Qualifier="1",
            ProvisionedConcurrentExecutions=wanted,
        )
        return put(stage)

    return provoke


STATEMENT = {
    "StatementId": "s3",
    "Action": "lambda:InvokeFunction",
    "Principal": "s3.amazonaws.com",
}
NEW: dict[str, Any] = {
    "Runtime": "python3.13",
    "Handler": "index.handler",
    "Role": ROLE,
    "Code": {"ZipFile": package()},
}
ONE: dict[str, Any] = {"ProvisionedConcurrentExecutions": 1}
NEW_ALIAS = {"Name": "live", "FunctionVersion": "1"}

FUNCTIONS = [
    case("Function", "create one that exists", "L", call("create_function", function, **NEW),
         CONFLICT, "Function already exist: <name>"),
    case("Function", "create with a bad role", "S",
         call("create_function", **NEW | {"Role": "r1"}),
         VALIDATION, f"{ONE_PROBLEM}'r1' at 'role' {FAILED}{PATTERN}{ROLE_PATTERN}"),
    case("Function", "create with an unknown runtime", "S",
         call("create_function", **NEW | {"Runtime": "non-existent-runtime"}),
         INVALID, f"Value non-existent-runtime at 'runtime' {FAILED}{RUNTIMES}"),
    case("Function", "create with a runtime in capitals", "S",
         call("create_function", **NEW | {"Runtime": "PYTHON3.9"}),
         INVALID, f"Value PYTHON3.9 at 'runtime' {FAILED}{RUNTIMES}"),
    case("Function", "create with two architectures", "S",
         call("create_function", **NEW, Architectures=["x86_64", "arm64"]),
         VALIDATION, f"{ONE_PROBLEM}'[x86_64, arm64]' at 'architectures' {FAILED}"
         "Member must have length less than or equal to 1"),
    case("Function", "create with an architecture in capitals", "S",
         call("create_function", **NEW, Architectures=["X86_64"]),
         VALIDATION, f"{ONE_PROBLEM}'[X86_64]' at 'architectures' {FAILED}Member must satisfy "
         "constraint: [Member must satisfy enum value set: [x86_64, arm64], "
         "Member must not be null]"),
    case("Function", "create from what is no zip", "S",
         call("create_function", **NEW | {"Code": {"ZipFile": b"no zip"}}),
         INVALID, "Could not unzip uploaded file. Please check your file, then try to upload "
         "again."),
    case("Function", "create from a missing bucket", "S",
         call("create_function", **NEW | {"Code": {"S3Bucket": "no-such", "S3Key": "k"}}),
         INVALID, NO_BUCKET),
    case("Function", "update from a missing bucket", "S",
         call("update_function_code", function, S3Bucket="no-such", S3Key="k"),
         INVALID, NO_BUCKET),
    case("Function", "update with a bad role", "S",
         call("update_function_configuration", function, Role="r1"),
         VALIDATION, f"{ONE_PROBLEM}'r1' at 'role' {FAILED}{PATTERN}{ROLE_PATTERN}"),
    case("Function", "update with an unknown runtime", "S",
         call("update_function_configuration", function, Runtime="non-existent-runtime"),
         INVALID, f"Value non-existent-runtime at 'runtime' {FAILED}{RUNTIMES}"),
    case("Function", "update the code, stale RevisionId", "S",
         call("update_function_code", function, ZipFile=package(), RevisionId="wrong"),
         STALE, OTHER_REVISION),
    case("Function", "update the configuration, stale RevisionId", "S",
         call("update_function_configuration", function, Timeout=9, RevisionId="wrong"),
         STALE, OTHER_REVISION),
    *[case("Function", f"{operation} of a missing function", "S", call(operation),
           NOT_FOUND, "Function not found: <arn>")
      for operation in ("get_function", "get_function_configuration", "delete_function",
                        "get_function_concurrency")],
    *[case("Function", f"{operation} of a missing version", "S",
           call(operation, function, Qualifier="1221"),
           NOT_FOUND, "Function not found: <arn>:1221")
      for operation in ("get_function", "get_function_configuration", "invoke")],
    *[case("Function", f"{operation} of a missing alias", "S",
           call(operation, function, Qualifier="absent"),
           NOT_FOUND, "Function not found: <arn>:absent")
      for operation in ("get_function", "get_function_configuration", "invoke")],
    case("Function", "get_function of a missing alias, by ARN", "S",
         call("get_function", function, FunctionName="<arn>:absent"),
         NOT_FOUND, "Function not found: <arn>:absent"),
    *[case("Function", f"{operation}: two qualifiers that differ", "S",
           call(operation, FunctionName="<arn>:$LATEST", Qualifier="1"), INVALID, MISMATCH)
      for operation in ("get_function", "get_function_configuration", "delete_function")],
    *[case("Function", f"{operation} of a missing function, twice $LATEST", "S",
           call(operation, FunctionName="<arn>:$LATEST", Qualifier="$LATEST"),
           NOT_FOUND, "Function not found: <arn>:$LATEST")
      for operation in ("get_function", "get_function_configuration")],
    case("Function", "delete_function, twice $LATEST", "S",
         call("delete_function", FunctionName="<arn>:$LATEST", Qualifier="$LATEST"),
         INVALID, NO_LATEST_DELETE),
    case("Function", "invoke by a name that is none", "S",
         call("invoke", FunctionName=f"{PLACE}123400000000@function:myfn"),
         VALIDATION, f"{ONE_PROBLEM}'{PLACE}123400000000@function:myfn' at 'functionName' "
         f"{FAILED}{PATTERN}{NAME_PATTERN}"),
    case("Function", "invoke with nothing reserved", "S", call("invoke", switched_off),
         THROTTLED, "Rate Exceeded."),
]  # fmt: skip

VERSIONS = [
    case("Version", "publish, stale RevisionId", "S",
         call("publish_version", function, RevisionId="wrong"), STALE, OTHER_REVISION),
    case("Version", "publish, other CodeSha256", "S",
         call("publish_version", function, CodeSha256="somenonexistentsha256"),
         INVALID, "CodeSHA256 (somenonexistentsha256) is different from current CodeSHA256 in "
         "$LATEST (<sha256>). Please try again with the CodeSHA256 in $LATEST."),
    case("Version", "publish, missing function", "L", call("publish_version"),
         NOT_FOUND, "Function not found: <arn>:$LATEST"),
    case("Version", "list, missing function", "L", call("list_versions_by_function"),
         NOT_FOUND, "Function not found: <arn>"),
    case("Version", "delete behind an alias", "F",
         call("delete_function", alias, Qualifier="1"),
         CONFLICT, "Unable to delete version because the following aliases reference it: [live]"),
    case("Version", "delete in the weights of an alias", "U",
         call("delete_function", weighted, Qualifier="2"),
         CONFLICT, "Unable to delete version because the following aliases reference it: [live]"),
    case("Version", "delete a missing version", "S",
         call("delete_function", function, Qualifier="1221"), "", status=204),
    case("Version", "delete a version of a missing function", "S",
         call("delete_function", Qualifier="1221"), NOT_FOUND, "Function not found: <arn>"),
    case("Version", "delete $LATEST", "S",
         call("delete_function", function, Qualifier="$LATEST"), INVALID, NO_LATEST_DELETE),
    case("Version", "delete by an alias", "L", call("delete_function", alias, Qualifier="live"),
         INVALID, "Deletion of aliases is not currently supported."),
]  # fmt: skip

ALIASES = [
    case("Alias", "create, missing function", "S", call("create_alias", **NEW_ALIAS),
         NOT_FOUND, "Function not found: <arn>:1"),
    case("Alias", "create, missing version", "S",
         call("create_alias", function, Name="live", FunctionVersion="10"),
         NOT_FOUND, "Function not found: <arn>:10"),
    case("Alias", "create one that exists", "S", call("create_alias", alias, **NEW_ALIAS),
         CONFLICT, "Alias already exists: <arn>:live"),
    case("Alias", "create with a number as its name", "S",
         call("create_alias", versions, Name="2024", FunctionVersion="1"),
         VALIDATION, f"{ONE_PROBLEM}'2024' at 'name' {FAILED}{PATTERN}"
         "(?!^[0-9]+$)([a-zA-Z0-9-_]+)"),
    case("Alias", "get a missing one", "S", call("get_alias", function, Name="absent"),
         NOT_FOUND, "Cannot find alias arn: <arn>:absent"),
    case("Alias", "update a missing one", "S", call("update_alias", function, Name="absent"),
         NOT_FOUND, "Alias not found: <arn>:absent"),
    case("Alias", "update to a missing version", "U",
         call("update_alias", alias, Name="live", FunctionVersion="99"),
         NOT_FOUND, "Function not found: <arn>:99"),
    case("Alias", "update, stale RevisionId", "S",
         call("update_alias", alias, Name="live", RevisionId="wrong"), STALE, OTHER_REVISION),
    case("Alias", "update", "S", call("update_alias", alias, Name="live"), "", status=200),
    case("Alias", "delete", "S", call("delete_alias", alias, Name="live"), "", status=204),
    case("Alias", "delete a missing one", "S", call("delete_alias", function, Name="absent"),
         "", status=204),
    case("Alias", "delete, missing function", "L", call("delete_alias", Name="absent"),
         NOT_FOUND, "Function not found: <arn>"),
]  # fmt: skip

_WEIGHTS_AT = "'routingConfig.additionalVersionWeights'"
WEIGHTS = [
    case("Weights", name, "S",
         call("create_alias", versions, Name="live", FunctionVersion=version,
              RoutingConfig=weights(entries)),
         code, message)
    for name, version, entries, code, message in [
        ("two entries", "1", {"1": 0.1, "2": 0.1},
         INVALID, "Number of items in AdditionalVersionWeights cannot be greater than 1"),
        ("above 1", "1", {"2": 2.0},
         VALIDATION, f"{ONE_PROBLEM}'{{2=2.0}}' at {_WEIGHTS_AT} {FAILED}{WEIGHT}"),
        ("below 0", "1", {"2": -1.0},
         VALIDATION, f"{ONE_PROBLEM}'{{2=-1.0}}' at {_WEIGHTS_AT} {FAILED}{WEIGHT}"),
        ("the alias's own version", "1", {"1": 0.5}, INVALID, INCLUDED),
        ("a missing version", "1", {"10": 0.5}, NOT_FOUND, "Function not found: <arn>:10"),
        ("on $LATEST", "$LATEST", {"1": 0.5},
         INVALID, "$LATEST is not supported for an alias pointing to more than 1 version"),
        ("for $LATEST", "1", {"$LATEST": 0.5},
         VALIDATION, f"{ONE_PROBLEM}'{{$LATEST=0.5}}' at {_WEIGHTS_AT} {FAILED}{WEIGHT_KEY}"),
    ]
] + [
    case("Weights", "update onto the version in the weights that stand", "F",
         call("update_alias", weighted, Name="live", FunctionVersion="2"),
         INVALID, INCLUDED.replace("1", "2")),
]  # fmt: skip

PERMISSIONS = [
    case("Permission", "add, bad statement id", "S",
         call("add_permission", function, **STATEMENT | {"StatementId": "example.com"}),
         VALIDATION, f"{ONE_PROBLEM}'example.com' at 'statementId' {FAILED}{PATTERN}"
         "([a-zA-Z0-9-_]+)"),
    case("Permission", "add, two qualifiers that differ", "S",
         call("add_permission", function, FunctionName="<arn>:1", Qualifier="2", **STATEMENT),
         INVALID, MISMATCH),
    case("Permission", "add, $LATEST", "S",
         call("add_permission", function, Qualifier="$LATEST", **STATEMENT),
         INVALID, "We currently do not support adding policies for $LATEST."),
    case("Permission", "add, bad principal", "S",
         call("add_permission", function, **STATEMENT | {"Principal": "invalid.nonaws.com"}),
         INVALID, "The provided principal was invalid. Please check the principal and try again."),
    case("Permission", "add, missing function", "S", call("add_permission", **STATEMENT),
         NOT_FOUND, "Function not found: <arn>"),
    case("Permission", "add, missing alias", "S",
         call("add_permission", function, Qualifier="absent", **STATEMENT),
         NOT_FOUND, "Cannot find alias arn: <arn>:absent"),
    case("Permission", "add, missing version", "S",
         call("add_permission", function, Qualifier="42", **STATEMENT),
         NOT_FOUND, "Function not found: <arn>:42"),
    case("Permission", "add, qualifier with a question mark", "S",
         call("add_permission", function, Qualifier="invalid-qualifier-with-?-char", **STATEMENT),
         VALIDATION, f"{ONE_PROBLEM}'invalid-qualifier-with-?-char' at 'qualifier' {FAILED}"
         rf"{PATTERN}\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+"),
    case("Permission", "add, qualifier with a dollar sign", "S",
         call("add_permission", function, Qualifier="valid-with-$-but-doesnotexist", **STATEMENT),
         NOT_FOUND, "Function not found: <arn>:valid-with-$-but-doesnotexist"),
    case("Permission", "add, statement id that exists", "S",
         call("add_permission", permitted, **STATEMENT),
         CONFLICT, "The statement id (s3) provided already exists. Please provide a new "
         "statement id, or remove the existing statement."),
    case("Permission", "add, stale RevisionId", "S",
         call("add_permission", function, RevisionId="wrong", **STATEMENT), STALE, OTHER_POLICY),
    case("Permission", "add to an alias, stale RevisionId", "S",
         call("add_permission", alias, Qualifier="live", RevisionId="wrong", **STATEMENT),
         STALE, OTHER_POLICY),
    case("Permission", "remove, missing function", "S",
         call("remove_permission", StatementId="s3"), NOT_FOUND, "No policy found for: <arn>"),
    case("Permission", "remove, missing alias", "S",
         call("remove_permission", permitted, StatementId="s3", Qualifier="absent"),
         NOT_FOUND, "Cannot find alias arn: <arn>:absent"),
    case("Permission", "remove, no policy", "S",
         call("remove_permission", function, StatementId="s3"),
         NOT_FOUND, "No policy is associated with the given resource."),
    case("Permission", "remove, missing statement", "S",
         call("remove_permission", permitted, StatementId="non-existent"),
         NOT_FOUND, "Statement non-existent is not found in resource policy."),
    case("Permission", "remove, stale RevisionId", "S",
         call("remove_permission", permitted, StatementId="s3", RevisionId="wrong"),
         STALE, OTHER_REVISION),
    case("Permission", "get, missing function", "S", call("get_policy"), NOT_FOUND, NO_RESOURCE),
    case("Permission", "get, missing version", "S", call("get_policy", function, Qualifier="42"),
         NOT_FOUND, NO_RESOURCE),
    case("Permission", "get, none", "S", call("get_policy", function), NOT_FOUND, NO_RESOURCE),
    case("Permission", "get of a version published later", "S",
         call("get_policy", permitted_then_published, Qualifier="1"), NOT_FOUND, NO_RESOURCE),
    case("Permission", "get, all removed", "S", call("get_policy", permitted_no_more),
         NOT_FOUND, NO_RESOURCE),
]  # fmt: skip

URLS = [
    case("URL", f"{verb}, {name}", "S",
         call(f"{verb}_function_url_config", setup, **more, **given), code, message)
    for verb, no_function, given in [
        ("create", NO_FUNCTION, {"AuthType": "NONE"}),
        ("get", NO_RESOURCE, {}),
        ("update", NO_FUNCTION, {"AuthType": "NONE"}),
        ("delete", NO_RESOURCE, {}),
    ]
    for name, setup, more, code, message in [
        ("missing function", None, {}, NOT_FOUND, no_function),
        ("missing function, by ARN", None, {"FunctionName": "<arn>"}, NOT_FOUND, no_function),
        ("missing function and a version", None, {"Qualifier": "1"},
         VALIDATION, not_an_alias("1")),
        ("a version", versions, {"Qualifier": "1"}, VALIDATION, not_an_alias("1")),
        ("a missing version", versions, {"Qualifier": "9"}, VALIDATION, not_an_alias("9")),
        ("$LATEST", function, {"Qualifier": "$LATEST"}, VALIDATION, not_an_alias("$LATEST")),
        ("missing alias", function, {"Qualifier": "absent"}, NOT_FOUND, no_function),
        ("two qualifiers that differ", alias,
         {"FunctionName": "<arn>:live", "Qualifier": "other"}, INVALID, MISMATCH),
    ]
] + [
    case("URL", f"{verb}, no config", "S",
         call(f"{verb}_function_url_config", function, **given), NOT_FOUND, NO_RESOURCE)
    for verb, given in [("get", {}), ("update", {"AuthType": "NONE"}), ("delete", {})]
] + [
    case("URL", "create one that exists", "S",
         call("create_function_url_config", with_url, AuthType="NONE"),
         CONFLICT, "Failed to create function url config for [functionArn = <arn>]. "
         "Error message:  FunctionUrlConfig exists for this Lambda function"),
    case("URL", "list, missing function", "S", call("list_function_url_configs"),
         NOT_FOUND, NO_FUNCTION),
]  # fmt: skip

PROVISIONED = [
    case("Provisioned concurrency", f"{verb}, {name}", "S",
         call(f"{verb}_provisioned_concurrency_config", setup, Qualifier=qualifier, **given),
         NOT_FOUND, message)
    for verb, given in [("put", ONE), ("get", {}), ("delete", {})]
    for name, setup, qualifier, message in [
        ("missing function and an alias", None, "noalias",
         "Cannot find alias arn: <arn>:noalias"),
        ("missing function and a version", None, "1", "Function not found: <arn>:1"),
        ("missing alias", function, "noalias", "Cannot find alias arn: <arn>:noalias"),
        ("missing version", function, "10", "Function not found: <arn>:10"),
    ]
] + [
    case("Provisioned concurrency", name, source,
         call("put_provisioned_concurrency_config", setup, Qualifier=qualifier, **given),
         code, message)
    for name, source, setup, qualifier, given, code, message in [
        ("put 0", "S", alias, "live", {"ProvisionedConcurrentExecutions": 0},
         VALIDATION, NOT_POSITIVE),
        ("put, $LATEST", "S", function, "$LATEST", ONE, INVALID, UNPUBLISHED),
        ("put on an alias whose version has it", "S", provisioned_version, "live", ONE,
         CONFLICT, VERSION_HAS_IT),
        ("put on a version behind an alias that has it", "S", provisioned_alias, "1", ONE,
         CONFLICT, "Version is pointed by a Provisioned Concurrency alias"),
        ("put on an alias with weights", "F", weighted, "live", ONE,
         INVALID, "Alias with weights can not be used with Provisioned Concurrency"),
        ("put more than is reserved", "S", reserved, "live",
         {"ProvisionedConcurrentExecutions": 2},
         INVALID, MORE_THAN_RESERVED),
    ]
] + [
    case("Provisioned concurrency", "put", "S",
         call("put_provisioned_concurrency_config", alias, Qualifier="live", **ONE),
         "", status=202),
    case("Provisioned concurrency", "put more than the account has", "S", provision_more(1),
         INVALID, "Specified ConcurrentExecutions for function is greater than account's "
         "unreserved concurrency [<unreserved>]."),
    case("Provisioned concurrency", "put all that the account has", "S", provision_more(0),
         INVALID, "Specified ConcurrentExecutions for function decreases account's "
         "UnreservedConcurrentExecution below its minimum value of [100]."),
    case("Provisioned concurrency", "get, $LATEST", "S",
         call("get_provisioned_concurrency_config", function, Qualifier="$LATEST"),
         INVALID, NEITHER),
    case("Provisioned concurrency", "delete, $LATEST", "S",
         call("delete_provisioned_concurrency_config", function, Qualifier="$LATEST"),
         INVALID, NEITHER),
    case("Provisioned concurrency", "get, none", "S",
         call("get_provisioned_concurrency_config", alias, Qualifier="1"),
         NO_PC, "No Provisioned Concurrency Config found for this function"),
    case("Provisioned concurrency", "get of an alias that was deleted", "S",
         call("get_provisioned_concurrency_config", provisioned_alias_deleted, Qualifier="live"),
         NOT_FOUND, "Cannot find alias arn: <arn>:live"),
    case("Provisioned concurrency", "delete, none", "S",
         call("delete_provisioned_concurrency_config", alias, Qualifier="1"), "", status=204),
    case("Provisioned concurrency", "list, missing function", "S",
         call("list_provisioned_concurrency_configs"), NOT_FOUND, "Function not found: <arn>"),
]  # fmt: skip

EVENTS = [
    case("Event invoke config", "get, missing function", "S",
         call("get_function_event_invoke_config"),
         NOT_FOUND, "The function <arn>:$LATEST doesn't have an EventInvokeConfig"),
    case("Event invoke config", "get, missing version", "S",
         call("get_function_event_invoke_config", function, Qualifier="1221"),
         NOT_FOUND, "The function <arn>:1221 doesn't have an EventInvokeConfig"),
]  # fmt: skip

WRITES: dict[str, dict[str, Any]] = {
    "publish_version": {},
    "update_function_code": {"ZipFile": package()},
    "update_function_configuration": {"Timeout": 9},
}
STATES = [
    case("Pending", "invoke", "L", call("invoke", pending), CONFLICT, PENDING),
    *[case("Pending", operation, "L", call(operation, pending, **given), CONFLICT, PENDING)
      for operation, given in WRITES.items()],
    *[case("In progress", operation, "F", call(operation, updating, **given), CONFLICT, UPDATING)
      for operation, given in WRITES.items()],
]  # fmt: skip

CASES = [
    *FUNCTIONS, *VERSIONS, *ALIASES, *WEIGHTS, *PERMISSIONS, *URLS, *PROVISIONED, *EVENTS, *STATES,
]  # fmt: skip
