"""Waits of a release that takes its time: the stack is asked on the way, and time is kept."""

from collections.abc import Callable, Sequence

from handler.aws import Aws
from handler.course import Course
from handler.deadline import CLOUDFORMATION_MARGIN
from handler.errors import ServiceTimeout
from handler.limiter import CONTROL_PLANE
from handler.move import Move
from handler.observer import Observer
from handler.preference import look_every
from handler.progress import Progress

_RESERVE = 5.0
"""Seconds kept for putting one alias back."""

_FRESH = 0.9
"""Share of an invocation's time above which the next one would have no more."""


class GoesOn(Exception):
    """This invocation has too little time left: the next one goes on.

    Attributes:
        progress: what the next one needs to know.
    """

    def __init__(self, progress: Progress) -> None:
        super().__init__("another invocation goes on")
        self.progress = progress


class Pace:
    """The time of one invocation.

    Attributes:
        moves: the aliases that move together.
        passed: the tests that were passed, each with its function.
        stepped_at: when the traffic was last moved, in seconds since the epoch; None before.
        told: what stands in the answer though all went well.
    """

    def __init__(self, aws: Aws, observer: Observer, course: Course, moves: Sequence[Move]) -> None:
        before = moves[0].request.progress
        self.moves = moves
        self.passed = list(before.passed)
        self.stepped_at = before.stepped_at
        self.told = before.told
        self._aws = aws
        self._observer = observer
        self._course = course
        self._began_with = aws.remaining

    @property
    def now(self) -> float:
        """Seconds since the epoch."""
        return self._aws.now().timestamp()

    @property
    def look_every(self) -> float:
        """Seconds between two looks: sooner where many aliases would have to be put back."""
        usual = look_every().total_seconds()
        return max(usual / 5, usual - self._time_to_put_back)

    @property
    def _time_to_put_back(self) -> float:
        return len(self.moves) / CONTROL_PLANE

    def confirm(self) -> None:
        """See that the stack has not turned, where the last look is old.

        Raises:
            Overtaken: the stack could not be read before, and can be now.
            ResourceConflict: it has.
        """
        self._course.confirm(self.moves[0].alias)

    def stepped(self) -> None:
        """Note that the traffic was moved just now."""
        self.stepped_at = self.now

    def hold(self, seconds: float, look: Callable[[], None]) -> None:
        """Wait until some time after the last step, looking all the while.

        Args:
            seconds: after the last step.
            look: raises what ends the release.

        Raises:
            GoesOn: another invocation has to go on.
            PromotionError: what `look` found, the stack has turned, or the time is used up.
        """
        if self.stepped_at is None:
            # Resumed: nobody knows since when. The next invocation must not begin anew.
            self.stepped()
        until = (self.stepped_at or 0) + seconds
        while True:
            self._course.go_on(self.moves[0].alias)
            look()
            left = until - self.now
            if left <= 0:
                return
            wait = min(left, self.look_every)
            self.need(wait)
            self._aws.sleep(wait)

    def wait(self) -> None:
        """Wait until the next look.

        Raises:
            GoesOn: another invocation has to go on.
            PromotionError: the stack has turned, or the time is used up.
        """
        self._course.go_on(self.moves[0].alias)
        self.need(self.look_every)
        self._aws.sleep(self.look_every)

    def need(self, seconds: float) -> None:
        """See that this invocation has so much time left, and enough to put everything back.

        Raises:
            GoesOn: the next one would have more.
            ServiceTimeout: CloudFormation waits no longer.
        """
        if self.spare >= seconds:
            return
        is_fresh = self._aws.remaining > _FRESH * self._began_with
        if self._is_last or (is_fresh and self.spare <= 0):
            raise ServiceTimeout(
                "DeploymentPreference: the time for this request is used up before the release was "
                "settled; see the provider's log for what took so long, then release again"
            )
        if not is_fresh:
            raise GoesOn(self._progress())

    @property
    def time_left(self) -> float | None:
        """Seconds until CloudFormation waits no longer; None where it is not known."""
        return self._observer.time_left

    def at_most(self, seconds: float) -> float:
        """Give so many seconds, or as many as CloudFormation leaves."""
        total = self._observer.time_left
        kept = CLOUDFORMATION_MARGIN + _RESERVE + self._time_to_put_back + 1
        return seconds if total is None else min(seconds, max(1.0, total - kept))

    @property
    def spare(self) -> float:
        """Seconds that this invocation has left, beside those for putting everything back."""
        return self._aws.remaining - _RESERVE - self._time_to_put_back

    @property
    def _is_last(self) -> bool:
        total = self._observer.time_left
        return total is not None and total - CLOUDFORMATION_MARGIN <= self._aws.remaining + 1

    def _progress(self) -> Progress:
        versions = tuple((each.alias.function_name, each.number) for each in self.moves)
        known = tuple((name, number) for name, number in versions if number)
        provisioned = tuple(each.alias.function_name for each in self.moves if each.provisioned)
        return Progress(known, tuple(self.passed), self.stepped_at, self.told, provisioned)
