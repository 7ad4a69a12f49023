"""The README's commands, typed as they stand, against `make local`."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.e2e.packages import of_pip

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
TRACKED = (
    "template.yaml",
    "samconfig.toml",
    "README.md",
    "LICENSE",
    "Makefile",
    "handler",
    "macro",
    "requirements",
    "examples",
)


@pytest.fixture(scope="module")
def exported() -> Iterator[dict[str, str]]:
    """What `make local` prints to export, while it runs; it ends by Ctrl-C, without an error."""
    command = [sys.executable, "-u", "-m", "local"]
    engine = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert engine.stdout
    try:
        lines: list[str] = []
        while not lines or "Ctrl-C" not in lines[-1]:
            lines.append(engine.stdout.readline())
        yield dict(re.findall(r"^export (\w+)=(\S+)$", "".join(lines), re.MULTILINE))
        engine.send_signal(signal.SIGINT)
        output = engine.communicate(timeout=30)[0]
        assert engine.returncode == 0
        assert output.endswith("The engine has stopped.\n")
    finally:
        engine.kill()


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout that nobody else builds in."""
    place = tmp_path_factory.mktemp("checkout")
    for name in TRACKED:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, place / name)
    return place


def type_in(command: str, checkout: Path, exported: dict[str, str]) -> str:
    """Run a line of the README in a shell, in an environment with nothing of ours."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=checkout,
        env={**of_pip(), "PATH": path, "HOME": str(checkout), "LANG": "C.UTF-8", **exported},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        shell=True,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    return output


@pytest.mark.timeout(280)
def test_the_provider_and_one_stack_a_stage_are_deployed_by_the_commands_of_the_documents(
    checkout: Path, exported: dict[str, str]
) -> None:
    [deploy] = re.findall(r"^    (sam build && .*)$", README, re.MULTILINE)
    assert "is a valid SAM Template" in type_in("sam validate --lint", checkout, exported)
    type_in(deploy, checkout, exported)
    for stage in ("dev", "beta", "prod"):
        type_in(f"sam deploy --config-env {stage}", checkout, exported)

    source = checkout / "examples" / "orders" / "src" / "app.py"
    source.write_text(source.read_text("utf-8").replace('RELEASE = "1"', 'RELEASE = "2"'))
    for stage in ("dev", "beta"):
        overrides = f"--parameter-overrides 'Stage={stage} Release=2'"
        type_in(f"sam deploy --config-env {stage} {overrides}", checkout, exported)

    session = boto3.Session(
        exported["AWS_ACCESS_KEY_ID"],
        exported["AWS_SECRET_ACCESS_KEY"],
        region_name=exported["AWS_REGION"],
    )
    lambda_ = session.client("lambda", endpoint_url=exported["AWS_ENDPOINT_URL"])
    names = [each["FunctionName"] for each in lambda_.list_functions()["Functions"]]
    [function] = [name for name in names if name.startswith("orders-dev-OrdersFunction")]
    aliases = lambda_.list_aliases(FunctionName=function)["Aliases"]
    assert {each["Name"]: each["FunctionVersion"] for each in aliases} == {
        "dev": "2",
        "beta": "2",
        "prod": "1",
    }
