"""Each rule of "Whose draft is it" and "Holding and releasing" by name: a case, what a look shows, and the event that follows.

`None` where nothing may follow. The same rules over a mailbox: tests/rounds/test_rounds.py; over mail programs: tests/clients.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from life.made import DAY, DRAFT, HOUR, NOW, POLICY, case, view

from responder.life.case import Chore
from responder.life.plan import (
    BACK_AGAIN,
    VANISHED,
    Action,
    Discard,
    FileDraft,
    Note,
    Record,
    Release,
    Send,
    Tidy,
    Write,
    needs_look,
    next_step,
    next_time,
)
from responder.life.sending import Traffic
from responder.life.states import DRAFTED, OPEN, Event, State

S, E = State, Event
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
OTHER = replace(DRAFT, uid=4)
SENT = {"in_sent": "<s@me.example>"}
GONE_ON_MONDAY = {"missing_since": NOW - DAY, "looks": 2, "looked_at": NOW - HOUR}
READY = {"ready_at": NOW - HOUR, "due": NOW - HOUR, "told": True}
LONG_READY = {"ready_at": NOW - 14 * DAY, "due": NOW - 14 * DAY}

WHOSE_DRAFT_IS_IT = {
    "a match in Sent: sent by the user": [
        (case(S.HELD), view(**SENT), E.BY_USER),
        (case(S.READY, **READY), view(DRAFT, **SENT), E.BY_USER),
        (case(S.MISSING, **GONE_ON_MONDAY), view(**SENT), E.BY_USER),
        (case(S.CONFLICT), view(DRAFT, OTHER, **SENT), E.BY_USER),
        (case(S.HELD), view(in_sent=""), E.BY_USER),  # a mail without a Message-ID
        (case(S.HELD), view(sound=False, **SENT), E.BY_USER),
    ],
    "exactly one match in Drafts is the draft, whatever its UID": [
        (case(S.HELD), view(DRAFT), None),
        (case(S.HELD), view(replace(DRAFT, uid=9, message_id="<n@client.example>")), Note),
        (case(S.HELD), view(replace(DRAFT, uidvalidity=8)), Note),
    ],
    "two or more: conflict": [
        (case(S.HELD), view(DRAFT, OTHER), E.SEVERAL),
        (case(S.READY, **READY), view(DRAFT, OTHER), E.SEVERAL),
        (case(S.MISSING, **GONE_ON_MONDAY), view(DRAFT, OTHER), E.SEVERAL),
        (case(S.CONFLICT), view(DRAFT, OTHER), None),
        (case(S.UNSURE), view(DRAFT, OTHER), None),
    ],
    "back to held or ready when one is left": [
        (case(S.CONFLICT), view(DRAFT), E.ONE_HELD),
        (case(S.CONFLICT, **READY), view(OTHER), E.ONE_READY),
    ],
    "none: missing": [
        (case(S.HELD), view(), E.GONE),
        (case(S.READY, **READY), view(), E.GONE),
        (case(S.CONFLICT), view(), E.GONE),
    ],
    "missing becomes vetoed after a day and three looks an hour apart": [
        (case(S.MISSING, **GONE_ON_MONDAY), view(), E.VETO),
        (case(S.MISSING, **GONE_ON_MONDAY | {"missing_since": NOW - DAY + SECOND}), view(), Note),
        (case(S.MISSING, **GONE_ON_MONDAY | {"looks": 1}), view(), Note),
        (case(S.MISSING, **GONE_ON_MONDAY | {"looked_at": NOW - HOUR + SECOND}), view(), None),
        (case(S.MISSING, **GONE_ON_MONDAY | {"looks": 3, "looked_at": NOW - SECOND}), view(), E.VETO),
    ],
    "NO to SELECT or a changed UIDVALIDITY vetoes nothing": [
        (case(S.HELD), view(sound=False), None),
        (case(S.READY, **READY), view(sound=False), None),
        (case(S.CONFLICT), view(sound=False), None),
        (case(S.MISSING, **GONE_ON_MONDAY | {"looks": 9}), view(sound=False), Note),
        (case(S.MISSING, **GONE_ON_MONDAY | {"looks": 0}), view(sound=False), None),
    ],
    "a changed UIDVALIDITY: the draft is found by its keys": [
        (case(S.HELD), view(replace(DRAFT, uidvalidity=8), sound=False), Note),
    ],
    "three drafts gone at once: veto nothing, tell": [
        (case(S.HELD), view(sound=False, vanished=True), E.VANISHED),
        (case(S.READY, **READY), view(sound=False, vanished=True), E.VANISHED),
        (case(S.HELD, why=VANISHED), view(sound=False, vanished=True), None),  # once
        (case(S.HELD, why=VANISHED), view(DRAFT), E.SHOWN),  # and they are back
    ],
    "a draft that comes back goes on with a new hold": [
        (case(S.MISSING, **GONE_ON_MONDAY), view(DRAFT), E.BACK),
        (case(S.UNSURE), view(DRAFT), E.BACK),
    ],
    "vetoed is final: what reappears is the user's": [
        (case(S.VETOED), view(DRAFT), None),
        (case(S.VETOED), view(DRAFT, OTHER), None),
        (case(S.VETOED), view(**SENT), None),
    ],
    "no key survived: absence is unsure, never a veto": [
        (case(S.HELD, keyed=False), view(), E.LOST),
        (case(S.READY, keyed=False, **READY), view(), E.LOST),
        (case(S.HELD, keyed=False), view(sound=False), None),
        (case(S.UNSURE, keyed=False), view(), None),
    ],
    "another scheduler's draft is the user's": [
        (case(S.HELD), view(replace(DRAFT, scheduled=True)), E.STOP),
        (case(S.READY, **READY), view(replace(DRAFT, scheduled=True)), E.STOP),
        (case(S.HELD, due=NOW), view(replace(DRAFT, scheduled=True, uid=9)), E.STOP),
    ],
    "what may have been sent is settled by Sent, else by the user": [
        (case(S.SENDING, sent_at=NOW), None, E.UNKNOWN),
        (case(S.UNSURE, sent_at=NOW - HOUR), view(DRAFT), None),
        (case(S.UNSURE, sent_at=NOW - HOUR), view(), None),
        (case(S.UNSURE, sent_at=NOW - HOUR), view(ours_in_sent=True, **SENT), E.SENT),
        (case(S.UNSURE, sent_at=NOW - HOUR), view(**SENT), E.BY_USER),
        (case(S.UNSURE), view(ours_in_sent=True, **SENT), E.BY_USER),  # a lost draft, never handed over
    ],
}

HOLDING_AND_RELEASING = {
    "released when due, and not a second before": [
        (case(S.HELD, due=NOW), view(DRAFT), Release),
        (case(S.HELD, due=NOW + SECOND), view(DRAFT), None),
        (case(S.HELD, due=None), view(DRAFT), None),
        (case(S.HELD, due=NOW), None, None),  # not without a look
        (case(S.HELD, due=NOW), view(sound=False), None),
    ],
    "ready lapses after `expires`": [
        (case(S.READY, **LONG_READY), view(DRAFT), E.LAPSE),
        (case(S.READY, **LONG_READY | {"ready_at": NOW - 14 * DAY + SECOND}), view(DRAFT), None),
        (case(S.READY, **LONG_READY | {"ready_at": None}), view(DRAFT), None),
        (case(S.HELD, due=NOW + HOUR, ready_at=NOW - 14 * DAY), view(DRAFT), None),
    ],
    "out of sight until the end": [
        (case(S.WAITING, due=NOW), None, Write),
        (case(S.WAITING, due=NOW + SECOND), None, None),
    ],
    "what waits because there were too many waits for the user": [
        (case(S.WAITING, due=None), None, None),
        (case(S.WAITING, due=None), view(DRAFT), None),
    ],
    "found and filing need no look": [
        (case(S.FOUND), None, Write),
        (case(S.FILING), None, FileDraft),
    ],
    "what failed is not tried before its time": [
        (case(S.FOUND, next_try=NOW + SECOND), None, None),
        (case(S.FOUND, next_try=NOW), None, Write),
        (case(S.HELD, due=NOW, next_try=NOW + SECOND), view(DRAFT), None),
    ],
    "the untouched draft of what was dropped or lapsed goes to Trash": [
        (case(S.LAPSED, chore=Chore.DISCARD), view(DRAFT), Discard),
        (case(S.VETOED, chore=Chore.DISCARD), view(), Discard),
        (case(S.VETOED, chore=Chore.DISCARD), view(sound=False), None),
        (case(S.VETOED, chore=Chore.DISCARD), None, None),
    ],
    "after sending, the provider has two minutes for its own copy": [
        (case(S.SENT, chore=Chore.SENT_COPY, sent_at=NOW - timedelta(minutes=2)), view(DRAFT), Tidy),
        (case(S.SENT, chore=Chore.SENT_COPY, sent_at=NOW - timedelta(minutes=2) + SECOND), view(DRAFT), None),
        (case(S.SENT, chore=Chore.SENT_COPY, sent_at=NOW), view(DRAFT, **SENT), Tidy),
        (case(S.SENT, chore=Chore.SENT_COPY, sent_at=None), view(DRAFT), Tidy),
    ],
    "an ended case has no next step": [
        (case(state), view(DRAFT, **SENT), None)
        for state in (S.SKIPPED, S.SENT, S.SENT_BY_USER, S.ANSWERED, S.VETOED, S.STOPPED, S.LAPSED, S.FAILED)
    ],
}
RULES = [
    pytest.param(of, shown, follows, id=f"{rule} ({number})")
    for rule, examples in (WHOSE_DRAFT_IS_IT | HOLDING_AND_RELEASING).items()
    for number, (of, shown, follows) in enumerate(examples)
]


def is_a_sentence(why):
    """What `status` and the note in INBOX show."""
    assert why[0].isupper()
    assert why[1:] != why[1:].upper()
    assert why.endswith((".", "?"))


@pytest.mark.parametrize(("of", "shown", "follows"), RULES)
def test_rule(of, shown, follows):
    step = next_step(of, shown, NOW, POLICY)
    if follows is None:
        assert step is None
    elif isinstance(follows, Event):
        assert isinstance(step, Record)
        assert step.event is follows
        is_a_sentence(step.why)
    else:
        assert isinstance(step, follows)


# What is written along with an event.


def changes(of, shown, policy=POLICY):
    step = next_step(of, shown, NOW, policy)
    assert isinstance(step, Record | Note)
    return step.changes


def test_a_new_hold_is_as_long_as_the_first():
    place = {"draft_uidvalidity": 7, "draft_uid": 3}
    anew = {"due": NOW + DAY, "told": False, "ready_at": None}
    assert changes(case(S.MISSING, **GONE_ON_MONDAY, **READY), view(DRAFT)) == place | anew
    assert changes(case(S.UNSURE), view(DRAFT)) == place | anew
    assert changes(case(S.MISSING, **GONE_ON_MONDAY, **READY), view(DRAFT, OTHER)) == {
        "told": False,
        "due": NOW + DAY,
        "ready_at": None,
    }
    assert changes(case(S.READY, **READY), view(DRAFT, OTHER)) == {"told": False}


def test_a_look_is_written_down():
    place = {"draft_uidvalidity": 7, "draft_uid": 9}
    assert changes(case(S.HELD), view()) == {"missing_since": NOW, "looks": 1, "looked_at": NOW}
    assert changes(case(S.HELD), view(replace(DRAFT, uid=9))) == place
    assert changes(case(S.MISSING, **GONE_ON_MONDAY), view(sound=False)) == {
        "looks": 0,
        "looked_at": None,
        "missing_since": NOW,
    }
    assert changes(case(S.HELD), view(STARRED), ASKED) == {
        "seen_hash": "v1",
        "seen_since": NOW,
        "star_seen": None,
        "star_fresh": False,
    }


def test_what_was_ready_and_could_not_be_told_is_told_when_one_draft_is_left():
    assert changes(case(S.CONFLICT, **READY), view(DRAFT))["told"] is True
    assert changes(case(S.CONFLICT, **READY | {"told": False}), view(DRAFT))["told"] is False
    assert changes(case(S.CONFLICT, told=True), view(DRAFT))["told"] is False


def test_what_is_to_be_told_is_marked_so():
    for of, shown in (
        (case(S.HELD, told=True), view(DRAFT, OTHER)),
        (case(S.HELD, told=True, keyed=False), view()),
        (case(S.HELD, told=True), view(replace(DRAFT, scheduled=True))),
        (case(S.SENDING, told=True), None),
        (case(S.HELD, told=True), view(sound=False, vanished=True)),
    ):
        assert changes(of, shown)["told"] is False
    assert changes(case(S.HELD), view(**SENT))["told"] is True


def test_what_vanished_and_came_back():
    gone = next_step(case(S.HELD), view(sound=False, vanished=True), NOW, POLICY)
    assert gone == Record(E.VANISHED, VANISHED, {"told": False})
    assert next_step(case(S.HELD, why=VANISHED), view(DRAFT), NOW, POLICY) == Record(
        E.SHOWN, BACK_AGAIN, {"told": False}
    )
    assert changes(case(S.READY, **READY | {"told": False}, why=VANISHED), view(DRAFT))["told"] is True


def test_a_match_in_sent_is_kept_with_its_time():
    assert changes(case(S.HELD), view(**SENT)) == {"sent_message_id": "<s@me.example>", "sent_at": NOW, "told": True}
    settled = changes(case(S.UNSURE, sent_at=NOW - HOUR), view(ours_in_sent=True, **SENT))
    assert settled == {
        "sent_message_id": "<s@me.example>",
        "sent_at": NOW - HOUR,
        "told": True,
        "chore": Chore.SENT_COPY,
    }


def test_a_veto_by_a_look_long_after():
    """A daemon that was off for a week needs two more looks."""
    of = case(S.MISSING, missing_since=NOW - 7 * DAY, looks=1, looked_at=NOW - 7 * DAY)
    assert changes(of, view()) == {"looks": 2, "looked_at": NOW}
    assert changes(case(S.MISSING, missing_since=None, looks=0), view()) == {"looks": 1, "looked_at": NOW}


@pytest.mark.parametrize(("starred", "chore"), [(False, Chore.DISCARD), (True, None)])
def test_a_starred_draft_does_not_go_to_trash(starred, chore):
    assert changes(case(S.READY, **LONG_READY), view(replace(DRAFT, flagged=starred))) == {"chore": chore}


def test_without_expires_a_draft_lies_for_ever():
    assert next_step(case(S.READY, **LONG_READY), view(DRAFT), NOW, replace(POLICY, expires=None)) is None


def test_tidying_knows_what_is_in_sent_and_whether_one_draft_is_there():
    sent = case(S.SENT, chore=Chore.SENT_COPY, sent_at=NOW - HOUR)
    assert next_step(sent, view(DRAFT), NOW, POLICY) == Tidy(DRAFT, in_sent=False)
    assert next_step(sent, view(DRAFT, OTHER, **SENT), NOW, POLICY) == Tidy(None, in_sent=True)
    assert next_step(sent, view(**SENT), NOW, POLICY) == Tidy(None, in_sent=True)


# Sending.

STARRED = replace(DRAFT, flagged=True, text_hash="v1", to=("Jane@Acme.example",))
APPROVED = case(
    S.READY,
    recipient="jane@acme.example",
    ready_at=NOW - HOUR,
    due=NOW - HOUR,
    seen_hash="v1",
    seen_since=NOW - DAY,
    star_seen=NOW - HOUR,
    star_fresh=True,
)
ASKED = replace(POLICY, action=Action.SEND_STARRED)
UNASKED = replace(POLICY, action=Action.SEND)
PLAIN = replace(STARRED, flagged=False)
SEEN = replace(APPROVED, star_seen=None)


@pytest.mark.parametrize(
    ("of", "draft", "policy", "follows"),
    [
        (APPROVED, STARRED, ASKED, Send(STARRED, unasked=False)),
        (APPROVED, STARRED, UNASKED, Send(STARRED, unasked=False)),
        (SEEN, PLAIN, ASKED, None),
        (SEEN, PLAIN, UNASKED, Send(PLAIN, unasked=True)),
        (replace(SEEN, approved_by_user=True), PLAIN, UNASKED, Send(PLAIN, unasked=False)),
        (replace(SEEN, approved_by_user=True), PLAIN, ASKED, None),
        (APPROVED, STARRED, POLICY, None),  # remind: nothing is ever sent
        (APPROVED, replace(STARRED, text_hash=None), ASKED, None),
        (replace(APPROVED, seen_since=NOW - timedelta(minutes=14), star_seen=NOW), STARRED, ASKED, None),
        (replace(APPROVED, ready_at=NOW + HOUR), STARRED, ASKED, None),
        # starred a minute after its first look: in force when it has stayed for seventeen
        (replace(APPROVED, seen_since=NOW - 17 * MINUTE, star_seen=NOW - 16 * MINUTE), STARRED, ASKED, Send),
        (replace(APPROVED, seen_since=NOW - 16 * MINUTE, star_seen=NOW - 15 * MINUTE), STARRED, ASKED, None),
        # a star lets a changed To pass, `send` does not
        (APPROVED, replace(STARRED, to=("rosa@acme.example",)), ASKED, Send),
        (SEEN, replace(PLAIN, to=("rosa@acme.example",)), UNASKED, E.STOP),
        (replace(SEEN, recipient=None), PLAIN, UNASKED, E.STOP),
        *(
            (of, replace(draft, **more), policy, E.STOP)
            for of, draft, policy in ((APPROVED, STARRED, ASKED), (SEEN, PLAIN, UNASKED))
            for more in (
                {"to": ()},
                {"to": ("jane@acme.example", "tom@acme.example")},
                {"cc": ("x@y.example",)},
                {"bcc": ("x@y.example",)},
                {"attachments": 1},
            )
        ),
    ],
)
def test_what_is_sent(of, draft, policy, follows):
    step = next_step(of, view(draft), NOW, policy)
    match follows:
        case None:
            assert step is None
        case Event():
            assert isinstance(step, Record)
            assert step.event is follows
            assert step.changes == {"told": False}
            is_a_sentence(step.why)
            assert re.search("single recipient, or more than one|recipient was changed", step.why)
        case type():
            assert isinstance(step, follows)
        case _:
            assert step == follows


def test_the_traffic_of_the_account_counts():
    busy = Traffic(today=2, last=NOW - DAY / 2)
    assert next_step(APPROVED, view(STARRED), NOW, ASKED, busy) is None
    assert next_step(APPROVED, view(STARRED), NOW, replace(ASKED, max_per_day=3), busy) == Send(STARRED, unasked=False)


def test_what_is_not_sent_lapses_all_the_same():
    old = replace(SEEN, ready_at=NOW - 14 * DAY)
    step = next_step(old, view(PLAIN), NOW, ASKED)
    assert isinstance(step, Record)
    assert step.event is E.LAPSE


@pytest.mark.parametrize(("policy", "noted"), [(POLICY, None), (ASKED, Note), (UNASKED, Note)])
def test_texts_are_watched_only_where_something_may_be_sent(policy, noted):
    step = next_step(case(S.HELD), view(STARRED), NOW, policy)
    assert step is None if noted is None else isinstance(step, noted)


# When to look.


def test_drafts_are_looked_at_for_what_has_one_and_for_chores():
    assert {state for state in State if needs_look(case(state))} == DRAFTED
    assert all(needs_look(case(state, chore=Chore.DISCARD)) for state in State)


@pytest.mark.parametrize(
    ("of", "moment"),
    [
        (case(S.FOUND), NOW - DAY),
        (case(S.FILING, next_try=NOW + HOUR), NOW + HOUR),
        (case(S.SENDING), NOW - DAY),
        (case(S.HELD, due=NOW + HOUR), NOW + HOUR),
        (case(S.HELD, due=NOW + HOUR, next_try=NOW), NOW + HOUR),
        (case(S.HELD, due=None), None),
        (case(S.HELD, due=NOW + HOUR, next_try=NOW + 2 * HOUR), NOW + 2 * HOUR),
        (case(S.READY, ready_at=None), None),
        (case(S.READY, ready_at=NOW), NOW + 14 * DAY),
        (case(S.READY, ready_at=NOW, next_try=NOW + HOUR), NOW + 14 * DAY),
        (case(S.MISSING, missing_since=NOW - DAY, looked_at=NOW), NOW + HOUR),
        (case(S.MISSING, missing_since=NOW - HOUR, looked_at=None), NOW + DAY - HOUR),
        (case(S.MISSING, missing_since=NOW - 2 * DAY, looked_at=None), NOW - DAY),
        (case(S.MISSING, missing_since=None), None),
        *((case(state), None) for state in State if state not in OPEN or state in (S.CONFLICT, S.UNSURE)),
    ],
)
def test_when_a_case_wants_to_be_looked_at(of, moment):
    assert next_time(of, POLICY) == moment


def test_what_never_expires_wants_no_look_of_its_own():
    assert next_time(case(S.READY, **READY), replace(POLICY, expires=None)) is None
