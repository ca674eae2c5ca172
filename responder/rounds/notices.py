"""The notes in INBOX: at most one a day, stored before they are filed, looked for before they are filed again."""

from __future__ import annotations

import hashlib
import hmac
import json
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TYPE_CHECKING

from responder.errors import OutcomeUnknown, Refused, TryLater
from responder.life.plan import VANISHED, Action
from responder.life.states import State
from responder.rounds.account import Kind
from responder.store import Notice
from responder.writing.cleaning import one_line
from responder.writing.manners import Kind as Finding
from responder.writing.manners import in_note
from responder.writing.note import InboxNote, Item, Occasion, compose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from responder.life.case import Case
    from responder.rounds.account import Account

INBOX = "INBOX"
TOLD = {
    State.READY: Occasion.READY,
    State.CONFLICT: Occasion.NEEDS_USER,
    State.UNSURE: Occasion.NEEDS_USER,
    State.FAILED: Occasion.NEEDS_USER,
    State.STOPPED: Occasion.STOPPED,
    State.WAITING: Occasion.WAITING,
    State.ANSWERED: Occasion.ANSWERED,
}
TELLING = (*TOLD, State.HELD)  # a held draft is told of only if it vanished with others
BRINGS = frozenset({Occasion.READY, Occasion.NEEDS_USER, Occasion.STOPPED, Occasion.WAITING})  # the others ride along


def tell_in_inbox(account: Account) -> None:
    """File what is to be told now, if it may be told now."""
    now = account.now()
    if account.store.paused_until is not None and account.store.paused_until > now:
        return
    notices = account.store.notices(account.name)
    unfiled = [notice for notice in notices if notice.filed_at is None]
    for notice in unfiled:
        _file(account, notice)
    untold = [case for case in account.store.cases(account.name, TELLING) if not case.told and _worth_telling(case)]
    asides = account.store.asides(account.name, untold=True)
    brings = bool(asides) or any(_occasion(case) in BRINGS for case in untold)
    if not brings or not _may_tell(account, notices, untold, now):
        return
    note = _compose(account, untold, len(asides))
    account.notify(note.subject, note.body)
    if not account.policy.notes:
        for case in untold:
            account.store.note(case.id, told=True)
        account.store.asides_told(asides)
        return
    notice = _notice(account, note, untold, now)
    account.store.add_notice(notice, asides)
    _file(account, notice)


def _worth_telling(case: Case) -> bool:
    if case.state is State.HELD:
        return case.why == VANISHED
    return case.state is not State.WAITING or case.due is None


def _occasion(case: Case) -> Occasion:
    return Occasion.NEEDS_USER if case.why == VANISHED else TOLD[case.state]


def _may_tell(account: Account, notices: Sequence[Notice], untold: Sequence[Case], now: datetime) -> bool:
    """Within the hours for notes, and at most one a day; an error does not wait for the day to pass.

    Mails set aside do: whoever can send one can send many.
    """
    hours = account.policy.note_hours
    if hours is not None and not hours.contains(now, account.policy.zone):
        return False
    urgent = any(_occasion(case) is Occasion.NEEDS_USER for case in untold)
    if not urgent and _more_to_come(account, now):
        return False
    last = max((notice.at for notice in notices), default=None)
    return urgent or last is None or now - last >= account.policy.note_apart or last > now


def _more_to_come(account: Account, now: datetime) -> bool:
    """Whether another hold ends so soon that its draft belongs into the same note."""
    soon = now + account.policy.note_gathers
    return any(
        case.due is not None and now < case.due <= soon for case in account.store.cases(account.name, [State.HELD])
    )


def _compose(account: Account, untold: Sequence[Case], asides: int) -> InboxNote:
    waiting = [case for case in untold if case.state is State.WAITING]
    languages = [case.language for case in untold if case.language]
    language = account.note_language if account.note_language != "auto" else (languages[0] if languages else "en")
    items = [_item(case, language) for case in untold if case.state is not State.WAITING]
    if waiting:
        items.append(Item(Occasion.WAITING, count=len(waiting)))
    if asides:
        items.append(Item(Occasion.ASIDE, count=asides))
    expires = account.policy.expires.days if account.policy.expires is not None else None
    return compose(items, language, expires_days=expires, sends=account.policy.action is Action.SEND_STARRED)


def _item(case: Case, language: str) -> Item:
    facts = json.loads(case.facts)
    found = [in_note(Finding(one["kind"]), one["words"], language) for one in facts.get("findings", ())]
    met = facts.get("reached") in ("interview", "final")
    return Item(
        _occasion(case),
        to=case.recipient_name or case.recipient,
        company=case.company,
        role=case.role,
        words=case.why,
        wants_a_line=_occasion(case) is Occasion.READY and met and not facts.get("impressed_by"),
        findings=tuple(dict.fromkeys(found)),
    )


def _notice(account: Account, note: InboxNote, cases: Sequence[Case], now: datetime) -> Notice:
    """The note as a mail from the user to the user, marked as automatic (RFC 3834 s5)."""
    seed = "\0".join(["note", account.name, now.isoformat(), note.body, *(case.id for case in cases)])
    digest = hmac.new(account.store.key, seed.encode(), hashlib.sha256).hexdigest()[:32]
    message_id = f"<{digest}@{account.address.rpartition('@')[2] or 'localhost'}>"
    mail = EmailMessage(policy=SMTP)
    mail["From"] = account.address
    mail["To"] = account.address
    mail["Subject"] = one_line(note.subject)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(note.body)
    return Notice(message_id, account.name, now, mail.as_bytes(), tuple(case.id for case in cases), None)


def _file(account: Account, notice: Notice) -> None:
    try:
        if not account.mailbox.find(INBOX, notice.message_id):
            account.mailbox.append(INBOX, notice.raw, (), account.now())
    except OutcomeUnknown as error:
        raise TryLater("the answer to filing a note into INBOX was lost; it is looked for in the next round") from error
    except Refused as error:
        account.news(Kind.TROUBLE, text=f"The server would not take a note into INBOX: {error}")
    account.store.notice_filed(notice.message_id, account.now())
    account.news(Kind.NOTED, text=notice.raw.decode("utf-8", "replace"))
