"""How the traffic goes over, by SAM's names."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handler.preference import (
    ALL_AT_ONCE,
    UNGUARDED,
    Preference,
    Rollout,
    look_every,
    minute,
    rollout,
    that_fits,
)

TENTHS = (10, 20, 30, 40, 50, 60, 70, 80, 90)
SAM = {
    "AllAtOnce": Rollout(),
    "Canary10Percent5Minutes": Rollout((10,), 5),
    "Canary10Percent10Minutes": Rollout((10,), 10),
    "Canary10Percent15Minutes": Rollout((10,), 15),
    "Canary10Percent30Minutes": Rollout((10,), 30),
    "Linear10PercentEvery1Minute": Rollout(TENTHS, 1),
    "Linear10PercentEvery2Minutes": Rollout(TENTHS, 2),
    "Linear10PercentEvery3Minutes": Rollout(TENTHS, 3),
    "Linear10PercentEvery10Minutes": Rollout(TENTHS, 10),
}
"""Every name that SAM documents."""

FREE = {
    "Canary1Percent1Minute": Rollout((1,), 1),
    "Canary99Percent120Minutes": Rollout((99,), 120),
    "Canary5Percent1Minutes": Rollout((5,), 1),
    "Linear50PercentEvery7Minutes": Rollout((50,), 7),
    "Linear30PercentEvery1Minute": Rollout((30, 60, 90), 1),
    "Linear60PercentEvery1Minute": Rollout((60,), 1),
    "Linear99PercentEvery2Minutes": Rollout((99,), 2),
    "Linear1PercentEvery1Minute": Rollout(tuple(range(1, 100)), 1),
}


@pytest.mark.parametrize(("type_", "steps"), [*SAM.items(), *FREE.items()])
def test_a_type_is_read_as_its_steps(type_: str, steps: Rollout) -> None:
    assert rollout(type_) == steps


@pytest.mark.parametrize(
    "type_",
    [
        "",
        "HalfAtOnce",
        "allatonce",
        "AllAtOnce ",
        "Canary10Percent",
        "Canary0Percent5Minutes",
        "Canary100Percent5Minutes",
        "Canary10Percent0Minutes",
        "Canary10PercentEvery5Minutes",
        "Linear10Percent5Minutes",
        "Linear0PercentEvery1Minute",
        "Linear010PercentEvery1Minute",
        "Linear10PercentEvery1Hour",
        "Canary10Percent5Minutes\n",
    ],
)
def test_no_other_text_is_a_type(type_: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(type_)}$"):
        rollout(type_)


@pytest.mark.parametrize(
    ("preference", "minutes"),
    [
        (UNGUARDED, 0),
        (Preference(alarms=("errors",)), 0),
        (Preference("Canary10Percent5Minutes"), 5),
        (Preference("Canary10Percent5Minutes", post_traffic="after"), 5),
        (Preference("Canary10Percent5Minutes", ("errors",)), 10),
        (Preference("Linear10PercentEvery1Minute"), 9),
        (Preference("Linear10PercentEvery1Minute", ("errors", "latency")), 10),
        (Preference("Linear30PercentEvery2Minutes", ("errors",), ignore_alarms=True), 8),
    ],
)
def test_a_shift_takes_an_interval_for_each_share_and_one_for_its_alarms(
    preference: Preference, minutes: int
) -> None:
    assert preference.minutes == minutes


@pytest.mark.parametrize(
    ("preference", "watches"),
    [
        (UNGUARDED, False),
        (Preference("Canary10Percent5Minutes", pre_traffic="before"), False),
        (Preference(alarms=("errors",)), True),
        (Preference(post_traffic="after"), True),
    ],
)
def test_a_release_is_settled_later_where_something_is_heard_at_its_end(
    preference: Preference, *, watches: bool
) -> None:
    assert preference.watches is watches


@pytest.mark.parametrize(
    ("type_", "minutes", "watched", "fits"),
    [
        ("Canary10Percent30Minutes", 29.9, False, "Canary10Percent29Minutes"),
        ("Canary10Percent30Minutes", 29.9, True, "Canary10Percent14Minutes"),
        ("Canary10Percent30Minutes", 1.5, False, "Canary10Percent1Minute"),
        ("Canary10Percent30Minutes", 0.9, False, "AllAtOnce"),
        ("Canary10Percent30Minutes", 0, True, "AllAtOnce"),
        ("Linear10PercentEvery10Minutes", 89, False, "Linear10PercentEvery9Minutes"),
        ("Linear10PercentEvery10Minutes", 59, True, "Linear10PercentEvery5Minutes"),
        ("Linear10PercentEvery10Minutes", 9, False, "Linear10PercentEvery1Minute"),
        ("Linear10PercentEvery10Minutes", 9, True, "AllAtOnce"),
        ("Linear60PercentEvery10Minutes", 3, False, "Linear60PercentEvery3Minutes"),
    ],
)
def test_what_would_fit_has_the_same_steps_at_shorter_intervals(
    type_: str, minutes: float, fits: str, *, watched: bool
) -> None:
    assert that_fits(type_, minutes, watched=watched) == fits


PERCENTS, INTERVALS = st.integers(1, 99), st.integers(1, 999)
TYPES = st.builds("Canary{}Percent{}Minutes".format, PERCENTS, INTERVALS) | st.builds(
    "Linear{}PercentEvery{}Minutes".format, PERCENTS, INTERVALS
)
ALARMS = st.sampled_from([(), ("errors",)])


@given(TYPES, ALARMS, st.floats(0, 60))
def test_what_fits_does_fit(type_: str, alarms: tuple[str, ...], minutes: float) -> None:
    fits = Preference(that_fits(type_, minutes, watched=bool(alarms)), alarms)
    assert fits.minutes <= minutes
    if fits.type_ != ALL_AT_ONCE:
        assert fits.rollout.percents == rollout(type_).percents


@given(TYPES, ALARMS, st.floats(0, 60))
def test_nothing_longer_than_what_fits_would_fit(
    type_: str, alarms: tuple[str, ...], minutes: float
) -> None:
    steps = rollout(type_)
    fits = rollout(that_fits(type_, minutes, watched=bool(alarms)))
    longer = (fits.interval + 1) * (len(steps.percents) + bool(alarms))
    assert longer > minutes


@given(TYPES)
def test_every_type_begins_above_none_and_ends_below_all(type_: str) -> None:
    percents = rollout(type_).percents
    assert all(0 < percent < 100 for percent in percents)
    assert percents == tuple(sorted(set(percents)))


@pytest.mark.parametrize(("set_to", "seconds"), [(None, 60), ("60", 60), ("0.6", 0.6)])
def test_the_local_engine_may_shorten_a_minute_and_the_looks_with_it(
    monkeypatch: pytest.MonkeyPatch, set_to: str | None, seconds: float
) -> None:
    monkeypatch.delenv("SECONDS_PER_MINUTE", raising=False)
    if set_to:
        monkeypatch.setenv("SECONDS_PER_MINUTE", set_to)
    assert minute().total_seconds() == seconds
    assert look_every().total_seconds() == pytest.approx(seconds / 6)
