"""The tests see nothing of the environment of whoever runs them."""

import os

# Before anything is imported: boto3 and rich read these when they are loaded.
for _name in [each for each in os.environ if each.startswith("AWS_")]:
    del os.environ[_name]
for _name in ("COLUMNS", "FORCE_COLOR"):
    os.environ.pop(_name, None)
os.environ |= {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
for _name in ("NO_PROXY", "no_proxy"):
    os.environ[_name] = ",".join(filter(None, ["127.0.0.1,localhost", os.environ.get(_name)]))
