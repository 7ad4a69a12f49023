"""The documents, as blocks of code under headings."""

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(
    r"(?:^<!-- (?P<mark>[^>]+) -->\n)?"
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_SAVED_AS = re.compile(r"Save as `([^`]+)`:\n+$")


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Attributes:
        page: the document, from the root of the repository.
        line: where it begins.
        language: what its fence says.
        text: what stands in it.
        mark: what the comment directly above it says, or nothing.
        heading: the heading above it.
        file: the name that the reader saves it as, or nothing.
    """

    page: str
    line: int
    language: str
    text: str
    mark: str
    heading: str
    file: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def documents() -> list[Path]:
    """List every document."""
    return sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def blocks_of(path: Path) -> list[Block]:
    """Read the blocks of a document, in order."""
    text = path.read_text("utf-8")
    return [
        Block(
            page=str(path.relative_to(ROOT)),
            line=text.count("\n", 0, found.start("language")) + 1,
            language=found["language"],
            text=dedent(found["text"]),
            mark=found["mark"] or "",
            heading=_last(re.findall(r"^#+ (.*)$", text[: found.start()], re.MULTILINE)),
            file=_last(_SAVED_AS.findall(text[: found.start()])),
        )
        for found in _FENCE.finditer(text)
    ]


def blocks(*languages: str) -> list[Block]:
    """Give every document's blocks in these languages."""
    return [
        block for path in documents() for block in blocks_of(path) if block.language in languages
    ]


def _last(found: list[str]) -> str:
    return found[-1] if found else ""
