"""What `status` shows of a function's aliases."""

import json

import pytest

from handler.lineage import owner_id
from handler.observed import AliasState
from tests.console.conftest import Run
from tests.console.world import US, A, B, C, FakeSession, marked

Captured = pytest.CaptureFixture[str]


def rows(captured: Captured) -> dict[str, list[str]]:
    """Give the cells of each alias's row."""
    lines = [line for line in captured.readouterr().out.splitlines() if line.startswith("│")]
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines]
    return {first: rest for first, *rest in cells}


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (
            marked("8", f"8@{B} 7@{A}"),
            ["8", "2026-01-02 03:04", B, f"owner={US}", f"7@{A}"],
        ),
        (
            marked("7", f"8@{B} 7@{A}"),
            ["7, by hand", "2026-01-02 03:04", B, f"owner={US}", f"8@{B} 7@{A}"],
        ),
        (
            marked("7", f"shift=8@{B} 7@{A}", weights=(("8", 0.1),)),
            ["7 (90 %), 8 (10 %)", "2026-01-02 03:04", f"{A}, unsettled: 8@{B}", f"owner={US}",
             "nothing"],
        ),
        (AliasState("7", "By hand"), ["7", "2026-01-02 03:04", "", "nobody", "nothing"]),
        (AliasState("6", "Gone"), ["6", "", "", "nobody", "nothing"]),
    ],
    ids=["released", "moved by hand", "shifting", "nobody's", "of a version that is not listed"],
)  # fmt: skip
def test_an_alias_is_one_row(
    session: FakeSession, run: Run, capsys: Captured, state: AliasState, expected: list[str]
) -> None:
    session.functions.publish("$LATEST", "7", "8")
    session.functions.point("prod", state)

    assert run("status", "orders") == 0

    assert rows(capsys) == {"prod": expected}


def test_nothing_is_cut_in_a_narrow_window(
    session: FakeSession, run: Run, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "40")
    session.functions.publish("$LATEST", "7", "8")
    session.functions.point("prod", marked("8", f"8@{B} 7@{A}"))

    assert run("status", "orders") == 0

    assert (
        "  alias          prod\n"
        "  version        8\n"
        "  published      2026-01-02 03:04\n"
        f"  release        {B}\n"
        f"  managed by     owner={US}\n"
        f"  served before  7@{A}\n"
    ) in capsys.readouterr().out


def test_the_owner_is_looked_up_unless_nobody_wants_to_know(
    session: FakeSession, run: Run, capsys: Captured
) -> None:
    stack_id = session.stacks.add("app", Prod=("Custom::LambdaAliasPromotion", "arn"))
    mark = marked("7", f"7@{A}").description.replace(US, owner_id(stack_id, "Prod"))
    session.functions.publish("$LATEST", "7")
    session.functions.point("prod", AliasState("7", mark))

    run("status", "orders")
    assert rows(capsys)["prod"][3] == "app Prod"
    session.stacks.asked.clear()
    run("status", "orders", "--no-stacks")

    assert rows(capsys)["prod"][3] == f"owner={owner_id(stack_id, 'Prod')}"
    assert session.stacks.asked == []


def test_an_owner_in_none_of_the_latest_stacks_is_told(
    session: FakeSession, run: Run, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.owners.MOST_STACKS", 1)
    monkeypatch.setattr("console.owners.find_owners.__defaults__", (1,))
    session.stacks.add("one")
    session.stacks.add("two")
    session.functions.publish("$LATEST", "7")
    session.functions.point("prod", marked("7", f"7@{A}"))

    run("status", "orders")

    assert "Owners were looked for in the latest stacks only: not in 1." in capsys.readouterr().out


def test_versions_that_nothing_serves_are_told_and_which_of_them_a_rollback_may_need(
    session: FakeSession, run: Run, capsys: Captured
) -> None:
    session.functions.publish("$LATEST", "1", "2", "3", "5", "6", "7")
    session.functions.point("prod", marked("7", f"7@{C} 6@{B} 5@{A} .."))
    session.functions.point("dev", marked("6", f"shift=5@{B} 6@{A}", weights=(("5", 0.5),)))

    run("status", "orders")
    lines = capsys.readouterr().out.splitlines()
    assert "Nothing serves: 1-3." in lines

    session.functions.aliases.pop()
    run("status", "orders")
    lines = capsys.readouterr().out.splitlines()
    assert "Nothing serves: 1-3, 5, 6. A lineage names, and a rollback may need: 5, 6." in lines
    assert "Code of 6 versions and $LATEST: 7.0 MB." in lines
    assert "Code in this account and Region: 15.0 GB of 75.0 GB, 20.0 %." in lines


def test_a_function_without_an_alias_is_told_so(
    session: FakeSession, run: Run, capsys: Captured
) -> None:
    session.functions.publish("$LATEST", "1")

    assert run("status", "orders") == 0

    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "orders", "It has no alias.", "Nothing serves: 1.", "Code of 1 version and $LATEST: 2.0 MB."
    ]  # fmt: skip


def test_json_says_the_same_under_keys_that_stay(
    session: FakeSession, run: Run, capsys: Captured
) -> None:
    session.functions.publish("$LATEST", "6", "7", "8")
    session.functions.point("prod", marked("7", f"shift=8@{C} 7@{B} 6@{A}", weights=(("8", 0.25),)))
    session.functions.point("test", AliasState("8", ""))

    assert run("status", "orders", "--json") == 0

    prod = {
        "AliasName": "prod",
        "FunctionVersion": "7",
        "AdditionalVersionWeights": {"8": 0.25},
        "LastModified": "2026-01-02T03:04:02.000+0000",
        "Description": "Orders",
        "Release": B,
        "MovedByHand": False,
        "Shift": {"Version": "8", "Release": C},
        "OwnerId": US,
        "StackName": None,
        "LogicalResourceId": None,
        "ServedBefore": [{"Version": "6", "Release": A}],
    }
    unmanaged = {
        **prod, "AliasName": "test", "FunctionVersion": "8", "AdditionalVersionWeights": {},
        "LastModified": "2026-01-02T03:04:03.000+0000", "Description": "", "Release": "",
        "Shift": None, "OwnerId": "", "ServedBefore": [],
    }  # fmt: skip
    six = {
        "Version": "6", "LastModified": "2026-01-02T03:04:01.000+0000", "CodeSize": 1024**2,
        "InLineage": True,
    }  # fmt: skip
    assert json.loads(capsys.readouterr().out) == {
        "Functions": [
            {
                "FunctionName": "orders",
                "Aliases": [prod, unmanaged],
                "UnservedVersions": [six],
                "Versions": 3,
                "CodeSize": 4 * 1024**2,
            }
        ],
        "Account": {"CodeSize": 15 * 1024**3, "CodeSizeLimit": 75 * 1024**3},
    }


def test_a_function_that_can_not_be_read_fails_and_the_others_are_shown(
    session: FakeSession, run: Run, capsys: Captured
) -> None:
    session.functions.publish("$LATEST", "7")

    assert run("status", "payments", "orders") == 1
    shown = capsys.readouterr()
    assert shown.out.startswith("orders\n")
    assert shown.err.startswith("payments: List: ResourceNotFoundException: ")
    assert run("status", "payments") == 1
    assert capsys.readouterr().out == ""
