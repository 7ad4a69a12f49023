"""Numbers as people read them; pure."""

from itertools import groupby

_UNITS = ("bytes", "KB", "MB", "GB", "TB")
_STEP = 1024
_FEW = 2


def ranges(numbers: list[str]) -> str:
    """Write 1 2 3 5 as `1-3, 5`."""
    counted = [(int(each) - place, each) for place, each in enumerate(numbers)]
    runs = [[each for _, each in run] for _, run in groupby(counted, key=lambda pair: pair[0])]
    short = [run if len(run) <= _FEW else [f"{run[0]}-{run[-1]}"] for run in runs]
    return ", ".join(each for run in short for each in run)


def size(amount: float) -> str:
    """Write bytes for people."""
    unit = 0
    while amount >= _STEP and unit < len(_UNITS) - 1:
        amount, unit = amount / _STEP, unit + 1
    return f"{amount:.1f} {_UNITS[unit]}" if unit else f"{amount:.0f} bytes"
