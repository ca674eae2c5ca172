"""A mailbox in memory: `FakeAccount` is what lies on the server and what mail clients do to it, `FakeMailbox` a connection to it.

`on_io(name)` is called before ("append") and after ("append done") each thing that a real connection would do over the
wire; what it raises comes out of the method, so that a test can let the process die, or the network fail, there. Passes
the same contract as the real servers (tests/mailbox/test_contract.py).
"""

from __future__ import annotations

import re
import select
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.parser import BytesHeaderParser

from responder.clock import Clock
from responder.errors import Refused, TryLater
from responder.mailbox import Entry, Filed, FolderState, Roles, Search
from responder.wire import Wake

STANDARD = Roles(drafts="Drafts", sent="Sent", trash="Trash", archive="Archive", all=None, junk="Junk")


@dataclass(frozen=True)
class FakeMail:
    uid: int
    raw: bytes
    when: datetime
    flags: frozenset[str] = frozenset()

    def fields(self, *names: str) -> str:
        parsed = BytesHeaderParser().parsebytes(self.raw)  # the body may be deeper than a parser goes
        return " ".join(str(value) for name in names for value in parsed.get_all(name, []))


@dataclass
class FakeFolder:
    uidvalidity: int
    uidnext: int = 1
    mails: dict[int, FakeMail] = field(default_factory=dict)


class FakeAccount:
    """The server's side. All of it outlives connections and the process."""

    def __init__(self, roles: Roles = STANDARD, clock: Clock | None = None) -> None:
        self.roles = roles
        self.clock = clock or Clock()
        names = ("INBOX", roles.drafts, roles.sent, roles.trash, roles.archive, roles.all, roles.junk)
        self.folders = {name: FakeFolder(100 + i) for i, name in enumerate(names) if name}

    # -- what mail clients, other people's servers and the provider do

    def deliver(self, folder: str, raw: bytes, flags: Iterable[str] = (), when: datetime | None = None) -> int:
        box = self.folders[folder]
        uid, box.uidnext = box.uidnext, box.uidnext + 1
        box.mails[uid] = FakeMail(uid, raw, (when or self.clock.now()).replace(microsecond=0), frozenset(flags))
        return uid

    def delete(self, folder: str, uid: int) -> None:
        """For good, as an EXPUNGE does."""
        del self.folders[folder].mails[uid]

    def move(self, folder: str, uid: int, to: str) -> int:
        mail = self.folders[folder].mails.pop(uid)
        return self.deliver(to, mail.raw, mail.flags, mail.when)

    def edit(self, folder: str, uid: int, change: Callable[[bytes], bytes], *, message_id: str | None = None) -> int:
        """As mail clients save a draft: a new mail, the old one gone; with `message_id` under another Message-ID."""
        raw = change(self.folders[folder].mails[uid].raw)
        if message_id is not None:
            raw = re.sub(rb"(?im)^message-id:.*(\r?\n[ \t].*)*", b"Message-ID: " + message_id.encode(), raw, count=1)
        new = self.deliver(folder, raw, ("\\Draft", "\\Seen"))
        self.delete(folder, uid)
        return new

    def flag(self, folder: str, uid: int, flag: str, *, on: bool = True) -> None:
        mail = self.folders[folder].mails[uid]
        flags = mail.flags | {flag} if on else mail.flags - {flag}
        self.folders[folder].mails[uid] = replace(mail, flags=flags)

    def rebuild(self, folder: str) -> None:
        """Another UIDVALIDITY, other UIDs, the same mails."""
        old = self.folders[folder]
        new = FakeFolder(max(f.uidvalidity for f in self.folders.values()) + 1)
        self.folders[folder] = new
        for mail in old.mails.values():
            self.deliver(folder, mail.raw, mail.flags, mail.when)

    def mails(self, folder: str) -> list[FakeMail]:
        return [mail for _uid, mail in sorted(self.folders[folder].mails.items())]

    def connect(self, on_io: Callable[[str], None] = lambda _name: None) -> FakeMailbox:
        return FakeMailbox(self, on_io)


class FakeMailbox:
    """One connection: the contract of responder.mailbox.Mailbox."""

    def __init__(self, account: FakeAccount, on_io: Callable[[str], None] = lambda _name: None) -> None:
        self.account = account
        self.on_io = on_io
        self.closed = False
        self._looked: dict[str, tuple[int, int]] = {}
        self._validity: dict[str, int] = {}

    def _folder(self, name: str) -> FakeFolder:
        if self.closed:
            raise TryLater("the connection is closed")
        if name not in self.account.folders:
            raise Refused(f"{name}: there is no such folder")
        return self.account.folders[name]

    def roles(self) -> Roles:
        self.on_io("roles")
        return self.account.roles

    def state(self, folder: str) -> FolderState:
        self.on_io("state")
        box = self._folder(folder)
        self._validity[folder] = box.uidvalidity
        arrivals = self._looked.get(folder) != (box.uidvalidity, box.uidnext)
        return FolderState(box.uidvalidity, box.uidnext, len(box.mails), arrivals)

    def select(self, folder: str) -> FolderState:
        return self.state(folder)

    def uids_from(self, folder: str, uid: int) -> list[int]:
        self.on_io("uids_from")
        box = self._folder(folder)
        self._looked[folder] = (box.uidvalidity, box.uidnext)
        return sorted(u for u in box.mails if u >= uid)

    def search(self, folder: str, search: Search) -> list[int]:
        self.on_io("search")
        return sorted(uid for uid, mail in self._folder(folder).mails.items() if _matches(mail, search))

    def find(self, folder: str, message_id: str) -> list[int]:
        self.on_io("find")
        mails = self._folder(folder).mails
        return sorted(uid for uid, mail in mails.items() if mail.fields("Message-ID").strip() == message_id)

    def entries(self, folder: str, uids: Sequence[int], fields: Sequence[str] | None = None) -> list[Entry]:
        self.on_io("entries")
        box = self._folder(folder)
        return [
            Entry(folder, box.uidvalidity, m.uid, len(m.raw), m.when.astimezone(UTC), m.flags, _header(m.raw, fields))
            for m in (box.mails[uid] for uid in uids if uid in box.mails)
        ]

    def beginnings(self, folder: str, uids: Sequence[int], limit: int) -> list[Entry]:
        self.on_io("beginnings")
        box = self._folder(folder)
        return [
            Entry(folder, box.uidvalidity, m.uid, len(m.raw), m.when.astimezone(UTC), m.flags, m.raw[:limit])
            for m in (box.mails[uid] for uid in uids if uid in box.mails)
        ]

    def texts(self, folder: str, uids: Sequence[int]) -> dict[int, bytes]:
        self.on_io("texts")
        mails = self._folder(folder).mails
        return {uid: mails[uid].raw for uid in uids if uid in mails}

    def raw(self, folder: str, uid: int, limit: int = 1_000_000) -> bytes | None:
        self.on_io("raw")
        mail = self._folder(folder).mails.get(uid)
        return None if mail is None else mail.raw[:limit]

    def append(self, folder: str, raw: bytes, flags: Iterable[str], when: datetime) -> Filed:
        self.on_io("append")
        box = self._folder(folder)
        uid = self.account.deliver(folder, raw, flags, when)
        self.on_io("append done")
        return Filed(box.uidvalidity, uid)

    def trash(self, folder: str, uid: int, uidvalidity: int | None = None) -> None:
        self.on_io("trash")
        box, trash = self._folder(folder), self.account.roles.trash
        if trash is None or trash == folder:
            raise Refused("no Trash folder to move to")
        if (uidvalidity or self._validity.get(folder, box.uidvalidity)) != box.uidvalidity:
            self.closed = True
            raise TryLater(f"{folder} was rebuilt")
        if uid in box.mails:
            self.account.move(folder, uid, trash)
        self.on_io("trash done")

    def wait(self, folder: str, seconds: float, wake: Wake) -> None:
        """Real servers push; here only `wake` and the time end a wait. A test that owns the clock overrides it."""
        self.on_io("wait")
        self._folder(folder)
        select.select([wake], [], [], seconds)

    def close(self) -> None:
        self.closed = True


def _matches(mail: FakeMail, search: Search) -> bool:
    day = mail.when.date()
    if (search.since and day < search.since) or (search.before and day >= search.before):
        return False
    asked = [(search.people, ("From", "To", "Cc")), (search.subjects, ("Subject",))]
    asked.append((search.references, ("References", "In-Reply-To")))
    if not any(values for values, _names in asked):
        return True
    return any(
        v.lower() in mail.fields(*names).lower() for values, names in asked for v in values if re.search(r"\w\w", v)
    )


def _header(raw: bytes, fields: Sequence[str] | None) -> bytes:
    head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0] + b"\r\n"
    if fields is None:
        return head + b"\r\n"
    wanted = {name.lower().encode() for name in fields}
    found = re.findall(rb"(?m)^[^\s:]+:.*(?:\r?\n[ \t].*)*\r?\n", head)
    return b"".join(f for f in found if f.split(b":", 1)[0].lower() in wanted) + b"\r\n"
