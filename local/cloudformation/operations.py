"""The stack machine: runs one operation on a stack from its first event to its last.

States and order as in aws-semantics A5-A8 and A10 and in
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from local.cloudformation.changes import active
from local.cloudformation.clients import Clients
from local.cloudformation.errors import ApiError, ResourceError
from local.cloudformation.intrinsics import Resolver, as_text, stringify
from local.cloudformation.lookup import Live
from local.cloudformation.resources import Providers, is_custom
from local.cloudformation.resources.base import Call
from local.cloudformation.stacks import Request, Resource, Stable, Stack, Store, now
from local.cloudformation.template import dependencies
from local.settings import Settings

Key = TypeVar("Key", str, tuple[str, str | None])
Result = TypeVar("Result")
_ABANDONED = "Update successful. One or more resources could not be deleted."
_GONE = ("DELETE_COMPLETE", "DELETE_SKIPPED")


class Operation:
    """One operation on one stack; each public method runs it to its end.

    The caller has set the stack's first status, so that nothing else can begin meanwhile.

    Args:
        stack: the stack.
        store: all stacks.
        providers: who makes resources.
        clients: for dynamic references.
        settings: the switch that aws-semantics F4 leaves open.
    """

    def __init__(
        self, stack: Stack, store: Store, providers: Providers, clients: Clients,
        settings: Settings,
    ) -> None:  # fmt: skip
        self._stack = stack
        self._store = store
        self._providers = providers
        self._clients = clients
        self._settings = settings
        self._live = Live(stack, store, clients)
        self._definitions: Mapping[str, Any] = {}
        self._before: dict[str, Resource] = {}
        # Both belong to the walk that is under way.
        self._cancelled = threading.Event()
        self._failed: dict[str, list[str]] = {}

    @property
    def _request(self) -> Request:
        assert self._stack.request is not None
        return self._stack.request

    def create(self) -> None:
        """Create every resource."""
        reason = self._forward()
        if reason is None:
            self._stack.set_status("CREATE_COMPLETE")
        elif self._request.disable_rollback:
            self._stack.set_status("CREATE_FAILED", reason)
        else:
            self.undo_create(f"{reason.rstrip('. ')}. Rollback requested by user.")

    def undo_create(self, reason: str | None = None) -> None:
        """Delete what a create made."""
        self._turn_back("ROLLBACK_IN_PROGRESS", reason)
        reason = self._remove_all(created=True)
        self._stack.set_status("ROLLBACK_FAILED" if reason else "ROLLBACK_COMPLETE", reason)

    def update(self) -> None:
        """Bring the resources to the new template, or back."""
        reason = self._forward()
        if reason is None:
            self._finish_update()
        elif self._request.disable_rollback:
            self._preserve(reason)
        elif self._stack.stable is None:
            self.undo_create(reason)
        else:
            self.rollback(reason)

    def rollback(self, reason: str | None = None, skip: Collection[str] = ()) -> None:
        """Bring the resources back to the last stable state (aws-semantics A7).

        Args:
            reason: shown in the stack's event.
            skip: logical ids that are taken for rolled back as they are.
        """
        stack, stable = self._stack, self._stack.stable
        assert stable is not None
        stack.request = stable.request
        self._turn_back("UPDATE_ROLLBACK_IN_PROGRESS", reason)
        graph = {name: was.requires for name, was in stable.resources.items()}
        if not self._settings.function_reverted_first:
            graph = _reversed(graph)
        reason = self._walk(graph, partial(self._roll_back, stable, skip)) or self._set_outputs()
        if reason:
            stack.set_status("UPDATE_ROLLBACK_FAILED", reason)
            return
        stack.set_status("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        self._finish_rollback(stable)
        stack.set_status("UPDATE_ROLLBACK_COMPLETE")

    def delete(self, retain: Collection[str] = ()) -> None:
        """Delete the stack but for the logical ids in `retain`."""
        if reason := self._remove_all(retain):
            self._stack.set_status("DELETE_FAILED", reason)
            return
        self._stack.deleted = now()
        self._stack.outputs, self._stack.imports = {}, set()
        self._stack.set_status("DELETE_COMPLETE")

    def _turn_back(self, status: str, reason: str | None) -> None:
        """Begin a rollback, unless the caller has begun it."""
        if self._stack.status != status:
            self._stack.updated = now()
            self._stack.set_status(status, reason)

    # The way forward

    def _forward(self) -> str | None:
        """Bring every resource to the template. Give the reason of a failure."""
        self._definitions = active(self._request.template)
        graph = dependencies(self._definitions)
        reason = self._walk(graph, self._provision, stop=True) or self._set_outputs()
        if reason is None:
            self._stack.imports = self._live.imports
        return reason

    def _provision(self, logical_id: str) -> bool:
        current = self._stack.resources.get(logical_id)
        if current and current.status in ("CREATE_FAILED", "DELETE_FAILED"):
            policy = _policy(current, created=True)
            if not self._remove(replace(current, deletion_policy=policy)):
                return False
            current = None
        try:
            wanted = self._wanted(logical_id)
        except ApiError as error:
            blank = Resource(logical_id, self._definitions[logical_id]["Type"])
            return self._fail("update" if current else "create", current or blank, error.message)
        if current is None:
            return self._create(wanted)
        if current.properties == wanted.properties:
            return self._keep(current, wanted)
        self._before[logical_id] = current
        if self._providers.get(wanted.type).replaces(current.properties, wanted.properties):
            return self._replace(current, wanted)
        return self._update(current, wanted)

    def _wanted(self, logical_id: str) -> Resource:
        definition = self._definitions[logical_id]
        template = self._request.template
        resolver = Resolver(template.processed, template.values, self._live)
        properties = resolver.resolve(definition.get("Properties", {}))
        return Resource(
            logical_id,
            definition["Type"],
            properties=stringify(properties) if is_custom(definition["Type"]) else properties,
            requires=dependencies(self._definitions)[logical_id],
            deletion_policy=definition.get("DeletionPolicy", "Delete"),
            replace_policy=definition.get("UpdateReplacePolicy", "Delete"),
        )

    def _keep(self, current: Resource, wanted: Resource) -> bool:
        kept = _with_policies(current, wanted)
        if current.status == "UPDATE_FAILED":
            self._stack.record(kept, "UPDATE_COMPLETE")
        else:
            self._stack.resources[current.logical_id] = kept
        return True

    def _create(self, wanted: Resource) -> bool:
        self._stack.record(wanted, "CREATE_IN_PROGRESS")
        try:
            made = self._make(wanted, "CREATE_IN_PROGRESS")
        except ResourceError as error:
            begun = self._stack.resources[wanted.logical_id]
            left = replace(begun, physical_id=error.physical_id or begun.physical_id)
            return self._fail("create", left, str(error))
        self._stack.record(made, "CREATE_COMPLETE")
        return True

    def _replace(self, current: Resource, wanted: Resource) -> bool:
        self._stack.record(
            replace(wanted, physical_id=current.physical_id),
            "UPDATE_IN_PROGRESS",
            "Requested update requires the creation of a new physical resource; hence creating "
            "one.",
        )
        try:
            made = self._make(wanted, "UPDATE_IN_PROGRESS")
        except ResourceError as error:
            begun = self._stack.resources[wanted.logical_id]
            if begun.physical_id != current.physical_id:
                self._discard(begun)
            return self._fail("update", current, str(error))
        self._discard(current, current.replace_policy)
        self._stack.record(made, "UPDATE_COMPLETE")
        return True

    def _make(self, wanted: Resource, status: str) -> Resource:
        """Create; "Initiated" is the event that tells the physical id for the first time."""
        told: list[str] = []

        def started(physical_id: str) -> None:
            told.append(physical_id)
            begun = replace(wanted, physical_id=physical_id)
            self._stack.record(begun, status, "Resource creation Initiated")

        call = self._call(wanted, {}, None, started)
        made = _attempt(self._providers.get(wanted.type).create, call)
        if not told:
            started(made.physical_id)
        return replace(wanted, **vars(made))

    def _update(self, current: Resource, wanted: Resource) -> bool:
        moving = replace(wanted, physical_id=current.physical_id)
        self._stack.record(moving, "UPDATE_IN_PROGRESS")
        try:
            made = self._change(current, wanted)
        except ResourceError as error:
            properties = wanted.properties if error.attempted else current.properties
            physical_id = error.physical_id or current.physical_id
            left = replace(current, properties=properties, physical_id=physical_id)
            return self._fail("update", left, str(error))
        if made.physical_id != current.physical_id:
            self._stack.record(
                made,
                "UPDATE_IN_PROGRESS",
                "Requested update required the provider to create a new physical resource",
            )
            self._discard(current)
        self._stack.record(made, "UPDATE_COMPLETE")
        return True

    def _finish_update(self) -> None:
        stack = self._stack
        stack.set_status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        for name in stack.resources.keys() - self._definitions.keys():
            removed = stack.resources.pop(name)
            self._discard(removed, removed.deletion_policy)
        abandoned = self._clean_up()
        stack.stable = None
        stack.set_status("UPDATE_COMPLETE", _ABANDONED if abandoned else None)

    # The way back

    def _roll_back(self, stable: Stable, skip: Collection[str], logical_id: str) -> bool:
        was, current = stable.resources[logical_id], self._stack.resources[logical_id]
        same = current.key == was.key and current.properties == was.properties
        if same and current.status != "UPDATE_FAILED":
            return True
        if logical_id in skip:
            self._stack.record(replace(was, physical_id=current.physical_id), "UPDATE_COMPLETE")
            return True
        return self._restore(was, current)

    def _restore(self, was: Resource, current: Resource) -> bool:
        kept = next((one for one in self._stack.garbage if one.key == was.key), None)
        if kept and self._providers.get(was.type).replaces(current.properties, was.properties):
            self._stack.garbage.remove(kept)
            self._discard(current)
            current = kept
        restored = replace(was, physical_id=current.physical_id)
        self._stack.record(restored, "UPDATE_IN_PROGRESS")
        if current.properties != was.properties:
            try:
                restored = self._change(current, was)
            except ResourceError as error:
                left = replace(current, physical_id=error.physical_id or current.physical_id)
                return self._fail("update", left, str(error))
            if restored.physical_id != current.physical_id:
                self._discard(current)
        self._stack.record(restored, "UPDATE_COMPLETE")
        return True

    def _preserve(self, reason: str) -> None:
        """Leave what succeeded, and bring what failed back to its last stable state."""
        failed = {
            name: self._stack.resources[name] for name in self._before
            if self._stack.resources[name].status == "UPDATE_FAILED"
        }  # fmt: skip

        def restore(name: str) -> bool:
            restored = self._restore(self._before[name], failed[name])
            if restored:
                text = failed[name].reason
                self._stack.record(self._stack.resources[name], "UPDATE_FAILED", text)
            return restored

        self._walk({name: frozenset() for name in failed}, restore)
        self._stack.set_status("UPDATE_FAILED", reason)

    def _finish_rollback(self, stable: Stable) -> None:
        stack = self._stack
        for name in stack.resources.keys() - stable.resources.keys():
            made = stack.resources.pop(name)
            self._discard(made, _policy(made, created=True))
        for name, was in stable.resources.items():
            stack.resources[name] = _with_policies(stack.resources[name], was)
        self._clean_up({one.key for one in stable.resources.values()})
        stack.imports = set(stable.imports)
        stack.stable = None

    # Deleting

    def _discard(self, resource: Resource, policy: str = "Delete") -> None:
        with self._stack.lock:
            self._stack.garbage.append(replace(resource, deletion_policy=policy))

    def _clean_up(self, needed: Collection[tuple[str, str | None]] = ()) -> bool:
        """Delete the garbage that nothing has come back to; what fails is abandoned.

        Args:
            needed: keys that stay, too.

        Returns:
            Whether anything was abandoned.
        """
        alive = {one.key for one in self._stack.resources.values()}.union(needed)
        doomed, self._stack.garbage = self._stack.garbage, []
        doomed = [one for one in doomed if one.key not in alive]
        return (
            self._walk_back(doomed, lambda one: self._remove(one, keep=False) or True) is not None
        )

    def _remove_all(self, retain: Collection[str] = (), *, created: bool = False) -> str | None:
        """Delete every resource in reverse order. Give the reason of a failure."""
        self._clean_up()
        doomed = [
            replace(one, deletion_policy="Retain" if one.logical_id in retain
                    else _policy(one, created=created))
            for one in self._stack.resources.values() if one.status not in _GONE
        ]  # fmt: skip
        return self._walk_back(doomed, self._remove)

    def _walk_back(self, doomed: list[Resource], work: Callable[[Resource], bool]) -> str | None:
        by_key = {one.key: one for one in doomed}
        graph = {
            one.key: frozenset(o.key for o in doomed if one.logical_id in o.requires)
            for one in doomed
        }
        return self._walk(graph, lambda key: work(by_key[key]))

    def _remove(self, resource: Resource, *, keep: bool = True) -> bool:
        if resource.deletion_policy != "Delete":
            self._stack.record(resource, "DELETE_SKIPPED", keep=keep)
            return True
        if resource.physical_id is not None:
            self._stack.record(resource, "DELETE_IN_PROGRESS", keep=keep)
            try:
                provider = self._providers.get(resource.type)
                _attempt(provider.delete, self._call(resource, {}, resource.physical_id))
            except ResourceError as error:
                return self._fail("delete", resource, str(error), keep=keep)
        self._stack.record(resource, "DELETE_COMPLETE", keep=keep)
        return True

    # What all ways share

    def _walk(
        self, graph: Mapping[Key, frozenset[Key]], work: Callable[[Key], bool], *,
        stop: bool = False,
    ) -> str | None:  # fmt: skip
        """Work through a graph, what does not depend on each other at the same time.

        Args:
            graph: for each node those that come before it.
            work: False keeps the nodes that come after from starting.
            stop: after the first False nothing starts any more, and what runs is cancelled.

        Returns:
            What failed, as the reason of the stack's status; None if nothing did.
        """
        self._cancelled, self._failed = threading.Event(), {}
        waiting = {node: set(before) & graph.keys() for node, before in graph.items()}
        running: dict[Future[bool], Key] = {}
        with ThreadPoolExecutor(max_workers=max(len(graph), 1)) as pool:
            while True:
                ready = [node for node, before in waiting.items() if not before]
                for node in [] if self._cancelled.is_set() else ready:
                    del waiting[node]
                    running[pool.submit(work, node)] = node
                if not running:
                    break
                for done in wait(running, return_when=FIRST_COMPLETED).done:
                    node = running.pop(done)
                    if done.result():
                        for before in waiting.values():
                            before.discard(node)
                    elif stop:
                        self._cancelled.set()
        texts = [f"The following resource(s) failed to {verb}: [{', '.join(names)}]. "
                 for verb, names in self._failed.items()]  # fmt: skip
        return "".join(texts) or None

    def _change(self, current: Resource, wanted: Resource) -> Resource:
        call = self._call(wanted, current.properties, current.physical_id)
        made = _attempt(self._providers.get(wanted.type).update, call)
        return replace(wanted, **vars(made))

    def _call(
        self,
        resource: Resource,
        old_properties: Mapping[str, Any],
        physical_id: str | None,
        started: Callable[[str], None] = lambda _physical_id: None,
    ) -> Call:
        stack = self._stack
        return Call(
            stack.id, stack.name, stack.region, stack.account, resource.logical_id, resource.type,
            resource.properties, old_properties, physical_id or "",
            stack.request.tags if stack.request else {}, self._cancelled, started,
        )  # fmt: skip

    def _fail(self, verb: str, resource: Resource, reason: str, *, keep: bool = True) -> bool:
        with self._stack.lock:
            self._failed.setdefault(verb, []).append(resource.logical_id)
        self._stack.record(resource, f"{verb.upper()}_FAILED", reason, keep=keep)
        return False

    def _set_outputs(self) -> str | None:
        """Give the outputs their values. Give the reason of a failure."""
        template = self._request.template
        live = replace(self._live, masked=True)
        resolver = Resolver(template.processed, template.values, live)
        outputs = {}
        try:
            for name, definition in active(template, "Outputs").items():
                output = {"OutputValue": as_text(resolver.resolve(definition["Value"]))}
                if "Description" in definition:
                    output["Description"] = definition["Description"]
                if "Export" in definition:
                    output["ExportName"] = as_text(resolver.resolve(definition["Export"]["Name"]))
                outputs[name] = output
            self._check_exports(outputs)
        except ApiError as error:
            return error.message
        self._stack.outputs = outputs
        return None

    def _check_exports(self, outputs: Mapping[str, Mapping[str, str]]) -> None:
        stack = self._stack
        wanted = {
            one["ExportName"]: one["OutputValue"]
            for one in outputs.values() if "ExportName" in one
        }  # fmt: skip
        for name, (owner, value) in self._store.exports(stack.region).items():
            if name in wanted and owner is not stack:
                raise ApiError(f"Export with name {name} is already exported by stack {owner.name}")
            users = self._store.importers(stack.region, name)
            if owner is stack and wanted.get(name) != value and users:
                verb = "updated" if name in wanted else "deleted"
                raise ApiError(f"Export {name} cannot be {verb} as it is in use by {users[0]}")


def _attempt(action: Callable[[Call], Result], call: Call) -> Result:
    """Run a provider and turn whatever it raises into a ResourceStatusReason."""
    invalid = f"Properties validation failed for resource {call.logical_id} with message: "
    try:
        return action(call)
    except ResourceError:
        raise
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        code, message = (error.response["Error"].get(name) for name in ("Code", "Message"))
        text = f'Resource handler returned message: "{message} (Status Code: {status})"'
        raise ResourceError(f"{text} (HandlerErrorCode: {code})") from error
    except KeyError as error:
        raise ResourceError(f"{invalid}required key [{error.args[0]}] not found") from error
    except BotoCoreError as error:
        raise ResourceError(f"{invalid}{error}") from error
    except Exception as error:  # a fault of ours must show in the events, not hang the stack
        raise ResourceError(f"Internal Failure: {error!r}") from error


def _with_policies(resource: Resource, source: Resource) -> Resource:
    """Take over what a template says beside Type and Properties."""
    return replace(
        resource,
        requires=source.requires,
        deletion_policy=source.deletion_policy,
        replace_policy=source.replace_policy,
    )


def _reversed(graph: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    return {
        node: frozenset(other for other, before in graph.items() if node in before)
        for node in graph
    }


def _policy(resource: Resource, *, created: bool) -> str:
    """RetainExceptOnCreate does not retain what the failed operation created."""
    if resource.deletion_policy == "RetainExceptOnCreate":
        return "Delete" if created else "Retain"
    return resource.deletion_policy
