"""An account on the engine, with the provider deployed from its own template."""

from collections.abc import Iterator

import pytest

from local.engine import Engine
from local.settings import Settings
from tests.e2e.account import Account, build_provider


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return build_provider(tmp_path_factory.mktemp("provider"))


@pytest.fixture(scope="module")
def installed(artifact: bytes) -> Iterator[Account]:
    """One account for a module: deploying the provider takes as long as all else."""
    with Engine(Settings(linger=0.0)) as engine:
        yield Account(engine, artifact)


@pytest.fixture
def account(installed: Account) -> Iterator[Account]:
    yield installed
    installed.clear()
