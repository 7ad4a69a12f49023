"""What functions write goes to CloudWatch Logs, which is moto's: in process, line by line.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html
"""

import logging
import threading
import time

from moto.logs.models import LogsBackend, logs_backends

from local import permissions
from local.ports import Target

_logger = logging.getLogger(__name__)


class Logs:
    """Writes lines as Lambda does: by the function's role, which may not be allowed to.

    Args:
        account: the engine's account.
    """

    def __init__(self, account: str) -> None:
        self._account = account
        self._lock = threading.Lock()

    def write(self, target: Target, line: str) -> None:
        """Write a line; one that can't be written is lost, and the function goes on."""
        try:
            with self._lock:
                self._put(target, line)
        except Exception:
            # Whoever calls reads a function's output: were it to end here, the function would hang.
            _logger.exception("a line did not reach CloudWatch Logs")

    def _put(self, target: Target, line: str) -> None:
        backend: LogsBackend = logs_backends[self._account][target.region]
        if _ready(backend, target) and _may(target, "PutLogEvents"):
            event = {"timestamp": int(time.time() * 1000), "message": line}
            backend.put_log_events(target.log_group, target.function_name, [event])


def _ready(backend: LogsBackend, target: Target) -> bool:
    """Make what is missing; looked at for each line, because people delete groups."""
    if target.log_group not in backend.groups:
        if not _may(target, "CreateLogGroup"):
            return False
        backend.ensure_log_group(target.log_group)
    if target.function_name not in backend.groups[target.log_group].streams:
        if not _may(target, "CreateLogStream"):
            return False
        backend.create_log_stream(target.log_group, target.function_name)
    return True


def _may(target: Target, what: str) -> bool:
    return permissions.allows(target.role, f"logs:{what}")
