"""A small world for the tests of CloudFormation: moto, scripted custom resources, no Lambda."""

import itertools
import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

from local.cloudformation import CloudFormationService
from local.settings import Settings

TOKEN = "arn:aws:lambda:eu-west-1:123456789012:function:provider"
Body = Mapping[str, Any] | bytes | None
Script = Callable[[Mapping[str, Any]], Body]
_WITHIN = 60.0
_moto = DomainDispatcherApplication(create_backend_app)


class Desk:
    """Receives answers in process."""

    def __init__(self) -> None:
        self._bodies: dict[str, bytes | None] = {}
        self._changed = threading.Condition()

    def open(self, stack_id: str, logical_id: str, request_id: str) -> str:
        signed = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        key = quote(f"{stack_id}|{logical_id}|{request_id}", safe="")
        url = f"https://localhost/{key}?X-Amz-Date={signed}&X-Amz-Expires=7200"
        self._bodies[url] = None
        return url

    def put(self, url: str, body: bytes) -> bool:
        with self._changed:
            if url not in self._bodies:
                return False
            self._bodies[url] = body
            self._changed.notify_all()
            return True

    def wait(self, url: str, seconds: float) -> bytes | None:
        with self._changed:
            self._changed.wait_for(lambda: self._bodies.get(url), seconds)
            return self._bodies.get(url)

    def close(self, url: str) -> None:
        with self._changed:
            self._bodies.pop(url, None)


class Provider:
    """Answers events as the test says; by default with success, at once."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._changed = threading.Condition()
        self.reset()

    def reset(self) -> None:
        self.events: list[dict[str, Any]] = []
        self._script: dict[str, list[Script]] = {}

    def on(self, what: str, *answers: Body | Script) -> None:
        """Answer the next events named so, such as `Create A`; None never answers."""
        self._script[what] = [one if callable(one) else _constant(one) for one in answers]

    def send(self, service_token: str, event: Mapping[str, Any]) -> None:
        assert service_token == event["ServiceToken"]
        with self._changed:
            self.events.append(json.loads(json.dumps(event)))
            self._changed.notify_all()
            waiting = self._script.get(_name(event))
            script = waiting.pop(0) if waiting else _constant({})
        answer = script(event)
        if answer is not None:
            self.answer(event, answer)

    def answer(self, event: Mapping[str, Any], given: Mapping[str, Any] | bytes) -> bool:
        """Send an answer; what it leaves out is filled in. Tell whether it was accepted."""
        if isinstance(given, bytes):
            return self._desk.put(event["ResponseURL"], given)
        identity = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
        physical_id = event.get("PhysicalResourceId", event["LogicalResourceId"].lower())
        body = {"Status": "SUCCESS", "PhysicalResourceId": physical_id, **identity, **given}
        return self._desk.put(event["ResponseURL"], json.dumps(body).encode())

    def when(self, what: str, answer: Mapping[str, Any]) -> Script:
        """Give an answer that waits for another event first."""

        def script(_event: Mapping[str, Any]) -> Body:
            self.seen(what)
            return answer

        return script

    def seen(self, what: str, times: int = 1) -> dict[str, Any]:
        """Wait until so many events are named so, and give the last one."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._named(what)) >= times, _WITHIN)
            return self._named(what)[times - 1]

    def _named(self, what: str) -> list[dict[str, Any]]:
        return [event for event in self.events if _name(event) == what]

    @property
    def told(self) -> list[str]:
        """Give the events, each in one line: type, name, #id and the property V, old -> new."""
        return [_line(event) for event in self.events]

    def told_to(self, logical_id: str) -> list[str]:
        return [_line(each) for each in self.events if each["LogicalResourceId"] == logical_id]


class World:
    """CloudFormation and moto behind one loopback server; most methods mean the current stack.

    Args:
        settings: of the engine.
        through_lambda: send events through Lambda (which is moto's), not to `provider`.

    Attributes:
        name: of the current stack; every test has its own.
    """

    def __init__(self, settings: Settings | None = None, *, through_lambda: bool = False) -> None:
        desk = Desk()
        self.provider = Provider(desk)
        self.service = CloudFormationService(
            settings or Settings(),
            lambda: self.url,
            desk,
            None if through_lambda else self.provider,
        )
        self._server = make_server("127.0.0.1", 0, self._dispatch, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._session = boto3.Session()
        self._numbers = itertools.count(1)
        self.cfn = self.client("cloudformation")
        self.reset()

    def reset(self) -> Self:
        """Forget the script and go on to a stack that does not exist yet."""
        self.provider.reset()
        self.name = f"stack-{next(self._numbers)}"
        return self

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.service.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def client(self, service: str) -> Any:
        return self._session.client(
            service,  # type: ignore[call-overload]  # any service
            region_name="eu-west-1",
            endpoint_url=self.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def _dispatch(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        ours = "/cloudformation/aws4_request" in environ.get("HTTP_AUTHORIZATION", "")
        answer: Iterable[bytes] = (self.service.app if ours else _moto)(environ, start_response)
        return answer

    def create(self, template: Any, **given: Any) -> str:
        """CreateStack, and wait for its last status."""
        self.cfn.create_stack(StackName=self.name, TemplateBody=self.body(template), **given)
        return self.settled()

    def update(self, template: Any, **given: Any) -> str:
        """UpdateStack, and wait for its last status."""
        self.cfn.update_stack(StackName=self.name, TemplateBody=self.body(template), **given)
        return self.settled()

    def delete(self, **given: Any) -> str:
        """DeleteStack, and wait for its last status."""
        stack_id = self.stack()["StackId"]
        self.cfn.delete_stack(StackName=self.name, **given)
        return self.settled(stack_id)

    def settled(self, name: str | None = None, within: float = _WITHIN) -> str:
        """Wait until no operation is under way."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            status = str(self.stack(name)["StackStatus"])
            if not status.endswith("IN_PROGRESS"):
                return status
            time.sleep(0.005)
        raise TimeoutError(self.events(name=name))

    @staticmethod
    def body(template: Any) -> str:
        return template if isinstance(template, str) else json.dumps(template)

    def stack(self, name: str | None = None) -> Any:
        return self.cfn.describe_stacks(StackName=name or self.name)["Stacks"][0]

    def outputs(self) -> dict[str, str]:
        found = self.stack().get("Outputs", [])
        return {one["OutputKey"]: one["OutputValue"] for one in found}

    def statuses(self) -> dict[str, str]:
        found = self.cfn.list_stack_resources(StackName=self.name)["StackResourceSummaries"]
        return {one["LogicalResourceId"]: one["ResourceStatus"] for one in found}

    def events(
        self, last: str | None = None, *, of: str | None = None, name: str | None = None
    ) -> list[str]:
        """Give the stack events, oldest first.

        Args:
            last: only those of the last operation, which began with this status.
            of: only those of this resource; `Stack` is the stack itself.
            name: of the stack; it stands in the lines as `Stack`.
        """
        found = self.cfn.describe_stack_events(StackName=name or self.name)["StackEvents"]
        own = found[0]["StackName"]
        lines = [_event_line(one, own) for one in found]
        if last is not None:
            begin = next(i for i, line in enumerate(lines) if line.startswith(f"Stack {last}"))
            lines = lines[: begin + 1]
        return [line for line in lines[::-1] if of is None or line.startswith(f"{of} ")]


def custom(version: Any = "1", **more: Any) -> dict[str, Any]:
    """Give a custom resource whose property V is the version."""
    properties = more.pop("Properties", {})
    return {
        "Type": "Custom::Thing",
        "Properties": {"ServiceToken": TOKEN, "V": version, **properties},
        **more,
    }


def template(outputs: Mapping[str, Any] | None = None, **resources: Any) -> dict[str, Any]:
    """Give a template of these resources."""
    values = {key: {"Value": value} for key, value in (outputs or {}).items()}
    return {"Resources": resources, **({"Outputs": values} if values else {})}


def failed(reason: str, **more: Any) -> dict[str, Any]:
    """Give a FAILED answer."""
    return {"Status": "FAILED", "Reason": reason, **more}


def _constant(body: Body) -> Script:
    return lambda _event: body


def _name(event: Mapping[str, Any]) -> str:
    return f"{event['RequestType']} {event['LogicalResourceId']}"


def _event_line(event: Mapping[str, Any], own: str) -> str:
    name = "Stack" if event["LogicalResourceId"] == own else event["LogicalResourceId"]
    reason = event.get("ResourceStatusReason")
    reason = re.sub(r" ?\(RequestId: [^)]*\)", "", reason) if reason else None
    return f"{name} {event['ResourceStatus']}" + (f": {reason}" if reason else "")


def _line(event: Mapping[str, Any]) -> str:
    versions = [event["ResourceProperties"].get("V")]
    if "OldResourceProperties" in event:
        versions.insert(0, event["OldResourceProperties"].get("V"))
    physical_id = f"#{event['PhysicalResourceId']}" if "PhysicalResourceId" in event else ""
    if re.fullmatch(rf"#.+-{event['LogicalResourceId']}-[A-Z0-9]{{12}}", physical_id):
        physical_id = "#made-up"
    shown = "->".join(map(str, versions))
    return f"{_name(event)}{physical_id} {shown}"
