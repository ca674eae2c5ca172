"""Brief -> Letter, with Jinja2 (sandboxed, strict) from the user's templates or the shipped ones; Letter -> MIME bytes. Invents nothing."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import TYPE_CHECKING

from responder.writing import cleaning, phrasebook, templates, wording

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date, datetime
    from pathlib import Path

    from responder.reading.judge import Reached, Stage

ALIKE = 0.6  # two letters to one company that are this alike read like one letter
TURNS = 120  # how many wordings are tried for one that is not
MESSAGE_ID = re.compile(r"<[!-;=?A-~]+@[!-;=?A-~]+>")
REPLY_MARKS = re.compile(
    r"^(?:(?:re|aw|antw|antwort|sv|vs|vá|odp|ynt|yan|ref|rv|res|rif|r|回复|答复|回覆|答覆|返信)\s*(?:\[\d+\]|\(\d+\))?\s*[:：]\s*)+",
    re.IGNORECASE,
)


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
    impressed_is_note: (
        bool  # from `responder note` or [[company]]: a phrase; else a whole sentence found in the mailbox
    )
    me_name: str
    me_phone: str
    signature: str  # "" = the default one
    seed: str  # the case's key: chooses among wordings
    earlier: tuple[str, ...] = ()  # letters already written to this company: the new one must not read like them


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
    subject: str | None = None  # as it stands in the user's draft, over everything else
    automatic: bool = False  # no person has approved it: RFC 3834 s3.1.7, s5
    transport: bool = False  # for SMTP: 7bit or quoted-printable only


def languages() -> frozenset[str]:
    """Languages that there are shipped letters in."""
    return phrasebook.available()


def compose(brief: Brief, user_templates: Path | None = None) -> Letter:
    """The letter; a user's template with an error falls back to the shipped one and says so in `remarks`.

    Where `brief.earlier` holds letters to the same company, the wordings are those least like them.
    """
    book = phrasebook.load(_language(brief.language))
    values = wording.values(brief, book)
    name = f"{_folder(brief.language, book)}/{brief.stage.value}"
    remarks: tuple[str, ...] = ()
    try:
        body = _unlike(
            brief, values, lambda known, seed: templates.render(name, known, seed, user_templates, book.joiner)
        )
    except templates.TemplateError as error:
        if user_templates is None:
            raise
        remarks = (f"{error} Until then the shipped letter is used.",)
        body = _unlike(brief, values, lambda known, seed: templates.render(name, known, seed, None, book.joiner))
    if "'" in str(values["impressed_sentence"] or values["impressed_phrase"] or ""):
        body = body.replace("’", "'")  # as the user types it, all through the letter
    return Letter(subject=wording.subject(brief, book), body=body + "\n", language=book.language, remarks=remarks)


def _language(language: str) -> str:
    """The letters' language: "zh-Hant" is "zh", "pt-PT" is "pt" in all but its templates; one without letters is English."""
    base = language.partition("-")[0].lower()
    base = {"nb": "no", "nn": "no"}.get(base, base)
    return base if base in languages() else "en"


def variant(language: str, text: str) -> str:
    """The other form of a language ("zh-Hant", "pt-PT") where a mail in it shows more signs of that one, else `language`.

    `text` is what may show signs: the mail's text, and its addresses.
    """
    other = phrasebook.load(language).other_form if language in languages() else None
    if other is None:
        return language
    return other.folder if len(other.signs.findall(text)) > len(other.against.findall(text)) else language


def _folder(asked: str, book: phrasebook.Phrasebook) -> str:
    other, exact = book.other_form, asked.replace("_", "-")
    return other.folder if other is not None and exact in (other.folder, *other.also) else book.language


def _unlike(brief: Brief, values: Mapping[str, object], write: Callable[[Mapping[str, object], str], str]) -> str:
    """The first wording that is unlike every earlier letter to the company, else the least alike.

    Where no wording is, the letter is tried without the company's name, which its reader knows, and at last without the role.
    """
    best, least = "", 2.0
    for known in (values, {**values, "company": None}, {**values, "company": None, "role": None}):
        for turn in range(TURNS):
            body = write(known, f"{brief.seed}\0{turn}" if turn else brief.seed)
            likeness = max((similarity(body, other) for other in brief.earlier), default=0.0)
            if likeness < least:
                best, least = body, likeness
            if least < ALIKE:
                return best
    return best


def similarity(one: str, other: str) -> float:
    """How alike two letters read, 0..1: difflib's ratio over words (over characters where a script has no spaces).

    The ratio depends on which of the two comes first; the greater one counts.
    """
    first, second = (re.findall(r"[\u3040-\u9fff]|[^\W\u3040-\u9fff]+", text.casefold()) for text in (one, other))
    pairs = ((first, second), (second, first))
    return max(difflib.SequenceMatcher(None, left, right, autojunk=False).ratio() for left, right in pairs)


def reply_subject(subject: str | None, fallback: str) -> str:
    """ "Re: " and the subject answered, whose own Re:, AW:, SV: ... are dropped; `fallback` where there is none."""
    line = cleaning.one_line(subject or "", 400)
    bare = REPLY_MARKS.sub("", line).strip()
    return f"Re: {bare[:250].rstrip()}" if bare else cleaning.one_line(fallback, 250)


def draft(letter: Letter, envelope: Envelope) -> bytes:
    """RFC 5322 bytes (CRLF): one text/plain; charset=utf-8 part, one line per paragraph, nothing that tells of this program."""
    message = EmailMessage(policy=_WIRE)
    message["From"] = _address(envelope.from_name, envelope.from_address)
    recipient = _address(envelope.to_name or "", envelope.to_address) if envelope.to_address else None
    if recipient is not None:
        message["To"] = recipient
    asked = reply_subject(envelope.reply_subject, letter.subject)
    message["Subject"] = cleaning.one_line(envelope.subject, 400) if envelope.subject else asked
    message["Date"] = envelope.date
    message["Message-ID"] = envelope.message_id
    answered = _ids((envelope.in_reply_to,) if envelope.in_reply_to else ())
    if answered:
        message["In-Reply-To"] = answered[0]
    references = _ids(envelope.references)
    if references:
        # A long thread keeps its root and its end (RFC 5536 s3.4.4 allows leaving out the middle).
        message["References"] = " ".join(references if len(references) <= 20 else references[:1] + references[-19:])
    if envelope.automatic:
        message["Auto-Submitted"] = "auto-replied"
        message["X-Auto-Response-Suppress"] = "All"
    body = cleaning.body(letter.body)
    long = any(len(line.encode()) > 990 for line in body.splitlines())  # RFC 5322 s2.1.1: 998 without CRLF
    eight = "quoted-printable" if envelope.transport else "8bit"
    cte = "quoted-printable" if long else ("7bit" if body.isascii() else eight)
    message.set_content(body, subtype="plain", charset="utf-8", cte=cte)
    return message.as_bytes()


class _Wire(EmailPolicy):
    """SMTP's policy, but ids are never folded into encoded words: the standard library does that to ids of 78 octets and more."""

    def fold(self, name: str, value: str) -> str:
        if name.lower() in {"message-id", "in-reply-to", "references"}:
            return f"{name}: " + "\r\n ".join(str(value).split()) + "\r\n"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in {"message-id", "in-reply-to", "references"}:
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


_WIRE = _Wire(linesep="\r\n")
_DOMAIN = re.compile(r"[\w.-]+|\[[\w:.-]+\]", re.ASCII)  # RFC 5321 s4.1.2: a name or an address in brackets


def _ids(ids: tuple[str, ...]) -> tuple[str, ...]:
    """The ids that are well formed (RFC 5322 s3.6.4) and fit a line."""
    return tuple(i for i in ids if MESSAGE_ID.fullmatch(i) and len(i) <= 900)


def _address(name: str, address: str) -> Address | None:
    """A mailbox with an IDNA domain; None where the address cannot stand in a header without SMTPUTF8."""
    local, _, domain = cleaning.one_line(address, 320).rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode("ascii") if not domain.isascii() else domain
        if not local or not _DOMAIN.fullmatch(ascii_domain):
            return None  # the standard library takes it, and then trips over the header that it makes of it
        return Address(cleaning.one_line(name, 80), local.encode("ascii").decode(), ascii_domain)
    except (UnicodeError, ValueError, HeaderParseError):
        return None
