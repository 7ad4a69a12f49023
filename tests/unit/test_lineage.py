"""The lineage in an alias's Description."""

import re
import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.lineage import (
    DESCRIPTION_LIMIT,
    NOBODY,
    Entry,
    Lineage,
    Tenure,
    kept_id,
    owner_id,
    parse,
    release_id,
    render,
    request_id,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "errors.md"
OWNER, OTHER = "1f3a9c2e", "0badcafe"
BY = "9a0b1c2d"
A, B, C = "aaaaaaaa", "bbbbbbbb", "cccccccc"


def lineage(
    *entries: str, owner: str = OWNER, earlier: tuple[Tenure, ...] = (), shift: str = ""
) -> Lineage:
    return Lineage(tenure(owner, *entries), earlier, Entry(*shift.split("@")) if shift else None)


def tenure(owner: str, *entries: str) -> Tenure:
    by = next((entry[3:] for entry in entries if entry.startswith("by=")), "")
    made = tuple(Entry(*entry.split("@")) for entry in entries if "@" in entry)
    return Tenure(owner, made, ".." in entries, by)


@pytest.mark.parametrize(
    ("description", "text", "expected"),
    [
        ("", "", None),
        ("Orders API", "Orders API", None),
        (f"[alias-promotion owner={OWNER} 7@{A}]", "", lineage(f"7@{A}")),
        (f"Orders [alias-promotion owner={OWNER} 7@{A}]", "Orders", lineage(f"7@{A}")),
        (f"[alias-promotion owner={OWNER} by={BY} 7@{A}]", "", lineage(f"by={BY}", f"7@{A}")),
        (
            f"[alias-promotion owner={OWNER} adopted={OTHER} by={BY} 8@{B} | by={A} 7@{A}]",
            "",
            lineage(f"by={BY}", f"8@{B}", earlier=(tenure(OTHER, f"by={A}", f"7@{A}"),)),
        ),
        (
            f"two\nlines [alias-promotion owner={OWNER} 8@{B} 7@{A} ..]",
            "two\nlines",
            lineage(f"8@{B}", f"7@{A}", ".."),
        ),
        (
            f"[alias-promotion owner={OWNER} adopted=- 8@{B} | 5@-]",
            "",
            lineage(f"8@{B}", earlier=(tenure(NOBODY, "5@-"),)),
        ),
        (
            f"[alias-promotion owner={OWNER} adopted={OTHER},- 9@{C} | 8@{B} .. | $LATEST@-]",
            "",
            lineage(f"9@{C}", earlier=(tenure(OTHER, f"8@{B}", ".."), tenure(NOBODY, "$LATEST@-"))),
        ),
        (
            f"Orders [alias-promotion owner={OWNER} shift=8@{B} 7@{A}]",
            "Orders",
            lineage(f"7@{A}", shift=f"8@{B}"),
        ),
        (
            f"[alias-promotion owner={OWNER} shift=8@{B} 8@{B} 7@{A} ..]",
            "",
            lineage(f"8@{B}", f"7@{A}", "..", shift=f"8@{B}"),
        ),
        (
            f"[alias-promotion owner={OWNER} adopted=- shift=8@{B} by={BY} 8@{B} | 5@-]",
            "",
            lineage(f"by={BY}", f"8@{B}", earlier=(tenure(NOBODY, "5@-"),), shift=f"8@{B}"),
        ),
    ],
)
def test_a_description_carries_the_users_text_and_the_lineage(
    description: str, text: str, expected: Lineage | None
) -> None:
    assert parse(description) == (text, expected)
    assert render(text, expected) == description


@pytest.mark.parametrize(
    "broken",
    [
        f"[alias-promotion owner=me 7@{A}]",
        f"[alias-promotion owner={OWNER}]",
        f"[alias-promotion owner={OWNER} ]",
        f"[alias-promotion owner={OWNER} ..]",
        f"[alias-promotion owner={OWNER} by={A}]",
        f"[alias-promotion owner={OWNER} by=me 7@{A}]",
        f"[alias-promotion owner={OWNER} 7@{A} by={A}]",
        f"[alias-promotion owner={OWNER} 7@{A} .. 6@{A}]",
        f"[alias-promotion owner={OWNER} 7@{A}  6@{A}]",
        f"[alias-promotion owner={OWNER} 7@{A} x@{B}]",
        f"[alias-promotion owner={OWNER} 7@{A} | 5@-]",
        f"[alias-promotion owner={OWNER} adopted=- 7@{A}]",
        f"[alias-promotion owner={OWNER} 7@{A}] edited by hand",
        f"[alias-promotion owner={OWNER} shift=8@{B}]",
        f"[alias-promotion owner={OWNER} shift= 7@{A}]",
        f"[alias-promotion owner={OWNER} shift=8 7@{A}]",
        f"[alias-promotion owner={OWNER} shift=$LATEST@{B} 7@{A}]",
        f"[alias-promotion owner={OWNER} shift=8@{B} shift=9@{C} 7@{A}]",
        f"[alias-promotion owner={OWNER} 7@{A} shift=8@{B}]",
        f"[alias-promotion owner={OWNER} shift=8@{B} adopted=- 7@{A} | 5@-]",
    ],
)
def test_a_mark_that_somebody_broke_is_no_mark(broken: str) -> None:
    assert parse(broken) == (broken, None)


def test_a_release_is_identified_by_what_chooses_the_version_and_nothing_else() -> None:
    base = {"FunctionName": "orders", "AliasName": "prod", "Triggers": {"build": "1"}}
    settings = {**base, "Description": "x", "AdoptExisting": "true", "ServiceTimeout": "60"}
    assert release_id(base) == release_id(settings)
    for choice in (
        {"Triggers": {"build": "2"}},
        {"SourceQualifier": "beta"},
        {"CodeSha256": "x"},
        {"VersionDescription": "x"},
    ):
        assert release_id(base) != release_id({**base, **choice})


def test_the_order_of_keys_makes_no_other_release() -> None:
    assert release_id({"Triggers": {"a": "1", "b": "2"}}) == release_id(
        {"Triggers": {"b": "2", "a": "1"}}
    )


def test_ids_never_change_from_one_release_of_the_provider_to_the_next() -> None:
    assert release_id({"SourceQualifier": "beta", "Triggers": ["ü", {"n": "1"}]}) == "7ba0f98e"
    assert owner_id("arn:aws:cloudformation:eu-west-1:1:stack/s/g", "Prod") == "c7aadf39"
    assert request_id("6c1f", None) == "8c347329"
    assert request_id("6c1f", datetime(2026, 11, 27, tzinfo=UTC)) == "8c3473296b08c800"
    assert kept_id("1f3a9c2e") == "05a86c91"


def test_a_person_can_compute_an_owner_as_the_document_says() -> None:
    [line] = re.findall(r"^    (printf .*)$", DOCUMENT.read_text("utf-8"), re.MULTILINE)
    stack_id = "arn:aws:cloudformation:eu-west-1:111122223333:stack/orders/6c1f"
    command = line.replace("STACK_ID", shlex.quote(stack_id)).replace("LOGICAL_ID", "Prod")
    found = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert found.stdout == f"{owner_id(stack_id, 'Prod')}\n"


def test_a_request_began_a_tenure_until_something_else_is_released() -> None:
    made = lineage(f"by={BY}", f"7@{A}")
    assert made.begun_by(BY)
    assert made.begun_by(f"{BY}6927c5aa")
    assert not made.begun_by("11111111")
    assert not made.begun_by("")
    assert not lineage(f"7@{A}").begun_by(BY)
    released = made.push(Entry("8", B))
    assert not released.begun_by(BY)
    entry = released.below_head(A)
    assert entry
    assert released.back_to(entry) == made


def test_a_tenure_knows_when_it_began() -> None:
    at = datetime(2026, 11, 27, 3, 1, 34, tzinfo=UTC)
    assert lineage(f"by={request_id('6c1f', at)}", f"7@{A}").current.began == at
    assert lineage(f"by={BY}", f"7@{A}").current.began is None
    assert lineage(f"7@{A}").current.began is None


def test_an_alias_that_its_owner_adopts_is_given_back_to_nobody_who_deletes_it() -> None:
    kept = lineage(f"7@{A}")
    given_back = kept.adopted_by(OWNER).push(Entry("8", B)).given_back()
    assert given_back == kept.owned_by(kept_id(OWNER))


def test_what_was_kept_twice_is_given_back_to_what_was_kept_last() -> None:
    theirs = lineage(f"5@{A}", owner=OTHER)
    first = theirs.adopted_by(OWNER).push(Entry("6", A))
    second = first.adopted_by(OWNER).push(Entry("7", B))
    third = second.adopted_by(OWNER).push(Entry("8", A))
    assert [each.owner for each in third.earlier] == [kept_id(OWNER), OTHER]
    theirs_again = third.adopted_by(OTHER).push(Entry("9", A))
    assert theirs_again.adopted_by(OWNER).given_back() == theirs_again
    assert third.given_back() == Lineage(
        Tenure(kept_id(OWNER), (Entry("7", B),)), (theirs.current,)
    )


@pytest.mark.parametrize(
    ("written", "left"),
    [
        pytest.param(
            lineage(f"by={BY}", f"8@{B}", f"7@{A}"),
            lineage(f"8@{B}", f"7@{A}"),
            id="released since",
        ),
        pytest.param(
            lineage(f"by={BY}", f"8@{B}", earlier=(tenure(OTHER, f"by={A}", f"7@{A}"),)),
            lineage(f"by={BY}", f"8@{B}", earlier=(tenure(OTHER, f"7@{A}"),)),
            id="of an owner before",
        ),
        pytest.param(
            lineage(f"by={BY}", f"8@{B}", f"7@{A}", f"6@{C}"),
            lineage(f"8@{B}", f"7@{A}", ".."),
            id="with the first release",
        ),
    ],
)
def test_what_began_a_tenure_falls_off_before_a_rollback_suffers(
    written: Lineage, left: Lineage
) -> None:
    text = "t" * (DESCRIPTION_LIMIT - len(render("t", left)) + 1)
    assert render(text, written, keep=2) == render(text, left, keep=2)


def test_what_tells_that_a_create_came_twice_never_falls_off() -> None:
    made = lineage(f"by={BY}", f"7@{A}")
    text = "t" * (DESCRIPTION_LIMIT - len(render("t", made)) + 1)
    assert len(render(text, made)) == DESCRIPTION_LIMIT
    with pytest.raises(ValueError, match="1"):
        render(f"{text}t", made)


@pytest.mark.parametrize(
    ("text", "fits"), [("ü" * 128, True), ("🚀" * 64, True), ("🚀" * 128, False)]
)
def test_a_character_counts_as_java_counts_it(text: str, *, fits: bool) -> None:
    made = lineage(f"7@{A}")
    if fits:
        assert parse(render(text, made)) == (text, made)
    else:
        with pytest.raises(ValueError, match=str(len(render("", made)) + 1)):
            render(text, made)


def test_what_a_person_moved_by_hand_counts_as_part_of_the_heads_release() -> None:
    moved = lineage(f"7@{A}").noting("5").push(Entry("8", B))
    assert render("", moved) == f"[alias-promotion owner={OWNER} 8@{B} 5@{A} 7@{A}]"
    assert moved.below_head(A) == Entry("5", A)


def test_going_back_drops_what_stands_above() -> None:
    grown = lineage(f"9@{C}", f"8@{B}", f"7@{A}")
    entry = grown.below_head(B)
    assert entry
    assert grown.back_to(entry) == lineage(f"8@{B}", f"7@{A}")


def test_going_back_finds_the_entry_below_an_equal_head() -> None:
    repeated = lineage(f"7@{A}", f"8@{B}", f"7@{A}")
    entry = repeated.below_head(A)
    assert entry
    assert repeated.back_to(entry) == lineage(f"7@{A}")


SHIFTING = lineage(f"7@{A}", f"6@{B}", earlier=(tenure(OTHER, f"5@{C}"),), shift=f"8@{C}")


@pytest.mark.parametrize(
    "later",
    [
        pytest.param(SHIFTING.settled(), id="settled"),
        pytest.param(SHIFTING.push(Entry("9", B)), id="another release"),
        pytest.param(SHIFTING.noting("7"), id="a release begins"),
        pytest.param(SHIFTING.noting("5"), id="a release begins, after a person's move"),
        pytest.param(SHIFTING.back_to(Entry("6", B)), id="back"),
        pytest.param(SHIFTING.adopted_by(OTHER), id="adopted"),
        pytest.param(SHIFTING.given_back(), id="given back"),
    ],
)
def test_every_later_state_is_without_the_release_that_was_not_settled(later: Lineage) -> None:
    assert later.shift is None


def test_a_release_that_is_not_settled_is_noted_and_nothing_else_changes() -> None:
    before = SHIFTING.settled()
    noted = before.shifting(Entry("8", C))
    assert noted == SHIFTING
    assert noted.head == before.head
    assert noted.settled() == before


@pytest.mark.parametrize(
    ("found", "moved"),
    [
        (lineage(f"7@{A}"), False),
        (lineage(f"7@{A}", shift=f"8@{B}"), False),
        (lineage(f"8@{B}", f"7@{A}", shift=f"8@{B}"), True),
        (lineage(f"8@{B}", f"7@{A}", shift=f"9@{C}"), False),
    ],
)
def test_all_traffic_went_over_once_the_release_is_the_head(found: Lineage, *, moved: bool) -> None:
    assert found.moved is moved


def test_a_resource_may_go_on_under_another_id() -> None:
    theirs = lineage(f"by={BY}", f"7@{A}", f"6@{B}", owner=OTHER, shift=f"8@{C}")
    ours = theirs.owned_by(OWNER)
    assert ours == lineage(f"by={BY}", f"7@{A}", f"6@{B}", shift=f"8@{C}")
    assert ours.owned_by(OTHER) == theirs


@pytest.mark.parametrize(
    ("version", "served"), [("7", True), ("6", True), ("8", False), ("5", False), ("", False)]
)
def test_a_version_has_served_if_its_owner_has_released_it(version: str, *, served: bool) -> None:
    assert SHIFTING.has_served(version) is served


def test_an_adoption_given_back_leaves_the_mark_of_the_owner_before() -> None:
    theirs = lineage(f"7@{A}", owner=OTHER)
    ours = theirs.adopted_by(OWNER).push(Entry("8", B))
    assert ours.given_back() == theirs
    assert lineage(f"8@{B}", earlier=(tenure(NOBODY, "5@-"),)).given_back() is None


def test_the_oldest_entries_fall_off_but_never_what_an_adopted_alias_goes_back_to() -> None:
    entries = [f"{number}@{A}" for number in range(60, 0, -1)]
    long = lineage(*entries, earlier=(tenure(OTHER, *entries), tenure(NOBODY, "5@-")))
    _, kept = parse(render("t" * 100, long))
    assert kept
    assert kept.head == Entry("60", A)
    assert kept.current.shortened
    assert [str(tenure.entries[0]) for tenure in kept.earlier] == [f"60@{A}", "5@-"]


def test_a_text_without_room_for_the_lineage_is_refused() -> None:
    with pytest.raises(ValueError, match="28"):
        render("t" * 240, lineage(f"7@{A}"))


def test_the_note_of_a_release_takes_the_room_of_the_oldest_entries_and_never_falls_off() -> None:
    entries = [f"{number}@{A}" for number in range(60, 0, -1)]
    settled, noted = (
        parse(render("t" * 100, lineage(*entries, shift=shift)))[1] for shift in ("", f"61@{B}")
    )
    assert settled
    assert noted
    assert noted.shift == Entry("61", B)
    kept = noted.current.entries
    assert kept == settled.current.entries[: len(kept)]
    assert 1 <= len(kept) < len(settled.current.entries)


def test_a_text_without_room_for_the_note_is_refused() -> None:
    noted = lineage(f"7@{A}", shift=f"8@{B}")
    text = "t" * (DESCRIPTION_LIMIT - len(render("t", noted)) + 1)
    assert len(render(text, noted)) == DESCRIPTION_LIMIT
    with pytest.raises(ValueError, match="1"):
        render(f"{text}t", noted)


ENTRIES = st.builds(
    Entry,
    st.integers(1, 10**6).map(str),
    st.integers(0, 2**32 - 1).map(lambda number: f"{number:08x}"),
)
TENURES = st.builds(
    Tenure, st.just(OWNER), st.lists(ENTRIES, min_size=1, max_size=40).map(tuple), st.booleans()
)
TEXTS = st.text(max_size=100).filter(lambda text: "[alias-promotion" not in text)


@given(TEXTS, TENURES, st.lists(TENURES, max_size=2).map(tuple), st.none() | ENTRIES)
def test_whatever_is_written_fits_and_reads_back_with_the_same_head_and_note(
    text: str, current: Tenure, earlier: tuple[Tenure, ...], shift: Entry | None
) -> None:
    written = render(text, Lineage(current, earlier, shift))
    read_text, read = parse(written)
    assert len(written) <= DESCRIPTION_LIMIT
    assert read_text == text
    assert read
    assert (read.head, read.shift) == (current.entries[0], shift)
    assert len(read.earlier) == len(earlier)
    kept = read.current.entries
    assert kept == current.entries[: len(kept)]
    assert read.current.shortened or kept == current.entries


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    read, found = parse(text)
    assert found or read == text
