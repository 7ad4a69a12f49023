"""Programs that are loaded once: `sam`, whose imports take longer than its work, and `aws`.

Run as `python -m tests.documents.ready SOCKET`. Each command is a process of its own, with the
directory, environment and streams of whoever typed it.
"""

import gc
import json
import os
import socket
import sys
import traceback
from collections.abc import Callable
from importlib import import_module
from typing import Any

from tests.documents import aws

_STREAMS = 3
_LOADED = (
    "boto3", "samcli.commands.build.core.command", "samcli.commands.build.command",
    "samcli.commands.build.build_context", "samcli.commands.deploy.command",
    "samcli.commands.deploy.deploy_context", "samcli.commands.package.package_context",
    "samcli.commands.delete.command", "samcli.commands.delete.delete_context",
    "samcli.commands.remote.remote_invoke_context", "samcli.commands.remote.invoke.cli",
    "samcli.commands.list.stack_outputs.command",
    "samcli.commands.list.stack_outputs.stack_outputs_context",
    "samtranslator.translator.translator",
)  # fmt: skip


def sam(arguments: list[str]) -> int:
    """Run AWS SAM's command line; it ends by SystemExit."""
    cli = import_module("samcli.cli.main").cli
    cli.main(args=arguments, prog_name="sam")
    return 0


PROGRAMS: dict[str, Callable[[list[str]], int]] = {"sam": sam, "aws": aws.main}


def serve(path: str) -> None:
    """Load everything, then run one command after the other, until killed."""
    for name in ("samcli.cli.main", *_LOADED):
        import_module(name)
    gc.freeze()
    server = socket.socket(socket.AF_UNIX)
    server.bind(path)
    server.listen()
    while True:
        caller, _ = server.accept()
        with caller:
            request, streams, _, _ = socket.recv_fds(caller, 1 << 20, _STREAMS)
            child = os.fork()
            if not child:
                _run(json.loads(request), streams)
            for stream in streams:
                os.close(stream)
            _, status = os.waitpid(child, 0)
            caller.sendall(str(os.waitstatus_to_exitcode(status) & 0xFF).encode())


def _run(request: dict[str, Any], streams: list[int]) -> None:
    """Be the command; never returns."""
    code: Any = 1
    try:
        for own, given in enumerate(streams):
            os.dup2(given, own)
        # Python's own streams remember what they were opened on.
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
        os.environ.clear()
        os.environ.update(request["environment"])
        os.chdir(request["directory"])
        name, *arguments = request["words"]
        sys.argv = [name, *arguments]
        code = PROGRAMS[name](arguments)
    except SystemExit as end:
        code = end.code
    except BaseException:  # noqa: BLE001  # the parent goes on serving
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    serve(sys.argv[1])
