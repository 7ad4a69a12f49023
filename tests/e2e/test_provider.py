"""The provider's own stack: what is changed there counts, and can be taken back."""

import json
from collections.abc import Iterator

import pytest

from tests.e2e.account import PROVIDER, Account, fails_after, promotion, template


@pytest.fixture
def provider(account: Account) -> Iterator[Account]:
    yield account
    account.install_provider()


def promotes(account: Account, name: str) -> bool:
    """Deploy a stack of that name with a promotion; it is gone afterwards."""
    status = account.deploy(name, template("a", Prod=promotion("prod")))["StackStatus"]
    account.delete(name)
    assert status in ("CREATE_COMPLETE", "ROLLBACK_COMPLETE")
    return bool(status == "CREATE_COMPLETE")


def test_another_list_of_functions_counts_from_its_deployment_on(provider: Account) -> None:
    assert not promotes(provider, "payments-app")

    wider = provider.install_provider("orders-*,payments-*")
    assert wider["StackStatus"] == "UPDATE_COMPLETE"
    assert promotes(provider, "payments-app")

    provider.install_provider("payments-*")
    assert promotes(provider, "payments-app")
    assert not promotes(provider, "orders-app")


def test_a_list_whose_deployment_failed_does_not_count_until_it_succeeds(provider: Account) -> None:
    failing = "".join(
        f"  {name}: {json.dumps(each)}\n"
        for name, each in fails_after(0, DependsOn="ProviderFunctionAliaslive").items()
    )
    text = provider.provider_template().replace("\nResources:\n", f"\nResources:\n{failing}")

    stack = provider.deploy(PROVIDER, text, AllowedFunctionNames="payments-*")
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert promotes(provider, "orders-app")
    assert not promotes(provider, "payments-app")

    assert provider.install_provider("payments-*")["StackStatus"] == "UPDATE_COMPLETE"
    assert promotes(provider, "payments-app")


def test_one_version_of_the_provider_is_kept(provider: Account) -> None:
    provider.install_provider("payments-*")
    provider.install_provider(artifacts=provider.artifacts.breaking("pass"))

    assert len(provider.versions(PROVIDER)) == 1


def test_what_it_writes_is_found_in_cloudwatch_logs(provider: Account) -> None:
    assert promotes(provider, "orders")

    answer = provider.engine.client("logs").filter_log_events(
        logGroupName=f"/aws/lambda/{PROVIDER}", filterPattern='"stack/orders/"'
    )

    told = [json.loads(each["message"])["message"] for each in answer["events"]]
    assert told.count("observed") == told.count("planned") == 2, "a Create and a Delete"
