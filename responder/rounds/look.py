"""One look at Drafts and Sent, for all open cases at once, in at most six round trips. Draws no conclusions: life.plan does."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from responder.errors import Refused
from responder.life.case import Candidate, Case, View
from responder.life.plan import Action
from responder.life.states import State
from responder.mailbox import Entry, Search
from responder.reading.message import Message, glance, read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from responder.rounds.account import Account

FIELDS = (
    "Message-ID",
    "In-Reply-To",
    "References",
    "From",
    "To",
    "Cc",
    "Bcc",
    "Subject",
    "Date",
    "Auto-Submitted",
    "X-Send-Later-At",
)
MANY_AT_ONCE = 3  # this many known drafts gone in one look is no user's veto


@dataclass(frozen=True, slots=True)
class Seen:
    """One message of Drafts or Sent, by its header."""

    entry: Entry
    message: Message


def look(account: Account, cases: Sequence[Case]) -> dict[str, View]:
    """A View for each of the cases; raises Refused or UserError only where Sent and Drafts are both out of reach."""
    now = account.now()
    since = (min(case.received for case in cases) - timedelta(days=2)).date()
    try:
        state = account.mailbox.select(account.drafts())
        drafts, trouble = _headers(account, account.drafts(), since), ""
    except Refused as error:
        return {case.id: View(now, drafts_sound=False, trouble=str(error)) for case in cases}
    row = account.store.account(account.name)
    if row.drafts_uidvalidity is not None and row.drafts_uidvalidity != state.uidvalidity:
        trouble = "The Drafts folder was made anew by the server; it is looked at again before anything is concluded."
    if row.drafts_uidvalidity != state.uidvalidity:
        account.store.set_account(replace(row, drafts_uidvalidity=state.uidvalidity), now)
    sent_folder = account.sent()
    sent = _headers(account, sent_folder, since, select=True) if sent_folder else []
    views = {case.id: _view(account, case, drafts, sent, trouble) for case in cases}
    gone = [
        case
        for case in cases
        if case.state in (State.HELD, State.READY) and not views[case.id].candidates and views[case.id].in_sent is None
    ]
    if len(gone) >= MANY_AT_ONCE:
        words = "Several drafts were gone from Drafts at once; nothing is concluded from that."
        views |= {case.id: replace(views[case.id], drafts_sound=False, trouble=words, vanished=True) for case in gone}
    account.last_look = now
    return views


def _headers(account: Account, folder: str, since: date, *, select: bool = False) -> list[Seen]:
    if select:
        account.mailbox.select(folder)
    uids = account.mailbox.search(folder, Search(since=since))
    seen = []
    for entry in account.mailbox.entries(folder, uids, FIELDS):
        message = glance(entry.header + b"\r\n")
        if isinstance(message, Message) and "\\Deleted" not in entry.flags:
            seen.append(Seen(entry, message))
    return seen


def matches(message: Message, case: Case) -> bool:
    """Whether a message is the draft of a case, or the user's own answer to the rejection."""
    if message.message_id is not None and message.message_id in (case.draft_message_id, case.sent_message_id):
        return True
    if case.message_id is None:
        return False
    return case.message_id in message.in_reply_to or message.references[-1:] == (case.message_id,)


def _view(account: Account, case: Case, drafts: Sequence[Seen], sent: Sequence[Seen], trouble: str) -> View:
    in_drafts = [seen for seen in drafts if _is_draft_of(seen, case)]
    in_sent = next((seen for seen in sent if matches(seen.message, case)), None)
    return View(
        at=account.now(),
        drafts_sound=not trouble,
        candidates=tuple(_candidate(account, seen) for seen in in_drafts),
        in_sent=(in_sent.message.message_id or "") if in_sent else None,
        trouble=trouble,
    )


def _is_draft_of(seen: Seen, case: Case) -> bool:
    if matches(seen.message, case):
        return True
    # a server that keeps no key of ours (a bridge was seen to drop them): the place is all there is
    return not case.keyed and (seen.entry.uidvalidity, seen.entry.uid) == (case.draft_uidvalidity, case.draft_uid)


def _candidate(account: Account, seen: Seen) -> Candidate:
    message, entry = seen.message, seen.entry
    candidate = Candidate(
        uidvalidity=entry.uidvalidity,
        uid=entry.uid,
        message_id=message.message_id,
        flagged="\\Flagged" in entry.flags,
        scheduled=message.header("x-send-later-at") is not None,
        to=tuple(who.address for who in message.to),
        cc=tuple(who.address for who in message.cc),
        bcc=tuple(who.address for who in message.bcc),
    )
    if account.policy.action is Action.REMIND:
        return candidate
    raw = account.mailbox.raw(entry.folder, entry.uid)
    whole = read(raw) if raw is not None else None
    if not isinstance(whole, Message):
        return candidate
    return replace(candidate, text_hash=text_hash(whole), attachments=whole.attachments)


def text_hash(message: Message) -> str:
    """Which version of a draft's text this is: white space folded, since clients wrap lines as they please."""
    return hashlib.sha256(
        " ".join((message.text + " " + message.quoted).split()).encode("utf-8", "replace")
    ).hexdigest()
