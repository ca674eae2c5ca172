"""What the mailbox knows beyond the rejection: ask() says what to look for, learn() draws the conclusions. Pure; round.py runs the queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from responder.reading.facts import Facts, Person, Recipient
    from responder.reading.judge import Reached, Verdict
    from responder.reading.knowledge import Knowledge
    from responder.reading.message import Me, Message


@dataclass(frozen=True, slots=True)
class Query:
    """One SEARCH for each history folder: any of these. Values hold letters, digits and `.@-_` only (safe in a command)."""

    since: date
    before: date | None  # exclusive; None = no bound
    people: tuple[str, ...]  # addresses or domains, for FROM, TO, CC
    subjects: tuple[str, ...]
    references: tuple[str, ...]  # Message-IDs without angle brackets
    hop: int = 1  # 2 = the last one


@dataclass(frozen=True, slots=True)
class Found:
    """One mail that a query brought, with the folder it lies in (a role such as "sent", or its name)."""

    folder: str
    received: datetime  # INTERNALDATE, aware UTC
    message: Message
    draft: bool = False
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Met:
    """A person the user corresponded with or met at the company."""

    person: Person
    wrote_last: datetime | None  # their last mail to the user
    last_message_id: str | None
    last_subject: str | None
    last_references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """What earlier and later mail with the company tells."""

    reached: Reached
    company: str | None
    role: str | None
    people: tuple[Met, ...]  # people met or corresponded with, most important first
    people_met: tuple[str, ...]
    recipient: Recipient | None  # whom a thoughtful person would write to
    greeting_name: str | None
    recipient_phone: str | None
    impressed_by: str | None  # the user's own sentence, whole
    impressed_message_id: str | None
    interviewed_on: date | None  # the last conversation
    language: str | None  # of the user's own mails to the recipient
    formal: bool | None
    reason_not_to_write: str | None  # a sentence: answered by hand, withdrawn, reversed, second rejection, newer mail ...
    known_sender: bool = False  # earlier mail both ways with the sender: proof for "send"


def ask(verdict: Verdict, facts: Facts, me: Me, received: datetime) -> Query:
    """The first query for a rejection (the 400 days before it, and everything since)."""
    raise NotImplementedError


def learn(
    verdict: Verdict, facts: Facts, me: Me, received: datetime, query: Query, mails: Sequence[Found], knowledge: Knowledge
) -> Query | History:
    """Either a second and last query (a person or domain that the first one brought to light), or what was learnt."""
    raise NotImplementedError
