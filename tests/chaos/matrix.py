"""Every scenario with every fault at every call."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from tests.chaos.faults import AT_CALLS, CANCELS, DROPPED, LATE, PUT, Kind
from tests.chaos.invariants import Outcome, Watch
from tests.chaos.process import Processes
from tests.chaos.scenarios import SCENARIOS, Scenario, release
from tests.chaos.world import INVOKE_EVENT, LIMIT, Plan, World

_processes = Processes()

_LOOKS = frozenset({"DescribeStacks", "DescribeAlarms"})

_SECOND = 2
"""The call that is made at the same time as the first one."""


@dataclass(frozen=True)
class Schedule:
    """A scenario with one fault.

    Attributes:
        scenario: by name.
        request: the how-manieth of the operation.
        call: the how-manieth of that request; 0: after it; -1: after it, what was handed over.
        action: the call's.
        kind: the fault's name.
        stack_first: of the two calls made at the same time, the stack is asked first.
    """

    scenario: str
    request: int
    call: int
    action: str
    kind: str
    stack_first: bool = True

    def __str__(self) -> str:
        order = "" if self.stack_first else "/alias first"
        return f"{self.scenario}/{self.request}.{self.call}-{self.action}/{self.kind}{order}"


@dataclass(frozen=True)
class Result:
    """What a schedule came to."""

    schedule: Schedule
    status: str
    violations: tuple[str, ...]
    story: tuple[str, ...] = ()
    log: str = ""


@dataclass(frozen=True)
class Dry:
    """A scenario without faults: what to expect, and where something can go wrong.

    Attributes:
        outcome: what it comes to.
        calls: the number of the request and the action of each call.
        cancellable: which of the requests go forward.
        handed_over: which of the requests took more than one invocation.
    """

    outcome: Outcome
    calls: tuple[tuple[int, str], ...]
    cancellable: frozenset[int]
    handed_over: frozenset[int]


KINDS = {kind.name: kind for kind in (*AT_CALLS, *CANCELS, DROPPED, *LATE)}
_BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


@cache
def dry_run(name: str) -> Dry:
    """Carry a scenario out with nothing going wrong."""
    with _processes.world() as outside:
        world = World(_processes, outside)
        scenario = _BY_NAME[name]
        stack = scenario.prepare(world)
        watch = Watch(world.aliases())
        world.watch = watch
        world.arm(Plan())
        scenario.operate(stack)
        world.finish()
        assert not watch.violations, (name, watch.violations)
        versions = {alias: set(seen) for alias, seen in watch.versions.items()}
        provisioned = frozenset(world.provisioned())
        outcome = Outcome(watch.start, world.aliases(), stack.status, versions, provisioned)
        ways = {
            number
            for number, request in enumerate(world.requests, 1)
            if not request.back and request.kind != "Delete"
        }
        calls = tuple(world.calls)
        handed = {n for n, each in enumerate(world.requests, 1) if len(each.deliveries) > 1}
    if "ROLLBACK" in outcome.status:
        assert outcome.after == outcome.before, (name, outcome)
    return Dry(outcome, calls, frozenset(ways), frozenset(handed))


def schedules(scenario: Scenario) -> Iterator[Schedule]:
    """Name every schedule of a scenario."""
    dry = dry_run(scenario.name)
    length = Counter(request for request, _ in dry.calls)
    for request, number, action in places(dry.calls):
        following = length.get(request + 1)
        for kind in _kinds(scenario, dry, request, action):
            if _is_out_of_reach(kind, following):
                continue
            yield Schedule(scenario.name, request, number, action, kind.name)
            # The order counts where something happens between the two calls.
            if kind.both_orders and (number == _SECOND or f"call {_SECOND} " in kind.name):
                yield Schedule(scenario.name, request, number, action, kind.name, stack_first=False)
    for request in length:
        for kind in LATE:
            if scenario.shifts and kind.is_near_another:
                continue
            if not _is_out_of_reach(kind, length.get(request + 1)):
                yield Schedule(scenario.name, request, 0, "event", kind.name)
                if request in dry.handed_over:
                    yield Schedule(scenario.name, request, -1, "event", kind.name)


def places(calls: Sequence[tuple[int, str]]) -> Iterator[tuple[int, int, str]]:
    """Give the request, number and action of each call where something goes wrong.

    While a release waits, it looks at the stack and at the alarms again and again: of these looks
    only the first and the last two calls count.
    """
    for request, numbered in groupby(enumerate(calls), lambda each: each[1][0]):
        mine = list(numbered)
        first = mine[0][0]
        for looks, stretch in groupby(mine, lambda each: each[1][1] in _LOOKS):
            group = list(stretch)
            kept = [*group[:2], *group[-2:]] if looks and len(group) > 4 else group
            for place, (_, action) in kept:
                yield request, place - first + 1, action


def _is_out_of_reach(kind: Kind, following: int | None) -> bool:
    """Tell whether the next request never makes the call before which a process is to go on."""
    found = re.search(r"before call (\d)", kind.name)
    if not found or "cancelled" in kind.name:
        return False  # a cancelled request is followed by another one than in the dry run
    return int(found[1]) > (following or 0)


def _kinds(scenario: Scenario, dry: Dry, request: int, action: str) -> Iterator[Kind]:
    kinds = [*AT_CALLS, *(CANCELS if request in dry.cancellable else ())]
    for kind in kinds:
        if action == PUT and not kind.puts:
            continue
        if kind.is_near_another if scenario.shifts else kind.shifts:
            continue
        # What is over before the sibling fails is the business of the scenario without it.
        if not scenario.fails_late or request > 1 or kind.reaches_on:
            yield kind
    if action == INVOKE_EVENT:
        yield DROPPED


def run(schedule: Schedule, *, tell: bool = False) -> Result:
    """Carry out a schedule."""
    kind, dry = KINDS[schedule.kind], dry_run(schedule.scenario)
    with _processes.world() as outside:
        outside.stack_first = schedule.stack_first
        world = World(_processes, outside)
        scenario = _BY_NAME[schedule.scenario]
        stack = scenario.prepare(world)
        watch = Watch(world.aliases(), dry.outcome)
        world.watch = watch
        world.arm(Plan(schedule.request, schedule.call, kind.fault))
        try:
            scenario.operate(stack)
            stack.settle()
            world.resume_all()
            world.finish()
            # Nobody knows what a function answered whose answer was lost.
            unheard = (schedule.action, schedule.kind) == ("Invoke", "lost after")
            # Another delivery takes longer than Lambda lets the one run that stands still.
            too_late = "goes on" in kind.name and world.limit < LIMIT
            passes = kind.passes and not unheard and not too_late
            watch.check_end(world, stack, passes=passes, by_hand=kind.by_hand, lasts=kind.lasts)
            status = stack.status
            if world.parked:
                _go_on(world, watch)
        finally:
            world.close()
        log = "".join(process.log.getvalue() for process in _processes.all) if tell else ""
    return Result(schedule, status, tuple(watch.violations), tuple(world.story), log)


def _go_on(world: World, watch: Watch) -> None:
    """Carry out one more operation, before the process that stands still goes on."""
    stack = next(reversed(world.stacks.values()))
    world.deploy("code newest")
    watch.expected = None
    wanted = {"Prod": release(9, AdoptExisting="true")}
    if stack.status in ("ROLLBACK_COMPLETE", "DELETE_COMPLETE"):
        stack = world.stack("next")
        stack.create(wanted)
    else:
        stack.update(wanted)
    world.finish()
    before = world.aliases()
    world.resume("next")
    world.finish()
    if world.aliases() != before:
        watch.blame(f"a late process changed {before} to {world.aliases()}")
