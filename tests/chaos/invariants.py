"""What must hold whatever goes wrong; each violation is a sentence."""

from dataclasses import dataclass, field
from typing import Any

from tests.chaos.process import Run
from tests.chaos.stacks import Request, Stack
from tests.chaos.world import WRITES, Alias, Aliases, Call, Name, World, owner_of

_LAMBDA_MARGIN, _CLOUDFORMATION_MARGIN = 15, 5
"""Seconds that the provider keeps of either limit (docs/lifecycle.md)."""


@dataclass
class Outcome:
    """How a schedule without faults went: what any other must come to.

    Attributes:
        before: the aliases when the operation began.
        after: and when it had ended.
        status: the stack's.
        versions: every version that an alias served meanwhile.
    """

    before: Aliases
    after: Aliases
    status: str
    versions: dict[Name, set[str]]


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
        self._seen = world.aliases()

    def after(self, world: World, call: Call, _response: Any) -> None:
        now = world.aliases() if call.action in WRITES else None
        if call.action.endswith("Alias"):
            self._looked[id(call.run)] = world.aliases()
        if now is None:
            return
        for name in self._seen.keys() | now.keys():
            if self._seen.get(name) != now.get(name):
                self._changed(world, call, name, self._seen.get(name), now.get(name))

    def _changed(
        self, world: World, call: Call, name: Name, was: Alias | None, now: Alias | None
    ) -> None:
        event = call.run.event
        adopts = event["ResourceProperties"].get("AdoptExisting") == "true"
        if was and was.owner != owner_of(event) and not adopts:
            self.blame(f"{call.request.kind} changed the foreign alias {_text(name, was)}")
        if not now:
            return
        self.versions.setdefault(name, set()).add(now.version)
        hand = world.hands.get(name)
        if self.expected:
            allowed = self.expected.versions.get(name, set()) | {
                h.version for h in world.hands.values()
            }
            if now.version not in allowed:
                self.blame(f"{_text(name, now)}: a version that is neither old, new nor a person's")
        if now.weights and not (hand and now.weights == hand.weights):
            self.blame(f"{_text(name, now)} has weights of ours")

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
        if answer["Status"] == "SUCCESS" and request.kind != "Delete":
            self._check_data(world, run, answer["Data"])

    def _check_data(self, world: World, run: object, data: Any) -> None:
        name = (data["FunctionName"], data["AliasArn"].split(":")[-1])
        serves = world.aliases().get(name)
        if (serves.version if serves else "") == data["Version"]:
            return
        looked = self._looked.get(id(run), {}).get(name)
        if name in world.hands and looked != serves:
            return  # a person was the last to move it
        found = _text(name, serves) if serves else f"{name} is gone"
        self.blame(f"SUCCESS names version {data['Version']}, but {found}")

    def check_end(self, world: World, stack: Stack, *, passes: bool, by_hand: bool) -> None:
        """Look at what the operation has come to."""
        expected = self.expected
        assert expected
        for request in world.requests:
            deaths = self.deaths.get(request.event["RequestId"], 0)
            if not request.answer and not request.cancelled and deaths < 3:
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

    def _differs(
        self, world: World, stack: Stack, name: Name, wanted: Alias | None, now: Alias | None,
        *, by_hand: bool,
    ) -> None:  # fmt: skip
        assert self.expected
        if any(one.endswith(f":{name[0]}:{name[1]}") for one in stack.abandoned):
            return  # CloudFormation has given it up
        ends = f"{stack.status}:"
        if by_hand and now:
            hands = {one.version for one in world.hands.values()}
            known = self.expected.versions.get(name, set()) | hands
            mine = world.hands[name].weights if name in world.hands else ()
            if (
                now.version in known
                and now.weights in ((), mine)
                and (wanted or name in world.hands)
            ):
                return
        if by_hand and not now and name in world.hands and not wanted:
            return
        shown = _text(name, now) if now else f"{':'.join(name)} is gone"
        should = _text(name, wanted) if wanted else "gone"
        self.blame(f"{ends} {shown}; expected {should}")


def _age(world: World, call: Call) -> float:
    return world.clock.now - call.request.sent_at


def _text(name: Name, alias: Alias) -> str:
    weights = f" {dict(alias.weights)}" if alias.weights else ""
    return f"{':'.join(name)} -> {alias.version}{weights} {alias.description!r}"
