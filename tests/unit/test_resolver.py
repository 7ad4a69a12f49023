"""From a source to a version: what an alias must be to hand its version on."""

from dataclasses import replace

import pytest

from handler.errors import InvalidRequest, NotFound, NotStabilized, PromotionError
from handler.observed import AliasState
from handler.plan import PromoteFrom, ResumeVersion, UseVersion
from handler.resolver import Resolver
from tests.unit.conftest import PROD
from tests.unit.release_world import US, A, B, ReleaseWorld

BETA = AliasState("2", f"[alias-promotion owner={US} 2@{B} 1@{A}]")
WATCHED = AliasState("2", f"[alias-promotion owner={US} shift=2@{B} 2@{B} 1@{A}]")


@pytest.fixture
def world() -> ReleaseWorld:
    return ReleaseWorld()


@pytest.mark.parametrize("state", [BETA, AliasState("2", "By hand")])
def test_the_version_that_another_alias_serves_is_taken(
    world: ReleaseWorld, state: AliasState
) -> None:
    world.aws.point("orders", "beta", state)
    found = Resolver(world.aws).resolve(PROD, PromoteFrom("beta"))
    assert found
    assert found.number == "2"


@pytest.mark.parametrize(
    ("state", "error", "says"),
    [
        (None, NotFound, "found no alias beta of orders"),
        (replace(BETA, weights=(("3", 0.1),)), NotStabilized, "sends traffic to two versions"),
        (WATCHED, NotStabilized, "serves a release that is still watched"),
        (replace(BETA, version="$LATEST"), InvalidRequest, "points to .LATEST"),
        (replace(BETA, version="9"), NotFound, "found no version 9 of orders"),
    ],
    ids=["no alias", "a shift", "still watched", "$LATEST", "no version"],
)
def test_an_alias_that_serves_no_settled_version_is_no_source(
    world: ReleaseWorld, state: AliasState | None, error: type[PromotionError], says: str
) -> None:
    if state:
        world.aws.point("orders", "beta", state)
    with pytest.raises(error, match=f"^SourceQualifier: .*{says}"):
        Resolver(world.aws).resolve(PROD, PromoteFrom("beta"))


@pytest.mark.parametrize("slot", [UseVersion("9"), ResumeVersion("9")])
def test_a_version_that_is_gone_is_told(
    world: ReleaseWorld, slot: UseVersion | ResumeVersion
) -> None:
    with pytest.raises(NotFound, match="found no version 9 of orders"):
        Resolver(world.aws).resolve(PROD, slot)
