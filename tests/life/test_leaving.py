"""When a draft may leave: stars, quiet, window, distance, daily limit. Tables over pure functions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from life.made import DAY, DRAFT, HOUR, NOW, POLICY, case

from responder.life.plan import Action
from responder.life.sending import Traffic, leaves_at, may_leave, quiet, starred, watch_text
from responder.life.states import State
from responder.life.window import Window

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
STARRED = replace(DRAFT, flagged=True, text_hash="v1")
UNSTARRED = replace(DRAFT, text_hash="v1")
SENDS = replace(POLICY, action=Action.SEND_STARRED)


@pytest.mark.parametrize(
    ("known", "draft", "noted"),
    [
        # the text was not fetched: nothing is known of it
        ({}, replace(STARRED, text_hash=None), None),
        # first looks
        ({}, UNSTARRED, {"seen_hash": "v1", "seen_since": NOW, "star_seen": None, "star_fresh": True}),
        ({}, STARRED, {"seen_hash": "v1", "seen_since": NOW, "star_seen": None, "star_fresh": False}),
        # another text takes the approval back
        (
            {"seen_hash": "v0", "seen_since": NOW - HOUR, "star_seen": NOW - HOUR, "star_fresh": True},
            STARRED,
            {"seen_hash": "v1", "seen_since": NOW, "star_seen": None, "star_fresh": False},
        ),
        # the same text: the star comes, stays, goes
        ({"seen_hash": "v1", "seen_since": NOW - HOUR, "star_fresh": True}, STARRED, {"star_seen": NOW}),
        ({"seen_hash": "v1", "seen_since": NOW - HOUR, "star_fresh": True, "star_seen": NOW - HOUR}, STARRED, None),
        (
            {"seen_hash": "v1", "seen_since": NOW - HOUR, "star_fresh": True, "star_seen": NOW - HOUR},
            UNSTARRED,
            {"star_seen": None, "star_fresh": True, "seen_since": NOW - HOUR},
        ),
        ({"seen_hash": "v1", "seen_since": NOW - HOUR, "star_fresh": True}, UNSTARRED, None),
        # starred from its first look on: only after a look without the star
        ({"seen_hash": "v1", "seen_since": NOW - HOUR, "star_fresh": False}, STARRED, None),
        (
            {"seen_hash": "v1", "seen_since": NOW - HOUR, "star_fresh": False},
            UNSTARRED,
            {"star_seen": None, "star_fresh": True, "seen_since": NOW - HOUR},
        ),
    ],
)
def test_what_a_look_notes(known, draft, noted):
    assert watch_text(case(State.READY, **known), draft, NOW) == noted


def star(seen: timedelta, star_after: timedelta, **changes: object):
    """A text first seen `seen` ago, and with a star `star_after` that look."""
    since = NOW - seen
    return case(State.READY, seen_since=since, star_seen=since + star_after, star_fresh=True, **changes)


@pytest.mark.parametrize(
    ("of", "draft", "policy", "approved"),
    [
        (star(HOUR, 2 * MINUTE), STARRED, SENDS, True),
        (star(HOUR, 2 * MINUTE), UNSTARRED, SENDS, False),
        (case(State.READY, seen_since=NOW - HOUR), STARRED, SENDS, False),
        (case(State.READY, star_seen=NOW - HOUR), STARRED, SENDS, False),
        # the two looks less than two minutes apart: not until it has stayed for longer than a copy of flags takes
        (star(10 * MINUTE, 2 * MINUTE - SECOND), STARRED, SENDS, False),
        (star(17 * MINUTE - SECOND, MINUTE), STARRED, SENDS, False),
        (star(17 * MINUTE, MINUTE), STARRED, SENDS, True),
        (star(2 * MINUTE, 2 * MINUTE), STARRED, SENDS, True),
        # Gmail
        (star(DAY, DAY - 15 * MINUTE, due=NOW - HOUR), STARRED, replace(SENDS, star_after_due=True), True),
        (star(DAY, DAY - 15 * MINUTE + SECOND, due=NOW - HOUR), STARRED, replace(SENDS, star_after_due=True), False),
        (star(DAY, DAY - HOUR, due=NOW - HOUR), STARRED, replace(SENDS, star_after_due=True), True),
        (star(DAY, DAY - HOUR - SECOND, due=NOW - HOUR), STARRED, replace(SENDS, star_after_due=True), False),
        (star(DAY, DAY - HOUR, due=None), STARRED, replace(SENDS, star_after_due=True), False),
        (star(DAY, DAY - HOUR, due=None), STARRED, SENDS, True),
    ],
)
def test_a_star_approves(of, draft, policy, approved):
    assert starred(of, draft, NOW, policy) is approved


@pytest.mark.parametrize(("seen", "calm"), [(15 * MINUTE, True), (15 * MINUTE - SECOND, False), (None, False)])
def test_not_within_a_quarter_of_an_hour_of_a_change(seen, calm):
    assert quiet(case(State.READY, seen_since=NOW - seen if seen else None), NOW, POLICY) is calm


OFFICE = replace(POLICY, window=Window.parse("mon-fri 09:00-17:00"))
MORNING = datetime(2026, 11, 25, 9, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("of", "policy", "earliest", "before"),
    [
        (case(State.READY), OFFICE, None, None),
        (case(State.READY, ready_at=NOW), POLICY, NOW, NOW + SECOND),
        (case(State.READY, ready_at=NOW, approved_by_user=True), OFFICE, NOW, NOW + SECOND),
        (case(State.READY, ready_at=MORNING - HOUR), OFFICE, MORNING, MORNING + 0.9 * 8 * HOUR),
        (case(State.READY, ready_at=NOW), OFFICE, NOW, MORNING + 8 * HOUR),
        (case(State.READY, ready_at=MORNING + 8 * HOUR), OFFICE, MORNING + DAY, MORNING + DAY + 0.9 * 8 * HOUR),
    ],
)
def test_leaves_at_a_moment_in_the_window(of, policy, earliest, before):
    moment = leaves_at(of, policy)
    assert (moment is None) is (earliest is None)
    assert moment is None or earliest <= moment <= before


@given(st.text(max_size=60))
def test_a_hash_of_the_case_picks_the_moment(key):
    """The same for one case, whenever it is asked; spread over the span for different ones."""
    of = case(State.READY, ready_at=MORNING - HOUR, key=key)
    moment = leaves_at(of, OFFICE)
    assert moment == leaves_at(of, OFFICE)
    assert MORNING <= moment <= MORNING + 0.9 * 8 * HOUR


def test_the_moments_are_spread_over_the_window():
    moments = {leaves_at(case(State.READY, ready_at=MORNING - HOUR, key=f"<{n}@x>"), OFFICE) for n in range(200)}
    assert min(moments) < MORNING + HOUR
    assert max(moments) > MORNING + 6 * HOUR
    assert leaves_at(case(State.READY, ready_at=MORNING - HOUR, key="<1@x>"), OFFICE) == datetime(
        2026, 11, 25, 10, 41, 22, 836658, tzinfo=UTC
    )  # and does not change with a version of the program: an update must not send two letters close together


def test_the_window_is_that_of_the_users_zone():
    """In Auckland it is 9 o'clock at 20:00 UTC of the day before."""
    auckland = replace(OFFICE, zone=ZoneInfo("Pacific/Auckland"))
    opens = datetime(2026, 11, 24, 20, tzinfo=UTC)
    of = case(State.READY, ready_at=opens - HOUR)
    assert opens <= leaves_at(of, auckland) < opens + 8 * HOUR
    assert may_leave(of, Traffic(), opens + DAY, auckland)
    assert not may_leave(of, Traffic(), opens + DAY - SECOND, auckland)


def test_a_key_that_is_no_text():
    """A Message-ID with bytes that are no UTF-8 is kept with surrogates."""
    assert leaves_at(case(State.READY, ready_at=MORNING - HOUR, key="<\udcff@x>"), OFFICE) >= MORNING


READY = case(State.READY, ready_at=NOW)


@pytest.mark.parametrize(
    ("of", "traffic", "now", "policy", "free"),
    [
        (READY, Traffic(), NOW, POLICY, True),
        (READY, Traffic(), NOW - SECOND, POLICY, False),
        (case(State.HELD, ready_at=NOW), Traffic(), NOW, POLICY, False),
        (case(State.READY), Traffic(), NOW, POLICY, False),
        # the daily limit
        (READY, Traffic(1, NOW - HOUR), NOW, POLICY, True),
        (READY, Traffic(2, NOW - HOUR), NOW, POLICY, False),
        (READY, Traffic(3, NOW - HOUR), NOW, POLICY, False),
        (replace(READY, approved_by_user=True), Traffic(2, NOW - HOUR), NOW, POLICY, False),
        # twenty minutes between two letters; a clock that was set back does not block for long
        (READY, Traffic(1, NOW - 20 * MINUTE), NOW, POLICY, True),
        (READY, Traffic(1, NOW - 20 * MINUTE + SECOND), NOW, POLICY, False),
        (READY, Traffic(1, NOW + MINUTE), NOW, POLICY, False),
        (READY, Traffic(1, NOW + MINUTE + SECOND), NOW, POLICY, True),
        # the window, also days after the picked moment
        (READY, Traffic(), MORNING + DAY, OFFICE, True),
        (READY, Traffic(), MORNING + DAY - SECOND, OFFICE, False),
        (READY, Traffic(), MORNING + DAY + 8 * HOUR, OFFICE, False),
        (replace(READY, approved_by_user=True), Traffic(), MORNING + DAY + 8 * HOUR, OFFICE, True),
    ],
)
def test_may_leave(of, traffic, now, policy, free):
    assert may_leave(of, traffic, now, policy) is free
