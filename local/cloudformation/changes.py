"""What can be said of a template before it runs: its active resources and what would change.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

from collections.abc import Callable, Mapping
from typing import Any

from local.cloudformation.errors import ApiError
from local.cloudformation.intrinsics import Resolver, references, stringify
from local.cloudformation.stacks import Resource
from local.cloudformation.template import Template

Fields = Mapping[str, Any]
Replaces = Callable[[str, Fields, Fields], bool]
_COMPARED = ("Type", "Properties", "Metadata", "DeletionPolicy", "UpdateReplacePolicy")


class _Placeholders:
    """Stands in for whatever is only known while the stack runs."""

    def ref(self, logical_id: str) -> str:
        return f"${{{logical_id}}}"

    def attribute(self, logical_id: str, name: str) -> str:
        return f"${{{logical_id}.{name}}}"

    def imported(self, name: str) -> str:
        return f"${{import {name}}}"

    def dynamic(self, service: str, key: str) -> str:
        return f"{{{{resolve:{service}:{key}}}}}"


def active(template: Template, section: str = "Resources") -> dict[str, Any]:
    """Give the resources (or outputs) whose condition holds, unresolved."""
    resolver = Resolver(template.processed, template.values, _Placeholders())
    return {
        name: definition
        for name, definition in template.processed.get(section, {}).items()
        if "Condition" not in definition or resolver.condition(definition["Condition"])
    }


def _fixed(template: Template, section: str) -> dict[str, Any]:
    """Resolve as far as it goes without running."""
    resolver = Resolver(template.processed, template.values, _Placeholders())
    return {
        name: stringify({
            key: _join_ready(resolver, definition[key])
            for key in (_COMPARED if section == "Resources" else definition)
            if key in definition and key != "Condition"
        })
        for name, definition in active(template, section).items()
    }  # fmt: skip


def _join_ready(resolver: Resolver, value: Any) -> Any:
    """Keep what can't be resolved yet (a Select from a resource's list, say) as it is written."""
    try:
        return resolver.resolve(value)
    except (TypeError, IndexError, ValueError):
        return value


def outputs_differ(old: Template, new: Template) -> bool:
    """Tell whether the Outputs would change."""
    return _fixed(old, "Outputs") != _fixed(new, "Outputs")


def changes(
    old: Template | None,
    new: Template,
    existing: Mapping[str, Resource],
    replaces: Replaces,
) -> list[dict[str, Any]]:
    """List the ResourceChanges of a change set.

    Args:
        old: the stack's template; None for a new stack.
        new: the wanted template.
        existing: the stack's resources.
        replaces: tells for a type, its old and its new properties whether a new resource is made.
    """
    before = _fixed(old, "Resources") if old else {}
    after = _fixed(new, "Resources")
    found = {name: _change("Add", name, after[name]) for name in after.keys() - before.keys()}
    for name in before.keys() - after.keys():
        found[name] = _change("Remove", name, before[name])
    found |= _modifications(before, after, active(new), replaces)
    for name in found.keys() & existing.keys():
        if existing[name].physical_id:
            found[name]["PhysicalResourceId"] = existing[name].physical_id
    return [found[name] for name in sorted(found)]


def _modifications(
    before: Fields, after: Fields, definitions: Fields, replaces: Replaces
) -> dict[str, Any]:
    """Find resources that change themselves, and those that read from one that changes."""
    found: dict[str, Any] = {}
    for name in after.keys() & before.keys():
        old, new = before[name], after[name]
        if old["Type"] != new["Type"]:
            raise ApiError(
                "Update of resource type is not permitted. The new template modifies resource "
                f"type of the following resources: [{name}]"
            )
        if old != new:
            replaced = replaces(new["Type"], old.get("Properties", {}), new.get("Properties", {}))
            found[name] = _change("Modify", name, new, str(replaced), "Static")
    pending = list(found)
    while pending:
        source = pending.pop()
        for name in before.keys() & after.keys() - found.keys():
            reads = references(definitions[name].get("Properties", {}))
            if any(target == source and (attribute or found[source]["Replacement"] == "True")
                   for target, attribute in reads):  # fmt: skip
                found[name] = _change("Modify", name, after[name], "Conditional", "Dynamic")
                pending.append(name)
    return found


def _change(
    action: str, logical_id: str, definition: Fields, replacement: str = "", evaluation: str = ""
) -> dict[str, Any]:
    change = {
        "Action": action, "LogicalResourceId": logical_id, "ResourceType": definition["Type"],
        "Scope": [], "Details": [],
    }  # fmt: skip
    if replacement:
        detail = {"Target": {"Attribute": "Properties"}, "Evaluation": evaluation}
        change |= {"Replacement": replacement, "Scope": ["Properties"], "Details": [detail]}
    return change
