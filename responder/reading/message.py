"""Bytes of a mail -> Message, under limits and without ever raising. Owns mail-parser; decides nothing about content."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


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
    headers: tuple[tuple[str, str], ...]  # every header, name lower-case, value decoded to one line, in order
    text: str  # what this mail itself says, HTML turned to text, without the quoted earlier mail; signature included
    quoted: str  # the quoted earlier mail, "" if none
    links: tuple[str, ...]  # targets of the HTML's links
    calendars: tuple[str, ...]  # text/calendar parts
    forwarded: tuple[Message, ...]  # mails inside: message/rfc822 parts, or an inline forward whose headers could be read
    attachments: int  # number of parts that are neither text nor calendar
    defects: tuple[str, ...]  # what was wrong with it, in words
    truncated: bool  # a limit cut something off
    body_hash: str = field(default="")  # SHA-256 hex of the decoded text with white space folded

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
    raise NotImplementedError


def read(raw: bytes) -> Message | Unreadable:
    """The whole reading, with mail-parser. Never raises, on any input."""
    raise NotImplementedError


def case_key(message: Message) -> str:
    """The identity of a rejection: its Message-ID, else "sha256:" + SHA-256 over From, Date, Subject and body."""
    raise NotImplementedError
