"""Writing a change of state, and telling it; putting off what went wrong; setting right what a wrong clock wrote."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from responder.life.plan import backoff, due_of
from responder.life.states import Event, State
from responder.rounds.account import Kind

if TYPE_CHECKING:
    from datetime import datetime

    from responder.dossier import Dossier
    from responder.life.case import Case
    from responder.rounds.account import Account

log = logging.getLogger(__name__)

CLOCK_WRONG = timedelta(days=2)  # less than that costs no more than that
_MOMENTS = ("found_at", "filed_at", "missing_since", "looked_at", "seen_since", "star_seen")


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


def set_right(account: Account) -> None:
    """After a round with a clock that was days ahead: what was written down then would hold its cases up for as long."""
    now, last = account.now(), account.store.account(account.name).last_round
    if last is None or last - now <= CLOCK_WRONG:
        return
    log.warning("account %s: the last round lies %d days ahead; the clock was wrong", account.name, (last - now).days)
    for case in account.store.open_cases(account.name):
        changes: dict[str, object] = {name: now for name in _MOMENTS if (getattr(case, name) or now) > now}
        if case.due is not None and case.due > now and {"found_at", "filed_at"} & changes.keys():
            changes["due"] = due_of(case, account.policy, now)
        if case.next_try is not None and case.next_try > now + account.policy.retry_most:
            changes["next_try"] = None
        account.store.note(case.id, **changes)
