"""A loopback stand-in for the AWS services that the product needs; never imported by `handler/`."""

import os

_LOOPBACK = "127.0.0.1,localhost"

# Before anything is imported, for boto3 reads these when it is: no profile, key or endpoint of
# whoever starts the engine counts here, and no proxy leads to it.
for _name in [each for each in os.environ if each.startswith("AWS_")]:
    del os.environ[_name]
os.environ |= {
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
for _name in ("NO_PROXY", "no_proxy"):
    os.environ[_name] = ",".join(filter(None, [_LOOPBACK, os.environ.get(_name)]))
