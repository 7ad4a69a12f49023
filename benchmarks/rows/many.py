"""Many functions at once, under the account's 15 requests a second."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from benchmarks import events
from benchmarks.bench import PLAIN, PROVIDER, Bench
from benchmarks.endpoint import Call, Pace
from benchmarks.figures import Figure, Reference, Unit, at_most_ratio, middle
from benchmarks.lifecycle import BESIDE, FEWEST, UPDATE, function_with
from benchmarks.limits import CONTROL_PLANE, buckets
from benchmarks.rows.latency import CALL, PUT, floor
from benchmarks.subject import Outcome, Subject

SIZES, QUICK_SIZES = (1, 10, 100), (1, 10)
AT_MOST = 1.15
_TURNS = {10: 5, 100: 1}
"""How often it is measured at the most: once where it takes 20 seconds."""

_EACH, _ONE = "as many Custom::LambdaAliasPromotion", "one Custom::LambdaRelease"


@dataclass(frozen=True)
class Finished:
    """What became of an Update of many.

    Attributes:
        seconds: until the last answer.
        failed: functions without an answer, without SUCCESS, or whose alias was not moved.
        limited: calls that were let through by the rate.
        refused: calls that were not.
        moves: seconds from the first alias that moved to the last.
    """

    seconds: float
    failed: int
    limited: int
    refused: int
    moves: float


@dataclass(frozen=True)
class _Pair:
    """Two processes of one handler.

    Attributes:
        used: makes the aliases.
        fresh: gives a copy of itself for each event that is measured.
    """

    used: Subject
    fresh: Subject

    @classmethod
    def of(cls, bench: Bench, stack: ExitStack, name: str) -> Self:
        """Start both."""
        return cls(*(stack.enter_context(bench.subject(name)) for _ in range(2)))


def measure(bench: Bench) -> list[Figure]:
    """Update as many functions as they are, each way."""
    figures: list[Figure] = []
    with ExitStack() as stack:
        ours, plain = (_Pair.of(bench, stack, name) for name in (PROVIDER, PLAIN))
        for size in QUICK_SIZES if bench.quick else SIZES:
            turns = min(_TURNS.get(size, bench.repeats), bench.repeats)
            each, one, theirs = [], [], []
            for turn in range(turns):
                bench.tell(f"{_named(size)}, round {turn + 1} of {turns}")
                each.append(run(bench, size, partial(_promotions, bench, ours)))
                theirs.append(run(bench, size, partial(_promotions, bench, plain)))
                one.append(run(bench, size, partial(_release, bench, ours)))
            figures.append(_figure(size, _EACH, each, theirs))
            figures.append(_figure(size, _ONE, one, []))
            if size > 1:
                figures.append(_moves(size, one))
    return figures


Outcomes = list[Outcome | None]


def run(bench: Bench, size: int, update: Callable[[Sequence[str]], Outcomes]) -> Finished:
    """Update so many functions, and see what became of it."""
    endpoint = bench.endpoint
    names = [function_with(endpoint, 1) for _ in range(size)]
    before = len(endpoint.calls)
    try:
        outcomes = update(names)
    finally:
        endpoint.pace = Pace()
    calls = [each for each in endpoint.calls[before:] if each.at >= _began(endpoint.calls[before:])]
    moved = [each.at for each in calls if each.name == "UpdateAlias" and each.took_effect]
    served = [endpoint.functions.function(each).aliases[events.ALIAS] for each in names]
    # The one answer of a release is that of each of its functions.
    answers = outcomes * (size // len(outcomes))
    return Finished(
        max((each.seconds for each in outcomes if each), default=0.0),
        sum(not _succeeded(*each) for each in zip(answers, served, strict=True)),
        sum(each.name not in BESIDE and each.took_effect for each in calls),
        sum(not each.took_effect for each in calls),
        max(moved) - min(moved) if moved else 0.0,
    )


_AFTER = 3
"""The version after the Create has published 2, and the Update 3."""


def _succeeded(outcome: Outcome | None, alias: Mapping[str, Any]) -> bool:
    moved = int(alias["FunctionVersion"]) == _AFTER
    return outcome is not None and outcome.answer.succeeded and moved


def _began(calls: Sequence[Call]) -> float:
    """Tell when the Update began: after the last alias was made."""
    return max((each.at for each in calls if each.name == "CreateAlias"), default=0.0) + 1e-9


def _promotions(bench: Bench, pair: _Pair, names: Sequence[str]) -> Outcomes:
    url = bench.endpoint.url
    bench.endpoint.stack.begin("CREATE_IN_PROGRESS")
    for name in names:
        pair.used.send(events.create(url, name, 1))
    _begin_update(bench, names)
    return pair.fresh.send_all([events.update(url, name, 1, 2) for name in names])


def _release(bench: Bench, pair: _Pair, names: Sequence[str]) -> Outcomes:
    url = bench.endpoint.url
    bench.endpoint.stack.begin("CREATE_IN_PROGRESS")
    made = pair.used.send(events.release(url, names, 1))
    physical_id = made.answer.body["PhysicalResourceId"]
    _begin_update(bench, names)
    return pair.fresh.send_all([events.release_update(url, names, physical_id, 1, 2)])


def _begin_update(bench: Bench, names: Sequence[str]) -> None:
    for name in names:
        bench.endpoint.functions.function(name).code += 1
    bench.endpoint.stack.begin("UPDATE_IN_PROGRESS")
    bench.endpoint.pace = Pace(CALL, PUT, buckets())


def _figure(size: int, how: str, ours: Sequence[Finished], plain: Sequence[Finished]) -> Figure:
    least = size * FEWEST[UPDATE] / CONTROL_PLANE
    failed, refused = (max(each.failed for each in ours), max(each.refused for each in ours))
    others = [Reference("the floor of a full bucket", _floor(size))]
    if plain:
        others.append(Reference(PLAIN, middle(each.seconds for each in plain)))
    told = f"{size - failed} of {size} succeeded, {refused} calls throttled"
    if plain:
        lost = max(each.failed for each in plain)
        told += f"; plain: {lost} of {size} failed"
    figure = Figure(
        "many",
        f"update of {_named(size)}, {how}",
        middle(each.seconds for each in ours),
        Unit.SECONDS,
        (Reference("calls / 15 s", least), *others),
        target="all succeed",
        passed=not failed,
        note=told,
    )
    return at_most_ratio(figure, AT_MOST)


def _named(size: int) -> str:
    return "1 function" if size == 1 else f"{size} functions"


def _floor(size: int) -> float:
    """Give the seconds that the fewest calls take where the rate's first second is unused."""
    return max(0.0, size * FEWEST[UPDATE] / CONTROL_PLANE - 1) + floor(UPDATE)


def _moves(size: int, releases: Sequence[Finished]) -> Figure:
    figure = Figure(
        "many",
        f"from the first move to the last of {size}, {_ONE}",
        middle(each.moves for each in releases),
        Unit.SECONDS,
        (Reference("moves after the first / 15 s", (size - 1) / CONTROL_PLANE),),
    )
    return at_most_ratio(figure, AT_MOST)
