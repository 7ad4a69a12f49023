"""Where custom resources answer: an HTTPS endpoint that behaves as CloudFormation's S3 bucket does.

aws-semantics A2 and A3: a presigned URL for each request, and 403 for any other.
"""

import secrets
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

import trustme

from local.quiet import Quiet
from local.settings import Settings

_EXPIRES = 7200
_SECOND_ANSWER_WITHIN = 0.3
"""Seconds for which a second answer is waited for, where the last one counts (F5)."""


@dataclass
class _Slot:
    """One open ResponseURL, and what was PUT there."""

    body: bytes | None = None


class AnswerServer:
    """Receives answers; implements `ports.AnswerDesk`.

    Args:
        settings: whether the first or the last of two answers counts (aws-semantics F5).
        directory: where the certificate of its authority is written.
    """

    def __init__(self, settings: Settings, directory: Path) -> None:
        self._last_wins = settings.last_answer_wins
        self._region = settings.region
        self._slots: dict[str, _Slot] = {}
        self._changed = threading.Condition()
        authority = trustme.CA()
        self.certificate = directory / "ca.pem"
        authority.cert_pem.write_to_path(str(self.certificate))
        tls = SSLContext(PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(tls)
        handler = type("Handler", (_Handler,), {"server_": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.socket = tls.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def shut_down(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def open(self, stack_id: str, logical_id: str, request_id: str) -> str:
        """Sign a ResponseURL."""
        query = {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Date": datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"),
            "X-Amz-SignedHeaders": "host",
            "X-Amz-Expires": _EXPIRES,
            "X-Amz-Credential": f"local/{self._region}/s3/aws4_request",
            "X-Amz-Signature": secrets.token_hex(32),
        }
        path = f"/{quote(f'{stack_id}|{logical_id}|{request_id}', safe='')}?{urlencode(query)}"
        with self._changed:
            self._slots[path] = _Slot()
        return f"https://localhost:{self._server.server_port}{path}"

    def wait(self, url: str, seconds: float) -> bytes | None:
        """Wait for the body that was PUT there; None when nothing came in time."""
        slot = self._slots.get(_path(url))
        if slot is None:
            return None
        with self._changed:
            if not self._changed.wait_for(lambda: slot.body is not None, max(0.0, seconds)):
                return None
            if self._last_wins:
                first = slot.body
                self._changed.wait_for(lambda: slot.body is not first, _SECOND_ANSWER_WITHIN)
            return slot.body

    def close(self, url: str) -> None:
        """Refuse any further answer."""
        with self._changed:
            self._slots.pop(_path(url), None)

    def accept(self, path: str, body: bytes) -> bool:
        """Take an answer; False for an unknown URL, or one that was used."""
        with self._changed:
            slot = self._slots.get(path)
            if slot is None or (slot.body is not None and not self._last_wins):
                return False
            slot.body = body
            self._changed.notify_all()
            return True


def _path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


class _Handler(Quiet, BaseHTTPRequestHandler):
    server_: ClassVar[AnswerServer]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        accepted = self.server_.accept(self.path, body)
        self.send_response(200 if accepted else 403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Stay silent: the path is a secret."""
