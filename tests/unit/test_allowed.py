"""The deployer names the functions that may be promoted."""

import pytest

from handler.allowed import check_allowed, is_allowed
from handler.errors import AccessDenied


@pytest.mark.parametrize(
    ("names", "function", "allowed"),
    [
        ("orders", "orders", True),
        ("orders", "orders-2", False),
        ("orders-*", "orders-app-Function-1X9M", True),
        ("orders-*", "orders", False),
        ("orders-*,payments", "payments", True),
        ("orders-*,payments", "Payments", False),
        ("*", "anything", True),
        ("", "orders", False),
        (None, "orders", True),
    ],
)
def test_a_function_is_allowed_by_its_name_or_by_a_pattern(
    monkeypatch: pytest.MonkeyPatch, names: str | None, function: str, allowed: bool
) -> None:
    if names is None:
        monkeypatch.delenv("ALLOWED_FUNCTION_NAMES", raising=False)
    else:
        monkeypatch.setenv("ALLOWED_FUNCTION_NAMES", names)
    assert is_allowed(function) == allowed


def test_the_error_says_what_is_allowed_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_FUNCTION_NAMES", "orders-*,payments-*")
    with pytest.raises(AccessDenied) as caught:
        check_allowed("stock-app")
    assert str(caught.value) == (
        "FunctionName: stock-app is not allowed here (orders-*,payments-*); add it to "
        "AllowedFunctionNames of the provider's stack (HandlerErrorCode: AccessDenied)"
    )
