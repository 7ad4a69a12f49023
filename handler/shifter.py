"""Sends the traffic of all aliases of a release over in the same steps, and settles it."""

from collections.abc import Callable
from functools import partial

from handler.alarm_watch import AlarmWatch
from handler.aws import Aws
from handler.errors import Overtaken
from handler.gates import Gates
from handler.move import Move
from handler.pace import Pace
from handler.plan import CreateAlias, DescribeAlias, Shift, Watch
from handler.preference import minute
from handler.progress import POST_TRAFFIC
from handler.shift import check_time
from handler.together import together


class Shifter:
    """The steps of one release."""

    def __init__(self, aws: Aws, pace: Pace, gates: Gates) -> None:
        self._aws = aws
        self._pace = pace
        self._gates = gates
        self._alarms = AlarmWatch(aws, Watch(), pace)
        self._reached = 0

    def watch(self, moves: list[Move]) -> None:
        """Watch the alarms from now on; none may ring before anything moves.

        Raises:
            PromotionError: one does, is not there, or can't be read.
        """
        watches = [each.plan.watch for each in moves if each.plan.watch]
        if watches:
            self._alarms = AlarmWatch(self._aws, watches[0], self._pace)
        if any(each.releases and not _is_under_way(each) for each in moves if each.plan.watch):
            self._alarms.begin()

    def begin(self, moves: list[Move]) -> None:
        """Make the first write of each alias.

        Raises:
            Overtaken: somebody else has changed an alias.
            PromotionError: AWS refused.
        """
        self._reached = max(_reached(each.plan.shift) for each in self._pace.moves)
        for each in moves:
            if each.plan.shift and each.plan.shift.stands is None:
                check_time(each.request.desired.preference, self._pace.time_left)
        begun = [each for each in moves if not self._has_begun(each)]
        if begun:
            together(self._first, begun)
            self._pace.stepped()

    def go_on(self) -> None:
        """Move what shifts, step by step, until everything is settled.

        Raises:
            GoesOn: another invocation has to go on.
            PromotionError: the release has failed; the aliases are to be put back.
        """
        shifting = [each for each in self._pace.moves if each.plan.shift]
        if shifting:
            self._shift(shifting)
        watched = [each for each in self._pace.moves if each.plan.watch]
        if watched:
            self._settle(watched)

    def _shift(self, moves: list[Move]) -> None:
        shifts = [each.plan.shift for each in moves if each.plan.shift]
        interval = max(shift.interval for shift in shifts)
        for percent in sorted({percent for shift in shifts for percent in shift.percents}):
            if percent > self._reached:
                self._hold(interval)
                self._write(moves, partial(Move.step, percent=percent))
                self._pace.stepped()
        self._hold(interval)
        self._write(moves, Move.write)
        self._pace.stepped()

    def _settle(self, moves: list[Move]) -> None:
        self._hold(max(each.plan.watch.interval for each in moves if each.plan.watch))
        self._gates.ask(
            [each for each in moves if each.plan.watch and each.plan.watch.post_traffic],
            POST_TRAFFIC,
        )
        self._hold(0)
        self._write(moves, Move.settle)

    def _hold(self, minutes: int) -> None:
        self._pace.hold(minutes * minute().total_seconds(), self._alarms.look)

    @staticmethod
    def _write(moves: list[Move], write: Callable[[Move], None]) -> None:
        def once_more(move: Move) -> None:
            try:
                write(move)
            except Overtaken:
                move.look_again()
                write(move)

        together(once_more, moves)

    def _has_begun(self, move: Move) -> bool:
        if move.plan.shift:
            return move.plan.shift.stands == self._reached
        # All traffic went over in an earlier delivery: the release is only to be settled.
        return bool(move.plan.watch) and isinstance(move.plan.alias, DescribeAlias)

    def _first(self, move: Move) -> None:
        if move.plan.shift:
            move.step(self._reached)
        else:
            if isinstance(move.plan.alias, CreateAlias):
                # It has no precondition, and of many it may come late.
                self._pace.confirm()
            move.write()


def _is_under_way(move: Move) -> bool:
    return bool(move.plan.shift and move.plan.shift.stands is not None)


def _reached(shift: Shift | None) -> int:
    if not shift:
        return 0
    return shift.percents[0] if shift.stands is None else shift.stands
