"""The resource types that the provider serves: their properties and their attributes."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ResourceType:
    """A type of custom resource.

    Attributes:
        schema: JSON Schema of its properties, the very one that the provider validates by.
        attributes: what `Fn::GetAtt` may ask for, as the provider answers it.
    """

    schema: dict[str, Any]
    attributes: tuple[str, ...]


# A link to the provider's own file; a built package holds what it leads to.
_SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("schema.json").read_text("utf-8"))

PROMOTION, RELEASE = "Custom::LambdaAliasPromotion", "Custom::LambdaRelease"

TYPES = {
    PROMOTION: ResourceType(
        schema=_SCHEMA,
        attributes=(
            "AliasArn", "FunctionArn", "FunctionName", "Version", "VersionArn", "PreviousVersion",
            "CodeSha256", "InvocationUri",
        ),
    ),
    RELEASE: ResourceType(
        schema={
            **_SCHEMA,
            "title": RELEASE,
            "required": ["ServiceToken", "Functions", "AliasName"],
            "properties": {
                "Functions": _SCHEMA["definitions"]["Functions"],
                **{name: each for name, each in _SCHEMA["properties"].items()
                   if name != "FunctionName"},
            },
        },
        attributes=("AliasName", "Versions"),
    ),
}  # fmt: skip
"""By the type's name."""
