"""A Plan in words: each slot is told, in the order in which it is carried out."""

from dataclasses import replace
from typing import Any

import pytest

from console.words import Line, Outcome, told
from handler.arn import AliasId
from handler.lineage import Lineage, parse
from handler.observed import AliasState
from handler.plan import (
    CreateAlias,
    DeleteAlias,
    DescribeAlias,
    KeepAlias,
    Plan,
    PromoteFrom,
    PublishVersion,
    RepointAlias,
    RestoreVersion,
    ResumeVersion,
    Shift,
    UseVersion,
    VersionSlot,
    Watch,
)
from handler.plan import Tests as Guards
from handler.smoke_test import SmokeTest
from tests.console.world import PROD, SCOPE, A, B, marked

SEVEN = marked("7", f"7@{A}")
PUBLISHES = ("publishes", "$LATEST; Lambda gives the last version where it is the same")


def lineage(entries: str) -> Lineage:
    found = parse(f"[alias-promotion owner=00000001 {entries}]")[1]
    assert found
    return found


OLD = lineage(f"7@{A}")
RELEASE = RepointAlias("Orders", OLD, B)


@pytest.mark.parametrize(
    ("plan", "number", "expected"),
    [
        (
            Plan(RELEASE, "a new release", PublishVersion(code_sha256="c0de")),
            "",
            [
                ("publishes", f"{PUBLISHES[1]}; only if its code is c0de"),
                ("moves", "prod from version 7 to the new version"),
                ("lineage", f"?@{B} 7@{A}"),
            ],
        ),
        (
            Plan(RELEASE, "a new release", PromoteFrom("beta")),
            "8",
            [
                ("takes", "version 8, which beta serves"),
                ("moves", "prod from version 7 to version 8"),
                ("lineage", f"8@{B} 7@{A}"),
            ],
        ),
        (
            Plan(RELEASE, "a new release", PromoteFrom("beta")),
            "",
            [
                ("takes", "the version that beta serves by then"),
                ("moves", "prod from version 7 to the version that beta serves by then"),
                ("lineage", f"?@{B} 7@{A}"),
            ],
        ),
        (
            Plan(RELEASE, "a new release", UseVersion("7")),
            "7",
            [
                ("takes", "version 7"),
                ("keeps", "prod on version 7, with no weights"),
                ("lineage", f"7@{B} 7@{A}"),
            ],
        ),
        (
            Plan(RepointAlias("Orders", OLD), "back", RestoreVersion("6")),
            "6",
            [
                ("takes back", "version 6"),
                ("moves", "prod from version 7 to version 6"),
                ("lineage", f"7@{A}"),
            ],
        ),
        (
            Plan(RepointAlias("Orders", None), "given back", RestoreVersion("5")),
            "5",
            [
                ("takes back", "version 5"),
                ("moves", "prod from version 7 to version 5"),
                ("lineage", "none: its mark is taken off"),
            ],
        ),
        (
            Plan(DescribeAlias("Orders", OLD), "settings"),
            "",
            [("describes", "prod anew; pointer and weights stay"), ("lineage", f"7@{A}")],
        ),
        (Plan(KeepAlias(), "nothing to do"), "", [("writes", "nothing")]),
        (Plan(DeleteAlias(), "ours"), "", [("deletes", "prod; its versions stay")]),
        (
            Plan(KeepAlias(), "renamed", abandoned=AliasId(SCOPE, "orders", "live")),
            "",
            [
                ("writes", "nothing"),
                ("gives up", "live of orders, if it is this resource's"),
            ],
        ),
    ],
)
def test_what_happens_to_the_alias_is_told(plan: Plan, number: str, expected: list[Line]) -> None:
    assert told(Outcome(PROD, SEVEN, plan, number)) == [("because", plan.because), *expected]


@pytest.mark.parametrize(
    ("source", "number", "found", "expected"),
    [
        (PublishVersion(), "", None, "creates prod, on the new version"),
        (UseVersion("9"), "9", None, "creates prod, on version 9"),
    ],
)
def test_an_alias_that_is_not_there_is_created(
    source: VersionSlot, number: str, found: AliasState | None, expected: str
) -> None:
    outcome = Outcome(
        PROD, found, Plan(CreateAlias("", lineage(f"7@{A}"), B), "new", source), number
    )

    assert expected in [" ".join(line) for line in told(outcome)]


def test_a_release_whose_id_is_not_known_yet_has_none() -> None:
    plan = Plan(RELEASE, "a new release", UseVersion("999"))
    outcome = Outcome(PROD, SEVEN, plan, later="Dev.Version", release_known=False)

    assert told(outcome)[1:] == [
        ("takes", "the version that Dev.Version is by then"),
        ("moves", "prod from version 7 to the version that Dev.Version is by then"),
        ("lineage", f"?@? 7@{A}"),
    ]


def test_all_that_guards_a_release_is_told_in_its_order() -> None:
    plan = Plan(
        RELEASE,
        "a new release",
        PublishVersion(),
        tests=Guards(SmokeTest(timeout=30), "orders-check"),
        capacity=5,
        shift=Shift((10, 20), 2),
        watch=Watch(("Errors", "Latency"), interval=2, post_traffic="orders-after"),
    )

    assert told(Outcome(PROD, SEVEN, plan)) == [
        ("because", "a new release"),
        PUBLISHES,
        ("tests", "invokes it, for 30 s at the most (SmokeTest)"),
        ("asks", "orders-check (PreTraffic)"),
        ("provisions", "5 executions of the new version"),
        ("shifts", "10 %, 20 % of the traffic for 2 minutes each, then all"),
        ("moves", "prod from version 7 to the new version"),
        ("lineage", f"?@{B} 7@{A}"),
        ("watches", "Errors, Latency, and 2 minutes after"),
        ("asks", "orders-after (PostTraffic)"),
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"tests": Guards(SmokeTest())}, ("tests", "invokes it, for 60 s at the most (SmokeTest)")),
        ({"tests": Guards(pre_traffic="check")}, ("asks", "check (PreTraffic)")),
        ({"shift": Shift((10,), 1)}, ("shifts", "10 % of the traffic for 1 minute, then all")),
        (
            {"version": ResumeVersion("8"), "shift": Shift((90,), 1, 10)},
            ("shifts", "10 %, 90 % of the traffic for 1 minute each, then all"),
        ),
        ({"version": ResumeVersion("8")}, ("goes on", "with version 8")),
        (
            {"watch": Watch(("Errors",), ignore_alarms=True)},
            ("watches", "Errors; told, not obeyed"),
        ),
        ({"watch": Watch(post_traffic="after")}, ("asks", "after (PostTraffic)")),
    ],
)
def test_a_single_guard_is_told_alone(more: dict[str, Any], expected: Line) -> None:
    plan = replace(Plan(RELEASE, "a new release"), **more)

    assert expected in told(Outcome(PROD, SEVEN, plan, "8"))
