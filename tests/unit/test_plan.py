"""The Description that a plan leaves, where there is hardly room for it."""

from dataclasses import replace

import pytest

from handler.errors import InvalidRequest
from handler.lineage import DESCRIPTION_LIMIT, Entry, Lineage, Tenure, parse
from handler.plan import (
    AliasSlot,
    CreateAlias,
    DeleteAlias,
    DescribeAlias,
    KeepAlias,
    RepointAlias,
    check_room,
    description_after,
    description_during,
    is_release,
)

US, THEM = "00000001", "00000002"
A, B = "aaaaaaaa", "bbbbbbbb"
OURS = Lineage(Tenure(US, (Entry("10007", A),)))


def adopted(times: int) -> Lineage:
    """Ours, serving A, adopted from somebody who had adopted it, and so on."""
    return replace(OURS, earlier=(Tenure(THEM, (Entry("10001", B),)),) * times)


@pytest.mark.parametrize("times", [0, 1])
def test_the_longest_description_leaves_room_for_a_release_and_the_one_before(times: int) -> None:
    written = description_after(RepointAlias("t" * 128, adopted(times), B), "10008")
    _, lineage = parse(written)
    assert len(written) <= DESCRIPTION_LIMIT
    assert lineage
    assert [str(each) for each in lineage.current.entries] == [f"10008@{B}", f"10007@{A}"]


def test_a_release_that_could_not_be_rolled_back_is_refused() -> None:
    whole = description_after(RepointAlias("t", adopted(2), B), "10008")
    longest = "t" * (1 + DESCRIPTION_LIMIT - len(whole))
    assert len(description_after(RepointAlias(longest, adopted(2), B), "10008")) == 256
    refused = "^Description: too long beside the alias's lineage, by 1 characters; shorten it"
    with pytest.raises(InvalidRequest, match=refused):
        description_after(RepointAlias(f"{longest}t", adopted(2), B), "10008")


def test_what_others_released_falls_off_before_what_a_rollback_needs() -> None:
    theirs = Tenure(THEM, tuple(Entry(str(number), B) for number in range(10001, 9990, -1)))
    written = description_after(
        RepointAlias("t" * 120, replace(OURS, earlier=(theirs, theirs)), B), "8"
    )
    _, lineage = parse(written)
    assert lineage
    assert [len(each.entries) for each in (lineage.current, *lineage.earlier)] == [2, 1, 1]
    assert lineage.earlier[0].entries == theirs.entries[:1]


def test_a_text_is_cut_before_a_way_back_fails() -> None:
    written = description_after(RepointAlias("t" * 128, adopted(3)), "10007")
    text, lineage = parse(written)
    assert len(written) == DESCRIPTION_LIMIT
    assert lineage == adopted(3)
    assert text == "t" * len(text)


def test_a_setting_that_leaves_no_room_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        description_after(DescribeAlias("t" * 128, adopted(3)), "10007")


@pytest.mark.parametrize(
    ("slot", "written"),
    [
        (CreateAlias("", Lineage(Tenure(US)), A), f"[alias-promotion owner={US} 7@{A}]"),
        (RepointAlias("Orders", None), "Orders"),
        (DescribeAlias("Orders", None), "Orders"),
        (DescribeAlias("", OURS), f"[alias-promotion owner={US} 10007@{A}]"),
    ],
)
def test_a_mark_is_written_where_there_is_a_lineage(
    slot: CreateAlias | RepointAlias | DescribeAlias, written: str
) -> None:
    assert description_after(slot, "7") == written


# --- while a release is not settled

NOTE = f"shift=10008@{B}"


@pytest.mark.parametrize(
    ("slot", "written"),
    [
        (
            CreateAlias("", Lineage(Tenure(US, by="9a0b1c2d")), B),
            f"[alias-promotion owner={US} {NOTE} by=9a0b1c2d 10008@{B}]",
        ),
        (RepointAlias("t", OURS, B), f"t [alias-promotion owner={US} {NOTE} 10008@{B} 10007@{A}]"),
        (RepointAlias("t", OURS), f"t [alias-promotion owner={US} 10007@{A}]"),
        (RepointAlias("t", None), "t"),
        (DescribeAlias("t", OURS), f"t [alias-promotion owner={US} 10007@{A}]"),
    ],
)
def test_only_a_release_is_noted_as_one_that_is_watched(
    slot: CreateAlias | RepointAlias | DescribeAlias, written: str
) -> None:
    assert description_after(slot, "10008", unsettled=True) == written


def test_while_the_traffic_goes_over_the_text_and_the_head_are_still_those_of_before() -> None:
    slot = RepointAlias("the new text", OURS, B)
    written = description_during(slot, "the old text", "10008")
    assert written == f"the old text [alias-promotion owner={US} {NOTE} 10007@{A}]"


@pytest.mark.parametrize("slot", [RepointAlias("", OURS), RepointAlias("", None, B)])
def test_nothing_but_a_release_of_a_lineage_goes_over_step_by_step(slot: RepointAlias) -> None:
    with pytest.raises(ValueError, match="RepointAlias"):
        description_during(slot, "", "10008")


@pytest.mark.parametrize("times", [0, 1])
def test_the_longest_description_leaves_room_for_the_note(times: int) -> None:
    slot = RepointAlias("t" * 128, adopted(times), B)
    check_room(slot, unsettled=True)
    for written in (
        description_after(slot, "10008", unsettled=True),
        description_during(slot, "t" * 128, "10008"),
    ):
        _, lineage = parse(written)
        assert lineage
        assert str(lineage.shift) == f"10008@{B}"


def test_a_note_that_leaves_no_room_is_refused_before_anything_is_published() -> None:
    # It does not know the number yet, but how long it may be.
    whole = description_after(RepointAlias("t", adopted(2), B), "999999")
    slot = RepointAlias("t" * (1 + DESCRIPTION_LIMIT - len(whole)), adopted(2), B)
    check_room(slot)
    with pytest.raises(InvalidRequest, match=r"^Description: too long"):
        check_room(slot, unsettled=True)


@pytest.mark.parametrize(
    ("slot", "release"),
    [
        (CreateAlias("", Lineage(Tenure(US)), B), True),
        (RepointAlias("", OURS, B), True),
        (RepointAlias("", OURS), False),
        (DescribeAlias("", OURS), False),
        (KeepAlias(), False),
        (DeleteAlias(), False),
    ],
)
def test_a_way_back_is_no_release(slot: AliasSlot, *, release: bool) -> None:
    assert is_release(slot) is release
