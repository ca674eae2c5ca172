"""By what a company is known in mails: its names, domains, and how relays call it. Reads the rejection, no other mail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from responder.reading.cues import common
from responder.reading.organisations import registrable
from responder.reading.posts import fold, words
from responder.reading.words import DENSE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from responder.reading.facts import Facts
    from responder.reading.judge import Verdict
    from responder.reading.knowledge import Knowledge
    from responder.reading.message import Address, Me

_ROBOT_LOCAL = re.compile(
    r"(?:^|[^a-z])(?:no-?_?\.?reply|do-?not-?reply|mailer-daemon|postmaster|bounces?|notifications?)(?:[^a-z]|$)"
)
_PARTS = re.compile(r"[-_.]+")
_LEGAL = re.compile(
    r"((?:[^\W\d_a-zß-ÿ][\w&'’-]* ){1,4})(?:GmbH|AG|SE|KG|ASA|AS|A/S|AB|Ltd|Limited|Inc|LLC|PLC|plc|BV|B\.V\.|NV|S\.r\.l\.|S\.p\.A\.|SpA|SAS|S\.A\.)(?!\w)"
)
_HEAD = 4000  # characters of a rejection in which its company is named


@dataclass(frozen=True, slots=True)
class Firm:
    """By what the company is known in mails."""

    names: tuple[str, ...]  # whole names, folded
    stems: tuple[str, ...]  # words that tell it from others, folded
    marks: tuple[str, ...]  # the best of them, and what a relay's address calls it
    domains: frozenset[str]
    addresses: frozenset[str]
    ids: frozenset[str]  # Message-IDs of the rejection's thread


@lru_cache(maxsize=256)
def _whole(mark: str) -> re.Pattern[str]:
    """The mark as a whole word, a genitive s allowed; scripts without spaces know no words, so their letters bound nothing."""
    letter = rf"[^\W{DENSE}-\uffff]"
    spelt = r"\s+".join(re.escape(word) for word in mark.split())
    return re.compile(rf"(?<!{letter}){spelt}(?:['’]?s)?(?!{letter})")


def says(text: str, mark: str) -> bool:
    """Whether a folded text names a firm by its mark, as a whole word: "firm30" is not "firm3"."""
    return _whole(mark).search(text) is not None


def label_names(label: str, firm: Firm) -> bool:
    """Whether a domain's label is the firm's: its mark or name whole, alone or with one word that firms add to theirs."""
    spans = {*firm.marks, *("".join(words(name)) for name in firm.names)} - {""}
    added = _added() | {word for name in firm.names for word in words(name)}
    parts = {fold(part) for part in label.split("-")} | {fold(label).replace("-", "")}
    return bool(parts & spans) or any(
        (part.removeprefix(span) in added and part.startswith(span))
        or (part.removesuffix(span) in added and part.endswith(span))
        for part in parts
        for span in spans
    )


@cache
def _added() -> frozenset[str]:
    """What firms write onto their name in a domain: "group", "jobs"."""
    return frozenset(
        fold(word).replace("-", "") for key in ("generic", "shared", "label_words") for word in common(key)
    )


def is_relay(domain: str, knowledge: Knowledge) -> bool:
    """Whether mail from the domain speaks for many firms: an applicant tracking system, or a provider of mailboxes."""
    if registrable(domain) in common("private_mail"):
        return True
    return any(domain == one or domain.endswith(f".{one}") for ats in knowledge.ats for one in ats.domains)


def firm_of(verdict: Verdict, facts: Facts, me: Me, knowledge: Knowledge) -> Firm:
    """What the rejection itself tells about the company."""
    message = verdict.message
    own = {registrable(one.rpartition("@")[2]) for one in me.addresses}
    senders = [one for one in (*message.from_, *message.reply_to) if one.address.lower() not in me.addresses]
    domains = {registrable(one.domain) for one in senders if not is_relay(one.domain, knowledge)} | set(facts.domains)
    copied = [one for one in message.cc if one.address.lower() not in me.addresses]
    addresses = {one.address.lower() for one in (*senders, *copied) if _is_theirs(one.address, knowledge)}
    addresses |= {facts.recipient.address.lower()} if facts.recipient else set()
    names = [name for name in (facts.company, *facts.company_aliases) if name]
    tenants = [part for one in senders for part in tenant_of(one.address, knowledge)]
    ids = {one for one in (message.message_id, *message.references, *message.in_reply_to) if one}
    stems = stems_of(names)
    return Firm(
        names=tuple(dict.fromkeys(fold(name) for name in names)),
        stems=stems,
        marks=tuple(dict.fromkeys((*stems[:1], *tenants, *stems_of(_LEGAL.findall(message.text[:_HEAD])[:2])[:1]))),
        domains=frozenset(one for one in domains if one not in own and one not in common("private_mail")),
        addresses=frozenset(addresses),
        ids=frozenset(ids),
    )


def _is_theirs(address: str, knowledge: Knowledge) -> bool:
    """Whether an address belongs to this firm alone: not the robot of a system that writes for many."""
    local, _, domain = address.lower().rpartition("@")
    if is_robot(address):
        return False
    return not is_relay(domain, knowledge) or not set(_PARTS.split(local)) <= common("shared")


def tenant_of(address: str, knowledge: Knowledge) -> list[str]:
    """How a system's address calls the firm: "acme" of no-reply@acme.system.example and of acme-jobs@system.example."""
    local, _, domain = address.lower().rpartition("@")
    if not is_relay(domain, knowledge) or registrable(domain) in common("private_mail"):
        return []
    labels = domain.removesuffix(registrable(domain)).strip(".").split(".")
    parts = [*_PARTS.split(local), *labels[:1]] if "+" not in local and "." not in local else labels[:1]
    return [part for part in parts if len(part) >= 5 and part not in common("shared") and not part.isdigit()]


def stems_of(names: Iterable[str]) -> tuple[str, ...]:
    """The words of a firm's names by which it can be known, folded."""
    generic = {fold(word) for word in common("generic")}
    found: list[str] = []
    for name in names:
        for form in common("forms"):
            name = name.replace(form, "")  # noqa: PLW2901 - the name without its legal form is meant from here on
        every = [word for word in words(name) if word not in generic]
        found += [word for word in every if len(word) >= 4 or not word.isascii()]
        if not found and every:
            found.append("".join(words(name)))
    return tuple(dict.fromkeys(found))


def is_robot(address: str) -> bool:
    """Whether nobody reads what is sent there."""
    return _ROBOT_LOCAL.search(address.rpartition("@")[0].lower()) is not None


def is_shared(address: str) -> bool:
    """Whether what stands before the @ is a function's or a machine's, not a person's."""
    local = fold(address.rpartition("@")[0])
    return is_robot(address) or any(part in common("shared") for part in _PARTS.split(local))


def speaks_for(writer: Address, text: str, firm: Firm, knowledge: Knowledge) -> bool:
    """Whether a writer is of the firm, or of an agency or system that works for it: a friend who names it is not.

    By domain or display name; else by a signature that names the firm or the writer's own domain, or by a sentence with
    which they introduce themselves.
    """
    domain = registrable(writer.domain)
    label = fold(domain.partition(".")[0]).replace("-", "")
    if domain in firm.domains or writer.address.lower() in firm.addresses or is_shared(writer.address):
        return True
    private = domain in common("private_mail")
    if not private and (is_relay(writer.domain, knowledge) or label_names(domain.partition(".")[0], firm)):
        return True
    if any(says(fold(writer.name), mark) for mark in firm.marks):
        return True
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    own = set(words(writer.name)[:2])
    named = [n for n, line in enumerate(lines) if own & set(words(line))]
    for n in named:
        here = fold(" ".join(lines[n : n + 4] if len(lines[n]) < 50 else lines[n : n + 1]))
        if any(says(here, mark) for mark in firm.marks):
            return True
        if not private and len(label) >= 5 and label in "".join(words(here)):
            return True
    return False
