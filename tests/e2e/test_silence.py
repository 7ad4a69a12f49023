"""A stack never waits for an answer that will not come, whatever happens to the provider."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from local.settings import Settings
from tests.e2e.account import PROVIDER, Account, promotion, template
from tests.e2e.conftest import ANSWERED_AFTER, ONE_WAY

ORDERS = template("a", Prod=promotion("prod"))


@pytest.fixture(scope="module", params=[replace(ONE_WAY, aging=100.0)], ids=["aging"])
def settings(request: pytest.FixtureRequest) -> Settings:
    """A second counts as a hundred towards the age of an event."""
    found: Settings = request.param
    return found


@pytest.fixture
def provider(account: Account) -> Iterator[Account]:
    """An account whose provider works again after the test."""
    yield account
    account.lambda_.delete_function_concurrency(FunctionName=PROVIDER)
    account.install_provider()


def fails_with(account: Account, cause: str, record_property: Callable[..., None]) -> None:
    """Deploy a promotion, and see that it fails with the cause."""
    began = time.monotonic()
    stack = account.deploy("orders-app", ORDERS)
    reasons = account.reasons("orders-app", "Prod")
    record_property(ANSWERED_AFTER, (time.monotonic() - began) / len(reasons))

    # Nothing was made; the Delete fails for the same cause, as long as the provider is broken.
    assert stack["StackStatus"] in ("ROLLBACK_FAILED", "ROLLBACK_COMPLETE")
    assert cause in reasons[-1]
    assert "did not receive a response" not in "".join(reasons)


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        pytest.param(
            "import no_such_module",
            "The provider could not answer: Runtime.ImportModuleError: Unable to import module "
            "'handler.app': No module named 'no_such_module'",
            id="it can't be imported",
        ),
        pytest.param(
            "def handler(event, context): raise KeyError('before anything')",
            "The provider could not answer: KeyError: 'before anything'",
            id="it fails before it parses",
        ),
        pytest.param(
            "def handler(event, context):\n    import os, signal\n"
            "    os.kill(os.getpid(), signal.SIGKILL)",
            "Runtime exited with error: signal: 9",
            id="it is out of memory",
        ),
    ],
)
def test_a_provider_that_crashes_is_answered_for_when_its_retries_are_used_up(
    provider: Account, code: str, cause: str, record_property: Callable[..., None]
) -> None:
    provider.install_provider(artifacts=provider.artifacts.breaking(code))
    fails_with(provider, cause, record_property)
    [reason, *_] = provider.reasons("orders-app", "Prod")
    assert "RetriesExhausted after 3 tries" in reason
    assert f"/aws/lambda/{PROVIDER}" in reason


@pytest.mark.parametrize("_", [pytest.param(0, id="it hangs until its time-out")])
def test_a_provider_that_times_out_is_answered_for(
    provider: Account, record_property: Callable[..., None], _: int
) -> None:
    hangs = "def handler(event, context):\n    import time\n    time.sleep(600)"
    provider.install_provider(artifacts=provider.artifacts.breaking(hangs), timeout=1)
    fails_with(provider, "Task timed out after 1.00 seconds", record_property)


@pytest.mark.parametrize("_", [pytest.param(0, id="it may not run at all")])
def test_a_provider_without_concurrency_is_answered_for_at_once(
    provider: Account, record_property: Callable[..., None], _: int
) -> None:
    provider.lambda_.put_function_concurrency(FunctionName=PROVIDER, ReservedConcurrentExecutions=0)
    fails_with(provider, "The provider could not answer: it was not run", record_property)


@pytest.mark.parametrize("_", [pytest.param(0, id="its event is too old to be tried again")])
def test_an_event_that_is_too_old_is_answered_for(
    provider: Account, record_property: Callable[..., None], _: int
) -> None:
    # Longer than the event may take, by the clock that its age is counted with.
    crashes = (
        "def handler(event, context):\n    import time\n    time.sleep(0.7)\n"
        "    raise KeyError('too late')"
    )
    provider.install_provider(artifacts=provider.artifacts.breaking(crashes))
    provider.lambda_.update_function_event_invoke_config(
        FunctionName=PROVIDER, Qualifier="live", MaximumEventAgeInSeconds=60
    )
    fails_with(provider, "KeyError: 'too late' (EventAgeExceeded after ", record_property)
