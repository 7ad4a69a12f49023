"""What happens to a stack: each scenario prepares a world, then carries out one operation on it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.chaos.stacks import Stack
from tests.chaos.world import World

Wanted = Mapping[str, Mapping[str, Any]]

FOREIGN = ("orders", "foreign")
"""An alias that nothing may touch."""


@dataclass(frozen=True)
class Scenario:
    """A scenario.

    Attributes:
        name: in a schedule's id.
        prepare: brings the world to where the operation begins, and gives the stack.
        operate: the operation.
    """

    name: str
    prepare: Callable[[World], Stack]
    operate: Callable[[Stack], None]

    def __str__(self) -> str:
        return self.name


def release(build: int, alias: str = "prod", **settings: Any) -> dict[str, Any]:
    triggers = {"Build": str(build)}
    return {"FunctionName": "orders", "AliasName": alias, "Triggers": triggers, **settings}


def promote(build: int, source: str = "beta") -> dict[str, Any]:
    return release(build, "prod", SourceQualifier=source)


def empty(world: World) -> Stack:
    """A function whose version 1 was published by hand, and an alias of somebody else's."""
    world.deploy("code 0")
    world.publish()
    world.move(FOREIGN, "1")
    world.deploy("code 0", "other")
    world.publish("other")
    world.move(("other", "prod"), "1")
    world.deploy("code 1")
    return world.stack()


def made(wanted: Wanted, *updates: Wanted) -> Callable[[World], Stack]:
    """Create the stack, and update it, each time with new code."""

    def prepare(world: World) -> Stack:
        stack = empty(world)
        stack.create(wanted)
        for number, update in enumerate(updates, 2):
            world.clock.sleep(30)
            world.deploy(f"code {number}")
            stack.update(update)
        world.deploy("code new")
        world.clock.sleep(30)
        assert stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
        return stack

    return prepare


def by_hand(name: str = "prod") -> Callable[[World], Stack]:
    """An alias made by hand on version 2, as one to adopt."""

    def prepare(world: World) -> Stack:
        stack = empty(world)
        world.publish()
        world.move(("orders", name), "2")
        world.deploy("code new")
        return stack

    return prepare


def of_another_stack(world: World) -> Stack:
    other = made({"Theirs": release(1)}, {"Theirs": release(2)})(world)
    assert other.status == "UPDATE_COMPLETE"
    return world.stack("second")


def beside(name: str, prepare: Callable[[World], Stack]) -> Callable[[World], Stack]:
    """Make another alias by hand, beside what there is."""

    def both(world: World) -> Stack:
        stack = prepare(world)
        world.move(("orders", name), "1")
        return stack

    return both


def create(wanted: Wanted, *, fails: bool = False) -> Callable[[Stack], None]:
    return lambda stack: stack.create(wanted, sibling_fails=fails)


def update(wanted: Wanted, *, fails: bool = False) -> Callable[[Stack], None]:
    return lambda stack: stack.update(wanted, sibling_fails=fails)


def delete(stack: Stack) -> None:
    stack.delete()


ONE = {"Prod": release(1, Description="Orders")}
TWO = {"Prod": release(2, Description="Orders, anew")}
BOTH = {"Beta": release(1, "beta"), "Prod": promote(1)}
BOTH_NEW = {"Beta": release(2, "beta"), "Prod": promote(2)}
RENAMED = {"Prod": release(1, "live", Description="Orders")}
RENAMED_ANEW = {"Prod": release(2, "live", Description="Orders")}
ADOPTED = {"Prod": release(1, AdoptExisting="true")}
ADOPTED_ANEW = {"Prod": release(2, AdoptExisting="true")}
TAKEN = {"Prod": release(1, "live", AdoptExisting="true")}


def _after_adoption(world: World) -> Stack:
    stack = by_hand()(world)
    stack.create(ADOPTED)
    world.clock.sleep(30)
    world.deploy("code newer")
    return stack


def _released_after(world: World) -> Stack:
    stack = _after_adoption(world)
    stack.update(ADOPTED_ANEW)
    world.clock.sleep(30)
    return stack


def _pair(name: str, prepare: Any, wanted: Wanted, operation: Any) -> tuple[Scenario, Scenario]:
    return (
        Scenario(name, prepare, operation(wanted)),
        Scenario(f"{name}, rolled back", prepare, operation(wanted, fails=True)),
    )


SCENARIOS = (
    *_pair("create", empty, ONE, create),
    *_pair("create from a number", empty, {"Prod": promote(1, "1")}, create),
    *_pair("create, promoting", empty, BOTH, create),
    *_pair("update", made(ONE), TWO, update),
    *_pair("third release", made(ONE, TWO), {"Prod": release(3)}, update),
    *_pair("settings", made(ONE), {"Prod": release(1, Description="Other")}, update),
    *_pair("pinned", made(ONE, TWO), {"Prod": promote(3, "2")}, update),
    *_pair("promote", made(BOTH), BOTH_NEW, update),
    *_pair("promote alone", made(BOTH, {**BOTH_NEW, "Prod": promote(1)}), BOTH_NEW, update),
    *_pair("rename", made(ONE), RENAMED, update),
    *_pair("rename with a release", made(ONE), RENAMED_ANEW, update),
    *_pair("rename onto an adopted one", beside("live", made(ONE)), TAKEN, update),
    *_pair("adopt", by_hand(), ADOPTED, create),
    *_pair("adopt from another stack", of_another_stack, ADOPTED, create),
    *_pair("adopted, released", _after_adoption, ADOPTED_ANEW, update),
    *_pair("refused", by_hand(), ONE, create),
    *_pair("resource added", made({"Beta": release(1, "beta")}), BOTH, update),
    *_pair("resource removed", made(BOTH), {"Beta": release(2, "beta")}, update),
    Scenario("delete", made(ONE, TWO), delete),
    Scenario("delete both", made(BOTH), delete),
    Scenario("delete an adopted one", _after_adoption, delete),
    Scenario("delete an adopted and released one", _released_after, delete),
)
