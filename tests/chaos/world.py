"""The account: Lambda of the engine, simulated stacks, people, and the provider's processes."""

import base64
import hashlib
import io
import itertools
import json
import math
import re
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from botocore.awsrequest import AWSRequest

from local.functions import FunctionsService
from local.ports import Outcome, Target
from local.settings import Settings
from tests.chaos import wire
from tests.chaos.process import ACCOUNT, PROVIDER, REGION, Outside, Processes, Run
from tests.chaos.stacks import Request, Stack

LATENCY = 0.05
"""Seconds that a call takes."""

LIMIT = 900.0
"""Seconds for which Lambda lets a process run."""

PROVISIONING = 15.0
"""Seconds until provisioned concurrency is ready."""

ALIAS_WRITES = frozenset({"CreateAlias", "UpdateAlias", "DeleteAlias"})
WRITES = ALIAS_WRITES | {
    "PublishVersion",
    "PutProvisionedConcurrencyConfig",
    "DeleteProvisionedConcurrencyConfig",
}

_FUNCTIONS = f"https://lambda.{REGION}.amazonaws.com/2015-03-31/functions"
_CONCURRENCY = _FUNCTIONS.replace("2015-03-31", "2019-09-30")
_ALIAS = re.compile(r"/aliases/([^/?]+)")
_FUNCTION = re.compile("/functions/([^/]+)/")
_BY = re.compile(r" by=[0-9a-f-]+")
_OWNERS = re.compile(r"(?<=[=,])[0-9a-f]{8}(?=[ ,])")
_OWNER = re.compile(r"\[alias-promotion owner=([0-9a-f]{8})")
_SHIFT = re.compile(r" shift=(?P<version>\d+)@(?P<release>\S+) \S+?@(?P<head>[0-9a-f]{8}|-)")

INVOKE_EVENT = "InvokeEvent"
"""An invocation whose answer nobody waits for: how a process hands over to another one."""

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

    @property
    def unsettled(self) -> bool:
        """Tell whether its mark names a release that is not settled."""
        return bool(_SHIFT.search(self.description))

    @property
    def shifts_to(self) -> str:
        """The version that its traffic goes over to; empty where it does not."""
        found = _SHIFT.search(self.description)
        return found["version"] if found and found["release"] != found["head"] else ""


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
        function: which function it is about, if any.
        alias: which alias its address names, if any.
    """

    run: Run
    request: Request
    action: str
    perform: Callable[[], Any]
    refuse: Callable[[int, str], Any]
    function: str = ""
    alias: str = ""


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


class _Functions:
    """Runs the functions that the provider invokes."""

    def __init__(self, replies: Mapping[str, Outcome]) -> None:
        self._replies = replies

    def run(self, target: Target, _payload: bytes) -> Outcome:
        return self._replies.get(target.function_name, Outcome(b"{}"))

    def provision(self, _target: Target) -> Future[bool]:
        begun = Future[bool]()
        begun.set_result(True)
        return begun

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
        in_shift: those of them that they did while its traffic went over.
        replies: what each function answers.
        alarms: the state of each alarm, by the aliases.
        limit: seconds for which Lambda lets a process run.
        sticky: faults that last as long as their request, by action.
        mute: requests of which no further delivery comes to anything.
        dropped: requests whose event got lost between two invocations.
        last_resort: somebody answers FAILED in place of a provider that died.
        active: processes that go on when their time comes.
    """

    def __init__(self, processes: Processes, outside: Outside) -> None:
        self.clock, self._processes = outside.clock, processes
        self.replies = dict[str, Outcome]()
        self.alarms = dict[str, Callable[[Aliases], str]]()
        self.limit = LIMIT
        self._functions = FunctionsService(
            Settings(provisioning=PROVISIONING),
            lambda *_: b"",
            _Functions(self.replies),
            lambda: self.clock.now,
        )
        self._aliases: Aliases | None = None
        self._kept: dict[str, str] = {}
        self._numbers = itertools.count(1)
        self._names: set[str] = set()
        self.stacks: dict[str, Stack] = {}
        self.plan, self.requests, self.calls = Plan(), list[Request](), list[tuple[int, str]]()
        self.every: list[Request] = []
        self.watch: Any = Silent()
        self.hands: Aliases = {}
        self.in_shift: Aliases = {}
        self.story: list[str] = []
        self.sticky: dict[str, Fault] = {}
        self.mute: set[str] = set()
        self.dropped: set[str] = set()
        self.last_resort = False
        self.parked: list[Parked] = []
        self.runs: list[Run] = []
        self.active: list[Run] = []
        self._sent = 0
        outside.call, outside.put = self._call, self._put
        self.clock.passed, self.clock.others = self._time_passed, self._let_others

    def arm(self, plan: Plan) -> None:
        """Count from here."""
        self.plan, self.requests, self.calls, self._sent = plan, [], [], 0
        self.hands, self.in_shift = {}, {}

    def disarm(self) -> None:
        """Let nothing go wrong any more."""
        self.plan, self.sticky, self.last_resort = Plan(), {}, False

    # People

    def stack(self, name: str = "orders") -> Stack:
        made = Stack(name, self.clock, self.send, lambda: next(self._numbers))
        self.stacks[made.id] = made
        return made

    def deploy(self, code: str, function: str = "orders", *, aliases: bool = True) -> None:
        """Give a function other code, and make it first if need be.

        Args:
            code: differs from what it had.
            function: its name.
            aliases: it can have some.
        """
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(zipfile.ZipInfo("index.py"), code)
        package = _base64(packed.getvalue())
        if function in self._names:
            self._ask("PUT", f"{function}/code", {"ZipFile": package})
            return
        if aliases:
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
        before = self.aliases().get(name)
        wanted: dict[str, Any] = {"FunctionVersion": version}
        if weights is not None:
            wanted["RoutingConfig"] = {"AdditionalVersionWeights": weights}
        if before:
            self._ask("PUT", f"{function}/aliases/{alias}", wanted)
        else:
            made = {"Name": alias, "Description": "By hand", **wanted}
            self._ask("POST", f"{function}/aliases", made)
        self.hands[name] = self.aliases()[name]
        if before and before.shifts_to:
            self.in_shift[name] = self.hands[name]

    def versions(self, function: str) -> int:
        """Count the published versions of a function."""
        return len(self._ask("GET", f"{function}/versions")["Versions"]) - 1

    def aliases(self) -> Aliases:
        """Give every alias of every function."""
        if self._aliases is not None:
            return self._aliases
        found: Aliases = {}
        for function in sorted(self._names):
            for one in self._ask("GET", f"{function}/aliases")["Aliases"]:
                weights = one.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
                shown = self._shown(one["Description"])
                state = Alias(one["FunctionVersion"], shown, tuple(weights.items()))
                found[function, one["Name"]] = state
        self._aliases = found
        return found

    def _shown(self, description: str) -> str:
        """Leave out what no user can tell: who began a tenure, and that an alias was kept."""
        shown = _BY.sub("", description)
        for owner in _OWNERS.findall(shown):
            self._kept.setdefault(kept_id_of(owner), owner)
        return _OWNERS.sub(lambda found: self._kept.get(found[0], found[0]), shown)

    def provisioned(self) -> set[tuple[str, str]]:
        """Give the functions and versions that have provisioned concurrency."""
        found = {
            function: self._ask(
                "GET", f"{function}/provisioned-concurrency?List=ALL", root=_CONCURRENCY
            )
            for function in sorted(self._names)
        }
        return {
            (function, one["FunctionArn"].split(":")[-1])
            for function, listed in found.items()
            for one in listed["ProvisionedConcurrencyConfigs"]
        }

    def _ask(self, method: str, path: str, body: Any = None, root: str = _FUNCTIONS) -> Any:
        data = json.dumps(body).encode() if body is not None else b""
        url = f"{root}/{path}"
        request = AWSRequest(method, url, {"Content-Type": "application/json"}, data).prepare()
        if method != "GET":
            self._aliases = None
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
        while self._is_handled(request) and self._step_next():
            pass
        if self.plan.request == self._sent and self.plan.call <= 0 and self.plan.fault:
            late = self.start(request.deliveries[-self.plan.call], 0)
            self.plan.fault(self, Call(late, request, "", lambda: None, lambda *_: None))
        if not request.answer and not request.cancelled:
            self._nobody_answered(request)
        self.resume("answered", after=self._sent)

    def _deliver(self, request: Request) -> None:
        for delivery in (1, 2, 3):
            run = self.start(request.event, delivery)
            if not self.drive(run) or not (run.dead or run.error):
                return
            self.watch.died(run)
            self.clock.sleep(60 * delivery)

    def _is_handled(self, request: Request) -> bool:
        over = request.answer or request.cancelled
        return not over and any(self.request(run) is request for run in self.active)

    def start(self, event: Mapping[str, Any], delivery: int) -> Run:
        """Bring an event to a process that is free; it does not begin yet."""
        copied = json.loads(json.dumps(event))
        run = Run(self._processes.take(), copied, delivery, self.clock, self.limit)
        self.runs.append(run)
        return run

    def drive(self, run: Run) -> bool:
        """Let a process go on to its end; False when it is left standing instead."""
        self.activate(run)
        while run in self.active:
            self._step_next()
        return run.ended

    def activate(self, run: Run, after: float = 0) -> None:
        """Let a process go on by itself some seconds from now."""
        run.wake_at = self.clock.now + after
        self.active.append(run)

    def finish(self) -> None:
        """Let every process that goes on by itself come to its end."""
        while self._step_next():
            pass

    def _step_next(self, until: float = math.inf) -> bool:
        """Let the one whose time comes first go on until it sleeps; False when there is none."""
        run = min(self.active, key=lambda one: one.wake_at, default=None)
        if not run or run.wake_at > until:
            return False
        self.clock.now = max(self.clock.now, run.wake_at)
        meanwhile = run.step()
        if run.ended:
            self.active.remove(run)
            self._processes.give_back(run.process)
            self._retry(run)
        elif meanwhile:
            self.active.remove(run)
            if meanwhile():
                self.activate(run)
        return True

    def _let_others(self, moment: float) -> None:
        run = self.clock.sleeper
        if not isinstance(run, Run):
            while self._step_next(moment):
                pass
        elif any(one is not run and one.wake_at < moment for one in self.active):
            run.wake_at = moment
            run.give_way()

    def _retry(self, run: Run) -> None:
        """Deliver an event that was handed over once more, as Lambda does."""
        if not run.handed_over or not run.delivery or not (run.dead or run.error):
            return
        self.watch.died(run)
        request = self.request(run)
        if run.delivery in (1, 2):
            again = self.start(run.event, run.delivery + 1)
            again.handed_over = True
            self.activate(again, 60 * run.delivery)
        elif self.last_resort and not (request.answer or request.over or request.cancelled):
            self._nobody_answered(request)

    def _hand_over(self, request: Any) -> Any:
        """Take an event that the provider sends itself."""
        run = self.clock.sleeper
        assert isinstance(run, Run)
        assert f"/{PROVIDER}/" in unquote(urlsplit(request.url).path)
        event = json.loads(request.body)
        self.request(run).deliveries.append(event)
        following = self.start(event, min(run.delivery, 1))
        following.handed_over, following.first = True, run.first
        following.calls = run.calls
        self.activate(following, LATENCY)
        return wire.response(request, 202, b"")

    def park(self, run: Run, until: str) -> None:
        self.parked.append(Parked(run, until, self._sent))

    def resume(self, moment: str, after: int | None = None) -> None:
        """Let those go on that stood still until this moment."""
        for one in [
            p for p in self.parked if p.until == moment and (after is None or p.after < after)
        ]:
            self.parked.remove(one)
            self.drive(one.run)

    def resume_all(self) -> None:
        """Let everything go on that still stands, but for what waits for another operation."""
        for moment in {one.until for one in self.parked} - {"next"}:
            self.resume(moment)

    def close(self) -> None:
        """End every thread."""
        self.active.clear()
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
            action = _action(request)
            perform = lambda: wire.through(self._functions.app, request)  # noqa: E731 - short
            if action == INVOKE_EVENT:
                perform = lambda: self._hand_over(request)  # noqa: E731 - same
        elif "monitoring" in request.url:
            action = request.headers["X-Amz-Target"].decode().split(".")[1]
            perform = lambda: self._describe_alarms(request)  # noqa: E731 - same
        else:
            given = parse_qs(
                request.body.decode() if isinstance(request.body, bytes) else request.body
            )
            action = given["Action"][0]
            perform = lambda: self._describe(request, action, given["StackName"][0])  # noqa: E731 - same
        found, alias = _FUNCTION.search(request.url), _ALIAS.search(request.url)
        return self._pass(
            action,
            perform,
            lambda status, code: wire.error(request, status, code, "Chaos"),
            (found[1] if found else "", alias[1] if alias else ""),
        )

    def _put(self, url: str, body: bytes) -> int:
        number = int(urlsplit(url).path.strip("/"))
        return int(self._pass("PUT", lambda: self._accept(number, body), lambda status, _: status))

    def _pass(
        self, action: str, perform: Any, refuse: Any, about: tuple[str, str] = ("", "")
    ) -> Any:
        run = self.clock.sleeper
        assert isinstance(run, Run)
        run.check()
        request = self.request(run)
        if run.first:
            self._let_parked_pass(run, request)
        run.calls += 1
        self.clock.sleep(LATENCY)
        call = Call(run, request, action, lambda: self._perform(call, perform), refuse, *about)
        if run.event["RequestId"] in self.mute and not run.first:
            run.die()
        if fault := self._fault(call):
            return fault(self, call)
        return call.perform()

    def _perform(self, call: Call, perform: Callable[[], Any]) -> Any:
        self.tell(call.run, call.action)
        self.watch.before(self, call)
        response = perform()
        if call.action in WRITES:
            self._aliases = None
        self.watch.after(self, call, response)
        return response

    def _fault(self, call: Call) -> Fault | None:
        first = call.run.first and call.request in self.requests
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

    def _describe_alarms(self, request: Any) -> Any:
        aliases = self.aliases()
        found = [
            {"AlarmName": name, "StateValue": self.alarms[name](aliases)}
            for name in json.loads(request.body)["AlarmNames"]
            if name in self.alarms
        ]
        return wire.as_json(request, {"MetricAlarms": found, "CompositeAlarms": []})

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


def _action(request: Any) -> str:
    parts = urlsplit(request.url).path.split("/functions/")[1].split("/")
    kind = parts[1] if len(parts) > 1 else ""
    if kind == "invocations":
        asynchronous = request.headers.get("X-Amz-Invocation-Type") == b"Event"
        return INVOKE_EVENT if asynchronous else "Invoke"
    if kind == "provisioned-concurrency":
        return f"{request.method.capitalize()}ProvisionedConcurrencyConfig"
    return {
        ("GET", "aliases"): "GetAlias" if len(parts) > 2 else "ListAliases",
        ("PUT", "aliases"): "UpdateAlias",
        ("POST", "aliases"): "CreateAlias",
        ("DELETE", "aliases"): "DeleteAlias",
        ("POST", "versions"): "PublishVersion",
        ("GET", ""): "GetFunction",
    }[request.method, kind]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def owner_of(event: Mapping[str, Any]) -> str:
    """Give the owner's id as the contract says it."""
    return hashlib.sha256(f"{event['StackId']}|{event['LogicalResourceId']}".encode()).hexdigest()[
        :8
    ]


def kept_id_of(owner: str) -> str:
    """Give the owner's id in the mark of an alias that was given back to it."""
    return hashlib.sha256(f"{owner}|kept".encode()).hexdigest()[:8]
