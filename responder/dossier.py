"""All that is known of one mail, from its bytes to the letter. Pure: joins reading, writing and the reasons not to write.

`inspect` and the daemon's rounds go the same way through here; what the mailbox holds is handed in.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from responder.life.reasons import Manner, people_met, reached_of, why_not
from responder.reading.authentication import dmarc
from responder.reading.facts import Facts, Recipient, Source, gather
from responder.reading.history import Found, History, Query, ask, learn
from responder.reading.judge import Reached, Stage, Verdict, judge, worth_reading
from responder.reading.message import Me, Message, Unreadable, glance, read
from responder.writing.letter import Brief, Envelope, Letter, compose, draft, languages, reply_subject, variant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo
    from pathlib import Path

    from responder.reading.knowledge import Knowledge


@dataclass(frozen=True, slots=True)
class Rules:
    """The user's wishes for letters."""

    zone: tzinfo = UTC
    manner: Manner = field(default_factory=Manner)
    language: str = "auto"
    phone: str = ""
    signature: str = ""
    impressions: Mapping[str, str] = field(default_factory=dict)  # company or alias -> the user's own words
    templates: Path | None = None
    trusted_authserv_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """One mail, as far as it is known."""

    received: datetime
    message: Message | None = None
    verdict: Verdict | None = None
    facts: Facts | None = None
    history: History | None = None
    recipient: Recipient | None = None
    why_not: str | None = None
    letter: Letter | None = None
    brief: Brief | None = None
    error: str | None = None
    authenticated: bool = False  # DMARC passed, by a server that the user trusts

    @property
    def rejection(self) -> bool:
        """Whether it turns down an application of the user's."""
        return self.verdict is not None and self.verdict.rejection

    @property
    def company(self) -> str | None:
        """The employer, by the mailbox or else by the mail."""
        return (self.history.company if self.history else None) or (self.facts.company if self.facts else None)

    @property
    def role(self) -> str | None:
        """The post applied for, by the mailbox or else by the mail."""
        return (self.history.role if self.history else None) or (self.facts.role if self.facts else None)

    @property
    def stage(self) -> Stage | None:
        """What the letter is chosen by."""
        if self.verdict is None or not self.rejection:
            return None
        if self.verdict.someone_hired is False:
            return Stage.CLOSED
        return Stage(reached_of(self.verdict, self.history).value)

    def as_json(self) -> dict[str, Any]:
        """The object of `inspect --json`, without `file`."""
        verdict, facts, letter = self.verdict, self.facts, self.letter
        signer = facts.signers[0] if facts and facts.signers else None
        return {
            "message_id": self.message.message_id if self.message else None,
            "rejection": self.rejection,
            "confidence": round(verdict.confidence, 4) if verdict else 0.0,
            "reasons": [
                {"rule": reason.rule, "text": reason.text, "weight": round(reason.weight, 2)}
                for reason in (verdict.reasons if verdict else ())
            ],
            "language": verdict.language if verdict else None,
            "stage": self.stage,
            "reached": reached_of(verdict, self.history) if verdict and self.rejection else None,
            "someone_hired": verdict.someone_hired if verdict else None,
            "company": self.company,
            "role": self.role,
            "people_met": list(people_met(facts, self.history)) if facts else [],
            "impressed_by": self.brief.impressed_by
            if self.brief
            else (self.history.impressed_by if self.history else None),
            "signer": {"name": signer.name, "title": signer.title, "phone": signer.phone} if signer else None,
            "recipient": {
                "address": self.recipient.address,
                "name": self.recipient.name,
                "source": self.recipient.source,
            }
            if self.recipient
            else None,
            "greeting_name": _greeting(self),
            "write": self.letter is not None,
            "why_not": self.why_not,
            "letter": {"subject": letter.subject, "body": letter.body} if letter else None,
            "error": self.error,
        }


def examine(
    raw: bytes,
    me: Me,
    knowledge: Knowledge,
    rules: Rules,
    *,
    received: datetime,
    now: datetime,
    mails: Sequence[Found] = (),
) -> Dossier:
    """Everything about one mail; `mails` is the mailbox that it lies in, as far as it is known."""
    dossier = recognise(raw, me, knowledge, rules, received=received)
    if not dossier.rejection:
        return dossier
    history = (
        consult(dossier, me, knowledge, lambda query: [mail for mail in mails if answers(query, mail)])
        if mails
        else None
    )
    return decide(dossier, history, me, rules, now=now)


def recognise(
    raw: bytes, me: Me, knowledge: Knowledge, rules: Rules, *, received: datetime, forced: bool = False
) -> Dossier:
    """Read and judge; for a rejection, gather its facts. `forced`: the user says that it is one."""
    first = glance(raw)
    if isinstance(first, Unreadable):
        return Dossier(received, error=first.reason)
    message = first
    if worth_reading(first, knowledge):
        whole = read(raw)
        message = first if isinstance(whole, Unreadable) else whole
    verdict = judge(message, me, knowledge)
    if forced and not verdict.rejection:
        verdict = replace(verdict, rejection=True, reached=verdict.reached or Reached.APPLICATION)
    dossier = Dossier(received, message=message, verdict=verdict)
    if not verdict.rejection:
        return dossier
    facts = gather(verdict, me, knowledge, rules.trusted_authserv_ids)
    proven = dmarc(verdict.message, rules.trusted_authserv_ids) == "pass"
    return replace(dossier, facts=facts, recipient=facts.recipient, authenticated=proven)


def consult(dossier: Dossier, me: Me, knowledge: Knowledge, run: Callable[[Query], Sequence[Found]]) -> History:
    """Ask the mailbox, twice at most, and draw the conclusions; `run` answers a query."""
    verdict, facts = _known(dossier)
    query = ask(verdict, facts, me, dossier.received)
    mails: list[Found] = []
    while True:
        known = {_identity(mail) for mail in mails}
        mails += [mail for mail in run(query) if _identity(mail) not in known]
        learnt = learn(verdict, facts, me, dossier.received, query, mails, knowledge)
        if isinstance(learnt, History):
            return learnt
        query = learnt


def _known(dossier: Dossier) -> tuple[Verdict, Facts]:
    if dossier.verdict is None or dossier.facts is None:
        raise ValueError("this dossier is not that of a rejection")
    return dossier.verdict, dossier.facts


def _identity(mail: Found) -> tuple[str, str]:
    return mail.folder, mail.message.message_id or mail.message.body_hash


def answers(query: Query, mail: Found) -> bool:
    """Whether a mail is what a server would give for the query: the meaning of SEARCH, for mails at hand."""
    day = mail.received.date()
    if day < query.since or (query.before is not None and day >= query.before):
        return False
    message = mail.message
    people = " ".join(f"{who.name} {who.address}".casefold() for who in (*message.from_, *message.to, *message.cc))
    if any(person.casefold() in people for person in query.people):
        return True
    if any(words.casefold() in message.subject.casefold() for words in query.subjects):
        return True
    references = " ".join((*message.references, *message.in_reply_to, message.message_id or ""))
    return any(reference in references for reference in query.references)


def decide(
    dossier: Dossier,
    history: History | None,
    me: Me,
    rules: Rules,
    *,
    now: datetime,
    forced: bool = False,
    against: str | None = None,
    earlier: Callable[[str], Sequence[str]] = lambda _: (),
) -> Dossier:
    """Whether to write, and the letter; `forced`: the user asked for it; `against`: a reason that only the store knows.

    `earlier` gives the letters already written to a company: the new one must not read like them.
    """
    verdict, facts = _known(dossier)
    recipient = history.recipient if history is not None else facts.recipient
    if facts.suspicious:
        recipient = None
    known = replace(dossier, history=history, recipient=recipient)
    reason = against or why_not(verdict, facts, history, recipient, rules.manner, received=dossier.received, now=now)
    if reason and not forced:
        return replace(known, why_not=reason)
    brief = replace(_brief(known, me, rules, now), earlier=tuple(earlier(known.company or "")))
    letter = compose(brief, rules.templates)
    subject = reply_subject(thread_of(known)[2], letter.subject)
    return replace(known, brief=brief, letter=replace(letter, subject=subject))


def _brief(dossier: Dossier, me: Me, rules: Rules, now: datetime) -> Brief:
    (verdict, facts), history = _known(dossier), dossier.history
    names, full_names = _greetings(dossier)
    note = _impression(rules.impressions, dossier)
    stage = dossier.stage or Stage.APPLICATION
    met = [person for person in people_met(facts, history) if person not in full_names]
    return Brief(
        language=_language(dossier, rules),
        stage=stage,
        reached=reached_of(verdict, history),
        someone_hired=verdict.someone_hired,
        formal=history.formal if history is not None and history.formal is not None else facts.formal,
        company=dossier.company,
        company_is_agency=facts.company_is_agency and dossier.company == facts.company,
        role=dossier.role,
        greeting_names=names,
        greeting_full_names=full_names,
        recipient_wrote_rejection=dossier.recipient is None
        or dossier.recipient.source is not Source.HISTORY
        or _signed(dossier),
        heard_on=heard_at(dossier).astimezone(rules.zone).date(),
        today=now.astimezone(rules.zone).date(),
        people_met=tuple(met),
        interviewed_on=history.interviewed_on if history else None,
        impressed_by=note or (history.impressed_by if history else None),
        impressed_is_note=note is not None,
        me_name=me.name,
        me_phone=rules.phone,
        signature=rules.signature,
        seed=case_seed(dossier),
    )


def heard_at(dossier: Dossier) -> datetime:
    """When the rejection came: the older of arrival and Date, for a mail may have been copied into the folder later."""
    date = dossier.verdict.message.date if dossier.verdict else None
    return min(date, dossier.received) if date is not None else dossier.received


def case_seed(dossier: Dossier) -> str:
    """What chooses among wordings: the same for one mail, another for the next."""
    message = dossier.verdict.message if dossier.verdict else dossier.message
    return (message.message_id or message.body_hash) if message else ""


def _language(dossier: Dossier, rules: Rules) -> str:
    wishes = (
        rules.language if rules.language != "auto" else None,
        dossier.history.language if dossier.history else None,
        dossier.verdict.language if dossier.verdict else None,
    )
    message = dossier.verdict.message if dossier.verdict else None
    language = next((wish for wish in wishes if wish in languages() or wish == "zh-Hant"), "en")
    signs = (message.text, *(who.address for who in message.from_)) if message else ()
    return variant(language, "\n".join(signs))


def _signed(dossier: Dossier) -> bool:
    recipient, facts = dossier.recipient, dossier.facts
    return bool(
        recipient and recipient.name and facts and any(recipient.name == signer.name for signer in facts.signers)
    )


def _greeting(dossier: Dossier) -> str | None:
    names, _ = _greetings(dossier)
    return names[0] if names else None


def _greetings(dossier: Dossier) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """How the recipients are greeted, and their full names."""
    facts, history, recipient = dossier.facts, dossier.history, dossier.recipient
    if facts is None:
        return (), ()
    if history is not None and recipient is not None and recipient.source is Source.HISTORY and not _signed(dossier):
        name = history.greeting_name or recipient.name
        return ((name,) if name else ()), ((recipient.name or name,) if name else ())
    if not facts.signers:
        name = recipient.name if recipient else None
        return ((name,), (name,)) if name else ((), ())
    first = (history.greeting_name if history is not None else None) or facts.greeting_name or facts.signers[0].name
    by_first_name = first == facts.signers[0].name.split()[0] and len(facts.signers[0].name.split()) > 1
    others = tuple(signer.name.split()[0] if by_first_name else signer.name for signer in facts.signers[1:2])
    return (first, *others), tuple(signer.name for signer in facts.signers[:2])


def _impression(impressions: Mapping[str, str], dossier: Dossier) -> str | None:
    names = [dossier.company, *(dossier.facts.company_aliases if dossier.facts else ())]
    wanted = {_plain(name) for name in names if name}
    return next((text for company, text in impressions.items() if _plain(company) in wanted), None)


def same_company(one: str | None, other: str | None) -> bool:
    """Whether two spellings are one company's, legal form aside."""
    return bool(one and other) and _plain(one or "") == _plain(other or "")


def _plain(company: str) -> str:
    return re.sub(r"[\W_]+|\b(gmbh|ag|inc|ltd|llc|se|kg|sa|spa|bv|ab|as|oy|plc)\b", "", company.casefold())


def draft_message_id(key: bytes, account: str, case_key: str, address: str, revision: int = 0) -> str:
    """The Message-ID of a draft: a keyed hash, so that a lost answer or a restored backup finds the draft again."""
    text = f"{account}\0{case_key}\0{revision}".encode("utf-8", "replace")
    digest = hmac.new(key, text, hashlib.sha256).hexdigest()[:32]
    return f"<{digest}@{address.rpartition('@')[2] or 'localhost'}>"


def draft_bytes(dossier: Dossier, me: Me, address: str, message_id: str, now: datetime) -> bytes:
    """The draft as it is filed: a reply to the rejection, or the next mail in another person's thread (RFC 5322 s3.6.4)."""
    if dossier.letter is None:
        raise ValueError("there is no letter in this dossier")
    parent, references, _ = thread_of(dossier)
    recipient = dossier.recipient
    envelope = Envelope(
        from_name=me.name,
        from_address=address,
        to_name=recipient.name if recipient else None,
        to_address=recipient.address if recipient else None,
        message_id=message_id,
        in_reply_to=parent,
        references=references,
        reply_subject=None,
        date=now,
    )
    return draft(dossier.letter, envelope)


def thread_of(dossier: Dossier) -> tuple[str | None, tuple[str, ...], str | None]:
    """(In-Reply-To, References, the subject answered or None) of the draft; References end with the rejection's Message-ID."""
    message = _known(dossier)[0].message
    rejection = message.message_id
    recipient, history = dossier.recipient, dossier.history
    if (
        recipient is None
        or recipient.source is not Source.HISTORY
        or history is None
        or _from_sender(message, recipient)
    ):
        before = message.references or message.in_reply_to[:1]
        return rejection, _chain(before, rejection), message.subject
    wrote = next(
        (met for met in history.people if met.person.address == recipient.address and met.last_message_id), None
    )
    if wrote is None:
        return None, _chain((), rejection), None
    return (
        wrote.last_message_id,
        _chain((*wrote.last_references, wrote.last_message_id or ""), rejection),
        wrote.last_subject,
    )


def _from_sender(message: Message, recipient: Recipient) -> bool:
    return any(who.address.casefold() == recipient.address.casefold() for who in (*message.from_, *message.reply_to))


def _chain(before: Sequence[str], last: str | None) -> tuple[str, ...]:
    ids = [one for one in dict.fromkeys((*before, last or "")) if one]
    if last:
        ids = [one for one in ids if one != last] + [last]
    return tuple(ids[:1] + ids[1:][-20:])  # the first and the last twenty, as RFC 5322 s3.6.4 allows for long threads
