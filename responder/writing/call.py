"""The call sheet: after an interview, a short call to somebody the user has met can be the better letter. Words only; nobody is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import phonenumbers

from responder.reading.judge import Reached
from responder.writing import cleaning, phrasebook

if TYPE_CHECKING:
    from responder.writing.letter import Brief


@dataclass(frozen=True, slots=True)
class CallSheet:
    """Whom to call, what to say in five sentences, what to leave out, and that the letter is enough."""

    name: str
    number: str  # as it is dialled in its country, the international form behind it
    about: str  # role and company, "" if unknown
    sentences: tuple[str, ...]
    leave_out: str
    enough: str

    def lines(self) -> tuple[str, ...]:
        """The sheet as it is printed."""
        head = ", ".join(part for part in (self.name, self.number, self.about) if part)
        return (head, *(f"  {sentence}" for sentence in self.sentences), self.leave_out, self.enough)


def call_sheet(brief: Brief, name: str, phone: str) -> CallSheet | None:
    """The sheet for a person the user has met; None at other stages than interview and final, or without a valid number.

    `phone` is the direct number in that person's own mail, E.164.
    """
    number = dialled(phone)
    person = cleaning.fact(name, 60)
    if number is None or person is None or brief.reached not in (Reached.INTERVIEW, Reached.FINAL):
        return None
    base = brief.language.partition("-")[0]
    say = phrasebook.load(base if base in phrasebook.available() else "en").call
    me = cleaning.one_line(brief.me_name, 80)
    facts = (cleaning.fact(brief.role, 100), cleaning.fact(brief.company))
    return CallSheet(
        name=person,
        number=number,
        about=", ".join(known for known in facts if known),
        sentences=tuple(sentence.replace("{me}", me) for sentence in say.say),
        leave_out=say.leave_out,
        enough=say.enough,
    )


def dialled(phone: str) -> str | None:
    """ "030 1234567 (+49 30 1234567)"; None for what is no valid number."""
    try:
        number = phonenumbers.parse(cleaning.one_line(phone, 40), None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    form = phonenumbers.PhoneNumberFormat
    local = phonenumbers.format_number(number, form.NATIONAL)
    return f"{local} ({phonenumbers.format_number(number, form.INTERNATIONAL)})"
