"""Running the questions of reading.history against the mailbox, in few commands and few bytes.

For each folder the first question costs EXAMINE, SEARCH, one FETCH of header fields and one of the mails that are worth
it; the second one EXAMINE, SEARCH and one FETCH of what is new.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from responder.dossier import Dossier, consult, recognise
from responder.life.states import DRAFTED, State
from responder.mailbox import Entry, Search
from responder.reading.history import Found, History, Query
from responder.reading.message import Message, glance, read
from responder.reading.nearness import nearness
from responder.rounds.look import matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from responder.life.case import Case
    from responder.rounds.account import Account

LETTERED = DRAFTED | {State.STOPPED, State.LAPSED, State.SENT, State.SENT_BY_USER, State.ANSWERED}  # a draft was filed
FIELDS: Final = ("Message-ID", "In-Reply-To", "From", "To", "Cc", "Subject", "List-Id", "Precedence")
MOST_HEADERS: Final = 100  # of each folder, the newest; 600 bytes or so each
MOST_MAILS: Final = 30  # of each question, the nearest
MOST_BYTES: Final = 240_000  # of all mails for one rejection, headers aside
LONGEST_MAIL: Final = 24_000  # bytes: the first text part and, in an invitation, the calendar


@dataclass(slots=True)
class _Search:
    """What one rejection's questions have brought so far."""

    account: Account
    letters: tuple[Case, ...]  # the cases whose draft was filed
    folders_left: int = 0
    bytes_left: int = MOST_BYTES
    seen: dict[str, set[int]] = field(default_factory=dict)


def dossier_of(account: Account, case: Case) -> Dossier:
    """The dossier anew, from the stored rejection."""
    known = account.knowledge
    return recognise(case.raw or b"", account.me, known, account.rules, received=case.received, forced=case.forced)


def history_of(account: Account, dossier: Dossier) -> History | None:
    """What the mailbox knows of a rejection; None where the dossier is not one."""
    if dossier.verdict is None or dossier.facts is None:
        return None
    filed = [case for case in account.store.cases(account.name, LETTERED) if case.filed_at is not None]
    search = _Search(account, tuple(filed))
    return consult(dossier, account.me, account.knowledge, lambda query: _run(search, query))


def _run(search: _Search, query: Query) -> Sequence[Found]:
    """One question, in all history folders."""
    account = search.account
    asked = Search(query.since, query.before, query.people, query.subjects, query.references)
    folders = account.history()
    found: list[Found] = []
    for number, (role, folder) in enumerate(folders):
        search.folders_left = len(folders) - number
        account.mailbox.select(folder)
        seen = search.seen.setdefault(folder, set())
        uids = [uid for uid in account.mailbox.search(folder, asked) if uid not in seen][-MOST_HEADERS:]
        seen |= set(uids)
        entries = _first(search, folder, uids, query) if query.hop == 1 else _second(search, folder, uids)
        for entry in entries:
            message = read(entry.header)
            if isinstance(message, Message) and "\\Draft" not in entry.flags and not _is_ours(search, message):
                answered = "\\Answered" in entry.flags
                found.append(Found(role, entry.internal_date, message, draft=False, answered=answered))
    return found


def _first(search: _Search, folder: str, uids: Sequence[int], query: Query) -> list[Entry]:
    """The nearest of many, by their header fields, as far as the bytes go."""
    mailbox = search.account.mailbox
    headers = [entry for entry in mailbox.entries(folder, uids, FIELDS) if "\\Draft" not in entry.flags]

    def near(entry: Entry) -> tuple[int, int]:
        message = glance(entry.header + b"\r\n")
        return (nearness(message, query, search.account.me) if isinstance(message, Message) else 0, entry.uid)

    budget = search.bytes_left // search.folders_left
    wanted: list[int] = []
    for entry in sorted(headers, key=near, reverse=True)[:MOST_MAILS]:
        size = min(entry.size, LONGEST_MAIL)
        if size <= budget:
            budget -= size
            wanted.append(entry.uid)
    return _fetch(search, folder, sorted(wanted), LONGEST_MAIL)


def _second(search: _Search, folder: str, uids: Sequence[int]) -> list[Entry]:
    """The newest of what is new, cut so short that all of them together cannot cost too much."""
    most = search.bytes_left // search.folders_left
    count = min(len(uids), MOST_MAILS, most // (LONGEST_MAIL // 4))
    return _fetch(search, folder, uids[-count:], min(LONGEST_MAIL, most // count)) if count else []


def _fetch(search: _Search, folder: str, uids: Sequence[int], limit: int) -> list[Entry]:
    entries = search.account.mailbox.beginnings(folder, uids, limit) if uids else []
    search.bytes_left -= sum(len(entry.header) for entry in entries)
    return entries


def _is_ours(search: _Search, message: Message) -> bool:
    """Notes of the program, and mail that matches a case as its draft: never history.

    On Gmail the versions of an edited draft stay in All Mail, and not every mail program marks them as drafts.
    """
    if not any(who.address.lower() in search.account.me.addresses for who in message.from_):
        return False
    automatic = (message.header("auto-submitted") or "no").lower().startswith("auto-")
    return automatic or any(matches(message, case) for case in search.letters)
