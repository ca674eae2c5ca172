"""Sending one approved draft, once; then the copy in Sent and the draft that goes. `sending` is recorded before SMTP is spoken."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from responder.errors import OutcomeUnknown, Refused, TryLater, UserError
from responder.life.case import Chore
from responder.life.plan import Send, Tidy
from responder.life.states import Event
from responder.mailbox import Search
from responder.reading.facts import Source
from responder.reading.message import Message, read
from responder.reading.organisations import registrable
from responder.reading.parts import collect, limit, parse
from responder.rounds.account import Kind
from responder.rounds.consulting import dossier_of, history_of
from responder.rounds.look import ANSWERED, is_answered, look, text_hash
from responder.rounds.proofreading import findings
from responder.rounds.recording import record
from responder.writing.letter import Envelope, Letter, draft
from responder.writing.manners import GRAVE

if TYPE_CHECKING:
    from responder.dossier import Dossier
    from responder.life.case import Candidate, Case
    from responder.reading.history import History
    from responder.rounds.account import Account

log = logging.getLogger(__name__)

LATER = timedelta(minutes=30)  # after a "not now" of the submission server


def send(account: Account, case: Case, step: Send) -> Case:
    """Look once more, then record `sending`, then speak SMTP."""
    draft_seen = _unchanged(account, case, step.candidate)
    if draft_seen is None:
        return case  # the next round looks anew
    raw = account.mailbox.raw(account.drafts(), draft_seen.uid)
    message = read(raw) if raw is not None else None
    if raw is None or not isinstance(message, Message) or text_hash(message) != draft_seen.text_hash:
        return case
    dossier = dossier_of(account, case)
    history = history_of(account, dossier)
    against = _against(account, case, step, message, dossier, history)
    if against is not None:
        return record(account, case, Event.STOP, against, told=False)
    mail = _rebuild(account, case, step, raw, message)
    now = account.now()
    sending = record(account, case, Event.SEND, "The letter is handed to your mail server.", sent_at=now, draft=mail)
    return _speak(account, sending, draft_seen.to[0], mail)


def _unchanged(account: Account, case: Case, candidate: Candidate) -> Candidate | None:
    view = look(account, [case])[case.id]
    if not view.drafts_sound or view.in_sent is not None or len(view.candidates) != 1:
        return None
    now = view.candidates[0]
    same = (now.text_hash, now.to, now.cc, now.bcc, now.flagged) == (
        candidate.text_hash,
        candidate.to,
        candidate.cc,
        candidate.bcc,
        candidate.flagged,
    )
    return now if same else None


def _against(
    account: Account, case: Case, step: Send, message: Message, dossier: Dossier, history: History | None
) -> str | None:
    """The reasons once more, the manners, and for what no person approved the vetoes of automatic mail."""
    if account.deliver is None:
        return "No server for sending is set up for this account."
    if history is not None and history.reason_not_to_write and not case.forced:
        return history.reason_not_to_write
    if not case.forced and is_answered(account, case):
        return ANSWERED
    found = findings(account, case, message.text)
    grave = [finding for finding in found if finding.kind in GRAVE or step.unasked]
    if grave:
        return f"{grave[0].sentence} Please look at it, and send it yourself."
    return _automatic(account, case, dossier, history) if step.unasked else None


def _automatic(account: Account, case: Case, dossier: Dossier, history: History | None) -> str | None:
    """RFC 3834 s2, and a proof of the sender, for mail that no person has approved."""
    message = dossier.verdict.message if dossier.verdict else None
    if message is None:
        return "What is stored of this rejection can no longer be read."
    if case.recipient_source == Source.BODY:
        return "The address stands in the text of the mail only: send it yourself, or star it."
    if (message.header("auto-submitted") or "no").lower().partition(";")[0].strip() != "no":
        return "The rejection is an automatic mail: send it yourself, or star it."
    if (message.header("precedence") or "").lower() in ("junk", "bulk", "list") or any(
        name.startswith("list-") for name, _ in message.headers
    ):
        return "The rejection is bulk mail: send it yourself, or star it."
    if (message.header("return-path") or "").strip() == "<>":
        return "The rejection has no return path: send it yourself, or star it."
    suppress = (message.header("x-auto-response-suppress") or "").lower()
    if "all" in suppress or "oof" in suppress:
        return "The sender asks for no automatic answers: send it yourself, or star it."
    if not any(who.address.lower() in account.me.addresses for who in (*message.to, *message.cc)):
        return "The rejection does not name you as its recipient: send it yourself, or star it."
    return (
        None
        if _proven(case, message, dossier, history)
        else "Nothing proves that the sender is who they say: send it yourself, or star it."
    )


def _proven(case: Case, message: Message, dossier: Dossier, history: History | None) -> bool:
    """Whether the recipient is who they say: earlier mail both ways, or a DMARC pass for the domain that the answer goes to."""
    if history is not None and history.known_sender:
        return True
    domains = {registrable(who.address.rpartition("@")[2]) for who in message.from_}
    return dossier.authenticated and domains == {registrable((case.recipient or "").rpartition("@")[2])}


def _rebuild(account: Account, case: Case, step: Send, raw: bytes, message: Message) -> bytes:
    """The draft's text and a short list of headers; never the draft itself, whose private headers would go along."""
    body = collect(parse(limit(raw)[0])).text
    to = message.to[0]
    rejection = case.message_id
    references = [one for one in message.references if one != rejection]
    if not references and case.parent_id and case.parent_id != rejection:
        references = [case.parent_id]
    parent = message.in_reply_to[0] if message.in_reply_to else case.parent_id
    envelope = Envelope(
        from_name=account.me.name,
        from_address=account.address,
        to_name=to.name or None,
        to_address=to.address,
        message_id=case.draft_message_id or "",
        in_reply_to=parent,
        references=(*references, *((rejection,) if rejection else ())),
        reply_subject=None,
        date=account.now(),
        subject=message.subject,
        automatic=step.unasked,
        transport=True,
    )
    return draft(Letter(message.subject, body, case.language or "en"), envelope)


def _speak(account: Account, case: Case, recipient: str, mail: bytes) -> Case:
    if account.deliver is None:
        return case
    try:
        account.deliver(account.address, recipient, mail)
    except OutcomeUnknown as error:
        return record(
            account,
            case,
            Event.UNKNOWN,
            f"{error}. Look into Sent, or ask; then `responder release` or `drop`.",
            told=False,
        )
    except Refused as error:
        return record(account, case, Event.REFUSED, f"It was not sent: {error}.", told=False, sent_at=None)
    except (TryLater, UserError) as error:
        later = account.now() + LATER
        if isinstance(error, UserError):
            account.news(Kind.TROUBLE, text=f"A letter cannot be sent: {error}")
        after = record(account, case, Event.NOT_SENT, f"It was not sent yet: {error}.", sent_at=None)
        return account.store.note(after.id, next_try=later)
    log.info("account %s: case %s was sent", account.name, case.id)
    return record(
        account,
        case,
        Event.SENT,
        "The letter was sent.",
        sent_message_id=case.draft_message_id,
        chore=Chore.SENT_COPY,
        told=True,
    )


def tidy(account: Account, case: Case, step: Tidy) -> Case:
    """The copy in Sent, looked for before it is filed; then the draft that was sent goes, if it is still that one."""
    sent = account.sent()
    if not step.in_sent and sent is not None and case.draft is not None and not _in_sent(account, case, sent):
        try:
            account.mailbox.append(sent, case.draft, ("\\Seen",), account.now())
        except OutcomeUnknown as error:
            raise TryLater(
                "the answer to filing the copy in Sent was lost; it is looked for in the next round"
            ) from error
        except Refused as error:
            log.warning("account %s: case %s: no copy in Sent: %s", account.name, case.id, error)
    draft_seen = step.candidate
    if draft_seen is not None and _is_what_was_sent(account, case, draft_seen):
        try:
            account.mailbox.trash(account.drafts(), draft_seen.uid)
        except Refused as error:
            log.warning(
                "account %s: case %s: the sent draft could not be moved to Trash: %s", account.name, case.id, error
            )
    account.last_look = None
    return account.store.note(case.id, chore=None)


def _is_what_was_sent(account: Account, case: Case, draft_seen: Candidate) -> bool:
    """What was edited after the letter had gone, in a composer left open, is the user's."""
    raw = account.mailbox.raw(account.drafts(), draft_seen.uid)
    message = read(raw) if raw is not None else None
    return isinstance(message, Message) and text_hash(message) == case.seen_hash


def _in_sent(account: Account, case: Case, sent: str) -> bool:
    """By Message-ID; a server that rewrites those (Outlook) is found by what the letter answers."""
    account.mailbox.select(sent)
    if case.draft_message_id and account.mailbox.find(sent, case.draft_message_id):
        return True
    if case.message_id is None or case.sent_at is None:
        return False
    search = Search(since=(case.sent_at - timedelta(days=1)).date(), references=(case.message_id.strip("<>"),))
    return bool(account.mailbox.search(sent, search))
