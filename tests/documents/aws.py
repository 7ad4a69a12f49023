"""The part of the AWS CLI that is AWS's own model: service, operation, options, query, output.

The real one is no dependency of this project. This one knows what botocore knows: a service, an
operation or an option that it does not find is not one of AWS.
https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-commandstructure.html
"""

import argparse
import json
import logging
import sys
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import jmespath  # type: ignore[import-untyped]  # no types to offer
from botocore import xform_name
from botocore.exceptions import ClientError, WaiterError
from botocore.model import OperationModel, Shape
from botocore.session import Session

FAILED = 254
"""The exit code for an error that AWS answered with."""

_PAYLOADS = {"Invoke": "Payload"}
"""Operations whose answer goes into a file that is named last."""

_PACE = {"Delay": 0.1, "MaxAttempts": 600}
"""Of a waiter; AWS's own is 30 seconds."""


@cache
def _session() -> Session:
    """Keep the models: reading one takes longer than all else."""
    return Session()


def operation_of(service: str, name: str) -> OperationModel:
    """Find an operation by its name on the command line.

    Raises:
        ValueError: AWS has none.
    """
    model = _session().get_service_model(service)
    for each in model.operation_names:
        if xform_name(each, "-") == name:
            return model.operation_model(each)
    raise ValueError(f"{service} has no operation {name}")


def waiter_of(service: str, name: str) -> OperationModel:
    """Find the operation that a waiter calls, by its name on the command line.

    Raises:
        ValueError: AWS has none.
    """
    waiters = _session().get_waiter_model(service)
    for each in waiters.waiter_names:
        if xform_name(each, "-") == name:
            found = _session().get_service_model(service)
            return found.operation_model(waiters.get_waiter(each).operation)
    raise ValueError(f"{service} has no waiter {name}")


def parser_of(operation: OperationModel) -> argparse.ArgumentParser:
    """Give the options of an operation, required ones as such."""
    parser = argparse.ArgumentParser(prog="aws", allow_abbrev=False)
    parser.add_argument("--query")
    parser.add_argument("--output", choices=["json", "text"], default="json")
    parser.add_argument("--region")
    parser.add_argument("--profile")
    parser.add_argument("--cli-binary-format", choices=["raw-in-base64-out"])
    shape = operation.input_shape
    needed = shape.required_members if shape else []
    for member, each in (shape.members if shape else {}).items():
        option, required = f"--{xform_name(member, '-')}", member in needed
        if each.type_name == "boolean":
            action = argparse.BooleanOptionalAction
            parser.add_argument(option, dest=member, action=action, required=required)
        else:
            many: Any = "+" if each.type_name == "list" else None
            parser.add_argument(option, dest=member, nargs=many, required=required)
    if operation.name in _PAYLOADS:
        parser.add_argument("outfile")
    return parser


def parse(arguments: list[str]) -> tuple[str, OperationModel, argparse.Namespace]:
    """Understand a command.

    Returns:
        The waiter's name or an empty one, the operation, and what was given.

    Raises:
        ValueError: AWS has no such service, operation or waiter.
        SystemExit: the options are wrong; argparse has said why.
    """
    service, name, *options = arguments
    waiter = options.pop(0) if name == "wait" else ""
    operation = waiter_of(service, waiter) if waiter else operation_of(service, name)
    return waiter, operation, parser_of(operation).parse_args(options)


def main(arguments: list[str]) -> int:
    """Run a command, and give its exit code."""
    logging.disable()
    waiter, operation, given = parse(arguments)
    shape = operation.input_shape
    parameters = {
        name: _value(each, found)
        for name, each in (shape.members if shape else {}).items()
        if (found := getattr(given, name)) is not None
    }
    client: Any = boto3.client(arguments[0])  # type: ignore[call-overload]  # any service
    try:
        if waiter:
            found = client.get_waiter(waiter.replace("-", "_"))
            found.wait(**parameters, WaiterConfig=_PACE)
            return 0
        answer = getattr(client, xform_name(operation.name))(**parameters)
    except (ClientError, WaiterError) as error:
        sys.stderr.write(f"\n{error}\n")
        return FAILED
    answer.pop("ResponseMetadata", None)
    if payload := _PAYLOADS.get(operation.name):
        Path(given.outfile).write_bytes(answer.pop(payload).read())
    found = jmespath.search(given.query, answer) if given.query else answer
    sys.stdout.write(_text(found) if given.output == "text" else _json(found))
    return 0


def _value(shape: Shape, given: Any) -> Any:
    """Read a value as the command line has it: JSON for what has parts, words for a list."""
    if shape.type_name in {"structure", "map"}:
        return json.loads(given)
    if shape.type_name == "list":
        return json.loads(given[0]) if given[0].startswith("[") else given
    return int(given) if shape.type_name in {"integer", "long"} else given


def _json(found: Any) -> str:
    return f"{json.dumps(found, indent=4, default=str)}\n" if found else ""


def _text(found: Any) -> str:
    """Write rows, with tabs between their fields."""
    if not isinstance(found, list):
        return f"{found}\n"
    rows = found if found and isinstance(found[0], list) else [found]
    return "".join("\t".join(map(str, row)) + "\n" for row in rows)
