"""A Lambda execution environment: its own copy of `handler`, on virtual time, without sockets.

What touches the world outside is a module that `handler` imports. A copy is imported while those
modules are replaced, so that also a default bound at import is ours.
"""

import importlib
import io
import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any, TypeVar
from unittest import mock

import aws_lambda_powertools
import boto3
import botocore.endpoint
import botocore.waiter
import urllib3

from tests.chaos.clock import Alarm, Clock, datetime_module, time_module

T = TypeVar("T")

REGION = "eu-west-1"
ACCOUNT = "123456789012"
PROVIDER = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:lambda-alias-promotion:live"

_ENVIRONMENT = {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}


class Killed(BaseException):
    """The process is gone; no code of it may have an effect any more."""


@dataclass
class Outside:
    """What the copies of `handler` reach.

    Attributes:
        clock: the time.
        call: takes a request to AWS and gives the response.
        put: takes the URL and the body of an answer and gives the HTTP status.
        stack_first: the stack is asked before the alias, of the two calls made at the same time.
    """

    clock: Clock = field(default_factory=Clock)
    call: Callable[[Any], Any] = lambda _request: None
    put: Callable[[str, bytes], int] = lambda _url, _body: 200
    stack_first: bool = True


class Process:
    """One environment; it takes one event after another, as a warm one does.

    Attributes:
        log: what it has written.
        tired: a call of it went wrong, which uses up the budget for retries.
    """

    def __init__(self, outside: Outside) -> None:
        self.tired = False
        self.log = io.StringIO()
        self.app, self.last_resort = _load(_stand_ins(outside, self.log))

    def refresh(self) -> None:
        """Make the clients anew: their budget for retries must not depend on what was before."""
        if self.tired:
            self.app.gateway = self.app.Gateway.connect()
            self.tired = False
        self.log.seek(0)
        self.log.truncate()


def _load(stand_ins: Mapping[str, ModuleType]) -> tuple[Any, Any]:
    importlib.import_module("handler.app")  # what it needs is imported with the real modules
    importlib.import_module("handler.last_resort")
    ours = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_handler(name)}
    try:
        with mock.patch.dict(sys.modules, stand_ins), mock.patch.dict(os.environ, _ENVIRONMENT):
            return (
                importlib.import_module("handler.app"),
                importlib.import_module("handler.last_resort"),
            )
    finally:
        for name in [name for name in sys.modules if _is_handler(name)]:
            del sys.modules[name]
        sys.modules.update(ours)


def _is_handler(name: str) -> bool:
    return name == "handler" or name.startswith("handler.")


def _stand_ins(outside: Outside, log: io.StringIO) -> dict[str, ModuleType]:
    session = boto3.Session("local", "local", region_name=REGION)

    def client(service: str, **settings: Any) -> Any:
        made = session.client(service, **settings)  # type: ignore[call-overload]  # any service
        # Last: the provider's own hook must be able to stop a request before it takes effect.
        made.meta.events.register_last(
            "before-send", lambda request, **_: outside.call(request), unique_id="outside"
        )
        return made

    class Pool:
        def __init__(self, **_: Any) -> None: ...

        def request(self, _method: str, url: str, body: bytes, **_: Any) -> Any:
            return SimpleNamespace(status=outside.put(url, body))

    def logger(service: str) -> Any:
        name = f"{service}-{id(log)}"
        logging.getLogger(name).propagate = False
        return aws_lambda_powertools.Logger(name, level="INFO", stream=log)

    return {
        "time": time_module(outside.clock),
        "datetime": datetime_module(outside.clock),
        "threading": _with(threading, Timer=_timer(outside.clock)),
        "concurrent.futures": _with(
            importlib.import_module("concurrent.futures"), ThreadPoolExecutor=_inline(outside)
        ),
        "boto3": _with(boto3, client=client),
        "urllib3": _with(urllib3, PoolManager=Pool),
        "aws_lambda_powertools": _with(aws_lambda_powertools, Logger=logger),
    }


def _with(module: ModuleType, **replaced: Any) -> ModuleType:
    made = ModuleType(module.__name__)
    vars(made).update(vars(module))
    vars(made).update(replaced)
    return made


def _timer(clock: Clock) -> Any:
    class Timer:
        daemon = True

        def __init__(self, seconds: float, function: Any, args: Any = ()) -> None:
            ring = lambda: function(*args)  # noqa: E731 - shorter than a method
            self._alarm = Alarm(clock.now + seconds, ring, clock.sleeper)

        def start(self) -> None:
            clock.alarms.append(self._alarm)

        def cancel(self) -> None:
            if self._alarm in clock.alarms:
                clock.alarms.remove(self._alarm)

    return Timer


def _inline(outside: Outside) -> type[Executor]:
    """Give an executor that runs what it is given at once, or when its result is wanted."""

    class Late(Future[Any]):
        def __init__(self, run: Callable[[], Any]) -> None:
            super().__init__()
            self._run = run

        def run(self) -> None:
            if self.done():
                return
            try:
                self.set_result(self._run())
            except Exception as error:  # noqa: BLE001 - whoever asks for the result gets it
                self.set_exception(error)

        def result(self, timeout: float | None = None) -> Any:
            self.run()
            return super().result(timeout)

        def exception(self, timeout: float | None = None) -> BaseException | None:
            self.run()
            return super().exception(timeout)

    class Inline(Executor):
        def __init__(self, *_: Any, **__: Any) -> None: ...

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            late = Late(lambda: fn(*args, **kwargs))
            if outside.stack_first:
                late.run()
            return late

    return Inline


class Run:
    """One delivery of an event to a process: a thread that goes only when it is told to.

    Attributes:
        event: what it handles.
        delivery: 1 to 3: Lambda's retries; 0 for a duplicate.
        ends_at: when Lambda ends it.
        wake_at: when it goes on, or begins.
        calls: how many requests were sent so far, also by those who have handed over to it.
        first: nothing was delivered again on the way to it.
        handed_over: an earlier one for the same request has invoked it.
        dead: it was killed.
        ended: it has returned, or is dead.
        error: what it raised, which is a defect.
    """

    def __init__(
        self, process: Process, event: Any, delivery: int, clock: Clock, limit: float = 900
    ) -> None:
        self.process, self.event, self.delivery = process, event, delivery
        self.ends_at = self.wake_at = clock.now
        self.calls = 0
        self.first, self.handed_over = delivery == 1, False
        self._limit: float | None = limit
        self.dead = self.ended = False
        self.error: Exception | None = None
        self._clock = clock
        self._meanwhile: Callable[[], bool] | None = None
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._main, daemon=True)
        self._thread.start()

    def step(self) -> Callable[[], bool] | None:
        """Let it go on until it waits or ends; give what is to happen while it waits."""
        before, self._clock.sleeper = self._clock.sleeper, self
        self._meanwhile = None
        if self._limit:
            self.ends_at, self._limit = self._clock.now + self._limit, None
        self._go.release()
        self._back.acquire()
        self._clock.sleeper = before
        if self.ended:
            self._thread.join()
        return self._meanwhile

    def wait(self, meanwhile: Callable[[], bool]) -> None:
        """Stop here (called by the run itself) while something else happens."""
        self._meanwhile = meanwhile
        self.give_way()
        self.check()

    def give_way(self) -> None:
        """Let others go on until it is told to (called by the run itself)."""
        self._back.release()
        self._go.acquire()
        if self.dead:
            raise Killed

    def die(self) -> None:
        """End the process; called by the run itself."""
        self.dead = True
        raise Killed

    def check(self) -> None:
        """Let a dead process do nothing; one whose time is up dies."""
        if self.dead or self._clock.now > self.ends_at:
            self.die()

    def get_remaining_time_in_millis(self) -> int:
        """Give what Lambda's context gives."""
        return int((self.ends_at - self._clock.now) * 1000)

    @property
    def invoked_function_arn(self) -> str:
        """Give what Lambda's context gives."""
        return PROVIDER

    def _main(self) -> None:
        self._go.acquire()
        try:
            if not self.dead:
                self.process.app.handler(self.event, self)
        except Killed:
            pass
        except Exception as error:  # noqa: BLE001 - Lambda takes whatever it is for an error
            self.error = error
        self.ended = True
        self._clock.alarms = [one for one in self._clock.alarms if one.owner is not self]
        self._back.release()


class Processes:
    """The environments of one worker; used again, as loading one takes longer than an event."""

    def __init__(self) -> None:
        self.outside = Outside()
        self.all: list[Process] = []
        self._free: list[Process] = []

    @contextmanager
    def world(self) -> Iterator[Outside]:
        """Begin a new world, on its own time, with no memory of the last one."""
        self.outside.clock.reset()
        self._free = list(self.all)
        for process in self.all:
            process.refresh()
        ours = time_module(self.outside.clock)
        with (
            mock.patch.object(botocore.endpoint, "time", ours),
            mock.patch.object(botocore.waiter, "time", ours),
            mock.patch.dict(os.environ, _ENVIRONMENT),
            redirect_stdout(io.StringIO()),  # metrics are lines of the log
        ):
            yield self.outside

    def take(self) -> Process:
        """Give one that handles nothing."""
        if not self._free:
            self.all.append(Process(self.outside))
            self._free.append(self.all[-1])
        return self._free.pop()

    def give_back(self, process: Process) -> None:
        """Let another event have it."""
        self._free.append(process)
