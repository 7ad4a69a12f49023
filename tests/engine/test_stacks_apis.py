"""REST APIs of API Gateway, as CloudFormation makes them."""

from typing import Any

from tests.engine.cloudformation_world import World, template

REGION, ACCOUNT = "eu-west-1", "123456789012"
FUNCTIONS = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions"
READ = {"Api": {"Ref": "Api"}, "Orders": {"Ref": "Orders"}, "Live": {"Ref": "Live"}}


def uri(alias: str) -> str:
    return f"{FUNCTIONS}/arn:aws:lambda:{REGION}:{ACCOUNT}:function:orders:{alias}/invocations"


def api(alias: str = "prod", *, deployment: str = "First", **method: Any) -> dict[str, Any]:
    """Declare an API whose POST /orders calls an alias; a new deployment has a new name."""
    of = {"RestApiId": {"Ref": "Api"}}
    integration = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": uri(alias)}
    declared: dict[str, tuple[str, dict[str, Any]]] = {
        "Api": ("RestApi", {"Name": "orders"}),
        "Orders": (
            "Resource",
            {**of, "ParentId": {"Fn::GetAtt": ["Api", "RootResourceId"]}, "PathPart": "orders"},
        ),
        "Post": (
            "Method",
            {**of, "ResourceId": {"Ref": "Orders"}, "HttpMethod": "POST",
             "AuthorizationType": "NONE", "Integration": integration, **method},
        ),
        deployment: ("Deployment", of),
        "Live": ("Stage", {**of, "StageName": "live", "DeploymentId": {"Ref": deployment}}),
    }  # fmt: skip
    resources: dict[str, Any] = {
        name: {"Type": f"AWS::ApiGateway::{kind}", "Properties": properties}
        for name, (kind, properties) in declared.items()
    }
    resources[deployment]["DependsOn"] = "Post"
    return template(READ, **resources)


def called(world: World) -> str:
    """Give what the API's method calls."""
    made = world.outputs()
    method = world.client("apigateway").get_method(
        restApiId=made["Api"], resourceId=made["Orders"], httpMethod="POST"
    )
    return str(method["methodIntegration"]["uri"])


def test_an_api_is_made_with_its_stage_and_deleted_again(world: World) -> None:
    assert world.create(api()) == "CREATE_COMPLETE", world.events()

    made, client = world.outputs(), world.client("apigateway")
    assert called(world) == uri("prod")
    assert made["Live"] == "live"
    paths = [each["path"] for each in client.get_resources(restApiId=made["Api"])["items"]]
    assert sorted(paths) == ["/", "/orders"]
    assert world.delete() == "DELETE_COMPLETE"
    assert made["Api"] not in [each["id"] for each in client.get_rest_apis()["items"]]


def test_a_method_calls_something_else_and_a_stage_serves_another_deployment(
    world: World,
) -> None:
    world.create(api())
    before = world.outputs()

    assert world.update(api("beta", deployment="Second")) == "UPDATE_COMPLETE", world.events()

    assert world.outputs() == before
    assert called(world) == uri("beta")
    client = world.client("apigateway")
    stage = client.get_stage(restApiId=before["Api"], stageName="live")
    deployments = client.get_deployments(restApiId=before["Api"])["items"]
    assert [stage["deploymentId"]] == [each["id"] for each in deployments]


def test_what_an_api_is_not_emulated_for_is_named(world: World) -> None:
    world.create(api())

    updated = world.update(api(AuthorizationType="AWS_IAM"))

    assert updated == "UPDATE_ROLLBACK_COMPLETE"
    (reason,) = [line for line in world.events(of="Post") if "FAILED" in line]
    assert "not emulated: more of AWS::ApiGateway::Method changes" in reason
