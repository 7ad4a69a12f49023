"""The engine: CloudFormation, Lambda and the services around them, in this process, on loopback."""

import logging
import os
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from unittest import mock

# moto reads it when it is loaded.
os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")

import boto3
from botocore.exceptions import ClientError
from moto.moto_api._internal.models import moto_api_backend

from local import notifications
from local.alarms import AlarmsService
from local.answers import AnswerServer
from local.cloudformation import CloudFormationService
from local.cloudformation.clients import Clients
from local.execution import Invocations, Pool
from local.front import Front, listen
from local.functions import FunctionsService
from local.logs import Logs
from local.permissions import Permissions
from local.ports import Target
from local.settings import Settings

# The translator warns of metrics of its own that nobody collects.
logging.getLogger("samtranslator").setLevel(logging.ERROR)

Tell = Callable[[str, str], None]

_MINUTE = 60.0


class Engine:
    """Everything, from start to stop; use it as a context manager.

    Args:
        settings: how it behaves.
        port: on loopback; 0 takes a free one.
        tell: takes each line that a function writes, after the function's name.

    Attributes:
        url: the endpoint of every service.
        answers: where custom resources answer.
    """

    def __init__(
        self, settings: Settings | None = None, port: int = 0, tell: Tell | None = None
    ) -> None:
        self.settings = settings or Settings()
        self._tell = tell
        self._lines: defaultdict[str, list[str]] = defaultdict(list)
        self._directory = tempfile.TemporaryDirectory(prefix="engine-")
        directory = Path(self._directory.name)
        self._clients = Clients(lambda: self.url)
        self.answers = AnswerServer(self.settings, directory)
        self._permissions = Permissions(self.settings.account)
        self._cloudwatch_logs = Logs(self.settings.account)
        self._pool = Pool(directory, self._variables, self._write)
        self._invocations = Invocations(self.settings, self._pool, self._send)
        self._functions = FunctionsService(self.settings, self._read_object, self._invocations)
        self._invocations.serve(self._functions)
        self._stacks = CloudFormationService(self.settings, lambda: self.url, self.answers)
        own = {
            "lambda": self._functions.app,
            "cloudformation": self._stacks.app,
            "monitoring": AlarmsService().app,
        }
        self._server = listen(Front(own, self._permissions), port)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        """Start with an empty account: moto's state is one for the whole process."""
        # A reset makes each backend anew before it is dropped, IAM's with all of AWS's policies.
        with mock.patch.dict(os.environ, MOTO_IAM_LOAD_MANAGED_POLICIES="false"):
            moto_api_backend.reset()
        notifications.deliver_to(self._invocations)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop everything that runs: functions first, for they make the stacks wait."""
        self._stacks.close()
        self._pool.shut_down()
        self._invocations.shut_down()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.answers.shut_down()
        self._directory.cleanup()

    @property
    def logs(self) -> dict[str, str]:
        """Give what each function wrote, by its name."""
        return {name: "".join(lines) for name, lines in list(self._lines.items())}

    def environment(self) -> dict[str, str]:
        """Give the variables by which sam and boto3 find the engine."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": self.settings.region,
            "AWS_REGION": self.settings.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": os.environ["NO_PROXY"],
            "no_proxy": os.environ["no_proxy"],
            "SAM_CLI_TELEMETRY": "0",
            # sam's own pace is that of AWS.
            "SAM_CLI_POLL_DELAY": "0.5",
        }

    def client(self, service: str) -> Any:
        """Make a boto3 client."""
        return self._clients.get(service, self.settings.region)

    def client_of_role(self, role_arn: str, service: str) -> Any:
        """Make a boto3 client that may do what the role may."""
        session = self._permissions.session(role_arn)
        return boto3.client(
            service,  # type: ignore[call-overload]  # any service, by its name
            endpoint_url=self.url,
            region_name=self.settings.region,
            aws_access_key_id=session["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=session["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=session["AWS_SESSION_TOKEN"],
        )

    def crash(self, function_name: str) -> int:
        """Kill what a function runs in at this moment; give how many processes that were."""
        return self._pool.crash(function_name)

    def _variables(self, role: str) -> dict[str, str]:
        variables = {
            **self._permissions.session(role),
            "AWS_ENDPOINT_URL": self.url,
            "SSL_CERT_FILE": str(self.answers.certificate),
            "ANSWER_HOST": "localhost",
        }
        if self.settings.minute != _MINUTE:
            variables["SECONDS_PER_MINUTE"] = str(self.settings.minute)
        return variables

    def _write(self, target: Target, line: str) -> None:
        self._cloudwatch_logs.write(target, line)
        self._note(target.function_name, line)

    def _note(self, function_name: str, line: str) -> None:
        self._lines[function_name].append(line)
        if self._tell:
            self._tell(function_name, line)

    def _read_object(self, bucket: str, key: str, version: str | None) -> bytes:
        which = {"VersionId": version} if version else {}
        try:
            answer = self.client("s3").get_object(Bucket=bucket, Key=key, **which)
        except ClientError as error:
            raise KeyError(error.response["Error"]["Code"]) from error
        return bytes(answer["Body"].read())

    def _send(self, destination: str, record: bytes, role: str) -> None:
        """Send a record to a destination; the function's role must allow it."""
        service, _, _, name = destination.split(":", 5)[2:6]
        client = self.client_of_role(role, service)
        if service == "sqs":
            url = client.get_queue_url(QueueName=name)["QueueUrl"]
            client.send_message(QueueUrl=url, MessageBody=record.decode())
        elif service == "lambda":
            client.invoke(FunctionName=destination, InvocationType="Event", Payload=record)
        else:
            self._note("destinations", f"not emulated: destination {destination}\n")
