"""One step for one case: does what life.plan decided, and records it."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING

from responder.errors import Refused
from responder.life.plan import Discard, FileDraft, Note, Record, Release, Send, Step, Tidy, Write
from responder.life.states import Event
from responder.rounds.consulting import dossier_of, history_of
from responder.rounds.drafting import file_draft, write
from responder.rounds.look import ANSWERED, is_answered
from responder.rounds.recording import record
from responder.rounds.sending import send, tidy

if TYPE_CHECKING:
    from responder.life.case import Case
    from responder.rounds.account import Account

log = logging.getLogger(__name__)


def take_step(account: Account, case: Case, step: Step) -> Case:
    """Do one step; the case afterwards. Raises TryLater where the mailbox or the store cannot go on."""
    match step:
        case Record():
            return record(account, case, step.event, step.why, **step.changes)
        case Note():
            return account.store.note(case.id, **step.changes)
        case Write():
            return write(account, case)
        case FileDraft():
            return file_draft(account, case)
        case Release():
            return _release(account, case)
        case Discard():
            return _discard(account, case, step)
        case Send():
            return send(account, case, step)
        case Tidy():
            return tidy(account, case, step)


def _release(account: Account, case: Case) -> Case:
    """The reasons once more, then ready."""
    dossier = dossier_of(account, case)
    history = None if case.forced else history_of(account, dossier)
    if history is not None and history.reason_not_to_write:
        return record(account, case, Event.STOP, history.reason_not_to_write, told=False)
    if not case.forced and is_answered(account, case):
        return record(account, case, Event.STOP, ANSWERED, told=False)
    now = account.now()
    return record(account, case, Event.RELEASE, "The cooldown is over.", ready_at=now, told=False)


def _discard(account: Account, case: Case, step: Discard) -> Case:
    """Only what is byte for byte the filed draft, and not starred, goes to Trash."""
    draft = step.candidate
    if draft is not None and not draft.flagged:
        folder = account.drafts()
        raw = account.mailbox.raw(folder, draft.uid)
        if raw is not None and case.draft_hash == hashlib.sha256(raw).hexdigest():
            try:
                account.mailbox.trash(folder, draft.uid)
            except Refused as error:
                log.warning(
                    "account %s: case %s: the draft could not be moved to Trash: %s", account.name, case.id, error
                )
    account.last_look = None
    return account.store.note(case.id, chore=None)
