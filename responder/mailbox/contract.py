"""What a round needs of an account: the Protocol `Mailbox` and its values. No IMAP in here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime

    from responder.wire import Wake


@dataclass(frozen=True, slots=True)
class Roles:
    """Folder names by special use (RFC 6154), as the server spells them (decoded); None where there is none."""

    drafts: str | None
    sent: str | None
    trash: str | None
    archive: str | None
    all: str | None
    junk: str | None


@dataclass(frozen=True, slots=True)
class FolderState:
    """What SELECT, EXAMINE, STATUS or a NOOP in the selected folder tells."""

    uidvalidity: int
    uidnext: int | None
    exists: int
    arrivals: bool  # something may have arrived since this connection last called uids_from() here


@dataclass(frozen=True, slots=True)
class Entry:
    """One mail in a folder, by its header fields."""

    folder: str
    uidvalidity: int
    uid: int
    size: int
    internal_date: datetime  # aware UTC
    flags: frozenset[str]  # as IMAP spells them: "\\Flagged"; system flags in RFC case
    header: bytes  # the header fields asked for


@dataclass(frozen=True, slots=True)
class Filed:
    """Where an APPEND went, as far as the server says (UIDPLUS)."""

    uidvalidity: int | None
    uid: int | None


@dataclass(frozen=True, slots=True)
class Search:
    """SINCE/BEFORE and any of the others (OR). Empty tuples do not count."""

    since: date | None = None
    before: date | None = None
    people: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


class Mailbox(Protocol):
    """What a round needs of an account. Folders are selected as needed (EXAMINE unless something is to be changed).

    Every method raises TryLater (connection is then closed and unusable), Refused (a NO to this one act),
    LoginRefused or UserError.
    """

    def roles(self) -> Roles:
        """Folders by use; asked once and remembered."""

    def state(self, folder: str) -> FolderState:
        """One round trip: NOOP where the folder is selected, else STATUS. Refused where there is no such folder."""

    def select(self, folder: str) -> FolderState:
        """EXAMINE anew."""

    def uids_from(self, folder: str, uid: int) -> list[int]:
        """UIDs >= uid, ascending (the last mail that `n:*` always brings is filtered out)."""

    def search(self, folder: str, search: Search) -> list[int]:
        """UIDs, ascending, in one command."""

    def find(self, folder: str, message_id: str) -> list[int]:
        """UIDs of mails with that Message-ID (checked in the fetched header, since servers search substrings)."""

    def entries(self, folder: str, uids: Sequence[int], fields: Sequence[str] | None = None) -> list[Entry]:
        """UID, size, date, flags and header fields (None = the whole header) in batches; vanished ones are left out."""

    def beginnings(self, folder: str, uids: Sequence[int], limit: int) -> list[Entry]:
        """Like entries(), in one command, but `header` is the mail itself, cut at `limit` bytes."""

    def texts(self, folder: str, uids: Sequence[int]) -> dict[int, bytes]:
        """Mails without their attachments: header, text and calendar parts (each capped), put together as valid MIME."""

    def raw(self, folder: str, uid: int, limit: int = 1_000_000) -> bytes | None:
        """The whole mail, cut at `limit` bytes; None if it is gone."""

    def append(self, folder: str, raw: bytes, flags: Iterable[str], when: datetime) -> Filed:
        """APPEND. OutcomeUnknown if the answer was lost: look with find() before trying again."""

    def trash(self, folder: str, uid: int, uidvalidity: int | None = None) -> None:
        """Into the Trash folder (MOVE, else COPY + \\Deleted + UID EXPUNGE; never a plain EXPUNGE).

        With `uidvalidity` given, or known to this connection, a folder that was rebuilt since is TryLater, untouched.
        """

    def wait(self, folder: str, seconds: float, wake: Wake) -> None:
        """Until something may have happened in the folder (IDLE where the server has it), `wake` is set, or the time is over."""

    def close(self) -> None:
        """LOGOUT as far as it goes; never raises."""
