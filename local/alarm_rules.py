"""The AlarmRule of a composite alarm: which alarms it names, and whether it holds.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

States = Mapping[str, str]
"""StateValue by alarm name."""
Holds = Callable[[States], bool]

_FUNCTION = re.compile(r'(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:"([^"]+)"|([^()"\s]+))\s*\)')
_TOKEN = re.compile(rf"\s*({_FUNCTION.pattern}|[()]|\b(?:AND|OR|NOT|TRUE|FALSE)\b)\s*")


@dataclass(frozen=True)
class AlarmRule:
    """A parsed rule.

    Attributes:
        names: the alarms in it, by name also where the rule has an ARN.
        holds: tells whether it is true of these states.
    """

    names: frozenset[str]
    holds: Holds


def parse(text: str) -> AlarmRule:
    """Read a rule; NOT binds tighter than AND, and AND tighter than OR.

    Raises:
        ValueError: it is none.
    """
    reader = _Reader(text)
    holds = reader.either()
    if reader.tokens:
        raise ValueError(f"unexpected {reader.tokens[0]}")
    return AlarmRule(frozenset(reader.names), holds)


class _Reader:
    """Reads a rule from left to right."""

    def __init__(self, text: str) -> None:
        self.names: set[str] = set()
        self.tokens: deque[str] = deque()
        place = 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if not found:
                raise ValueError(f"unexpected {text[place:]}")
            self.tokens.append(found[1])
            place = found.end()

    def either(self) -> Holds:
        """Read terms between ORs."""
        terms = [self._both()]
        while self._take("OR"):
            terms.append(self._both())
        return lambda states: any(term(states) for term in terms)

    def _both(self) -> Holds:
        terms = [self._one()]
        while self._take("AND"):
            terms.append(self._one())
        return lambda states: all(term(states) for term in terms)

    def _one(self) -> Holds:
        if self._take("NOT"):
            inner = self._one()
            return lambda states: not inner(states)
        if self._take("("):
            inner = self.either()
            if not self._take(")"):
                raise ValueError("a parenthesis is not closed")
            return inner
        return self._value(self.tokens.popleft() if self.tokens else "the end")

    def _value(self, token: str) -> Holds:
        if token in ("TRUE", "FALSE"):
            return lambda _states: token == "TRUE"
        found = _FUNCTION.fullmatch(token)
        if not found:
            raise ValueError(f"unexpected {token}")
        state, name = found[1], (found[2] or found[3]).rpartition(":alarm:")[2]
        self.names.add(name)
        return lambda states: states.get(name) == state

    def _take(self, token: str) -> bool:
        if self.tokens and self.tokens[0] == token:
            self.tokens.popleft()
            return True
        return False
