"""The tutorial is done as it stands: its files saved, its commands typed, its outputs compared."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.engine import Engine
from tests.documents.pages import ROOT, blocks_of
from tests.documents.shell import Shell

pytestmark = pytest.mark.thorough

CHECKOUT = (
    "template.yaml", "samconfig.toml", "README.md", "LICENSE", "Makefile", "handler", "macro",
    "requirements",
)  # fmt: skip


class Reader:
    """Does what a page says, in a checkout, block by block."""

    def __init__(self, shell: Shell, directory: Path, exported: dict[str, str]) -> None:
        self._shell = shell
        self._exported = exported
        self.directory = directory
        self.output = ""

    def save(self, name: str, text: str) -> None:
        (self.directory / name).write_text(text)

    def type_in(self, lines: str, *, fails: bool) -> None:
        """Run lines; the directory they end in is where the next ones begin."""
        end = self.directory.parent / "directory"
        script = f"trap 'pwd > \"{end}\"' EXIT\n{lines}"
        code, self.output = self._shell.run(script, self.directory, self._exported)
        assert (code != 0) == fails, f"{lines}\n{self.output}"
        self.directory = Path(end.read_text().strip())

    def sees(self, text: str) -> None:
        """Compare, in order, but for the spaces that `sam` puts between columns."""
        shown = iter(self.output.splitlines())
        for line in text.splitlines():
            words = " ".join(line.split())
            assert any(words in " ".join(each.split()) for each in shown), (line, self.output)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in CHECKOUT:
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, checkout / name)
    with Engine() as engine, Shell(tmp_path) as shell:
        yield Reader(shell, checkout, engine.environment())
        assert engine.client("lambda").list_functions()["Functions"] == []


def test_the_tutorial_does_what_it_says(reader: Reader) -> None:
    for block in blocks_of(ROOT / "docs" / "tutorial.md"):
        if block.file:
            reader.save(block.file, block.text)
        elif block.language == "text":
            reader.sees(block.text)
        elif block.mark != "the other terminal":
            assert block.language == "sh", block
            reader.type_in(block.text, fails=block.mark == "fails")
