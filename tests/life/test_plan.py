"""The next step, case by case: holds, vetoes, conflicts, and what the mailbox shows."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from responder.life.case import Candidate, Case, Chore, View
from responder.life.plan import (
    Discard,
    FileDraft,
    Note,
    Policy,
    Record,
    Release,
    Write,
    backoff,
    due_of,
    needs_look,
    next_step,
    next_time,
)
from responder.life.states import Event, State

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POLICY = Policy(zone=UTC)
DRAFT = Candidate(uidvalidity=7, uid=3, message_id="<d@me.example>", flagged=False, scheduled=False)


def case(state: State, **changes: object) -> Case:
    base = Case(
        id="a1b2",
        account="home",
        key="<r@acme.example>",
        message_id="<r@acme.example>",
        received=NOW - DAY,
        found_at=NOW - DAY,
        state=state,
        why="",
        changed=NOW - DAY,
        draft_message_id="<d@me.example>",
        draft_uidvalidity=7,
        draft_uid=3,
        due=NOW + HOUR,
    )
    return replace(base, **changes)


def view(*candidates: Candidate, sound: bool = True, **shown: object) -> View:
    return View(at=NOW, drafts_sound=sound, candidates=candidates, **shown)


def event(step: object) -> Event | None:
    return step.event if isinstance(step, Record) else None


def test_found_is_written_and_filing_is_filed_without_a_look():
    assert next_step(case(State.FOUND), None, NOW, POLICY) == Write()
    assert next_step(case(State.FILING), None, NOW, POLICY) == FileDraft()


def test_waiting_out_of_sight_is_written_at_its_time_only():
    assert next_step(case(State.WAITING), None, NOW, POLICY) is None
    assert next_step(case(State.WAITING, due=NOW), None, NOW, POLICY) == Write()


def test_waiting_because_of_too_many_waits_for_the_user():
    assert next_step(case(State.WAITING, due=None), None, NOW + 99 * DAY, POLICY) is None


def test_due_is_the_later_of_arrival_and_filing():
    arrived = case(State.FILING, received=NOW)
    assert due_of(arrived, POLICY, NOW) == NOW + DAY
    assert due_of(arrived, POLICY, NOW + 23 * HOUR) == NOW + 27 * HOUR


def test_never_released_early():
    held = case(State.HELD)
    assert next_step(held, view(DRAFT), NOW, POLICY) is None
    assert next_step(held, view(DRAFT), NOW + HOUR - timedelta(seconds=1), POLICY) is None
    assert next_step(held, view(DRAFT), NOW + HOUR, POLICY) == Release()


def test_no_release_without_a_look():
    assert next_step(case(State.HELD, due=NOW), None, NOW, POLICY) is None


def test_a_moved_draft_is_the_draft():
    moved = replace(DRAFT, uid=9, message_id="<new@client.example>")
    assert next_step(case(State.HELD), view(moved), NOW, POLICY) == Note({"draft_uidvalidity": 7, "draft_uid": 9})


@pytest.mark.parametrize("state", [State.HELD, State.READY])
def test_a_match_in_sent_ends_it(state):
    assert event(next_step(case(state), view(DRAFT, in_sent="<s@x>"), NOW, POLICY)) is Event.BY_USER


@pytest.mark.parametrize("state", [State.HELD, State.READY, State.MISSING])
def test_two_candidates_are_a_conflict(state):
    assert event(next_step(case(state), view(DRAFT, replace(DRAFT, uid=4)), NOW, POLICY)) is Event.SEVERAL


def test_a_conflict_goes_back_to_where_it_was():
    assert event(next_step(case(State.CONFLICT), view(DRAFT), NOW, POLICY)) is Event.ONE_HELD
    assert event(next_step(case(State.CONFLICT, ready_at=NOW - HOUR), view(DRAFT), NOW, POLICY)) is Event.ONE_READY
    assert next_step(case(State.CONFLICT), view(DRAFT, DRAFT), NOW, POLICY) is None


@pytest.mark.parametrize("state", [State.HELD, State.READY, State.CONFLICT])
def test_gone_is_missing_not_vetoed(state):
    step = next_step(case(state), view(), NOW, POLICY)
    assert step == Record(Event.GONE, step.why, {"missing_since": NOW, "looks": 1, "looked_at": NOW})


@pytest.mark.parametrize("state", [State.HELD, State.READY, State.CONFLICT])
def test_nothing_is_concluded_from_an_unsound_folder(state):
    assert next_step(case(state), view(sound=False), NOW, POLICY) is None


def test_a_draft_without_a_key_that_is_gone_is_unsure_never_vetoed():
    assert event(next_step(case(State.HELD, keyed=False), view(), NOW, POLICY)) is Event.LOST


def missing(looks: int, since: timedelta, last: timedelta = 2 * HOUR) -> Case:
    return case(State.MISSING, missing_since=NOW - since, looks=looks, looked_at=NOW - last)


def test_a_veto_needs_a_day_and_three_looks_an_hour_apart():
    assert event(next_step(missing(2, DAY), view(), NOW, POLICY)) is Event.VETO
    assert next_step(missing(1, DAY), view(), NOW, POLICY) == Note({"looks": 2, "looked_at": NOW})
    assert next_step(missing(5, DAY - HOUR), view(), NOW, POLICY) == Note({"looks": 6, "looked_at": NOW})
    assert next_step(missing(2, DAY, timedelta(minutes=59)), view(), NOW, POLICY) is None


def test_an_unsound_look_starts_the_count_anew():
    assert next_step(missing(2, DAY), view(sound=False), NOW, POLICY) == Note(
        {"looks": 0, "looked_at": None, "missing_since": NOW}
    )


def test_a_draft_that_comes_back_gets_a_new_hold():
    step = next_step(missing(2, DAY - HOUR), view(DRAFT), NOW, POLICY)
    assert event(step) is Event.BACK
    assert step.changes["due"] == NOW + DAY


def test_what_reappears_after_a_veto_is_the_users():
    assert next_step(case(State.VETOED), view(DRAFT), NOW, POLICY) is None


@pytest.mark.parametrize("state", [State.HELD, State.READY])
def test_another_schedulers_draft_is_the_users(state):
    assert event(next_step(case(state), view(replace(DRAFT, scheduled=True)), NOW, POLICY)) is Event.STOP


@pytest.mark.parametrize(("flagged", "chore"), [(False, "discard"), (True, None)])
def test_ready_lapses_and_a_starred_draft_stays(flagged, chore):
    ready = case(State.READY, ready_at=NOW - 14 * DAY)
    step = next_step(ready, view(replace(DRAFT, flagged=flagged)), NOW, POLICY)
    assert event(step) is Event.LAPSE
    assert step.changes == {"chore": chore}
    assert next_step(ready, view(DRAFT), NOW - HOUR, POLICY) is None
    assert next_step(ready, view(DRAFT), NOW, replace(POLICY, expires=None)) is None


def test_a_chore_goes_first_and_needs_a_sound_look_at_a_single_draft():
    dropped = case(State.VETOED, chore=Chore.DISCARD)
    assert needs_look(dropped)
    assert next_step(dropped, None, NOW, POLICY) is None
    assert next_step(dropped, view(DRAFT, sound=False), NOW, POLICY) is None
    assert next_step(dropped, view(DRAFT), NOW, POLICY) == Discard(DRAFT)
    assert next_step(dropped, view(DRAFT, DRAFT), NOW, POLICY) == Discard(None)
    assert next_step(case(State.FOUND, chore=Chore.DISCARD), None, NOW, POLICY) is None


def test_found_sending_means_that_nobody_knows():
    assert event(next_step(case(State.SENDING), view(DRAFT), NOW, POLICY)) is Event.UNKNOWN


def test_unsure_is_settled_by_sent_and_never_sent_again():
    unsure = case(State.UNSURE, sent_at=NOW - HOUR)
    assert event(next_step(unsure, view(in_sent="<d@me.example>", ours_in_sent=True), NOW, POLICY)) is Event.SENT
    assert event(next_step(unsure, view(in_sent="<other@me.example>"), NOW, POLICY)) is Event.BY_USER
    assert next_step(unsure, view(DRAFT), NOW, POLICY) is None


def test_nothing_happens_before_the_next_try():
    assert next_step(case(State.FOUND, next_try=NOW + HOUR), None, NOW, POLICY) is None
    assert next_step(case(State.FOUND, next_try=NOW), None, NOW, POLICY) == Write()


def test_backoff_doubles_up_to_a_ceiling():
    assert backoff(1, POLICY) == timedelta(minutes=2)
    assert backoff(3, POLICY) == timedelta(minutes=8)
    assert backoff(500, POLICY) == POLICY.retry_most


@pytest.mark.parametrize(
    ("of", "moment"),
    [
        (case(State.HELD), NOW + HOUR),
        (case(State.WAITING), NOW + HOUR),
        (case(State.WAITING, due=None), None),
        (case(State.READY, ready_at=NOW), NOW + 14 * DAY),
        (missing(1, HOUR, timedelta()), NOW + 23 * HOUR),
        (case(State.VETOED), None),
        (case(State.HELD, next_try=NOW + 5 * HOUR), NOW + 5 * HOUR),
    ],
)
def test_next_time(of, moment):
    assert next_time(of, POLICY) == moment
