"""The process that has the engine: it measures stack updates, and writes them as JSON."""

import json
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import partial
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

_DEPLOY = (
    "deploy", "--template-file", "template.json", "--stack-name", "orders-sam",
    "--s3-bucket", "artifacts", "--capabilities", "CAPABILITY_IAM",
)  # fmt: skip


def main() -> None:
    """Start the engine; measure with it where a provider's artifact is given."""
    calls: list[str] = []
    with mock.patch.object(FunctionsService, "app", _counting(calls)), Engine() as engine:
        engine.client("lambda").list_functions()
        print(flush=True)  # noqa: T201 - it answers
        if len(sys.argv) > 1:
            found = _measured(engine, calls, Path(sys.argv[1]), int(sys.argv[2]))
            sys.stdout.write(json.dumps(found))


def _measured(engine: Engine, calls: list[str], provider: Path, turns: int) -> dict[str, Any]:
    """Update a stack each way, in turn; the first time makes it, and does not count."""
    times: dict[str, list[float]] = defaultdict(list)
    counts: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        account = Account(engine, _artifacts(provider, directory))
        sam = Sam(engine.environment(), directory, directory)
        for release in range(1, turns + 2):
            for name, declare in (("promotion", _promoted), ("native", _native)):
                calls.clear()
                times[name].append(_timed(partial(_update, account, name, declare(release))))
                counts[name] = Counter(each for each in calls if _is_counted(each))
            (directory / "template.json").write_text(json.dumps(_promoted(release)), "utf-8")
            times["sam"].append(_timed(partial(sam.run, *_DEPLOY)))
            times["sam_alone"].append(_timed(partial(sam.run, "deploy", "--help")))
    return {
        "imports": _IMPORTED_IN,
        **{name: median(each[1:]) for name, each in times.items()},
        **{f"{name}_calls": each for name, each in counts.items()},
    }


def _is_counted(call: str) -> bool:
    return call not in BESIDE and "Invoke" not in call


def _timed(do: Callable[[], object]) -> float:
    began = time.monotonic()
    do()
    return time.monotonic() - began


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


def _update(account: Account, name: str, declared: dict[str, Any]) -> None:
    status = account.deploy(f"orders-{name}", declared)["StackStatus"]
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise RuntimeError(f"{name}: {status}")


if __name__ == "__main__":
    main()
