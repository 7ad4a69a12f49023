"""Any sequence of operations of two stacks and people, with faults, ends as the contract says.

CHAOS_EXAMPLES sets how many sequences are tried; CHAOS_STEPS how long each is; with
CHAOS_SHRINK a failure is made shorter.
"""

import copy
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.chaos.faults import AT_CALLS, CANCELS, Kind
from tests.chaos.invariants import Watch
from tests.chaos.model import PERSON, Held, Model
from tests.chaos.process import Processes
from tests.chaos.world import Name, Plan, World, owner_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chaos.stacks import Stack

_EXAMPLES = int(os.environ.get("CHAOS_EXAMPLES", "40"))
_STEPS = int(os.environ.get("CHAOS_STEPS", "12"))

# To make a long failure shorter can take longer than all the rest.
_PHASES = (Phase.generate, Phase.shrink) if "CHAOS_SHRINK" in os.environ else (Phase.generate,)

_processes = Processes()

functions = st.sampled_from(["orders", "payments"])
names = st.tuples(functions, st.sampled_from(["dev", "beta", "prod"]))
stacks = st.sampled_from(["first", "second"])
# When a process goes on that stood still is the matrix's business.
_kinds = [
    kind for kind in (*AT_CALLS, *CANCELS)
    if not kind.by_hand and kind.name.endswith("at once") == ("goes on" in kind.name)
]  # fmt: skip
faults = st.none() | st.tuples(
    st.sampled_from(_kinds), st.integers(1, 2), st.integers(1, 6), st.booleans()
)
Drawn = tuple[Kind, int, int, bool] | None
Shown = tuple[int, str, tuple[tuple[str, float], ...]]
"""What an alias serves, who manages it, and its weights."""


class Releases(RuleBasedStateMachine):
    """Two stacks, one resource each, over two functions with three aliases each."""

    def __init__(self) -> None:
        super().__init__()
        self._exit = ExitStack()
        self._outside = self._exit.enter_context(_processes.world())
        self.world = World(_processes, self._outside)
        self._exit.callback(self.world.close)
        self.model = Model()
        self.stacks: dict[str, Stack] = {}
        self.builds = 0
        for function in ("orders", "payments"):
            self.deploy(function)
            self.world.publish(function)
            self.model.versions[function] = [self.model.latest[function]]

    def teardown(self) -> None:
        self._exit.close()

    @rule(function=functions)
    def deploy(self, function: str) -> None:
        self.builds += 1
        self.model.latest[function] = self.builds
        self.world.deploy(f"code {self.builds}", function)

    @rule(name=names, number=st.integers(1, 4))
    def move_by_hand(self, name: Name, number: int) -> None:
        version = min(number, len(self.model.versions[name[0]]))
        self.world.move(name, str(version))
        self.model.move(name, version)

    @rule(
        stack=stacks,
        name=names,
        source=st.sampled_from(["$LATEST", "$LATEST", "$LATEST", "1", "dev", "beta"]),
        adopts=st.booleans(),
        fails=st.booleans(),
        fault=faults,
    )
    def release(
        self, stack: str, name: Name, source: str, adopts: bool, fails: bool, fault: Drawn
    ) -> None:
        self.builds += 1
        wanted: dict[str, Any] = {"FunctionName": name[0], "AliasName": name[1]}
        wanted["Triggers"], wanted["SourceQualifier"] = {"Build": str(self.builds)}, source
        if adopts:
            wanted["AdoptExisting"] = "true"
        if stack in self.stacks:
            act: Callable[..., None] = self.stacks[stack].update
        else:
            # A stack that was created again is another one.
            self.stacks[stack] = self.world.stack(f"{stack}-{self.builds}")
            act = self.stacks[stack].create
        after = copy.deepcopy(self.model)
        allowed = after.release(stack, name, source, adopts=adopts) and not fails
        self._carry_out(stack, fault, lambda: act({"Prod": wanted}, sibling_fails=fails))
        self._come_to(stack, after, allowed=allowed, fault=fault)

    @precondition(lambda self: self.stacks)
    @rule(data=st.data(), fault=faults)
    def delete(self, data: Any, fault: Drawn) -> None:
        stack = data.draw(st.sampled_from(sorted(self.stacks)))
        after = copy.deepcopy(self.model)
        after.delete(stack)
        self._carry_out(stack, fault, self.stacks[stack].delete)
        self._come_to(stack, after, allowed=True, fault=fault)

    @invariant()
    def every_alias_serves_what_the_contract_says(self) -> None:
        wanted = {name: self._shown(held) for name, held in self.model.aliases.items()}
        assert self._found() == wanted

    def _found(self) -> dict[Name, Shown]:
        owners = {
            owner_of({"StackId": stack.id, "LogicalResourceId": "Prod"}): name
            for name, stack in self.stacks.items()
        }
        return {
            name: (int(alias.version), owners.get(alias.owner, PERSON), alias.weights)
            for name, alias in self.world.aliases().items()
        }

    def _shown(self, held: Held) -> Shown:
        return held.version, held.owner if held.owner in self.stacks else PERSON, ()

    def _carry_out(self, stack: str, fault: Drawn, act: Any) -> None:
        self.world.clock.sleep(30)
        watch = Watch(self.world.aliases())
        self.world.watch = watch
        plan = Plan()
        if fault:
            kind, request, call, self._outside.stack_first = fault
            plan = Plan(request, call, kind.fault)
        self.world.arm(plan)
        act()
        self.world.disarm()
        self.stacks[stack].settle()
        self.world.resume_all()
        if watch.violations:
            note("\n".join(self.world.story))
        assert watch.violations == []

    def _come_to(self, stack: str, after: Model, *, allowed: bool, fault: Drawn) -> None:
        status = self.stacks[stack].status
        done = status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE")
        if allowed and done and not (status == "DELETE_COMPLETE" and stack in after.resources):
            self._keep_abandoned(stack, after)
            self.model = after
        else:
            assert not done or status == "DELETE_COMPLETE", status
            assert fault or not allowed, status
            self._keep_abandoned(stack, self.model)
        # What was published stays, whether it was needed or not.
        for function, versions in self.model.versions.items():
            self._count_published(function, versions)
        if status in ("DELETE_COMPLETE", "ROLLBACK_COMPLETE"):
            del self.stacks[stack]

    def _count_published(self, function: str, versions: list[int]) -> None:
        published = self.world.versions(function)
        assert published - len(versions) in (0, 1)
        if published > len(versions):
            versions.append(self.model.latest[function])

    def _keep_abandoned(self, stack: str, model: Model) -> None:
        # A Delete that failed in a cleanup is given up; nobody knows whether it took effect.
        for arn in self.stacks[stack].abandoned:
            name = (arn.split(":")[6], arn.split(":")[7]) if arn.count(":") == 7 else None
            before = self.model.aliases.get(name) if name else None
            if name and before and self._found().get(name) == self._shown(before):
                model.aliases[name] = before
        self.stacks[stack].abandoned.clear()


TestReleases = Releases.TestCase
TestReleases.settings = settings(
    max_examples=_EXAMPLES,
    stateful_step_count=_STEPS,
    deadline=None,
    derandomize="CHAOS_EXAMPLES" not in os.environ,
    database=None,
    report_multiple_bugs=False,
    phases=_PHASES,
    suppress_health_check=list(HealthCheck),
)
