"""The account: Lambda of the engine, simulated stacks, people, and the provider's processes."""

import base64
import hashlib
import io
import itertools
import json
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.awsrequest import AWSRequest

from local.functions import FunctionsService
from local.ports import Outcome, Target
from local.settings import Settings
from tests.chaos import wire
from tests.chaos.process import ACCOUNT, REGION, Outside, Processes, Run
from tests.chaos.stacks import Request, Stack

LATENCY = 0.05
"""Seconds that a call takes."""

WRITES = frozenset({"PublishVersion", "CreateAlias", "UpdateAlias", "DeleteAlias"})

_FUNCTIONS = f"https://lambda.{REGION}.amazonaws.com/2015-03-31/functions"
_BY = re.compile(r" by=[0-9a-f-]+")
_OWNER = re.compile(r"\[alias-promotion owner=([0-9a-f]{8})")

Name = tuple[str, str]
"""A function and an alias."""


@dataclass(frozen=True)
class Alias:
    """What an alias serves and shows; without what no user of it can tell."""

    version: str
    description: str
    weights: tuple[tuple[str, float], ...] = ()

    @property
    def owner(self) -> str:
        found = _OWNER.search(self.description)
        return found[1] if found else ""


Aliases = dict[Name, Alias]


@dataclass
class Call:
    """A request that a process sends.

    Attributes:
        run: who sends it.
        request: for which of CloudFormation's requests.
        action: such as `GetAlias`, or `PUT` for the answer.
        perform: lets it take effect and gives the response.
        refuse: gives the response that refuses it with this error.
    """

    run: Run
    request: Request
    action: str
    perform: Callable[[], Any]
    refuse: Callable[[int, str], Any]


Fault = Callable[["World", Call], Any]
"""What happens instead of a call, or around it."""


@dataclass
class Plan:
    """Where something goes wrong.

    Attributes:
        request: the how-manieth since the plan counts; 0 for none.
        call: the how-manieth of its first delivery; 0: after the request.
        fault: what goes wrong.
    """

    request: int = 0
    call: int = 0
    fault: Fault | None = None


@dataclass
class Parked:
    """A process that stands still, or an event not yet delivered."""

    run: Run
    until: str
    after: int


class _Nobody:
    def run(self, _target: Target, _payload: bytes) -> Outcome:
        raise NotImplementedError

    def enqueue(self, *_: Any) -> None:
        raise NotImplementedError


class World:
    """Everything that one schedule acts on.

    Attributes:
        plan: what goes wrong.
        requests: CloudFormation's requests since `arm`.
        calls: those of each request's first delivery, since `arm`.
        watch: told of every call before and after it takes effect.
        hands: what people did since `arm`: the state in which they left each alias.
        sticky: faults that last as long as their request, by action.
        mute: requests of which no further delivery comes to anything.
        last_resort: somebody answers FAILED in place of a provider that died.
    """

    def __init__(self, processes: Processes, outside: Outside) -> None:
        self.clock, self._processes = outside.clock, processes
        self._functions = FunctionsService(
            Settings(), lambda *_: b"", _Nobody(), lambda: self.clock.now
        )
        self._numbers = itertools.count(1)
        self._names: set[str] = set()
        self.stacks: dict[str, Stack] = {}
        self.plan, self.requests, self.calls = Plan(), list[Request](), list[tuple[int, str]]()
        self.every: list[Request] = []
        self.watch: Any = Silent()
        self.hands: Aliases = {}
        self.story: list[str] = []
        self.sticky: dict[str, Fault] = {}
        self.mute: set[str] = set()
        self.last_resort = False
        self.parked: list[Parked] = []
        self.runs: list[Run] = []
        self._sent = 0
        outside.call, outside.put = self._call, self._put
        self.clock.passed = self._time_passed

    def arm(self, plan: Plan) -> None:
        """Count from here."""
        self.plan, self.requests, self.calls, self._sent = plan, [], [], 0
        self.hands = {}

    def disarm(self) -> None:
        """Let nothing go wrong any more."""
        self.plan, self.sticky, self.last_resort = Plan(), {}, False

    # People

    def stack(self, name: str = "orders") -> Stack:
        made = Stack(name, self.clock, self.send, lambda: next(self._numbers))
        self.stacks[made.id] = made
        return made

    def deploy(self, code: str, function: str = "orders") -> None:
        """Give a function other code, and make it first if need be."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(zipfile.ZipInfo("index.py"), code)
        package = _base64(packed.getvalue())
        if function in self._names:
            self._ask("PUT", f"{function}/code", {"ZipFile": package})
            return
        self._names.add(function)
        made = {
            "FunctionName": function,
            "Role": f"arn:aws:iam::{ACCOUNT}:role/orders",
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Code": {"ZipFile": package},
        }
        self._ask("POST", "", made)

    def publish(self, function: str = "orders") -> str:
        return str(self._ask("POST", f"{function}/versions", {})["Version"])

    def move(self, name: Name, version: str, weights: Mapping[str, float] | None = None) -> None:
        """Point an alias by hand; make it if there is none."""
        function, alias = name
        wanted: dict[str, Any] = {"FunctionVersion": version}
        if weights is not None:
            wanted["RoutingConfig"] = {"AdditionalVersionWeights": weights}
        if name in self.aliases():
            self._ask("PUT", f"{function}/aliases/{alias}", wanted)
        else:
            made = {"Name": alias, "Description": "By hand", **wanted}
            self._ask("POST", f"{function}/aliases", made)
        self.hands[name] = self.aliases()[name]

    def versions(self, function: str) -> int:
        """Count the published versions of a function."""
        return len(self._ask("GET", f"{function}/versions")["Versions"]) - 1

    def aliases(self) -> Aliases:
        """Give every alias of every function."""
        found = {}
        for function in sorted(self._names):
            for one in self._ask("GET", f"{function}/aliases")["Aliases"]:
                weights = one.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
                shown = _BY.sub("", one["Description"])
                state = Alias(one["FunctionVersion"], shown, tuple(weights.items()))
                found[function, one["Name"]] = state
        return found

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        data = json.dumps(body).encode() if body is not None else b""
        url = f"{_FUNCTIONS}/{path}"
        request = AWSRequest(method, url, {"Content-Type": "application/json"}, data).prepare()
        answer = wire.through(self._functions.app, request)
        assert answer.status_code < 300, answer.content
        return json.loads(answer.content)

    # Lambda's asynchronous invocation

    def send(self, request: Request) -> None:
        """Deliver a request as Lambda does, until it is answered or nobody waits any longer."""
        self._sent += 1
        self.every.append(request)
        self.requests.append(request)
        self.sticky = {}
        self._deliver(request)
        if self.plan.request == self._sent and self.plan.call == 0 and self.plan.fault:
            late = self.start(request, 0)
            self.plan.fault(self, Call(late, request, "", lambda: None, lambda *_: None))
        if not request.answer and not request.cancelled:
            self._nobody_answered(request)
        self.resume("answered", after=self._sent)

    def _deliver(self, request: Request) -> None:
        for delivery in (1, 2, 3):
            run = self.start(request, delivery)
            if not self.drive(run) or not (run.dead or run.error):
                return
            self.watch.died(run)
            self.clock.sleep(60 * delivery)

    def start(self, request: Request, delivery: int) -> Run:
        """Bring an event to a process that is free; it does not begin yet."""
        event = json.loads(json.dumps(request.event))
        run = Run(self._processes.take(), event, delivery, self.clock)
        self.runs.append(run)
        return run

    def drive(self, run: Run) -> bool:
        """Let a process go on to its end; False when it is left standing instead."""
        while meanwhile := run.step():
            if not meanwhile():
                return False
        self._processes.give_back(run.process)
        return True

    def park(self, run: Run, until: str) -> None:
        self.parked.append(Parked(run, until, self._sent))

    def resume(self, moment: str, after: int | None = None) -> None:
        """Let those go on that stood still until this moment."""
        for one in [
            p for p in self.parked if p.until == moment and (after is None or p.after < after)
        ]:
            self.parked.remove(one)
            if not one.run.calls:
                one.run.ends_at = self.clock.now + 900
            self.drive(one.run)

    def resume_all(self) -> None:
        """Let everything go on that still stands, but for what waits for another operation."""
        for moment in {one.until for one in self.parked} - {"next"}:
            self.resume(moment)

    def close(self) -> None:
        """End every thread."""
        for run in self.runs:
            while not run.ended:
                run.dead = True
                run.step()

    def _nobody_answered(self, request: Request) -> None:
        if self.last_resort:
            process = self._processes.take()
            answer = process.last_resort.failed(request.event, "The provider could not answer")
            self._processes.give_back(process)
            request.answer = answer
        else:
            self.clock.sleep(3600)

    def tell(self, run: Run, what: str) -> None:
        """Remember what happened, for whoever replays a schedule."""
        event = run.event
        who = f"{event['RequestType']} {event['LogicalResourceId']} ({event['RequestId'][:8]})"
        self.story.append(f"{self.clock.moment():%H:%M:%S} {who} delivery {run.delivery}: {what}")

    # The wire

    def _call(self, request: Any) -> Any:
        if "lambda" in request.url:
            action = _action(request.method, urlsplit(request.url).path)
            perform = lambda: wire.through(self._functions.app, request)  # noqa: E731 - short
        else:
            given = parse_qs(
                request.body.decode() if isinstance(request.body, bytes) else request.body
            )
            action = given["Action"][0]
            perform = lambda: self._describe(request, action, given["StackName"][0])  # noqa: E731 - same
        return self._pass(
            action, perform, lambda status, code: wire.error(request, status, code, "Chaos")
        )

    def _put(self, url: str, body: bytes) -> int:
        number = int(urlsplit(url).path.strip("/"))
        return int(self._pass("PUT", lambda: self._accept(number, body), lambda status, _: status))

    def _pass(self, action: str, perform: Any, refuse: Any) -> Any:
        run = self.clock.sleeper
        assert isinstance(run, Run)
        run.check()
        request = self.request(run)
        if run.delivery == 1:
            self._let_parked_pass(run, request)
        run.calls += 1
        self.clock.sleep(LATENCY)
        call = Call(run, request, action, lambda: self._perform(call, perform), refuse)
        if run.event["RequestId"] in self.mute and run.delivery > 1:
            run.die()
        if fault := self._fault(call):
            return fault(self, call)
        return call.perform()

    def _perform(self, call: Call, perform: Callable[[], Any]) -> Any:
        self.tell(call.run, call.action)
        self.watch.before(self, call)
        response = perform()
        self.watch.after(self, call, response)
        return response

    def _fault(self, call: Call) -> Fault | None:
        first = call.run.delivery == 1 and call.request in self.requests
        number = self.requests.index(call.request) + 1 if first else 0
        if first:
            self.calls.append((number, call.action))
        if first and (number, call.run.calls) == (self.plan.request, self.plan.call):
            return self.plan.fault
        return self.sticky.get(call.action) if first else None

    def _let_parked_pass(self, run: Run, request: Request) -> None:
        moment = f"call {run.calls + 1}"
        due = [one for one in self.parked if one.until == moment and one.after < self._sent]
        if due and request is self.requests[-1]:

            def meanwhile() -> bool:
                self.resume(moment, self._sent)
                return True

            run.wait(meanwhile)

    def request(self, run: Run) -> Request:
        """Find the request that a process handles."""
        number = int(str(run.event["RequestId"]).split("-")[0])
        return next(one for one in self.every if one.number == number)

    def _describe(self, request: Any, action: str, stack_id: str) -> Any:
        stack = self.stacks[stack_id]
        text = stack.describe() if action == "DescribeStacks" else stack.describe_events()
        return wire.response(request, 200, text.encode(), {"Content-Type": "text/xml"})

    def _accept(self, number: int, body: bytes) -> int:
        request = next(one for one in self.every if one.number == number)
        answer = json.loads(body)
        self.watch.answered(self, request, answer)
        if not request.answer and not request.over and not request.cancelled:
            request.answer = answer
        return 200

    def _time_passed(self) -> None:
        if isinstance(self.clock.sleeper, Run):
            self.clock.sleeper.check()


class Silent:
    """Watches nothing."""

    def before(self, world: World, call: Call) -> None: ...

    def after(self, world: World, call: Call, response: Any) -> None: ...

    def answered(self, world: World, request: Request, answer: Any) -> None: ...

    def died(self, run: Run) -> None: ...


def _action(method: str, path: str) -> str:
    parts = path.split("/functions/")[1].split("/")
    kind = parts[1] if len(parts) > 1 else ""
    return {
        ("GET", "aliases"): "GetAlias",
        ("PUT", "aliases"): "UpdateAlias",
        ("POST", "aliases"): "CreateAlias",
        ("DELETE", "aliases"): "DeleteAlias",
        ("POST", "versions"): "PublishVersion",
        ("GET", ""): "GetFunction",
    }[method, kind]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def owner_of(event: Mapping[str, Any]) -> str:
    """Give the owner's id as the contract says it."""
    return hashlib.sha256(f"{event['StackId']}|{event['LogicalResourceId']}".encode()).hexdigest()[
        :8
    ]
