"""The mailboxes of one account, in memory: mails, flags, folders, and who wants to hear of changes. Speaks no protocol, opens no socket.

Every method takes the account's lock, so tests and the demo may act from any thread while the server runs.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from responder.demo.mime import Part, split
from responder.demo.parser import No, wire_name
from responder.demo.quirks import Quirks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

SYSTEM_FLAGS: Final = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")
_SYSTEM: Final = {flag.lower(): flag for flag in SYSTEM_FLAGS}


@dataclass(eq=False)
class Content:
    """A mail as stored; where folders are labels, several folders hold the same one."""

    raw: bytes
    date: datetime  # INTERNALDATE
    flags: frozenset[str] = frozenset()
    modseq: int = 0  # of the last change of its flags

    @cached_property
    def part(self) -> Part:
        """The mail cut into its parts."""
        return split(self.raw)


@dataclass(frozen=True, slots=True)
class Mail:
    """A content with its UID in one folder."""

    uid: int
    content: Content

    @property
    def raw(self) -> bytes:
        """The bytes as stored."""
        return self.content.raw

    @property
    def flags(self) -> frozenset[str]:
        """The flags now."""
        return self.content.flags

    def header(self, name: str) -> str | None:
        """The first header of that name, undecoded."""
        value = self.content.part.raw(name.lower())
        return None if value is None else value.decode("utf-8", "replace")


@dataclass(eq=False)
class Mailbox:
    """One folder; the name is as it stands in commands (modified UTF-7)."""

    name: str
    use: str
    uidvalidity: int
    uidnext: int = 1
    mails: list[Mail] = field(default_factory=list)
    modseq: int = 1  # of the last change in it
    subscribed: bool = True

    @property
    def selectable(self) -> bool:
        """False for a name that only holds others."""
        return self.use != "\\Noselect"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to a mail: "added", "flagged" or "removed"."""

    what: str
    folder: str
    mail: Mail


class Account:
    """One user's mail. `prepare` makes the folders of a played server; an account may outlive its server (a restart)."""

    def __init__(self, password: str = "secret", *, on_change: Callable[[Change], None] | None = None) -> None:  # noqa: S107  a made-up account
        self.password = password
        self.lock = threading.RLock()
        self.quirks = Quirks()
        self.mailboxes: dict[str, Mailbox] = {}
        self.listeners: set[Callable[[], None]] = set()
        self._on_change = on_change
        self._modseq = 1
        self._uidvalidity = 1_700_000_000

    def prepare(self, quirks: Quirks) -> None:
        """Makes the folders that a server of that kind has from the start."""
        with self.lock:
            self.quirks = quirks
            for folder in quirks.folders:
                name = wire_name(folder.name)
                if name not in self.mailboxes:
                    self._make(name, folder.use)

    # what tests and the demo do

    def deliver(self, folder: str, raw: bytes, when: datetime, flags: Iterable[str] = ()) -> int:
        """Puts a mail into a folder as a delivery agent would, bytes as they are; its UID."""
        with self.lock:
            return self._add(self.mailbox(wire_name(folder)), raw, frozenset(flags), when).uid

    def messages(self, folder: str) -> tuple[Mail, ...]:
        """What lies in a folder, oldest UID first."""
        with self.lock:
            return tuple(self.mailbox(wire_name(folder)).mails)

    def folder(self, use: str) -> str:
        r"""The (wire) name of the folder with that attribute, such as "\\Drafts"; KeyError if there is none."""
        with self.lock:
            return next(box.name for box in self.mailboxes.values() if box.use == use)

    def delete(self, folder: str, uid: int) -> None:
        r"""Removes a mail for good, as a client's \\Deleted and EXPUNGE do."""
        with self.lock:
            self.remove(self.mailbox(wire_name(folder)), {uid})

    def replace(
        self, folder: str, uid: int, raw: bytes, when: datetime, flags: Iterable[str] = ("\\Draft", "\\Seen")
    ) -> int:
        """Saves an edited draft as mail clients do: the new copy first, then the old one away; the new UID."""
        with self.lock:
            new = self.deliver(folder, raw, when, flags)
            self.delete(folder, uid)
            return new

    def set_flags(self, folder: str, uid: int, flags: Iterable[str]) -> None:
        """Sets a mail's flags to exactly these."""
        with self.lock:
            for mail in self.messages(folder):
                if mail.uid == uid:
                    self.flag(mail, frozenset(flags))

    def renumber(self, folder: str) -> None:
        """Gives a folder a new UIDVALIDITY and its mails new UIDs, as after a restored backup."""
        with self.lock:
            box = self.mailbox(wire_name(folder))
            self._uidvalidity += 1
            box.uidvalidity, box.uidnext = self._uidvalidity, len(box.mails) + 1
            box.mails = [Mail(number, mail.content) for number, mail in enumerate(box.mails, 1)]
            self._touch(box)

    # what the protocol does

    def mailbox(self, name: str) -> Mailbox:
        """The folder of that wire name; INBOX in any case. Raises No."""
        box = self.mailboxes.get("INBOX" if name.upper() == "INBOX" else name)
        if box is None or not box.selectable:
            raise No(f"[NONEXISTENT] There is no mailbox {name!r}.")
        return box

    def create(self, name: str, use: str = "") -> None:
        """Makes a folder. Raises No where it exists or lies outside the namespace."""
        with self.lock:
            name = name.rstrip(self.quirks.separator)
            if name in self.mailboxes or name.upper() == "INBOX":
                raise No("[ALREADYEXISTS] The mailbox exists.")
            if not name.startswith(self.quirks.prefix) or not name:
                raise No(f"[CANNOT] Names begin with {self.quirks.prefix!r}.")
            self._make(name, use)

    def drop(self, name: str) -> None:
        """Deletes a folder with what is in it."""
        with self.lock:
            box = self.mailbox(name)
            if box.name == "INBOX":
                raise No("[CANNOT] INBOX stays.")
            self.remove(box, {mail.uid for mail in box.mails})
            del self.mailboxes[box.name]

    def rename(self, old: str, new: str) -> None:
        """Renames a folder and those below it (RFC 3501 s6.3.5)."""
        with self.lock:
            box = self.mailbox(old)
            if new in self.mailboxes or box.name == "INBOX":
                raise No("[CANNOT] Not to that name.")
            below = old + self.quirks.separator
            for name in [name for name in self.mailboxes if name == old or name.startswith(below)]:
                moved = self.mailboxes.pop(name)
                moved.name = new + name[len(old) :]
                self.mailboxes[moved.name] = moved

    def append(self, box: Mailbox, raw: bytes, flags: frozenset[str], when: datetime) -> Mail:
        """Stores a mail from a client, with what this kind of server does to it."""
        with self.lock:
            return self._add(box, _rewrite(raw, self.quirks, self._modseq), self.allowed(flags), when)

    def copy(self, mails: Iterable[Mail], target: Mailbox) -> list[Mail]:
        """The copies, in order. Where folders are labels it is the same content, once; in Trash it is nowhere else."""
        with self.lock:
            copies = []
            for mail in mails:
                if not self.quirks.all_mail:
                    copies.append(self._add(target, mail.raw, mail.flags, mail.content.date))
                    continue
                present = next((other for other in target.mails if other.content is mail.content), None)
                copies.append(present or self._place(target, mail.content))
                if target.use in ("\\Trash", "\\Junk"):
                    self._forget_labels(mail.content, target)
            return copies

    def flag(self, mail: Mail, flags: frozenset[str]) -> None:
        """Sets the flags of a mail, everywhere it lies."""
        with self.lock:
            if flags == mail.content.flags:
                return
            mail.content.flags = flags
            self._modseq += 1
            mail.content.modseq = self._modseq
            for box in self.mailboxes.values():
                if any(other.content is mail.content for other in box.mails):
                    self._touch(box)
                    self._tell("flagged", box, mail)

    def remove(self, box: Mailbox, uids: set[int]) -> None:
        """Takes mails out of a folder; where folders are labels they stay in All Mail."""
        with self.lock:
            gone = [mail for mail in box.mails if mail.uid in uids]
            if not gone:
                return
            box.mails = [mail for mail in box.mails if mail.uid not in uids]
            self._touch(box)
            for mail in gone:
                self._tell("removed", box, mail)

    def allowed(self, flags: Iterable[str]) -> frozenset[str]:
        """Flags as this server keeps them: system flags in their usual case, keywords only where it has them."""
        known = {_SYSTEM.get(flag.lower(), flag) for flag in flags}
        return frozenset(
            flag for flag in known if flag in SYSTEM_FLAGS or (self.quirks.keywords and not flag.startswith("\\"))
        )

    def _make(self, name: str, use: str) -> None:
        self._uidvalidity += 1
        self.mailboxes[name] = Mailbox(name, use, self._uidvalidity)

    def _add(self, box: Mailbox, raw: bytes, flags: frozenset[str], when: datetime) -> Mail:
        content = Content(raw, when, flags)
        everything = self.mailboxes.get(wire_name(self.quirks.all_mail))
        if everything is not None and everything is not box and box.use not in ("\\Trash", "\\Junk"):
            content = next(
                (mail.content for mail in everything.mails if mail.raw == raw), content
            )  # Gmail keeps one of the same
            if all(mail.content is not content for mail in everything.mails):
                self._place(everything, content)
        return next((mail for mail in box.mails if mail.content is content), None) or self._place(box, content)

    def _place(self, box: Mailbox, content: Content) -> Mail:
        mail = Mail(box.uidnext, content)
        box.uidnext += 1
        box.mails.append(mail)
        self._touch(box)
        self._tell("added", box, mail)
        return mail

    def _forget_labels(self, content: Content, target: Mailbox) -> None:
        for box in self.mailboxes.values():
            if box is not target:
                self.remove(box, {mail.uid for mail in box.mails if mail.content is content})

    def _touch(self, box: Mailbox) -> None:
        self._modseq += 1
        box.modseq = self._modseq
        for listener in tuple(self.listeners):
            listener()

    def _tell(self, what: str, box: Mailbox, mail: Mail) -> None:
        if self._on_change is not None:
            self._on_change(Change(what, box.name, mail))


def _rewrite(raw: bytes, quirks: Quirks, number: int) -> bytes:
    """The mail with its header as this kind of server leaves it after APPEND."""
    part = split(raw)
    header = part.header
    if quirks.rewrites_message_id:
        header = _replace(header, b"Message-ID", b"<rewritten.%d@server.example>" % number)
    if quirks.drops_in_reply_to:
        header = _replace(header, b"In-Reply-To", None)
    if quirks.collapses_references:
        header = _replace(header, b"References", b"<internal.%d@server.example>" % number)
    return header + part.body


def _replace(header: bytes, name: bytes, value: bytes | None) -> bytes:
    new = b"" if value is None else name + b": " + value + b"\r\n"
    return re.sub(rb"(?im)^" + name + rb":.*\r?\n([ \t].*\r?\n)*", lambda _: new, header)
