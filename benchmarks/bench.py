"""What every row of the benchmarks measures with."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.endpoint import Endpoint
from benchmarks.subject import Subject
from benchmarks.workspace import Workspace

PROVIDER = "this provider"
PLAIN = "plain crhelper handler"
BARE = "http.client alone"
CLIENT_ONLY = 'import boto3; boto3.client("lambda")'

_HANDLERS = {
    PROVIDER: "handler.app:handler",
    PLAIN: "reference_handler:handler",
    BARE: "bare_handler:handler",
}


@dataclass(frozen=True)
class Bench:
    """The means of a run.

    Attributes:
        endpoint: what handlers call.
        workspace: where they are.
        repeats: how often each figure is measured.
        quick: measure little, to see that it works.
        tell: takes what is being done.
    """

    endpoint: Endpoint
    workspace: Workspace
    repeats: int
    quick: bool
    tell: Callable[[str], None]

    def path(self, name: str, *, built: bool = False) -> list[Path]:
        """Give the directories in which a handler finds its modules.

        Args:
            name: of the handler.
            built: the provider from its artifact, with byte code.
        """
        if name != PROVIDER:
            own = self.workspace.references
        else:
            own = self.workspace.provider if built else self.workspace.source
        return [own, self.workspace.runtime]

    def subject(self, name: str, *, built: bool = False) -> Subject:
        """Start a handler."""
        return Subject(self.endpoint, self.path(name, built=built), _HANDLERS[name])

    def subjects(self, stack: ExitStack, *names: str) -> Mapping[str, Subject]:
        """Start some handlers, to be measured in turn; they end with the stack."""
        return {name: stack.enter_context(self.subject(name)) for name in names}


def handler_of(name: str) -> str:
    """Give module and function of a handler."""
    return _HANDLERS[name]
