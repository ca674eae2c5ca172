"""New mail -> cases. Fetches, counts the try before it parses, judges, and stores case and "seen" in one transaction."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from responder.dossier import Dossier, recognise
from responder.errors import TryLater, trace
from responder.life.case import Case
from responder.life.reasons import LONGEST_AWAY
from responder.life.states import Event, State
from responder.mailbox import Entry, Search
from responder.reading.message import Message, case_key, glance
from responder.rounds.account import Kind
from responder.rounds.recording import CLOCK_WRONG
from responder.store import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from responder.rounds.account import Account

log = logging.getLogger(__name__)

BATCH = 25  # mails fetched at once: bounds memory
MOST_TRIES = 3  # of a mail that breaks something
FIELDS = ("Message-ID", "From", "Date", "Subject")


def take_in(account: Account, *, anew: bool = False) -> None:
    """All new mail of the watched folders, oldest first; `anew`: by date, whatever was looked at before."""
    for folder in account.folders.watch:
        state = account.mailbox.state(folder)
        cursor = account.store.cursor(account.name, folder)
        if anew or cursor is None or cursor[0] != state.uidvalidity:
            _rescan(account, folder)
        elif state.arrivals or (state.uidnext is not None and state.uidnext > cursor[1]):
            uids = account.mailbox.uids_from(folder, cursor[1])
            _take(account, folder, state.uidvalidity, uids)


def sweep(account: Account) -> None:
    """Mail that a filter or a thumb moved away before it was seen: the history folders since the last sweep less two days."""
    now = account.now()
    last = account.store.account(account.name).last_sweep or now - _first_reach(account)
    furthest = now - LONGEST_AWAY
    since = max(last, furthest) if last <= now else furthest  # a sweep in the future: the clock was wrong then
    watched = set(account.folders.watch)
    for role, folder in account.history():
        whole = folder in watched or role == "sent" or _take_unknown(account, folder, since - timedelta(days=2))
        if not whole:
            return
    account.store.set_account(replace(account.store.account(account.name), last_sweep=now), now)


def _rescan(account: Account, folder: str) -> None:
    """A folder that is new to us, or whose UIDVALIDITY changed (RFC 9051 s2.3.1.1): by date, leaving out what is known."""
    row = account.store.account(account.name)
    since = account.now() - _first_reach(account)
    if row.last_round is not None:
        since = min(since, max(row.last_round, account.now() - LONGEST_AWAY) - timedelta(days=2))
    state = account.mailbox.select(folder)
    if not _take_unknown(account, folder, since):
        return
    # a server that does not tell UIDNEXT is asked for what it has
    uidnext = state.uidnext or max(account.mailbox.uids_from(folder, 1), default=0) + 1
    account.store.set_cursor(account.name, folder, state.uidvalidity, uidnext)


def _first_reach(account: Account) -> timedelta:
    return min(2 * account.policy.lookback, timedelta(days=36_500))


def _take_unknown(account: Account, folder: str, since: datetime) -> bool:
    """False if the daemon was told to end before all was taken."""
    state = account.mailbox.select(folder)
    day = since.date() if since.year > 1970 else datetime(1970, 1, 1, tzinfo=since.tzinfo).date()
    uids = account.mailbox.search(folder, Search(since=day))
    for chunk in _batches(uids, 500):
        entries = account.mailbox.entries(folder, chunk, FIELDS)
        keys = {entry.uid: _header_key(entry) for entry in entries}
        fresh = account.store.unseen(account.name, [key for key in keys.values() if key])
        wanted = [uid for uid, key in keys.items() if key is None or key in fresh]
        if not _take(account, folder, state.uidvalidity, wanted, cursor=folder in account.folders.watch):
            return False
    return True


def _header_key(entry: Entry) -> str | None:
    message = glance(entry.header + b"\r\n")
    return message.message_id if isinstance(message, Message) else None


def _take(account: Account, folder: str, uidvalidity: int, uids: Sequence[int], *, cursor: bool = True) -> bool:
    """In ascending order, since the cursor moves behind each. False if the daemon was told to end before all was taken."""
    for chunk in _batches(uids, BATCH):
        entries = {entry.uid: entry for entry in account.mailbox.entries(folder, chunk, FIELDS)}
        texts = account.mailbox.texts(folder, [uid for uid in chunk if uid in entries])
        for uid in chunk:
            if account.stop.is_set():
                return False
            place = Place(folder, uidvalidity, uid)
            if uid not in texts or uid not in entries:
                account.store.take(account.name, place, None, None, account.now(), cursor=cursor)
                continue
            try:
                _take_one(account, place, texts[uid], entries[uid], cursor=cursor)
            except TryLater:  # the state cannot be written now: that is no fault of the mail
                account.store.forgive(account.name, place)
                raise
    return True


def _take_one(account: Account, place: Place, raw: bytes, entry: Entry, *, cursor: bool) -> None:
    now = account.now()
    # The server's clock counts, since ours may be behind: a hold must not end early. But not for ever.
    received = min(entry.internal_date, now + CLOCK_WRONG)
    dossier = _recognise(account, place, raw, received)
    if dossier is None:
        account.store.set_aside(account.name, place, "It could not be read three times over; it was left alone.")
        account.store.take(account.name, place, None, None, now, cursor=cursor)
        _tell_aside(account, place)
        return
    message = dossier.message
    if message is None or _own_note(account, message):
        account.store.take(account.name, place, case_key(message) if message else None, None, now, cursor=cursor)
        return
    account.news(Kind.JUDGED, dossier=dossier)
    answers = _note_answer(account, message, now)
    case = new_case(account, dossier, raw, place, entry.flags, now) if dossier.rejection and not answers else None
    fresh = account.store.take(account.name, place, case_key(message), case, now, cursor=cursor)
    if case is not None and fresh:
        log.info("account %s: a rejection was recognised, case %s", account.name, case.id)
        account.news(Kind.CHANGED, case=case, dossier=dossier)


def _recognise(account: Account, place: Place, raw: bytes, received: datetime) -> Dossier | None:
    """Each try is counted before it is made, so that a mail that kills the process does not loop; None after three."""
    while account.store.try_mail(account.name, place, account.now()) <= MOST_TRIES:
        try:
            return recognise(raw, account.me, account.knowledge, account.rules, received=received)
        except Exception as error:  # noqa: BLE001  whatever one mail breaks, the next one is read
            log.error("account %s: reading a mail (UID %d) failed: %s", account.name, place.uid, trace(error))  # noqa: TRY400  a traceback may quote the mail
    return None


def _tell_aside(account: Account, place: Place) -> None:
    """At once; the note in INBOX follows when notes may be written."""
    words = (
        f"A mail in {place.folder} (UID {place.uid}) could not be read in {MOST_TRIES} tries and was set aside. "
        "If it is a rejection, save it to a file and run `responder draft FILE`"
    )
    log.warning("account %s: %s", account.name, words)
    account.news(Kind.TROUBLE, text=words)


def _own_note(account: Account, message: Message) -> bool:
    """A note of the program: From the user's own address, with our Auto-Submitted mark (RFC 3834 s5)."""
    own = any(who.address.lower() in account.me.addresses for who in message.from_)
    return own and (message.header("auto-submitted") or "").lower().startswith("auto-generated")


def new_case(
    account: Account,
    dossier: Dossier,
    raw: bytes,
    place: Place,
    flags: Iterable[str],
    now: datetime,
    *,
    forced: bool = False,
) -> Case | None:
    """The case of a rejection; None where it is one already."""
    if dossier.verdict is None or dossier.facts is None:
        return None
    message = dossier.verdict.message
    key = case_key(message)
    known = account.store.case_by_key(key)
    if known is not None:
        if known.body_hash == message.body_hash:
            return None
        key = case_key(replace(message, message_id=None))
        if account.store.case_by_key(key) is not None:
            return None
    signer = dossier.facts.signers[0].name if dossier.facts.signers else None
    return Case(
        id=_short_id(account, key),
        account=_owner(account, message),
        key=key,
        message_id=message.message_id,
        received=dossier.received,
        found_at=now,
        state=State.FOUND,
        why="Recognised as a rejection of an application of yours.",
        changed=now,
        folder=place.folder,
        uidvalidity=place.uidvalidity,
        uid=place.uid,
        thread_root=application_of(message, dossier),
        company=dossier.company,
        role=dossier.role,
        stage=dossier.stage,
        language=dossier.verdict.language,
        signer=signer,
        recipient=dossier.recipient.address if dossier.recipient else None,
        recipient_name=dossier.recipient.name if dossier.recipient else None,
        recipient_source=dossier.recipient.source if dossier.recipient else None,
        facts=json.dumps(dossier.as_json(), ensure_ascii=False),
        body_hash=message.body_hash,
        raw=raw,
        answered="\\Answered" in flags,
        forced=forced,
    )


def application_of(message: Message, dossier: Dossier) -> str:
    """Which application a rejection belongs to, for "one note is enough": company and role, else the thread."""
    if dossier.company and dossier.role:
        return f"{dossier.company}\0{dossier.role}".casefold()
    return (message.references or message.in_reply_to or ("",))[0]


def _short_id(account: Account, key: str) -> str:
    digest = hashlib.sha256(account.store.key + key.encode("utf-8", "replace")).hexdigest()
    length = 4
    while account.store.case(digest[:length]) is not None and length < len(digest):
        length += 1
    return digest[:length]


def _owner(account: Account, message: Message) -> str:
    """The account named in To or Delivered-To has it, whoever saw it first."""
    named = [who.address.lower() for who in (*message.to, *message.cc)]
    named += [value.strip("<> ").lower() for value in message.header_all("delivered-to")]
    owners = [account.owners[address] for address in named if address in account.owners]
    return account.name if not owners or account.name in owners else owners[0]


def _note_answer(account: Account, message: Message, now: datetime) -> bool:
    """A mail from the recipient in a thread that a note went out to: the case is answered, and it is no new rejection."""
    senders = {who.address.lower() for who in message.from_}
    if not senders or senders & account.me.addresses or (message.header("auto-submitted") or "no").lower() != "no":
        return False
    answered = False
    ids = {*message.in_reply_to, *message.references}
    for case in account.store.cases(account.name, (State.SENT, State.SENT_BY_USER)):
        thread = {case.draft_message_id, case.sent_message_id, case.message_id} & ids
        if thread and case.recipient and case.recipient.lower() in senders:
            changed = account.store.record(case.id, Event.ANSWER, "They wrote back.", now, told=False)
            account.news(Kind.CHANGED, case=changed)
            answered = True
    return answered


def _batches(uids: Sequence[int], size: int) -> Iterable[Sequence[int]]:
    return (uids[start : start + size] for start in range(0, len(uids), size))
