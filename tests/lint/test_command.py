"""The commands that docs/lint/README.md gives, as they stand there."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml

from tests.lint.linting import FOLDER, ROOT, TEMPLATES, marked

README = (ROOT / "docs" / "lint" / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)
BAD = TEMPLATES / "I9507" / "bad" / "plain.yaml"


def documented(kind: str, word: str) -> str:
    """Give the block of a kind of code that has a word."""
    return next(str(code) for name, code in BLOCKS if name == kind and word in code)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of a user, with a template and with a checkout beside it."""
    folder = tmp_path_factory.mktemp("user") / "project"
    folder.mkdir()
    shutil.copy(BAD, folder / "template.yaml")
    checkout = folder.parent / "lambda-alias-promotion"
    for part in (FOLDER, ROOT / "handler"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(part, checkout / part.name, symlinks=True, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", checkout)
    return folder


@pytest.fixture(scope="module")
def installed(elsewhere: Path) -> Path:
    """Give a folder with what pip would install from the checkout."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check",
         "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", elsewhere.parent,
         elsewhere.parent / "lambda-alias-promotion"],
        check=True,
    )  # fmt: skip
    (wheel,) = elsewhere.parent.glob("*.whl")
    target = elsewhere.parent / "site-packages"
    zipfile.ZipFile(wheel).extractall(target)
    return target


def run(command: list[str], where: Path, packages: Path | None = None) -> list[tuple[str, int]]:
    """Run cfn-lint as a person does, and give the rules and lines that it prints."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(where)}
    if packages:
        environment["PYTHONPATH"] = str(packages)
    done = subprocess.run(
        [*command, "--format", "parseable"],
        cwd=where, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    found = [line.split(":") for line in done.stdout.splitlines() if line]
    return sorted((parts[5], int(parts[1])) for parts in found)


EXPECTED = [(each.rule, each.line) for each in marked(BAD.read_text("utf-8"))]


def test_the_rules_run_from_the_folder_of_a_checkout(elsewhere: Path) -> None:
    command = documented("sh", "../lambda-alias-promotion/").split()
    assert run([*command, "--include-checks", "I9507"], elsewhere) == EXPECTED


def test_the_rules_run_from_an_installed_package(elsewhere: Path, installed: Path) -> None:
    assert {each.name for each in installed.iterdir() if "dist-info" not in each.name} == {
        "lambda_alias_promotion_rules"
    }
    command = documented("sh", "rules lambda_alias_promotion_rules").split()
    assert run([*command, "--include-checks", "I9507"], elsewhere, installed) == EXPECTED


def test_the_rules_run_by_cfnlintrc_and_as_pre_commit_calls_them(
    elsewhere: Path, installed: Path
) -> None:
    rc = elsewhere / ".cfnlintrc"
    rc.write_text(documented("yaml", "append_rules:"))
    try:
        assert run(["cfn-lint", "template.yaml"], elsewhere, installed) == EXPECTED
    finally:
        rc.unlink()
    (hook,) = yaml.safe_load(documented("yaml", "repos:"))["repos"][0]["hooks"]
    command = ["cfn-lint", *hook["args"], "template.yaml", "--include-checks", "I9507"]
    assert re.search(hook["files"], "template.yaml")
    assert run(command, elsewhere, installed) == EXPECTED
