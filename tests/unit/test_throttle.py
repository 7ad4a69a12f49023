"""Calls are tried again until the deadline, and no pause outlasts it."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ConnectionClosedError, ConnectTimeoutError

from handler.errors import ServiceTimeout
from handler.throttle import RetryUntil, pause_after, pause_before

NOT_MADE = ConnectTimeoutError(endpoint_url="https://lambda")
LOST = ConnectionClosedError(endpoint_url="https://lambda")


def answer(status: int) -> Any:
    return SimpleNamespace(status_code=status), {}


@pytest.mark.parametrize(
    ("attempt", "longest"), [(1, 0.4), (2, 0.8), (3, 1.6), (4, 2.0), (30, 2.0), (31, 6.0)]
)
def test_a_pause_is_random_and_grows_to_two_seconds_then_six(attempt: int, longest: float) -> None:
    assert pause_before(attempt, lambda low, _high: low) == pytest.approx(0.1)
    assert pause_before(attempt, lambda _low, high: high) == pytest.approx(longest)


@pytest.mark.parametrize(
    ("response", "error", "attempts", "remaining", "verdict"),
    [
        pytest.param(answer(429), None, 1, 60.0, "ours", id="throttled"),
        pytest.param(answer(429), None, 50, 60.0, "ours", id="throttled for long"),
        pytest.param(answer(429), None, 1, 0.05, "end", id="throttled, no time is left"),
        pytest.param(answer(429), None, 100, 60.0, "end", id="throttled, and no deadline"),
        pytest.param(answer(500), None, 1, 60.0, "ours", id="failed"),
        pytest.param(answer(500), None, 50, 60.0, "ours", id="failed, after it was throttled"),
        pytest.param(answer(500), None, 1, 0.05, "end", id="failed, no time is left"),
        pytest.param(None, LOST, 1, 60.0, "ours", id="lost"),
        pytest.param(None, NOT_MADE, 1, 60.0, "ours", id="not made"),
        pytest.param(None, ServiceTimeout("over"), 1, 0.0, "botocore's", id="after the deadline"),
        pytest.param(answer(404), None, 1, 5.0, "botocore's", id="refused"),
    ],
)
def test_who_decides_on_another_try(
    response: Any, error: Exception | None, attempts: int, remaining: float, verdict: str
) -> None:
    retry = RetryUntil(lambda: remaining, 10)
    pause = retry(response, attempts, {"context": {}}, caught_exception=error)
    found = "botocore's" if pause is None else "ours" if pause else "end"
    assert found == verdict
    assert not pause or pause < remaining


@pytest.mark.parametrize(
    ("failures", "remaining", "longest"),
    [(1, 60.0, 1.0), (2, 60.0, 2.0), (5, 60.0, 16.0), (6, 60.0, 20.0), (9, 60.0, 20.0),
     (9, 3.0, 1.5), (1, 0.1, 0.1)],
)  # fmt: skip
def test_aws_has_time_to_recover_but_never_all_that_is_left(
    failures: int, remaining: float, longest: float
) -> None:
    assert pause_after(failures, remaining, lambda low, _high: low) == pytest.approx(0.1)
    assert pause_after(failures, remaining, lambda _low, high: high) == pytest.approx(longest)


def test_a_call_that_fails_is_given_up_at_the_tenth_time_however_often_it_was_throttled() -> None:
    retry, tries = RetryUntil(lambda: 600.0, 10), {"context": dict[str, int]()}
    for attempt in range(1, 20):
        assert retry(answer(429), attempt, tries)
    found = [retry(answer(503), attempt, tries) for attempt in range(20, 30)]
    assert all(found[:9])
    assert found[9] is False


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def pauses(retry: RetryUntil, calls: int) -> list[float]:
    """Throttle so many calls at the same time, each at its 20th try."""
    return [cast("float", retry(answer(429), 20, {})) for _ in range(calls)]


def test_calls_of_one_process_that_are_throttled_together_queue_at_the_rate_of_the_account() -> (
    None
):
    first, *others = pauses(RetryUntil(lambda: 60.0, 10, Clock()), 31)
    assert 0.1 <= first <= 2
    for place, pause in enumerate(others, 1):
        assert place / 15 <= pause <= (place + 1) / 15


def test_who_finds_the_queue_empty_pauses_at_random() -> None:
    clock = Clock()
    retry = RetryUntil(lambda: 60.0, 10, clock)
    pauses(retry, 3)
    clock.now = 3 / 15
    found = []
    for _ in range(50):
        found += pauses(retry, 1)
        clock.now += 1
    assert max(found) > 1
    assert min(found) < 0.5
