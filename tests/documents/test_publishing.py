"""What the Serverless Application Repository is told, and what the checklist says of it."""

import re
import tomllib

from local.cloudformation.template import parse
from tests.documents.pages import ROOT

APPLICATION = parse((ROOT / "template.yaml").read_text("utf-8"))["Metadata"][
    "AWS::ServerlessRepo::Application"
]
CHECKLIST = (ROOT / "docs" / "releasing.md").read_text("utf-8")
ASKED = {
    "Name", "Description", "Author", "SpdxLicenseId", "LicenseUrl", "ReadmeUrl", "Labels",
    "HomePageUrl", "SemanticVersion", "SourceCodeUrl",
}  # fmt: skip


def test_what_is_not_said_is_on_the_checklist() -> None:
    left_out = set(re.findall(r"^- \[ \] `(\w+)`: ", CHECKLIST, re.MULTILINE))
    assert left_out == ASKED - APPLICATION.keys()
    assert APPLICATION.keys() <= ASKED


def test_the_version_is_that_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert APPLICATION["SemanticVersion"] == project["version"]
    assert APPLICATION["SpdxLicenseId"] == project["license"]


def test_the_files_are_there_and_the_texts_have_the_form_that_the_repository_takes() -> None:
    assert all((ROOT / APPLICATION[name]).is_file() for name in ("LicenseUrl", "ReadmeUrl"))
    assert re.fullmatch(r"[a-z0-9](?:-?[a-z0-9])*", APPLICATION["Author"])
    assert re.fullmatch(r"[a-zA-Z0-9-]{1,140}", APPLICATION["Name"])
    assert len(APPLICATION["Description"]) <= 256
    assert len(APPLICATION["Labels"]) <= 10
