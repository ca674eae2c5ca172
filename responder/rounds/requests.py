"""What commands ask for, done in the store alone; what it asks of the mailbox is left to the next round."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from responder.life.case import Chore
from responder.life.states import DRAFTED, Event, Impossible, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from responder.life.case import Case
    from responder.store import Store
    from responder.store.rows import Request

ALWAYS = datetime.max.replace(tzinfo=UTC)


def apply(store: Store, request: Request, now: datetime) -> tuple[bool, str]:
    """Do it; (whether it worked, the sentence for the user). Never raises for what a user can ask."""
    do = _KINDS.get(request.kind)
    if do is None:
        return False, f"The daemon does not know what {request.kind!r} is; it is older than the command. Restart it."
    return do(store, request, now)


def _for_case(
    act: Callable[[Store, Request, Case, datetime], tuple[bool, str]],
) -> Callable[[Store, Request, datetime], tuple[bool, str]]:
    def do(store: Store, request: Request, now: datetime) -> tuple[bool, str]:
        case = store.case(request.case_id or "")
        if case is None:
            return False, f"There is no rejection {request.case_id}; `responder status --all` lists them."
        try:
            return act(store, request, case, now)
        except Impossible:
            return False, f"{_name(case)} is {_said(case.state)}: that cannot be done with it any more."

    return do


def _name(case: Case) -> str:
    return f"{case.id} ({case.company or 'an unnamed company'})"


def _said(state: State) -> str:
    return str(state).replace("_", " ")


def _release(store: Store, _: Request, case: Case, now: datetime) -> tuple[bool, str]:
    match case.state:
        case State.HELD:
            store.note(case.id, due=now, approved_by_user=True, next_try=None)
            return True, f"The hold of {_name(case)} is over."
        case State.READY:
            store.note(case.id, approved_by_user=True, next_try=None)
            return True, f"{_name(case)} is ready already."
        case State.WAITING:
            store.note(case.id, due=now, approved_by_user=True, next_try=None)
            return True, f"{_name(case)} no longer waits; its draft is filed now."
        case State.UNSURE:
            store.record(
                case.id, Event.NOT_SENT, "You said that it was not sent.", now, ready_at=now, sent_at=None, told=True
            )
            return True, f"{_name(case)} counts as not sent; its draft is ready."
        case _:
            return False, f"{_name(case)} is {_said(case.state)}; there is no hold to end."


def _hold(store: Store, request: Request, case: Case, now: datetime) -> tuple[bool, str]:
    due = now + timedelta(seconds=float(request.args["seconds"]))
    store.record(
        case.id, Event.HOLD, "You set a new hold.", now, due=due, ready_at=None, approved_by_user=False, told=False
    )
    return True, f"{_name(case)} is held until {due.astimezone():%a %d %B, %H:%M}."


def _drop(store: Store, request: Request, case: Case, now: datetime) -> tuple[bool, str]:
    mistaken = bool(request.args.get("not_a_rejection"))
    why = "You said that this is no rejection." if mistaken else "You gave it up."
    drafted = case.state in DRAFTED or case.state is State.FILING
    store.record(case.id, Event.DROP, why, now, chore=Chore.DISCARD if drafted else None, told=True)
    end = "its draft goes to Trash if you have not changed it" if drafted else "nothing will be written"
    return True, f"{_name(case)} is dropped; {end}."


def _draft(store: Store, request: Request, case: Case, now: datetime) -> tuple[bool, str]:
    drafted = case.state in (State.HELD, State.READY)
    if drafted and not request.args.get("again"):
        return False, f"{_name(case)} has a draft already; `responder draft {case.id} --again` writes it anew."
    chore = Chore.DISCARD if drafted else None
    revision = case.revision + 1 if case.draft_message_id else case.revision
    store.record(
        case.id,
        Event.REWRITE,
        "You asked for a draft.",
        now,
        forced=True,
        chore=chore,
        revision=revision,
        draft=None,
        due=None,
        ready_at=None,
        next_try=None,
    )
    return True, f"A draft for {_name(case)} is written now."


def _all(store: Store, _: Request, now: datetime) -> tuple[bool, str]:
    waiting = [case for case in store.cases(None, (State.WAITING,)) if case.due is None]
    for case in waiting:
        store.record(case.id, Event.REWRITE, "You asked to go on with all.", now)
    return True, f"{len(waiting)} that were waiting go on now."


def _pause(store: Store, request: Request, now: datetime) -> tuple[bool, str]:
    seconds = request.args.get("seconds")
    until = ALWAYS if seconds is None else now + timedelta(seconds=float(seconds))
    store.pause(until)
    end = "until `responder resume`" if seconds is None else f"until {until.astimezone():%a %d %B, %H:%M}"
    return True, f"Resting {end}: rejections are recognised, nothing is filed, nothing is said."


def _resume(store: Store, _: Request, __: datetime) -> tuple[bool, str]:
    store.pause(None)
    return True, "Going on. What came meanwhile is left alone."


def _note(store: Store, request: Request, now: datetime) -> tuple[bool, str]:
    company, text = str(request.args["company"]), str(request.args["text"])
    store.remember(company, text, now)
    return True, f"Remembered about {company}." if text else f"Forgotten about {company}."


def _forget(store: Store, request: Request, now: datetime) -> tuple[bool, str]:
    what = str(request.args.get("what", ""))
    cases = store.cases()
    if what != "everything":
        cases = [case for case in cases if case.id == what or (case.company or "").casefold() == what.casefold()]
    count = store.forget([case.id for case in cases])
    if what == "everything":
        for company in store.impressions():
            store.remember(company, "", now)
    else:
        store.remember(what, "", now)
    return (
        True,
        f"What was stored about {count} {'rejection' if count == 1 else 'rejections'} is deleted. Your mailbox is untouched.",
    )


_KINDS: dict[str, Callable[[Store, Request, datetime], tuple[bool, str]]] = {
    "release": _for_case(_release),
    "hold": _for_case(_hold),
    "drop": _for_case(_drop),
    "draft": _for_case(_draft),
    "all": _all,
    "pause": _pause,
    "resume": _resume,
    "note": _note,
    "forget": _forget,
}


def settle_requests(store: Store, now: datetime) -> int:
    """Do what commands have asked for; how many there were."""
    requests = store.requests()
    for request in requests:
        ok, outcome = apply(store, request, now)
        store.finish(request.number, now, ok=ok, outcome=outcome)
    return len(requests)


def apply_all(store: Store, now: datetime) -> None:
    """`run --all`: those that waited because too many came at once go on."""
    store.request("all", now)
    settle_requests(store, now)
