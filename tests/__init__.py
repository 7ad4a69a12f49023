"""The tests see nothing of the environment of whoever runs them; `local` sees to the rest."""

import os

# Before anything is imported: rich reads these when it is.
for _name in ("COLUMNS", "FORCE_COLOR"):
    os.environ.pop(_name, None)
