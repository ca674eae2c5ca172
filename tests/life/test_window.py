"""Spans of the day: weekdays, midnight, daylight saving."""

from datetime import UTC, datetime, timedelta
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
        ("sat-mon 10:00-11:00", "2026-11-23 10:30", True),  # days may pass the week's end
        ("mon,wed-thu 10:00-24:00", "2026-11-25 23:59", True),
        ("00:00-24:00", "2026-11-25 03:00", True),
    ],
)
def test_contains(text, moment, inside):
    local = datetime.fromisoformat(moment).replace(tzinfo=BERLIN)
    assert Window.parse(text).contains(local.astimezone(UTC), BERLIN) is inside


@pytest.mark.parametrize(
    "text", ["", "9-17", "mon-fro 09:00-17:00", "09:00-25:00", "09:00", "xyz 09:00-10:00", "09:60-10:00"]
)
def test_refuses(text):
    with pytest.raises(ValueError, match=r"no span|no weekday|no time"):
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
