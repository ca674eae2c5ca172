"""Message and Verdict -> Facts: company, role, who signed, phone, the address a note can go to. What is not known stays None."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from responder.reading.company import find_company
from responder.reading.evidence import Scene, is_agents, stem_of_sender
from responder.reading.layout import lay_out
from responder.reading.manner import greeting, is_formal, people_met
from responder.reading.phone import find_phone
from responder.reading.reach import find_reach, system_of
from responder.reading.role import find_role
from responder.reading.sender import read_sender
from responder.reading.signers import find_signers
from responder.reading.vocabulary import vocabulary_of
from responder.reading.words import plain, squeezed

if TYPE_CHECKING:
    from responder.reading.judge import Verdict
    from responder.reading.knowledge import Knowledge
    from responder.reading.message import Me
    from responder.reading.people import Signer
    from responder.reading.reach import Reach


@dataclass(frozen=True, slots=True)
class Person:
    """A human being as the mail names them: full name without titles, or a first name alone."""

    name: str
    title: str | None = None  # job title ("Senior Recruiter")
    phone: str | None = None  # E.164
    address: str | None = None
    honorific: str | None = None  # as written: "Frau", "Dr.", "Prof. Dr."; never guessed


class Source(StrEnum):
    """Where a recipient's address was found."""

    SIGNER = "signer"  # From or Reply-To is the signer's own
    REPLY_TO = "reply-to"
    FROM = "from"
    BODY = "body"  # the text names it as the way to answer, on the sender's or company's domain: drafts only
    HISTORY = "history"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a note can reach."""

    address: str
    name: str | None  # of the person, None for a shared mailbox
    source: Source


@dataclass(frozen=True, slots=True)
class Facts:
    """What a rejection says about itself."""

    company: str | None
    company_is_agency: bool  # the client is unnamed; `company` is the agency
    role: str | None
    signers: tuple[Person, ...]  # first one is greeted first
    recipient: Recipient | None
    unreachable: str | None  # a sentence saying why nobody can be reached, where recipient is None
    suspicious: str | None  # a sentence: Reply-To to a stranger, failed DMARC ...: never draft
    greeting_name: (
        str | None
    )  # "Jane" where they signed with it or the mail is on first-name terms, else as a letter would greet: "Frau Dr. Wolters", "Jane Doe"
    people_met: tuple[str, ...]  # named in this mail as met by the user
    formal: (
        bool | None
    )  # Sie/vous/usted (True), du/tu (False), None where the language has no such form or it is unknown
    company_aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()  # registrable domains that are the company's, relays excluded


def gather(verdict: Verdict, me: Me, knowledge: Knowledge, trusted: tuple[str, ...] = ()) -> Facts:
    """The facts of verdict.message. `trusted`: ids of servers whose Authentication-Results are believed (RFC 8601 s4.1)."""
    scene, vocabulary = scene_of(verdict, me, knowledge), vocabulary_of(knowledge)
    message, layout, signers, speeches = scene.message, scene.layout, scene.signers, vocabulary.speech(verdict.language)
    company = find_company(scene)
    names = tuple(name for name in (company.name, *company.aliases) if name)
    titles = tuple(signer.title for signer in signers if signer.title)
    role = find_role(message, layout, names, titles, verdict.language, scene.own, vocabulary)
    reach = find_reach(message, layout, me, company, signers, knowledge, vocabulary, trusted)
    phone = find_phone(message, layout, verdict.language, vocabulary) if signers else None
    formal = is_formal(layout, speeches)
    return Facts(
        company=company.name,
        company_is_agency=company.agency,
        role=role,
        signers=tuple(_person(signer, reach, phone if number == 0 else None) for number, signer in enumerate(signers)),
        recipient=_recipient(reach, signers),
        unreachable=reach.unreachable,
        suspicious=reach.suspicious,
        greeting_name=greeting(signers, layout, formal, vocabulary),
        people_met=people_met(layout, speeches, scene.own, vocabulary),
        formal=formal,
        company_aliases=company.aliases,
        domains=company.domains,
    )


def scene_of(verdict: Verdict, me: Me, knowledge: Knowledge) -> Scene:
    """The mail in its parts, with who sent and who signed it: what its company is looked for in."""
    message, vocabulary = verdict.message, vocabulary_of(knowledge)
    layout = lay_out(message.text, vocabulary)
    relay = bool(message.from_) and system_of(message.from_[0].domain, knowledge) is not None
    said = squeezed(f"{message.subject} {layout.body[:5000]}")
    sender = read_sender(message.from_[0] if message.from_ else None, vocabulary, relay=relay, said=said)
    signers = find_signers(message, layout, me, vocabulary, sender)
    own = tuple(name for name in (me.name, *(to.name for to in message.to)) if name)
    stem = stem_of_sender(message, relay, vocabulary)
    function = vocabulary.function(verdict.language) if verdict.language else frozenset[str]()
    agent = is_agents(message, layout, stem, vocabulary)
    client = bool(vocabulary.client.search(plain(layout.body)))
    return Scene(
        message, layout, signers, sender, stem, relay, own, verdict.language, function, client, agent, vocabulary
    )


def _person(signer: Signer, reach: Reach, phone: str | None) -> Person:
    address = reach.address if reach.source == Source.SIGNER else None
    return Person(signer.name.text, signer.title, phone, address, signer.name.honorific)


def _recipient(reach: Reach, signers: tuple[Signer, ...]) -> Recipient | None:
    if reach.address is None or reach.source is None:
        return None
    return Recipient(reach.address, signers[0].name.text if signers else None, Source(reach.source))
