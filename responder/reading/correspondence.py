"""The mails around a rejection: which belong to this application, in order, and which to another one of the same firm.

It knows who wrote and when, and what threads they form; what they say of people and progress is read elsewhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from responder.reading.firm import (
    Firm,
    firm_of,
    is_relay,
    is_robot,
    is_shared,
    label_names,
    says,
    speaks_for,
)
from responder.reading.judge import Reached
from responder.reading.organisations import registrable
from responder.reading.posts import bare_subject, best_role, fold, mentions, roles_in, short_subject, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from responder.reading.cues import Cues
    from responder.reading.facts import Facts
    from responder.reading.history import Found
    from responder.reading.judge import Verdict
    from responder.reading.knowledge import Knowledge
    from responder.reading.message import Address, Me, Message

_MOST = 8000  # characters of a text that are read
_HEAD = 4000  # characters of a text in which a mail says what it is about


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of the history: `message` is the inner one where the user forwarded it to themselves."""

    message: Message
    at: datetime
    mine: bool
    draft: bool
    writer: Address | None
    automatic: bool  # an answer that no person wrote (RFC 3834)

    @property
    def others(self) -> tuple[Address, ...]:
        """Everybody it names in From, Reply-To, To and Cc."""
        message = self.message
        return (*message.from_, *message.reply_to, *message.to, *message.cc)

    @property
    def text(self) -> str:
        """What it says itself, as far as it is read here."""
        return self.message.text[:_MOST]

    @property
    def head(self) -> str:
        """Subject and the beginning of the text."""
        return f"{self.message.subject}\n{self.message.text[:_HEAD]}"


@dataclass(frozen=True, slots=True)
class Correspondence:
    """The mails of this application (oldest first), those of another one at the firm, and the rest."""

    ours: tuple[Mail, ...]
    elsewhere: tuple[Mail, ...]  # other applications at the same firm
    strangers: tuple[Mail, ...]
    firm: Firm
    role: str | None = None
    threads: tuple[frozenset[str], ...] = field(default=())

    @property
    def theirs(self) -> frozenset[str]:
        """The words that the other side used, folded: a name among them is no stranger's."""
        return frozenset(word for mail in self.ours if not mail.mine for word in words(mail.head))

    def before(self, when: datetime) -> tuple[Mail, ...]:
        """The mails of this application before a time, drafts left out."""
        return tuple(mail for mail in self.ours if mail.at < when and not mail.draft)

    def after(self, when: datetime) -> tuple[Mail, ...]:
        """The mails of this application since a time."""
        return tuple(mail for mail in self.ours if mail.at >= when)


def letters(verdict: Verdict, me: Me, mails: Sequence[Found]) -> list[Mail]:
    """The mails as they count: the rejection, copies, the program's notes and mass mail left out, oldest first."""
    rejection = verdict.message
    seen = {rejection.message_id} if rejection.message_id else set()
    found = []
    for mail in sorted(mails, key=lambda one: (one.draft, one.received)):
        one = _letter(mail, me)
        key = one.message.message_id or one.message.body_hash
        if key in seen or _is_note(mail.message, me) or is_mass(one.message):
            continue
        if one.message.body_hash and one.message.body_hash == rejection.body_hash and one.message.message_id is None:
            continue
        seen.add(key)
        found.append(one)
    return sorted(found, key=lambda one: one.at)


def _letter(mail: Found, me: Me) -> Mail:
    outer = message = mail.message
    if len(outer.forwarded) == 1 and _by(me, outer):
        message = outer.forwarded[0]
    writer = message.from_[0] if message.from_ else None
    automatic = (message.header("auto-submitted") or "no").strip().lower() not in ("no", "")
    return Mail(
        message, _moment(message, mail), _by(me, message), mail.draft or mail.folder == "drafts", writer, automatic
    )


def _moment(message: Message, mail: Found) -> datetime:
    """The older of arrival and Date: a mail may have been copied into the folder later."""
    return min(message.date, mail.received) if message.date is not None else mail.received


def _by(me: Me, message: Message) -> bool:
    return any(
        one.address.lower() in me.addresses or (one.name and fold(one.name) == fold(me.name)) for one in message.from_
    )


def _untagged(address: str) -> str:
    """The address without its +tag (RFC 5233)."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _is_note(message: Message, me: Me) -> bool:
    return (message.header("auto-submitted") or "").startswith("auto-generated") and _by(me, message)


def is_mass(message: Message) -> bool:
    """Whether it went to many (RFC 2919, RFC 2369)."""
    precedence = (message.header("precedence") or "").lower()
    return bool(
        message.header("list-id") or message.header("list-unsubscribe") or precedence in ("bulk", "list", "junk")
    )


def sort_out(
    verdict: Verdict, facts: Facts, me: Me, mails: Sequence[Found], knowledge: Knowledge, cues: Cues
) -> Correspondence:
    """Which of the mails belong to this application."""
    firm = firm_of(verdict, facts, me, knowledge)
    every = letters(verdict, me, mails)
    threads = _threads(every, firm)
    concerning = _concerning(threads, firm, (facts.role, short_subject(verdict.message.subject)), knowledge, cues)
    role = facts.role if _is_credible(facts.role, verdict.message, concerning) else None
    if role is None or fold(bare_subject(verdict.message.subject)) == fold(
        role
    ):  # a whole subject may be the firm's name
        role = _role_of(concerning, firm, cues) or role
    ours, elsewhere = _by_application(concerning, firm, role, cues)
    if verdict.reached in (Reached.INTERVIEW, Reached.FINAL) and not _people_in(ours) and _people_in(elsewhere):
        ours, elsewhere = [*ours, *elsewhere], []  # there was an interview, and this is the only one that can be meant
    here = {id(mail) for mail in (*ours, *elsewhere)}
    strangers = tuple(mail for mail in every if id(mail) not in here)
    ids = tuple(frozenset(mail.message.message_id or "" for mail in thread) for thread in threads)
    return Correspondence(_in_order(ours), _in_order(elsewhere), strangers, firm, role, ids)


def _is_credible(role: str | None, rejection: Message, threads: Sequence[Sequence[Mail]]) -> bool:
    """Whether a post is one that other mails know, or looks like one: no whole subject line, no words in small letters."""
    if role is None:
        return False
    if any(mentions(mail.head, role) for thread in threads for mail in thread):
        return True
    return not role[:1].islower() and bare_subject(rejection.subject) != role


def _people_in(mails: Iterable[Mail]) -> bool:
    return any(
        not mail.mine and not mail.automatic and mail.writer and not is_robot(mail.writer.address) for mail in mails
    )


def _in_order(mails: Iterable[Mail]) -> tuple[Mail, ...]:
    return tuple(sorted(mails, key=lambda mail: mail.at))


def _threads(mails: Sequence[Mail], firm: Firm) -> list[list[Mail]]:
    """Mails that answer one another; those of the rejection's own thread together (RFC 5322 s3.6.4)."""
    groups: list[tuple[set[str], list[Mail]]] = []
    for mail in mails:
        message = mail.message
        ids = {one for one in (message.message_id, *message.references, *message.in_reply_to) if one}
        subject = bare_subject(message.subject).casefold()
        people = {one.address.lower() for one in mail.others}
        if len(subject) > 12:
            ids |= {f"{subject}\0{one}" for one in people if not is_robot(one)} if not mail.mine else set()
            ids |= {f"{subject}\0{one.address.lower()}" for one in (*message.to, *message.cc)} if mail.mine else set()
        if ids & firm.ids:
            ids |= firm.ids
        joined = [group for group in groups if group[0] & ids]
        groups = [group for group in groups if not group[0] & ids]
        groups.append(
            (ids.union(*(group[0] for group in joined)), [*(one for group in joined for one in group[1]), mail])
        )
    return [group[1] for group in groups]


def _concerning(
    threads: Sequence[Sequence[Mail]], firm: Firm, roles: Iterable[str | None], knowledge: Knowledge, cues: Cues
) -> list[list[Mail]]:
    """The threads with this firm; people found in them bring in the private address that one of them writes from."""
    known = set(firm.addresses)
    posts = {role for role in roles if role}
    found: list[list[Mail]] = []
    rest = list(threads)
    while True:
        new = [thread for thread in rest if any(_concerns(mail, firm, known, posts, knowledge) for mail in thread)]
        if not new:
            return found
        found += [list(thread) for thread in new]
        rest = [thread for thread in rest if thread not in new]
        posts |= {role for role in [_role_of(found, firm, cues)] if role}
        writers = [(mail.writer, mail.text) for thread in new for mail in thread if mail.writer and not mail.mine]
        known |= {
            one.address.lower()
            for one, text in writers
            if not is_shared(one.address) and speaks_for(one, text, firm, knowledge)
        }


def _concerns(mail: Mail, firm: Firm, known: set[str], posts: set[str], knowledge: Knowledge) -> bool:
    if {mail.message.message_id, *mail.message.references, *mail.message.in_reply_to} & firm.ids:
        return True
    others = [one for one in mail.others if not is_relay(one.domain, knowledge) or one.address.lower() in known]
    if any(one.address.lower() in known or registrable(one.domain) in firm.domains for one in others):
        return True
    if not _names(mail, firm):
        return False
    if mail.mine:
        return any(speaks_for(one, "", firm, knowledge) for one in (*mail.message.to, *mail.message.cc))
    if mail.writer is None or not speaks_for(mail.writer, mail.text, firm, knowledge):
        return False
    text = mail.head.lower()
    about_post = any(mentions(mail.head, role) for role in posts)
    return about_post or knowledge.application_cues.count(set(re.findall(r"\w+", text)), text) > 0


def _names(mail: Mail, firm: Firm) -> bool:
    """Whether the mail names the company in an address, a display name, the subject or the text."""
    shown = fold(" ".join(one.name for one in mail.others if not mail.mine) + " " + mail.message.subject)
    text = fold(mail.message.text[:_HEAD])
    return (
        any(says(shown, mark) for mark in firm.marks)
        or any(len(name) >= 4 and says(text, name) for name in firm.names)
        or any(label_names(registrable(one.domain).partition(".")[0], firm) for one in mail.others)
    )


def _role_of(threads: Sequence[Sequence[Mail]], firm: Firm, cues: Cues) -> str | None:
    """The post where the rejection names none: from its own thread, else from the people who wrote it, else the latest."""

    def near(thread: Sequence[Mail]) -> tuple[bool, bool, float]:
        ids = {one for mail in thread for one in (mail.message.message_id, *mail.message.references) if one}
        people = {one.address.lower() for mail in thread for one in mail.others}
        return bool(ids & firm.ids), bool(people & firm.addresses), max(mail.at.timestamp() for mail in thread)

    for thread in sorted(threads, key=near, reverse=True):
        for mail in thread:
            if named := best_role(mail.message.subject, mail.head, cues):
                return named
    return None


def _by_application(
    threads: Sequence[Sequence[Mail]], firm: Firm, role: str | None, cues: Cues
) -> tuple[list[Mail], list[Mail]]:
    """Threads that name this post or none are ours, unless only people of another application wrote them."""
    if role is None:
        return [mail for thread in threads for mail in thread], []
    ours: list[Mail] = []
    other: list[Mail] = []
    unsure: list[Sequence[Mail]] = []
    for thread in threads:
        ids = {
            one
            for mail in thread
            for one in (mail.message.message_id, *mail.message.references, *mail.message.in_reply_to)
        }
        if ids & firm.ids or any(mentions(mail.head, role) for mail in thread):
            ours += thread
        elif any(roles_of(mail, cues) for mail in thread):
            other += thread
        else:
            unsure.append(thread)
    theirs = _writers(other) - _writers(ours)
    for thread in unsure:
        (other if _writers(thread) and _writers(thread) <= theirs else ours).extend(thread)
    return ours, other


def _writers(mails: Iterable[Mail]) -> set[str]:
    """Addresses of the people (no robots) who wrote, or to whom the user did."""
    found = set()
    for mail in mails:
        people = (*mail.message.to, *mail.message.cc) if mail.mine else mail.message.from_
        found |= {one.address.lower() for one in people if not is_robot(one.address)}
    return found


SOON = timedelta(days=45)  # two mails this close that name no post are about the same application


def roles_of(mail: Mail, cues: Cues) -> list[str]:
    """The posts that a mail names as what an application is for."""
    return roles_in(mail.message.subject, mail.message.text[:_HEAD], cues)
