"""ImapMailbox: the contract over imapclient. One connection, one thread; decides nothing."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from responder.clock import Clock
from responder.errors import OutcomeUnknown, Refused, TryLater
from responder.mailbox import fetched
from responder.mailbox.contract import Entry, Filed, FolderState, Roles
from responder.mailbox.folders import Listed, find_roles, has_special_use
from responder.mailbox.idle import idle, sleep
from responder.mailbox.login import log_in, log_out
from responder.mailbox.query import criteria, msgid_needle, same_message_id
from responder.mailbox.texts import HEADER_LIMIT, TEXT_BATCH, chunks, fetch_texts, whole
from responder.mailbox.trouble import translate
from responder.wire import has_control

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from responder.mailbox.contract import Search
    from responder.mailbox.login import Server
    from responder.mailbox.stream import Client
    from responder.wire import Secret, Wake

ENTRY_BATCH: Final = 200  # mails in one FETCH of header fields
SLACK: Final = 200_000  # bytes of answer around what was asked for
_APPENDUID: Final = re.compile(rb"\[APPENDUID (\d+) (\d+)\]", re.IGNORECASE)
_FIELD: Final = re.compile(r"[A-Za-z0-9-]{1,60}\Z")
FIELDS_LIMIT: Final = 65_536
_ABOUT: Final = ("RFC822.SIZE", "INTERNALDATE", "FLAGS")


def connect(
    server: Server, secret: Secret, clock: Clock | None = None, folders: Mapping[str, str] | None = None
) -> ImapMailbox:
    """Dial and log in. `folders` names folders by role ("drafts") where the user has said so.

    UserError (certificate, settings), LoginRefused (credentials) or TryLater (network, limits, a server in trouble).
    """
    clock = clock or Clock()
    return ImapMailbox(log_in(server, secret, clock), server, clock, folders or {})


class ImapMailbox:
    """The contract `Mailbox` over one logged-in connection."""

    def __init__(self, client: Client, server: Server, clock: Clock, folders: Mapping[str, str]) -> None:
        self._client = client
        self._server = server
        self._clock = clock
        self._configured = folders
        self._roles: Roles | None = None
        self._selected: str | None = None
        self._uidnext: int | None = None
        self._sizes: dict[int, int] = {}  # of mails in the selected folder
        self._fresh = False  # nothing was asked since NOOP or EXAMINE: the server shows what is new
        self._looked: dict[str, tuple[int, int | None]] = {}  # UIDVALIDITY and UIDNEXT at the last look
        self._validity: dict[str, int] = {}
        self._closed = False
        self._idles = True

    # -- folders

    def roles(self) -> Roles:
        """Folders by use; asked once and remembered."""
        if self._roles is None:
            with self._talk("listing folders", size=2_000_000):
                listed = self._list()
                if not has_special_use(listed) and self._client.has_capability("SPECIAL-USE"):
                    listed = self._list("RETURN (SPECIAL-USE)")  # old Cyrus says it only when asked (RFC 6154 5.2)
                prefix = self._prefix()
                self._roles = find_roles(listed, self._configured, prefix)
        return self._roles

    def state(self, folder: str) -> FolderState:
        """One round trip: NOOP where the folder is selected, else STATUS. Refused where there is no such folder."""
        if folder == self._selected:
            self._noop()
            return self._state()
        with self._talk(f"asking about {folder}"):
            status = {
                bytes(k).upper(): v
                for k, v in self._client.folder_status(folder, ["UIDVALIDITY", "UIDNEXT", "MESSAGES"]).items()
            }
            validity, uidnext = int(status[b"UIDVALIDITY"]), status.get(b"UIDNEXT")
            exists = int(status.get(b"MESSAGES") or 0)
        self._validity[folder] = validity
        return FolderState(
            validity, uidnext, exists, uidnext is None or self._looked.get(folder) != (validity, uidnext)
        )

    def select(self, folder: str) -> FolderState:
        """EXAMINE anew."""
        self._select(folder, writable=False)
        return self._state()

    # -- looking

    def uids_from(self, folder: str, uid: int) -> list[int]:
        """UIDs >= uid, ascending (the last mail that `n:*` always brings is filtered out)."""
        self._enter(folder, fresh=True)
        with self._talk(f"looking for new mail in {folder}", size=16_000_000, slow=True):
            self._client.wire.arrived = False  # before: what arrives during the search may not be in it
            found = sorted(u for u in self._client.search(["UID", f"{max(uid, 1)}:*"]) if u >= uid)
        if found:
            self._uidnext = max(self._uidnext or 0, found[-1] + 1)
        self._looked[folder] = (self._client.wire.uidvalidity, self._uidnext)
        return found

    def search(self, folder: str, search: Search) -> list[int]:
        """UIDs, ascending, in one command (a second one where the server cannot read UTF-8)."""
        asked, charset = criteria(search)
        self._enter(folder, fresh=True)
        try:
            return self._search(folder, asked, charset)
        except Refused:
            if charset is None:
                raise
            return self._search(folder, criteria(search, ascii_only=True)[0], None)

    def find(self, folder: str, message_id: str) -> list[int]:
        """UIDs of mails with that Message-ID (checked in the fetched header, since servers search substrings)."""
        needle = msgid_needle(message_id)
        if not needle:
            return []
        self._enter(folder, fresh=True)
        found = self._search(folder, ["HEADER", "Message-ID", needle], None)
        entries = self._entries(folder, found, ("Message-ID",))
        return [entry.uid for entry in entries if same_message_id(entry.header, message_id)]

    def entries(self, folder: str, uids: Sequence[int], fields: Sequence[str] | None = None) -> list[Entry]:
        """UID, size, date, flags and header fields (None = the whole header) in batches; vanished ones are left out."""
        self._enter(folder)
        return self._entries(folder, uids, fields)

    def beginnings(self, folder: str, uids: Sequence[int], limit: int) -> list[Entry]:
        """Like entries(), in one command, but `header` is the mail itself, cut at `limit` bytes."""
        self._enter(folder)
        mails = self._fetch(uids, [*_ABOUT, whole(limit)], limit)
        for uid in [uid for uid, mail in mails.items() if not mail.section(b"")]:  # hoodiecrow, see texts.py
            mails |= self._fetch([uid], [*_ABOUT, whole(limit)], limit)
        return [self._entry(folder, mails[uid], mails[uid].section(b"")) for uid in uids if uid in mails]

    def texts(self, folder: str, uids: Sequence[int]) -> dict[int, bytes]:
        """Mails without their attachments: header, text and calendar parts (each capped), put together as valid MIME.

        At most about 1.3 MB a mail: the caller bounds memory by how many it asks for at once.
        """
        self._enter(folder)
        texts: dict[int, bytes] = {}
        for batch in chunks(uids, TEXT_BATCH):
            texts |= fetch_texts(self._fetch, batch, self._sizes)
        return {uid: texts[uid] for uid in uids if uid in texts}

    def raw(self, folder: str, uid: int, limit: int = 1_000_000) -> bytes | None:
        """The whole mail, cut at `limit` bytes; None if it is gone."""
        self._enter(folder)
        mail = self._fetch([uid], [whole(limit)], limit).get(uid)
        return mail.section(b"")[:limit] if mail and b"BODY[]" in mail.items else None

    # -- changing

    def append(self, folder: str, raw: bytes, flags: Iterable[str], when: datetime) -> Filed:
        """APPEND. OutcomeUnknown if the answer was lost: look with find() before trying again."""
        try:
            with self._talk(f"filing into {folder}", slow=True):
                answer = self._client.append(folder, raw, tuple(flags), when)
        except TryLater as trouble:
            if self._client.wire.continued and not self._client.wire.refused:
                raise OutcomeUnknown(f"{trouble}; the mail may have been filed or not") from trouble
            raise
        if folder == self._selected:
            self._client.wire.arrived, self._fresh = True, False  # hoodiecrow does not tell the one who filed it
        match = _APPENDUID.search(answer if isinstance(answer, bytes) else b"")
        return Filed(int(match[1]), int(match[2])) if match else Filed(None, None)

    def trash(self, folder: str, uid: int, uidvalidity: int | None = None) -> None:
        """Into the Trash folder (MOVE, else COPY + \\Deleted + UID EXPUNGE; never a plain EXPUNGE)."""
        trash = self.roles().trash
        if trash is None or trash == folder:
            raise Refused(f"{self._server.host}: no Trash folder to move to. Name it under [account.folders]")
        known = uidvalidity or self._validity.get(folder)
        self._select(folder, writable=True)
        if known is not None and known != self._client.wire.uidvalidity:
            self.close()
            raise TryLater(f"{self._server.host}: {folder} was rebuilt by the server; nothing was moved, look again")
        with self._talk(f"moving from {folder} to {trash}"):
            if self._client.has_capability("MOVE"):
                self._client.move([uid], trash)
                return
            self._client.copy([uid], trash)
            self._client.add_flags([uid], [b"\\Deleted"], silent=True)
            if self._client.has_capability("UIDPLUS"):
                self._client.uid_expunge([uid])

    # -- waiting

    def wait(self, folder: str, seconds: float, wake: Wake) -> None:
        """Until something may have happened in the folder (IDLE where the server has it), `wake` is set, or the time is over."""
        stream = self._client.wire
        if self._idles and self._client.has_capability("IDLE"):
            self._enter(folder)
            if self._client.wire.arrived:  # IDLE tells only what comes from here on
                return
            with self._talk(f"waiting in {folder}"):
                self._idles = idle(stream, seconds, self._server.timeout, wake, self._clock)
        if not self._idles or not self._client.has_capability("IDLE"):
            with self._talk("waiting"):
                sleep(stream, seconds, wake, self._clock)
        self._fresh = False

    def can(self, capability: str) -> bool:
        """Whether the server has said that it can ("IDLE", "MOVE")."""
        return bool(self._client.has_capability(capability))

    def close(self) -> None:
        """LOGOUT as far as it goes; never raises."""
        if not self._closed:
            self._closed = True
            log_out(self._client)

    # -- inside: folders

    def _list(self, options: str = "") -> list[Listed]:
        stream = self._client.wire
        args = ('""', '"*"', *([options] if options else []))
        typ, data = stream._simple_command("LIST", *args)
        self._client._checkok("list", typ, data)
        _typ, data = stream._untagged_response(typ, data, "LIST")
        return [Listed(_attributes(f), _decoded(d), n) for f, d, n in self._client._proc_folder_list(data)]

    def _prefix(self) -> str:
        """Of the user's own namespace ("INBOX."); empty where there is none or the server cannot tell."""
        if not self._client.has_capability("NAMESPACE"):
            return ""
        personal = self._client.namespace().personal
        return str(personal[0][0]) if personal else ""

    def _state(self) -> FolderState:
        assert self._selected is not None  # noqa: S101  for mypy
        stream = self._client.wire
        rebuilt = stream.uidvalidity != self._validity.get(self._selected)
        self._validity[self._selected] = stream.uidvalidity
        return FolderState(stream.uidvalidity, self._uidnext, stream.exists, stream.arrived or rebuilt)

    def _select(self, folder: str, *, writable: bool) -> None:
        if has_control(folder):
            raise Refused(f"{self._server.host}: a folder name with control characters")
        self._selected = None  # a refused SELECT leaves nothing selected (RFC 3501 6.3.1)
        stream = self._client.wire
        with self._talk(f"opening {folder}", slow=True):
            stream.uidvalidity = stream.exists = 0
            answer = self._client.select_folder(folder, readonly=not writable)
            self._uidnext = answer.get(b"UIDNEXT")
        self._selected, self._fresh = folder, True
        self._sizes.clear()
        looked = self._looked.get(folder)
        stream.arrived = looked is None or self._uidnext is None or looked != (stream.uidvalidity, self._uidnext)
        if not writable:
            self._validity[folder] = stream.uidvalidity

    def _enter(self, folder: str, *, fresh: bool = False) -> None:
        """Have the folder selected; with `fresh`, new mail visible: Dovecot shows it to SEARCH only after NOOP."""
        if folder != self._selected:
            self._select(folder, writable=False)
        elif fresh and not self._fresh:
            self._noop()
        self._fresh = self._fresh and not fresh

    def _noop(self) -> None:
        with self._talk(f"looking at {self._selected}"):
            typ, data = self._client.wire.noop()
            self._client._checkok("noop", typ, data)
        self._fresh = True

    # -- inside: searching and fetching

    def _search(self, folder: str, asked: list[Any], charset: str | None) -> list[int]:
        if not asked:
            return []
        with self._talk(f"searching {folder}", size=16_000_000, slow=True):
            return sorted(self._client.search(asked, charset))

    def _entries(self, folder: str, uids: Sequence[int], fields: Sequence[str] | None) -> list[Entry]:
        limit = HEADER_LIMIT if fields is None else FIELDS_LIMIT
        names = [name for name in fields or () if _FIELD.match(name)]
        section = f"HEADER.FIELDS ({' '.join(names)})" if names else "HEADER"
        items = [*_ABOUT, f"BODY.PEEK[{section}]<0.{limit}>"]
        found: list[Entry] = []
        for batch in chunks(uids, ENTRY_BATCH):
            mails = self._fetch(batch, items, limit)
            for uid in batch:
                if (mail := mails.get(uid)) is not None:
                    self._sizes[uid] = mail.size
                    found.append(self._entry(folder, mail, mail.header()))
        return found

    def _entry(self, folder: str, mail: fetched.Fetched, header: bytes) -> Entry:
        uidvalidity = self._client.wire.uidvalidity
        return Entry(folder, uidvalidity, mail.uid, mail.size, mail.internal_date, mail.flags, header)

    def _fetch(self, uids: Sequence[int], items: Sequence[str], size: int) -> dict[int, fetched.Fetched]:
        """One UID FETCH; `size` bytes are allowed for each mail. A refused batch is tried mail by mail: one of them may be the cause."""
        if not uids:
            return {}
        try:
            return self._fetch_at_once(uids, items, size)
        except Refused:
            if len(uids) == 1:
                raise
        found: dict[int, fetched.Fetched] = {}
        refusals: list[Refused] = []
        for uid in uids:
            try:
                found |= self._fetch_at_once([uid], items, size)
            except Refused as refusal:
                refusals.append(refusal)
        if len(refusals) == len(uids):
            raise refusals[-1]
        return found

    def _fetch_at_once(self, uids: Sequence[int], items: Sequence[str], size: int) -> dict[int, fetched.Fetched]:
        with self._talk(f"reading {self._selected}", size=size * len(uids) + SLACK, slow=True):
            wanted = ",".join(str(int(uid)) for uid in uids)
            typ, data = self._client.wire.uid("FETCH", wanted, f"(UID {' '.join(items)})")
            self._client._checkok("fetch", typ, data)
            return fetched.read(data, uids)

    # -- inside: talking

    @contextmanager
    def _talk(self, what: str, size: int = SLACK, *, slow: bool = False) -> Iterator[None]:
        """One act: limits before, untagged answers cleared behind, errors translated, a connection in trouble closed."""
        if self._closed:
            raise TryLater(f"{self._server.host}, {what}: the connection is closed")
        self._client.wire.allow(self._server.timeout * (5 if slow else 1), size)
        try:
            yield
        except Exception as trouble:
            error = translate(trouble, what, self._server.host)
            if isinstance(error, TryLater):
                self._closed = True
                self._client.wire.shutdown()  # no LOGOUT: who knows what state the talk is in
            if error is trouble:
                raise
            raise error from trouble
        finally:
            self._client.wire.untagged_responses.clear()


def _attributes(flags: Iterable[object]) -> frozenset[str]:
    return frozenset(_decoded(flag).lower() for flag in flags)


def _decoded(value: object) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else "" if value is None else str(value)
