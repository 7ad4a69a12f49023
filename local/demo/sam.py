"""Runs the real `sam` against the engine."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from local.demo.screen import Off

_SAM = Path(sys.executable).with_name("sam")


class Sam:
    """The `sam` beside this Python.

    Args:
        environment: the engine's variables.
        home: a directory for what sam remembers; the user's own stays untouched.
        directory: where the commands run.
    """

    def __init__(self, environment: Mapping[str, str], home: Path, directory: Path) -> None:
        self._environment = dict(os.environ) | dict(environment) | {"HOME": str(home)}
        self._directory = directory

    def run(self, *arguments: str, succeeds: bool = True) -> str:
        """Run one command and give what it wrote.

        Raises:
            Off: it ended other than expected.
        """
        done = subprocess.run(
            [str(_SAM), *arguments],
            cwd=self._directory,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
        if (done.returncode == 0) != succeeds:
            raise Off(f"sam {' '.join(arguments)}\n{done.stdout}\n{done.stderr}")
        return done.stdout + done.stderr
