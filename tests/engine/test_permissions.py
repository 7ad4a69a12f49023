"""A function may do what its role allows, and nothing else."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.engine import Engine
from local.permissions import Permissions

FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:orders"


def allow(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any) -> dict[str, Any]:
    return {**allow(action, resource), "Effect": "Deny"}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def act_as(engine: Engine, *statements: dict[str, Any]) -> Any:
    """Make a role with these statements, and a client that acts as it."""
    iam = engine.client("iam")
    role = iam.create_role(RoleName="orders", AssumeRolePolicyDocument="{}")["Role"]
    iam.put_role_policy(
        RoleName="orders",
        PolicyName="inline",
        PolicyDocument=document(*statements),
    )
    return engine.client_of_role(role["Arn"], "lambda")


def refusal(client: Any) -> str:
    with pytest.raises(ClientError) as caught:
        client.get_alias(FunctionName="orders", Name="prod")
    return str(caught.value)


@pytest.mark.parametrize(
    "statements",
    [
        [allow("lambda:GetAlias", FUNCTION)],
        [allow(["lambda:PublishVersion", "lambda:Get*"], ["arn:aws:lambda:*:*:function:o*"])],
        [allow("*", "*")],
    ],
    ids=["exactly", "by pattern", "everything"],
)
def test_what_the_role_allows_reaches_the_service(engine: Engine, statements: Any) -> None:
    assert "Cannot find alias arn" in refusal(act_as(engine, *statements))


@pytest.mark.parametrize(
    "statements",
    [
        [allow("lambda:UpdateAlias", FUNCTION)],
        [allow("lambda:GetAlias", f"{FUNCTION}:*")],
        [allow("lambda:GetAlias", FUNCTION, Condition={"Bool": {"aws:SecureTransport": "true"}})],
        [allow("*", "*"), deny("lambda:GetAlias", "*")],
    ],
    ids=["another action", "another resource", "on a condition", "denied"],
)
def test_what_the_role_does_not_allow_is_refused_in_awss_words(
    engine: Engine, statements: Any
) -> None:
    told = refusal(act_as(engine, *statements))

    assert "AccessDeniedException" in told
    assert f"is not authorized to perform: lambda:GetAlias on resource: {FUNCTION}" in told


def test_a_refusal_reaches_who_sends_much(engine: Engine) -> None:
    client = act_as(engine, allow("lambda:GetAlias", FUNCTION))
    with pytest.raises(ClientError, match="not authorized to perform: lambda:InvokeFunction"):
        client.invoke(FunctionName="orders", Payload=b"1" * 5_000_000)


def test_a_policy_counts_from_the_moment_it_is_written_or_deleted(engine: Engine) -> None:
    client = act_as(engine, allow("lambda:UpdateAlias", FUNCTION))
    iam = engine.client("iam")
    policy = iam.create_policy(PolicyName="more", PolicyDocument=document(deny("*", "*")))
    arn = policy["Policy"]["Arn"]
    denied, allowed = "AccessDeniedException", "Cannot find alias arn"

    assert denied in refusal(client)
    iam.put_role_policy(
        RoleName="orders", PolicyName="inline", PolicyDocument=document(allow("lambda:*", "*"))
    )
    assert allowed in refusal(client)
    iam.attach_role_policy(RoleName="orders", PolicyArn=arn)
    assert denied in refusal(client)
    iam.create_policy_version(
        PolicyArn=arn, PolicyDocument=document(allow("s3:*", "*")), SetAsDefault=True
    )
    assert allowed in refusal(client)
    iam.delete_role_policy(RoleName="orders", PolicyName="inline")
    assert denied in refusal(client)


def test_a_role_that_is_gone_may_do_nothing(engine: Engine) -> None:
    client = act_as(engine, allow("lambda:*", "*"))
    iam = engine.client("iam")
    iam.delete_role_policy(RoleName="orders", PolicyName="inline")
    iam.delete_role(RoleName="orders")
    assert "AccessDeniedException" in refusal(client)


def test_a_managed_policy_of_aws_counts(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    client = act_as(engine, allow("lambda:UpdateAlias", FUNCTION))
    engine.client("iam").attach_role_policy(
        RoleName="orders", PolicyArn="arn:aws:iam::aws:policy/AWSLambda_ReadOnlyAccess"
    )
    assert "Cannot find alias arn" in refusal(client)


def test_who_is_not_a_function_may_do_everything(engine: Engine) -> None:
    assert "Cannot find alias arn" in refusal(engine.client("lambda"))


def test_every_session_has_a_key_of_its_own() -> None:
    permissions = Permissions("123456789012")
    keys = {permissions.session("role")["AWS_ACCESS_KEY_ID"] for _ in range(2)}
    assert len(keys) == 2
