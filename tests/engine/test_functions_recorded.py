"""The engine's Lambda answers as AWS does, down to the text."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.fidelity import answered, engine_worlds, expected, measure
from tests.engine.functions_world import World
from tests.engine.recorded import CASES, Recorded

PAGE = Path(__file__).parents[2] / "docs" / "engine.md"


@pytest.fixture(scope="module")
def worlds() -> Iterator[dict[str, World]]:
    with engine_worlds() as made:
        yield made


@pytest.mark.parametrize("recorded", CASES, ids=lambda one: one.id)
def test_it_answers_as_recorded(recorded: Recorded, worlds: dict[str, World]) -> None:
    stage = worlds[recorded.area].stage()
    answer = answered(recorded, stage)
    assert answer == expected(recorded, stage)


@pytest.mark.thorough
def test_the_page_on_the_engine_shows_the_figures_of_make_fidelity() -> None:
    rows = re.findall(
        r"^\| ([A-Z][\w ]+) \| (\d+) \| (\d+) \| (\d+) \|$", PAGE.read_text("utf-8"), re.MULTILINE
    )
    assert [(area, *map(int, figures)) for area, *figures in rows] == measure()
