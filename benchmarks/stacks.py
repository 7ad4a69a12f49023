"""CloudFormation, as the provider asks it for the direction of the stack operation."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from benchmarks.http1 import Request, Response

_NAMESPACE = "http://cloudformation.amazonaws.com/doc/2010-05-15/"


@dataclass
class Stack:
    """The one stack, whatever its name.

    Attributes:
        status: StackStatus.
        begun: when the operation under way began.
        events: the resources' events, newest first: logical id, status, time.
    """

    status: str = "CREATE_IN_PROGRESS"
    begun: datetime = field(default_factory=lambda: datetime.now(UTC))
    events: list[tuple[str, str, datetime]] = field(default_factory=list)

    def begin(self, status: str) -> None:
        """Begin an operation."""
        self.status, self.begun = status, datetime.now(UTC)
        self.events.clear()

    def note(self, logical_id: str, status: str) -> None:
        """Write an event of a resource."""
        self.events.insert(0, (logical_id, status, datetime.now(UTC)))

    @staticmethod
    def operation(request: Request) -> str:
        """Name the operation of a request."""
        return dict(parse_qsl(request.body.decode())).get("Action", "")

    def answer(self, operation: str, request: Request) -> Response:
        """Answer a request."""
        name = dict(parse_qsl(request.body.decode())).get("StackName", "")
        found = self._described(name) if operation == "DescribeStacks" else self._told(name)
        result = f"<{operation}Result>{found}</{operation}Result>"
        body = f'<{operation}Response xmlns="{_NAMESPACE}">{result}</{operation}Response>'
        return Response(200, body.encode(), {"Content-Type": "text/xml"})

    def _described(self, name: str) -> str:
        times = f"<CreationTime>{_time(self.begun)}</CreationTime>"
        if not self.status.startswith("CREATE"):
            times += f"<LastUpdatedTime>{_time(self.begun)}</LastUpdatedTime>"
        names = f"<StackName>bench</StackName><StackId>{name}</StackId>"
        status = f"<StackStatus>{self.status}</StackStatus>"
        return f"<Stacks><member>{names}{times}{status}</member></Stacks>"

    def _told(self, name: str) -> str:
        events = "".join(
            f"<member><StackId>{name}</StackId><EventId>{number}</EventId>"
            f"<StackName>bench</StackName><LogicalResourceId>{logical_id}</LogicalResourceId>"
            f"<ResourceStatus>{status}</ResourceStatus><Timestamp>{_time(at)}</Timestamp></member>"
            for number, (logical_id, status, at) in enumerate(self.events)
        )
        return f"<StackEvents>{events}</StackEvents>"


def _time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
