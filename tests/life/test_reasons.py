"""Reasons not to write: which one comes first, and when there is none. Tables over pure functions."""

from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest
from life.made import DAY, HOUR, NOW, case

from responder.life.reasons import (
    AfterPaper,
    Manner,
    WhenUnreachable,
    age_of,
    one_note_is_enough,
    people_met,
    reach,
    reached_of,
    why_not,
)
from responder.life.states import State
from responder.reading.facts import Facts, Person, Recipient, Source
from responder.reading.history import History
from responder.reading.judge import Reached, Verdict
from responder.reading.message import read

JANE = Person("Jane Doe", None, None, None)
TO_JANE = Recipient("jane@acme.example", "Jane Doe", Source.SIGNER)
FACTS = Facts(
    company="Acme",
    company_is_agency=False,
    role="Data Engineer",
    signers=(JANE,),
    recipient=TO_JANE,
    unreachable=None,
    suspicious=None,
    greeting_name="Jane",
    people_met=(),
    formal=None,
)
HISTORY = History(
    reached=Reached.INTERVIEW,
    company="Acme",
    role=None,
    people=(),
    people_met=("Tom Vogel",),
    recipient=TO_JANE,
    greeting_name=None,
    recipient_phone=None,
    impressed_by=None,
    impressed_message_id=None,
    interviewed_on=None,
    language=None,
    formal=None,
    reason_not_to_write=None,
)
PAPER = replace(HISTORY, reached=Reached.APPLICATION, people_met=())
NOBODY = replace(FACTS, recipient=None, unreachable="Nobody reads answers to it.")


def verdict(reached: Reached | None = Reached.APPLICATION, date: str | None = None) -> Verdict:
    head = f"Date: {date}\n" if date else ""
    message = read(f"{head}From: jane@acme.example\nSubject: x\n\nhello\n".encode())
    return Verdict(True, 1.0, (), "en", reached, None, message)


def reason(facts: Facts = FACTS, history: History | None = None, manner: Manner | None = None, **more: object):
    given = {"verdict": verdict(), "recipient": facts.recipient, "received": NOW - HOUR, "now": NOW} | more
    return why_not(facts=facts, history=history, manner=manner or Manner(), **given)


@pytest.mark.parametrize(
    ("facts", "history", "manner", "says"),
    [
        (FACTS, None, Manner(), None),
        (FACTS, PAPER, Manner(), None),
        (FACTS, HISTORY, Manner(), None),
        # what speaks against any letter
        (replace(FACTS, suspicious="It is forged."), None, Manner(), "It is forged."),
        (FACTS, replace(HISTORY, reason_not_to_write="You have answered it."), Manner(), "You have answered it."),
        (
            replace(FACTS, suspicious="It is forged."),
            replace(HISTORY, reason_not_to_write="x"),
            Manner(),
            "It is forged.",
        ),
        (FACTS, HISTORY, Manner(lookback=timedelta(minutes=59)), "older than the time looked back"),
        (FACTS, HISTORY, Manner(lookback=HOUR), None),
        # after a paper application only
        (FACTS, PAPER, Manner(after_paper=AfterPaper.NEVER), "switched off"),
        (FACTS, HISTORY, Manner(after_paper=AfterPaper.NEVER), None),
        (replace(FACTS, people_met=("Tom",)), PAPER, Manner(after_paper=AfterPaper.NEVER), None),
        (replace(FACTS, signers=()), PAPER, Manner(), "no person signed it"),
        (replace(FACTS, signers=()), PAPER, Manner(after_paper=AfterPaper.ALWAYS), None),
        (replace(FACTS, signers=()), HISTORY, Manner(), None),
        # nobody can be reached
        (NOBODY, PAPER, Manner(), "nobody to thank: nobody reads answers to it."),
        (replace(NOBODY, unreachable=None), PAPER, Manner(), "nobody to thank: nobody can be reached"),
        (NOBODY, PAPER, Manner(after_paper=AfterPaper.ALWAYS), "nobody to thank"),
        (NOBODY, PAPER, Manner(when_unreachable=WhenUnreachable.DRAFT), None),
        (NOBODY, PAPER, Manner(when_unreachable=WhenUnreachable.DRAFT, after_paper=AfterPaper.NEVER), "switched off"),
        (NOBODY, HISTORY, Manner(), None),
        (NOBODY, replace(HISTORY, people_met=()), Manner(), None),
        (NOBODY, replace(HISTORY, reached=Reached.APPLICATION), Manner(), None),
        (NOBODY, HISTORY, Manner(when_unreachable=WhenUnreachable.SKIP), "Nobody reads answers to it."),
        (
            replace(NOBODY, unreachable=None),
            HISTORY,
            Manner(when_unreachable=WhenUnreachable.SKIP),
            "Nobody can be reached with an answer.",
        ),
        (FACTS, HISTORY, Manner(when_unreachable=WhenUnreachable.SKIP), None),
    ],
)
def test_the_first_reason(facts, history, manner, says):
    found = reason(facts, history, manner)
    assert found is None if says is None else says in found
    if found is not None and facts.suspicious is None:
        assert found[0].isupper()
        assert found[1:] != found[1:].upper()
        assert found.endswith(".")


def test_a_conversation_that_only_the_mail_tells_of_is_one():
    assert reason(NOBODY, None) is not None
    assert reason(NOBODY, None, verdict=verdict(Reached.SCREEN)) is None


@pytest.mark.parametrize(
    ("received", "date", "age"),
    [
        (NOW - HOUR, None, HOUR),
        (NOW - HOUR, NOW - 9 * DAY, 9 * DAY),  # imported, or moved to another server
        (NOW - 9 * DAY, NOW - HOUR, 9 * DAY),
        (NOW - HOUR, NOW + DAY, HOUR),  # a Date in the future tells nothing
        (NOW - HOUR, NOW, HOUR),
    ],
)
def test_age_is_that_of_the_older_of_arrival_and_date(received, date, age):
    assert age_of(verdict(date=format_datetime(date) if date else None), received, NOW) == age


@pytest.mark.parametrize(
    ("mail", "history", "reached"),
    [
        (None, None, Reached.APPLICATION),
        (Reached.SCREEN, None, Reached.SCREEN),
        (Reached.SCREEN, HISTORY, Reached.INTERVIEW),
        (Reached.FINAL, HISTORY, Reached.FINAL),
        (None, HISTORY, Reached.INTERVIEW),
    ],
)
def test_the_further_of_mail_and_mailbox(mail, history, reached):
    assert reached_of(verdict(mail), history) is reached


def test_the_mailbox_knows_better_who_was_met():
    named = replace(FACTS, people_met=("Rosa Lind",))
    assert people_met(named, None) == ("Rosa Lind",)
    assert people_met(named, PAPER) == ("Rosa Lind",)
    assert people_met(named, HISTORY) == ("Tom Vogel",)


NOTED = case(
    State.HELD,
    recipient="jane@acme.example",
    recipient_name="Jane Doe",
    company="Acme",
    thread_root="<q1@acme.example>",
    filed_at=NOW - 30 * DAY,
)


@pytest.mark.parametrize(
    ("recipient", "company", "application", "other", "says"),
    [
        ("jane@acme.example", None, "", NOTED, "A note to Jane Doe was written on 26 October"),
        ("Jane@ACME.example", None, "", replace(NOTED, recipient_name=None), "A note to the same person was written"),
        ("jane@acme.example", None, "", replace(NOTED, filed_at=NOW - 30 * DAY - timedelta(seconds=1)), None),
        ("jane@acme.example", None, "", replace(NOTED, filed_at=None), "was written on 24 November"),
        ("jane@acme.example", None, "", replace(NOTED, recipient=None), None),
        (None, None, "", NOTED, None),
        ("tom@acme.example", "ACME", "<q1@acme.example>", NOTED, "A note for this application was written"),
        ("tom@acme.example", "Acme", "<q2@acme.example>", NOTED, None),
        ("tom@acme.example", "Acme", "", replace(NOTED, thread_root=""), None),
        ("tom@acme.example", "Globex", "<q1@acme.example>", NOTED, None),
        ("tom@acme.example", None, "<q1@acme.example>", replace(NOTED, company=None), None),
        ("tom@acme.example", "Acme", "<q1@acme.example>", replace(NOTED, company=None), None),
    ],
)
def test_one_note_is_enough(recipient, company, application, other, says):
    older = replace(other, filed_at=NOW - 99 * DAY)
    found = one_note_is_enough(recipient, company, application, [older, other], now=NOW, within=30 * DAY)
    assert found is None if says is None else says in found


@pytest.mark.parametrize(
    ("lookback", "away", "expected"),
    [
        (5, None, 5),  # the first round
        (5, 0, 5),
        (5, -3, 5),  # the last round lies ahead: the clock was wrong then
        (5, 2, 7),
        (5, 25, 30),
        (5, 26, 30),
        (5, 300, 30),
        (40, 3, 40),
    ],
)
def test_after_time_off_the_lookback_counts_from_the_last_round(lookback: int, away: int | None, expected: int):
    last = None if away is None else NOW - timedelta(days=away)
    assert reach(timedelta(days=lookback), last, NOW) == timedelta(days=expected)
