"""Writing a change of state, and telling it; putting off what went wrong."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from responder.life.plan import backoff
from responder.life.states import Event, State
from responder.rounds.account import Kind

if TYPE_CHECKING:
    from datetime import datetime

    from responder.dossier import Dossier
    from responder.life.case import Case
    from responder.rounds.account import Account

log = logging.getLogger(__name__)


def record(
    account: Account, case: Case, event: Event, why: str, *, dossier: Dossier | None = None, **changes: object
) -> Case:
    """Write a change of state, and tell it."""
    changes = {"tries": 0, "next_try": None} | changes
    after = account.store.record(case.id, event, why, account.now(), **changes)
    log.info("account %s: case %s: %s -> %s", account.name, case.id, case.state, after.state)
    account.news(Kind.CHANGED, case=after, dossier=dossier)
    return after


def put_off(account: Account, case: Case, why: str, now: datetime) -> Case:
    """Something went wrong with this one case: try again later, and let the next one go on."""
    tries = case.tries + 1
    log.warning("account %s: case %s is put off: %s", account.name, case.id, why)
    current = account.store.case(case.id)
    if current is None:  # forgotten meanwhile
        return case
    if current.state is State.FILING and tries >= account.policy.filing_tries:
        return record(account, current, Event.REFUSED, f"The server would not take the draft: {why}", told=False)
    return account.store.note(case.id, tries=tries, next_try=now + backoff(tries, account.policy))
