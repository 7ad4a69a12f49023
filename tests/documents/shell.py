"""A terminal: bash, in which `sam` and `aws` answer at once."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.documents.ready import PROGRAMS

ROOT = Path(__file__).parents[2]
_READY_WITHIN = 60.0

# What stands on PATH in place of a program: it hands itself over, with its streams.
_SHIM = """#!{python} -SE
import json, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.connect({socket!r})
words = [{name!r}, *sys.argv[1:]]
request = dict(words=words, directory=os.getcwd(), environment=dict(os.environ))
socket.send_fds(server, [json.dumps(request).encode()], [0, 1, 2])
sys.exit(int(server.recv(4)))
"""


class Shell:
    """Runs what a reader types; use it as a context manager.

    Args:
        home: a directory for what programs remember; the user's own stays untouched.
    """

    def __init__(self, home: Path) -> None:
        # The name of a socket may have some 100 characters: no room for a test's directory.
        self._directory = tempfile.TemporaryDirectory(prefix="shell-")
        self._socket = Path(self._directory.name) / "ready"
        self._home = home
        command = [sys.executable, "-m", "tests.documents.ready", str(self._socket)]
        self._ready = subprocess.Popen(command, cwd=ROOT)
        for name in PROGRAMS:
            shim = Path(self._directory.name) / name
            shim.write_text(
                _SHIM.format(python=sys.executable, socket=str(self._socket), name=name)
            )
            shim.chmod(0o755)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ready.kill()
        self._ready.wait()
        self._directory.cleanup()

    def run(self, script: str, directory: Path, exported: Mapping[str, str]) -> tuple[int, str]:
        """Type lines in a directory, up to the first that fails; give its code and all output."""
        until = time.monotonic() + _READY_WITHIN
        while not self._socket.exists():
            assert self._ready.poll() is None
            assert time.monotonic() < until
            time.sleep(0.02)
        own = {"PATH": self._path(), "HOME": str(self._home), "LANG": "C.UTF-8", **exported}
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=directory, env=own, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    def _path(self) -> str:
        return os.pathsep.join(
            [self._directory.name, str(Path(sys.executable).parent), os.environ["PATH"]]
        )
