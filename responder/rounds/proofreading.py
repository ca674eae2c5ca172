"""The manners of what stands in Drafts: the user's own wording is read once for each version, and what is found is kept.

It finds; what a finding stops is decided in sending, how it is told in notices and status.
"""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

from responder.errors import Refused
from responder.life.states import State
from responder.reading.judge import Reached
from responder.reading.message import Message, read
from responder.writing.manners import Context, Finding, check

if TYPE_CHECKING:
    from collections.abc import Mapping

    from responder.life.case import Candidate, Case, View
    from responder.rounds.account import Account

READ = frozenset({State.HELD, State.READY})


def proofread_edits(account: Account, views: Mapping[str, View]) -> None:
    """Read each draft that the user has changed since it was last read; one round trip for each such version."""
    for case in account.store.cases(account.name, READ):
        view = views.get(case.id)
        if view is not None and view.drafts_sound and len(view.candidates) == 1:
            _proofread(account, case, view.candidates[0])


def _proofread(account: Account, case: Case, draft: Candidate) -> None:
    """A mail never changes under its UID (RFC 9051 s2.3.1.1): the filed one needs no reading, another one needs it once."""
    facts = json.loads(case.facts)
    version = [draft.uidvalidity, draft.uid]
    if version == [case.draft_uidvalidity, case.draft_uid] or version == facts.get("proofread"):
        return
    try:
        raw = account.mailbox.raw(account.drafts(), draft.uid)
    except Refused:
        return
    message = read(raw) if raw is not None else None
    if not isinstance(message, Message):
        return
    found = findings(account, case, message.text)
    facts["findings"] = [{"kind": str(one.kind), "words": one.words, "sentence": one.sentence} for one in found]
    facts["proofread"] = version
    account.store.note(case.id, facts=json.dumps(facts, ensure_ascii=False))


def findings(account: Account, case: Case, text: str) -> tuple[Finding, ...]:
    """What is missing or out of place in a letter for a case, whatever language the user has written it in."""
    companies = {other.company for other in account.store.cases() if other.company} - {case.company}
    return check(text, context_of(account, case, tuple(sorted(companies))))


def context_of(account: Account, case: Case, other_companies: tuple[str, ...] = ()) -> Context:
    """What is known of a case, by the facts that were stored when its letter was written."""
    facts: dict[str, Any] = json.loads(case.facts)
    names = (facts.get("greeting_name"), *facts.get("greeted", ()), case.recipient_name, case.signer)
    known = (*facts.get("people_met", ()), account.me.name, case.signer, case.recipient_name)
    zone = account.policy.zone
    days = [case.received.astimezone(zone).date(), account.now().astimezone(zone).date()]
    days += [date.fromisoformat(day) for key in ("heard_on", "interviewed_on") if (day := facts.get(key))]
    own = facts.get("impressed_by")
    return Context(
        company=case.company,
        company_aliases=tuple(facts.get("company_aliases", ())),
        other_companies=other_companies,
        role=case.role,
        greeting_names=tuple(name for name in names if name),
        people=tuple(name for name in known if name),
        days=tuple(days),
        someone_hired=facts.get("someone_hired"),
        reached=Reached(facts["reached"]) if facts.get("reached") else None,
        own_words=(own,) if own else (),
    )
