"""A copy of an example, edited as its developer would."""

import shutil
from pathlib import Path


class Source:
    """A template and the code beside it.

    Args:
        example: the directory to copy.
        directory: where the copy goes.

    Attributes:
        template: the copy's template.
    """

    def __init__(self, example: Path, directory: Path) -> None:
        shutil.copytree(example, directory)
        self.template = directory / "template.yaml"
        self._code = directory / "src" / "app.py"

    def write_release(self, number: int) -> None:
        """Change the release that the code tells."""
        self.change_code(f'RELEASE = "{number - 1}"', f'RELEASE = "{number}"')

    def change_code(self, old: str, new: str) -> None:
        """Replace something in the code."""
        _replace(self._code, old, new)

    def change_template(self, old: str, new: str) -> None:
        """Replace something in the template."""
        _replace(self.template, old, new)


def _replace(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    if old not in text:
        raise ValueError(f"{file.name} does not contain {old!r}")
    file.write_text(text.replace(old, new), "utf-8")
