"""When a draft may be sent, for the two sending actions. Pure; life.plan asks, rounds.sending acts.

A star approves one version: its text was first seen without a star and then with it. Nothing leaves soon after a change.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from responder.life.states import State

if TYPE_CHECKING:
    from responder.life.case import Candidate, Case
    from responder.life.plan import Policy


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the account has sent lately: the daily limit and the distance between two letters."""

    today: int = 0  # in the last 24 hours
    last: datetime | None = None


def watch_text(case: Case, draft: Candidate, now: datetime) -> dict[str, Any] | None:
    """What a look shows of the draft's text and star, to be written down; None where nothing is new."""
    if draft.text_hash is None:
        return None
    if draft.text_hash != case.seen_hash:
        return {"seen_hash": draft.text_hash, "seen_since": now, "star_seen": None, "star_fresh": not draft.flagged}
    if not draft.flagged and (case.star_seen is not None or not case.star_fresh):
        return {"star_seen": None, "star_fresh": True, "seen_since": case.seen_since}
    if draft.flagged and case.star_fresh and case.star_seen is None:
        return {"star_seen": now}
    return None


def starred(case: Case, draft: Candidate, now: datetime, policy: Policy) -> bool:
    """Whether the star approves the text as it stands."""
    if not draft.flagged or case.star_seen is None or case.seen_since is None:
        return False
    if (
        case.star_seen - case.seen_since < policy.star_apart
        and now - case.seen_since < policy.star_apart + policy.quiet
    ):
        return False
    if policy.star_after_due:
        return case.due is not None and case.star_seen >= case.due and now - case.star_seen >= policy.quiet
    return True


def quiet(case: Case, now: datetime, policy: Policy) -> bool:
    """One look long enough ago had the same text."""
    return case.seen_since is not None and now - case.seen_since >= policy.quiet


def leaves_at(case: Case, policy: Policy) -> datetime | None:
    """The moment in the window that a hash of the case picks; at once where there is no window or the user said `release`."""
    if case.ready_at is None:
        return None
    if policy.window is None or case.approved_by_user:
        return case.ready_at
    opens = policy.window.opens(case.ready_at, policy.zone)
    closes = policy.window.closes(opens, policy.zone)
    part = int(hashlib.sha256(case.key.encode("utf-8", "replace")).hexdigest()[:8], 16) / 0xFFFFFFFF
    # not the very end: what waits for its distance to another letter still finds the window open
    return opens + (closes - opens) * (part * 0.9)


def may_leave(case: Case, traffic: Traffic, now: datetime, policy: Policy) -> bool:
    """Hold, window, distance and daily limit; `release` ends hold and window, not the daily limit."""
    moment = leaves_at(case, policy)
    if case.state is not State.READY or moment is None or now < moment:
        return False
    if policy.window is not None and not case.approved_by_user and not policy.window.contains(now, policy.zone):
        return False
    if traffic.today >= policy.max_per_day:
        return False
    return (
        traffic.last is None or now - traffic.last >= policy.sending_apart or traffic.last > now + timedelta(minutes=1)
    )
