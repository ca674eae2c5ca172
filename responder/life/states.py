"""The states of a rejection and THE table of transitions. Nothing else permits a change of state; store.record is its only user."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a rejection is in its life; the names are part of the interface (`status --json`)."""

    FOUND = "found"  # recognised, nothing decided yet
    SKIPPED = "skipped"  # a reason not to write, before anything was filed
    WAITING = "waiting"  # a letter waits out of sight, or there were too many at once
    FILING = "filing"  # letter, recipient and Message-ID are stored; the draft is about to be filed
    HELD = "held"  # the draft is in Drafts, the cooldown runs
    READY = "ready"  # the cooldown is over
    MISSING = "missing"  # no draft to be seen: a veto, or a client that hides it while it is edited
    CONFLICT = "conflict"  # two or more drafts for one rejection
    SENDING = "sending"  # recorded before SMTP is spoken
    SENT = "sent"
    SENT_BY_USER = "sent_by_user"
    ANSWERED = "answered"  # the recipient wrote back
    VETOED = "vetoed"  # the user deleted the draft or dropped the case: final
    STOPPED = "stopped"  # a reason not to write, found after filing; the draft is the user's
    LAPSED = "lapsed"  # ready, and nobody touched it for `expires`
    UNSURE = "unsure"  # may have been sent, or a draft without any surviving key is gone
    FAILED = "failed"  # refused for good


class Event(StrEnum):
    """What can happen to a rejection."""

    SKIP = "skip"
    WAIT = "wait"
    FILE = "file"
    FILED = "filed"
    REFUSED = "refused"
    RELEASE = "release"
    HOLD = "hold"
    GONE = "gone"
    BACK = "back"
    VANISHED = "vanished"
    SHOWN = "shown"
    VETO = "veto"
    DROP = "drop"
    SEVERAL = "several"
    ONE_HELD = "one-held"
    ONE_READY = "one-ready"
    STOP = "stop"
    BY_USER = "by-user"
    LOST = "lost"
    LAPSE = "lapse"
    SEND = "send"
    SENT = "sent"
    NOT_SENT = "not-sent"
    UNKNOWN = "unknown"
    ANSWER = "answer"
    REWRITE = "rewrite"
    AGAIN = "again"


S, E = State, Event

NEXT: dict[State, dict[Event, State]] = {
    S.FOUND: {E.SKIP: S.SKIPPED, E.WAIT: S.WAITING, E.FILE: S.FILING, E.DROP: S.VETOED},
    S.SKIPPED: {
        E.REWRITE: S.FOUND,
        E.AGAIN: S.FOUND,  # what a wrong clock called too old
        E.DROP: S.VETOED,
    },
    S.WAITING: {E.SKIP: S.SKIPPED, E.FILE: S.FILING, E.DROP: S.VETOED, E.REWRITE: S.FOUND, E.HOLD: S.WAITING},
    S.FILING: {
        E.FILED: S.HELD,
        E.REFUSED: S.FAILED,
        E.BY_USER: S.SENT_BY_USER,
        E.SKIP: S.SKIPPED,
        E.VETO: S.VETOED,
        E.DROP: S.VETOED,
    },
    S.HELD: {
        E.RELEASE: S.READY,
        E.HOLD: S.HELD,
        E.GONE: S.MISSING,
        E.VANISHED: S.HELD,  # with others at once: nothing is concluded
        E.SHOWN: S.HELD,
        E.SEVERAL: S.CONFLICT,
        E.STOP: S.STOPPED,
        E.BY_USER: S.SENT_BY_USER,
        E.LOST: S.UNSURE,
        E.DROP: S.VETOED,
        E.REWRITE: S.FOUND,
    },
    S.READY: {
        E.HOLD: S.HELD,
        E.GONE: S.MISSING,
        E.VANISHED: S.READY,
        E.SHOWN: S.READY,
        E.SEVERAL: S.CONFLICT,
        E.STOP: S.STOPPED,
        E.BY_USER: S.SENT_BY_USER,
        E.LOST: S.UNSURE,
        E.LAPSE: S.LAPSED,
        E.SEND: S.SENDING,
        E.DROP: S.VETOED,
        E.REWRITE: S.FOUND,
    },
    S.MISSING: {
        E.BACK: S.HELD,
        E.VETO: S.VETOED,
        E.SEVERAL: S.CONFLICT,
        E.BY_USER: S.SENT_BY_USER,
        E.DROP: S.VETOED,
    },
    S.CONFLICT: {
        E.ONE_HELD: S.HELD,
        E.ONE_READY: S.READY,
        E.GONE: S.MISSING,
        E.STOP: S.STOPPED,
        E.BY_USER: S.SENT_BY_USER,
        E.HOLD: S.CONFLICT,
        E.DROP: S.VETOED,
    },
    S.SENDING: {E.SENT: S.SENT, E.NOT_SENT: S.READY, E.UNKNOWN: S.UNSURE, E.REFUSED: S.FAILED},
    S.UNSURE: {
        E.SENT: S.SENT,
        E.BY_USER: S.SENT_BY_USER,
        E.BACK: S.HELD,
        E.NOT_SENT: S.READY,  # by the user's word only
        E.DROP: S.VETOED,
    },
    S.SENT: {E.ANSWER: S.ANSWERED},
    S.SENT_BY_USER: {E.ANSWER: S.ANSWERED},
    S.FAILED: {E.REWRITE: S.FOUND, E.DROP: S.VETOED, E.BY_USER: S.SENT_BY_USER},
    S.STOPPED: {E.REWRITE: S.FOUND, E.DROP: S.VETOED},
    S.LAPSED: {E.REWRITE: S.FOUND, E.DROP: S.VETOED},
    S.ANSWERED: {},
    S.VETOED: {},
}

OPEN = frozenset(
    {S.FOUND, S.WAITING, S.FILING, S.HELD, S.READY, S.MISSING, S.CONFLICT, S.SENDING, S.UNSURE}
)  # something may still have to be done
DRAFTED = frozenset({S.HELD, S.READY, S.MISSING, S.CONFLICT, S.UNSURE})  # Drafts and Sent tell how it goes on


class Impossible(Exception):  # noqa: N818  named by what it says of the pair
    """An event that the table does not know for a state."""

    def __init__(self, state: State, event: Event) -> None:
        super().__init__(f"'{event}' cannot happen to a rejection that is '{state}'")
        self.state, self.event = state, event


def advance(state: State, event: Event) -> State:
    """The state after the event; Impossible, with both names, where the table has no entry."""
    try:
        return NEXT[state][event]
    except KeyError:
        raise Impossible(state, event) from None
