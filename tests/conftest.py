"""What all tests share: an engine, emptied for each test, and how they are run."""

import signal
from collections.abc import Generator, Iterator

import pytest
from coverage import Coverage
from hypothesis import HealthCheck, settings

from local.engine import Engine
from local.settings import Settings

# How long an example takes says nothing about the code, on a machine that does other things too.
_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("searching", _UNTIMED)
# The same examples in every run: who changes a page does not meet what nobody has seen before.
settings.register_profile("repeating", _UNTIMED, derandomize=True)
settings.load_profile("repeating")

# A shell that runs the tests in the background lets them ignore Ctrl-C, and so what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

_LONGEST = ("test_demo", "test_safe_moves", "test_matrix", "test_sam", "test_silence")
_COVERING = {"unit", "functional", "console", "benchmarks", "test_console"}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    # Without AWS's managed policies, which take longer than most tests.
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "false")
    with Engine(Settings(linger=0.0)) as made:
        yield made


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: no worker shall be left alone with one at the end."""
    items.sort(key=lambda item: (item.path.stem not in _LONGEST, item.path.parent.name != "e2e"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Trace what covers the code; tracing slower tests would take a third of all time."""
    coverage = Coverage.current()
    if not coverage or {item.path.parent.name, item.path.stem} & _COVERING:
        return (yield)
    coverage.stop()
    try:
        return (yield)
    finally:
        coverage.start()
