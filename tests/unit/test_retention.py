"""Which versions nothing needs any more."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.observed import AliasState
from handler.retention import held_by_aliases, superfluous


def alias(version: str, tenures: str = "", **more: Any) -> AliasState:
    """Give an alias with these tenures, such as `9@- 8@- | 5@-`, and a shift before them."""
    adopted = f" adopted={','.join(['-'] * tenures.count('|'))}" if "|" in tenures else ""
    mark = f"[alias-promotion owner=0000000a{adopted} {tenures}]" if tenures else "By hand"
    return AliasState(version, mark, **more)


@pytest.mark.parametrize(
    ("versions", "held", "keep", "gone"),
    [
        pytest.param("", "", 2, "", id="no versions"),
        pytest.param("1", "", 2, "", id="fewer than stay"),
        pytest.param("1 2", "", 2, "", id="just as many"),
        pytest.param("1 2 3", "", 2, "1", id="one more"),
        pytest.param("1 2 3 4 5", "1 3", 2, "2", id="what is held stays, beside the newest"),
        pytest.param("1 2 3 4 5", "5 4", 2, "1 2 3", id="what is held counts among the newest"),
        pytest.param("10 9 2 1", "", 2, "1 2", id="by number, not by text"),
        pytest.param("3 1 2 4", "", 2, "1 2", id="in whichever order they are listed"),
        pytest.param("1 1 2 3 3", "", 2, "1", id="listed twice"),
        pytest.param("1 $LATEST 2 $LATEST.PUBLISHED 3", "", 2, "1", id="only numbers count"),
    ],
)
def test_what_goes_is_neither_new_nor_held(versions: str, held: str, keep: int, gone: str) -> None:
    reasons = dict.fromkeys(held.split(), "why")
    found = superfluous(versions.split(), reasons, keep)
    assert found.superfluous == tuple(gone.split())
    assert set(found.kept) <= set(reasons)


def test_each_older_version_that_stays_has_its_reason() -> None:
    found = superfluous("12345", {"1": "one", "4": "four", "9": "gone already"}, 2)
    assert found.kept == {"1": "one"}


@given(st.sets(st.integers(1, 60)), st.sets(st.integers(1, 60)), st.integers(2, 20))
def test_what_goes_of_some_versions_goes_of_all(all_: set[int], seen: set[int], keep: int) -> None:
    part = {str(n) for n in all_ & seen}
    of_part = superfluous(part, {}, keep).superfluous
    assert set(of_part) <= set(superfluous(map(str, all_), {}, keep).superfluous)
    assert len(of_part) == max(0, len(part) - keep)


SERVES, BACK = "alias prod serves it", "alias prod may go back to it"


@pytest.mark.parametrize(
    ("state", "keep", "held"),
    [
        pytest.param(alias("7"), 2, {"7": SERVES}, id="an alias without a mark"),
        pytest.param(
            alias("7", weights=(("8", 0.1),)), 2, {"7": SERVES, "8": SERVES}, id="a weight"
        ),
        pytest.param(
            alias("9", "9@- 8@- 7@- 6@- 5@-"), 2, {"9": SERVES, "8": BACK, "7": BACK},
            id="three releases of the lineage at the least",
        ),
        pytest.param(
            alias("9", "9@- 8@- 7@- 6@- 5@-"), 4, {"9": SERVES, **dict.fromkeys("876", BACK)},
            id="as many releases as versions",
        ),
        pytest.param(
            alias("4", "9@- 8@-"), 2, {"4": SERVES, "9": BACK, "8": BACK}, id="moved by hand"
        ),
        pytest.param(
            alias("9", "9@- | 5@- 4@- | 3@- 2@-"), 2,
            {"9": SERVES, **dict.fromkeys("53", "alias prod is given back with it")},
            id="what stands behind each bar",
        ),
        pytest.param(
            alias("9", "shift=10@0000000b 9@- 8@-", weights=(("10", 0.1),)), 2,
            {"9": SERVES, "10": SERVES, "8": BACK}, id="traffic goes over",
        ),
        pytest.param(
            alias("9", "shift=10@0000000b 9@-"), 2,
            {"9": SERVES, "10": "alias prod goes over to it"}, id="traffic is about to go over",
        ),
        pytest.param(
            alias("$LATEST", "$LATEST@- 8@-"), 2, {"$LATEST": SERVES, "8": BACK}, id="$LATEST"
        ),
    ],
)  # fmt: skip
def test_an_alias_holds_what_it_serves_or_may_go_back_to(
    state: AliasState, keep: int, held: dict[str, str]
) -> None:
    assert held_by_aliases({"prod": state}, keep) == held


def test_every_alias_holds_its_own_and_serving_is_said_first() -> None:
    aliases = {"prod": alias("9", "9@- 8@- 7@-"), "beta": alias("8", "8@- 6@-")}
    assert held_by_aliases(aliases, 2) == {
        "9": "alias prod serves it",
        "8": "alias beta serves it",
        "7": "alias prod may go back to it",
        "6": "alias beta may go back to it",
    }
