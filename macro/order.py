"""What promotions have to wait for: the name of an alias or a function as text orders nothing."""

from collections.abc import Mapping

from macro.problem import NotUnderstood
from macro.promotions import FUNCTION, Promotion, Promotions
from macro.template import Template

Waits = Mapping[str, list[str]]


def missing(template: Template, promotions: Promotions) -> dict[str, list[str]]:
    """Give what each promotion's DependsOn lacks, by its logical id.

    Raises:
        NotUnderstood: a promotion would wait for itself.
    """
    waits = {one.logical_id: _named(template, promotions, one) for one in promotions}
    for name, others in waits.items():
        for other in others:
            _check(template, waits, name, other)
    lacks = {
        name: [one for one in others if one not in template.depends_on(name)]
        for name, others in waits.items()
    }
    return {name: others for name, others in lacks.items() if others}


def _named(template: Template, promotions: Promotions, promotion: Promotion) -> list[str]:
    """Give what a promotion needs first, though it only says its name."""
    sources = [one.logical_id for one in promotions.sources(promotion)]
    if not promotion.publishes:
        return sources
    functions = sorted(one for one in promotion.functions if template.kind(one) == FUNCTION)
    known = template.needs(promotion.logical_id)
    return [*(one for one in functions if one not in known), *sources]


def _check(template: Template, waits: Waits, name: str, other: str) -> None:
    """Follow all that the other one waits for, and refuse if that is the promotion itself."""
    seen, open_ids = set[str](), [other]
    while open_ids:
        found = open_ids.pop()
        if found == name:
            raise NotUnderstood(
                f"it needs {other} first, whose alias or function it names; but {other} waits for "
                f"{name}: let one of them take $LATEST or a version",
                name,
            )
        if found not in seen:
            seen.add(found)
            open_ids += [*template.needs(found), *waits.get(found, [])]
