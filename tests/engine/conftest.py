"""What the tests of CloudFormation share: one world a module, emptied for each test."""

from collections.abc import Iterator

import pytest

from tests.engine.cloudformation_world import World


@pytest.fixture(scope="module")
def shared() -> Iterator[World]:
    with World() as world:
        yield world


@pytest.fixture
def world(shared: World) -> World:
    return shared.reset()
