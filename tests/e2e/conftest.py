"""An account on the engine, with the provider deployed from its own template."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from local.engine import Engine
from local.settings import Settings
from tests.e2e.account import Account, Artifacts, build_artifacts

ANSWERED_AFTER = "answered after"
"""A test's property: seconds until the stack had its answer."""

ONE_WAY = Settings(linger=0.0)
THE_OTHER = replace(
    ONE_WAY,
    failed_update_adopts_id=not ONE_WAY.failed_update_adopts_id,
    function_reverted_first=not ONE_WAY.function_reverted_first,
    last_answer_wins=not ONE_WAY.last_answer_wins,
    publish_compares_all=not ONE_WAY.publish_compares_all,
    cancelled_create_keeps_id=not ONE_WAY.cancelled_create_keeps_id,
)
"""Where AWS's documentation is silent, the provider must be right either way (aws-semantics F)."""


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Artifacts:
    return build_artifacts(tmp_path_factory.mktemp("artifacts"))


EITHER_WAY = (ONE_WAY, pytest.param(THE_OTHER, marks=pytest.mark.thorough))


@pytest.fixture(scope="module", params=EITHER_WAY, ids=["one way", "the other way"])
def settings(request: pytest.FixtureRequest) -> Settings:
    found: Settings = request.param
    return found


@pytest.fixture(scope="module")
def installed(artifacts: Artifacts, settings: Settings) -> Iterator[Account]:
    """One account for a module: deploying the provider takes as long as all else."""
    with Engine(settings) as engine:
        yield Account(engine, artifacts)


@pytest.fixture
def account(installed: Account) -> Iterator[Account]:
    yield installed
    installed.clear()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how long a stack waited for each answer that nearly did not come."""
    waits = [
        (seconds, report.nodeid.rpartition("aging-")[2].rstrip("]"))
        for report in terminalreporter.getreports("passed")
        for name, seconds in getattr(report, "user_properties", [])
        if name == ANSWERED_AFTER and report.when == "call"
    ]
    if waits:
        terminalreporter.write_sep("-", "seconds until a stack had its answer, where")
    for seconds, case in waits:
        terminalreporter.write_line(f"{seconds:6.1f}  {case}")
