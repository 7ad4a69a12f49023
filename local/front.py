"""The one endpoint: finds the service that a request is for, and refuses what a role may not do."""

import json
from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import BaseWSGIServer, make_server

from local import request as requests
from local.permissions import Denied, Permissions
from local.ports import WsgiApp
from local.quiet import Quiet
from local.request import Request

# moto's state is one for the process, so its applications may be, too: each takes a while to build.
_moto = DomainDispatcherApplication(create_backend_app)


class Front:
    """A WSGI application over all services.

    Args:
        own: the services that the engine brings itself, by signing name.
        permissions: of functions' roles.
    """

    def __init__(self, own: Mapping[str, WsgiApp], permissions: Permissions) -> None:
        self._own = own
        self._permissions = permissions

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answer one request."""
        request = requests.read(environ)
        try:
            self._permissions.check(request)
        except Denied as denied:
            # What is left unread resets the connection, and the client may not see the answer.
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            return _refuse(request, denied, start_response)
        app: WsgiApp = self._own.get(request.service, _moto)
        return app(environ, start_response)


def _refuse(request: Request, denied: Denied, start_response: Any) -> Iterable[bytes]:
    if request.form or request.service == "s3":
        error = f"<Code>AccessDenied</Code><Message>{escape(str(denied))}</Message>"
        body, kind = f"<ErrorResponse><Error>{error}</Error></ErrorResponse>", "text/xml"
    else:
        told = {"__type": "AccessDeniedException", "message": str(denied)}
        body, kind = json.dumps(told), "application/json"
    headers = [("Content-Type", kind), ("x-amzn-ErrorType", "AccessDeniedException")]
    start_response("400 Denied" if request.target else "403 Denied", headers)
    return [body.encode()]


class _Handler(Quiet, MotoRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle_expect_100(self) -> bool:
        """Tell S3's clients at once to go on: unflushed, each upload waits for a second."""
        going_on: bool = super().handle_expect_100()
        self.wfile.flush()
        return going_on

    def log(self, _type: str, _message: str, *_args: Any) -> None:
        """Stay silent: a terminal that shows the engine's own words is easier to read."""


def listen(app: WsgiApp, port: int) -> BaseWSGIServer:
    """Bind to loopback; port 0 takes a free one."""
    return make_server("127.0.0.1", port, app, threaded=True, request_handler=_Handler)
