"""(case, what the mailbox shows, now, policy) -> the next Step. Pure: it decides, round.py acts, store.record writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from responder.life.case import Candidate, Case, Chore, View
from responder.life.sending import Traffic, may_leave, quiet, starred, watch_text
from responder.life.states import Event, State
from responder.life.window import Window


class Action(StrEnum):
    """What happens when a hold ends."""

    REMIND = "remind"
    SEND_STARRED = "send-starred"
    SEND = "send"


@dataclass(frozen=True, slots=True)
class Policy:
    """The rules of one account; the defaults of the timings are those of the behaviour page, the demo shortens them."""

    zone: tzinfo
    cooldown: timedelta = timedelta(hours=24)
    hold_after_filing: timedelta = timedelta(hours=4)
    at_end: bool = False
    expires: timedelta | None = timedelta(days=14)
    lookback: timedelta = timedelta(days=5)
    action: Action = Action.REMIND
    window: Window | None = None  # None = always
    max_per_day: int = 2
    note_hours: Window | None = None
    note_apart: timedelta = timedelta(hours=24)
    note_gathers: timedelta = timedelta(minutes=10)  # a note waits for holds that end so soon: one for all
    notes: bool = True
    desktop: bool = True
    poll: timedelta = timedelta(minutes=5)
    look_apart: timedelta = timedelta(minutes=5)
    veto_after: timedelta = timedelta(hours=24)
    veto_looks: int = 3
    veto_looks_apart: timedelta = timedelta(hours=1)
    retry_first: timedelta = timedelta(minutes=1)
    retry_most: timedelta = timedelta(hours=6)
    filing_tries: int = 20
    round_limit: int = 20
    quiet: timedelta = timedelta(minutes=15)  # nothing is sent this soon after a change
    star_apart: timedelta = timedelta(minutes=2)
    sending_apart: timedelta = timedelta(minutes=20)
    one_note_days: timedelta = timedelta(days=30)
    star_after_due: bool = False  # Gmail: starring a conversation may star the draft in it
    keep_letters: timedelta = timedelta(days=180)  # the mail and the letter of an ended case
    keep_rejections: timedelta = timedelta(days=730)  # all else about it


@dataclass(frozen=True, slots=True)
class Record:
    """Write this change of state, and nothing else."""

    event: Event
    why: str
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Note:
    """Write this down without a change of state."""

    changes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Write:
    """Look at the reasons not to write; then store a letter and go on to file it, or skip."""


@dataclass(frozen=True, slots=True)
class FileDraft:
    """Find the draft by its Message-ID, else append it."""


@dataclass(frozen=True, slots=True)
class Release:
    """The hold is over: look at the reasons not to write once more, then say that it is ready."""


@dataclass(frozen=True, slots=True)
class Discard:
    """Move the draft to Trash if it is byte for byte the filed one; then the chore is done either way."""

    candidate: Candidate | None


@dataclass(frozen=True, slots=True)
class Send:
    """Look at the reasons and the manners once more, then send this version of the draft."""

    candidate: Candidate
    unasked: bool  # no person has approved it: action "send"


@dataclass(frozen=True, slots=True)
class Tidy:
    """After sending: the copy in Sent, unless it is there; then the draft that was sent goes to Trash."""

    candidate: Candidate | None
    in_sent: bool


Step = Record | Note | Write | FileDraft | Release | Discard | Send | Tidy

PROVIDERS_COPY = timedelta(minutes=2)  # how long a provider may take to put its own copy into Sent
VANISHED = (
    "Several drafts were gone from Drafts at once, and nothing is concluded from that; "
    "if you deleted this one, `responder drop` says so."
)
BACK_AGAIN = "The draft is in Drafts again."


def needs_look(case: Case) -> bool:
    """Whether Drafts and Sent must be looked at for this case."""
    return case.chore is not None or case.state in (
        State.HELD,
        State.READY,
        State.MISSING,
        State.CONFLICT,
        State.UNSURE,
    )


def due_of(case: Case, policy: Policy, filed_at: datetime) -> datetime:
    """When the hold ends: the later of arrival + period and filing + 4 hours."""
    return max(case.received + policy.cooldown, filed_at + policy.hold_after_filing)


def next_step(
    case: Case, view: View | None, now: datetime, policy: Policy, traffic: Traffic | None = None
) -> Step | None:
    """What to do now for one case; None = nothing until something changes or `next_time` comes.

    `view` is None where Drafts and Sent were not looked at: then only steps that need no look are given.
    """
    if case.next_try is not None and now < case.next_try:
        return None
    if case.chore is not None:
        return _chore(case, view, now) if view is not None else None
    match case.state:
        case State.FOUND:
            return Write()
        case State.WAITING:
            return Write() if case.due is not None and now >= case.due else None
        case State.FILING:
            return FileDraft()
        case State.SENDING:
            # found at the start of a round: this process or another died between handing over and knowing
            return Record(
                Event.UNKNOWN,
                "The program ended while this letter was being sent; it may or may not have gone out.",
                {"told": False},
            )
    if view is None:
        return None
    return _drafted(case, view, now, policy, traffic or Traffic())


def _chore(case: Case, view: View, now: datetime) -> Step | None:
    if not view.drafts_sound:
        return None
    draft = view.candidates[0] if len(view.candidates) == 1 else None
    if case.chore is Chore.DISCARD:
        return Discard(draft)
    young = case.sent_at is not None and now - case.sent_at < PROVIDERS_COPY
    return Tidy(draft, view.in_sent is not None) if view.in_sent is not None or not young else None


def _drafted(case: Case, view: View, now: datetime, policy: Policy, traffic: Traffic) -> Step | None:
    if case.state not in (State.HELD, State.READY, State.MISSING, State.CONFLICT, State.UNSURE):
        return None
    if view.in_sent is not None:
        return _found_in_sent(case, view)
    match len(view.candidates):
        case 0:
            return _nothing_there(case, view, now, policy)
        case 1:
            return _one_draft(case, view.candidates[0], now, policy, traffic)
        case _ if case.state in (State.CONFLICT, State.UNSURE):
            return None
        case _:
            # what had been gone comes back with a new hold, also where it comes back twice
            anew = {"due": now + policy.cooldown, "ready_at": None} if case.state is State.MISSING else {}
            return Record(
                Event.SEVERAL,
                "There are two or more drafts for this rejection; keep one and delete the others.",
                {"told": False, **anew},
            )


def _found_in_sent(case: Case, view: View) -> Record:
    changes = {"sent_message_id": view.in_sent, "sent_at": view.at, "told": True}
    if case.state is State.UNSURE and case.sent_at is not None and view.ours_in_sent:
        return Record(
            Event.SENT,
            "The letter was found in Sent: it did go out.",
            changes | {"sent_at": case.sent_at, "chore": Chore.SENT_COPY},
        )
    return Record(Event.BY_USER, "A reply of yours to this rejection lies in Sent.", changes)


def _nothing_there(case: Case, view: View, now: datetime, policy: Policy) -> Step | None:
    match case.state:
        case State.HELD | State.READY if view.vanished and case.why != VANISHED:
            return Record(Event.VANISHED, VANISHED, {"told": False})
        case State.HELD | State.READY | State.CONFLICT if not view.drafts_sound:
            return None
        case State.HELD | State.READY if not case.keyed:
            return Record(
                Event.LOST,
                "The draft is gone, and the server had kept nothing it could be known by; was it sent?",
                {"told": False},
            )
        case State.HELD | State.READY | State.CONFLICT:
            return Record(
                Event.GONE,
                "The draft is not in Drafts; either it was deleted, or a mail program hides it while it is edited.",
                {"missing_since": now, "looks": 1, "looked_at": now},
            )
        case State.MISSING:
            return _still_missing(case, view, now, policy)
        case _:
            return None


def _still_missing(case: Case, view: View, now: datetime, policy: Policy) -> Step | None:
    if not view.drafts_sound:
        # a folder that cannot be trusted starts the count anew: nothing is vetoed by a server's trouble
        return Note({"looks": 0, "looked_at": None, "missing_since": now}) if case.looks else None
    since = case.missing_since or now
    counted = case.looked_at is None or now - case.looked_at >= policy.veto_looks_apart
    looks = case.looks + 1 if counted else case.looks
    if now - since >= policy.veto_after and looks >= policy.veto_looks:
        return Record(Event.VETO, "The draft was deleted: no letter will be written for this rejection.")
    return Note({"looks": looks, "looked_at": now}) if counted else None


def _one_draft(case: Case, draft: Candidate, now: datetime, policy: Policy, traffic: Traffic) -> Step | None:
    place = {"draft_uidvalidity": draft.uidvalidity, "draft_uid": draft.uid}
    if case.state in (State.MISSING, State.UNSURE) and (case.state is State.MISSING or case.sent_at is None):
        due = now + policy.cooldown
        return Record(
            Event.BACK,
            "The draft is back; its hold begins anew.",
            {**place, "due": due, "told": False, "ready_at": None},
        )
    if case.state is State.CONFLICT:
        # a draft that was ready, and about which nothing could be told yet, is told as ready
        over = case.ready_at is not None
        told = over and case.told
        return Record(Event.ONE_READY if over else Event.ONE_HELD, "One draft is left.", {**place, "told": told})
    if draft.scheduled and case.state in (State.HELD, State.READY):
        return Record(
            Event.STOP, "Another program is to send this draft at a time of its own; it is yours.", {"told": False}
        )
    if (draft.uidvalidity, draft.uid) != (case.draft_uidvalidity, case.draft_uid):
        return Note(place)
    if case.why == VANISHED:
        return Record(Event.SHOWN, BACK_AGAIN, {"told": case.told or case.state is State.READY})
    seen = watch_text(case, draft, now) if policy.action is not Action.REMIND else None
    if seen is not None:
        return Note(seen)
    if case.state is State.HELD and case.due is not None and now >= case.due:
        return Release()
    if case.state is State.READY:
        return _ready(case, draft, now, policy, traffic)
    return None


def _ready(case: Case, draft: Candidate, now: datetime, policy: Policy, traffic: Traffic) -> Step | None:
    if policy.action is not Action.REMIND and draft.text_hash is not None:
        step = _send(case, draft, now, policy, traffic)
        if step is not None:
            return step
    if policy.expires is not None and case.ready_at is not None and now >= case.ready_at + policy.expires:
        return Record(
            Event.LAPSE,
            "Nobody touched the draft for as long as it may lie; if it is as it was filed, it goes to Trash.",
            {"chore": None if draft.flagged else Chore.DISCARD},
        )
    return None


def _send(case: Case, draft: Candidate, now: datetime, policy: Policy, traffic: Traffic) -> Step | None:
    star = starred(case, draft, now, policy)
    if not (star or policy.action is Action.SEND):
        return None
    if draft.cc or draft.bcc or draft.attachments or len(draft.to) != 1:
        more = "more than one recipient, a copy, or an attachment"
        return Record(Event.STOP, f"The draft has no single recipient, or {more}: send it yourself.", {"told": False})
    unasked = not star and not case.approved_by_user
    if not star and draft.to[0].lower() != (case.recipient or "").lower():
        return Record(Event.STOP, "The recipient was changed: send it yourself, or star it.", {"told": False})
    return Send(draft, unasked) if quiet(case, now, policy) and may_leave(case, traffic, now, policy) else None


def next_time(case: Case, policy: Policy) -> datetime | None:
    """When this case wants to be looked at again by itself; None = only when something else happens."""
    moments: list[datetime | None] = []
    match case.state:
        case State.FOUND | State.FILING | State.SENDING:
            return case.next_try or case.found_at
        case State.WAITING | State.HELD:
            moments = [case.due]
        case State.READY if policy.expires is not None and case.ready_at is not None:
            moments = [case.ready_at + policy.expires]
        case State.MISSING if case.missing_since is not None:
            moments = [
                max(
                    case.missing_since + policy.veto_after,
                    (case.looked_at or case.missing_since) + policy.veto_looks_apart,
                )
            ]
    known = [moment for moment in moments if moment is not None]
    if not known:
        return None
    return max(min(known), case.next_try) if case.next_try else min(known)


def backoff(tries: int, policy: Policy) -> timedelta:
    """How long to wait after the n-th failure in a row: doubling, with a ceiling."""
    return min(policy.retry_first * float(2 ** min(tries, 16)), policy.retry_most)
