"""Execution environments by version: warm ones are used again, one at a time each."""

import hashlib
import io
import threading
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from local.execution.environment import Environment
from local.execution.runtime_api import Invocation
from local.ports import Outcome, Target

_KEPT_WARM = 4
_KEPT_PROVISIONED = 16
"""Idle environments that are kept, without and with provisioned concurrency; each is a process."""
_INIT_WITHIN = 30.0
"""Seconds for an init ahead of the first invocation."""


class Stopping(Exception):
    """Nothing runs any more."""


class Pool:
    """Runs targets.

    Args:
        directory: where packages are unpacked.
        variables: gives what the engine adds to the environment of a function with this role.
        write: takes what a function writes: which one runs, and a line.
    """

    def __init__(
        self,
        directory: Path,
        variables: Callable[[str], Mapping[str, str]],
        write: Callable[[Target, str], None],
    ) -> None:
        self._directory = directory
        self._variables = variables
        self._write = write
        self._lock = threading.Lock()
        self._idle: list[tuple[Target, Environment]] = []
        self._busy: dict[Environment, Target] = {}
        self._closed = False

    def run(self, target: Target, payload: bytes) -> Outcome:
        """Run one event, in a warm environment if there is one."""
        environment = self._take(target)
        try:
            # An event that is left out is an empty object to the function.
            event = payload or b"{}"
            return environment.invoke(Invocation(target.invoked_arn, event, target.timeout))
        finally:
            self._give_back(target, environment)

    def provision(self, target: Target) -> bool:
        """Initialise one environment ahead of its first invocation; False when its init fails."""
        with self._lock:
            if self._closed:
                return False
            environment = self._start(target)
            self._busy[environment] = target
        ready = environment.initialise(_INIT_WITHIN)
        if not ready:
            environment.end()
        self._give_back(target, environment)
        return ready

    def crash(self, function_name: str) -> int:
        """Kill what a function runs in at this moment; give how many processes that were."""
        with self._lock:
            doomed = [one for one, target in self._busy.items()
                      if target.function_name == function_name]  # fmt: skip
            for environment in doomed:
                environment.crash()
        return len(doomed)

    def shut_down(self) -> None:
        """End every environment, also those that run."""
        with self._lock:
            self._closed = True
            doomed = [*self._busy, *(one for _, one in self._idle)]
            self._idle = []
        for environment in doomed:
            environment.end()

    def _take(self, target: Target) -> Environment:
        with self._lock:
            if self._closed:
                raise Stopping("the engine is stopping")
            for place, (known, environment) in enumerate(self._idle):
                if environment.alive and _same(known, target):
                    del self._idle[place]
                    self._busy[environment] = target
                    return environment
            environment = self._start(target)
            self._busy[environment] = target
            return environment

    def _give_back(self, target: Target, environment: Environment) -> None:
        with self._lock:
            self._busy.pop(environment)
            if environment.alive and not self._closed:
                self._idle.append((target, environment))
            surplus = self._surplus()
            self._idle = [one for one in self._idle if one not in surplus]
        for _, one in surplus:
            one.end()

    def _surplus(self) -> list[tuple[Target, Environment]]:
        provisioned = [one for one in self._idle if one[0].provisioned]
        others = [one for one in self._idle if not one[0].provisioned]
        return [*provisioned[:-_KEPT_PROVISIONED], *others[:-_KEPT_WARM]]

    def _start(self, target: Target) -> Environment:
        return Environment(
            target,
            self._unpacked(target.code),
            [self._unpacked(layer) for layer in target.layers],
            self._variables(target.role),
            lambda line: self._write(target, line),
        )

    def _unpacked(self, package: bytes) -> Path:
        place = self._directory / hashlib.sha256(package).hexdigest()[:16]
        if not place.exists():
            with zipfile.ZipFile(io.BytesIO(package)) as archive:
                archive.extractall(place)
        return place


def _same(known: Target, target: Target) -> bool:
    """Tell whether one environment serves both: everything but the ARN that the caller named."""
    return replace(known, invoked_arn=target.invoked_arn) == target
