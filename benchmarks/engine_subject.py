"""The process that has the engine: it measures stack updates, and writes them as JSON."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

from benchmarks.lifecycle import BESIDE

_BEGAN = time.monotonic()

from local import request as requests  # noqa: E402 - their import is measured
from local.demo.sam import Sam  # noqa: E402
from local.engine import Engine  # noqa: E402
from local.functions import FunctionsService  # noqa: E402
from tests.e2e.account import Account, Artifacts, function, promotion, template  # noqa: E402

_IMPORTED_IN = time.monotonic() - _BEGAN

_BUCKET = "artifacts"


def main() -> None:
    """Start the engine; measure with it where a provider's artifact is given."""
    calls: list[str] = []
    with mock.patch.object(FunctionsService, "app", _counting(calls)), Engine() as engine:
        engine.client("lambda").list_functions()
        if len(sys.argv) > 1:
            found = _measured(engine, calls, Path(sys.argv[1]), int(sys.argv[2]))
            sys.stdout.write(json.dumps(found))


def _measured(engine: Engine, calls: list[str], provider: Path, turns: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        account = Account(engine, _artifacts(provider, directory))
        ours, our_calls = _updates(account, calls, "orders-ours", _promoted, turns)
        native, native_calls = _updates(account, calls, "orders-native", _native, turns)
        sam, alone = _by_sam(engine, directory, turns)
    return {
        "imports": _IMPORTED_IN,
        "promotion": ours,
        "promotion_calls": our_calls,
        "native": native,
        "native_calls": native_calls,
        "sam": sam,
        "sam_alone": alone,
    }


def _counting(calls: list[str]) -> Callable[..., Iterable[bytes]]:
    app = FunctionsService.app

    def counted(service: FunctionsService, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if operation := requests.read(environ).operation:
            calls.append(operation.name)
        return app(service, environ, start)

    return counted


def _artifacts(provider: Path, directory: Path) -> Artifacts:
    package = Path(shutil.make_archive(str(directory / "provider"), "zip", provider)).read_bytes()
    return Artifacts(package, package, package)


def _promoted(release: int) -> dict[str, Any]:
    return template(f"release {release}", Prod=promotion("prod", Triggers=str(release)))


def _native(release: int) -> dict[str, Any]:
    """Declare the same by CloudFormation's own: each release needs another logical id."""
    name, number = f"Version{release}", {"Fn::GetAtt": [f"Version{release}", "Version"]}
    given = template(f"release {release}")
    given["Resources"] |= {
        name: {"Type": "AWS::Lambda::Version", "DeletionPolicy": "Retain",
               "Properties": {"FunctionName": {"Ref": "Function"}}},
        "Prod": {"Type": "AWS::Lambda::Alias",
                 "Properties": {"FunctionName": {"Ref": "Function"}, "Name": "prod",
                                "FunctionVersion": number}},
    }  # fmt: skip
    given["Resources"]["Function"] = function(f"release {release}")
    return given


def _updates(
    account: Account, calls: list[str], name: str, declare: Callable[[int], Any], turns: int
) -> tuple[float, dict[str, int]]:
    """Give the seconds of an update, and its calls of Lambda's control plane."""
    account.deploy(name, declare(1))
    times: list[float] = []
    counts: Counter[str] = Counter()
    for release in range(2, turns * 3 + 2):
        calls.clear()
        began = time.monotonic()
        stack = account.deploy(name, declare(release))
        times.append(time.monotonic() - began)
        counts = Counter(each for each in calls if each not in BESIDE and "Invoke" not in each)
        if stack["StackStatus"] != "UPDATE_COMPLETE":
            raise RuntimeError(f"{name}: {stack['StackStatus']}")
    return median(times), dict(counts)


def _by_sam(engine: Engine, directory: Path, turns: int) -> tuple[float, float]:
    """Give the seconds of `sam deploy` of an update, and of `sam deploy --help`."""
    sam = Sam(engine.environment(), directory, directory)
    times, alone = [], []
    for release in range(1, turns + 2):
        (directory / "template.json").write_text(json.dumps(_promoted(release)), "utf-8")
        began = time.monotonic()
        sam.run(
            "deploy", "--template-file", "template.json", "--stack-name", "orders-sam",
            "--s3-bucket", _BUCKET, "--capabilities", "CAPABILITY_IAM",
        )  # fmt: skip
        times.append(time.monotonic() - began)
        began = time.monotonic()
        sam.run("deploy", "--help")
        alone.append(time.monotonic() - began)
    return median(times[1:]), median(alone)


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as error:
        sys.exit(str(error.stderr))
