"""The contract in a few lines: what each operation makes of the aliases (docs/lifecycle.md)."""

from dataclasses import dataclass, field, replace

from tests.chaos.world import Name

PERSON = ""
"""Owner of an alias that no resource manages."""


@dataclass(frozen=True)
class Held:
    """An alias.

    Attributes:
        version: what it serves.
        owner: the stack that manages it, or PERSON.
        before: what it was when this owner adopted it; None for an alias that it made.
        released: something was released since the adoption.
    """

    version: int
    owner: str = PERSON
    before: "Held | None" = None
    released: bool = False


@dataclass
class Model:
    """An account.

    Attributes:
        latest: for each function, which code `$LATEST` has.
        versions: for each function, the code of each published version, 1 first.
        aliases: those that exist.
        resources: the alias of each stack that exists.
    """

    latest: dict[str, int] = field(default_factory=dict)
    versions: dict[str, list[int]] = field(default_factory=dict)
    aliases: dict[Name, Held] = field(default_factory=dict)
    resources: dict[str, Name] = field(default_factory=dict)

    def release(self, stack: str, name: Name, source: str, *, adopts: bool) -> bool:
        """Create or update a stack's resource; False when it must fail, and change nothing."""
        found, old = self.aliases.get(name), self.resources.get(stack)
        if found and found.owner != stack and not adopts:
            return False
        version = self._resolve(name, source)
        if version is None:
            return False
        self._serve(stack, name, version)
        self.resources[stack] = name
        if old not in (None, name):
            self._give_up(stack, old)
        return True

    def delete(self, stack: str) -> None:
        """Delete a stack."""
        self._give_up(stack, self.resources.pop(stack))

    def move(self, name: Name, version: int) -> None:
        """Point an alias by hand, or make it."""
        self.aliases[name] = replace(self.aliases.get(name, Held(version)), version=version)

    def _serve(self, stack: str, name: Name, version: int) -> None:
        found = self.aliases.get(name)
        if not found:
            self.aliases[name] = Held(version, stack)
        elif found.owner == stack:
            self.aliases[name] = replace(found, version=version, released=True)
        else:
            self.aliases[name] = Held(version, stack, before=found)

    def _give_up(self, stack: str, name: Name) -> None:
        found = self.aliases.get(name)
        if not found or found.owner != stack:
            return
        if not found.before:
            del self.aliases[name]
        elif found.released:
            self.aliases[name] = Held(found.version)
        else:
            self.aliases[name] = found.before

    def _resolve(self, name: Name, source: str) -> int | None:
        function, alias = name
        versions, latest = self.versions[function], self.latest[function]
        if source == "$LATEST":
            if not versions or versions[-1] != latest:
                versions.append(latest)
            return len(versions)
        if source.isdigit():
            return int(source) if int(source) <= len(versions) else None
        held = self.aliases.get((function, source))
        return held.version if held and source != alias else None
