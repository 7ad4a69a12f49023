"""`make local`: the engine in the foreground, until Ctrl-C."""

import argparse
import threading

from rich.console import Console

from local.engine import Engine


def main() -> None:
    """Print what to export, then serve."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="a free one if left out")
    console = Console(highlight=False)

    def tell(function_name: str, line: str) -> None:
        console.print(f"{function_name}: {line.rstrip()}", markup=False)

    with Engine(port=parser.parse_args().port, tell=tell) as engine:
        console.print("[bold]The engine is running.[/bold] In another terminal:\n")
        for name, value in engine.environment().items():
            console.print(f"export {name}={value}")
        console.print(
            "\nThen use sam, aws or boto3 as ever. Ctrl-C ends it, and all that is in it."
        )
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            console.print("The engine has stopped.")


if __name__ == "__main__":
    main()
