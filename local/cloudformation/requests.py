"""Reads from an operation's input what a stack shall become."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from botocore.exceptions import ClientError

from local.cloudformation.changes import active
from local.cloudformation.clients import Clients
from local.cloudformation.errors import ApiError
from local.cloudformation.stacks import Request, Stack
from local.cloudformation.template import Template, bind, capabilities, check, parse
from local.cloudformation.transforms import Transformer, transforms

Input = Mapping[str, Any]
# Inputs that would change the outcome; harmless while they are empty.
_NOT_EMULATED = (
    "DeploymentConfig", "EnableTerminationProtection", "ImportExistingResources",
    "IncludeNestedStacks", "NotificationARNs", "OnStackFailure", "ResourceTypes",
    "ResourcesToImport", "RetainExceptOnCreate", "RoleARN", "RollbackConfiguration",
    "StackPolicyBody", "StackPolicyDuringUpdateBody", "StackPolicyDuringUpdateURL",
    "StackPolicyURL", "TimeoutInMinutes",
)  # fmt: skip


class Reader:
    """Reads requests.

    Args:
        account: the account of every stack.
        clients: for S3 and SSM.
        transformer: applies a template's transforms.
        check_type: raises when a resource type is not emulated.
    """

    def __init__(
        self, account: str, clients: Clients, transformer: Transformer,
        check_type: Callable[[str], Any],
    ) -> None:  # fmt: skip
        self._account = account
        self._clients = clients
        self._transformer = transformer
        self._check_type = check_type

    def request(
        self, region: str, given: Input, stack: Stack | None, *, macros: bool = False
    ) -> Request:
        """Read everything that says what the stack shall become.

        Args:
            region: the stack's Region.
            given: the input.
            stack: the stack as it is.
            macros: the caller has to acknowledge transforms, having no change set to look at.

        Raises:
            ApiError: something is wrong with it.
            TransformError: a transform failed.
        """
        refuse(given, *_NOT_EMULATED)
        if given.get("OnFailure", "ROLLBACK") != "ROLLBACK":
            refuse(given, "OnFailure")
        before = stack.request if stack else None
        body = self._body(region, given, stack)
        acknowledged = tuple(given.get("Capabilities", ()))
        # Before anything is run that was not acknowledged.
        if macros and transforms(parse(body)):
            _acknowledged(["CAPABILITY_AUTO_EXPAND"], acknowledged)
        template = self._template(region, given, stack, body)
        if "CAPABILITY_NAMED_IAM" not in acknowledged:
            _acknowledged(capabilities(template.processed), acknowledged)
        tags = {tag["Key"]: tag["Value"] for tag in given.get("Tags", [])}
        if "Tags" not in given and before:
            tags = dict(before.tags)
        return Request(template, tags, acknowledged, given.get("DisableRollback", False))

    def _body(self, region: str, given: Input, stack: Stack | None) -> str:
        """Give the text of the template, which may be the one that the stack has."""
        if stack and stack.request and given.get("UsePreviousTemplate"):
            return stack.request.template.body
        if "TemplateBody" in given:
            return str(given["TemplateBody"])
        if "TemplateURL" not in given:
            raise ApiError("Either Template URL or Template Body must be specified.")
        bucket, _, key = urlsplit(given["TemplateURL"]).path.lstrip("/").partition("/")
        try:
            found = self._clients.get("s3", region).get_object(Bucket=bucket, Key=unquote(key))
        except ClientError as error:
            raise ApiError(f"S3 error: {error.response['Error']['Message']}") from error
        return str(found["Body"].read().decode())

    def _template(self, region: str, given: Input, stack: Stack | None, body: str) -> Template:
        before = stack.request.template if stack and stack.request else None
        source = parse(body)
        parameters = {
            one["ParameterKey"]: None if one.get("UsePreviousValue") else one["ParameterValue"]
            for one in given.get("Parameters", [])
        }
        texts, values = bind(
            source.get("Parameters", {}), parameters, before.given if before else {},
            lambda key: self._ssm(region, key),
        )  # fmt: skip
        processed = self._transformer.apply(source, values, region)
        # What the transform itself declares has only defaults.
        added = {key: one["Default"] for key, one in processed.get("Parameters", {}).items()
                 if key not in values and "Default" in one}  # fmt: skip
        pseudo = self._pseudo(region, stack.name if stack else given["StackName"])
        template = Template(body, processed, texts, {**added, **values, **pseudo})
        check(processed)
        for definition in active(template).values():
            self._check_type(definition["Type"])
        return template

    def _pseudo(self, region: str, stack_name: str) -> dict[str, Any]:
        """Give the pseudo parameters but for AWS::StackId, which a new stack does not have yet."""
        return {
            "AWS::Region": region,
            "AWS::AccountId": self._account,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::NotificationARNs": [],
            "AWS::StackName": stack_name,
        }

    def _ssm(self, region: str, key: str) -> str:
        try:
            found = self._clients.get("ssm", region).get_parameter(Name=key)
        except ClientError as error:
            raise ApiError(
                f"Unable to fetch parameters [{key}] from parameter store for this account."
            ) from error
        return str(found["Parameter"]["Value"])


def _acknowledged(needed: list[str], given: tuple[str, ...]) -> None:
    if missing := [one for one in needed if one not in given]:
        raise ApiError(
            f"Requires capabilities : [{', '.join(missing)}]", "InsufficientCapabilitiesException"
        )


def refuse(given: Input, *names: str) -> None:
    """Refuse inputs that are not emulated.

    Raises:
        ApiError: one of them is given and not empty.
    """
    for name in names:
        if given.get(name):
            raise ApiError(f"not emulated: {name}")
