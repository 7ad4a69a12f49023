"""What properties each resource type takes, and what tells whether given ones are valid.

fastjsonschema makes a function of a schema. The artifact has both as code, which `make
build-ProviderFunction` writes: making one takes a twentieth of a cold start.
"""

import json
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import fastjsonschema

SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("schema.json").read_text("utf-8"))
"""The contract of Custom::LambdaAliasPromotion; validation, lint rule and reference rest on it."""

PROMOTION_TYPE, RELEASE_TYPE = SCHEMA["title"], "Custom::LambdaRelease"

RELEASE_SCHEMA: dict[str, Any] = {
    **SCHEMA,
    "title": RELEASE_TYPE,
    "required": ["ServiceToken", "Functions", "AliasName"],
    "properties": {
        "Functions": SCHEMA["definitions"]["Functions"],
        **{name: each for name, each in SCHEMA["properties"].items() if name != "FunctionName"},
    },
}
"""The contract of Custom::LambdaRelease: a list of functions in place of one."""

_MODULES = {PROMOTION_TYPE: "valid_promotion", RELEASE_TYPE: "valid_release"}


def schema_of(type_: str) -> dict[str, Any]:
    """Give the schema of a resource type."""
    return RELEASE_SCHEMA if type_ == RELEASE_TYPE else SCHEMA


@cache
def validator(type_: str) -> Any:
    """Give what raises fastjsonschema.JsonSchemaValueException where properties are not valid."""
    try:
        return import_module(f"handler.{_MODULES[type_]}").validate
    except ModuleNotFoundError:
        return fastjsonschema.compile(schema_of(type_), use_default=False)


def write_validators(directory: Path) -> None:
    """Write both validators as code, next to the other modules of an artifact."""
    for type_, name in _MODULES.items():
        code = fastjsonschema.compile_to_code(schema_of(type_), use_default=False)
        (directory / f"{name}.py").write_text(code, "utf-8")


if __name__ == "__main__":
    write_validators(Path(sys.argv[1]))
