"""`make local`, as it is started by people and by scripts."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.engine.functions_world import package

ROOT = Path(__file__).parents[2]
TELLS = """
import json, os, time
def handler(event, context):
    minute = os.environ.get("SECONDS_PER_MINUTE")
    print(json.dumps({"minute": minute, "long": "x" * 300, "price": "10 €", "is": "[bold] :cat:"},
                     ensure_ascii=False), flush=True)
    time.sleep(event.get("busy", 0))
"""

LOCAL = [sys.executable, "-m", "local"]
MAKE = ["make", "-s", "-o", ".venv/ready", f"BIN={Path(sys.executable).parent}", "local"]
IN_THE_BACKGROUND = ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *LOCAL]
"""As a script does it with `&`."""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a command with a directory for temporary files of its own; it writes into a file."""
    started: list[subprocess.Popen[str]] = []
    (tmp_path / "tmp").mkdir()

    def start_one(*command: str, **variables: str) -> "subprocess.Popen[str]":
        own = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TMPDIR": str(tmp_path / "tmp")}
        with (tmp_path / "output").open("w") as output:
            started.append(
                subprocess.Popen(
                    command or LOCAL,
                    cwd=ROOT,
                    env=own | variables,
                    text=True,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            )
        return started[-1]

    yield start_one
    for each in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(each.pid, signal.SIGKILL)
        each.wait()


def output_with(tmp_path: Path, text: str, encoding: str = "utf-8") -> str:
    """Wait until something was written, and give all that was."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = (tmp_path / "output").read_text(encoding)
        if text in found:
            return found
        time.sleep(0.05)
    raise TimeoutError(text)


def exported(output: str) -> dict[str, str]:
    """Read what it prints to export."""
    return dict(re.findall(r"^export (\w+)=(\S+)$", output, re.MULTILINE))


def client(output: str, service: str) -> Any:
    """Make a client with what it prints to export."""
    given = exported(output)
    return boto3.client(
        service,  # type: ignore[call-overload]  # any service
        region_name=given["AWS_REGION"],
        endpoint_url=given["AWS_ENDPOINT_URL"],
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
    )


def invoke(output: str, busy: int = 0) -> None:
    """Make the function that tells, and run it; it may be busy for a while."""
    role = client(output, "iam").create_role(RoleName="orders", AssumeRolePolicyDocument="{}")
    lambda_ = client(output, "lambda")
    lambda_.create_function(
        FunctionName="orders", Runtime="python3.13", Handler="index.handler",
        Role=role["Role"]["Arn"], Code={"ZipFile": package(TELLS)}, Timeout=60,
    )  # fmt: skip
    kind, payload = "Event" if busy else "RequestResponse", json.dumps({"busy": busy})
    answer = lambda_.invoke(FunctionName="orders", InvocationType=kind, Payload=payload)
    assert "FunctionError" not in answer


def told(output: str) -> dict[str, str]:
    """Read the one line that the function wrote."""
    [line] = re.findall(r"^orders: (.*)$", output, re.MULTILINE)
    found: dict[str, str] = json.loads(line)
    return found


def test_a_line_is_shown_whole_and_as_it_was_written_also_in_a_file(
    start: Start, tmp_path: Path
) -> None:
    start()
    invoke(output_with(tmp_path, "Ctrl-C"))

    assert told(output_with(tmp_path, "orders: ")) == {
        "minute": None, "long": "x" * 300, "price": "10 €", "is": "[bold] :cat:"
    }  # fmt: skip


def test_minute_reaches_functions_and_an_old_locale_fails_nothing(
    start: Start, tmp_path: Path
) -> None:
    old = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"}
    start(*MAKE, "MINUTE=2", **old)
    invoke(output_with(tmp_path, "Ctrl-C"))

    found = told(output_with(tmp_path, "orders: ", "latin-1"))

    assert found["minute"] == "2.0"
    assert found["price"] == "10 €", "as JSON reads the escaped one"


@pytest.mark.parametrize("minute", ["0", "nan", "inf", "a"])
def test_a_minute_that_takes_no_time_is_refused(start: Start, tmp_path: Path, minute: str) -> None:
    assert start(*LOCAL, "--minute", minute).wait(60) == 2

    assert "argument --minute: " in output_with(tmp_path, "error")


@pytest.mark.parametrize(
    ("command", "number"),
    [
        pytest.param(LOCAL, signal.SIGINT, id="Ctrl-C"),
        pytest.param(LOCAL, signal.SIGTERM, id="SIGTERM"),
        pytest.param(LOCAL, signal.SIGHUP, id="SIGHUP"),
        pytest.param(IN_THE_BACKGROUND, signal.SIGTERM, id="SIGTERM in the background"),
    ],
)
def test_a_signal_ends_it_and_all_that_is_in_it(
    start: Start, tmp_path: Path, command: list[str], number: int
) -> None:
    engine = start(*command)
    invoke(output_with(tmp_path, "Ctrl-C"), busy=30)
    before = output_with(tmp_path, "orders: ")
    assert list((tmp_path / "tmp").iterdir()) != []

    os.killpg(engine.pid, number)  # as a terminal does

    assert engine.wait(30) == 0
    assert output_with(tmp_path, "").removeprefix(before) == "The engine has stopped.\n"
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_script_s_ctrl_c_does_not_end_what_it_started_in_the_background(
    start: Start, tmp_path: Path
) -> None:
    engine = start(*IN_THE_BACKGROUND)
    before = output_with(tmp_path, "Ctrl-C")

    engine.send_signal(signal.SIGINT)
    invoke(before)

    assert engine.poll() is None


def test_neither_a_profile_of_the_user_nor_a_proxy_stands_between(
    start: Start, tmp_path: Path
) -> None:
    dead = dict.fromkeys(("HTTP_PROXY", "http_proxy"), "http://127.0.0.1:9")
    start(AWS_PROFILE="nobody", **dead)
    output = output_with(tmp_path, "Ctrl-C")

    code = "import boto3; print(boto3.client('lambda').list_functions()['Functions'])"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=dead | exported(output),
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "[]\n"
