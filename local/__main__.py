"""`make local`: the engine in the foreground, until Ctrl-C."""

import argparse
import math
import signal
from dataclasses import replace
from queue import SimpleQueue
from shlex import quote

from rich.console import Console

from local.engine import Engine
from local.settings import Settings
from local.terminal import take_any_text


class End:
    """Ctrl-C, SIGTERM, or a closed terminal; a second one changes nothing: all ends in order."""

    def __init__(self) -> None:
        # A handler may run within a `put`, which an Event's lock would not survive.
        self._numbers: SimpleQueue[int] = SimpleQueue()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # What a script starts with `&` has to ignore Ctrl-C.
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._take)

    def wait(self) -> None:
        """Wait for it."""
        self._numbers.get()

    def _take(self, number: int, _frame: object) -> None:
        self._numbers.put(number)


def main() -> None:
    """Print what to export, then serve."""
    given = _arguments()
    take_any_text()
    console = Console(highlight=False)
    end = End()

    def tell(function_name: str, line: str) -> None:
        console.out(f"{function_name}: {line.rstrip()}", highlight=False)

    settings = replace(Settings(), minute=given.minute)
    with Engine(settings, given.port, tell) as engine:
        _introduce(engine, console)
        end.wait()
    console.print("The engine has stopped.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="a free one if left out")
    parser.add_argument(
        "--minute", type=float, default=Settings.minute, metavar="SECONDS",
        help="seconds that a minute of a DeploymentPreference takes, 60 if left out",
    )  # fmt: skip
    given = parser.parse_args()
    if not 0 < given.minute < math.inf:
        parser.error("argument --minute: give a number of seconds above 0")
    return given


def _introduce(engine: Engine, console: Console) -> None:
    console.print("[bold]The engine is running.[/bold] In another terminal:\n")
    for name, value in engine.environment().items():
        console.out(f"export {name}={quote(value)}", highlight=False)
    console.print("\nThen use sam, aws or boto3 as ever. Ctrl-C ends it, and all that is in it.")


if __name__ == "__main__":
    main()
