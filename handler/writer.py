"""Carries out what a Plan says of the alias: each write says what it expects to find."""

from dataclasses import replace

from handler.arn import AliasId
from handler.aws import Aws
from handler.errors import InternalFailure, NotFound, Overtaken, ResourceConflict
from handler.log import Log
from handler.observed import AliasState, Version
from handler.observer import Observer
from handler.plan import (
    CreateAlias,
    DeleteAlias,
    DescribeAlias,
    KeepAlias,
    Plan,
    RepointAlias,
    RestoreVersion,
    VersionSlot,
    description_after,
)


class Writer:
    """Writes one alias after another."""

    def __init__(self, aws: Aws, observer: Observer, log: Log) -> None:
        self._aws = aws
        self._observer = observer
        self._log = log

    def write(
        self, alias: AliasId, plan: Plan, before: AliasState | None, version: Version | None
    ) -> AliasState | None:
        """Carry out a Plan's alias slot; give the alias as it is then.

        Raises:
            Overtaken: the alias is not as it was before.
            PromotionError: AWS refused.
        """
        try:
            after = self._carry_out(alias, plan, before, version)
        except ResourceConflict as conflict:
            raise Overtaken(conflict.args[0]) from conflict
        except NotFound as gone:
            if isinstance(plan.alias, DescribeAlias):
                raise Overtaken(gone.args[0]) from gone
            raise
        if not isinstance(plan.alias, KeepAlias):
            self._log("written", {"state": after})
        return after

    def put(self, alias: AliasId, after: AliasState) -> AliasState:
        """Write pointer, weights and Description.

        Raises:
            Overtaken: the alias is not as it was before.
            PromotionError: AWS refused.
        """
        try:
            written = self._aws.repoint_alias(alias, after)
        except ResourceConflict as conflict:
            raise Overtaken(conflict.args[0]) from conflict
        self._log("written", {"state": written})
        return written

    def _carry_out(
        self, alias: AliasId, plan: Plan, before: AliasState | None, version: Version | None
    ) -> AliasState | None:
        unsettled = plan.watch is not None
        match plan.alias, version, before:
            case KeepAlias(), _, _:
                return before
            case DeleteAlias(), _, _:
                self._delete(alias, before)
                return None
            case CreateAlias() as slot, Version(number), None:
                text = description_after(slot, number, unsettled=unsettled)
                return self._aws.create_alias(alias, AliasState(number, text))
            case RepointAlias() as slot, Version(number), AliasState():
                text = description_after(slot, number, unsettled=unsettled)
                after = AliasState(number, text, before.revision_id)
                return self._repoint(alias, before, after, plan.version)
            case DescribeAlias() as slot, _, AliasState():
                unchanged = (slot.text, slot.lineage) == (before.text, before.lineage)
                text = before.description if unchanged else description_after(slot, before.version)
                return self._aws.describe_alias(alias, replace(before, description=text))
            case impossible:
                raise InternalFailure(f"AliasName: no way to carry out {impossible}")

    def _delete(self, alias: AliasId, before: AliasState | None) -> None:
        # DeleteAlias takes no RevisionId.
        if self._observer.has_changed(alias, before):
            raise Overtaken("the alias has changed since it was read")
        self._aws.delete_alias(alias)

    def _repoint(
        self, alias: AliasId, before: AliasState, after: AliasState, source: VersionSlot
    ) -> AliasState:
        try:
            return self._aws.repoint_alias(alias, after)
        except NotFound:
            if not isinstance(source, RestoreVersion):
                raise
            raise NotFound(
                f"AliasName: {alias} still serves version {before.version}, for version "
                f"{after.version} no longer exists; move it by hand, then continue the rollback, "
                "skipping this resource"
            ) from None
