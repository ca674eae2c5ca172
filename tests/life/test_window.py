"""Spans of the day: weekdays, midnight, daylight saving."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.life.window import Window

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "moment", "inside"),
    [
        ("mon-fri 09:00-17:00", "2026-11-23 09:00", True),  # the start belongs to it
        ("mon-fri 09:00-17:00", "2026-11-23 17:00", False),  # the end does not
        ("mon-fri 09:00-17:00", "2026-11-22 12:00", False),  # a Sunday
        ("08:00-21:00", "2026-11-22 20:59", True),
        ("fri 22:00-02:00", "2026-11-28 01:59", True),  # Saturday morning, begun on Friday
        ("fri 22:00-02:00", "2026-11-27 01:00", False),  # Friday morning, begun on Thursday
        ("sun 22:00-02:00", "2026-11-23 01:00", True),  # Monday morning, begun on Sunday
        ("sat-mon 10:00-11:00", "2026-11-23 10:30", True),  # days may pass the week's end
        ("mon,wed-thu 10:00-24:00", "2026-11-25 23:59", True),
        ("00:00-24:00", "2026-11-25 03:00", True),
    ],
)
def test_contains(text, moment, inside):
    local = datetime.fromisoformat(moment).replace(tzinfo=BERLIN)
    assert Window.parse(text).contains(local.astimezone(UTC), BERLIN) is inside


@pytest.mark.parametrize(
    "text", ["", "9-17", "mon-fro 09:00-17:00", "09:00-25:00", "09:00", "xyz 09:00-10:00", "09:60-10:00", "24:30-01:00"]
)
def test_refuses(text):
    with pytest.raises(ValueError, match=r"no span|no weekday; allowed are mon, tue, |no time"):
        Window.parse(text)


def test_follows_daylight_saving():
    window = Window.parse("09:00-17:00")
    summer, winter = datetime(2026, 10, 24, 20, tzinfo=UTC), datetime(2026, 10, 25, 20, tzinfo=UTC)
    assert window.opens(summer, BERLIN) == datetime(2026, 10, 25, 8, tzinfo=UTC)
    assert window.opens(summer - timedelta(days=1), BERLIN) == datetime(2026, 10, 24, 7, tzinfo=UTC)
    assert window.opens(winter, BERLIN) == datetime(2026, 10, 26, 8, tzinfo=UTC)


@given(
    st.sampled_from(
        ["mon-fri 09:00-17:00", "sat 22:00-02:00", "02:15-02:45", "sun 00:00-24:00", "tue-mon 23:00-01:00"]
    ),
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001  made aware below
)
def test_opens_is_inside_and_never_before(text, moment):
    window, aware = Window.parse(text), moment.replace(tzinfo=UTC)
    opens = window.opens(aware, BERLIN)
    assert opens >= aware
    assert window.contains(opens, BERLIN)
    assert window.closes(opens, BERLIN) > opens


def test_a_window_without_days_never_opens():
    with pytest.raises(ValueError, match=r"^a window without days never opens$"):
        Window(frozenset(), time(9), time(17)).opens(datetime(2026, 11, 25, tzinfo=UTC), BERLIN)


@pytest.mark.parametrize(
    ("text", "moment", "opens", "closes"),
    [
        ("mon-fri 09:00-17:00", "2026-11-27 18:00", "2026-11-30 09:00", "2026-11-30 17:00"),
        ("mon-fri 09:00-17:00", "2026-11-27 16:59", "2026-11-27 16:59", "2026-11-27 17:00"),
        ("mon-fri 09:00-17:00", "2026-11-27 17:00", "2026-11-30 09:00", "2026-11-30 17:00"),
        ("fri 22:00-02:00", "2026-11-27 12:00", "2026-11-27 22:00", "2026-11-28 02:00"),
        ("fri 22:00-02:00", "2026-11-28 01:00", "2026-11-28 01:00", "2026-11-28 02:00"),
        ("fri 22:00-02:00", "2026-11-28 02:00", "2026-12-04 22:00", "2026-12-05 02:00"),
        ("mon 10:00-24:00", "2026-11-23 23:00", "2026-11-23 23:00", "2026-11-24 00:00"),
        ("mon 09:00-10:00", "2026-11-23 10:00", "2026-11-30 09:00", "2026-11-30 10:00"),
        ("sun-mon 00:00-24:00", "2026-11-24 00:00", "2026-11-29 00:00", "2026-11-30 00:00"),
    ],
)
def test_opens_and_closes(text, moment, opens, closes):
    moments = [datetime.fromisoformat(one).replace(tzinfo=BERLIN).astimezone(UTC) for one in (moment, opens, closes)]
    window = Window.parse(text)
    assert window.opens(moments[0], BERLIN) == moments[1]
    assert window.closes(moments[1], BERLIN) == moments[2]
    assert {window.opens(moments[0], BERLIN).tzinfo, window.closes(moments[1], BERLIN).tzinfo} == {UTC}


def test_a_start_in_the_hour_that_spring_leaves_out():
    """02:15 does not exist on 29 March 2026 in Berlin; it is 03:15 there, past the end of a short window."""
    night = datetime(2026, 3, 28, 22, tzinfo=UTC)
    assert Window.parse("02:15-04:00").opens(night, BERLIN) == datetime(2026, 3, 29, 1, 15, tzinfo=UTC)
    assert Window.parse("02:15-02:45").opens(night, BERLIN) == datetime(2026, 3, 30, 0, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("09:00-17:00", {0, 1, 2, 3, 4, 5, 6}),
        ("mon 09:00-17:00", {0}),
        ("mon-mon 09:00-17:00", {0}),
        ("fri-mon 09:00-17:00", {4, 5, 6, 0}),
        ("mon,wed-fri,sun 09:00-17:00", {0, 2, 3, 4, 6}),
        (" MON-Tue  9:00 - 17:00 ", {0, 1}),
    ],
)
def test_days(text, days):
    assert Window.parse(text) == Window(frozenset(days), time(9), time(17))


@pytest.mark.parametrize("text", ["00:00-23:59", "23:00-24:00"])
def test_the_ends_of_the_clock(text):
    window = Window.parse(text)
    assert (window.start, window.end) in ((time(0), time(23, 59)), (time(23), time(0)))
