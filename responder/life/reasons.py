"""Reasons not to write, each a sentence for the user. Pure; asked before filing, at the end of a hold, and before sending."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from responder.reading.judge import Reached

if TYPE_CHECKING:
    from collections.abc import Sequence

    from responder.life.case import Case
    from responder.reading.facts import Facts, Recipient
    from responder.reading.history import History
    from responder.reading.judge import Verdict


TOO_OLD = "It is older than the time looked back: noticed, not answered."
LONGEST_AWAY = timedelta(days=30)  # time off longer than this makes nothing older answerable


class AfterPaper(StrEnum):
    """Whether to write after a paper application only."""

    IF_SIGNED = "if-signed"
    ALWAYS = "always"
    NEVER = "never"


class WhenUnreachable(StrEnum):
    """What to do where nobody can be reached."""

    SKIP = "skip"
    DRAFT = "draft"
    DRAFT_IF_MET = "draft-if-met"


@dataclass(frozen=True, slots=True)
class Manner:
    """The user's wishes that bear on whether a letter is written at all."""

    after_paper: AfterPaper = AfterPaper.IF_SIGNED
    when_unreachable: WhenUnreachable = WhenUnreachable.DRAFT_IF_MET
    lookback: timedelta | None = None  # None: age is no reason


def why_not(
    verdict: Verdict,
    facts: Facts,
    history: History | None,
    recipient: Recipient | None,
    manner: Manner,
    *,
    received: datetime,
    now: datetime,
) -> str | None:
    """The first reason not to write a letter at all, or None."""
    if facts.suspicious:
        return facts.suspicious
    if history is not None and history.reason_not_to_write:
        return history.reason_not_to_write
    if manner.lookback is not None and age_of(verdict, received, now) > manner.lookback:
        return TOO_OLD
    reached = reached_of(verdict, history)
    met = reached is not Reached.APPLICATION or bool(people_met(facts, history))
    if not met:
        return _after_paper(facts, recipient, manner)
    if recipient is None and manner.when_unreachable is WhenUnreachable.SKIP:
        return facts.unreachable or "Nobody can be reached with an answer."
    return None


def _after_paper(facts: Facts, recipient: Recipient | None, manner: Manner) -> str | None:
    if manner.after_paper is AfterPaper.NEVER:
        return "You met nobody there, and letters after a paper application are switched off."
    if recipient is None:
        if manner.when_unreachable is WhenUnreachable.DRAFT:
            return None
        why = facts.unreachable or "Nobody can be reached with an answer."
        return f"After a paper application only, and nobody to thank: {why[:1].lower()}{why[1:]}"
    if manner.after_paper is AfterPaper.IF_SIGNED and not facts.signers:
        return "After a paper application only, and no person signed it: no note is expected."
    return None


def reach(lookback: timedelta, last_round: datetime | None, now: datetime) -> timedelta:
    """How old a rejection may be that is answered: after time off the lookback counts from the last finished round."""
    away = max(now - last_round, timedelta()) if last_round is not None else timedelta()
    return max(min(lookback + away, LONGEST_AWAY), lookback)


def age_of(verdict: Verdict, received: datetime, now: datetime) -> timedelta:
    """From the older of arrival and the mail's own Date (unless that lies in the future) until now."""
    date = verdict.message.date
    return now - (min(received, date) if date is not None and date <= now else received)


def reached_of(verdict: Verdict, history: History | None) -> Reached:
    """The further of what the mail says and what the mailbox shows."""
    order = list(Reached)
    mail = verdict.reached or Reached.APPLICATION
    return max((mail, history.reached if history else mail), key=order.index)


def people_met(facts: Facts, history: History | None) -> tuple[str, ...]:
    """Whom the user met, as the mailbox or else the mail tells."""
    return history.people_met if history is not None and history.people_met else facts.people_met


def one_note_is_enough(
    recipient: str | None,
    company: str | None,
    application: str,
    others: Sequence[Case],
    *,
    now: datetime,
    within: timedelta,
) -> str | None:
    """A note to the same person, or to the same company for the same application, lately. `others` hold a letter each."""
    for other in others:
        written = other.filed_at or other.changed
        if now - written > within:
            continue
        if recipient and other.recipient and recipient.casefold() == other.recipient.casefold():
            return f"A note to {other.recipient_name or 'the same person'} was written on {written:%d %B}: one note is enough."
        same_firm = bool(company and other.company and company.casefold() == other.company.casefold())
        if same_firm and application and application == other.thread_root:
            return f"A note for this application was written on {written:%d %B}: one note is enough."
    return None
