"""A steady rate."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from handler.limiter import Limiter


@dataclass
class Clock:
    now: float = 100.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def limiter(clock: Clock) -> Limiter:
    return Limiter(10, lambda: clock.now)


def test_the_first_does_not_wait(clock: Clock) -> None:
    clock.sleep(limiter(clock).turn())
    assert clock.now == 100


@pytest.mark.parametrize(("each_takes", "seconds"), [(0.0, 1.0), (0.06, 1.0), (0.1, 1.0), (0.5, 5)])
def test_so_many_pass_in_a_second_and_what_takes_longer_does_not_wait(
    clock: Clock, each_takes: float, seconds: float
) -> None:
    steady = limiter(clock)
    for _ in range(10):
        clock.sleep(steady.turn())
        clock.now += each_takes
    clock.sleep(steady.turn())
    assert clock.now - 100 == pytest.approx(seconds)


def test_a_pause_gives_no_right_to_a_burst(clock: Clock) -> None:
    steady = limiter(clock)
    clock.sleep(steady.turn())
    clock.now += 60
    began = clock.now
    for _ in range(3):
        clock.sleep(steady.turn())
    assert clock.now - began == pytest.approx(0.2)


def test_threads_share_the_rate(clock: Clock) -> None:
    steady = limiter(clock)
    with ThreadPoolExecutor(8) as pool:
        turns = [each.result() for each in [pool.submit(steady.turn) for _ in range(41)]]
    assert sorted(turns) == pytest.approx([each / 10 for each in range(41)])
