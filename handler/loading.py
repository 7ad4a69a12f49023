"""Loads without looking for garbage: it all stays, and the looks take an eighth of the start.

Meanwhile, the CA roots are read by a thread.
"""

import gc

from handler import tls

gc.disable()


def done() -> None:
    """Look for garbage from now on, but not among what was loaded; have the roots."""
    tls.context()
    gc.freeze()
    gc.enable()
