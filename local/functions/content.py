"""Code and configuration: how a request gives them, and how an answer shows them."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from moto.core.utils import get_service_model

from local.functions.errors import invalid, not_emulated
from local.functions.names import LATEST, LAYER_ARN
from local.functions.state import (
    Content,
    Function,
    Input,
    Layer,
    Output,
    Region,
    Version,
    World,
    lambda_date,
)

_UPDATE = get_service_model("lambda").operation_model("UpdateFunctionConfiguration")
_SETTINGS = frozenset(_UPDATE.input_shape.members) - {"FunctionName", "RevisionId"}
_DEFAULTS: Mapping[str, Any] = {
    "Description": "",
    "Timeout": 3,
    "MemorySize": 128,
    "TracingConfig": {"Mode": "PassThrough"},
    "EphemeralStorage": {"Size": 512},
    "SnapStart": {"ApplyOn": "None"},
    "Architectures": ["x86_64"],
    "PackageType": "Zip",
}
_NOT_EMULATED = (
    "ImageUri", "ImageConfig", "CodeSigningConfigArn", "CapacityProviderConfig", "DurableConfig",
    "TenancyConfig", "PublishTo",
)  # fmt: skip
# As the service listed them in January 2026, in its own order.
_RUNTIMES = (
    "nodejs20.x", "python3.14", "provided.al2023", "python3.12", "python3.13", "nodejs24.x",
    "nodejs22.x", "java25", "python3.10", "python3.11", "java21", "ruby3.3", "ruby3.4", "ruby3.2",
    "python3.8", "python3.9", "java17", "nodejs16.x", "dotnet10", "dotnet8", "java11", "dotnet6",
    "nodejs18.x", "provided.al2", "java8.al2",
)  # fmt: skip
_BEING_CREATED = ("The function is being created.", "Creating")
_S3_ERRORS = {
    "NoSuchBucket": "The specified bucket does not exist",
    "NoSuchKey": "The specified key does not exist.",
}


def check_emulated(given: Input) -> None:
    """Refuse kinds of functions that the engine does not run.

    Raises:
        LambdaError: naming the member.
    """
    for name in _NOT_EMULATED:
        if given.get(name):
            raise not_emulated(name)
    if given.get("PackageType", "Zip") != "Zip":
        raise not_emulated("PackageType Image")
    if given.get("S3ObjectStorageMode", "COPY") != "COPY":
        raise not_emulated("S3ObjectStorageMode REFERENCE")


def read_package(world: World, given: Input) -> bytes:
    """Read a zip from the request or from S3.

    Raises:
        LambdaError: there is none, or it is no zip.
    """
    if "S3Bucket" in given:
        package = _from_s3(world, given)
    elif "ZipFile" in given:
        package = bytes(given["ZipFile"])
    else:
        raise invalid("Please provide a source for function code.")
    if not zipfile.is_zipfile(io.BytesIO(package)):
        raise invalid(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        )
    return package


def configure(region: Region, content: Content, given: Input) -> Content:
    """Change configuration; what the request leaves out stays.

    Raises:
        LambdaError: an unknown runtime or layer.
    """
    runtime = given.get("Runtime", _RUNTIMES[0])
    if runtime not in _RUNTIMES:
        raise invalid(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum "
            f"value set: [{', '.join(_RUNTIMES)}] or be a valid ARN"
        )
    changes = {
        key: value
        for key, value in given.items()
        if key in _SETTINGS or key in ("Architectures", "PackageType")
    }
    layers = content.layers
    if "Layers" in changes:
        layers = tuple(_layer(region, arn) for arn in changes.pop("Layers"))
    settings = {**_DEFAULTS, **content.settings, **changes}
    kept = {key: value for key, value in settings.items() if not _empty(value)}
    return Content(content.code, {"Description": "", **kept}, layers)


def describe(
    function: Function, version: Version, qualifier: str | None = None, *, created: bool = False
) -> Output:
    """Write a FunctionConfiguration.

    Args:
        function: whose.
        version: which.
        qualifier: what the ARN ends with; None leaves it bare.
        created: for the answer of CreateFunction, which has no LastUpdateStatus.
    """
    status = {} if created else _last_update(version)
    return _description(function, version, qualifier) | _state(version) | status


def describe_in_list(function: Function, version: Version, qualifier: str | None = None) -> Output:
    """Write a FunctionConfiguration for a list: it has no states (B2)."""
    return _description(function, version, qualifier)


def _description(function: Function, version: Version, qualifier: str | None) -> Output:
    content, settings = version.content, version.content.settings
    snap = settings.get("SnapStart", {}).get("ApplyOn", "None")
    optimised = snap == "PublishedVersions" and version.number != LATEST
    answer = {
        **settings,
        "FunctionName": function.name,
        "FunctionArn": f"{function.arn}:{qualifier}" if qualifier else function.arn,
        "Version": version.number,
        "Description": version.description,
        "CodeSha256": content.code_sha256,
        "CodeSize": len(content.code),
        "RevisionId": version.revision_id,
        "LastModified": lambda_date(version.modified),
        "SnapStart": {"ApplyOn": snap, "OptimizationStatus": "On" if optimised else "Off"},
        "LoggingConfig": {
            "LogFormat": "Text",
            "LogGroup": f"/aws/lambda/{function.name}",
            **settings.get("LoggingConfig", {}),
        },
    }
    if content.layers:
        answer["Layers"] = [{"Arn": x.arn, "CodeSize": len(x.content)} for x in content.layers]
    return answer


def _state(version: Version) -> Output:
    if version.transition != "Pending":
        return {"State": "Active"}
    reason, code = _BEING_CREATED
    return {"State": "Pending", "StateReason": reason, "StateReasonCode": code}


def _last_update(version: Version) -> Output:
    if version.transition != "InProgress":
        return {"LastUpdateStatus": "Successful"}
    reason, code = _BEING_CREATED
    return {
        "LastUpdateStatus": "InProgress",
        "LastUpdateStatusReason": reason,
        "LastUpdateStatusReasonCode": code,
    }


def _from_s3(world: World, given: Input) -> bytes:
    try:
        return world.read_object(given["S3Bucket"], given["S3Key"], given.get("S3ObjectVersion"))
    except KeyError as error:
        code = str(error.args[0])
        raise invalid(
            f"Error occurred while GetObject. S3 Error Code: {code}. "
            f"S3 Error Message: {_S3_ERRORS.get(code, code)}"
        ) from error


def _layer(region: Region, arn: str) -> Layer:
    named = LAYER_ARN.fullmatch(arn)
    if named and named["account"] != region.account:
        raise not_emulated(f"layer {arn} of another account")
    found = region.layers.get(named["name"], {}).get(int(named["number"] or 0)) if named else None
    if found is None:
        raise invalid(f"Layer version {arn} does not exist.")
    return found


def _empty(value: Any) -> bool:
    """Tell whether a setting says only that there is none, such as `{"Variables": {}}`."""
    if isinstance(value, Mapping):
        return all(_empty(one) for one in value.values())
    return value in ("", [], None)
