"""An answer goes to CloudFormation's bucket in the provider's own Region, or nowhere."""

import pytest

from handler.response_url import is_cloudformations

BUCKET = "cloudformation-custom-resource-response-"


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("us-east-1", f"{BUCKET}useast1.s3.amazonaws.com"),
        ("us-east-2", f"{BUCKET}useast2.s3-us-east-2.amazonaws.com"),
        ("eu-central-1", f"{BUCKET}eucentral1.s3.eu-central-1.amazonaws.com"),
        ("eu-west-1", f"{BUCKET}euwest1.s3.dualstack.eu-west-1.amazonaws.com"),
        ("us-gov-west-1", f"{BUCKET}usgovwest1.s3.us-gov-west-1.amazonaws.com"),
        ("cn-north-1", f"{BUCKET}cnnorth1.s3.cn-north-1.amazonaws.com.cn"),
        ("eusc-de-east-1", f"{BUCKET}euscdeeast1.s3.eusc-de-east-1.amazonaws.eu"),
    ],
)
def test_every_form_that_cloudformation_uses_is_known(
    monkeypatch: pytest.MonkeyPatch, region: str, host: str
) -> None:
    monkeypatch.setenv("AWS_REGION", region)
    assert is_cloudformations(f"https://{host}/arn%3Aaws?X-Amz-Date=1")
    assert is_cloudformations(f"https://{host}:443/")


@pytest.mark.parametrize(
    "url",
    [
        f"http://{BUCKET}euwest1.s3.amazonaws.com/",
        f"https://{BUCKET}euwest1.s3.amazonaws.com:8443/",
        f"https://{BUCKET}useast1.s3.amazonaws.com/",
        f"https://{BUCKET}euwest1.s3.amazonaws.com.evil.example/",
        f"https://evil.example/{BUCKET}euwest1.s3.amazonaws.com",
        f"https://{BUCKET}euwest1.s3.amazonaws.com@evil.example/",
        "https://my-bucket.s3.amazonaws.com/",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost:1234/",
        "https://[::/",
        "https://",
        "",
    ],
)
def test_no_other_place_gets_an_answer(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.delenv("ANSWER_HOST", raising=False)
    assert not is_cloudformations(url)


def test_an_engine_on_loopback_is_allowed_by_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANSWER_HOST", "localhost")
    assert is_cloudformations("https://localhost:1234/")
    assert not is_cloudformations("http://localhost:1234/")
