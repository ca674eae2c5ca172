"""Cases and candidates for the tests of the rules of life."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from responder.life.case import Candidate, Case, View
from responder.life.plan import Policy
from responder.life.states import State

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POLICY = Policy(zone=UTC)
DRAFT = Candidate(uidvalidity=7, uid=3, message_id="<d@me.example>", flagged=False, scheduled=False)


def case(state: State, **changes: object) -> Case:
    base = Case(
        id="a1b2",
        account="home",
        key="<r@acme.example>",
        message_id="<r@acme.example>",
        received=NOW - DAY,
        found_at=NOW - DAY,
        state=state,
        why="",
        changed=NOW - DAY,
        draft_message_id="<d@me.example>",
        draft_uidvalidity=7,
        draft_uid=3,
        due=NOW + HOUR,
    )
    return replace(base, **changes)


def view(*candidates: Candidate, sound: bool = True, **shown: object) -> View:
    return View(at=NOW, drafts_sound=sound, candidates=candidates, **shown)
