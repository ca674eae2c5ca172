"""Writing a change of state, and telling it; putting off what went wrong; setting right what a wrong clock wrote."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from responder.life.plan import backoff, due_of
from responder.life.reasons import TOO_OLD
from responder.life.states import Event, State
from responder.rounds.account import Kind

if TYPE_CHECKING:
    from datetime import datetime

    from responder.dossier import Dossier
    from responder.life.case import Case
    from responder.rounds.account import Account

log = logging.getLogger(__name__)

CLOCK_WRONG = timedelta(days=2)  # less than that costs no more than that
CLOCK_STEP = timedelta(minutes=1)  # clocks are set by seconds all the time
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


def set_right(account: Account) -> bool:
    """After a round with a clock that ran ahead; whether it was by days: then new mail may have been overlooked.

    What was written down then would hold its cases up for as long. What was called too old is looked at again: its age is
    measured anew, so that what is old by the right clock stays where it is.
    """
    now, last = account.now(), account.store.account(account.name).last_round
    for case in account.store.changed_after(account.name, State.SKIPPED, now + CLOCK_STEP):
        if case.why == TOO_OLD:
            record(account, case, Event.AGAIN, "The clock had run ahead when this was called too old.")
    if last is None or last - now <= CLOCK_WRONG:
        return False
    log.warning("account %s: the last round lies %d days ahead; the clock was wrong", account.name, (last - now).days)
    for case in account.store.open_cases(account.name):
        changes: dict[str, object] = {name: now for name in _MOMENTS if (getattr(case, name) or now) > now}
        if case.due is not None and case.due > now and {"found_at", "filed_at"} & changes.keys():
            changes["due"] = due_of(case, account.policy, now)
        if case.next_try is not None and case.next_try > now + account.policy.retry_most:
            changes["next_try"] = None
        account.store.note(case.id, **changes)
    return True
