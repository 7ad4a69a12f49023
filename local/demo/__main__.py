"""`make demo`: ends non-zero if anything that it shows is off."""

import sys
import tempfile
from pathlib import Path

from local.demo.screen import Off, Screen
from local.demo.story import Story
from local.engine import Engine
from local.settings import Settings

_SETTINGS = Settings(minute=1.0)
"""A step of a shift lasts for a second: nobody wants to watch it for minutes."""


def main() -> int:
    """Tell the story; nothing is left running, also after Ctrl-C."""
    screen = Screen()
    try:
        with tempfile.TemporaryDirectory() as directory, Engine(_SETTINGS) as engine:
            Story(engine, Path(directory).resolve(), screen).tell()
    except Off as off:
        screen.failure(str(off))
        return 1
    except KeyboardInterrupt:
        screen.interrupted()
        return 130
    screen.say("\n  Nothing was sent to AWS, and nothing is left running.")
    return 0


sys.exit(main())
