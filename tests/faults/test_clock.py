"""The wall clock: wrong by a year and set right, changes of summer time, a night of sleep. Due times are kept, nothing is early."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from rounds.world import World

from responder.errors import Refused


def test_a_draft_filed_by_a_clock_days_ahead_is_ready_in_time(world: World) -> None:
    world.reject()
    world.pass_time(days=4)
    world.round()
    assert world.state() == "held"
    world.pass_time(days=-4)
    world.round()
    assert world.state() == "held"
    world.pass_time(hours=23)
    world.round()
    assert world.state() == "held"
    world.pass_time(hours=6)
    world.round()
    assert world.state() == "ready"


def test_one_put_off_by_a_clock_a_year_ahead_goes_on(world: World) -> None:
    def refuses(name: str) -> None:
        if name == "append":
            raise Refused("not today")

    world.pass_time(days=365)
    world.reject()
    world.round(refuses)
    assert world.state() == "filing"
    world.pass_time(days=-365)
    world.round()
    assert world.state() == "held"


def test_one_gone_missing_by_a_clock_weeks_ahead_is_vetoed_after_a_day(world: World) -> None:
    world.reject()
    world.round()
    world.server.delete("Drafts", world.drafts()[0].uid)
    world.pass_time(days=20)
    world.round()
    assert world.state() == "missing"
    world.pass_time(days=-19)
    for _ in range(27):
        world.round()
        world.pass_time(hours=1)
    assert world.state() == "vetoed"


@pytest.mark.parametrize("hours", [-26, -24, -1, 1, 24, 26])
def test_a_clock_wrong_by_a_day_for_one_round_releases_nothing_early(world: World, hours: int) -> None:
    """Filed under the wrong time, looked at under the right one."""
    world.reject()
    world.pass_time(hours=hours)
    world.round()
    world.pass_time(hours=-hours)
    for _ in range(23):
        world.pass_time(hours=1)
        world.round()
        assert [str(case.state) for case in world.cases()] in (["held"], [])
    world.pass_time(hours=34)
    world.round()
    assert world.state() == "ready"


@pytest.mark.parametrize("night", [datetime(2026, 10, 24, 9, tzinfo=UTC), datetime(2027, 3, 27, 9, tzinfo=UTC)])
def test_a_day_is_a_day_where_summer_time_begins_or_ends(world: World, night: datetime) -> None:
    world.clock.moment = night
    world.policy = replace(world.policy, zone=ZoneInfo("Europe/Berlin"))
    world.reject()
    world.round()
    world.pass_time(hours=23, minutes=59)
    world.round()
    assert world.state() == "held"
    world.pass_time(minutes=1)
    world.round()
    assert world.state() == "ready"


def test_what_came_due_in_a_night_of_sleep_is_ready_in_the_morning(world: World) -> None:
    world.reject()
    world.round()
    world.pass_time(hours=39)
    world.round()
    assert world.state() == "ready"
    assert world.case().ready_at == world.clock.now()
    assert world.case().due == world.case().received + timedelta(hours=24)


def deliver_old(world: World, days: float) -> None:
    """A rejection that the server received so long ago."""
    world.pass_time(days=-days)
    world.reject()
    world.pass_time(days=days)


def test_one_called_too_old_by_a_clock_ahead_is_looked_at_again(world: World) -> None:
    world.reject()
    world.pass_time(days=6)
    world.round()
    assert world.state() == "skipped"
    world.pass_time(days=-6)
    world.round()
    assert world.state() == "held"
    assert world.case().due == world.case().received + timedelta(hours=24)


def test_one_that_is_too_old_by_the_right_clock_too_stays_skipped(world: World) -> None:
    deliver_old(world, 7)
    world.pass_time(days=2)
    world.round()
    assert world.state() == "skipped"
    world.pass_time(days=-2)
    for _ in range(3):
        world.round()
    assert world.state() == "skipped"
    assert [change.event for change in world.journal(world.case().id)] == ["recognise", "skip", "again", "skip"]


def test_a_clock_that_runs_ahead_later_wakes_no_old_case(world: World) -> None:
    deliver_old(world, 7)
    world.round()
    for days in (20, -20):
        world.pass_time(days=days)
        world.round()
    assert world.state() == "skipped"
    assert [change.event for change in world.journal(world.case().id)] == ["recognise", "skip"]


def test_one_skipped_for_another_reason_by_a_clock_ahead_stays_skipped(world: World) -> None:
    world.pass_time(days=6)
    world.ask("pause", seconds=3600)
    world.reject()
    world.round()
    assert world.state() == "skipped"
    world.pass_time(days=-6)
    world.round()
    assert world.state() == "skipped"


def test_a_first_scan_by_a_clock_weeks_ahead_overlooks_nothing(world: World) -> None:
    world.reject()
    world.pass_time(days=30)
    world.round()
    assert world.cases() == []
    world.pass_time(days=-30)
    world.round()
    assert world.state() == "held"


@pytest.mark.parametrize(
    ("came", "off", "state"),
    [
        (9, 12, "held"),  # while the machine was off
        (16, 12, "held"),  # four days before it went off
        (18, 12, "skipped"),  # six days before
        (29, 40, "held"),  # thirty days at most
        (31, 40, "skipped"),
    ],
)
def test_after_time_off_age_counts_from_the_last_round(world: World, came: int, off: int, state: str) -> None:
    world.round()
    world.pass_time(days=off)
    deliver_old(world, came)
    world.round()
    assert world.state() == state


def test_after_time_off_no_more_than_twenty_are_filed_at_once(world: World) -> None:
    world.round()
    world.pass_time(days=7)
    for _ in range(21):
        world.reject()
    world.pass_time(days=6)
    world.round()
    assert sorted(str(case.state) for case in world.cases()) == ["held"] * 20 + ["waiting"]
