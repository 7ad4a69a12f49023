"""Whole stack operations: what a user's stack does to the aliases of its function."""

import json
from typing import Any

from tests.e2e.account import ATTRIBUTES, BROKEN, Account, outputs, promotion, template


def stages(code: str, release: str, **more: Any) -> dict[str, Any]:
    return template(
        code,
        Dev=promotion("dev", Triggers=release, Description="Orders, dev"),
        Beta=promotion("beta", SourceQualifier={"Fn::GetAtt": ["Dev", "Version"]}),
        Prod=promotion("prod", SourceQualifier="beta", DependsOn="Beta", Triggers=release),
        **more,
    )


def pointers(account: Account, function: str) -> dict[str, Any]:
    return {name: account.alias(function, name) for name in ("dev", "beta", "prod")}


def test_a_release_reaches_every_stage_of_a_stack_in_order(account: Account) -> None:
    function = outputs(account.deploy("orders-app", stages("a", "1")))["Function"]
    assert [account.answer(function, name) for name in ("dev", "beta", "prod")] == ["a", "a", "a"]

    account.deploy("orders-app", stages("b", "2"))

    assert [account.answer(function, name) for name in ("dev", "beta", "prod")] == ["b", "b", "b"]
    assert account.versions(function) == ["1", "2"]


def test_every_attribute_can_be_read_after_create_and_after_update(account: Account) -> None:
    first = outputs(account.deploy("orders-app", template("a", Prod=promotion("prod"))))
    arn = f"arn:aws:lambda:eu-west-1:123456789012:function:{first['Function']}"
    assert first["Prod"] == f"{arn}:prod"
    assert {name: first[f"Prod{name}"] for name in ATTRIBUTES if name != "CodeSha256"} == {
        "AliasArn": f"{arn}:prod",
        "FunctionArn": arn,
        "FunctionName": first["Function"],
        "Version": "1",
        "VersionArn": f"{arn}:1",
        "PreviousVersion": "",
        "InvocationUri": "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/"
        f"{arn}:prod/invocations",
    }

    second = outputs(
        account.deploy("orders-app", template("b", Prod=promotion("prod", Triggers="2")))
    )

    changed = {name for name in ATTRIBUTES if second[f"Prod{name}"] != first[f"Prod{name}"]}
    assert changed == {"Version", "VersionArn", "PreviousVersion", "CodeSha256"}
    assert second["ProdPreviousVersion"] == "1"


def test_a_change_of_code_alone_moves_no_alias(account: Account) -> None:
    function = outputs(account.deploy("orders-app", stages("a", "1")))["Function"]
    before = pointers(account, function)

    stack = account.deploy("orders-app", stages("b", "1"))

    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert pointers(account, function) == before


def test_an_update_that_fails_after_prod_moved_is_rolled_back_exactly(account: Account) -> None:
    function = outputs(account.deploy("orders-app", stages("a", "1")))["Function"]
    account.deploy("orders-app", stages("b", "2"))
    before = pointers(account, function)

    stack = account.deploy("orders-app", stages("c", "3", Broken=BROKEN | {"DependsOn": "Prod"}))

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert account.versions(function) == ["1", "2", "3"]  # prod had moved
    assert pointers(account, function) == before
    account.deploy("orders-app", stages("d", "4"))
    assert account.answer(function, "prod") == "d"


def test_a_create_that_fails_leaves_no_alias_behind(account: Account) -> None:
    account.deploy("orders-app", template("a"))
    function = outputs(account.settled("orders-app"))["Function"]
    promoted = {
        "Prod": promotion("prod", FunctionName=function),
        "Broken": BROKEN | {"DependsOn": "Prod"},
    }

    stack = account.deploy("orders-promotion", {"Resources": promoted})

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert account.alias(function, "prod") is None


def test_a_renamed_alias_is_made_anew_and_the_old_one_deleted_in_the_cleanup(
    account: Account,
) -> None:
    function = outputs(account.deploy("orders-app", template("a", Prod=promotion("prod"))))[
        "Function"
    ]

    stack = account.deploy("orders-app", template("a", Prod=promotion("live")))

    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert account.alias(function, "prod") is None
    assert account.answer(function, "live") == "a"


def test_a_rename_that_is_rolled_back_keeps_the_old_alias_and_removes_the_new(
    account: Account,
) -> None:
    first = account.deploy("orders-app", template("a", Prod=promotion("prod")))
    function = outputs(first)["Function"]
    before = account.alias(function, "prod")
    broken = BROKEN | {"DependsOn": "Prod"}

    stack = account.deploy("orders-app", template("a", Prod=promotion("live"), Broken=broken))

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert account.alias(function, "prod") == before
    assert account.alias(function, "live") is None


def test_an_adopted_alias_is_given_back_when_the_adoption_is_rolled_back(account: Account) -> None:
    function = outputs(account.deploy("orders-app", template("a")))["Function"]
    version = account.lambda_.publish_version(FunctionName=function)["Version"]
    account.lambda_.create_alias(
        FunctionName=function, Name="prod", FunctionVersion=version, Description="by hand"
    )
    adopting = promotion("prod", AdoptExisting="true")

    stack = account.deploy(
        "orders-app", template("b", Prod=adopting, Broken=BROKEN | {"DependsOn": "Prod"})
    )

    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert account.alias(function, "prod") == (version, "by hand")


def test_an_alias_of_somebody_else_survives_a_promotion_that_wants_it(account: Account) -> None:
    function = outputs(account.deploy("orders-app", template("a", Prod=promotion("prod"))))[
        "Function"
    ]
    before = account.alias(function, "prod")
    thief = {"Resources": {"Prod": promotion("prod", FunctionName=function)}}

    stack = account.deploy("orders-thief", thief)

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "AliasName: prod of" in account.reasons("orders-thief", "Prod")[0]
    assert "exists already" in account.reasons("orders-thief", "Prod")[0]
    assert account.alias(function, "prod") == before


def test_deleting_the_promotion_deletes_the_alias_and_keeps_the_versions(account: Account) -> None:
    function = outputs(account.deploy("orders-app", stages("a", "1")))["Function"]

    account.deploy("orders-app", template("a"))

    assert pointers(account, function) == {"dev": None, "beta": None, "prod": None}
    assert account.versions(function) == ["1"]
    assert account.delete("orders-app") == "DELETE_COMPLETE"


def test_a_function_that_is_not_allowed_is_refused_in_words(account: Account) -> None:
    stack = account.deploy("payments-app", template("a", Prod=promotion("prod")))

    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    [reason] = account.reasons("payments-app", "Prod")
    assert "FunctionName: payments-app-Function-" in reason
    assert "is not allowed here (orders-*); add it to AllowedFunctionNames" in reason


def test_an_action_that_the_role_may_not_do_is_told_in_words(account: Account) -> None:
    iam = account.engine.client("iam")
    [role] = [
        each["RoleName"] for each in iam.list_roles()["Roles"] if "ProviderRole" in each["RoleName"]
    ]
    policy = iam.get_role_policy(RoleName=role, PolicyName="promote")["PolicyDocument"]
    without = json.dumps(policy).replace("lambda:PublishVersion", "lambda:ListTags")
    iam.put_role_policy(RoleName=role, PolicyName="promote", PolicyDocument=without)

    stack = account.deploy("orders-app", template("a", Prod=promotion("prod")))

    iam.put_role_policy(RoleName=role, PolicyName="promote", PolicyDocument=json.dumps(policy))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    [reason] = account.reasons("orders-app", "Prod")
    assert "FunctionName: lambda:PublishVersion on orders-app-Function-" in reason


def test_a_mistake_in_a_property_reads_well_in_the_stack_events(account: Account) -> None:
    account.deploy("orders-app", template("a", Prod=promotion("prod", Trigger="2")))

    [reason] = account.reasons("orders-app", "Prod")
    # CloudFormation itself puts its own words before the provider's.
    assert reason.split(
        "Received response status [FAILED] from custom resource. Message returned: "
    )[1].startswith("Trigger: unknown property; use Triggers")


def test_the_provider_itself_is_updated_under_its_consumers(account: Account) -> None:
    function = outputs(account.deploy("orders-app", stages("a", "1")))["Function"]

    stack = account.install_provider(names="orders-*,payments-*")

    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    account.deploy("orders-app", stages("b", "2"))
    assert account.answer(function, "prod") == "b"


def test_the_providers_arn_is_an_output_an_export_and_a_parameter(account: Account) -> None:
    [output] = account.settled("lambda-alias-promotion")["Outputs"]
    arn = output["OutputValue"]
    ssm = account.engine.client("ssm")
    name = "/lambda-alias-promotion/service-token"

    assert arn.endswith(":function:lambda-alias-promotion:live")
    assert output["ExportName"] == "lambda-alias-promotion-ServiceToken"
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == arn


def test_an_event_that_outlived_its_operation_is_refused_and_changes_nothing(
    account: Account,
) -> None:
    stack = account.deploy("orders-app", stages("a", "1"))
    function, stack_id = outputs(stack)["Function"], stack["StackId"]
    before = pointers(account, function), account.versions(function)
    token = outputs(account.settled("lambda-alias-promotion"))["ServiceToken"]
    url = account.engine.answers.open(stack_id, "Dev", "late")
    given = {"ServiceToken": token, "FunctionName": function, "AliasName": "dev", "Triggers": "9"}
    event = {
        "RequestType": "Create",
        "RequestId": "late",
        "ResponseURL": url,
        "ResourceType": "Custom::LambdaAliasPromotion",
        "LogicalResourceId": "Dev",
        "StackId": stack_id,
        "ResourceProperties": given,
    }

    account.lambda_.invoke(FunctionName=token, Payload=json.dumps(event))

    answer = json.loads(account.engine.answers.wait(url, 5) or b"{}")
    assert answer["Status"] == "FAILED"
    assert "AliasName: nothing was done to dev" in answer["Reason"]
    assert (pointers(account, function), account.versions(function)) == before


def test_no_log_carries_the_secret_of_a_response_url(account: Account) -> None:
    account.deploy("orders-app", stages("a", "1"))

    log = account.engine.logs["lambda-alias-promotion"]

    assert "answered" in log
    assert "X-Amz-Signature" not in log
