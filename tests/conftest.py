"""What tests on the engine share: one engine for each worker, emptied for each test."""

from collections.abc import Iterator

import pytest

from local.engine import Engine
from local.settings import Settings


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine(Settings(linger=0.0)) as made:
        yield made
