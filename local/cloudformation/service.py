"""The operations of the API: what each checks, starts and answers.

A method is named as its operation and gets the parsed input; what has no method is not emulated.
"""

import json
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from local.cloudformation import describe
from local.cloudformation.changes import changes, outputs_differ
from local.cloudformation.clients import Clients
from local.cloudformation.custom import Caller, CustomResource, LambdaCaller
from local.cloudformation.errors import ApiError, ResourceError
from local.cloudformation.operations import Operation
from local.cloudformation.requests import Input, Reader, refuse
from local.cloudformation.resources import Providers
from local.cloudformation.resources.macros import MACRO, Macros
from local.cloudformation.resources.stacks import providers
from local.cloudformation.stacks import ChangeSet, Request, Stable, Stack, Store, now
from local.cloudformation.template import parse
from local.cloudformation.transforms import Transformer, TransformError, transforms
from local.ports import AnswerDesk
from local.settings import Settings

Work = Callable[[Operation], None]
_EMPTY_CHANGE_SET = (
    "The submitted information didn't contain changes. "
    "Submit different information to create a change set."
)
_CAN_UPDATE = (
    "CREATE_COMPLETE", "CREATE_FAILED", "UPDATE_COMPLETE", "UPDATE_FAILED",
    "UPDATE_ROLLBACK_COMPLETE",
)  # fmt: skip


class Actions:
    """CloudFormation for every Region of the engine.

    Args:
        settings: the engine's settings.
        clients: calls back into the engine.
        answers: where custom resources answer.
        caller: sends events to custom resources; by default through Lambda.
    """

    def __init__(
        self, settings: Settings, clients: Clients, answers: AnswerDesk, caller: Caller | None
    ) -> None:
        self._settings = settings
        self._clients = clients
        self._store = Store()
        self._closing = threading.Event()
        custom = CustomResource(settings, answers, caller or LambdaCaller(clients), self._closing)
        macros = Macros()
        own = {**providers(answers, self._closing), MACRO: macros}
        self._providers = Providers(clients, custom, own)
        transformer = Transformer(settings.account, macros, clients)
        self._reader = Reader(settings.account, clients, transformer, self._check_type)
        self._threads: dict[str, threading.Thread] = {}
        self._lock = threading.RLock()

    def close(self) -> None:
        """Stop waiting for custom resources, and wait for the operations to end."""
        self._closing.set()
        for thread in list(self._threads.values()):
            thread.join()

    # Changing a stack

    def create_stack(self, region: str, given: Input) -> Input:
        """CreateStack."""
        if self._store.find(region, given["StackName"]):
            raise ApiError(f"Stack [{given['StackName']}] already exists", "AlreadyExistsException")
        request = self._plain_request(region, given, None)
        stack = self._new_stack(region, given["StackName"])
        self._start(stack, "CREATE_IN_PROGRESS", Operation.create, request)
        return {"StackId": stack.id}

    def update_stack(self, region: str, given: Input) -> Input:
        """UpdateStack."""
        stack = self._updatable(region, given["StackName"])
        request = self._plain_request(region, given, stack)
        if not self._changes(stack, request)[1]:
            raise ApiError("No updates are to be performed.")
        self._start(stack, "UPDATE_IN_PROGRESS", Operation.update, request)
        return {"StackId": stack.id}

    def delete_stack(self, region: str, given: Input) -> Input:
        """DeleteStack; lingers until it is done."""
        refuse(given, "RoleARN", "DeploymentConfig")
        if given.get("DeletionMode", "STANDARD") != "STANDARD":
            refuse(given, "DeletionMode")
        stack = self._store.find(region, given["StackName"])
        if stack is None or stack.status == "DELETE_COMPLETE":
            return {}
        retain = given.get("RetainResources", [])
        if retain and stack.status != "DELETE_FAILED":
            raise ApiError("RetainResources is only for a stack in DELETE_FAILED")
        for name, (owner, _) in self._store.exports(region).items():
            if owner is stack and (users := self._store.importers(region, name)):
                raise ApiError(
                    f"Delete canceled. Cannot delete export {name} as it is in use by "
                    f"{' and '.join(users)}."
                )
        self._start(stack, "DELETE_IN_PROGRESS", lambda operation: operation.delete(retain))
        return self._linger(stack)

    def continue_update_rollback(self, region: str, given: Input) -> Input:
        """ContinueUpdateRollback."""
        refuse(given, "RoleARN", "ForceRollback")
        stack = self._found(region, given["StackName"])
        if stack.status != "UPDATE_ROLLBACK_FAILED":
            raise _cannot_update(stack)
        failed = {one.logical_id for one in stack.resources.values()
                  if one.status == "UPDATE_FAILED"}  # fmt: skip
        skip = set(given.get("ResourcesToSkip", []))
        if wrong := sorted(skip - failed):
            raise ApiError(f"ResourcesToSkip: {wrong} are not in UPDATE_FAILED")
        work: Work = lambda operation: operation.rollback(skip=skip)  # noqa: E731 - fits nowhere else
        self._start(stack, "UPDATE_ROLLBACK_IN_PROGRESS", work)
        return {}

    def rollback_stack(self, region: str, given: Input) -> Input:
        """RollbackStack, after a failure without rollback."""
        refuse(given, "RoleARN", "RetainExceptOnCreate")
        stack = self._found(region, given["StackName"])
        if stack.status == "UPDATE_FAILED" and stack.stable:
            self._start(stack, "UPDATE_ROLLBACK_IN_PROGRESS", Operation.rollback)
        elif stack.status in ("CREATE_FAILED", "UPDATE_FAILED"):
            self._start(stack, "ROLLBACK_IN_PROGRESS", Operation.undo_create)
        else:
            raise ApiError(f"Stack [{stack.name}] cannot be rolled back from {stack.status}")
        return {"StackId": stack.id}

    # Change sets

    def create_change_set(self, region: str, given: Input) -> Input:
        """CreateChangeSet; it is ready, or FAILED, at once."""
        name, kind = given["ChangeSetName"], given.get("ChangeSetType", "UPDATE")
        stack = self._store.find(region, given["StackName"])
        if kind not in ("CREATE", "UPDATE"):
            raise ApiError(f"not emulated: ChangeSetType {kind}")
        if kind == "UPDATE":
            stack = self._updatable(region, given["StackName"])
        elif stack and stack.status != "REVIEW_IN_PROGRESS":
            raise ApiError(f"Stack [{stack.name}] already exists and cannot be created again with "
                           f"the changeSet [{name}].")  # fmt: skip
        if stack and name in stack.change_sets:
            raise ApiError(f"ChangeSet {name} already exists", "AlreadyExistsException")
        request, found, problem = self._proposal(region, given, stack)
        if stack is None:
            stack = self._new_stack(region, given["StackName"])
            stack.set_status("REVIEW_IN_PROGRESS", "User Initiated")
        arn = f"arn:aws:cloudformation:{region}:{stack.account}:changeSet/{name}/{uuid.uuid4()}"
        made = ChangeSet(name, arn, kind, now(), given.get("Description"), request, found)
        if problem:
            made.status, made.reason, made.execution_status = "FAILED", problem, "UNAVAILABLE"
        stack.change_sets[name] = made
        return {"Id": arn, "StackId": stack.id}

    def describe_change_set(self, region: str, given: Input) -> Input:
        """DescribeChangeSet."""
        return describe.change_set(*self._change_set(region, given))

    def execute_change_set(self, region: str, given: Input) -> Input:
        """ExecuteChangeSet; lingers until it is done."""
        stack, change_set = self._change_set(region, given)
        if change_set.execution_status != "AVAILABLE" or change_set.request is None:
            raise ApiError(
                f"ChangeSet [{change_set.id}] cannot be executed in its current status of "
                f"[{change_set.status}]",
                "InvalidChangeSetStatus",
            )
        work = Operation.create if change_set.type == "CREATE" else Operation.update
        request = replace(change_set.request, disable_rollback=given.get("DisableRollback", False))
        self._start(stack, f"{change_set.type}_IN_PROGRESS", work, request, change_set)
        return self._linger(stack)

    def delete_change_set(self, region: str, given: Input) -> Input:
        """DeleteChangeSet."""
        stack, change_set = self._change_set(region, given)
        del stack.change_sets[change_set.name]
        return {}

    def list_change_sets(self, region: str, given: Input) -> Input:
        """ListChangeSets; executed ones are gone."""
        stack = self._found(region, given["StackName"])
        return {"Summaries": [
            describe.change_set_summary(stack, one) for one in stack.change_sets.values()
            if one.execution_status != "EXECUTE_COMPLETE"
        ]}  # fmt: skip

    # Looking

    def describe_stacks(self, region: str, given: Input) -> Input:
        """DescribeStacks."""
        name = given.get("StackName")
        found = [self._found(region, name)] if name else self._store.alive(region)
        return {"Stacks": [describe.stack(one) for one in found]}

    def describe_stack_events(self, region: str, given: Input) -> Input:
        """DescribeStackEvents, newest first, on one page."""
        stack = self._found(region, given["StackName"], "Stack [{}] does not exist")
        return {"StackEvents": [describe.event(stack, one) for one in reversed(stack.events)]}

    def describe_stack_resource(self, region: str, given: Input) -> Input:
        """DescribeStackResource."""
        stack = self._found(region, given["StackName"], "Stack '{}' does not exist")
        found = stack.resources.get(given["LogicalResourceId"])
        if found is None:
            raise ApiError(f"Resource {given['LogicalResourceId']} does not exist for stack "
                           f"{stack.name}")  # fmt: skip
        return {"StackResourceDetail": describe.resource(stack, found)}

    def list_stack_resources(self, region: str, given: Input) -> Input:
        """ListStackResources."""
        stack = self._found(region, given["StackName"])
        found = list(stack.resources.values())
        return {"StackResourceSummaries": [describe.resource(stack, one) for one in found]}

    def get_template(self, region: str, given: Input) -> Input:
        """GetTemplate; the processed one unless the original is asked for."""
        if "ChangeSetName" in given:
            request = self._change_set(region, given)[1].request
        else:
            request = self._found(region, given["StackName"]).request
        body = ""
        if request:
            template = request.template
            original = given.get("TemplateStage") == "Original"
            original = original or not transforms(parse(template.body))
            body = template.body if original else json.dumps(template.processed)
        return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}

    def get_template_summary(self, region: str, given: Input) -> Input:
        """GetTemplateSummary, as far as sam reads it: the parameters of a stack."""
        refuse(given, "TemplateBody", "TemplateURL")
        request = self._found(region, given.get("StackName", "")).request
        source = parse(request.template.body) if request else {}
        return {"Parameters": describe.declared_parameters(source)}

    def list_exports(self, region: str, _given: Input) -> Input:
        """ListExports."""
        return {"Exports": [
            {"ExportingStackId": stack.id, "Name": name, "Value": value}
            for name, (stack, value) in self._store.exports(region).items()
        ]}  # fmt: skip

    # What the operations share

    def _start(
        self,
        stack: Stack,
        status: str,
        work: Work,
        request: Request | None = None,
        change_set: ChangeSet | None = None,
    ) -> None:
        """Set the status before anything else can look, then work in the background."""
        with self._lock:
            if stack.busy:
                raise _cannot_update(stack)
            if status == "UPDATE_IN_PROGRESS" and stack.status.endswith("_COMPLETE"):
                assert stack.request is not None
                imports = frozenset(stack.imports)
                stack.stable = Stable(stack.request, dict(stack.resources), imports)
            if change_set or not status.startswith(("CREATE", "DELETE")):
                stack.updated = now()
            if request:
                stack.request, stack.change_sets = request, {}
            if change_set:
                change_set.execution_status = "EXECUTE_COMPLETE"
                stack.change_sets = {change_set.name: change_set}
            stack.set_status(status, "User Initiated")
            operation = Operation(
                stack, self._store, self._providers, self._clients, self._settings
            )
            thread = threading.Thread(target=_work, args=(stack, operation, work))
            self._threads[stack.id] = thread
            thread.start()

    def _linger(self, stack: Stack) -> Input:
        self._threads[stack.id].join(self._settings.linger)
        return {}

    def _new_stack(self, region: str, name: str) -> Stack:
        account = self._settings.account
        arn = f"arn:aws:cloudformation:{region}:{account}:stack/{name}/{uuid.uuid4()}"
        stack = Stack(name, arn, region, account, now())
        self._store.add(stack)
        return stack

    def _found(
        self, region: str, name: str, text: str = "Stack with id {} does not exist"
    ) -> Stack:
        stack = self._store.find(region, name)
        if stack is None:
            raise ApiError(text.format(name))
        return stack

    def _updatable(self, region: str, name: str) -> Stack:
        stack = self._found(region, name, "Stack [{}] does not exist")
        if stack.status not in _CAN_UPDATE:
            raise _cannot_update(stack)
        return stack

    def _change_set(self, region: str, given: Input) -> tuple[Stack, ChangeSet]:
        name = given["ChangeSetName"]
        stacks = self._store.alive(region)
        if "StackName" in given:
            stacks = [self._found(region, given["StackName"])]
        for stack in stacks:
            for one in stack.change_sets.values():
                if name in (one.id, one.name):
                    return stack, one
        raise ApiError(f"ChangeSet [{name}] does not exist", "ChangeSetNotFound")

    def _plain_request(self, region: str, given: Input, stack: Stack | None) -> Request:
        try:
            return self._reader.request(region, given, stack, macros=True)
        except TransformError as error:
            raise ApiError(str(error)) from error

    def _proposal(
        self, region: str, given: Input, stack: Stack | None
    ) -> tuple[Request | None, list[dict[str, Any]], str | None]:
        """Give what a change set asks for, what would change, and why it can't be executed."""
        try:
            request = self._reader.request(region, given, stack)
        except TransformError as error:
            return None, [], str(error)
        found, differs = self._changes(stack, request)
        return request, found, None if differs else _EMPTY_CHANGE_SET

    def _changes(self, stack: Stack | None, request: Request) -> tuple[list[dict[str, Any]], bool]:
        """List the changes, and tell whether there is anything at all to do."""
        before = stack.request if stack else None
        if stack is None or before is None:
            return changes(None, request.template, {}, self._replaces), True
        old, new = before.template, request.template
        found = changes(old, new, stack.resources, self._replaces)
        retry = stack.status.endswith("_FAILED")
        differs = retry or before.tags != request.tags or outputs_differ(old, new)
        return found, bool(found) or differs

    def _replaces(self, kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
        return self._providers.get(kind).replaces(old, new)

    def _check_type(self, kind: str) -> None:
        try:
            self._providers.get(kind)
        except ResourceError as error:
            raise ApiError(str(error)) from error


def _work(stack: Stack, operation: Operation, work: Work) -> None:
    try:
        work(operation)
    except Exception as error:
        # A fault of ours must end the operation, or every waiter hangs.
        status = stack.status.replace("_COMPLETE_CLEANUP", "").replace("_IN_PROGRESS", "_FAILED")
        stack.set_status(status, f"Internal Failure: {error!r}")
        raise


def _cannot_update(stack: Stack) -> ApiError:
    return ApiError(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
