"""What the mailbox knows beyond the rejection: ask() says what to look for, learn() draws the conclusions.

Pure; round.py runs the queries. Which mails count is decided in correspondence, who is who in acquaintance, how far it
came in progress, what may be quoted in impressed, and what speaks against a letter in objections.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from responder.reading import search_words
from responder.reading.acquaintance import Contact, clean_name, contacts, is_person, matches, mentioned
from responder.reading.correspondence import Correspondence, is_mass, sort_out
from responder.reading.cues import Cues, captured, common
from responder.reading.facts import Person, Recipient, Source
from responder.reading.firm import firm_of, is_relay, is_robot, stems_of
from responder.reading.greeting import greeting_of, is_formal
from responder.reading.impressed import impression
from responder.reading.introductions import people_met
from responder.reading.judge import Reached, recognise_languages
from responder.reading.knowledge import load
from responder.reading.numbers import direct_number
from responder.reading.objections import objection
from responder.reading.organisations import registrable
from responder.reading.posts import short_subject, words
from responder.reading.progress import progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from responder.reading.facts import Facts
    from responder.reading.judge import Verdict
    from responder.reading.knowledge import Knowledge
    from responder.reading.message import Me, Message

_LOOK_BACK = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Query:
    """One SEARCH for each history folder: any of these. Values hold letters, digits and `.@-_` only (safe in a command)."""

    since: date
    before: date | None  # exclusive; None = no bound
    people: tuple[str, ...]  # addresses or domains, for FROM, TO, CC
    subjects: tuple[str, ...]
    references: tuple[str, ...]  # Message-IDs without angle brackets
    hop: int = 1  # 2 = the last one


@dataclass(frozen=True, slots=True)
class Found:
    """One mail that a query brought, with the folder it lies in (a role such as "sent", or its name)."""

    folder: str
    received: datetime  # INTERNALDATE, aware UTC
    message: Message
    draft: bool = False
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Met:
    """A person the user corresponded with or met at the company."""

    person: Person
    wrote_last: datetime | None  # their last mail to the user
    last_message_id: str | None
    last_subject: str | None
    last_references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class History:
    """What earlier and later mail with the company tells."""

    reached: Reached
    company: str | None
    role: str | None
    people: tuple[Met, ...]  # people met or corresponded with, most important first
    people_met: tuple[str, ...]
    recipient: Recipient | None  # whom a thoughtful person would write to
    greeting_name: str | None
    recipient_phone: str | None
    impressed_by: str | None  # the user's own sentence, whole
    impressed_message_id: str | None
    interviewed_on: date | None  # the last conversation
    language: str | None  # of the user's own mails to the recipient
    formal: bool | None
    reason_not_to_write: (
        str | None
    )  # a sentence: answered by hand, withdrawn, reversed, second rejection, newer mail ...
    known_sender: bool = False  # earlier mail both ways with the sender: proof for "send"


def ask(verdict: Verdict, facts: Facts, me: Me, received: datetime) -> Query:
    """The first query for a rejection (the 400 days before it, and everything since)."""
    message = verdict.message
    firm = firm_of(verdict, facts, me, load())
    names = [name for name in (facts.company, *facts.company_aliases) if name]
    people = [
        *sorted(firm.addresses),
        *sorted(firm.domains),
        *firm.marks,
        *(stem for name in names[:3] for stem in stems_of([name])[:1]),
        *(stem for name in firm.names[:1] for stem in search_words.spelt(name)),
        *(words(signer.name)[-1] for signer in facts.signers if len(words(signer.name)) > 1),
    ]
    subjects = [
        *search_words.as_written(facts.company),
        *firm.marks,
        *search_words.telling(facts.role),
        *search_words.telling(short_subject(message.subject)),
    ]
    ids = [one for one in (message.message_id, *reversed(message.references), *message.in_reply_to) if one]
    return _query(received, people, subjects, ids, me)


def _query(
    received: datetime, people: Iterable[str], subjects: Iterable[str], ids: Iterable[str], me: Me, hop: int = 1
) -> Query:
    own = {registrable(one.rpartition("@")[2]) for one in me.addresses} | set(me.addresses)
    return Query(
        since=received.date() - _LOOK_BACK,
        before=None,
        people=search_words.least(
            search_words.values(one for one in people if one not in own and one not in common("private_mail"))
        ),
        subjects=search_words.values(subjects),
        references=search_words.ids(ids),
        hop=hop,
    )


def learn(
    verdict: Verdict,
    facts: Facts,
    me: Me,
    received: datetime,
    query: Query,
    mails: Sequence[Found],
    knowledge: Knowledge,
) -> Query | History:
    """Either a second and last query (a person or domain that the first one brought to light), or what was learnt.

    `mails` hold no draft and no sent letter of the program's own: the caller knows those and leaves them out.
    """
    cues = Cues(_languages(verdict, mails, me, knowledge))
    around = sort_out(verdict, facts, me, mails, knowledge, cues)
    if query.hop == 1 and (more := _ask_more(query, around, me, received, knowledge)) is not None:
        return more
    rejected = min(received, verdict.message.date) if verdict.message.date else received
    course = progress(around.before(rejected), verdict.reached or Reached.APPLICATION, rejected, cues)
    people = contacts(around, me, rejected, cues)
    names = _in_full(people_met(around, people, me, rejected, cues), facts)
    chosen = _choose(verdict, facts, people, names)
    recipient = _recipient(chosen, facts, verdict.message)
    sentence, source = (None, None)
    if course.reached in (Reached.INTERVIEW, Reached.FINAL):
        address = recipient.address if recipient else None
        sentence, source = impression(around.before(rejected), around, address, course.talked_on, cues)
    addresses = {one.address.lower() for one in people.values()} | ({recipient.address.lower()} if recipient else set())
    return History(
        reached=course.reached,
        company=_company(facts, around, cues),
        role=around.role or facts.role,
        people=_known(people, chosen),
        people_met=names if course.reached is not Reached.APPLICATION else (),
        recipient=recipient,
        greeting_name=_greeting(chosen, verdict, facts, me, cues),
        recipient_phone=_phone(chosen, facts, around, verdict),
        impressed_by=sentence,
        impressed_message_id=source,
        interviewed_on=course.talked_on,
        language=_written_language(chosen, knowledge),
        formal=is_formal(chosen, Cues((_written_language(chosen, knowledge) or verdict.language or "en",))),
        reason_not_to_write=objection(verdict, around, addresses, me, rejected, knowledge, cues),
        known_sender=_is_known(verdict, around, rejected),
    )


def _languages(verdict: Verdict, mails: Sequence[Found], me: Me, knowledge: Knowledge) -> list[str]:
    """The languages to read with: the rejection's, the user's own, English."""
    own = [
        mail.message.text[:1000]
        for mail in mails
        if any(one.address.lower() in me.addresses for one in mail.message.from_)
    ]
    every = [mail.message.text[:600] for mail in mails]
    found = [
        language.code
        for text in ("\n".join(own[:10]), "\n".join(every[:10]))
        if text
        for language in recognise_languages(text, knowledge)[:2]
    ]
    return [*([verdict.language] if verdict.language else []), *found, "en"]


def _ask_more(query: Query, around: Correspondence, me: Me, received: datetime, knowledge: Knowledge) -> Query | None:
    """What the first answer brought to light and did not cover: people's addresses, their domains, the threads."""
    people: list[str] = []
    ids: list[str] = []
    for mail in around.ours:
        ids += [one for one in (mail.message.message_id, *mail.message.references[:1]) if one]
        for one in mail.others:
            if one.address.lower() in me.addresses or is_robot(one.address):
                continue
            own = any(registrable(one.domain) == registrable(mine.rpartition("@")[2]) for mine in me.addresses)
            whole = own or is_relay(one.domain, knowledge) or not is_person(one.address, one.name, around.firm.stems)
            people.append(one.address if whole else registrable(one.domain))
    more = _query(received, people, (), ids, me, hop=2)
    new_people = tuple(one for one in more.people if not any(asked in one for asked in query.people))
    new_ids = tuple(one for one in more.references if one not in query.references)
    if not new_people and not (new_ids and len(around.ours) > 1):
        return None
    return Query(more.since, None, new_people, (), new_ids, hop=2)


def _in_full(names: Sequence[str], facts: Facts) -> tuple[str, ...]:
    """People met by the fuller name with which they signed the rejection."""
    signed = {name: next((one.name for one in facts.signers if matches(name, one.name)), name) for name in names}
    return tuple(dict.fromkeys(max(name, signed[name], key=len) for name in names))


def _choose(verdict: Verdict, facts: Facts, people: dict[str, Contact], met: Sequence[str]) -> Contact | None:
    """Whom a thoughtful person would write to: the signer, else who was there, else who looked after the user; nobody who left."""
    alive = [one for one in people.values() if not one.gone]
    for signer in facts.signers:
        if facts.recipient is not None and facts.recipient.name and matches(facts.recipient.name, signer.name):
            return people.get(facts.recipient.address.lower()) or Contact(facts.recipient.address, signer.name)
        if found := [one for one in alive if matches(one.name, signer.name)]:
            return max(found, key=lambda one: len(one.wrote) + len(one.written_to))
    if facts.recipient is not None and facts.recipient.name:
        known = people.get(facts.recipient.address.lower())
        if known is None or not known.gone:
            return known or Contact(facts.recipient.address, facts.recipient.name)
    text = verdict.message.text
    worth = [
        one
        for one in alive
        if one.wrote
        or one.invited
        or (one.introduced and _someone_left(people))
        or (one.written_to and any(matches(one.name, name) for name in met))
    ]
    return max(worth, key=lambda one: _rank(one, text, met), default=None)


def _someone_left(people: dict[str, Contact]) -> bool:
    return any(one.gone for one in people.values())


def _rank(one: Contact, rejection: str, met: Sequence[str]) -> tuple[int, float]:
    points = 4 * mentioned(one.name, rejection) + 2 * any(matches(one.name, name) for name in met)
    points += (
        2 * one.talked + bool(one.wrote) + bool(one.written_to) + one.organised - 3 * one.coordinator - 4 * one.away
    )
    return points, one.last.timestamp() if one.last else 0.0


def _recipient(chosen: Contact | None, facts: Facts, rejection: Message) -> Recipient | None:
    if facts.suspicious:
        return None
    if chosen is None:
        nobody = is_mass(rejection) and facts.recipient is not None and facts.recipient.name is None
        return None if nobody else facts.recipient
    if facts.recipient is not None and facts.recipient.address.lower() == chosen.address.lower():
        return facts.recipient
    return Recipient(chosen.address, chosen.name or None, Source.HISTORY)


def _greeting(chosen: Contact | None, verdict: Verdict, facts: Facts, me: Me, cues: Cues) -> str | None:
    if chosen is None:
        return facts.greeting_name
    greeting = greeting_of(chosen, verdict.message, me, cues)
    signs = bool(facts.signers) and matches(facts.signers[0].name, chosen.name)
    return facts.greeting_name if signs and greeting in (None, chosen.name) and facts.greeting_name else greeting


def _phone(chosen: Contact | None, facts: Facts, around: Correspondence, verdict: Verdict) -> str | None:
    if chosen is None:
        return None
    signer = next((one for one in facts.signers if matches(one.name, chosen.name)), None)
    return (signer.phone if signer else None) or direct_number(chosen, around, verdict.language)


def _company(facts: Facts, around: Correspondence, cues: Cues) -> str | None:
    """The rejection's own word, or, where only an agency wrote, the client that its mails name."""
    if facts.company is not None and not facts.company_is_agency:
        return facts.company
    for mail in around.ours:
        if not mail.mine and (match := cues.first("client", mail.message.text[:3000])):
            return captured(match).strip(" .,")
    return facts.company


def _known(people: dict[str, Contact], chosen: Contact | None) -> tuple[Met, ...]:
    order = sorted(people.values(), key=lambda one: (one is chosen, len(one.wrote), len(one.written_to)), reverse=True)
    return tuple(_met(one) for one in order)


def _met(one: Contact) -> Met:
    last = max(one.wrote, key=lambda mail: mail.at, default=None)
    return Met(
        person=Person(clean_name(one.name) or one.address, address=one.address),
        wrote_last=last.at if last else None,
        last_message_id=last.message.message_id if last else None,
        last_subject=last.message.subject if last else None,
        last_references=last.message.references if last else (),
    )


def _written_language(chosen: Contact | None, knowledge: Knowledge) -> str | None:
    if chosen is None or not chosen.written_to:
        return None
    found = recognise_languages("\n".join(mail.message.text[:1000] for mail in chosen.written_to[-3:]), knowledge)
    return found[0].code if found else None


def _is_known(verdict: Verdict, around: Correspondence, rejected: datetime) -> bool:
    """Whether mail went both ways with the rejection's sender before."""
    senders = {one.address.lower() for one in verdict.message.from_}
    before = around.before(rejected)
    wrote = any(not mail.mine and mail.writer and mail.writer.address.lower() in senders for mail in before)
    return wrote and any(mail.mine and senders & {one.address.lower() for one in mail.message.to} for mail in before)
