"""`make demo` through the real sam: what the README shows is what comes out, and nothing stays."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.packages import of_pip

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
COMMAND = [sys.executable, "-m", "local.demo"]

BARS = """
prod  1 ████████████████████ 2    0 %
prod  1 ████████████████████ 3    0 %
prod  1 ████████████████░░░░ 3   20 %
prod  1 ████████████░░░░░░░░ 3   40 %
prod  1 ████████░░░░░░░░░░░░ 3   60 %
prod  1 ████████████████████ 3    0 %
"""


def start(home: Path) -> "subprocess.Popen[str]":
    """Start a demo in a process group of its own, in an environment with nothing of ours."""
    own = {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
    return subprocess.Popen(
        COMMAND,
        cwd=ROOT,
        env=of_pip() | own,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def left_running(group: int) -> list[str]:
    """List what still runs in a process group."""
    table = subprocess.run(
        ["ps", "-A", "-o", "pgid=,pid=,args="], capture_output=True, text=True, check=True
    )
    return [line for line in table.stdout.splitlines() if line.split()[0] == str(group)]


def shown(text: str) -> list[str]:
    """Give the lines of an output, without what differs from run to run.

    That is the time, and the id of a release that the macro makes: sam's bucket is part of it.
    """
    differs = r"\d+\.\d s$|(?<=@)[0-9a-f]{8}"
    return [re.sub(differs, "", line).strip() for line in text.splitlines() if line.strip()]


@pytest.mark.timeout(280)
@pytest.mark.parametrize("at_once", [1, pytest.param(2, marks=pytest.mark.thorough)])
def test_a_demo_tells_the_story_that_the_readme_shows(tmp_path: Path, at_once: int) -> None:
    demos = [start(tmp_path) for _ in range(at_once)]
    outputs = [demo.communicate()[0] for demo in demos]

    for demo, output in zip(demos, outputs, strict=True):
        assert demo.returncode == 0, output
        assert left_running(demo.pid) == []
    promised = shown(README.split("<!-- demo -->")[1].split("```")[1].removeprefix("text\n"))
    assert promised
    for line in promised:
        assert line == "..." or all(line in shown(output) for output in outputs), line
    for output in outputs:
        assert [line for line in shown(BARS) if line not in shown(output)] == []
        assert "\x1b" not in output, "without a terminal there is plain text only"
    assert list(tmp_path.iterdir()) == [], "the demo leaves the home directory alone"


@pytest.mark.thorough
def test_a_demo_that_is_interrupted_leaves_nothing_running(tmp_path: Path) -> None:
    demo = start(tmp_path)
    assert demo.stdout
    for line in demo.stdout:
        if "Release 1" in line:
            break
    time.sleep(1)  # in the middle of a command of sam

    os.killpg(demo.pid, signal.SIGINT)

    output = demo.communicate(timeout=60)[0]
    assert demo.returncode == 130, output
    assert "interrupted" in output
    assert left_running(demo.pid) == []
