"""A small world for the tests of Lambda: the service on loopback, an invoker that echoes."""

import io
import itertools
import json
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from werkzeug.serving import WSGIRequestHandler, make_server

from local.functions import FunctionsService
from local.ports import Outcome, Target
from local.settings import Settings

ACCOUNT = "123456789012"
REGION = "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/orders"
_names = itertools.count(1)


def package(source: str = "def handler(event, context): return event") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo("index.py", (1980, 1, 1, 0, 0, 0)), source)
    return packed.getvalue()


class Echo:
    """Answers with the event; remembers what it ran and what was queued.

    Attributes:
        broken: the versions whose init fails.
        inits: those that were begun.
        slow: an init goes on until a test ends it.
    """

    def __init__(self) -> None:
        self.inits: list[Future[bool]] = []
        self.slow = False
        self.broken: set[str] = set()
        self.ran: list[Target] = []
        self.queued: list[tuple[str, str, str | None, bytes]] = []
        self.error: str | None = None
        self.log = "START\n"

    def run(self, target: Target, payload: bytes) -> Outcome:
        self.ran.append(target)
        return Outcome(payload or b"null", self.error, self.log)

    def provision(self, target: Target) -> Future[bool]:
        init: Future[bool] = Future()
        if not self.slow:
            init.set_result(target.version not in self.broken)
        self.inits.append(init)
        return init

    def enqueue(
        self, region: str, function_name: str, qualifier: str | None, payload: bytes
    ) -> None:
        self.queued.append((region, function_name, qualifier, payload))


@dataclass
class Stage:
    """What a case acts on: a client, and a function that nobody else uses.

    Attributes:
        client: boto3's Lambda client, without validation of its own.
        role: ARN of an execution role.
        name: of the function; it exists after `function()`.
        facts: what the expected message names, beside the ARN and the name.
    """

    client: Any
    role: str = ROLE
    name: str = field(default_factory=lambda: f"orders-{next(_names)}")
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{self.client.meta.region_name}:{ACCOUNT}:function:{self.name}"

    def create(self, **settings: Any) -> Any:
        """Create the function; it may be Pending for a while."""
        given = {
            "FunctionName": self.name,
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": self.role,
            "Code": {"ZipFile": package()},
        }
        return self.client.create_function(**given | settings)

    def function(self, **settings: Any) -> Any:
        """Create the function, and wait until it is Active."""
        answer = self.create(**settings)
        self.client.get_waiter("function_active_v2").wait(FunctionName=self.name)
        return answer

    def version(self, **settings: Any) -> str:
        """Publish a version that differs from every other one."""
        changes = {"Description": f"change {next(_names)}"}
        self.client.update_function_configuration(FunctionName=self.name, **changes | settings)
        self.client.get_waiter("function_updated_v2").wait(FunctionName=self.name)
        return str(self.client.publish_version(FunctionName=self.name)["Version"])

    def alias(self, name: str = "live", version: str = "1", **settings: Any) -> Any:
        return self.client.create_alias(
            FunctionName=self.name, Name=name, FunctionVersion=version, **settings
        )

    def latest(self, qualifier: str = "$LATEST") -> Any:
        return self.client.get_function_configuration(FunctionName=self.name, Qualifier=qualifier)

    def read_alias(self, name: str = "live") -> Any:
        return self.client.get_alias(FunctionName=self.name, Name=name)

    def versions(self) -> list[str]:
        pages = self.client.get_paginator("list_versions_by_function").paginate(
            FunctionName=self.name
        )
        return [one["Version"] for page in pages for one in page["Versions"]]

    def invoke(self, **given: Any) -> Any:
        answer = self.client.invoke(FunctionName=self.name, **given)
        return answer | {"Payload": answer["Payload"].read()}

    def policy(self, **given: Any) -> Any:
        answer = self.client.get_policy(FunctionName=self.name, **given)
        return json.loads(answer["Policy"])["Statement"]


class World:
    """The service behind a server; the clock stands still until a test moves it."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.time = 0.0
        self.invoker = Echo()
        self.objects: dict[tuple[str, str], bytes] = {}
        self.service = FunctionsService(
            settings or Settings(), self._read, self.invoker, lambda: self.time
        )
        self.url = ""

    def stage(self, region: str = REGION) -> Stage:
        return Stage(client(self.url, region))

    def _read(self, bucket: str, key: str, _version: str | None) -> bytes:
        if bucket not in {known for known, _ in self.objects}:
            raise KeyError("NoSuchBucket")
        if (bucket, key) not in self.objects:
            raise KeyError("NoSuchKey")
        return self.objects[bucket, key]


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, _type: str, _message: str, *_args: Any) -> None:
        pass


@contextmanager
def serve(settings: Settings | None = None) -> Iterator[World]:
    world = World(settings)
    server = make_server("127.0.0.1", 0, world.service.app, threaded=True, request_handler=_Handler)
    world.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.005,))
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def client(url: str, region: str = REGION) -> Any:
    """Make a client that sends whatever it is told, once."""
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    return boto3.client(
        "lambda",
        region_name=region,
        endpoint_url=url,
        config=config,
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
