"""`make reference`: writes docs/reference.md from the schema that the provider validates by."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from handler.schema import RELEASE_SCHEMA, RELEASE_TYPE, SCHEMA

PAGE = Path(__file__).parents[2] / "docs" / "reference.md"

PROMOTION_ATTRIBUTES = {
    "AliasArn": "ARN of the alias, as `Ref` gives it",
    "FunctionArn": "ARN of the function, without a qualifier",
    "FunctionName": "name of the function",
    "Version": "number of the version that the alias serves",
    "VersionArn": "ARN of that version",
    "PreviousVersion": "number of the version before it, empty if there is none",
    "CodeSha256": "Base64 of the SHA-256 of the version's code",
    "InvocationUri": "what API Gateway's `Uri` of an integration wants",
}
RELEASE_ATTRIBUTES = {
    "AliasName": "name of the aliases",
    "Versions": "`orders=8,payments=12` in the order of `Functions`; "
    "the numbers alone where this is longer than 2,500 characters",
}

CHOOSING = ("SourceQualifier", "Triggers", "CodeSha256", "VersionDescription")
"""The properties that choose a version."""

_RELEASES = "a release: the alias is pointed to a version"
_REPLACES = "another alias: it is made, or adopted; the old one is deleted in the stack's cleanup"
_NO_INTERRUPTION = "a setting: nothing is published or moved"
UPDATES = {
    "ServiceToken": "refused by CloudFormation: `Modifying service token is not allowed.`",
    "FunctionName": _REPLACES,
    "AliasName": _REPLACES,
    "Functions": "functions that are added are released, aliases of those that are taken away "
    "are deleted in the stack's cleanup",
    "Description": "a setting: the alias's Description is written",
    "ProvisionedConcurrencyConfig": "a setting: the version is provisioned anew, nothing is moved",
    **dict.fromkeys(CHOOSING, _RELEASES),
}
"""What a change of a property is; any other is a setting."""

_HEAD = """# Reference

Generated from [`handler/schema.json`](../handler/schema.json) by `make reference`: do not edit it.

Functions like `!Ref` may stand anywhere; numbers and booleans may be given as such. A property that
is not listed is refused before anything is written, and so is one of a wrong form.
"""

_INTRO = {
    SCHEMA["title"]: "Publishes a version of a function, or takes one from an alias, and points "
    "an alias to it.",
    RELEASE_TYPE: "The same for many functions at once: all aliases move, or none does. "
    "See [safe moves](safe-moves.md).",
}

_REFS = {
    SCHEMA["title"]: "The ARN of the alias.",
    RELEASE_TYPE: "An id that means nothing to anybody else.",
}


def page() -> str:
    """Write the page."""
    types = [(SCHEMA, PROMOTION_ATTRIBUTES), (RELEASE_SCHEMA, RELEASE_ATTRIBUTES)]
    return "\n".join([_HEAD, *(_type(*each) for each in types)])


def _type(schema: Mapping[str, Any], attributes: Mapping[str, str]) -> str:
    title, names = schema["title"], list(schema["properties"])
    own = ["Functions"] if title == RELEASE_TYPE else names
    parts = [f"## {title}\n\n{_INTRO[title]}\n"]
    parts += [Property(name, schema, "###").text() for name in own]
    if own != names:
        # All but one are the same: said once.
        others = ", ".join(f"`{name}`" for name in names if name not in own)
        link = f"[{SCHEMA['title']}](#customlambdaaliaspromotion)"
        parts.append(f"{others} are those of {link}.\n")
    parts += [
        f"### Ref of {title}\n\n{_REFS[title]}\n",
        f"### GetAtt of {title}\n\n| attribute | |\n| --- | --- |",
        *(f"| `{name}` | {meaning} |" for name, meaning in attributes.items()),
        "",
    ]
    return "\n".join(parts)


@dataclass(frozen=True)
class Property:
    """A property of a type, or of another property.

    Attributes:
        name: its own, without those above it.
        parent: the schema that it stands in.
        level: its heading's.
        path: names above it, with a dot behind each.
    """

    name: str
    parent: Mapping[str, Any]
    level: str
    path: str = ""

    @property
    def schema(self) -> Mapping[str, Any]:
        """What the schema says of it."""
        found: Mapping[str, Any] = self.parent["properties"][self.name]
        return found

    def text(self) -> str:
        """Write it, and those below it."""
        path = f"{self.path}{self.name}"
        lines = [f"{self.level} {path}\n", f"{self.schema['description']}\n", *self._facts(), ""]
        lines += [
            Property(below, self.schema, "####", f"{path}.").text()
            for below in self.schema.get("properties", {})
        ]
        return "\n".join(lines)

    def _facts(self) -> Iterator[str]:
        each = self.schema
        if "expected" in each:
            yield f"- *Expected:* {each['expected']}"
        yield f"- *Required:* {'yes' if self.name in self.parent.get('required', []) else 'no'}"
        if each.get("default"):
            yield f"- *Default:* `{each['default']}`"
        for pattern in (each.get("pattern"), each.get("items", {}).get("pattern")):
            if pattern:
                yield f"- *Pattern:* `{pattern}`"
        if not self.path:
            yield f"- *Update:* {UPDATES.get(self.name, _NO_INTERRUPTION)}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
