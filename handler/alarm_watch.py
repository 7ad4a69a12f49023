"""Looks at the alarms of a release."""

from handler.alarms import PROPERTY
from handler.aws import Aws
from handler.errors import InvalidRequest, NotStabilized, PromotionError
from handler.pace import Pace
from handler.plan import Watch

RINGS = "ALARM"


class AlarmWatch:
    """The alarms of one release; what rings and is ignored is told in the answer."""

    def __init__(self, aws: Aws, watch: Watch, pace: Pace) -> None:
        self._aws = aws
        self._watch = watch
        self._pace = pace

    def begin(self) -> None:
        """See that nothing rings before anything moves.

        Raises:
            InvalidRequest: there is no such alarm.
            NotStabilized: one is in ALARM.
            PromotionError: the alarms can't be read.
        """
        try:
            states = self._states()
        except PromotionError:
            if not self._watch.ignore_alarms:
                raise
            self._pace.told = "IgnoreAlarms: the alarms could not be read"
            return
        missing = [name for name in self._watch.alarms if name not in states]
        if missing and not self._watch.ignore_alarms:
            raise InvalidRequest(
                f"{PROPERTY}: found no alarm {', '.join(missing)}; create it first, or correct the "
                "name"
            )
        ringing = _ringing(states)
        self._obey(
            ringing,
            f"{PROPERTY}: {ringing} is in ALARM, so nothing was moved; release when it is OK, or "
            "set IgnoreAlarms to true",
        )

    def look(self) -> None:
        """See that nothing rings now.

        Raises:
            NotStabilized: an alarm is in ALARM, is gone, or can't be read.
        """
        if not self._watch.alarms:
            return
        try:
            states = self._states()
        except PromotionError as error:
            # Whoever can't be asked is taken for one that rings.
            self._obey("?", f"{error.args[0]}; nobody can tell how the release does")
            return
        gone = ", ".join(name for name in self._watch.alarms if name not in states)
        self._obey(gone, f"{PROPERTY}: {gone} is gone; nobody can tell how the release does")
        ringing = _ringing(states)
        self._obey(ringing, f"{PROPERTY}: {ringing} went to ALARM while the release got traffic")

    def _states(self) -> dict[str, str]:
        return dict(self._aws.describe_alarms(self._watch.alarms)) if self._watch.alarms else {}

    def _obey(self, what: str, problem: str) -> None:
        if not what:
            return
        if not self._watch.ignore_alarms:
            raise NotStabilized(problem)
        self._pace.told = f"IgnoreAlarms: {problem.removeprefix(PROPERTY + ': ')}"


def _ringing(states: dict[str, str]) -> str:
    return ", ".join(sorted(name for name, state in states.items() if state == RINGS))
