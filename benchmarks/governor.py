"""Gives a process a share of a CPU, as Lambda does by MemorySize: so much of each 20 ms.

Linux's scheduler does it by a quota that is refilled each period; here the process is stopped when
it has used up its own. Time in which it waits costs it nothing, as in Lambda.
"""

import os
import signal
import sys
import time

_PERIOD = 0.02
_LOOK_EVERY = 0.0005


def main(pid: int, share: float) -> None:
    """Govern a process until it ends."""
    clock = _clock(pid)
    used, debt, begins = time.clock_gettime(clock), 0.0, time.monotonic()
    sys.stdout.write("\n")
    sys.stdout.flush()
    stopped = False
    while True:
        now = time.monotonic()
        if now - begins >= _PERIOD:
            periods = int((now - begins) / _PERIOD)
            begins += periods * _PERIOD
            debt = max(0.0, debt - periods * share * _PERIOD)
        spent = time.clock_gettime(clock)
        debt, used = debt + spent - used, spent
        over = debt >= share * _PERIOD
        if over != stopped:
            os.kill(pid, signal.SIGSTOP if over else signal.SIGCONT)
            stopped = over
        time.sleep(_LOOK_EVERY)


def _clock(pid: int) -> int:
    # What clock_getcpuclockid(3) gives; Python has it for threads only.
    return (~pid << 3) | 2


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]), float(sys.argv[2]))
    except OSError:
        sys.exit(0)
