"""A user at a mail program: plays a `standins.Client` on a real IMAP server."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import Message
from email.utils import format_datetime

from clients.standins import Client, Delete, Old, Star
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError
from rounds.world import TestClock

KEPT = ("To", "Cc", "Bcc", "Subject", "In-Reply-To", "References")
_count = 0


def text_of(raw: bytes) -> str:
    """What a composer shows of a draft."""
    body = message_from_bytes(raw, policy=policy.default).get_body(("plain", "html"))
    text = str(body.get_content()).replace("\r\n", "\n")
    if body.get_content_type() == "text/html" or not text.strip():
        html = message_from_bytes(raw, policy=policy.default).get_body(("html",)).get_content()
        return re.sub(r"<[^>]*>", "", re.sub(r"</p>", "\n\n", html)).strip() + "\n"
    return re.sub(r" \n", " ", text) if body.get_param("format") == "flowed" else text


@dataclass
class Composer:
    """A draft while it is edited: nothing of it is on the server."""

    uid: int
    fields: Message
    text: str
    flagged: bool


@dataclass
class Desk:
    """One mail program with its connection. `drafts` and the others are the server's names."""

    client: Client
    imap: IMAPClient
    clock: TestClock
    drafts: str = "Drafts"
    sent: str = "Sent"
    trash: str = "Trash"
    composer: Composer | None = None
    later: list[tuple[str, int]] = field(default_factory=list)  # (what, UID): done when the program is left

    # -- what the user does

    def open(self) -> None:
        """Edit the (newest) draft."""
        uid = self.uids()[-1]
        found = self.imap.fetch([uid], ["BODY.PEEK[]", "FLAGS"])[uid]
        raw, flagged = found[b"BODY[]"], b"\\Flagged" in found[b"FLAGS"]
        self.composer = Composer(uid, message_from_bytes(raw), text_of(raw), flagged)
        if self.client.old is Old.GONE:
            self._expunge(uid)
            self.composer.uid = 0
            if self.client.drops_empty_folder and not self.uids():
                self.imap.unselect_folder()
                self.imap.delete_folder(self.drafts)

    def type(self, sentence: str) -> None:
        composer = self._composer()
        paragraphs = composer.text.rstrip("\n").split("\n\n")
        composer.text = "\n\n".join([*paragraphs[:-1], sentence, paragraphs[-1]]) + "\n"

    def save(self) -> None:
        """Save, by hand or by itself; the composer stays open."""
        composer, client = self._composer(), self.client
        if client.new_draft_id:
            self._new_id(composer)
        flags = [*client.flags, *(["\\Flagged"] if client.copies_flags and composer.flagged else [])]
        saved = self._mail(client.in_front, client.adds, client.loses)
        self.imap.append(self.drafts, saved, flags, self.clock.now())
        self._away(composer.uid, client.old)
        composer.uid = self.uids()[-1]

    def discard(self) -> None:
        """Close the composer without saving. What was expunged when it opened is lost."""
        self.composer = None

    def send(self) -> None:
        composer, client = self._composer(), self.client
        if client.new_sent_id:
            self._new_id(composer)
        if client.copy_in_sent:
            self.imap.append(self.sent, self._mail(client.sent_in_front, client.adds), ["\\Seen"], self.clock.now())
        self._away(composer.uid, client.leaves)
        self.composer = None

    def leave(self) -> None:
        """Close the composer, sync, quit; questions are answered so that no second copy stays."""
        self.composer = None
        for what, uid in self.later:
            match what:
                case "expunge":
                    self._expunge(uid)
                case "trash":
                    self._trash(uid)
                case "star":
                    self._flag(uid)
        self.later = []

    def star(self) -> None:
        uid = self.uids()[-1]
        if self.client.star is Star.NOW:
            self._flag(uid)
        else:
            self.later.append(("star", uid))

    def delete(self) -> None:
        uid = self.uids()[-1]
        match self.client.delete:
            case Delete.TRASHED:
                self._trash(uid)
            case Delete.EXPUNGED:
                self._expunge(uid)
            case Delete.MARKED:
                self.imap.add_flags([uid], ["\\Deleted"], silent=True)
                self.later.append(("expunge", uid))
            case Delete.LATE:
                self.later.append(("trash", uid))

    def move(self, source: str, target: str) -> None:
        """The last mail of a folder into another."""
        self.imap.select_folder(source)
        self.imap.move([self.imap.search()[-1]], target)

    # -- what lies on the server

    def uids(self, folder: str = "") -> list[int]:
        """UIDs of what the folder shows; makes the folder anew where it is gone, as a program does that is to save."""
        folder = folder or self.drafts
        try:
            self.imap.select_folder(folder)
        except IMAPClientError:
            with contextlib.suppress(IMAPClientError):
                self.imap.create_folder(folder)
            self.imap.select_folder(folder)
        return sorted(self.imap.search(["UNDELETED"]))

    def mails(self, folder: str = "") -> list[bytes]:
        uids = self.uids(folder)
        found = self.imap.fetch(uids, ["BODY.PEEK[]"]) if uids else {}
        return [found[uid][b"BODY[]"] for uid in uids]

    # -- inside

    def _composer(self) -> Composer:
        assert self.composer is not None, "no composer is open"
        return self.composer

    def _new_id(self, composer: Composer) -> None:
        global _count
        _count += 1
        del composer.fields["Message-ID"]
        composer.fields["Message-ID"] = f"<made-{_count}@client.example>"

    def _mail(self, in_front: bytes, adds: bytes, loses: tuple[str, ...] = ()) -> bytes:
        composer = self._composer()
        self.clock.moment += timedelta(seconds=1)
        lines = [f"Date: {format_datetime(self.clock.now())}", "From: Ana Souza <ana@mail.example>"]
        for name in (*KEPT, "Message-ID"):
            value = composer.fields[name]
            if value is not None and name not in loses:
                lines.append(f"{name}: {value}")
        head = re.sub(r"\r?\n(?=[ \t])", "\r\n", "\r\n".join(lines)).encode("utf-8", "surrogateescape")
        return in_front + head + b"\r\nMIME-Version: 1.0\r\n" + adds + self.client.form(composer.text)

    def _away(self, uid: int, how: Old) -> None:
        match how:
            case Old.EXPUNGED:
                self._expunge(uid)
            case Old.TRASHED:
                self._trash(uid)
            case Old.STAYS:
                self.later.append(("expunge", uid))
            case Old.GONE:
                self._expunge(uid)  # nothing at the first time, the last version at every further save

    def _flag(self, uid: int) -> None:
        self.imap.select_folder(self.drafts)
        self.imap.add_flags([uid], ["\\Flagged"], silent=True)

    def _expunge(self, uid: int) -> None:
        if uid and (uid in self.uids() or uid in self.imap.search(["DELETED"])):
            self.imap.add_flags([uid], ["\\Deleted"], silent=True)
            if self.imap.has_capability("UIDPLUS"):
                self.imap.uid_expunge([uid])
            else:
                self.imap.expunge()

    def _trash(self, uid: int) -> None:
        if uid in self.uids():
            self.imap.move([uid], self.trash)
