"""The way back by hand: where it leads, and what is written."""

from dataclasses import replace

import pytest

from console.problem import Problem
from console.rollback import step_back, what_comes_next
from handler.observed import AliasState, Version
from tests.console.conftest import Run
from tests.console.world import PROD, A, B, C, FakeSession, marked

Captured = pytest.CaptureFixture[str]
TENTH = (("8", 0.1),)


@pytest.mark.parametrize(
    ("state", "version", "release"),
    [
        (marked("8", f"8@{B} 7@{A}"), "7", A),
        (marked("7", f"8@{C} 7@{B} 6@{A}"), "6", A),
        (marked("8", f"8@{C} 8@{B} 7@{A}"), "7", A),
        (marked("8", f"adopted=- 8@{B} | 5@-"), "5", "-"),
        (marked("8", f"shift=8@{B} 8@{B} 7@{A}"), "7", A),
        (marked("7", f"shift=8@{B} 7@{A}", weights=TENTH), "7", A),
        (marked("5", f"8@{B} 7@{A}", weights=TENTH), "5", "-"),
        (marked("7", f"8@{C} 7@{B} 8@{A} 6@{A}"), "6", A),
    ],
    ids=[
        "the entry below", "further back", "the entry of another version", "behind the bar",
        "not settled", "while traffic goes over", "weights of a person", "never to what was left",
    ],
)  # fmt: skip
def test_one_step_back_leads_along_the_lineage(
    state: AliasState, version: str, release: str
) -> None:
    step = step_back(PROD, state)

    assert step.after == replace(state, version=version, weights=())
    assert step.of == release


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (AliasState("7", "By hand"), "prod of orders has no lineage"),
        (marked("5", f"8@{B} 7@{A}"), "which its lineage does not name (8@bbbbbbbb 7@aaaaaaaa)"),
        (marked("7", f"7@{A}"), "its lineage names none before it that was not left"),
        (marked("7", f"8@{B} 7@{A}"), "its lineage names none before it that was not left"),
        (marked("7", f"7@{B} 7@{A} .."), "its lineage names none before it that was not left"),
        (marked("7", f"8@{C} 7@{B} 8@{A}"), "its lineage names none before it that was not left"),
    ],
)
def test_where_the_lineage_knows_no_step_back_a_person_must_choose(
    state: AliasState, says: str
) -> None:
    with pytest.raises(Problem, match="prod of orders") as found:
        step_back(PROD, state)
    assert says in str(found.value)


def test_a_release_that_is_under_way_is_told_to_fail() -> None:
    shifting = marked("7", f"shift=8@{B} 7@{A}", weights=TENTH)

    assert what_comes_next(PROD, step_back(PROD, shifting))[0] == (
        f"Release {B} is not settled: if its stack operation is still under way, it fails and is "
        "rolled back."
    )


@pytest.fixture
def released(session: FakeSession) -> FakeSession:
    """Give an account in which prod serves 8, and 7 before."""
    session.gateway.deploy("orders", "code")
    versions = session.gateway.functions["orders"].versions
    versions.update({number: Version(number) for number in ("7", "8")})
    session.gateway.point("orders", "prod", marked("8", f"8@{B} 7@{A}"))
    return session


def prod(session: FakeSession) -> AliasState:
    return session.gateway.functions["orders"].aliases["prod"]


def test_the_pointer_goes_back_and_the_description_stays(
    released: FakeSession, run: Run, capsys: Captured
) -> None:
    before = prod(released)

    assert run("rollback", "orders", "prod", "--yes") == 0

    assert replace(prod(released), revision_id="") == replace(before, version="7", revision_id="")
    *shown, last = capsys.readouterr().out.splitlines()
    assert shown == [
        "prod of orders",
        "  from  version 8",
        f"  to    version 7, of release {A}",
        "prod of orders serves version 7 now.",
        "- A deploy without a new release leaves prod on 7; other properties still apply.",
        "- The next release moves prod as usual, and notes 7 in the lineage.",
        "- Should its stack roll back, prod returns to 7.",
    ]
    assert last.startswith("- The release that it left still stands in the template: ")


def test_traffic_that_goes_over_is_taken_back(
    released: FakeSession, run: Run, capsys: Captured
) -> None:
    state = marked("7", f"shift=8@{B} 7@{A}", weights=TENTH)
    released.gateway.point("orders", "prod", state)

    assert run("rollback", "orders", "prod", "--yes") == 0

    assert (prod(released).version, prod(released).weights) == ("7", ())
    assert "  from  version 7, 10 % to 8\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "code", "version"), [("y", 0, "7"), ("Yes", 0, "7"), ("n", 1, "8"), ("", 1, "8")]
)
def test_nothing_is_written_until_a_person_agrees(
    released: FakeSession,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    code: int,
    version: str,
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin.readline", lambda: f"{answer}\n", raising=False)

    assert run("rollback", "orders", "prod") == code

    assert prod(released).version == version


def test_ctrl_c_at_the_question_writes_nothing_and_says_so(
    released: FakeSession, run: Run, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def interrupt() -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stdin.readline", interrupt, raising=False)

    assert run("rollback", "orders", "prod") == 130

    assert prod(released).version == "8"
    assert capsys.readouterr().out.endswith("\nNothing was written.\n")


def test_where_nobody_can_be_asked_nothing_is_written(
    released: FakeSession, run: Run, capsys: Captured
) -> None:
    assert run("rollback", "orders", "prod") == 1

    assert prod(released).version == "8"
    assert capsys.readouterr().err == "there is no terminal to ask at; say --yes\n"


def test_an_alias_that_somebody_moves_meanwhile_is_left_alone(
    released: FakeSession, run: Run, capsys: Captured
) -> None:
    released.gateway.before["UpdateAlias"] = lambda: released.gateway.point(
        "orders", "prod", marked("9", f"9@{C} 8@{B} 7@{A}")
    )

    assert run("rollback", "orders", "prod", "--yes") == 1

    assert prod(released).version == "9"
    assert "was changed by somebody else meanwhile, so nothing" in capsys.readouterr().err


def test_a_version_that_is_gone_is_told_before_anybody_is_asked(
    released: FakeSession, run: Run, capsys: Captured
) -> None:
    del released.gateway.functions["orders"].versions["7"]

    assert run("rollback", "orders", "prod") == 1

    assert capsys.readouterr().err == (
        "version 7 of orders does not exist any more; move prod by hand\n"
    )


@pytest.mark.parametrize(
    ("function", "alias", "says"),
    [
        ("orders", "live", "there is no alias live of orders"),
        ("payments", "prod", "GetFunctionConfiguration: ResourceNotFoundException: not found; see"),
    ],
)
def test_what_does_not_exist_is_told(
    released: FakeSession, run: Run, capsys: Captured, function: str, alias: str, says: str
) -> None:
    assert released
    assert run("rollback", function, alias, "--yes") == 1
    assert capsys.readouterr().err.startswith(says)
