"""The demo's screen: nothing is cut in a narrow terminal, and nothing fails in an old one."""

import io
import re
import sys

import pytest

from local.demo.screen import Screen

LINEAGE = "2@2377ada3 1@79d81e98"
STATUS = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"


class Terminal(io.TextIOWrapper):
    """A terminal that keeps what it was sent; `text` is without colours and animation."""

    def __init__(self, encoding: str, *, real: bool) -> None:
        self.sent = io.BytesIO()
        self._real = real
        super().__init__(self.sent, encoding=encoding)

    def isatty(self) -> bool:
        return self._real

    def text(self) -> str:
        self.flush()
        return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", self.sent.getvalue().decode(self.encoding))


def terminal(
    patch: pytest.MonkeyPatch, columns: int = 100, encoding: str = "utf-8", *, real: bool = True
) -> Terminal:
    """Stand in for the terminal of whoever runs the demo."""
    made = Terminal(encoding, real=real)
    patch.setenv("COLUMNS", str(columns))
    patch.setenv("TERM", "xterm")
    patch.setattr(sys, "stdout", made)
    return made


def column(text: str, number: int) -> str:
    """Put a column of a table's rows together again."""
    rows = [line.split("│") for line in text.splitlines() if line.startswith("│")]
    return "".join(row[number].strip() for row in rows)


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_table_shows_every_character_of_its_cells(
    monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    found = terminal(monkeypatch, columns)

    Screen().table(("alias", "lineage", "status"), [("prod", LINEAGE, STATUS)])

    assert max(map(len, found.text().splitlines())) <= columns
    assert column(found.text(), 2).replace(" ", "") == LINEAGE.replace(" ", "")
    assert column(found.text(), 3) == STATUS


@pytest.mark.parametrize(("columns", "indent"), [(37, 0), (40, 3), (80, 7)])
def test_a_bar_is_indented_as_far_as_there_is_room(
    monkeypatch: pytest.MonkeyPatch, columns: int, indent: int
) -> None:
    found = terminal(monkeypatch, columns)

    Screen().bar("prod", "1", "3", 60)

    assert found.text() == " " * indent + "prod  1 ████████░░░░░░░░░░░░ 3   60 %\n"


@pytest.mark.parametrize("real", [True, False], ids=["a terminal", "a file"])
def test_what_an_encoding_has_no_character_for_is_drawn_otherwise_or_escaped(
    monkeypatch: pytest.MonkeyPatch, *, real: bool
) -> None:
    found = terminal(monkeypatch, encoding="latin-1", real=real)
    screen = Screen()

    with screen.step("sam deploy"):
        screen.bar("prod", "1", "3", 60)
    screen.table(("alias", "lineage"), [("prod", LINEAGE)])
    screen.say("10 €")

    assert "prod  1 ########............ 3   60 %" in found.text()
    assert f"| prod  | {LINEAGE} |" in found.text()
    assert r"10 \u20ac" in found.text()
    assert found.text().count("\\u") == 1, "the animation is drawn otherwise, too"


def test_a_stdout_that_is_no_file_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", found := io.StringIO())

    Screen().say("10 €")

    assert found.getvalue() == "  10 €\n"
