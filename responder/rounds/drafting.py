"""Deciding about a rejection, storing its letter, filing the draft. What can be found again is looked for first."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from responder.dossier import Dossier, decide, draft_bytes, draft_message_id, same_company, thread_of
from responder.errors import OutcomeUnknown, TryLater
from responder.life.plan import due_of
from responder.life.reasons import one_note_is_enough
from responder.life.states import Event, State
from responder.mailbox import Search
from responder.reading.message import Message, read
from responder.rounds.account import Kind
from responder.rounds.consulting import dossier_of, history_of
from responder.rounds.look import matches
from responder.rounds.recording import record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from responder.dossier import Rules
    from responder.life.case import Case
    from responder.reading.history import History
    from responder.rounds.account import Account

NOTED = frozenset(
    {
        State.HELD,
        State.READY,
        State.MISSING,
        State.CONFLICT,
        State.SENT,
        State.SENT_BY_USER,
        State.ANSWERED,
        State.FILING,
    }
)


def write(account: Account, case: Case) -> Case:
    """Look at the reasons not to write; skip, or store a letter."""
    dossier = dossier_of(account, case)
    if dossier.facts is None and not case.forced:
        return record(account, case, Event.SKIP, "What is stored of this rejection can no longer be read.")
    against = _against(account, case)
    history = history_of(account, dossier)  # asked even where nothing is written: `status` tells how far it came
    against = against or _one_note(account, case, dossier, history)
    dossier = decide(
        dossier,
        history,
        account.me,
        _as_of_now(account),
        now=account.now(),
        forced=case.forced,
        against=against,
        earlier=lambda company: _letters_to(account, case, company),
    )
    described = _description(dossier)
    if dossier.letter is None:
        return record(
            account,
            case,
            Event.SKIP,
            dossier.why_not or "There is a reason not to write.",
            dossier=dossier,
            **described,
        )
    if (
        case.draft is not None and case.state is State.WAITING
    ):  # at-end: the letter waits in the database as it was written
        return record(account, case, Event.FILE, "The hold is over; the draft is filed.", dossier=dossier)
    return _store_letter(account, case, dossier, described)


def _as_of_now(account: Account) -> Rules:
    """The user's rules, with the time looked back as it is after time off."""
    manner = account.rules.manner
    return (
        replace(account.rules, manner=replace(manner, lookback=account.reach()))
        if manner.lookback is not None
        else account.rules
    )


def _letters_to(account: Account, case: Case, company: str) -> list[str]:
    """The texts of the letters already written to a company; the newest few are enough to be unlike."""
    same = [
        other
        for other in account.store.cases()
        if other.draft is not None and (other.id != case.id or case.revision) and same_company(other.company, company)
    ]
    filed = (read(other.draft) for other in same[-4:] if other.draft is not None)
    return [message.text for message in filed if isinstance(message, Message)]


def _store_letter(account: Account, case: Case, dossier: Dossier, described: dict[str, object]) -> Case:
    """Letter, recipient and Message-ID are stored before anything is filed."""
    now, policy = account.now(), account.policy
    message_id = draft_message_id(account.store.key, account.name, case.key, account.address, case.revision)
    letter = {
        **described,
        "draft_message_id": message_id,
        "draft": draft_bytes(dossier, account.me, account.address, message_id, now),
        "parent_id": thread_of(dossier)[0],
    }
    due = max(case.received + policy.cooldown, case.found_at + policy.hold_after_filing)
    if policy.at_end and now < due and not case.forced:
        after = record(
            account,
            case,
            Event.WAIT,
            "The letter waits out of sight until the hold is over.",
            dossier=dossier,
            due=due,
            **letter,
        )
    else:
        to = f"to {dossier.recipient.name or dossier.recipient.address}" if dossier.recipient else "without a recipient"
        remarks = dossier.letter.remarks if dossier.letter else ()  # a template of the user's own with an error
        why = " ".join((f"A letter {to} was written.", *remarks))
        after = record(account, case, Event.FILE, why, dossier=dossier, **letter)
        for remark in remarks:
            account.news(Kind.TROUBLE, text=remark)
    account.news(Kind.WRITTEN, case=after, dossier=dossier)
    return after


def _description(dossier: Dossier) -> dict[str, object]:
    recipient, brief = dossier.recipient, dossier.brief
    known = dossier.as_json()
    known["recipient_phone"] = dossier.history.recipient_phone if dossier.history else None  # for the call sheet
    if brief is not None:  # by these a version that the user has edited is read
        known["greeted"] = [*brief.greeting_names, *brief.greeting_full_names]
        known["company_aliases"] = list(dossier.facts.company_aliases) if dossier.facts else []
        known["heard_on"] = brief.heard_on.isoformat() if brief.heard_on else None
        known["interviewed_on"] = brief.interviewed_on.isoformat() if brief.interviewed_on else None
    return {
        "company": dossier.company,
        "role": dossier.role,
        "stage": str(dossier.stage) if dossier.stage else None,
        "recipient": recipient.address if recipient else None,
        "recipient_name": recipient.name if recipient else None,
        "recipient_source": str(recipient.source) if recipient else None,
        "facts": json.dumps(known, ensure_ascii=False),
    }


def _against(account: Account, case: Case) -> str | None:
    """What the store and the folders alone say against writing."""
    if case.answered:
        return "You have answered it already."
    if account.store.paused_until is not None and account.store.paused_until > account.now():
        return "It came while you rested."
    if case.state is State.WAITING or case.message_id is None or case.revision:
        return None
    return _answer_in(account, case)


def _answer_in(account: Account, case: Case) -> str | None:
    """Any mail in Drafts, Sent or Trash that answers the rejection: after a lost state folder, not ours to do again."""
    where = ((account.drafts(), "Drafts"), (account.sent(), "Sent"), (account.trash(), "Trash"))
    since = (case.received - timedelta(days=1)).date()
    for folder, name in where:
        if folder is None or case.message_id is None:
            continue
        account.mailbox.select(folder)
        uids = account.mailbox.search(folder, Search(since=since, references=(case.message_id.strip("<>"),)))
        for entry in account.mailbox.entries(folder, uids, ("Message-ID", "In-Reply-To", "References")):
            message = read(entry.header + b"\r\n")
            if isinstance(message, Message) and message.message_id != case.draft_message_id and matches(message, case):
                return f"A mail of yours that answers it lies in {name} already."
    return None


def _one_note(account: Account, case: Case, dossier: Dossier, history: History | None) -> str | None:
    recipient = (history.recipient if history else None) or (dossier.recipient if history is None else None)
    others = [other for other in account.store.cases(None, NOTED) if other.id != case.id]
    company = (history.company if history else None) or dossier.company
    application = case.thread_root
    return one_note_is_enough(
        recipient.address if recipient else None,
        company,
        application,
        others,
        now=account.now(),
        within=account.policy.one_note_days,
    )


def file_draft(account: Account, case: Case) -> Case:
    """Find the draft by its Message-ID, else append it; a lost answer is found in the next round."""
    if case.draft is None or case.draft_message_id is None:
        return record(account, case, Event.SKIP, "The stored letter is gone.")
    drafts, sent, trash = account.drafts(), account.sent(), account.trash()
    if case.tries:  # an APPEND whose answer was lost may have gone through, and the user may have acted on it since
        if sent and account.mailbox.find(sent, case.draft_message_id):
            return record(
                account,
                case,
                Event.BY_USER,
                "The letter lies in Sent: you sent it.",
                sent_message_id=case.draft_message_id,
            )
        if (
            trash
            and account.mailbox.find(trash, case.draft_message_id)
            and not account.mailbox.find(drafts, case.draft_message_id)
        ):
            return record(account, case, Event.VETO, "The draft lies in Trash: you deleted it.")
    uids = account.mailbox.find(drafts, case.draft_message_id)
    if not uids:
        uids = _append(account, case, drafts, case.draft, case.draft_message_id)
    return _filed(account, case, drafts, uids)


def _append(account: Account, case: Case, drafts: str, draft: bytes, message_id: str) -> list[int]:
    account.store.note(case.id, tries=case.tries + 1)
    try:
        filed = account.mailbox.append(drafts, draft, ("\\Draft", "\\Seen"), account.now())
    except OutcomeUnknown as error:
        raise TryLater("the answer to filing a draft was lost; it is looked for before it is filed again") from error
    account.mailbox.select(drafts)
    if filed.uid is not None:
        return [filed.uid]
    uids = account.mailbox.find(drafts, message_id)
    if uids or case.message_id is None:
        return uids
    # a server that rewrites Message-IDs: by what it answers
    return account.mailbox.search(drafts, Search(references=(case.message_id.strip("<>"),)))[-1:]


def _filed(account: Account, case: Case, drafts: str, uids: Sequence[int]) -> Case:
    """Fetch the draft back and store what survived."""
    now = account.now()
    uid = uids[-1] if uids else None
    raw = account.mailbox.raw(drafts, uid) if uid is not None else None
    message = read(raw) if raw is not None else None
    keyed = isinstance(message, Message) and matches(message, case)
    due = due_of(case, account.policy, now)
    if account.policy.at_end and case.due is not None:
        due = max(case.due, case.received)
    state = account.mailbox.state(drafts)
    after = record(
        account,
        case,
        Event.FILED,
        "The draft is in Drafts.",
        filed_at=now,
        due=due,
        draft_folder=drafts,
        draft_uid=uid,
        draft_uidvalidity=state.uidvalidity,
        draft_hash=hashlib.sha256(raw).hexdigest() if raw is not None else None,
        keyed=keyed,
    )
    account.last_look = None  # the folder has changed under the last look
    return after
