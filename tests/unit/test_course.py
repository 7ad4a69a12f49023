"""A request keeps the direction in which it began."""

from datetime import timedelta

import pytest

from handler.course import Course
from handler.direction import Direction
from handler.errors import ResourceConflict
from handler.observed import Observed
from tests.unit.conftest import PROD
from tests.unit.release_world import ReleaseWorld


def test_a_stack_that_has_turned_stays_turned_for_the_request() -> None:
    world = ReleaseWorld()
    course = Course(world.observer)
    course.set(PROD, Observed(None, Direction.FORWARD))
    world.aws.passed += timedelta(seconds=3)
    world.aws.stack = type(world.aws.stack)("UPDATE_ROLLBACK_IN_PROGRESS")
    with pytest.raises(ResourceConflict, match="cancelled meanwhile"):
        course.confirm(PROD)

    # The look is a new one now: of many aliases, the next must not be written either.
    with pytest.raises(ResourceConflict, match="cancelled meanwhile"):
        course.confirm(PROD)
