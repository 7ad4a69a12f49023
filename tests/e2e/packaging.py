"""What `sam package` does: the code of a template's folder into a bucket, under its own hash."""

import io
import re
import zipfile
from hashlib import sha256
from pathlib import Path

from tests.e2e.account import Account

_CODE = re.compile(r"(?<=CodeUri: )[\w/]+$", re.MULTILINE)


def packaged(account: Account, template: Path) -> str:
    """Give a template with its CodeUri's uploaded."""
    s3 = account.engine.client("s3")

    def upload(found: re.Match[str]) -> str:
        content = _zipped(template.parent / found[0])
        key = f"{sha256(content).hexdigest()}.zip"
        s3.put_object(Bucket="artifacts", Key=key, Body=content)
        return f"s3://artifacts/{key}"

    return _CODE.sub(upload, template.read_text("utf-8"))


def _zipped(folder: Path) -> bytes:
    """Zip a folder; the same files give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.rglob("*.py")):
            entry = zipfile.ZipInfo(str(path.relative_to(folder)), (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    return packed.getvalue()
