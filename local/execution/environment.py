"""One execution environment: a process under AWS's runtime client."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as NotInTime
from pathlib import Path

from local.execution.runtime_api import Invocation, RuntimeApi
from local.ports import Outcome, Target


class Environment:
    """Serves one invocation after the other until it crashes or times out.

    Args:
        target: the version to run.
        code: the unpacked package.
        layers: the unpacked layers.
        variables: what the engine adds to the environment.
        write: takes what the process writes, line by line.
    """

    def __init__(
        self,
        target: Target,
        code: Path,
        layers: list[Path],
        variables: Mapping[str, str],
        write: Callable[[str], None],
    ) -> None:
        self._write = write
        self._log: list[str] = []
        self._api = RuntimeApi()
        self.alive = True
        self._process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", target.handler],
            cwd=code,
            env={
                **_variables(target, code, layers),
                **variables,
                "AWS_LAMBDA_RUNTIME_API": self._api.address,
                **target.environment,
            },
            # A terminal's Ctrl-C is for the engine: a function would tell of it, and seem to fail.
            process_group=0,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Whatever the locale is, and whatever bytes come: a reader that fails reads no more.
            encoding="utf-8",
            errors="replace",
        )
        self._current: Invocation | None = None
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def invoke(self, invocation: Invocation) -> Outcome:
        """Run one event to its end, or stop the function when its time is used up."""
        self._log.clear()
        self._current = invocation
        self._api.submit(invocation)
        if not self.alive:
            self._settle_exit()
        try:
            outcome = invocation.outcome.result(invocation.timeout)
        except NotInTime:
            message = f"Task timed out after {invocation.timeout:.2f} seconds"
            invocation.settle(
                _error(invocation, "Sandbox.Timedout", f"Error: {message}"), "Unhandled"
            )
            outcome = invocation.outcome.result()
            self._write(f"{invocation.request_id} {message}\n")
            self.end()
        return Outcome(outcome.payload, outcome.function_error, "".join(self._log))

    def initialise(self, seconds: float) -> bool:
        """Wait until it is ready for an event; False when its init fails, or takes longer."""
        try:
            return self._api.initialised.result(seconds)
        except NotInTime:
            return False

    def crash(self) -> None:
        """Kill the process, as one is that runs out of memory; whoever invokes it gets an error."""
        self._process.kill()

    def end(self) -> None:
        """Kill the process and wait for it."""
        self.alive = False
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._log.append(line)
            self._write(line)
        self._process.stdout.close()
        self._process.wait()
        self.alive = False
        self._settle_exit()
        self._api.shut_down()

    def _settle_exit(self) -> None:
        if self._current:
            code = self._process.returncode
            how = f"signal: {-code}" if code and code < 0 else f"exit status {code}"
            message = f"Error: Runtime exited with error: {how}"
            self._current.settle(_error(self._current, "Runtime.ExitError", message), "Unhandled")


def _error(invocation: Invocation, kind: str, message: str) -> bytes:
    text = f"RequestId: {invocation.request_id} {message}"
    return json.dumps({"errorType": kind, "errorMessage": text}).encode()


def _variables(target: Target, code: Path, layers: list[Path]) -> dict[str, str]:
    """Give the variables that Lambda defines.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "LAMBDA_TASK_ROOT": str(code),
        "PYTHONPATH": ":".join(f"{layer}/python" for layer in layers),
        "PYTHONDONTWRITEBYTECODE": "1",
        "_HANDLER": target.handler,
        "AWS_LAMBDA_FUNCTION_NAME": target.function_name,
        "AWS_LAMBDA_FUNCTION_VERSION": target.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(target.memory_size),
        "AWS_LAMBDA_LOG_GROUP_NAME": target.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": target.function_name,
        "AWS_LAMBDA_INITIALIZATION_TYPE": (
            "provisioned-concurrency" if target.provisioned else "on-demand"
        ),
        "AWS_EXECUTION_ENV": "AWS_Lambda_python",
        "AWS_REGION": target.region,
        "AWS_DEFAULT_REGION": target.region,
    }
