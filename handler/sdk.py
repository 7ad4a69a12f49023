"""A session of botocore that reads what it needs, and quickly.

Its own would open each of 400 folders, twice, to know whether there is the service that it is asked
for, and read JSON into a class that takes twice the time of a dict: a sixth of the start.
"""

import gzip
import json
import os
from pathlib import Path
from typing import Any

from botocore.loaders import JSONFileLoader, Loader, instance_cache
from botocore.session import Session


def session() -> Session:
    """Make one for `boto3.setup_default_session`; it reads the directories that any other reads."""
    made = Session()
    paths = made.get_component("data_loader").search_paths
    loader = _Loader(paths, _Files(), include_default_search_paths=False)
    made.register_component("data_loader", loader)
    return made


class _Loader(Loader):
    @instance_cache
    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - of the base
        # By the folders' names: what lacks the type is found out by what comes next, the look for
        # its versions.
        names = set[str]()
        for path in filter(os.path.isdir, self.search_paths):
            with os.scandir(path) as entries:
                names.update(each.name for each in entries if each.is_dir())
        return sorted(names)


class _Files(JSONFileLoader):
    def load_file(self, file_path: str) -> Any:
        for end, opened in ((".json", open), (".json.gz", gzip.open)):
            if (path := Path(file_path + end)).is_file():
                with opened(path, "rb") as file:
                    return json.load(file)
        return None
