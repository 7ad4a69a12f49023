"""Traffic that goes over from one version of an alias to another; pure.

While it does, the alias still points to the old version, and gives the new one a weight
(aws-semantics B3, C1).
"""

from dataclasses import replace

from handler.errors import InvalidRequest
from handler.observed import AliasState, Version
from handler.plan import Plan, RepointAlias
from handler.preference import ALL_AT_ONCE, Preference, in_minutes, minute, that_fits

_SPARE = 60.0
"""Seconds that the calls of a shift may take beside its intervals."""


def share_of(alias: AliasState, version: str) -> int | None:
    """Give the percentage of the traffic that a version has by weight; None for foreign weights."""
    weights = dict(alias.weights)
    if set(weights) - {version}:
        return None
    return round(100 * weights.get(version, 0))


def fitted(plan: Plan, alias: AliasState, version: str) -> Plan:
    """Let a version of the lineage have all traffic at once: it has served before."""
    slot = plan.alias
    known = slot.lineage if isinstance(slot, RepointAlias) else None
    if version != alias.version and not (known and known.has_served(version)):
        return plan
    watch = replace(plan.watch, interval=0) if plan.watch else None
    return replace(plan, shift=None, watch=watch)


def check_alike(function_name: str, old: Version, new: Version) -> None:
    """See that an alias may share its traffic between two versions (aws-semantics B3).

    Raises:
        InvalidRequest: their roles or dead-letter targets differ.
    """
    for what, before, after in (
        ("roles", old.role, new.role),
        ("dead-letter targets", old.dead_letters, new.dead_letters),
    ):
        if before != after:
            raise InvalidRequest(
                f"DeploymentPreference.Type: versions {old.number} and {new.number} of "
                f"{function_name} have different {what} ({before or 'none'}, {after or 'none'}), "
                f"so no alias can share its traffic between them; release once with {ALL_AT_ONCE}"
            )


def check_time(preference: Preference, time_left: float | None) -> None:
    """Let no shift begin that can't end.

    Raises:
        InvalidRequest: it would outlast ServiceTimeout; the message says what fits.
    """
    if time_left is None or _seconds(preference.minutes) + _SPARE <= time_left:
        return
    minutes = max(0.0, (time_left - _SPARE) / minute().total_seconds())
    fits = that_fits(preference.type_, minutes, watched=bool(preference.alarms))
    watched = ", its alarms' interval included" if preference.alarms else ""
    raise InvalidRequest(
        f"DeploymentPreference.Type: {preference.type_} takes {in_minutes(preference.minutes)}"
        f"{watched}, but ServiceTimeout leaves {int(minutes)}; use {fits}"
    )


def check_time_to_watch(preference: Preference, time_left: float | None) -> None:
    """Let no release begin whose alarms can't be heard to the end.

    Raises:
        InvalidRequest: that would outlast ServiceTimeout.
    """
    interval = preference.rollout.interval if preference.alarms else 0
    if interval and time_left is not None and _seconds(interval) + _SPARE > time_left:
        minutes = max(0, int((time_left - _SPARE) / minute().total_seconds()))
        raise InvalidRequest(
            f"DeploymentPreference.Type: the alarms of {preference.type_} are heard for "
            f"{in_minutes(interval)}, but ServiceTimeout leaves {minutes}; use a shorter interval"
        )


def check_time_to_resume(preference: Preference, steps: int, time_left: float | None) -> None:
    """Let no shift go on that can't end.

    Raises:
        InvalidRequest: it would outlast ServiceTimeout.
    """
    interval = preference.rollout.interval
    needed = _seconds(interval * (steps - 1 + bool(preference.alarms)))
    if time_left is not None and needed > time_left:
        raise InvalidRequest(
            f"DeploymentPreference.Type: {preference.type_} was interrupted, and ServiceTimeout "
            "leaves no time to end it; release again"
        )


def _seconds(minutes: int) -> float:
    return minutes * minute().total_seconds()
