"""What tests on the engine share: one engine for each worker, emptied for each test."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from local.engine import Engine
from local.settings import Settings

# How long an example takes says nothing about the code, on a machine that does other things too.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine(Settings(linger=0.0)) as made:
        yield made
