"""Message and Verdict -> Facts: company, role, who signed, phone, the address a note can go to. What is not known stays None."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from responder.reading.judge import Verdict
    from responder.reading.knowledge import Knowledge
    from responder.reading.message import Me


@dataclass(frozen=True, slots=True)
class Person:
    """A human being as the mail names them: full name without titles, or a first name alone."""

    name: str
    title: str | None = None  # job title ("Senior Recruiter")
    phone: str | None = None  # E.164
    address: str | None = None
    honorific: str | None = None  # as written: "Frau", "Dr.", "Prof. Dr."; never guessed


class Source(StrEnum):
    """Where a recipient's address was found."""

    SIGNER = "signer"  # From or Reply-To is the signer's own
    REPLY_TO = "reply-to"
    FROM = "from"
    BODY = "body"  # the text names it as the way to answer, on the sender's or company's domain: drafts only
    HISTORY = "history"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a note can reach."""

    address: str
    name: str | None  # of the person, None for a shared mailbox
    source: Source


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rejection says about itself."""

    company: str | None
    company_is_agency: bool  # the client is unnamed; `company` is the agency
    role: str | None
    signers: tuple[Person, ...]  # first one is greeted first
    recipient: Recipient | None
    unreachable: str | None  # a sentence saying why nobody can be reached, where recipient is None
    suspicious: str | None  # a sentence: Reply-To to a stranger, failed DMARC ...: never draft
    greeting_name: str | None  # "Jane" where they signed with it or the mail is on first-name terms, else as a letter would greet: "Frau Dr. Wolters", "Jane Doe"
    people_met: tuple[str, ...]  # named in this mail as met by the user
    formal: bool | None  # Sie/vous/usted (True), du/tu (False), None where the language has no such form or it is unknown
    company_aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()  # registrable domains that are the company's, relays excluded


def gather(verdict: Verdict, me: Me, knowledge: Knowledge, trusted_authserv_ids: tuple[str, ...] = ()) -> Facts:
    """The facts of verdict.message."""
    raise NotImplementedError
