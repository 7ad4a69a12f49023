"""What can go wrong at a call, each as one function."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError
from urllib3.exceptions import ProtocolError
from urllib3.exceptions import ReadTimeoutError as PoolReadTimeout

from tests.chaos.process import Run
from tests.chaos.world import Call, Fault, Name, World

ALIAS_OF_NOBODY = "1"
"""The version that people move aliases to: published before anything else, by nobody's release."""

PUT = "PUT"


_NEAR_ANOTHER = (
    "500|lost before|killed before, last resort|killed after, for good|.*before call [2346] "
)


@dataclass(frozen=True)
class Kind:
    """A kind of fault.

    Attributes:
        name: in a schedule's id.
        fault: what happens.
        passes: the operation must end as without it.
        by_hand: a person moves an alias.
        puts: it can happen to the answer too.
        both_orders: it depends on which of two calls made at the same time comes first.
        shifts: it is for releases that take their time.
    """

    name: str
    fault: Fault
    passes: bool = False
    by_hand: bool = False
    puts: bool = True
    both_orders: bool = False
    shifts: bool = False

    @property
    def lasts(self) -> bool:
        """Tell whether the provider gets no chance to tidy up."""
        return self.name.startswith(("stalls", "denied")) or self.name.endswith(
            ("for good", "last resort")
        )

    @property
    def is_near_another(self) -> bool:
        """Tell whether another kind is so near that a release with many calls can do without it."""
        return bool(re.match(_NEAR_ANOTHER, self.name))

    @property
    def reaches_on(self) -> bool:
        """Tell whether something of it happens during the next request, or later."""
        return "goes on" in self.name and not self.name.endswith("at once")


def _once(status: int, code: str) -> Fault:
    return lambda _world, call: _refused(call, status, code)


def _for_good(status: int, code: str) -> Fault:
    def fault(world: World, call: Call) -> Any:
        world.sticky[call.action] = lambda _world, later: _refused(later, status, code)
        return _refused(call, status, code)

    return fault


def _refused(call: Call, status: int, code: str) -> Any:
    call.run.process.tired = True
    if call.action == PUT:
        return call.refuse(503, "SlowDown")
    # Lambda's words, and CloudFormation's.
    theirs = {429: (400, "Throttling"), 403: (403, "AccessDenied"), 500: (500, "InternalFailure")}
    if call.action.startswith("Describe"):
        return call.refuse(*theirs[status])
    return call.refuse(status, code)


def _lost_before(_world: World, call: Call) -> Any:
    call.run.process.tired = True
    if call.action == PUT:
        raise ProtocolError("Connection aborted.")
    raise ConnectionClosedError(endpoint_url="https://lambda")


def _lost_after(world: World, call: Call) -> Any:
    call.run.process.tired = True
    call.perform()
    world.clock.sleep(10)
    if call.action == PUT:
        raise PoolReadTimeout(None, "", "Read timed out.")  # type: ignore[arg-type]  # no pool here
    raise ReadTimeoutError(endpoint_url="https://lambda")


def _lost_for_good(world: World, call: Call) -> Any:
    world.sticky[call.action] = _lost_after
    return _lost_after(world, call)


def _stall(left: float) -> Fault:
    """Let the call take effect, and the process go on this many seconds before Lambda ends it."""

    def fault(world: World, call: Call) -> Any:
        response = call.perform()
        world.clock.sleep(call.run.ends_at - left - world.clock.now)
        return response

    return fault


def _kill_before(_world: World, call: Call) -> Any:
    call.run.die()


def _kill_after(_world: World, call: Call) -> Any:
    call.perform()
    call.run.die()


def _for_all_deliveries(fault: Fault, *, last_resort: bool) -> Fault:
    def kill(world: World, call: Call) -> Any:
        world.mute.add(call.run.event["RequestId"])
        world.last_resort = last_resort
        return fault(world, call)

    return kill


def _by_hand(what: Callable[[World, Name], None]) -> Fault:
    def fault(world: World, call: Call) -> Any:
        what(world, alias_of(call))
        return call.perform()

    return fault


def alias_of(call: Call) -> Name:
    """Name the alias that a request is about."""
    event, properties = call.run.event, call.run.event["ResourceProperties"]
    arn = event.get("PhysicalResourceId", "").split("#")[0].split(":")
    if event["RequestType"] == "Delete" and len(arn) == 8:
        return arn[6], arn[7]
    # Of several, neither the first nor the last one.
    function = properties["Functions"][1:][:1] if "Functions" in properties else ()
    return (function or [properties.get("FunctionName")])[0], properties["AliasName"]


def _move(world: World, name: Name) -> None:
    world.move(name, ALIAS_OF_NOBODY)


def _weigh(world: World, name: Name) -> None:
    found = world.aliases().get(name)
    if found and found.version != ALIAS_OF_NOBODY:
        world.move(name, found.version, {ALIAS_OF_NOBODY: 0.25})


def _clear(world: World, name: Name) -> None:
    found = world.aliases().get(name)
    if found and found.weights:
        world.move(name, found.version, {})


def _twice(until: str) -> Fault:
    def fault(world: World, call: Call) -> Any:
        def meanwhile() -> bool:
            world.drive(_duplicate(world, call))
            if until:
                world.park(call.run, until)
            return not until

        call.run.wait(meanwhile)
        return call.perform()

    return fault


def _duplicate(world: World, call: Call) -> Run:
    made = world.start(call.run.event, 0)
    made.handed_over = call.run.handed_over
    return made


def _twice_together(world: World, call: Call) -> Any:
    """Deliver the event once more while its first delivery goes on."""
    world.activate(_duplicate(world, call))
    return call.perform()


def _dropped(world: World, call: Call) -> Any:
    """Take an event and never deliver it."""
    response = call.perform()
    run = world.active.pop()
    world.dropped.add(run.event["RequestId"])
    return response


def _cancelled_together(world: World, call: Call) -> Any:
    """The request's sibling fails; the stack goes on while the request is under way."""

    def meanwhile() -> bool:
        world.stacks[call.run.event["StackId"]].turn_back()
        call.request.cancelled = True
        world.activate(call.run)
        return False

    call.run.wait(meanwhile)
    return call.perform()


def _cancelled(until: str) -> Fault:
    """The request's sibling fails while it is under way; it goes on at a later moment."""

    def fault(world: World, call: Call) -> Any:
        def meanwhile() -> bool:
            # The stack's own rollback does not wait for a request that is still under way (A6).
            world.stacks[call.run.event["StackId"]].turn_back()
            call.request.cancelled = True
            if until:
                world.park(call.run, until)
            return not until

        call.run.wait(meanwhile)
        return call.perform()

    return fault


def _late(until: str) -> Fault:
    return lambda world, call: world.park(call.run, until)


_MOMENTS = {
    "at once": "",
    "after the next request": "answered",
    "after the operation": "end",
    "after the next operation": "next",
    **{f"before call {number} of the next request": f"call {number}" for number in range(1, 7)},
}
"""When a process that stood still goes on."""

AT_CALLS = (
    Kind("throttled once", _once(429, "TooManyRequestsException"), passes=True),
    Kind("throttled for good", _for_good(429, "TooManyRequestsException")),
    Kind("500 once", _once(500, "ServiceException"), passes=True),
    Kind("500 for good", _for_good(500, "ServiceException")),
    Kind("denied", _for_good(403, "AccessDeniedException"), puts=False),
    Kind("lost before", _lost_before, passes=True),
    Kind("lost after", _lost_after, passes=True),
    Kind("lost after, for good", _lost_for_good),
    Kind("stalls past the deadline", _stall(13)),
    Kind("stalls past the watchdog", _stall(4)),
    Kind("moved by hand", _by_hand(_move), by_hand=True, both_orders=True),
    Kind("weighted by hand", _by_hand(_weigh), by_hand=True, both_orders=True),
    Kind("weights cleared by hand", _by_hand(_clear), by_hand=True, shifts=True),
    Kind("killed before", _kill_before, passes=True),
    Kind("killed after", _kill_after, passes=True),
    Kind("killed before, for good", _for_all_deliveries(_kill_before, last_resort=False)),
    Kind("killed after, for good", _for_all_deliveries(_kill_after, last_resort=False)),
    Kind("killed before, last resort", _for_all_deliveries(_kill_before, last_resort=True)),
    Kind("killed after, last resort", _for_all_deliveries(_kill_after, last_resort=True)),
    Kind("twice, both at once", _twice_together, passes=True, shifts=True),
    *(
        Kind(f"twice, goes on {name}", _twice(until), passes=True, both_orders=True)
        for name, until in _MOMENTS.items()
    ),
)

CANCELS = (
    Kind("cancelled, both at once", _cancelled_together, shifts=True),
    *(
        Kind(f"cancelled, goes on {name}", _cancelled(until), both_orders=True)
        for name, until in _MOMENTS.items()
    ),
)
"""For requests of an operation that goes forward."""

DROPPED = Kind("dropped", _dropped)
"""For an invocation that hands over to another one."""

LATE = tuple(
    Kind(f"again {name}", _late(until), passes=True) for name, until in _MOMENTS.items() if until
)
"""Once a request: its event is delivered once more, later."""
