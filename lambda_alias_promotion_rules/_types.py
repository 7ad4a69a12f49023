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


def _schema(name: str) -> dict[str, Any]:
    # A link to the provider's own file; a built package holds what it leads to.
    schema: dict[str, Any] = json.loads(Path(__file__).with_name(name).read_text("utf-8"))
    return schema


PROMOTION = "Custom::LambdaAliasPromotion"

TYPES = {
    PROMOTION: ResourceType(
        schema=_schema("schema.json"),
        attributes=(
            "AliasArn", "FunctionArn", "FunctionName", "Version", "VersionArn", "PreviousVersion",
            "CodeSha256", "InvocationUri",
        ),
    ),
}  # fmt: skip
"""By the type's name."""
