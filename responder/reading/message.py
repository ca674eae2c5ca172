"""Bytes of a mail -> Message, under limits and without ever raising. Owns mail-parser; decides nothing about content."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

from mailparser.core import MailParser

from responder.reading.addresses import (
    parse_addresses,
    parse_date,
    parse_message_id,
    parse_message_ids,
    parse_shown_date,
)
from responder.reading.charsets import decode_words, one_line, unfold
from responder.reading.parts import collect, limit, parameter, parse
from responder.reading.text import split

if TYPE_CHECKING:
    from email.message import Message as Part

    from responder.reading.text import Forward

logging.getLogger("mailparser").setLevel(logging.CRITICAL)  # it warns with words of the mail

MAX_HEADERS = 1_000
MAX_SUBJECT = 998  # RFC 5322 s2.1.1
MAX_DEPTH = 3  # mails within mails

_ONCE = frozenset(
    ["message-id", "date", "from", "sender", "reply-to", "to", "cc", "bcc", "subject", "in-reply-to", "references"]
)


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox (RFC 5322 s3.4): display name as people read it, address with a lower-case domain."""

    name: str
    address: str

    @property
    def local(self) -> str:
        """The part before the @, lower-case."""
        return self.address.rpartition("@")[0].lower()

    @property
    def domain(self) -> str:
        """The part behind the @."""
        return self.address.rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class Me:
    """Who the user is: name as letters are signed, every address that is theirs (lower-case)."""

    name: str
    addresses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Message:
    """A mail as the program sees it: cleaned of control characters, decoded, cut to limits."""

    message_id: str | None  # "<a@b>", normalised; None where absent or malformed
    in_reply_to: tuple[str, ...]  # valid ids only
    references: tuple[str, ...]
    date: datetime | None  # aware, UTC
    subject: str  # one line
    from_: tuple[Address, ...]
    sender: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    bcc: tuple[Address, ...]
    headers: tuple[
        tuple[str, str], ...
    ]  # every header (of Received the topmost), name lower-case, value decoded to one line, in order
    text: str  # what this mail itself says, HTML turned to text, without the quoted earlier mail; signature included
    quoted: str  # the quoted earlier mail, "" if none
    links: tuple[str, ...]  # targets of the HTML's links
    calendars: tuple[str, ...]  # text/calendar parts
    forwarded: tuple[
        Message, ...
    ]  # mails inside: message/rfc822 parts, or an inline forward whose headers could be read
    attachments: int  # number of parts that are neither text nor calendar
    defects: tuple[str, ...]  # what was wrong with it, in words
    truncated: bool  # a limit cut something off
    body_hash: str = field(default="")  # SHA-256 hex of the decoded text without white space

    def header(self, name: str) -> str | None:
        """The first header of that (lower-case) name."""
        return next((value for key, value in self.headers if key == name), None)

    def header_all(self, name: str) -> tuple[str, ...]:
        """All headers of that (lower-case) name, topmost first."""
        return tuple(value for key, value in self.headers if key == name)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Bytes that are no mail, with a sentence that says why."""

    reason: str


def glance(raw: bytes) -> Message | Unreadable:
    """The cheap first look: the standard library's parser under limits. Same fields as read()."""
    parsed = _parse(raw)
    return parsed if isinstance(parsed, Unreadable) else _build(parsed.top, parsed.cuts)


def read(raw: bytes) -> Message | Unreadable:
    """The whole reading, with mail-parser. Never raises, on any input."""
    parsed = _parse(raw)
    if isinstance(parsed, Unreadable):
        return parsed
    message = _build(parsed.top, parsed.cuts)
    defects, date = _second_opinion(parsed.top)
    return replace(message, date=message.date or date, defects=tuple(dict.fromkeys((*message.defects, *defects))))


def case_key(message: Message) -> str:
    """The identity of a rejection: its Message-ID, else "sha256:" + SHA-256 over From, Date, Subject and body."""
    if message.message_id:
        return message.message_id
    sender = ",".join(address.address for address in message.from_) or message.header("from") or ""
    date = message.date.isoformat() if message.date else message.header("date") or ""
    return "sha256:" + _hash("\0".join((sender, date, message.subject, message.body_hash)))


@dataclass(frozen=True, slots=True)
class _Parsed:
    top: Part
    cuts: list[str]


def _parse(raw: bytes) -> _Parsed | Unreadable:
    limited, cuts = limit(raw)
    if not limited.strip(b"\x00 \t\n"):
        return Unreadable("The file is empty.")
    try:
        top = parse(limited)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, MemoryError) as error:
        return Unreadable(f"The mail's structure cannot be read ({type(error).__name__}).")
    if not top.keys():
        return Unreadable("This is no mail: it does not begin with a header field such as From or Subject.")
    return _Parsed(top, cuts)


def _second_opinion(top: Part) -> tuple[tuple[str, ...], datetime | None]:
    """Defects and date as mail-parser sees them. Its bodies are not used: it takes the text of an attached mail for this one's."""
    try:
        parser = MailParser(top)
        parser.parse()
        date = parser.date
        defects = tuple(sorted(str(defect) for defect in parser.defects_categories))
    except Exception:  # noqa: BLE001 - it lets binascii, ValueError and AttributeError through on malformed mail
        return ("mail-parser gave up",), None
    if not isinstance(date, datetime):
        return defects, None
    return defects, parse_date(format_datetime(date)) if date.tzinfo else None


def _build(top: Part, cuts: list[str], depth: int = 0) -> Message:
    """A Message from a MIME tree; mails inside become Messages too, to a depth of three."""
    headers, raw_values, defects = _headers(top)
    content = collect(top)
    subject = next((value for name, value in headers if name == "subject"), "")[:MAX_SUBJECT]
    parts = split(content.text, subject)
    inner = tuple(_build(one, [], depth + 1) for one in content.inner) if depth < MAX_DEPTH else ()
    if parts.forward is not None and depth < MAX_DEPTH:
        inner = (_from_forward(parts.forward, depth + 1), *inner)

    def addresses(name: str) -> tuple[Address, ...]:
        value = raw_values.get(name)
        if not value:
            return ()
        found, wrong = parse_addresses(value, decode_words)
        defects.extend(f"{name}: {one}" for one in wrong)
        return tuple(Address(one.name, one.address) for one in found)

    return Message(
        message_id=parse_message_id(raw_values.get("message-id", "")),
        in_reply_to=parse_message_ids(raw_values.get("in-reply-to", "")),
        references=parse_message_ids(raw_values.get("references", "")),
        date=parse_date(raw_values["date"]) if "date" in raw_values else None,
        subject=subject,
        from_=addresses("from"),
        sender=addresses("sender"),
        reply_to=addresses("reply-to"),
        to=addresses("to"),
        cc=addresses("cc"),
        bcc=addresses("bcc"),
        headers=headers,
        text=parts.own,
        quoted=parts.quoted,
        links=content.links,
        calendars=tuple(content.calendars),
        forwarded=inner,
        attachments=content.attachments,
        defects=tuple(dict.fromkeys((*cuts, *defects, *content.defects))),
        truncated=bool(cuts) or content.truncated,
        body_hash=_hash_body(content.text),
    )


def _headers(top: Part) -> tuple[tuple[tuple[str, str], ...], dict[str, str], list[str]]:
    """Every header decoded to one line, of Received the topmost; the first raw value of each that has a grammar; defects."""
    decoded: list[tuple[str, str]] = []
    first: dict[str, str] = {}
    defects: list[str] = []
    traced = False
    for name, raw in top.raw_items():
        key = name.lower()
        if key == "received" and traced:
            continue  # a third of all fields, and only the topmost one is ours to trust
        traced |= key == "received"
        value = raw if raw.isascii() else unfold(raw, parameter(top, "charset") or None)
        if key in _ONCE:
            if key in first:
                defects.append(f"more than one {key}")
            else:
                first[key] = unfold(value)
        decoded.append((key, decode_words(value) if "=?" in value else one_line(value)))
        if len(decoded) == MAX_HEADERS:
            defects.append(f"more than {MAX_HEADERS} headers")
            break
    return tuple(decoded), first, defects


def _from_forward(forward: Forward, depth: int) -> Message:
    """The mail inside a text. What its block does not say stays unknown; its date is taken as UTC where no zone stands."""
    parts = split(forward.body, forward.subject)
    inner = (_from_forward(parts.forward, depth + 1),) if parts.forward is not None and depth < MAX_DEPTH else ()
    from_, to = (
        tuple(Address(one.name, one.address) for one in parse_addresses(value, str)[0])
        for value in (forward.from_, forward.to)
    )
    values = {"from": forward.from_, "to": forward.to, "date": forward.date, "subject": forward.subject}
    return Message(
        message_id=None,
        in_reply_to=(),
        references=(),
        date=parse_shown_date(forward.date),
        subject=one_line(forward.subject)[:MAX_SUBJECT],
        from_=from_,
        sender=(),
        reply_to=(),
        to=to,
        cc=(),
        bcc=(),
        headers=tuple((name, one_line(value)) for name, value in values.items() if value),
        text=parts.own,
        quoted=parts.quoted,
        links=(),
        calendars=(),
        forwarded=inner,
        attachments=0,
        defects=(),
        truncated=False,
        body_hash=_hash_body(forward.body),
    )


def _hash_body(text: str) -> str:
    """Without white space, which servers and gateways change."""
    return hashlib.sha256(text.encode("utf-8", "replace").translate(None, b" \n")).hexdigest()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
