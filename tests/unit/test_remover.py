"""Provisioned concurrency that is given up, or given back."""

from collections.abc import Mapping
from typing import Any

import pytest

from handler.capacity import Provisioned
from handler.errors import AccessDenied
from handler.observed import AliasState
from handler.remover import Remover
from handler.writer import Writer
from tests.unit.conftest import PROD
from tests.unit.release_world import ReleaseWorld

READY = Provisioned(5, "READY")


class Removal:
    """A remover, and the names of what it told."""

    def __init__(self) -> None:
        self.world = ReleaseWorld()
        self.aws = self.world.aws
        self.told: list[str] = []
        writer = Writer(self.aws, self.world.observer, self.tell)
        self.remover = Remover(self.aws, self.world.observer, writer, self.tell)
        self.aws.provisioned = {("orders", number): READY for number in ("1", "2", "3")}

    def tell(self, what: str, _facts: Mapping[str, Any]) -> None:
        self.told.append(what)

    @property
    def provisioned(self) -> set[str]:
        return {number for _, number in self.aws.provisioned}


@pytest.fixture
def removal() -> Removal:
    return Removal()


@pytest.mark.parametrize(
    ("others", "versions", "left"),
    [
        pytest.param({}, {"2"}, {"1", "3"}, id="nothing serves it"),
        pytest.param({}, {"2", "3"}, {"1"}, id="two of them"),
        pytest.param({}, {"1", "2"}, {"1", "3"}, id="the alias itself serves it"),
        pytest.param({}, set(), {"1", "2", "3"}, id="none of them"),
        pytest.param(
            {"beta": AliasState("1", "")}, {"1", "2"}, {"1", "3"}, id="another alias serves it"
        ),
        pytest.param(
            {"beta": AliasState("3", "", weights=(("1", 0.1),))},
            {"1", "2"},
            {"1", "3"},
            id="another alias gives it a share",
        ),
        pytest.param({}, {"$LATEST", "2"}, {"1", "3"}, id="$LATEST can have none"),
        pytest.param({}, {"", "2"}, {"1", "3"}, id="no version"),
    ],
)
def test_what_nothing_serves_any_more_loses_its_capacity(
    removal: Removal, others: dict[str, AliasState], versions: set[str], left: set[str]
) -> None:
    for name, state in others.items():
        removal.aws.point("orders", name, state)
    removal.remover.take_capacity(PROD, versions)
    assert removal.provisioned == left
    assert removal.told == []


def test_capacity_that_cannot_be_taken_is_told_and_ends_nothing(removal: Removal) -> None:
    removal.aws.fail("DeleteProvisionedConcurrencyConfig", AccessDenied("no"))
    removal.remover.take_capacity(PROD, {"2"})
    assert removal.provisioned == {"1", "2", "3"}
    assert removal.told == ["left over"]


@pytest.mark.parametrize(
    ("others", "left"),
    [({}, {"2", "3"}), ({"beta": AliasState("1", "")}, {"1", "2", "3"})],
    ids=["no other alias", "another one"],
)
def test_capacity_that_is_no_longer_wanted_is_taken_unless_another_alias_has_use_for_it(
    removal: Removal, others: dict[str, AliasState], left: set[str]
) -> None:
    for name, state in others.items():
        removal.aws.point("orders", name, state)
    removal.remover.take_capacity(PROD, {"1"}, unwanted="1")
    assert removal.provisioned == left


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, Provisioned(5, "IN_PROGRESS")),
        (Provisioned(3, "READY"), Provisioned(5, "IN_PROGRESS")),
        (READY, READY),
    ],
    ids=["none", "another number", "the same"],
)
def test_a_version_that_serves_again_is_warmed(
    removal: Removal, before: Provisioned | None, after: Provisioned
) -> None:
    removal.aws.provisioned = {("orders", "1"): before} if before else {}
    removal.remover.warm(PROD, "1", 5)
    assert removal.aws.provisioned == {("orders", "1"): after}


def test_capacity_that_cannot_be_given_back_is_told_and_ends_nothing(removal: Removal) -> None:
    removal.aws.provisioned = {}
    removal.aws.fail("PutProvisionedConcurrencyConfig", AccessDenied("no"))
    removal.remover.warm(PROD, "1", 5)
    assert removal.provisioned == set()
    assert removal.told == ["left over"]
