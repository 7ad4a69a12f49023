"""The SDK is the runtime's: AWS updates it in its own time, Region by Region."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.bench import PROVIDER, Bench
from benchmarks.endpoint import Endpoint
from benchmarks.lifecycle import CALLS, live
from benchmarks.workspace import Workspace

OLDER = (
    "boto3==1.34.145", "botocore==1.34.145", "jmespath==1.0.1", "python-dateutil==2.9.0.post0",
    "s3transfer==0.10.2", "six==1.16.0", "urllib3==1.26.19",
)  # fmt: skip


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    installed = tmp_path_factory.mktemp("sdk")
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--no-deps", "--target", installed, *OLDER],
        check=True,
    )  # fmt: skip
    return installed


def test_every_operation_is_carried_out_and_answered_with_the_sdk_of_an_older_runtime(
    older: Path, tmp_path: Path
) -> None:
    with Endpoint(tmp_path) as endpoint:
        workspace = Workspace(tmp_path, endpoint.certificates, sdk=older)
        bench = Bench(endpoint, workspace, repeats=1, quick=True, tell=lambda _: None)
        with bench.subject(PROVIDER) as subject:
            done = {each.operation: each.counted for each in live(endpoint, subject, versions=1)}
    assert done == CALLS
