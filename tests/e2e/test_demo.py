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


EVENTS = """
orders UPDATE_IN_PROGRESS User Initiated
DevAlias UPDATE_IN_PROGRESS
DevAlias UPDATE_COMPLETE
BetaAlias UPDATE_IN_PROGRESS
BetaAlias UPDATE_COMPLETE
ProdAlias UPDATE_IN_PROGRESS
ProdAlias UPDATE_COMPLETE
ReportsBucket CREATE_IN_PROGRESS
ReportsBucket CREATE_FAILED Resource handler returned message: "Your previous request to create \
the named bucket succeeded and you already own it. (Status Code: 409)" (HandlerErrorCode: \
BucketAlreadyOwnedByYou)
orders UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [ReportsBucket].
ProdAlias UPDATE_IN_PROGRESS
ProdAlias UPDATE_COMPLETE
BetaAlias UPDATE_IN_PROGRESS
BetaAlias UPDATE_COMPLETE
DevAlias UPDATE_IN_PROGRESS
DevAlias UPDATE_COMPLETE
orders UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS
ReportsBucket DELETE_COMPLETE
orders UPDATE_ROLLBACK_COMPLETE
""".strip().splitlines()


def events(output: str) -> list[str]:
    """Give the rows of the table of events, whose cells may take several lines."""
    table = output.partition("┃ stack event")[2].partition("└")[0]
    found: list[list[str]] = []
    for line in table.splitlines()[2:]:
        name, status, reason = (cell.strip() for cell in line.strip("│").split("│"))
        if name:
            found.append([name, status, reason])
        else:
            found[-1][1] += status
            found[-1][2] += f" {reason}"
    return [" ".join(row).strip() for row in found]


def start(home: Path) -> "subprocess.Popen[str]":
    """Start a demo in a session of its own, in an environment with nothing of ours."""
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


def left_running(session: int) -> list[str]:
    """List what still runs of a demo; functions have process groups of their own."""
    table = subprocess.run(
        ["ps", "-A", "-o", "sess=,pid=,args="], capture_output=True, text=True, check=True
    )
    return [line for line in table.stdout.splitlines() if line.split()[0] == str(session)]


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
        assert events(output) == EVENTS
        assert "\x1b" not in output, "without a terminal there is plain text only"
    assert list(tmp_path.iterdir()) == [], "the demo leaves the home directory alone"


@pytest.mark.thorough
@pytest.mark.parametrize("chapter", ["Release 1", "Another stack"])
def test_a_demo_that_is_interrupted_leaves_nothing_running_and_says_so(
    tmp_path: Path, chapter: str
) -> None:
    demo = start(tmp_path)
    assert demo.stdout
    for line in demo.stdout:
        if chapter in line:
            break
    time.sleep(2)  # in the middle of a command of sam

    os.killpg(demo.pid, signal.SIGINT)

    output = demo.communicate(timeout=60)[0]
    assert demo.returncode == 130, output
    assert output.endswith("\nInterrupted; nothing is left running.\n")
    assert "Traceback" not in output
    assert left_running(demo.pid) == []
