"""A session on an account in memory, in place of one with credentials."""

from collections.abc import Callable
from typing import Any

import pytest

from console import main as commands
from tests.console.world import FakeSession

Run = Callable[..., int]


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


@pytest.fixture
def run(session: FakeSession, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command as it would be typed."""

    def made(*_: Any) -> FakeSession:
        return session

    monkeypatch.setattr(commands, "Session", made)
    return lambda *typed: commands.main(typed)
