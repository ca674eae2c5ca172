"""The order of a round: new mail, then the cases, oldest first, then the notes."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from responder.errors import Refused, TryLater, UserError, trace
from responder.life.plan import Action, Write, needs_look, next_step, next_time
from responder.life.sending import Traffic
from responder.life.states import Event, State
from responder.rounds.account import Kind
from responder.rounds.intake import sweep, take_in
from responder.rounds.look import look
from responder.rounds.notices import tell_in_inbox
from responder.rounds.proofreading import proofread_edits
from responder.rounds.recording import put_off, record, set_right
from responder.rounds.settle import take_step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from responder.life.case import Case, View
    from responder.rounds.account import Account

log = logging.getLogger(__name__)

SWEEP_EVERY = timedelta(days=1)
STEPS_AT_MOST = 12  # for one case in one round; more is a circle in the plan


def run_round(account: Account, *, look_now: bool = False) -> None:
    """One round. TryLater where the connection is lost: the caller connects anew; LoginRefused and UserError for the user."""
    take_in(account, anew=set_right(account))
    row = account.store.account(account.name)
    now = account.now()
    if row.last_sweep is None or not timedelta() <= now - row.last_sweep < SWEEP_EVERY:  # or the clock was set back
        sweep(account)
        account.store.trim(now, account.policy.keep_letters, account.policy.keep_rejections)
    _settle_all(account, look_now=look_now)
    tell_in_inbox(account)
    if not account.stop.is_set():
        row = account.store.account(account.name)
        status = "trouble" if account.trouble else "ok"
        after = replace(row, status=status, message=account.trouble, last_round=account.now())
        account.store.set_account(after, account.now())
    account.news(Kind.ROUND)


def next_wake(account: Account) -> datetime | None:
    """When a case wants to be looked at by itself."""
    now = account.now()
    moments = [next_time(case, account.policy) for case in account.store.open_cases(account.name)]
    due = [moment for moment in moments if moment is not None]
    if any(needs_look(case) for case in account.store.open_cases(account.name)):
        due.append((account.last_look or now) + account.policy.look_apart)
    return min(due, default=None)


def _settle_all(account: Account, *, look_now: bool) -> None:
    cases = account.store.open_cases(account.name)
    if not cases:
        account.trouble = ""
        return
    for case in _too_many(account, cases):
        record(account, case, Event.WAIT, "Many came at once; this one waits for `responder run --all`.", told=False)
    views = _views(account, look_now=look_now)
    proofread_edits(account, views)
    for case in account.store.open_cases(account.name):
        if account.stop.is_set():
            return
        _settle(account, case, views.get(case.id))
    if any(
        case.state is State.HELD and case.due and case.due <= account.now()
        for case in account.store.open_cases(account.name)
    ):
        views = _views(account, look_now=True)  # filed in this very round, and due already
        for case in account.store.open_cases(account.name):
            _settle(account, case, views.get(case.id))


def _too_many(account: Account, cases: Sequence[Case]) -> list[Case]:
    """If one round would file more than twenty drafts, the newest twenty are filed, the others wait."""
    new = [case for case in cases if case.state is State.FOUND and not case.forced and _young(account, case)]
    return new[: -account.policy.round_limit] if len(new) > account.policy.round_limit else []


def _young(account: Account, case: Case) -> bool:
    return account.now() - case.received <= account.reach()


def _views(account: Account, *, look_now: bool) -> dict[str, View]:
    """A look before every act, and every five minutes while a case is open."""
    cases = [case for case in account.store.open_cases(account.name) if needs_look(case)]
    if not cases:
        return {}
    now = account.now()
    recent = account.last_look is not None and timedelta() <= now - account.last_look < account.policy.look_apart
    pressing = any(case.chore or ((moment := next_time(case, account.policy)) and moment <= now) for case in cases)
    return look(account, cases) if look_now or pressing or not recent else {}


def _settle(account: Account, case: Case, view: View | None) -> None:
    """All steps that one case can go now. What goes wrong with it is its own affair."""
    try:
        for _ in range(STEPS_AT_MOST):
            step = next_step(case, view, account.now(), account.policy, _traffic(account))
            if step is None or account.stop.is_set():
                return
            if isinstance(step, Write) and _resting(account) and case.state is State.WAITING:
                return
            before, case = case, take_step(account, case, step)
            if case == before:
                return
            if view is not None and case.state is not before.state:
                view = None if case.chore is None and not needs_look(case) else view
    except (TryLater, UserError):
        raise
    except Refused as error:
        put_off(account, case, str(error), account.now())
    except Exception as error:  # noqa: BLE001  a bug in one case must not stop the next
        log.error(  # noqa: TRY400  a traceback may quote the mail
            "account %s: case %s: something that should not happen: %s", account.name, case.id, trace(error)
        )
        put_off(account, case, "an error in the program; see the log", account.now())


def _traffic(account: Account) -> Traffic | None:
    """What was sent in the last day; only asked where something may be sent at all."""
    if account.policy.action is Action.REMIND:
        return None
    now = account.now()
    sent = account.store.cases(account.name, (State.SENT, State.ANSWERED, State.SENDING, State.UNSURE))
    moments = [case.sent_at for case in sent if case.sent_at is not None and now - case.sent_at < timedelta(days=1)]
    return Traffic(len(moments), max(moments, default=None))


def _resting(account: Account) -> bool:
    until = account.store.paused_until
    return until is not None and until > account.now()
