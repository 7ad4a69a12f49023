"""What happens to a stack: each scenario prepares a world, then carries out one operation on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from local.ports import Outcome
from tests.chaos.stacks import Stack
from tests.chaos.world import Aliases, World

Wanted = Mapping[str, Mapping[str, Any]]

_LONG_AGO = 4 * 3600.0
"""Seconds: longer than it may take from a Create to its Delete."""

FOREIGN = ("orders", "foreign")
"""An alias that nothing may touch."""


@dataclass(frozen=True)
class Scenario:
    """A scenario.

    Attributes:
        name: in a schedule's id.
        prepare: brings the world to where the operation begins, and gives the stack.
        operate: the operation.
        shifts: its release takes its time.
        fails_late: a twin of a scenario that shifts: the sibling fails when its release is over.
    """

    name: str
    prepare: Callable[[World], Stack]
    operate: Callable[[Stack], None]
    shifts: bool = False
    fails_late: bool = False

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


def kept(prepare: Callable[[World], Stack]) -> Callable[[World], Stack]:
    """The resources were taken out of the template long ago, and their aliases were kept."""

    def both(world: World) -> Stack:
        stack = prepare(world)
        stack.retain()
        world.clock.sleep(_LONG_AGO)
        return stack

    return both


def create(wanted: Wanted, *, fails: bool = False) -> Callable[[Stack], None]:
    return lambda stack: stack.create(wanted, sibling_fails=fails)


def update(wanted: Wanted, *, fails: bool = False) -> Callable[[Stack], None]:
    return lambda stack: stack.update(wanted, sibling_fails=fails)


def update_and_stay(wanted: Wanted) -> Callable[[Stack], None]:
    """Update with --disable-rollback; a person rolls back what failed."""
    return lambda stack: stack.update(wanted, turns_back=False)


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


# Releases that take their time

ALARM, HOOK = "errors", "gate"
CANARY, LINEAR = "Canary10Percent1Minute", "Linear40PercentEvery1Minute"
TEN: Mapping[str, Any] = {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": "10"}}
SMOKE: Mapping[str, Any] = {
    "SmokeTest": {"Payload": {"ping": "1"}, "ExpectedPayload": {"ok": "true"}}
}
THREE = ("orders", "billing", "stock")


def prefer(type_: str = "AllAtOnce", **parts: Any) -> dict[str, Any]:
    return {"DeploymentPreference": {"Type": type_, **parts}}


def hook(name: str) -> dict[str, Any]:
    return prefer(Hooks={name: HOOK})


def guarded(
    prepare: Callable[[World], Stack], *, says: str = '{"ok": true}', limit: float = 900
) -> Callable[[World], Stack]:
    """Let there be an alarm that is quiet, and a hook; both functions answer the same."""

    def both(world: World) -> Stack:
        world.deploy("code", HOOK, aliases=False)
        world.alarms[ALARM] = lambda _: "OK"
        world.replies["orders"] = world.replies[HOOK] = Outcome(says.encode())
        world.limit = limit
        return prepare(world)

    return both


def bad(prepare: Callable[[World], Stack]) -> Callable[[World], Stack]:
    """Let the alarm ring as soon as the version that comes next gets traffic."""

    def both(world: World) -> Stack:
        stack = prepare(world)
        known = {one.version for one in world.aliases().values()}

        def state(aliases: Aliases) -> str:
            served = {aliases["orders", "prod"].version, *dict(aliases["orders", "prod"].weights)}
            return "OK" if served <= known else "ALARM"

        world.alarms[ALARM] = state
        return stack

    return both


def together(build: int, names: Sequence[str] = THREE, **settings: Any) -> dict[str, Any]:
    """Give the properties of a release of many functions."""
    given = release(build, **settings)
    del given["FunctionName"]
    return {"Functions": list(names), **given}


def several(wanted: Wanted | None = None) -> Callable[[World], Stack]:
    """Three functions whose version 1 was published by hand, and their release."""

    def deploy(world: World, code: str) -> None:
        for name in THREE:
            world.deploy(code, name)

    def prepare(world: World) -> Stack:
        stack = empty(world)
        for name in THREE[1:]:
            world.deploy("code 0", name)
            world.publish(name)
        deploy(world, "code 1")
        if wanted:
            stack.create(wanted)
            assert stack.status == "CREATE_COMPLETE", stack.reason
        deploy(world, "code new")
        world.clock.sleep(30)
        return stack

    return prepare


def _pair(name: str, prepare: Any, wanted: Wanted, operation: Any) -> tuple[Scenario, Scenario]:
    return (
        Scenario(name, prepare, operation(wanted)),
        Scenario(f"{name}, rolled back", prepare, operation(wanted, fails=True)),
    )


def _slow(name: str, prepare: Any, wanted: Wanted, operation: Any) -> tuple[Scenario, Scenario]:
    plain, back = _pair(name, prepare, wanted, operation)
    return replace(plain, shifts=True), replace(back, shifts=True, fails_late=True)


def _fails(name: str, prepare: Any, wanted: Wanted, operation: Any) -> tuple[Scenario]:
    """Name a release that fails by itself."""
    return (Scenario(name, prepare, operation(wanted), shifts=True),)


def _anew(**settings: Any) -> Wanted:
    return {"Prod": release(2, **settings)}


WATCHED = {"Alarms": [ALARM]}
WARM = {"Prod": release(1, **TEN)}
ALL, ALL_ANEW = {"All": together(1)}, {"All": together(2)}
TWO_OF = THREE[:2]

SHIFTS = (
    *_slow("canary", made(ONE), _anew(**prefer(CANARY)), update),
    *_slow("linear, alarms", guarded(made(ONE)), _anew(**prefer(LINEAR, **WATCHED)), update),
    *_fails(
        "canary, it rings", bad(guarded(made(ONE))), _anew(**prefer(CANARY, **WATCHED)), update
    ),
    *_slow(
        "smoke test and hooks",
        guarded(made(ONE)),
        _anew(**SMOKE, **prefer(Hooks={"PreTraffic": HOOK, "PostTraffic": HOOK})),
        update,
    ),
    *_fails(
        "PreTraffic says Failed",
        guarded(made(ONE), says='{"status": "Failed"}'),
        _anew(**hook("PreTraffic")),
        update,
    ),
    *_fails(
        "PostTraffic says Failed",
        guarded(made(ONE), says='{"status": "Failed"}'),
        _anew(**hook("PostTraffic")),
        update,
    ),
    *_fails("smoke test fails", guarded(made(ONE), says="{}"), _anew(**SMOKE), update),
    *_slow(
        "canary of many invocations",
        guarded(made(ONE), limit=120),
        _anew(**prefer("Canary10Percent2Minutes")),
        update,
    ),
    *_slow("provisioned", made(WARM), _anew(**TEN), update),
    *_slow("provisioned canary", made(WARM), _anew(**TEN, **prefer(CANARY)), update),
    *_slow("provisioned no longer", made(WARM), _anew(), update),
    *_slow("create, provisioned", empty, WARM, create),
    Scenario("delete, provisioned", made(WARM), delete),
    *_slow(
        "create, PostTraffic", guarded(empty), {"Prod": release(1, **hook("PostTraffic"))}, create
    ),
    *_fails(
        "create, PostTraffic says Failed",
        guarded(empty, says='{"status": "Failed"}'),
        {"Prod": release(1, **hook("PostTraffic"))},
        create,
    ),
    *_slow("adopt, PostTraffic", guarded(by_hand()), {
        "Prod": release(1, AdoptExisting="true", **hook("PostTraffic")),
    }, create),
    *_slow("create of three", several(), ALL, create),
    *_slow("three that were kept", kept(several(ALL)), ALL_ANEW, update),
    *_slow("three", several(ALL), ALL_ANEW, update),
    *_slow("three, canary", several(ALL), {"All": together(2, **prefer(CANARY))}, update),
    *_slow("one more", several({"All": together(1, TWO_OF)}), ALL_ANEW, update),
    *_slow("one less", several(ALL), {"All": together(2, TWO_OF)}, update),
    *_slow(
        "one for another",
        several({"All": together(1, TWO_OF)}),
        {"All": together(2, THREE[1:], **prefer(CANARY))},
        update,
    ),
    Scenario(
        "one less that fails, staying",
        guarded(several(ALL), says="{}"),
        update_and_stay({"All": together(2, TWO_OF, **SMOKE)}),
        shifts=True,
    ),
    Scenario("three, staying", several(ALL), update_and_stay(ALL_ANEW), shifts=True),
    Scenario("delete three", several(ALL), delete),
)  # fmt: skip


SCENARIOS = (
    *_pair("create", empty, ONE, create),
    *_pair("kept, the same release", kept(made(ONE)), ONE, update),
    *_pair("kept, another release", kept(made(ONE, TWO)), _anew(), update),
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
    Scenario("update, staying", made(ONE), update_and_stay(TWO)),
    Scenario(
        "rename that is refused, staying",
        beside("live", made(ONE)),
        update_and_stay(RENAMED_ANEW),
    ),
    Scenario("delete", made(ONE, TWO), delete),
    Scenario("delete both", made(BOTH), delete),
    Scenario("delete an adopted one", _after_adoption, delete),
    Scenario("delete an adopted and released one", _released_after, delete),
    *SHIFTS,
)
