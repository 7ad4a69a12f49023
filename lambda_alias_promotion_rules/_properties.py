"""E9501."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from cfnlint.helpers import REGEX_DYN_REF
from cfnlint.jsonschema import ValidationError, Validator
from cfnlint.rules.jsonschema.CfnLintJsonSchema import CfnLintJsonSchema

from lambda_alias_promotion_rules._references import is_qualified
from lambda_alias_promotion_rules._text import as_received
from lambda_alias_promotion_rules._types import TYPES

_SCHEMAS = {f"Resources/{name}/Properties": each.schema for name, each in TYPES.items()}
_SHOWN = 60

_SOURCE = "SourceQualifier"


class Properties(CfnLintJsonSchema):
    """The provider refuses the properties."""

    id = "E9501"
    shortdesc = "Properties that the provider refuses"
    description = (
        "A property of Custom::LambdaAliasPromotion is missing, unknown, or has a value that the "
        "provider refuses. See docs/lint/E9501.md"
    )
    source_url = (
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
        "aws-resource-cloudformation-customresource.html"
    )
    tags = ["resources", "lambda", "alias"]

    def __init__(self) -> None:
        super().__init__(keywords=list(_SCHEMAS), all_matches=True)
        self.validators = {"enum": _enum}

    def validate(
        self, validator: Validator, keywords: str, instance: Any, _: Any
    ) -> Iterator[ValidationError]:
        """Validate the properties of one resource; cfn-lint gives the keyword that it reached."""
        received = as_received(instance)
        for error in super().validate(validator, keywords, received, _SCHEMAS[keywords]):
            if not _is_left_to_others(error):
                error.message = _message(error)
                yield error
        if isinstance(received, dict):
            yield from _own_source(received)


def _own_source(properties: dict[str, Any]) -> Iterator[ValidationError]:
    source = properties.get(_SOURCE)
    if isinstance(source, str) and source == properties.get("AliasName"):
        yield ValidationError(
            f"{_SOURCE}: found {source!r}, the alias itself; name another alias, a version number "
            "or $LATEST",
            path=[_SOURCE],
        )


def _enum(_: Validator, allowed: Any, instance: Any, __: Any) -> Iterator[ValidationError]:
    # cfn-lint's own takes any text for false where `false` is allowed.
    if instance not in as_received(allowed):
        yield ValidationError(f"{instance!r} is not one of {allowed!r}")


def _is_left_to_others(error: ValidationError) -> bool:
    found = error.instance
    if not isinstance(found, str):
        return False
    if REGEX_DYN_REF.search(found):
        # CloudFormation puts the value in when it deploys.
        return True
    return _name(error.path) == "FunctionName" and is_qualified(found)


def _name(path: Iterable[str | int]) -> str:
    parts = [str(part) for part in path]
    below_if = {index + 1 for index, part in enumerate(parts) if part == "Fn::If"}
    kept = (p for index, p in enumerate(parts) if p != "Fn::If" and index not in below_if)
    return ".".join(kept)


def _message(error: ValidationError) -> str:
    name = _name(error.path)
    schema = error.schema if isinstance(error.schema, dict) else {}
    if error.validator == "additionalProperties":
        known = schema.get("properties", {})
        close = get_close_matches(str(error.path[-1]), known, n=1) or [", ".join(known)]
        return f"{name}: unknown property; use {close[0]}"
    if "expected" in schema and error.validator != "required":
        shown = repr(error.instance)
        shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
        return f"{name}: found {shown}; expected {schema['expected']}"
    return f"{name}: {error.message}" if name else str(error.message)
