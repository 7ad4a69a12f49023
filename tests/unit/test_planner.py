"""Every row of the contract: what was asked, what was found, the whole plan."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.arn import AliasId
from handler.direction import Direction
from handler.errors import (
    AlreadyExists,
    InvalidRequest,
    NotFound,
    PromotionError,
    ResourceConflict,
)
from handler.lineage import Entry, Lineage, Tenure, kept_id, parse
from handler.model import Previous, PromoteRequest, Promotion, RemoveRequest
from handler.observed import AliasState, Observed
from handler.plan import (
    AliasSlot,
    CreateAlias,
    DeleteAlias,
    DescribeAlias,
    KeepAlias,
    Plan,
    PromoteFrom,
    PublishVersion,
    RepointAlias,
    RestoreVersion,
    ResumeVersion,
    Shift,
    UseVersion,
    VersionSlot,
    Watch,
    description_after,
    description_during,
)
from handler.plan import Tests as MustPass
from handler.planner import plan_promotion, plan_removal, plan_undo
from handler.preference import Preference
from handler.progress import NOTHING_DONE, PRE_TRAFFIC, SMOKE_TEST, Progress
from handler.smoke_test import SmokeTest
from tests.unit.conftest import PROD

FORWARD, BACK, OVER, UNKNOWN = Direction
LIVE = replace(PROD, alias_name="live")
US, THEM = "00000001", "00000002"
BY, EARLIER = "9a0b1c2d00000064", "1111111100000064"
A, B, C = "aaaaaaaa", "bbbbbbbb", "cccccccc"


def alias(version: str, mark: str = "", text: str = "", **weights: float) -> AliasState:
    """An alias; `v8=0.25` is the weight of version 8."""
    description = f"{text} [alias-promotion {mark}]".lstrip() if mark else text
    shares = tuple((name[1:], share) for name, share in weights.items())
    return AliasState(version, description, "revision", shares)


def lineage(entries: str, owner: str = US) -> Lineage:
    found = parse(f"[alias-promotion owner={owner} {entries}]")[1]
    assert found
    return found


def wants(release: str, **other: object) -> Promotion:
    return replace(Promotion(PROD, US, release), **other)  # type: ignore[arg-type] # test data


OURS_A = alias("7", f"owner={US} 7@{A}")
OURS_B = alias("8", f"owner={US} 8@{B} 7@{A}")
OURS_C = alias("9", f"owner={US} 9@{C} 8@{B} 7@{A}")
THEIRS = alias("7", f"owner={THEM} 7@{A}", "Theirs")
NOBODYS = alias("5", text="By hand")
ADOPTED = alias("8", f"owner={US} adopted=- 8@{B} | 5@-", "By hand")
EMPTY = Lineage(Tenure(US, by=BY))
MADE_A = alias("7", f"owner={US} by={BY} 7@{A}")


@dataclass(frozen=True)
class Row:
    """A request and what was found, against the plan or the error."""

    asked: str
    desired: Promotion
    found: AliasState | None
    alias: AliasSlot | type[PromotionError]
    version: VersionSlot = None
    old: str | None = None
    direction: Direction = FORWARD
    old_alias: AliasId | None = PROD
    physical_id: str = PROD.arn
    abandoned: AliasId | None = None
    stale: bool = False
    restores: bool = False
    refused: str = ""
    says: str = "AliasName"
    tests: MustPass | None = None
    capacity: int | None = None
    shift: Shift | None = None
    watch: Watch | None = None
    progress: Progress = NOTHING_DONE
    time_left: float | None = None
    old_owner: str = ""
    new: bool = False

    def request(self) -> PromoteRequest:
        if self.old is None:
            return PromoteRequest(self.desired, by=BY, progress=self.progress)
        previous = Previous(self.old, self.old_alias, self.old_owner, new=self.new)
        answered = bool(self.old_alias and self.old_alias.arn == self.physical_id)
        return PromoteRequest(
            self.desired, previous, self.physical_id, BY, self.refused, self.progress,
            answered=answered,
        )  # fmt: skip


CREATES = [
    Row("no alias", wants(A), None, CreateAlias("", EMPTY, A), PublishVersion()),
    Row(
        "no alias, with settings",
        wants(A, description="Orders", version_description="build 1", code_sha256="sha"),
        None,
        CreateAlias("Orders", EMPTY, A),
        PublishVersion("build 1", "sha"),
    ),
    Row(
        "no alias, from another alias",
        wants(A, source_qualifier="beta"),
        None,
        CreateAlias("", EMPTY, A),
        PromoteFrom("beta"),
    ),
    Row(
        "no alias, a pinned version",
        wants(A, source_qualifier="7"),
        None,
        CreateAlias("", EMPTY, A),
        UseVersion("7"),
    ),
    Row("redelivered", wants(A), MADE_A, KeepAlias()),
    Row("redelivered while rolling back", wants(A), MADE_A, KeepAlias(), direction=BACK),
    Row("redelivered, the stack can't be read", wants(A), MADE_A, KeepAlias(), direction=UNKNOWN),
    Row(
        "redelivered, and a person has moved it since",
        wants(A),
        replace(MADE_A, version="5"),
        KeepAlias(),
    ),
    Row(
        "redelivered after an adoption",
        wants(B),
        alias("8", f"owner={US} adopted=- by={BY} 8@{B} | 5@-"),
        KeepAlias(),
    ),
    Row(
        "the release of an alias of ours kept from before",
        wants(A),
        alias("7", f"owner={US} by={EARLIER} 7@{A}"),
        RepointAlias("", lineage(f"by={EARLIER} 7@{A}").adopted_by(US, BY), A),
        PublishVersion(),
    ),
    Row(
        "the release of an alias of ours kept from before, the stack can't be read",
        wants(A),
        OURS_A,
        RepointAlias("", lineage(f"7@{A}").adopted_by(US, BY), A),
        PublishVersion(),
        direction=UNKNOWN,
    ),
    Row(
        "the release of an alias of ours kept from before, while rolling back",
        wants(A),
        OURS_A,
        ResourceConflict,
        direction=BACK,
    ),
    Row(
        "a release of before, of an alias of ours kept from before",
        wants(A),
        OURS_B,
        RepointAlias("", lineage(f"8@{B} 7@{A}").adopted_by(US, BY), A),
        PublishVersion(),
    ),
    Row(
        "a late duplicate, the stack can't be read",
        wants(A),
        alias("8", f"owner={US} by={BY} 8@{B} 7@{A}"),
        ResourceConflict,
        direction=UNKNOWN,
        says="Triggers",
    ),
    Row("an alias of nobody", wants(A), NOBODYS, AlreadyExists, says="AdoptExisting"),
    Row("an alias of another owner", wants(A), THEIRS, AlreadyExists, says=THEM),
    Row(
        "adopting an alias of nobody keeps its text",
        wants(A, adopt_existing=True),
        NOBODYS,
        RepointAlias("By hand", Lineage(Tenure("-", (Entry("5", "-"),))).adopted_by(US, BY), A),
        PublishVersion(),
    ),
    Row(
        "adopting an alias of another owner, with a text",
        wants(B, adopt_existing=True, description="Ours"),
        THEIRS,
        RepointAlias("Ours", lineage(f"7@{A}", THEM).adopted_by(US, BY), B),
        PublishVersion(),
    ),
    Row(
        "adopting an alias that was moved by hand notes where it stands",
        wants(B, adopt_existing=True),
        replace(THEIRS, version="6"),
        RepointAlias("Theirs", lineage(f"6@{A} 7@{A}", THEM).adopted_by(US, BY), B),
        PublishVersion(),
    ),
    Row(
        "adopting an alias with a long text",
        wants(A, adopt_existing=True),
        alias("5", text="t" * 129),
        InvalidRequest,
        says="Description",
    ),
    Row(
        "an alias of ours that was given back to nobody",
        wants(B),
        alias("7", f"owner={kept_id(US)} 7@{A}"),
        RepointAlias("", lineage(f"7@{A}", kept_id(US)).adopted_by(US, BY), B),
        PublishVersion(),
    ),
    Row(
        "an alias of ours kept from before",
        wants(B),
        OURS_A,
        RepointAlias("", lineage(f"7@{A}").adopted_by(US, BY), B),
        PublishVersion(),
    ),
    Row("no alias while rolling back", wants(A), None, ResourceConflict, direction=BACK),
    Row(
        "an alias of nobody while rolling back",
        wants(A, adopt_existing=True),
        NOBODYS,
        ResourceConflict,
        direction=BACK,
    ),
    Row("the operation is over", wants(A), None, ResourceConflict, direction=OVER),
    Row("an event of an earlier operation", wants(A), None, ResourceConflict, stale=True),
    Row(
        "the stack can't be read",
        wants(A),
        None,
        CreateAlias("", EMPTY, A),
        PublishVersion(),
        direction=UNKNOWN,
    ),
]
UPDATES = [
    Row("the same release again", wants(A), OURS_A, KeepAlias(), old=A),
    Row("redelivered", wants(B), OURS_B, KeepAlias(), old=A),
    Row(
        "a changed Description is no release",
        wants(A, description="Orders"),
        replace(OURS_A, version="5"),
        DescribeAlias("Orders", lineage(f"7@{A}")),
        old=A,
    ),
    Row(
        "a Description taken away",
        wants(A),
        alias("7", f"owner={US} 7@{A}", "Orders"),
        DescribeAlias("", lineage(f"7@{A}")),
        old=A,
    ),
    Row("an adopted alias keeps its text", wants(B), ADOPTED, KeepAlias(), old=B),
    Row(
        "a new release",
        wants(B, description="Orders"),
        OURS_A,
        RepointAlias("Orders", lineage(f"7@{A}"), B),
        PublishVersion(),
        old=A,
    ),
    Row(
        "a release of before, asked for again",
        wants(A),
        OURS_B,
        RepointAlias("", lineage(f"8@{B} 7@{A}"), A),
        PublishVersion(),
        old=B,
    ),
    Row(
        "a new release of an alias that was moved by hand",
        wants(B),
        replace(OURS_A, version="5"),
        RepointAlias("", lineage(f"5@{A} 7@{A}"), B),
        PublishVersion(),
        old=A,
    ),
    Row(
        "an alias that was deleted by hand",
        wants(B),
        None,
        CreateAlias("", Lineage(Tenure(US, by=A)), B),
        PublishVersion(),
        old=A,
    ),
    Row("an alias that lost its mark", wants(B), NOBODYS, ResourceConflict, old=A, says="not man"),
    Row("an alias of another owner", wants(B), THEIRS, ResourceConflict, old=A, says=THEM),
    Row(
        "an alias of another owner, adopted anew",
        wants(B, adopt_existing=True),
        THEIRS,
        RepointAlias("Theirs", lineage(f"7@{A}", THEM).adopted_by(US, BY), B),
        PublishVersion(),
        old=A,
    ),
    Row(
        "an alias of another owner, adopted anew for a setting: nothing moves",
        wants(A, adopt_existing=True),
        THEIRS,
        DescribeAlias("Theirs", lineage(f"7@{A}", THEM).adopted_by(US, BY).push(Entry("7", A))),
        old=A,
    ),
    Row(
        "an alias that lost its mark, adopted anew for a setting: nothing moves",
        wants(A, adopt_existing=True, description="Orders"),
        NOBODYS,
        DescribeAlias(
            "Orders",
            Lineage(Tenure("-", (Entry("5", "-"),))).adopted_by(US, BY).push(Entry("5", A)),
        ),
        old=A,
    ),
    Row(
        "a rename's way back, the stack can't be read",
        wants(A),
        replace(MADE_A, description=MADE_A.description.replace(f"by={BY}", "by=00000000")),
        KeepAlias(),
        old=A,
        direction=UNKNOWN,
        old_alias=replace(PROD, alias_name="live"),
    ),
    Row("a late duplicate", wants(B), OURS_C, ResourceConflict, old=A, says="Triggers"),
    Row(
        "a late duplicate, the stack can't be read",
        wants(B),
        OURS_C,
        ResourceConflict,
        old=A,
        direction=UNKNOWN,
    ),
    Row(
        "a changed Description, the stack can't be read, the release stands below too",
        wants(A, description="Orders"),
        alias("9", f"owner={US} 9@{A} 8@{B} 7@{A}"),
        DescribeAlias("Orders", lineage(f"9@{A} 8@{B} 7@{A}")),
        old=A,
        direction=UNKNOWN,
    ),
    Row(
        "the same release again, the stack can't be read, the release stands below too",
        wants(A),
        alias("9", f"owner={US} 9@{A} 8@{B} 7@{A}"),
        KeepAlias(),
        old=A,
        direction=UNKNOWN,
    ),
    Row(
        "a text without room for the lineage, before a version is published",
        wants(B, description="t" * 128),
        alias("10007", f"owner={US} adopted={','.join([THEM] * 4)} 7@{A}" + f" | 5@{B}" * 4),
        InvalidRequest,
        old=A,
        says="Description: too long",
    ),
    Row("a bad property", wants(B), OURS_A, InvalidRequest, old=A, refused="Trigger", says="Trig"),
    Row("the operation is over", wants(B), OURS_A, ResourceConflict, old=A, direction=OVER),
    Row("an event of an earlier operation", wants(B), OURS_A, ResourceConflict, old=A, stale=True),
    Row(
        "renamed",
        wants(B),
        None,
        CreateAlias("", EMPTY, B),
        PublishVersion(),
        old=B,
        old_alias=LIVE,
        physical_id=LIVE.arn,
    ),
    Row(
        "renamed to an alias of nobody",
        wants(B),
        NOBODYS,
        AlreadyExists,
        old=B,
        old_alias=LIVE,
        physical_id=LIVE.arn,
    ),
    Row(
        "after an update whose properties named no alias",
        wants(B),
        OURS_A,
        RepointAlias("", lineage(f"7@{A}"), B),
        PublishVersion(),
        old=C,
        old_alias=None,
    ),
]

ROLLBACKS = [
    Row(
        "the release never moved",
        wants(A),
        OURS_A,
        DescribeAlias("", lineage(f"7@{A}")),
        old=B,
        direction=BACK,
    ),
    Row(
        "the release moved",
        wants(A, description="Before"),
        OURS_B,
        RepointAlias("Before", lineage(f"7@{A}")),
        RestoreVersion("7"),
        old=B,
        direction=BACK,
    ),
    Row(
        "two releases moved",
        wants(A),
        OURS_C,
        RepointAlias("", lineage(f"7@{A}")),
        RestoreVersion("7"),
        old=C,
        direction=BACK,
    ),
    Row(
        "to where a person had moved it",
        wants(A),
        alias("8", f"owner={US} 8@{B} 5@{A} 7@{A}"),
        RepointAlias("", lineage(f"5@{A} 7@{A}")),
        RestoreVersion("5"),
        old=B,
        direction=BACK,
    ),
    Row(
        "the source is not looked at",
        wants(A, source_qualifier="beta"),
        OURS_B,
        RepointAlias("", lineage(f"7@{A}")),
        RestoreVersion("7"),
        old=B,
        direction=BACK,
    ),
    Row("no alias", wants(A), None, KeepAlias(), old=B, direction=BACK),
    Row("an alias of another owner", wants(A), THEIRS, KeepAlias(), old=B, direction=BACK),
    Row(
        "a pinned version that fell off",
        wants(A, source_qualifier="3"),
        alias("8", f"owner={US} 8@{B} .."),
        RepointAlias("", lineage(f"3@{A} ..")),
        RestoreVersion("3"),
        old=B,
        direction=BACK,
    ),
    Row(
        "a bad property that an older provider took",
        wants(A),
        OURS_B,
        RepointAlias("", lineage(f"7@{A}")),
        RestoreVersion("7"),
        old=B,
        direction=BACK,
        refused="Legacy",
    ),
    Row(
        "an Update that failed is taken back, although the stack goes forward",
        wants(A),
        OURS_B,
        RepointAlias("", lineage(f"7@{A}")),
        RestoreVersion("7"),
        old=B,
        restores=True,
    ),
    Row("a late event", wants(A), OURS_B, ResourceConflict, old=B, direction=BACK, stale=True),
    Row(
        "an alias that the failed update made anew",
        wants(A),
        alias("8", f"owner={US} by={A} 8@{B}"),
        DeleteAlias(),
        old=B,
        direction=BACK,
    ),
    Row(
        "an alias that the failed update did not make, of one release",
        wants(A),
        alias("8", f"owner={US} by={EARLIER} 8@{B}"),
        NotFound,
        old=B,
        direction=BACK,
    ),
    Row(
        "a published version that fell off",
        wants(A),
        alias("8", f"owner={US} 8@{B} .."),
        NotFound,
        old=B,
        direction=BACK,
        says="still serves version 8",
    ),
    Row(
        "a pinned version that was never served",
        wants(A, source_qualifier="3"),
        alias("8", f"owner={US} 8@{B} 7@{C}"),
        NotFound,
        old=B,
        direction=BACK,
    ),
    Row(
        "an adoption by this update is given back",
        wants(A),
        alias("9", f"owner={US} adopted={THEM} 9@{B} | 7@{A}", "T"),
        RepointAlias("T", lineage(f"7@{A}", THEM)),
        RestoreVersion("7"),
        old=B,
        direction=BACK,
    ),
    Row(
        "the stack can't be read, the lineage tells",
        wants(A),
        OURS_B,
        RepointAlias("", lineage(f"7@{A}")),
        RestoreVersion("7"),
        old=B,
        direction=UNKNOWN,
    ),
    Row(
        "a rename that was answered: CloudFormation deletes the other alias",
        wants(A),
        OURS_A,
        DescribeAlias("", lineage(f"7@{A}")),
        old=A,
        old_alias=LIVE,
        physical_id=LIVE.arn,
        direction=BACK,
    ),
    Row(
        "a rename that was never answered: nobody else deletes the other alias",
        wants(A),
        OURS_A,
        DescribeAlias("", lineage(f"7@{A}")),
        old=A,
        old_alias=LIVE,
        physical_id=PROD.arn,
        abandoned=LIVE,
        direction=BACK,
    ),
]

# --- safe moves: what a release must pass, how its traffic goes over, what is heard at its end

SMOKE = SmokeTest('{"ping": 1}', {"ok": True})
LINEAR = Preference("Linear25PercentEvery10Minutes")
HEARD = replace(LINEAR, alarms=("errors",), post_traffic="after")
TO_B = RepointAlias("", lineage(f"7@{A}"), B)
STEPS = Shift((25, 50, 75), 10)
WATCH = Watch(("errors",), interval=10, post_traffic="after")
ANNOUNCED = alias("7", f"owner={US} shift=8@{B} 7@{A}")
SHIFTING = alias("7", f"owner={US} shift=8@{B} 7@{A}", v8=0.25)
MOVED = alias("8", f"owner={US} shift=8@{B} 8@{B} 7@{A}")
GUARDED_RELEASES = [
    Row("all at once", wants(B, preference=Preference()), OURS_A, TO_B, PublishVersion(), old=A),
    Row(
        "in steps",
        wants(B, preference=LINEAR),
        OURS_A,
        TO_B,
        PublishVersion(),
        old=A,
        shift=STEPS,
    ),
    Row(
        "a canary",
        wants(B, preference=Preference("Canary10Percent5Minutes")),
        OURS_A,
        TO_B,
        PublishVersion(),
        old=A,
        shift=Shift((10,), 5),
    ),
    Row(
        "in steps, heard by alarms and a hook",
        wants(B, preference=HEARD),
        OURS_A,
        TO_B,
        PublishVersion(),
        old=A,
        shift=STEPS,
        watch=WATCH,
    ),
    Row(
        "alarms that are ignored",
        wants(B, preference=replace(HEARD, ignore_alarms=True)),
        OURS_A,
        TO_B,
        PublishVersion(),
        old=A,
        shift=STEPS,
        watch=replace(WATCH, ignore_alarms=True),
    ),
    Row(
        "alarms, all at once",
        wants(B, preference=Preference(alarms=("errors",))),
        OURS_A,
        TO_B,
        PublishVersion(),
        old=A,
        watch=Watch(("errors",)),
    ),
    Row(
        "a hook at the end is asked at once",
        wants(B, preference=replace(LINEAR, post_traffic="after")),
        OURS_A,
        TO_B,
        PublishVersion(),
        old=A,
        shift=STEPS,
        watch=Watch(post_traffic="after"),
    ),
    Row(
        "a smoke test, a hook before, provisioned concurrency",
        wants(B, smoke_test=SMOKE, preference=Preference(pre_traffic="before"), capacity=5),
        OURS_A,
        TO_B,
        PublishVersion(),
        old=A,
        tests=MustPass(SMOKE, "before"),
        capacity=5,
    ),
    Row(
        "an earlier invocation has published and tested",
        wants(B, smoke_test=SMOKE, preference=Preference(pre_traffic="before")),
        OURS_A,
        TO_B,
        ResumeVersion("8"),
        old=A,
        tests=MustPass(None, "before"),
        progress=Progress((("orders", "8"),), ((SMOKE_TEST, "orders"),)),
    ),
    Row(
        "an earlier invocation has asked the hook too",
        wants(B, smoke_test=SMOKE, preference=Preference(pre_traffic="before")),
        OURS_A,
        TO_B,
        ResumeVersion("8"),
        old=A,
        progress=Progress((("orders", "8"),), ((SMOKE_TEST, "orders"), (PRE_TRAFFIC, "orders"))),
    ),
    Row(
        "an earlier invocation has published another function",
        wants(B),
        OURS_A,
        TO_B,
        PublishVersion(),
        old=A,
        progress=Progress((("payments", "8"),)),
    ),
    Row(
        "an earlier invocation has moved the traffic, which is put back since",
        wants(B, preference=LINEAR),
        OURS_A,
        ResourceConflict,
        old=A,
        progress=Progress((("orders", "8"),), stepped_at=1.0),
        says="put back by somebody else while it went over",
    ),
    Row(
        "a pinned version that is new to the alias",
        wants(B, source_qualifier="9", preference=HEARD),
        OURS_A,
        TO_B,
        UseVersion("9"),
        old=A,
        shift=STEPS,
        watch=WATCH,
    ),
    Row(
        "a pinned version of the lineage goes at once and asks no alarm",
        wants(C, source_qualifier="7", preference=HEARD, smoke_test=SMOKE),
        OURS_B,
        RepointAlias("", lineage(f"8@{B} 7@{A}"), C),
        UseVersion("7"),
        old=B,
        tests=MustPass(SMOKE),
    ),
    Row(
        "in steps from $LATEST",
        wants(B, preference=LINEAR),
        replace(OURS_A, version="$LATEST"),
        InvalidRequest,
        old=A,
        says="^DeploymentPreference.Type: prod of orders points to .LATEST",
    ),
    Row(
        "all at once from $LATEST",
        wants(B, preference=Preference(alarms=("errors",))),
        replace(OURS_A, version="$LATEST"),
        RepointAlias("", lineage(f"$LATEST@{A} 7@{A}"), B),
        PublishVersion(),
        old=A,
        watch=Watch(("errors",)),
    ),
    Row(
        "in steps, in the time that is left",
        wants(B, preference=HEARD),
        OURS_A,
        TO_B,
        PublishVersion(),
        old=A,
        shift=STEPS,
        watch=WATCH,
        time_left=2460.0,
    ),
    Row(
        "in steps that outlast the time",
        wants(B, preference=HEARD),
        OURS_A,
        InvalidRequest,
        old=A,
        time_left=2459.0,
        says="use Linear25PercentEvery9Minutes",
    ),
    Row(
        "a note that leaves no room, before a version is published",
        wants(B, description="t" * 128, preference=HEARD),
        alias("10007", f"owner={US} adopted={','.join([THEM] * 2)} 7@{A}" + f" | 5@{B}" * 2),
        InvalidRequest,
        old=A,
        says="Description: too long",
    ),
    Row(
        "the first one goes all at once, tested and heard",
        wants(A, preference=HEARD, smoke_test=SMOKE, capacity=5),
        None,
        CreateAlias("", EMPTY, A),
        PublishVersion(),
        tests=MustPass(SMOKE),
        capacity=5,
        watch=WATCH,
    ),
    Row(
        "the first one, whose text leaves no room",
        wants(A, description="\N{ROCKET}" * 120),
        None,
        InvalidRequest,
        says="Description: too long",
    ),
    Row(
        "the first one, heard for longer than the time",
        wants(A, preference=HEARD),
        None,
        InvalidRequest,
        time_left=659.0,
        says="^DeploymentPreference.Type: the alarms of Linear25PercentEvery10Minutes are heard",
    ),
    Row(
        "the first one, heard in the time that is left",
        wants(A, preference=HEARD),
        None,
        CreateAlias("", EMPTY, A),
        PublishVersion(),
        watch=WATCH,
        time_left=660.0,
    ),
    Row(
        "an adoption goes all at once, tested and heard",
        wants(A, adopt_existing=True, preference=HEARD, smoke_test=SMOKE),
        NOBODYS,
        RepointAlias("By hand", Lineage(Tenure("-", (Entry("5", "-"),))).adopted_by(US, BY), A),
        PublishVersion(),
        tests=MustPass(SMOKE),
        watch=WATCH,
    ),
    Row(
        "an alias that was deleted by hand comes back all at once",
        wants(B, preference=LINEAR),
        None,
        CreateAlias("", Lineage(Tenure(US, by=A)), B),
        PublishVersion(),
        old=A,
    ),
    Row(
        "provisioned concurrency alone is a setting",
        wants(A, capacity=5),
        OURS_A,
        KeepAlias(),
        old=A,
        capacity=5,
    ),
    Row(
        "provisioned concurrency and a text are settings",
        wants(A, capacity=5, description="Orders", smoke_test=SMOKE, preference=HEARD),
        OURS_A,
        DescribeAlias("Orders", lineage(f"7@{A}")),
        old=A,
        capacity=5,
    ),
]

RESUMED = [
    Row(
        "noted, provisioned, and not moved",
        wants(B, preference=HEARD, smoke_test=SMOKE, capacity=5),
        ANNOUNCED,
        TO_B,
        ResumeVersion("8"),
        old=A,
        tests=MustPass(SMOKE),
        capacity=5,
        shift=STEPS,
        watch=WATCH,
    ),
    Row(
        "noted, provisioned, and not moved, all at once",
        wants(B, capacity=5),
        ANNOUNCED,
        TO_B,
        ResumeVersion("8"),
        old=A,
        capacity=5,
    ),
    Row(
        "noted without a share, which a person has taken",
        wants(B, preference=LINEAR),
        ANNOUNCED,
        ResourceConflict,
        old=A,
        says="moved by somebody else while its traffic went over",
    ),
    Row(
        "at the first share: its tests were passed",
        wants(B, preference=HEARD, smoke_test=SMOKE, description="Orders"),
        SHIFTING,
        RepointAlias("Orders", lineage(f"7@{A}"), B),
        ResumeVersion("8"),
        old=A,
        shift=Shift((50, 75), 10, 25),
        watch=WATCH,
    ),
    Row(
        "at the first share, in the invocation after",
        wants(B, preference=LINEAR),
        SHIFTING,
        TO_B,
        ResumeVersion("8"),
        old=A,
        shift=Shift((50, 75), 10, 25),
        progress=Progress((("orders", "8"),), ((SMOKE_TEST, "orders"),), 1.0),
    ),
    Row(
        "at the last share",
        wants(B, preference=LINEAR),
        alias("7", f"owner={US} shift=8@{B} 7@{A}", v8=0.75),
        TO_B,
        ResumeVersion("8"),
        old=A,
        shift=Shift((), 10, 75),
    ),
    Row(
        "at a share between two",
        wants(B, preference=LINEAR),
        alias("7", f"owner={US} shift=8@{B} 7@{A}", v8=0.6),
        TO_B,
        ResumeVersion("8"),
        old=A,
        shift=Shift((75,), 10, 60),
    ),
    Row(
        "foreign weights",
        wants(B, preference=LINEAR),
        alias("7", f"owner={US} shift=8@{B} 7@{A}", v5=0.25),
        ResourceConflict,
        old=A,
    ),
    Row(
        "a pointer that a person has moved",
        wants(B, preference=LINEAR),
        replace(SHIFTING, version="5"),
        ResourceConflict,
        old=A,
    ),
    Row(
        "the time that is left is enough for the last interval",
        wants(B, preference=LINEAR),
        SHIFTING,
        TO_B,
        ResumeVersion("8"),
        old=A,
        shift=Shift((50, 75), 10, 25),
        time_left=1200.0,
    ),
    Row(
        "the time that is left is not enough",
        wants(B, preference=LINEAR),
        SHIFTING,
        InvalidRequest,
        old=A,
        time_left=1199.0,
        says="^DeploymentPreference.Type: Linear25PercentEvery10Minutes was interrupted",
    ),
    Row(
        "all traffic went over, and is still to be heard",
        wants(B, preference=HEARD, smoke_test=SMOKE),
        MOVED,
        DescribeAlias("", lineage(f"8@{B} 7@{A}")),
        old=A,
        watch=WATCH,
    ),
    Row(
        "all traffic went over, with provisioned concurrency",
        wants(B, preference=LINEAR, capacity=5),
        MOVED,
        DescribeAlias("", lineage(f"8@{B} 7@{A}")),
        old=A,
        capacity=5,
    ),
    Row(
        "the first release is still to be heard",
        wants(A, preference=HEARD),
        alias("7", f"owner={US} shift=7@{A} by={BY} 7@{A}"),
        DescribeAlias("", lineage(f"by={BY} 7@{A}")),
        watch=WATCH,
    ),
    Row("settled", wants(B, preference=HEARD, smoke_test=SMOKE), OURS_B, KeepAlias(), old=A),
]

LEFT_OVER = [
    Row(
        "the next release replaces a shift that nobody ended",
        wants(C, preference=LINEAR),
        SHIFTING,
        RepointAlias("", lineage(f"7@{A}"), C),
        PublishVersion(),
        old=B,
        shift=STEPS,
    ),
    Row(
        "the next release follows one that was never settled",
        wants(C),
        MOVED,
        RepointAlias("", lineage(f"8@{B} 7@{A}"), C),
        PublishVersion(),
        old=B,
    ),
    Row(
        "an adoption ends a shift of the owner before",
        wants(C, adopt_existing=True),
        alias("7", f"owner={THEM} shift=8@{B} 7@{A}", v8=0.25),
        RepointAlias("", lineage(f"7@{A}", THEM).adopted_by(US, BY), C),
        PublishVersion(),
    ),
    Row(
        "settings alone end a shift that failed",
        wants(A, description="Orders", capacity=5, smoke_test=SMOKE, preference=HEARD),
        SHIFTING,
        RepointAlias("Orders", lineage(f"7@{A}")),
        RestoreVersion("7"),
        old=B,
        capacity=5,
    ),
    Row(
        "a person has moved the pointer, and keeps it",
        wants(A),
        replace(SHIFTING, version="5"),
        RepointAlias("", lineage(f"7@{A}")),
        RestoreVersion("5"),
        old=B,
    ),
]

GUARDED_ROLLBACKS = [
    Row(
        "the traffic has begun to go over",
        wants(A, preference=HEARD, smoke_test=SMOKE),
        SHIFTING,
        RepointAlias("", lineage(f"7@{A}")),
        RestoreVersion("7"),
        old=B,
        direction=BACK,
    ),
    Row(
        "the release was noted only",
        wants(A),
        ANNOUNCED,
        RepointAlias("", lineage(f"7@{A}")),
        RestoreVersion("7"),
        old=B,
        direction=BACK,
    ),
    Row(
        "weights that are nobody's stay",
        wants(A),
        alias("7", f"owner={US} 7@{A}", v8=0.25),
        DescribeAlias("", lineage(f"7@{A}")),
        old=B,
        direction=BACK,
    ),
    Row(
        "a pointer that a person has moved meanwhile stays",
        wants(A),
        replace(SHIFTING, version="5"),
        RepointAlias("", lineage(f"7@{A}")),
        RestoreVersion("5"),
        old=B,
        direction=BACK,
    ),
    Row(
        "all traffic went over",
        wants(A, preference=HEARD, smoke_test=SMOKE),
        MOVED,
        RepointAlias("", lineage(f"7@{A}")),
        RestoreVersion("7"),
        old=B,
        direction=BACK,
    ),
    Row(
        "to a release that was never settled",
        wants(B),
        MOVED,
        DescribeAlias("", lineage(f"8@{B} 7@{A}")),
        old=C,
        direction=BACK,
    ),
    Row(
        "to below a shift that nobody ended",
        wants(A),
        alias("8", f"owner={US} shift=9@{C} 8@{B} 7@{A}", v9=0.25),
        RepointAlias("", lineage(f"7@{A}")),
        RestoreVersion("7"),
        old=C,
        direction=BACK,
    ),
    Row(
        "an alias that the update made anew, never settled",
        wants(A),
        alias("8", f"owner={US} shift=8@{B} by={A} 8@{B}"),
        DeleteAlias(),
        old=B,
        direction=BACK,
    ),
    Row(
        "an adoption that was never settled is given back",
        wants(A),
        alias("9", f"owner={US} adopted={THEM} shift=9@{B} 9@{B} | 7@{A}", "T"),
        RepointAlias("T", lineage(f"7@{A}", THEM)),
        RestoreVersion("7"),
        old=B,
        direction=BACK,
    ),
    Row(
        "provisioned concurrency comes back",
        wants(A, capacity=5),
        OURS_B,
        RepointAlias("", lineage(f"7@{A}")),
        RestoreVersion("7"),
        old=B,
        direction=BACK,
        capacity=5,
    ),
    Row(
        "the stack can't be read, the lineage tells that all traffic went over",
        wants(A, preference=HEARD),
        MOVED,
        RepointAlias("", lineage(f"7@{A}")),
        RestoreVersion("7"),
        old=B,
        direction=UNKNOWN,
    ),
]

TWO_OWNERS = [
    Row(
        "of a list that has changed, a new release",
        wants(B),
        alias("7", f"owner={THEM} 7@{A}"),
        TO_B,
        PublishVersion(),
        old=A,
        old_owner=THEM,
    ),
    Row(
        "of a list that has changed, the same release",
        wants(A),
        alias("7", f"owner={THEM} 7@{A}"),
        DescribeAlias("", lineage(f"7@{A}")),
        old=A,
        old_owner=THEM,
    ),
    Row(
        "of a list that has changed, redelivered",
        wants(A),
        OURS_A,
        KeepAlias(),
        old=A,
        old_owner=THEM,
    ),
    Row(
        "of a list that has changed, interrupted in its shift",
        wants(B, preference=LINEAR),
        SHIFTING,
        TO_B,
        ResumeVersion("8"),
        old=A,
        old_owner=THEM,
        shift=Shift((50, 75), 10, 25),
    ),
    Row(
        "an alias of a third owner",
        wants(B),
        alias("7", f"owner=00000003 7@{A}"),
        ResourceConflict,
        old=A,
        old_owner=THEM,
        says="00000003",
    ),
    Row(
        "a function that is new to the list",
        wants(B),
        None,
        CreateAlias("", EMPTY, B),
        PublishVersion(),
        old=A,
        old_owner=THEM,
        new=True,
    ),
    Row(
        "a function that is new to the list, of nobody",
        wants(B),
        NOBODYS,
        AlreadyExists,
        old=A,
        old_owner=THEM,
        new=True,
    ),
    Row(
        "back to the list of before",
        wants(A),
        alias("8", f"owner={THEM} 8@{B} 7@{A}"),
        RepointAlias("", lineage(f"7@{A}")),
        RestoreVersion("7"),
        old=B,
        old_owner=THEM,
        direction=BACK,
    ),
    Row(
        "back to the list of before, the same release",
        wants(A),
        alias("7", f"owner={THEM} 7@{A}"),
        DescribeAlias("", lineage(f"7@{A}")),
        old=A,
        old_owner=THEM,
        direction=BACK,
    ),
    Row(
        "back to a list of which the update had taken the function",
        wants(A),
        OURS_A,
        DescribeAlias("", lineage(f"7@{A}")),
        old=B,
        old_owner=THEM,
        new=True,
        direction=BACK,
    ),
]


def named(rows: list[Row]) -> list[object]:
    return [pytest.param(row, id=row.asked) for row in rows]


def check(row: Row) -> None:
    found = Observed(row.found, row.direction, row.stale, row.restores, row.time_left)
    if isinstance(row.alias, type):
        with pytest.raises(row.alias, match=row.says):
            plan_promotion(row.request(), found)
        return
    plan = plan_promotion(row.request(), found)
    assert plan == Plan(
        row.alias,
        plan.because,
        row.version,
        row.abandoned,
        row.tests,
        row.capacity,
        row.shift,
        row.watch,
    )
    assert plan.because


@pytest.mark.parametrize("row", named(CREATES))
def test_a_create(row: Row) -> None:
    check(row)


@pytest.mark.parametrize("row", named(UPDATES))
def test_an_update(row: Row) -> None:
    check(row)


@pytest.mark.parametrize("row", named(ROLLBACKS))
def test_an_update_while_rolling_back(row: Row) -> None:
    check(row)


@pytest.mark.parametrize("row", named(GUARDED_RELEASES))
def test_a_release_that_is_guarded(row: Row) -> None:
    check(row)


@pytest.mark.parametrize("row", named(RESUMED))
def test_a_release_that_was_interrupted(row: Row) -> None:
    check(row)


@pytest.mark.parametrize("row", named(LEFT_OVER))
def test_a_shift_that_nobody_ended(row: Row) -> None:
    check(row)


@pytest.mark.parametrize("row", named(GUARDED_ROLLBACKS))
def test_a_rollback_of_a_release_that_is_guarded(row: Row) -> None:
    check(row)


@pytest.mark.parametrize("row", named(TWO_OWNERS))
def test_a_release_of_many_functions(row: Row) -> None:
    check(row)


UNDOS = [
    Row("a share is taken back", wants(B), SHIFTING, RepointAlias("", lineage(f"7@{A}")),
        RestoreVersion("7"), old=A),
    Row("a note is taken back", wants(B), ANNOUNCED, RepointAlias("", lineage(f"7@{A}")),
        RestoreVersion("7"), old=A),
    Row(
        "a pointer that a person has moved meanwhile stays",
        wants(B),
        replace(SHIFTING, version="5"),
        RepointAlias("", lineage(f"7@{A}")),
        RestoreVersion("5"),
        old=A,
    ),
    Row(
        "all traffic went over and is heard",
        wants(B),
        MOVED,
        RepointAlias("", lineage(f"7@{A}")),
        RestoreVersion("7"),
        old=A,
    ),
    Row(
        "it serves the release, which was never to be heard",
        wants(B),
        alias("8", f"owner={US} 8@{B} 7@{A}", "Orders"),
        RepointAlias("Orders", lineage(f"7@{A}")),
        RestoreVersion("7"),
        old=A,
    ),
    Row(
        "to where a person had moved it before",
        wants(B),
        alias("8", f"owner={US} 8@{B} 5@{A} 7@{A}"),
        RepointAlias("", lineage(f"5@{A} 7@{A}")),
        RestoreVersion("5"),
        old=A,
    ),
    Row(
        "the first release",
        wants(A),
        alias("7", f"owner={US} shift=7@{A} by={BY} 7@{A}"),
        DeleteAlias(),
    ),
    Row("an alias made anew", wants(B), alias("8", f"owner={US} by={A} 8@{B}"), DeleteAlias(),
        old=A),
    Row(
        "an adoption",
        wants(B),
        alias("8", f"owner={US} adopted=- by={BY} 8@{B} | 5@-", "By hand"),
        RepointAlias("By hand", None),
        RestoreVersion("5"),
    ),
    Row("an adoption of before, with the same release", wants(B), ADOPTED, KeepAlias()),
    Row("an alias of before, with the same release", wants(A), OURS_A, KeepAlias()),
    Row("an alias of before, with the same release and others", wants(B), OURS_B, KeepAlias()),
    Row(
        "a function that is new to the list, whose alias was kept",
        wants(B),
        OURS_B,
        KeepAlias(),
        old=A,
        old_owner=THEM,
        new=True,
    ),
    Row(
        "an adoption of an alias of another owner",
        wants(B),
        alias("9", f"owner={US} adopted={THEM} shift=9@{B} by={BY} 9@{B} | 7@{A}", "T"),
        RepointAlias("T", lineage(f"7@{A}", THEM)),
        RestoreVersion("7"),
    ),
    Row("it was not moved yet", wants(B), OURS_A, KeepAlias(), old=A),
    Row("it has gone on to another release", wants(B), OURS_C, KeepAlias(), old=A),
    Row("another release shifts", wants(C), SHIFTING, KeepAlias(), old=A),
    Row("an alias of another owner", wants(A), THEIRS, KeepAlias(), old=B),
    Row("an alias that lost its mark", wants(A), NOBODYS, KeepAlias(), old=B),
    Row("settings that were written", wants(B), OURS_B, KeepAlias(), old=B),
    Row(
        "a rename to the same release",
        wants(A),
        MADE_A,
        DeleteAlias(),
        old=A,
        old_alias=LIVE,
    ),
    Row(
        "of a list that has changed: it is the old list's again",
        wants(B),
        OURS_B,
        RepointAlias("", lineage(f"7@{A}", THEM)),
        RestoreVersion("7"),
        old=A,
        old_owner=THEM,
    ),
    Row(
        "of a list that has changed, a share is taken back",
        wants(B),
        SHIFTING,
        RepointAlias("", lineage(f"7@{A}", THEM)),
        RestoreVersion("7"),
        old=A,
        old_owner=THEM,
    ),
    Row(
        "of a list that has changed, not moved yet",
        wants(B),
        alias("7", f"owner={THEM} 7@{A}"),
        KeepAlias(),
        old=A,
        old_owner=THEM,
    ),
    Row(
        "a function that is new to the list",
        wants(A),
        MADE_A,
        DeleteAlias(),
        old=A,
        old_owner=THEM,
        new=True,
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", named(UNDOS))
def test_a_release_that_failed_is_put_back(row: Row) -> None:
    assert row.found
    plan = plan_undo(row.request(), row.found)
    assert not isinstance(row.alias, type)
    assert plan == Plan(row.alias, plan.because, row.version)
    assert plan.because


GIVEN_BACK = RepointAlias("By hand", None)
AS_IT_IS_A, AS_IT_IS_B = (DescribeAlias("", each.lineage) for each in (OURS_A, OURS_B))
AS_IT_WAS = alias("5", f"owner={US} adopted=- by={BY} 5@{B} | 5@-", "By hand", v4=0.25)
ADOPTED_BY = alias("8", f"owner={US} adopted=- by={BY} 8@{B} | 5@-", "By hand")
RELEASED_SINCE = alias("9", f"owner={US} adopted=- 9@{C} 8@{B} | 5@-", "By hand")
REMOVALS: list[tuple[str, str | None, Direction, AliasState | None, AliasSlot, VersionSlot]] = [
    ("no alias", None, FORWARD, None, KeepAlias(), None),
    ("an alias of another owner", None, FORWARD, THEIRS, KeepAlias(), None),
    ("an alias of nobody", None, FORWARD, NOBODYS, KeepAlias(), None),
    ("ours", None, FORWARD, OURS_B, DeleteAlias(), None),
    ("ours, the operation's status is none of ours", None, OVER, OURS_B, DeleteAlias(), None),
    ("ours, rolling back", None, BACK, OURS_B, DeleteAlias(), None),
    ("adopted", None, FORWARD, ADOPTED, GIVEN_BACK, RestoreVersion("5")),
    (
        "adopted, moved by hand since",
        None,
        FORWARD,
        replace(ADOPTED, version="9"),
        DescribeAlias("By hand", None),
        None,
    ),
    (
        "adopted, moved by hand since, rolling back",
        None,
        BACK,
        replace(ADOPTED, version="9"),
        GIVEN_BACK,
        RestoreVersion("5"),
    ),
    ("adopted, rolling back", None, BACK, ADOPTED, GIVEN_BACK, RestoreVersion("5")),
    (
        "released since the adoption",
        None,
        FORWARD,
        RELEASED_SINCE,
        DescribeAlias("By hand", None),
        None,
    ),
    (
        "released since the adoption, rolling back",
        None,
        BACK,
        alias("9", f"owner={US} adopted={THEM} 9@{C} 8@{B} | 5@{A}", "T"),
        RepointAlias("T", lineage(f"5@{A}", THEM)),
        RestoreVersion("5"),
    ),
    ("made by the request that never answered", A, BACK, MADE_A, DeleteAlias(), None),
    ("made by nobody knows whom", A, BACK, OURS_A, AS_IT_IS_A, None),
    ("kept from before, another release", B, BACK, MADE_A, DescribeAlias("", MADE_A.lineage), None),
    ("kept from before, more than one release", B, BACK, OURS_B, AS_IT_IS_B, None),
    (
        "adopted by the request that never answered",
        B,
        BACK,
        ADOPTED_BY,
        GIVEN_BACK,
        RestoreVersion("5"),
    ),
    (
        "adopted by the request that never answered, deleted later",
        B,
        FORWARD,
        ADOPTED_BY,
        GIVEN_BACK,
        RestoreVersion("5"),
    ),
    (
        "adopted before the request that never answered",
        C,
        BACK,
        ADOPTED,
        DescribeAlias("By hand", ADOPTED.lineage),
        None,
    ),
    ("of another owner, never answered", A, BACK, THEIRS, KeepAlias(), None),
    ("ours, while its traffic goes over", None, FORWARD, SHIFTING, DeleteAlias(), None),
    (
        "adopted, never settled",
        None,
        FORWARD,
        alias("8", f"owner={US} adopted=- shift=8@{B} 8@{B} | 5@-", "By hand"),
        GIVEN_BACK,
        RestoreVersion("5"),
    ),
    (
        "adopted and released since, while its traffic goes over",
        None,
        FORWARD,
        alias("9", f"owner={US} adopted=- shift=7@{A} 9@{C} 8@{B} | 5@-", "By hand", v7=0.25),
        RepointAlias("By hand", None),
        RestoreVersion("9"),
    ),
    (
        "made by the request that never answered, never settled",
        A,
        BACK,
        alias("7", f"owner={US} shift=7@{A} by={BY} 7@{A}"),
        DeleteAlias(),
        None,
    ),
]


@pytest.mark.parametrize(
    ("unconfirmed", "direction", "found", "slot", "version"),
    [pytest.param(*row[1:], id=row[0]) for row in REMOVALS],
)
def test_a_delete(
    unconfirmed: str | None,
    direction: Direction,
    found: AliasState | None,
    slot: AliasSlot,
    version: VersionSlot,
) -> None:
    plan = plan_removal(RemoveRequest(PROD, US, unconfirmed), Observed(found, direction))
    assert (plan.alias, plan.version) == (slot, version)
    assert plan.because


@pytest.mark.parametrize(
    ("by", "found", "slot"),
    [
        pytest.param(BY, MADE_A, DeleteAlias(), id="it made the alias"),
        pytest.param(BY[:8], MADE_A, DeleteAlias(), id="it made the alias, the last resort says"),
        pytest.param(
            EARLIER, MADE_A, DescribeAlias("", MADE_A.lineage), id="another request made it"
        ),
        pytest.param(BY, OURS_A, AS_IT_IS_A, id="nobody knows who made it"),
        pytest.param(BY, ADOPTED_BY, GIVEN_BACK, id="it adopted the alias"),
    ],
)
def test_the_delete_of_a_create_that_is_known_undoes_what_that_one_did(
    by: str, found: AliasState, slot: AliasSlot
) -> None:
    plan = plan_removal(RemoveRequest(PROD, US, A, by=by), Observed(found, BACK))
    assert plan.alias == slot


@pytest.mark.parametrize(
    ("oldest", "slot"), [(101, DescribeAlias("", MADE_A.lineage)), (100, DeleteAlias())]
)
def test_the_delete_of_a_create_that_is_unknown_leaves_what_was_there_before(
    oldest: int, slot: AliasSlot
) -> None:
    found = Observed(MADE_A, BACK, oldest=datetime.fromtimestamp(oldest, UTC))
    assert plan_removal(RemoveRequest(PROD, US, A), found).alias == slot


@pytest.mark.parametrize(
    ("begun", "slot"),
    [
        pytest.param(102, DescribeAlias("By hand", None), id="adopted by the update that failed"),
        pytest.param(103, DescribeAlias("By hand", AS_IT_WAS.lineage), id="adopted before"),
        pytest.param(None, DescribeAlias("By hand", AS_IT_WAS.lineage), id="nobody knows"),
    ],
)
def test_an_adoption_as_it_is_is_given_back_by_its_own_rollback(
    begun: int | None, slot: AliasSlot
) -> None:
    since = datetime.fromtimestamp(begun, UTC) if begun else None
    row = Row("its way back", wants(B), AS_IT_WAS, slot, old=B)
    plan = plan_promotion(row.request(), Observed(AS_IT_WAS, BACK, begun=since))
    assert plan.alias == slot


def test_an_adoption_that_moved_the_alias_is_given_back_by_another_release_only() -> None:
    row = Row("its way back", wants(B), ADOPTED_BY, KeepAlias(), old=B)
    since = datetime.fromtimestamp(100, UTC)
    plan = plan_promotion(row.request(), Observed(ADOPTED_BY, BACK, begun=since))
    assert plan.alias == DescribeAlias("By hand", ADOPTED_BY.lineage)


def test_a_stale_delete_touches_nothing() -> None:
    with pytest.raises(ResourceConflict, match="over"):
        plan_removal(RemoveRequest(PROD, US), Observed(OURS_A, FORWARD, stale=True))


RELEASES = st.sampled_from([A, B, C])
VERSIONS = st.integers(1, 9).map(str)
ENTRIES = st.lists(st.tuples(VERSIONS, RELEASES), min_size=1, max_size=4)


SHIFTS = st.none() | st.tuples(VERSIONS, RELEASES)
WEIGHTS = st.none() | st.tuples(VERSIONS, st.sampled_from([0.25, 0.6]))
WANTED = st.builds(
    wants,
    RELEASES,
    source_qualifier=st.sampled_from(["$LATEST", "beta", "7"]),
    smoke_test=st.none() | st.just(SMOKE),
    preference=st.sampled_from([Preference(), LINEAR, HEARD]),
    capacity=st.none() | st.just(5),
    adopt_existing=st.booleans(),
)


@st.composite
def aliases(draw: st.DrawFn) -> AliasState:
    """An alias of somebody, in any state that a release, or a person, may have left it in."""
    owner, shift = draw(st.sampled_from([US, THEM])), draw(SHIFTS)
    entries = " ".join("@".join(entry) for entry in draw(ENTRIES))
    note = f" shift={'@'.join(shift)}" if shift else ""
    state = alias(draw(VERSIONS | st.just("$LATEST")), f"owner={owner}{note} {entries}")
    weight = draw(WEIGHTS)
    return replace(state, weights=(weight,) if weight and weight[0] != state.version else ())


@given(aliases(), WANTED, RELEASES, st.sampled_from(["", THEM]))
def test_a_rollback_never_publishes_promotes_tests_shifts_nor_watches_whatever_is_found(
    found: AliasState, desired: Promotion, old: str, old_owner: str
) -> None:
    request = PromoteRequest(desired, Previous(old, PROD, old_owner), PROD.arn)
    try:
        plan = plan_promotion(request, Observed(found, BACK))
    except (NotFound, ResourceConflict):
        return
    assert isinstance(plan.version, RestoreVersion | None)
    assert not isinstance(plan.alias, CreateAlias | DeleteAlias)
    assert (plan.tests, plan.shift, plan.watch) == (None, None, None)


@given(st.none() | aliases(), WANTED, st.none() | RELEASES, st.sampled_from(Direction))
def test_only_a_release_that_goes_forward_shifts(
    found: AliasState | None, desired: Promotion, old: str | None, direction: Direction
) -> None:
    previous = Previous(old, PROD) if old else None
    try:
        plan = plan_promotion(
            PromoteRequest(desired, previous, PROD.arn, BY), Observed(found, direction)
        )
    except PromotionError:
        return
    if plan.shift:
        assert direction in (FORWARD, UNKNOWN)
        assert found
        assert found.version != "$LATEST"
        assert isinstance(plan.alias, RepointAlias)
        assert plan.alias.release == desired.release
        assert isinstance(plan.version, PublishVersion | PromoteFrom | UseVersion | ResumeVersion)


@given(aliases(), WANTED, RELEASES, st.sampled_from([None, 0, 25, 75]), st.sampled_from(["", THEM]))
def test_what_a_release_did_is_undone_to_the_version_and_the_lineage_from_before(
    before: AliasState, desired: Promotion, old: str, percent: int | None, old_owner: str
) -> None:
    """At any moment: noted, at some share, or with all traffic; None stands for all."""
    desired = replace(desired, release="dddddddd")
    request = PromoteRequest(desired, Previous(old, PROD, old_owner), PROD.arn, BY)
    try:
        plan = plan_promotion(request, Observed(before, FORWARD))
    except PromotionError:
        return
    slot, lineage_ = plan.alias, before.lineage
    assert isinstance(slot, RepointAlias)
    assert lineage_
    adopted = bool(slot.lineage and slot.lineage.earlier)
    if percent is None or adopted:
        text = description_after(slot, "10", unsettled=plan.watch is not None)
        during = AliasState("10", text)
    else:
        share = (("10", percent / 100),) if percent else ()
        during = replace(before, description=description_during(slot, "", "10"), weights=share)

    undo = plan_undo(request, during)

    assert isinstance(undo.alias, RepointAlias)
    assert undo.version == RestoreVersion(before.version)
    owner = old_owner or lineage_.owner
    assert undo.alias.lineage == lineage_.noting(before.version).owned_by(owner)


@given(ENTRIES, VERSIONS)
def test_forward_then_back_restores_the_version_and_the_lineage(
    entries: list[tuple[str, str]], version: str
) -> None:
    mark = " ".join("@".join(entry) for entry in entries)
    before = alias(version, f"owner={US} {mark}")
    old, new = entries[0][1], "dddddddd"
    forward = plan_promotion(
        PromoteRequest(wants(new), Previous(old, PROD), PROD.arn), Observed(before, FORWARD)
    )
    assert isinstance(forward.alias, RepointAlias)
    assert forward.alias.lineage
    after = AliasState("10", description_after(forward.alias, "10"))
    back = plan_promotion(
        PromoteRequest(wants(old), Previous(new, PROD), PROD.arn), Observed(after, BACK)
    )
    assert back.version == RestoreVersion(version)
    assert isinstance(back.alias, RepointAlias)
    assert back.alias.lineage == forward.alias.lineage
