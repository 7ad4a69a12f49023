"""The terminal, or the file, that the engine and the demo write to."""

import io
import sys


def take_any_text() -> None:
    """Let stdout escape what its encoding has no character for: an error would end everything."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
