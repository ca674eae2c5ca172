"""A first look into the mailbox, without writing anything there: which recent rejections a letter could still go to.

What the user wants left alone is remembered as seen in the state file, before the daemon's first round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from responder.dossier import decide, recognise
from responder.life.reasons import people_met, reached_of
from responder.mailbox import Search
from responder.reading import knowledge as known
from responder.reading.judge import Reached
from responder.reading.message import case_key
from responder.rounds.account import Account, account_of
from responder.rounds.consulting import history_of
from responder.store import Place, Store, only_instance, state_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from responder import config as configuration
    from responder.clock import Clock
    from responder.dossier import Dossier
    from responder.mailbox import Mailbox

BATCH: Final = 25  # mails fetched at once
MOST: Final = 500  # mails looked at, the newest


@dataclass(frozen=True, slots=True)
class Recent:
    """A recent rejection that a letter would be written to."""

    key: str
    place: Place
    met: bool  # people were met, in an interview or before
    who: str  # the recipient, else the company


def look(
    config: configuration.Config,
    account: configuration.Account,
    mailbox: Mailbox,
    clock: Clock,
    step: Callable[[], None] = lambda: None,
) -> list[Recent]:
    """Rejections within the lookback that a letter would be written to, oldest first; reads only. Raises as the mailbox does."""
    with only_instance(config.state_dir):
        store = Store.open(state_file(config.state_dir))
        try:
            watched = account_of(config, account, store, mailbox, known.load(), clock)
            return [recent for folder in watched.folders.watch for recent in _in_folder(watched, folder, step)]
        finally:
            store.close()


def leave_alone(
    config: configuration.Config, account: configuration.Account, these: Iterable[Recent], clock: Clock
) -> None:
    """Remember them as seen: the daemon will not write to them."""
    with only_instance(config.state_dir):
        store = Store.open(state_file(config.state_dir))
        try:
            for recent in these:
                store.take(account.name, recent.place, recent.key, None, clock.now(), cursor=False)
        finally:
            store.close()


def _in_folder(account: Account, folder: str, step: Callable[[], None]) -> Iterator[Recent]:
    since = (account.now() - account.policy.lookback).date()
    state = account.mailbox.select(folder)
    uids = account.mailbox.search(folder, Search(since=since))[-MOST:]
    for start in range(0, len(uids), BATCH):
        chunk = uids[start : start + BATCH]
        entries = {entry.uid: entry for entry in account.mailbox.entries(folder, chunk, ("Message-ID",))}
        texts = account.mailbox.texts(folder, [uid for uid in chunk if uid in entries])
        for uid, raw in texts.items():
            step()
            received = min(entries[uid].internal_date, account.now())
            dossier = recognise(raw, account.me, account.knowledge, account.rules, received=received)
            if dossier.rejection and dossier.message is not None:
                recent = _weighed(account, dossier, Place(folder, state.uidvalidity, uid))
                if recent is not None:
                    yield recent


def _weighed(account: Account, dossier: Dossier, place: Place) -> Recent | None:
    """With what the mailbox knows of it; None where no letter would be written."""
    history = history_of(account, dossier)
    decided = decide(dossier, history, account.me, account.rules, now=account.now())
    verdict, facts, message = decided.verdict, decided.facts, decided.message
    if decided.letter is None or verdict is None or facts is None or message is None:
        return None
    met = bool(people_met(facts, history)) or reached_of(verdict, history) is not Reached.APPLICATION
    recipient = decided.recipient
    who = (recipient.name or recipient.address) if recipient else decided.company
    return Recent(case_key(message), place, met, who or "somebody")
