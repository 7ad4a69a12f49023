"""What must hold whatever goes wrong; each violation is a sentence."""

from dataclasses import dataclass, field
from typing import Any

from tests.chaos.process import Run
from tests.chaos.stacks import Request, Stack
from tests.chaos.world import ALIAS_WRITES, WRITES, Alias, Aliases, Call, Name, World, owner_of

_LAMBDA_MARGIN, _CLOUDFORMATION_MARGIN = 15, 5
"""Seconds that the provider keeps of either limit (docs/lifecycle.md)."""


@dataclass
class Outcome:
    """How a schedule without faults went: what any other must come to.

    Attributes:
        before: the aliases when the operation began.
        after: and when it had ended.
        status: the stack's.
        versions: every version that an alias served meanwhile, by pointer or weight.
        provisioned: the functions and versions with provisioned concurrency at the end.
    """

    before: Aliases
    after: Aliases
    status: str
    versions: dict[Name, set[str]]
    provisioned: frozenset[tuple[str, str]] = frozenset()


@dataclass
class Watch:
    """Looks at every call of a schedule.

    Attributes:
        start: the aliases when the operation began.
        expected: the outcome without faults; None while it is being found out.
        violations: sentences.
        versions: every version that an alias has served.
        deaths: of each request, how many deliveries died.
    """

    start: Aliases
    expected: Outcome | None = None
    violations: list[str] = field(default_factory=list)
    versions: dict[Name, set[str]] = field(default_factory=dict)
    deaths: dict[str, int] = field(default_factory=dict)
    _seen: Aliases = field(default_factory=dict)
    _looked: dict[int, Aliases] = field(default_factory=dict)
    _answers: dict[int, list[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, alias in self.start.items():
            self.versions[name] = {alias.version}

    def blame(self, sentence: str) -> None:
        if sentence not in self.violations:
            self.violations.append(sentence)

    def died(self, run: Run) -> None:
        request_id = run.event["RequestId"]
        self.deaths[request_id] = self.deaths.get(request_id, 0) + 1

    def before(self, world: World, call: Call) -> None:
        if call.action not in WRITES:
            return
        signed = world.clock.now - _age(world, call)
        limit = min(call.run.ends_at - _LAMBDA_MARGIN, signed + 3600 - _CLOUDFORMATION_MARGIN)
        if world.clock.now > limit + 0.1:
            self.blame(f"{call.action} was sent {world.clock.now - limit:.1f} s after the deadline")
        if call.action == "PublishVersion" and call.request.back:
            self.blame(f"a rollback's {call.request.kind} published a version")
        if call.action in ALIAS_WRITES:
            self._seen = world.aliases()

    def after(self, world: World, call: Call, _response: Any) -> None:
        if call.action.endswith("Alias"):
            looked = self._looked.setdefault(id(call.run), {})
            now = world.aliases()
            for name in looked.keys() | now.keys():
                if name[0] == call.function and call.alias in ("", name[1]):
                    looked.pop(name, None)
                    looked |= {name: now[name]} if name in now else {}
        if call.action not in ALIAS_WRITES:
            return
        now = world.aliases()
        for name in self._seen.keys() | now.keys():
            if self._seen.get(name) != now.get(name):
                self._changed(world, call, name, self._seen.get(name), now.get(name))

    def _changed(
        self, world: World, call: Call, name: Name, was: Alias | None, now: Alias | None
    ) -> None:
        properties = call.run.event["ResourceProperties"]
        adopts = properties.get("AdoptExisting") == "true"
        if was and was.owner not in owners_of(call.run.event) and not adopts:
            self.blame(f"{call.request.kind} changed the foreign alias {_text(name, was)}")
        if not now:
            return
        hand = world.hands.get(name)
        of_a_person = bool(hand and now.weights == hand.weights)
        serves = {now.version} | (set() if of_a_person else {one for one, _ in now.weights})
        self.versions.setdefault(name, set()).update(serves)
        if self.expected:
            allowed = self.expected.versions.get(name, set()) | {
                h.version for h in world.hands.values()
            }
            if serves - allowed:
                self.blame(f"{_text(name, now)}: a version that is neither old, new nor a person's")
        if now.weights and not of_a_person and [one for one, _ in now.weights] != [now.shifts_to]:
            self.blame(f"{_text(name, now)} has weights that its mark does not name")
        moved = world.in_shift.get(name)
        if moved and (now.version != moved.version or now.weights not in ((), moved.weights)):
            self.blame(
                f"a person left {_text(name, moved)} while its traffic went over, and "
                f"{call.request.kind} made it {_text(name, now)}"
            )

    def answered(self, world: World, request: Request, answer: Any) -> None:
        run = world.clock.sleeper
        told = self._answers.setdefault(id(run), [])
        if told and told[-1] != answer:
            self.blame(f"one process gave two answers: {told[-1]} and {answer}")
        told.append(answer)
        if request.answer or request.over or request.cancelled:
            return
        if (
            request.event.get("PhysicalResourceId")
            and answer["Status"] == "FAILED"
            and (answer["PhysicalResourceId"] != request.event["PhysicalResourceId"])
        ):
            self.blame("a FAILED answer carries another id than the request")
        if answer["Status"] == "FAILED" and request.kind != "Delete":
            self._check_put_back(world, request, answer["Reason"])
        if answer["Status"] == "SUCCESS" and request.kind != "Delete":
            self._check_data(world, run, answer["Data"])

    def _check_put_back(self, world: World, request: Request, reason: str) -> None:
        """See that a release that has failed shares no traffic; nobody may come and take it back.

        Unless it tells that it could not be put back, or another process is at it still.
        """
        at_it = [run for run in world.runs if world.request(run) is request and not run.ended]
        told = "could not be put back" in reason or "ran out of time" in reason
        properties = request.event["ResourceProperties"]
        for function in properties.get("Functions") or [properties["FunctionName"]]:
            name = (function, properties["AliasName"])
            now, hand = world.aliases().get(name), world.hands.get(name)
            if now and now.weights and not told and len(at_it) == 1 and not hand:
                self.blame(f"FAILED is answered, but {_text(name, now)}: {reason}")

    def _check_data(self, world: World, run: object, data: Any) -> None:
        for name, number in _told(data).items():
            serves = world.aliases().get(name)
            looked = self._looked.get(id(run), {}).get(name)
            if (serves.version if serves else "") == number:
                continue
            if name in world.hands and looked != serves:
                continue  # a person was the last to move it
            found = _text(name, serves) if serves else f"{name} is gone"
            self.blame(f"SUCCESS names version {number}, but {found}")

    def check_end(
        self, world: World, stack: Stack, *, passes: bool, by_hand: bool, lasts: bool = False
    ) -> None:
        """Look at what the operation has come to.

        Args:
            world: the account.
            stack: the operation's.
            passes: it must end as without the fault.
            by_hand: a person has moved an alias.
            lasts: the provider was given no chance to tidy up.
        """
        expected = self.expected
        assert expected
        for request in world.requests:
            deaths = self.deaths.get(request.event["RequestId"], 0)
            lost = request.cancelled or request.event["RequestId"] in world.dropped
            if not request.answer and not lost and deaths < 3:
                self.blame(f"{request.kind} was never answered")
        if stack.status.endswith(("FAILED", "PROGRESS")):
            self.blame(f"the stack is stuck in {stack.status}: {stack.reason}")
            return
        if passes and stack.status != expected.status:
            self.blame(f"needless: the stack ended {stack.status}: {stack.reason}")
        wanted = expected.after if stack.status == expected.status else expected.before
        now = world.aliases()
        for name in sorted(now.keys() | wanted.keys()):
            if now.get(name) != wanted.get(name):
                self._differs(world, stack, name, wanted.get(name), now.get(name), by_hand=by_hand)
        for request in world.requests:
            self._check_sides(world, stack, request.event["ResourceProperties"])
        if not lasts and not world.parked:
            self._check_provisioned(world, expected if passes else None)

    def _check_sides(self, world: World, stack: Stack, properties: Any) -> None:
        """See that the aliases of a release serve what they served before, or all what is new."""
        assert self.expected
        before, after, now = self.expected.before, self.expected.after, world.aliases()
        names = [(each, properties["AliasName"]) for each in properties.get("Functions", ())]
        sides = {
            now.get(name) == after.get(name)
            for name in names
            if before.get(name) != after.get(name) and name not in world.hands
            if not _is_abandoned(stack, name)
        }
        if len(sides) > 1:
            shown = ", ".join(_text(name, now[name]) for name in names if name in now)
            self.blame(f"a part of a release: {shown}")

    def _check_provisioned(self, world: World, expected: Outcome | None) -> None:
        served = {(function, one.version) for (function, _), one in world.aliases().items()}
        found = world.provisioned()
        moved = {function for function, _ in world.hands}
        for function, number in sorted(found - served):
            if function in moved:
                continue  # nobody knows what the person wants with it
            self.blame(f"{function}:{number} has provisioned concurrency, and no alias serves it")
        for function, number in sorted((expected.provisioned if expected else set()) - found):
            self.blame(f"{function}:{number} has no provisioned concurrency")

    def _differs(
        self, world: World, stack: Stack, name: Name, wanted: Alias | None, now: Alias | None,
        *, by_hand: bool,
    ) -> None:  # fmt: skip
        assert self.expected
        if _is_abandoned(stack, name):
            return  # CloudFormation has given it up
        ends = f"{stack.status}:"
        if by_hand and now:
            hands = {one.version for one in world.hands.values()}
            known = self.expected.versions.get(name, set()) | hands
            mine = world.hands[name].weights if name in world.hands else ()
            if (
                now.version in known
                and now.weights in ((), mine)
                and not now.unsettled
                and (wanted or name in world.hands)
            ):
                return
        if by_hand and not now and name in world.hands and not wanted:
            return
        shown = _text(name, now) if now else f"{':'.join(name)} is gone"
        should = _text(name, wanted) if wanted else "gone"
        self.blame(f"{ends} {shown}; expected {should}")


def owners_of(event: Any) -> set[str]:
    """Give the ids under which a request's resource may manage an alias, as the contract says it.

    A release has one for each set of functions that it had.
    """
    properties = [event["ResourceProperties"], event.get("OldResourceProperties", {})]
    sets = [",".join(sorted(each["Functions"])) for each in properties if "Functions" in each]
    names = [f"{event['LogicalResourceId']}|{each}" for each in sets]
    return {
        owner_of({**event, "LogicalResourceId": name})
        for name in names or [event["LogicalResourceId"]]
    }


def _told(data: Any) -> dict[Name, str]:
    """Give the version that an answer names for each alias."""
    if "Versions" not in data:
        return {(data["FunctionName"], data["AliasArn"].split(":")[-1]): data["Version"]}
    pairs = (pair.split("=") for pair in data["Versions"].split(","))
    return {(name, data["AliasName"]): number for name, number in pairs}


def _is_abandoned(stack: Stack, name: Name) -> bool:
    return any(one.endswith(f":{name[0]}:{name[1]}") for one in stack.abandoned)


def _age(world: World, call: Call) -> float:
    return world.clock.now - call.request.sent_at


def _text(name: Name, alias: Alias) -> str:
    weights = f" {dict(alias.weights)}" if alias.weights else ""
    return f"{':'.join(name)} -> {alias.version}{weights} {alias.description!r}"
