"""The door for `cfn-lint --append-rules FOLDER`: it gives the rules of the package around it.

cfn-lint runs the file by itself, with nothing of the package on `sys.path`, and takes every rule
that it finds in its namespace.
"""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

_NAME = "lambda_alias_promotion_rules"


def _package() -> ModuleType:
    # An installed package of the same name must not win over the folder that was asked for.
    init = Path(__file__).with_name("__init__.py")
    loaded = sys.modules.get(_NAME)
    if loaded and loaded.__file__ == str(init):
        return loaded
    spec = spec_from_file_location(_NAME, init, submodule_search_locations=[str(init.parent)])
    if not spec or not spec.loader:
        raise ImportError(f"{init} is no package")
    package = module_from_spec(spec)
    sys.modules[_NAME] = package
    spec.loader.exec_module(package)
    return package


_RULES = _package()
globals().update({name: getattr(_RULES, name) for name in _RULES.__all__})
