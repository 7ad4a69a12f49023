"""The parts of a release on an account in memory, each as a test needs it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from handler.course import Course
from handler.deadline import Deadline
from handler.model import Previous, PromoteRequest, Promotion
from handler.move import Move
from handler.observed import AliasState
from handler.observer import Observer, Origin
from handler.pace import Pace
from handler.preference import Preference
from handler.progress import NOTHING_DONE, Progress
from handler.signature import Signature
from handler.writer import Writer
from tests.fakes import FakeAws
from tests.unit.conftest import PROD

STACK = "arn:aws:cloudformation:eu-west-1:111122223333:stack/orders/6c1f"
US, THEM = "00000001", "00000002"
A, B, C = "aaaaaaaa", "bbbbbbbb", "cccccccc"
LINEAR = Preference("Linear25PercentEvery10Minutes")
BEFORE = AliasState("1", f"Orders [alias-promotion owner={US} 1@{A}]")


def keep_silent(_what: str, _facts: Mapping[str, Any]) -> None:
    """Take the place of the log."""


class ReleaseWorld:
    """Function `orders` with versions 1 to 3; its alias prod serves 1 by release A.

    Attributes:
        aws: the account.
        observer: of a stack that is updated, whose Update was sent just now.
    """

    def __init__(self, valid_for: timedelta = timedelta(hours=1)) -> None:
        self.aws = FakeAws()
        for code in ("code-1", "code-2", "code-3"):
            self.aws.deploy("orders", code)
            self.aws.publish_version("orders", "", None)
        self.aws.stack = replace(self.aws.stack, status="UPDATE_IN_PROGRESS")
        origin = Origin(STACK, "Prod", Signature(datetime.now(UTC), valid_for))
        self.observer = Observer(self.aws, origin, keep_silent)
        self.point(BEFORE)

    def point(self, state: AliasState) -> None:
        """Change prod behind the provider's back."""
        self.aws.point("orders", "prod", state)

    def change(self, **parts: Any) -> None:
        """Change some of prod behind the provider's back."""
        self.point(replace(self.prod, **parts))

    @property
    def prod(self) -> AliasState:
        """The alias, without its RevisionId."""
        found = self.aws.functions["orders"].aliases["prod"]
        return replace(found, revision_id="")

    def move(self, *, old: str = A, progress: Progress = NOTHING_DONE, **settings: Any) -> Move:
        """An Update to release B, looked at and decided."""
        made = self.new_move(old=old, progress=progress, **settings)
        made.take(self.observer.observe([(made.alias, made.request)])[0])
        made.decide()
        return made

    def new_move(self, *, old: str = A, progress: Progress = NOTHING_DONE, **settings: Any) -> Move:
        """An Update to release B that has looked at nothing yet."""
        desired = Promotion(PROD, US, B, **settings)
        request = PromoteRequest(desired, Previous(old, PROD), PROD.arn, progress=progress)
        return Move(self.aws, Writer(self.aws, self.observer, keep_silent), keep_silent, request)

    def pace(self, *, remaining: float = 300.0, moves: int = 1) -> Pace:
        """The time of an invocation of which so many seconds remain."""
        at = self.aws.now().timestamp() + remaining
        self.aws.deadline = Deadline(at, lambda: self.aws.now().timestamp())
        made = [self.new_move() for _ in range(moves)]
        return Pace(self.aws, self.observer, Course(self.observer), made)
