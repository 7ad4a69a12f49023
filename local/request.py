"""Reads from a request which service, action and resource it is about.

https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from moto.core.model import OperationModel
from moto.core.utils import get_service_model

_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
_BEFORE_THE_NAME = re.compile(r"^(.*:)?function:")
_PATH_PARAMETER = re.compile(r"\{(\w+)(\+?)\}")
# IAM's and botocore's name of a service, where it signs with another one.
_NAMES = {"monitoring": "cloudwatch"}
# The CBOR protocol names the operation in the path.
_IN_THE_PATH = re.compile(r"/service/\w+/operation/(\w+)")
# Where the action's name is not the operation's.
_ACTIONS = {
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:HeadObject": "s3:GetObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:CopyObject": "s3:PutObject",
}
# Alias calls are authorised on the function (aws-semantics E1).
_ON_THE_FUNCTION = re.compile(r"(Create|Update|Delete|Get|List)Alias(es)?|PublishVersion")


@dataclass(frozen=True)
class Request:
    """A request, as far as routing and permissions need it.

    Attributes:
        access_key_id: whose request it is; empty for an unsigned one.
        region: from the signature.
        service: the signing name, such as `lambda`; empty for an unsigned one.
        method: GET, PUT, ...
        path: without the query.
        query: the query's parameters.
        form: the fields of a query-protocol body.
        target: the X-Amz-Target header of a JSON protocol.
        document: the body of a JSON protocol.
    """

    access_key_id: str
    region: str
    service: str
    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    target: str
    document: Mapping[str, Any]

    @property
    def operation(self) -> OperationModel | None:
        """Find the operation in botocore's model of the service; None when it has none."""
        in_path = _IN_THE_PATH.fullmatch(self.path)
        name = self.target.rpartition(".")[2] or self.form.get("Action", "")
        name = name or (in_path[1] if in_path else "")
        if name:
            model = get_service_model(self._name)
            return model.operation_model(name) if name in model.operation_names else None
        found = route(self.service, self.method, self.path, self.query)
        return found[0] if found else None

    @property
    def action(self) -> str:
        """Give the IAM action."""
        name = f"{self._name}:{self.operation.name if self.operation else 'Unknown'}"
        return _ACTIONS.get(name, name)

    def resources(self, account: str) -> list[str]:
        """Give the ARNs that the action is about; none where the engine can't tell."""
        if self.action == "cloudwatch:DescribeAlarms":
            return self._alarms(account)
        found = self._resource(account)
        return [found] if found else []

    @property
    def _name(self) -> str:
        return _NAMES.get(self.service, self.service)

    def _resource(self, account: str) -> str | None:
        if self.service == "s3":
            return f"arn:aws:s3:::{self.path.strip('/')}"
        if self.service == "cloudformation" and (stack := self.form.get("StackName")):
            place = f"arn:aws:cloudformation:{self.region}:{account}:stack"
            return stack if stack.startswith("arn:") else f"{place}/{stack}/*"
        if self.service == "lambda":
            return self._function(account)
        return None

    def _alarms(self, account: str) -> list[str]:
        """Give the alarms by their names; composite ones need `*` itself (aws-semantics C2)."""
        if "CompositeAlarm" in self._listed("AlarmTypes"):
            return ["*"]
        place = f"arn:aws:cloudwatch:{self.region}:{account}:alarm"
        return [f"{place}:{name}" for name in self._listed("AlarmNames") or ["*"]]

    def _listed(self, name: str) -> list[str]:
        members = [text for key, text in self.form.items() if key.startswith(f"{name}.member.")]
        return self.document.get(name) or members

    def _function(self, account: str) -> str | None:
        found = route(self.service, self.method, self.path, self.query)
        name = found[1].get("FunctionName") if found else None
        if not found or not name:
            return None
        parts = _BEFORE_THE_NAME.sub("", name).split(":")
        qualifier = self.query.get("Qualifier") or ":".join(parts[1:])
        arn = f"arn:aws:lambda:{self.region}:{account}:function:{parts[0]}"
        whole = not qualifier or _ON_THE_FUNCTION.fullmatch(found[0].name)
        return arn if whole else f"{arn}:{qualifier}"


def read(environ: Mapping[str, Any]) -> Request:
    """Read a request; its body can still be read afterwards."""
    signed = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
    content = environ.get("CONTENT_TYPE", "")
    form: dict[str, str] = {}
    document: dict[str, Any] = {}
    if content.startswith("application/x-www-form-urlencoded"):
        form = dict(parse_qsl(_body(environ).decode(), keep_blank_values=True))
    elif content.startswith("application/x-amz-json"):
        document = _document(_body(environ))
    return Request(
        access_key_id=signed[1] if signed else "",
        region=signed[2] if signed else "",
        service=signed[3] if signed else "",
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        query=dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)),
        form=form,
        target=environ.get("HTTP_X_AMZ_TARGET", ""),
        document=document,
    )


def _body(environ: Mapping[str, Any]) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)  # type: ignore[index]  # WSGI's is a dict
    return body


def _document(body: bytes) -> dict[str, Any]:
    """Read JSON; who answers will complain of what is none."""
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def route(
    service: str, method: str, path: str, query: Mapping[str, str]
) -> tuple[OperationModel, dict[str, str]] | None:
    """Find a REST operation by method and path, and the parameters in its path."""
    for operation, verb, pattern, needed in _routes(service):
        if verb == method and needed <= query.keys() and (found := pattern.fullmatch(path)):
            return operation, {name: unquote(text) for name, text in found.groupdict().items()}
    return None


@cache
def _routes(service: str) -> list[tuple[OperationModel, str, re.Pattern[str], set[str]]]:
    """List the operations of a REST service, those first that name most of the query."""
    model = get_service_model(service)
    found = []
    for name in model.operation_names:
        operation = model.operation_model(name)
        path, _, query = operation.http["requestUri"].partition("?")
        pattern = _PATH_PARAMETER.sub(
            lambda place: f"(?P<{place[1]}>{'.+' if place[2] else '[^/]+'})", path
        )
        needed = {each.partition("=")[0] for each in query.split("&") if each}
        found.append((operation, operation.http["method"], re.compile(f"{pattern}/?"), needed))
    return sorted(found, key=lambda each: len(each[3]), reverse=True)
