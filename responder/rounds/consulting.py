"""Running the questions of reading.history against the mailbox: one SEARCH and one look at the texts for each folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder.dossier import Dossier, consult, recognise
from responder.life.states import DRAFTED, State
from responder.mailbox import Search
from responder.reading.history import Found, History, Query
from responder.reading.message import Message, read
from responder.rounds.look import matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from responder.life.case import Case
    from responder.rounds.account import Account

MAILS_FOR_HISTORY = 30
LETTERED = DRAFTED | {State.STOPPED, State.LAPSED, State.SENT, State.SENT_BY_USER, State.ANSWERED}  # a draft was filed


def dossier_of(account: Account, case: Case) -> Dossier:
    """The dossier anew, from the stored rejection."""
    known = account.knowledge
    return recognise(case.raw or b"", account.me, known, account.rules, received=case.received, forced=case.forced)


def history_of(account: Account, dossier: Dossier) -> History | None:
    """What the mailbox knows of a rejection; None where the dossier is not one."""
    if dossier.verdict is None or dossier.facts is None:
        return None
    return consult(dossier, account.me, account.knowledge, lambda query: run_query(account, query))


def run_query(account: Account, query: Query) -> Sequence[Found]:
    """Run a query in the history folders: one SEARCH, one look at the texts of at most thirty mails each."""
    cases = [case for case in account.store.cases(account.name, LETTERED) if case.filed_at is not None]
    search = Search(query.since, query.before, query.people, query.subjects, query.references)
    found: list[Found] = []
    for role, folder in account.history():
        account.mailbox.select(folder)
        uids = account.mailbox.search(folder, search)[-MAILS_FOR_HISTORY:]
        entries = {entry.uid: entry for entry in account.mailbox.entries(folder, uids, ("Message-ID",))}
        for uid, raw in account.mailbox.texts(folder, uids).items():
            message = read(raw)
            if (
                isinstance(message, Message)
                and uid in entries
                and "\\Draft" not in entries[uid].flags
                and not _is_ours(account, message, cases)
            ):
                flags = entries[uid].flags
                found.append(
                    Found(role, entries[uid].internal_date, message, draft=False, answered="\\Answered" in flags)
                )
    return found


def _is_ours(account: Account, message: Message, cases: Sequence[Case]) -> bool:
    """Notes of the program, and mail that matches a case as its draft: never history.

    On Gmail the versions of an edited draft stay in All Mail, and not every mail program marks them as drafts.
    """
    if not any(who.address.lower() in account.me.addresses for who in message.from_):
        return False
    automatic = (message.header("auto-submitted") or "no").lower().startswith("auto-")
    return automatic or any(matches(message, case) for case in cases)
