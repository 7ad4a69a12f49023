"""Connections whose other end may be gone at any moment, and that is nobody's fault."""

import contextlib
from socketserver import StreamRequestHandler
from ssl import SSLEOFError

_GONE = (ConnectionError, SSLEOFError)


class Quiet(StreamRequestHandler):
    """Goes before a server's own handler: socketserver prints a traceback for each lost client.

    A function is killed when its time is over, and everything is when the engine stops; whoever
    waits for it is told by other ways.
    """

    def handle(self) -> None:
        """Serve until the client is gone."""
        with contextlib.suppress(*_GONE):
            super().handle()

    def finish(self) -> None:
        """Send what is left, if anybody is there to read it."""
        with contextlib.suppress(*_GONE):
            super().finish()
