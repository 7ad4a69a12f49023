"""What a new version must pass before it gets traffic."""

import json
from collections.abc import Iterator
from typing import Any, TypeVar

from handler.aws import Aws
from handler.capacity import PROPERTY as CAPACITY
from handler.capacity import Provisioned
from handler.errors import NotStabilized
from handler.invocations import Reply
from handler.move import Move
from handler.pace import Pace
from handler.plan import RestoreVersion
from handler.progress import PRE_TRAFFIC, SMOKE_TEST
from handler.smoke_test import SmokeTest, contains
from handler.together import AT_ONCE, together

T = TypeVar("T")

HOOKS = "DeploymentPreference.Hooks"
HOOK_TIMEOUT = 600
"""Seconds that a hook may take."""

_SHOWN = 300
"""Characters of an answer that an error shows."""


class Gates:
    """The tests of one release."""

    def __init__(self, aws: Aws, pace: Pace) -> None:
        self._aws = aws
        self._pace = pace

    def pass_all(self, moves: list[Move]) -> None:
        """Test the version of every move.

        Raises:
            GoesOn: another invocation has to go on.
            NotStabilized: a version did not pass; the message shows what it answered.
            PromotionError: a test could not be made.
        """
        tests = [(move, move.plan.tests) for move in moves if move.plan.tests]
        self._smoke([(move, each.smoke_test) for move, each in tests if each.smoke_test])
        self._provision([each for each in moves if _needs_capacity(each)])
        self.ask([move for move, each in tests if each.pre_traffic], PRE_TRAFFIC)

    def _smoke(self, tests: list[tuple[Move, SmokeTest]]) -> None:
        left = [pair for pair in tests if not self._has_passed(SMOKE_TEST, pair[0])]
        for some in _at_once(left):
            self._pace.need(self._pace.at_most(max(test.timeout for _, test in some)))
            together(lambda pair: self._smoke_one(*pair), some)
            self._note(SMOKE_TEST, [move for move, _ in some])

    def _smoke_one(self, move: Move, test: SmokeTest) -> None:
        name = move.alias.function_name
        timeout = self._timeout(test.timeout)
        reply = self._aws.invoke(name, move.number, test.payload, timeout, "SmokeTest")
        subject = f"SmokeTest: version {move.number} of {name}"
        if reply.timed_out:
            raise NotStabilized(f"{subject} did not answer within {timeout} seconds")
        if reply.failed:
            raise NotStabilized(f"{subject} ended with an error: {_cut(reply.text)}")
        if test.expects and not contains(_parsed(reply.text), test.expected):
            raise NotStabilized(
                f"{subject} answered {_cut(reply.text)}, which does not contain "
                f"{_cut(json.dumps(test.expected))}"
            )

    def ask(self, moves: list[Move], hook: str) -> None:
        """Ask a hook about each move.

        Raises:
            GoesOn: another invocation has to go on.
            NotStabilized: the hook ended with an error, or said Failed.
            PromotionError: it could not be asked.
        """
        left = [move for move in moves if not self._has_passed(hook, move)]
        for some in _at_once(left):
            self._pace.need(self._pace.at_most(HOOK_TIMEOUT))
            together(lambda move: self._ask_one(move, hook), some)
            self._note(hook, some)

    def _has_passed(self, test: str, move: Move) -> bool:
        return (test, move.alias.function_name) in self._pace.passed

    def _note(self, test: str, moves: list[Move]) -> None:
        self._pace.passed += [(test, move.alias.function_name) for move in moves]

    def _timeout(self, wanted: int) -> int:
        return max(1, int(min(wanted, self._pace.spare)))

    def _ask_one(self, move: Move, hook: str) -> None:
        named = f"{HOOKS}.{hook}"
        payload = {
            "Hook": hook,
            "FunctionName": move.alias.function_name,
            "AliasName": move.alias.alias_name,
            "CurrentVersion": move.serves,
            "TargetVersion": move.number,
            "Release": move.request.desired.release,
        }
        timeout = self._timeout(HOOK_TIMEOUT)
        preference = move.request.desired.preference
        name = preference.pre_traffic if hook == PRE_TRAFFIC else preference.post_traffic
        reply = self._aws.invoke(name, None, json.dumps(payload), timeout, named)
        if reply.timed_out:
            raise NotStabilized(f"{named}: {name} did not answer within {timeout} seconds")
        if problem := _refusal(reply):
            raise NotStabilized(f"{named}: {name} {problem}")

    def _provision(self, moves: list[Move]) -> None:
        while moves:
            ready = together(self._is_provisioned, moves)
            moves = [move for move, done in zip(moves, ready, strict=True) if not done]
            if moves:
                self._pace.wait()

    def _is_provisioned(self, move: Move) -> bool:
        name, wanted = move.alias.function_name, move.plan.capacity or 0
        found = self._aws.get_provisioned_concurrency(name, move.target)
        if found and found.requested == wanted and not _is_new_failure(move, found):
            if found.status == "FAILED":
                raise NotStabilized(
                    f"{CAPACITY}: version {move.target} of {name} got none "
                    f"({found.reason or 'no reason given'}); mend the function, then release again"
                )
            return found.status == "READY"
        self._pace.confirm()
        move.announce()
        move.provisioned = True
        self._aws.put_provisioned_concurrency(name, move.target, wanted)
        return False


def _at_once(items: list[T]) -> Iterator[list[T]]:
    """Give as many at a time as are done together, so that time is asked for before each."""
    for begin in range(0, len(items), AT_ONCE):
        yield items[begin : begin + AT_ONCE]


def _is_new_failure(move: Move, found: Provisioned) -> bool:
    # What failed before this request is tried once more.
    return found.status == "FAILED" and not move.provisioned


def _needs_capacity(move: Move) -> bool:
    # What a rollback restores gets it afterwards.
    restores = move.goes_back or isinstance(move.plan.version, RestoreVersion)
    return move.plan.capacity is not None and not restores


def _refusal(reply: Reply) -> str:
    if reply.failed:
        return f"ended with an error: {_cut(reply.text)}"
    answer = _parsed(reply.text)
    status = answer.get("status", answer.get("Status")) if isinstance(answer, dict) else None
    if str(status).lower() != "failed":
        return ""
    return f"said Failed: {_cut(str(answer.get('reason', 'no reason given')))}"


def _parsed(text: str) -> Any:
    try:
        return json.loads(text or "null")
    except ValueError:
        return text


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
