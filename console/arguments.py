"""What can be typed."""

import argparse
from collections.abc import Sequence

DESCRIPTION = "Where Lambda aliases stand, what a deploy would do, and the way back by hand."
EXIT_CODES = "Exit codes: 0 done; 1 it failed, or a deploy would; 2 the command is not understood."


def parser() -> argparse.ArgumentParser:
    """Make the parser of `python -m handler`."""
    made = argparse.ArgumentParser(
        prog="python -m handler", description=DESCRIPTION, epilog=EXIT_CODES
    )
    account = argparse.ArgumentParser(add_help=False)
    account.add_argument("--profile", help="of your AWS configuration")
    account.add_argument("--region", help="where the functions are")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")

    status = commands.add_parser("status", parents=[account], help="where the aliases stand")
    status.add_argument("functions", nargs="+", metavar="FUNCTION", help="name or ARN")
    status.add_argument("--json", action="store_true", help="the same as JSON")
    status.add_argument(
        "--no-stacks", action="store_true", help="do not ask CloudFormation for the owners"
    )

    plan = commands.add_parser("plan", parents=[account], help="what a deploy would do; reads only")
    plan.add_argument(
        "file", metavar="TEMPLATE-OR-EVENT", help="a template, or a request of CloudFormation"
    )
    plan.add_argument("--stack", help="the stack that the template updates, or would create")
    plan.add_argument(
        "--parameter", action="append", default=[], type=_pair, metavar="NAME=VALUE",
        dest="parameters", help="as in the deploy; else what the stack has, or the default",
    )  # fmt: skip

    rollback = commands.add_parser(
        "rollback", parents=[account], help="move an alias one step back, by hand"
    )
    rollback.add_argument("function", metavar="FUNCTION", help="name or ARN")
    rollback.add_argument("alias", metavar="ALIAS")
    rollback.add_argument("--yes", action="store_true", help="do not ask")
    return made


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the arguments; ends the process with 2 if they make no sense."""
    return parser().parse_args(arguments)


def _pair(text: str) -> tuple[str, str]:
    name, found, value = text.partition("=")
    if not found or not name:
        raise argparse.ArgumentTypeError(f"found {text!r}, expected NAME=VALUE")
    return name, value
