"""Brief -> Letter, with Jinja2 (sandboxed, strict) from the user's templates or the shipped ones; Letter -> MIME bytes. Invents nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from responder.reading.judge import Reached, Stage


@dataclass(frozen=True, slots=True)
class Brief:
    """Everything that a letter may use. None = not known, and left out without a gap that shows."""

    language: str
    stage: Stage
    reached: Reached
    someone_hired: bool | None
    formal: bool | None
    company: str | None
    company_is_agency: bool
    role: str | None
    greeting_names: tuple[str, ...]  # as they are greeted: "Jane", "Jane Doe", "Frau Dr. Wolters"; () = a team
    greeting_full_names: tuple[str, ...]  # the same people's full names, for languages that need them
    recipient_wrote_rejection: bool
    heard_on: date | None  # local day of the rejection
    today: date
    people_met: tuple[str, ...]  # without the recipients; at most two are named
    interviewed_on: date | None
    impressed_by: str | None  # the user's own sentence or phrase
    impressed_is_note: bool  # from `responder note` or [[company]]: a phrase; else a whole sentence found in the mailbox
    me_name: str
    me_phone: str
    signature: str  # "" = the default one
    seed: str  # the case's key: chooses among wordings


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it will stand in Drafts."""

    subject: str
    body: str
    language: str
    remarks: tuple[str, ...] = ()  # e.g. a user's template with an error, by file and line; the shipped one was used


@dataclass(frozen=True, slots=True)
class Envelope:
    """The headers of a draft."""

    from_name: str
    from_address: str
    to_name: str | None
    to_address: str | None
    message_id: str  # "<...@domain of the user>"
    in_reply_to: str | None
    references: tuple[str, ...]
    reply_subject: str | None  # the subject answered; None = the letter's own subject
    date: datetime


def languages() -> frozenset[str]:
    """Languages that there are shipped letters in."""
    raise NotImplementedError


def compose(brief: Brief, user_templates: Path | None = None) -> Letter:
    """The letter; a user's template with an error falls back to the shipped one and says so in `remarks`."""
    raise NotImplementedError


def draft(letter: Letter, envelope: Envelope) -> bytes:
    """RFC 5322 bytes (CRLF): one text/plain; charset=utf-8 part, one line per paragraph, nothing that tells of this program."""
    raise NotImplementedError
