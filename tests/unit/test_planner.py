"""Every row of the contract: what was asked, what was found, the whole plan."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.arn import AliasId, Scope
from handler.direction import Direction
from handler.errors import (
    AlreadyExists,
    InvalidRequest,
    NotFound,
    PromotionError,
    ResourceConflict,
)
from handler.lineage import Entry, Lineage, Tenure, parse
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
    UseVersion,
    VersionSlot,
    description_after,
)
from handler.planner import plan_promotion, plan_removal

FORWARD, BACK, OVER, UNKNOWN = Direction
SCOPE = Scope("aws", "eu-west-1", "111122223333")
PROD, LIVE = (AliasId(SCOPE, "orders", name) for name in ("prod", "live"))
US, THEM = "00000001", "00000002"
BY, EARLIER = "9a0b1c2d", "11111111"
A, B, C = "aaaaaaaa", "bbbbbbbb", "cccccccc"


def alias(version: str, mark: str = "", text: str = "") -> AliasState:
    description = f"{text} [alias-promotion {mark}]".lstrip() if mark else text
    return AliasState(version, description, "revision")


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

    def request(self) -> PromoteRequest:
        if self.old is None:
            return PromoteRequest(self.desired, by=BY)
        previous = Previous(self.old, self.old_alias)
        return PromoteRequest(self.desired, previous, self.physical_id, BY, self.refused)


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


def named(rows: list[Row]) -> list[object]:
    return [pytest.param(row, id=row.asked) for row in rows]


def check(row: Row) -> None:
    found = Observed(row.found, row.direction, row.stale, row.restores)
    if isinstance(row.alias, type):
        with pytest.raises(row.alias, match=row.says):
            plan_promotion(row.request(), found)
        return
    plan = plan_promotion(row.request(), found)
    assert plan == Plan(row.alias, plan.because, row.version, row.abandoned)
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


GIVEN_BACK = RepointAlias("By hand", None)
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
    ("made by the request that never answered", A, BACK, OURS_A, DeleteAlias(), None),
    ("kept from before, another release", B, BACK, OURS_A, KeepAlias(), None),
    ("kept from before, more than one release", B, BACK, OURS_B, KeepAlias(), None),
    (
        "adopted by the request that never answered",
        B,
        BACK,
        ADOPTED,
        GIVEN_BACK,
        RestoreVersion("5"),
    ),
    (
        "adopted by the request that never answered, deleted later",
        B,
        FORWARD,
        ADOPTED,
        GIVEN_BACK,
        RestoreVersion("5"),
    ),
    ("adopted before the request that never answered", C, BACK, ADOPTED, KeepAlias(), None),
    ("of another owner, never answered", A, BACK, THEIRS, KeepAlias(), None),
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


def test_a_stale_delete_touches_nothing() -> None:
    with pytest.raises(ResourceConflict, match="over"):
        plan_removal(RemoveRequest(PROD, US), Observed(OURS_A, FORWARD, stale=True))


RELEASES = st.sampled_from([A, B, C])
VERSIONS = st.integers(1, 9).map(str)
ENTRIES = st.lists(st.tuples(VERSIONS, RELEASES), min_size=1, max_size=4)


@given(ENTRIES, VERSIONS, RELEASES, RELEASES, st.sampled_from([US, THEM]))
def test_a_rollback_never_publishes_nor_promotes_whatever_is_found(
    entries: list[tuple[str, str]], version: str, wanted: str, old: str, owner: str
) -> None:
    mark = " ".join("@".join(entry) for entry in entries)
    found = Observed(alias(version, f"owner={owner} {mark}"), BACK)
    try:
        plan = plan_promotion(PromoteRequest(wants(wanted), Previous(old, PROD), PROD.arn), found)
    except NotFound:
        return
    assert isinstance(plan.version, RestoreVersion | None)
    assert not isinstance(plan.alias, CreateAlias | DeleteAlias)


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
