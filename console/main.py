"""The commands, and what their end says."""

from collections.abc import Callable, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from console.arguments import parsed
from console.plan import plan
from console.problem import Problem, in_words
from console.rollback import WRITES, rollback
from console.screen import Screen
from console.session import Session
from console.status import status
from handler.errors import PromotionError

_FAILED = 1
_INTERRUPTED = 130

_COMMANDS: dict[str, Callable[..., int]] = {"status": status, "plan": plan, "rollback": rollback}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code: 0 done, 1 failed; argparse ends with 2."""
    given = parsed(arguments)
    screen = Screen()
    writes = WRITES if given.command == "rollback" else ()
    try:
        session = Session(given.profile, given.region, writes)
        return _COMMANDS[given.command](given, session, screen)
    except (Problem, PromotionError, ClientError, BotoCoreError) as error:
        screen.problem(in_words(error))
        return _FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
