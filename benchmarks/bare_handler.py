"""The floor as a program: the fewest calls that a release needs, by http.client alone.

It decides nothing, and checks nothing: what it takes longer than the calls themselves is what TLS
and this machine take.
"""

import json
import os
import ssl
from collections.abc import Mapping
from functools import cache
from http.client import HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

_FUNCTIONS = "/2015-03-31/functions"

_tls = ssl.create_default_context()


@cache
def _connection(host: str) -> HTTPSConnection:
    return HTTPSConnection(host, context=_tls)


def _call(url: str, method: str, body: Any = None) -> Any:
    parts = urlsplit(url)
    connection = _connection(parts.netloc)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    connection.request(method, target, json.dumps(body) if body else None)
    return json.loads(connection.getresponse().read() or b"{}")


def handler(event: Mapping[str, Any], _context: Any) -> None:
    """Take one event."""
    given, kind = event["ResourceProperties"], event["RequestType"]
    function = f"{os.environ['AWS_ENDPOINT_URL']}{_FUNCTIONS}/{given['FunctionName']}"
    aliases, alias = f"{function}/aliases", f"{function}/aliases/{given['AliasName']}"
    found = _call(alias, "GET")
    before = event.get("OldResourceProperties", given)["Triggers"]["Build"]
    release = {"Name": given["AliasName"], "Description": given["Triggers"]["Build"]}
    if kind == "Delete":
        _call(alias, "DELETE")
    elif kind == "Create":
        version = _call(f"{function}/versions", "POST", {"Description": ""})["Version"]
        _call(aliases, "POST", {**release, "FunctionVersion": version})
    elif given["Triggers"]["Build"] < before:
        _call(alias, "PUT", {**release, "FunctionVersion": given["Triggers"]["Build"]})
    elif found["Description"] != given["Triggers"]["Build"]:
        version = _call(f"{function}/versions", "POST", {"Description": ""})["Version"]
        _call(alias, "PUT", {**release, "FunctionVersion": version})
    answer = {"Status": "SUCCESS", "PhysicalResourceId": alias, "RequestId": event["RequestId"]}
    _call(event["ResponseURL"], "PUT", answer)
