"""The engine's Lambda answers as AWS does, down to the text."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from botocore.exceptions import ClientError

from local.settings import Settings
from tests.engine.functions_world import World, serve
from tests.engine.recorded import CASES, Recorded, filled

_SLOW = {"Pending": Settings(creating=60), "In progress": Settings(updating=60)}


@pytest.fixture(scope="module")
def worlds() -> Iterator[dict[str, World]]:
    """One world for each area, so that no area uses up another's limits."""
    with ExitStack() as stack:
        yield {
            area: stack.enter_context(serve(_SLOW.get(area)))
            for area in {one.area for one in CASES}
        }


@pytest.mark.parametrize("recorded", CASES, ids=lambda one: one.id)
def test_it_answers_as_recorded(recorded: Recorded, worlds: dict[str, World]) -> None:
    stage = worlds[recorded.area].stage()
    try:
        answer = recorded.provoke(stage)
    except ClientError as refusal:
        answer = refusal.response
    error = answer.get("Error", {"Code": "", "Message": ""})
    assert (error["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], error["Message"]) == (
        recorded.code, recorded.status, filled(stage, recorded.message),
    )  # fmt: skip
