"""A client that is gone prints no traceback: functions are killed, and so is the engine."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local.answers import AnswerServer
from local.execution.runtime_api import Invocation, RuntimeApi
from local.front import listen
from local.settings import Settings

REQUEST = b"GET /next HTTP/1.1\r\nHost: localhost\r\n\r\n"


def connect(address: str) -> socket.socket:
    host, port = address.split(":")
    return socket.create_connection((host, int(port)))


def reset(connection: socket.socket) -> None:
    """End a connection as the kernel does for a process that is killed."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def handled() -> None:
    """Wait until every connection was handled to its end."""
    while any("process_request_thread" in each.name for each in threading.enumerate()):
        time.sleep(0.01)


@pytest.fixture
def runtime() -> Iterator[Callable[[], None]]:
    """A function that is killed while it waits for an event, which then comes."""
    api = RuntimeApi()

    def killed() -> None:
        connection = connect(api.address)
        connection.sendall(REQUEST)
        api.initialised.result(10)
        reset(connection)
        api.submit(Invocation("arn", b"{}" * 100_000, 1))

    yield killed
    api.shut_down()


@pytest.fixture
def front() -> Iterator[Callable[[], None]]:
    """A client that is killed before its answer comes."""
    asked, gone = threading.Event(), threading.Event()

    def app(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
        asked.set()
        assert gone.wait(10)
        start_response("200 OK", [("Content-Length", "200000")])
        return [b"{}" * 100_000]

    server = listen(app, 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()

    def killed() -> None:
        connection = connect(f"127.0.0.1:{server.server_port}")
        connection.sendall(REQUEST)
        assert asked.wait(10)
        reset(connection)
        gone.set()

    yield killed
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def answers(tmp_path: Path) -> Iterator[Callable[[], None]]:
    """A function that is killed when it has begun to answer."""
    server = AnswerServer(Settings(), tmp_path)

    def killed() -> None:
        url = server.open("stack", "logical", "request")
        context = ssl.create_default_context(cafile=str(server.certificate))
        plain = connect(url.split("/")[2].replace("localhost", "127.0.0.1"))
        connection = context.wrap_socket(plain, server_hostname="localhost")
        connection.sendall(b"PUT / HTTP/1.1\r\nContent-Length: 9\r\n\r\n")
        reset(connection)

    yield killed
    server.shut_down()


@pytest.mark.parametrize("server", ["runtime", "front", "answers"])
def test_a_client_that_is_gone_prints_nothing(
    request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], server: str
) -> None:
    killed: Callable[[], None] = request.getfixturevalue(server)

    killed()

    time.sleep(0.1)  # until it is accepted
    handled()
    assert capsys.readouterr() == ("", "")
