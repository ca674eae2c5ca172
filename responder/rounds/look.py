"""One look at Drafts and Sent, for all open cases at once, in at most six round trips. Draws no conclusions: life.plan does."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from responder.errors import Refused
from responder.life.case import Candidate, Case, View
from responder.life.plan import VANISHED, Action
from responder.life.states import State
from responder.mailbox import Entry, Search
from responder.reading.message import Message, glance, read
from responder.rounds.account import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from responder.rounds.account import Account

log = logging.getLogger(__name__)

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
MOST_AT_ONCE = 1000  # headers held at a time: bounds memory
MANY_AT_ONCE = 3  # this many known drafts gone in one look is no user's veto
CLOCKS_APART = timedelta(minutes=10)  # a provider's clock, and the time it takes to put its copy into Sent
ANSWERED = "Your mail program has marked the rejection as answered."
REBUILT = "The Drafts folder was made anew by the server; it is looked at again before anything is concluded."


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
        drafts, trouble = _headers(account, account.drafts(), since, state.uidvalidity, cases), ""
    except Refused as error:
        _tell(account, f"Drafts cannot be looked at, and nothing is concluded from that: {error}")
        return {case.id: View(now, drafts_sound=False, trouble=str(error)) for case in cases}
    row = account.store.account(account.name)
    if row.drafts_uidvalidity is not None and row.drafts_uidvalidity != state.uidvalidity:
        trouble = REBUILT
    if row.drafts_uidvalidity != state.uidvalidity:
        account.store.set_account(replace(row, drafts_uidvalidity=state.uidvalidity), now)
    sent_folder = account.sent()
    sent = []
    if sent_folder:
        sent = _headers(account, sent_folder, since, account.mailbox.select(sent_folder).uidvalidity, cases)
    views = {case.id: _view(account, case, drafts, sent, trouble) for case in cases}
    gone = [
        case
        for case in cases
        if case.state in (State.HELD, State.READY) and not views[case.id].candidates and views[case.id].in_sent is None
    ]
    if len(gone) < MANY_AT_ONCE:
        gone = [case for case in gone if case.why == VANISHED]  # the rest of such a lot: still no user's veto
    if gone:
        trouble = "Several drafts were gone from Drafts at once; nothing is concluded from that."
        views |= {case.id: replace(views[case.id], drafts_sound=False, trouble=trouble, vanished=True) for case in gone}
    _tell(account, trouble)
    account.last_look = now
    return views


def _tell(account: Account, trouble: str) -> None:
    """What makes Drafts a folder to draw no conclusions from: told once, and shown by `status` until it is over."""
    if trouble and trouble != account.trouble:
        log.warning("account %s: %s", account.name, trouble)
        account.news(Kind.TROUBLE, text=trouble)
    account.trouble = trouble


def _headers(account: Account, folder: str, since: date, uidvalidity: int, cases: Sequence[Case]) -> list[Seen]:
    """The mails that a case may be about. What is none of that is fetched once: who writes a lot has thousands in Sent."""
    ids = frozenset(name for case in cases for name in (case.message_id, case.draft_message_id, case.sent_message_id))
    places = frozenset((case.draft_uidvalidity, case.draft_uid) for case in cases if not case.keyed)
    asked = (uidvalidity, ids, places)
    before, known = account.strangers.get(folder, (asked, frozenset()))
    strange = set(known) if before == asked else set()
    uids = account.mailbox.search(folder, Search(since=since))
    unknown = [uid for uid in uids if uid not in strange]
    seen = []
    for start in range(0, len(unknown), MOST_AT_ONCE):
        for entry in account.mailbox.entries(folder, unknown[start : start + MOST_AT_ONCE], FIELDS):
            message = glance(entry.header + b"\r\n")
            if not isinstance(message, Message):
                continue
            named = {message.message_id, *message.in_reply_to, *message.references[-1:]} - {None}
            if not named & ids and (entry.uidvalidity, entry.uid) not in places:
                strange.add(entry.uid)
            elif "\\Deleted" not in entry.flags:
                seen.append(Seen(entry, message))
    account.strangers[folder] = (asked, frozenset(strange.intersection(uids)))
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
    found = [seen for seen in sent if matches(seen.message, case)]
    in_sent = next((seen for seen in found if _is_ours(seen, case)), next(iter(found), None))
    return View(
        at=account.now(),
        drafts_sound=not trouble,
        candidates=tuple(_candidate(account, seen) for seen in in_drafts),
        in_sent=(in_sent.message.message_id or "") if in_sent else None,
        ours_in_sent=in_sent is not None and _is_ours(in_sent, case),
        trouble=trouble,
    )


def _is_ours(seen: Seen, case: Case) -> bool:
    """Whether what lies in Sent is the letter that was handed over: by Message-ID, else (Outlook makes its own) by To and time."""
    if seen.message.message_id is not None and seen.message.message_id == case.draft_message_id:
        return True
    letter = read(case.draft) if case.draft is not None and case.sent_at is not None else None
    if not isinstance(letter, Message) or case.sent_at is None:
        return False
    same = [who.address for who in letter.to] == [who.address for who in seen.message.to]
    return same and abs(seen.entry.internal_date - case.sent_at) <= CLOCKS_APART


def is_answered(account: Account, case: Case) -> bool:
    r"""Whether a mail program has marked the rejection \Answered, wherever it lies now (by its Message-ID)."""
    if case.message_id is None:
        return False
    for folder in dict.fromkeys((case.folder or "INBOX", *(name for _, name in account.history()))):
        try:
            account.mailbox.select(folder)
        except Refused:  # the folder that it came to is gone
            continue
        uids = account.mailbox.find(folder, case.message_id)
        if any("\\Answered" in entry.flags for entry in account.mailbox.entries(folder, uids, ("Message-ID",))):
            return True
    return False


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
