"""Where handlers run as in Lambda: the built artifact, and the SDK that the runtime brings."""

import compileall
import os
import shutil
import subprocess
import sys
import sysconfig
from functools import cached_property
from pathlib import Path
from py_compile import PycInvalidationMode

ROOT = Path(__file__).parents[1]

_RUNTIME = ("boto3", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py")
"""What Lambda's runtime has beside botocore; it has the byte code of all of it."""

_VENDORED = ("crhelper", "aws_lambda_powertools", "fastjsonschema", "typing_extensions.py")
"""What the artifact has beside our own code, see requirements/provider.in."""

_REFERENCES = ("reference_handler.py", "bare_handler.py")


class Workspace:
    """Directories for PYTHONPATH, each made when it is first asked for.

    Args:
        directory: where to make them.
        certificates: the roots that the SDK is to trust, in place of its own.
        sdk: where the SDK is installed; beside everything else if left out.
    """

    def __init__(self, directory: Path, certificates: Path, sdk: Path | None = None) -> None:
        self._directory = directory
        self._certificates = certificates
        self._installed = Path(sysconfig.get_path("purelib"))
        self._sdk = sdk or self._installed

    @cached_property
    def runtime(self) -> Path:
        """The SDK alone, as Lambda's runtime has it beside the artifact."""
        made = self._made("runtime")
        # Where pip was told not to compile (PIP_NO_COMPILE); what has byte code is left as it is.
        installed = [str(self._sdk / name) for name in ("botocore", *_RUNTIME)]
        written(sys.executable, "-m", "compileall", "-q", *installed)
        for name in _RUNTIME:
            (made / name).symlink_to(self._sdk / name)
        # Trusted as the SDK trusts AWS, not as roots that somebody names: handlers may do otherwise
        # for those.
        (made / "botocore").mkdir()
        for each in (self._sdk / "botocore").iterdir():
            own = each.name == "cacert.pem"
            (made / "botocore" / each.name).symlink_to(self._certificates if own else each)
        return made

    @cached_property
    def source(self) -> Path:
        """The provider as it stands here, not built: all that matters once it has started."""
        made = self._made("source")
        (made / "handler").symlink_to(ROOT / "handler")
        for name in _VENDORED:
            (made / name).symlink_to(self._installed / name)
        return made

    @cached_property
    def provider(self) -> Path:
        """The artifact of the provider, as `make build-ProviderFunction` builds it."""
        made = self._made("provider")
        written("make", "-s", "build-ProviderFunction",
                f"ARTIFACTS_DIR={made}", f"PYTHON={sys.executable}")  # fmt: skip
        return made

    @cached_property
    def uncompiled_provider(self) -> Path:
        """The same without byte code that counts: built by another Python than the runtime's."""
        ignored = shutil.ignore_patterns("__pycache__")
        return Path(shutil.copytree(self.provider, self._directory / "uncompiled", ignore=ignored))

    @cached_property
    def references(self) -> Path:
        """The handlers to compare with, and crhelper, with byte code."""
        made = self._made("references")
        for name in _REFERENCES:
            shutil.copy(ROOT / "benchmarks" / name, made)
        shutil.copytree(self._installed / "crhelper", made / "crhelper")
        compileall.compile_dir(made, quiet=1, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH)
        return made

    @cached_property
    def stubs(self) -> Path:
        """The provider without AWS."""
        made = self._made("stubs")
        shutil.copy(ROOT / "benchmarks" / "stubbed_handler.py", made)
        return made

    def _made(self, name: str) -> Path:
        made = self._directory / name
        made.mkdir()
        return made


def written(*command: str) -> str:
    """Run a command in the checkout; give what it writes.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    done = subprocess.run(  # noqa: S603 - our own
        command, cwd=ROOT, check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def zipped(directory: Path) -> int:
    """Give the bytes of a directory as a zip, as `sam deploy` uploads it."""
    archive = Path(shutil.make_archive(str(directory), "zip", directory))
    try:
        return archive.stat().st_size
    finally:
        os.unlink(archive)  # noqa: PTH108 - the same
