"""Whom a note can reach from this mail, and why not. A body is written by anybody: an address in it counts only on the sender's or the company's own domain.

The order is that of RFC 5322 s3.6.2 (Reply-To, then From) under the vetoes of vacation programs (RFC 3834, Pigeonhole): is it a rejection and may it be
answered are two decisions, and this module makes the second only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from responder.reading.names import DENSE
from responder.reading.organisations import is_freemail, matches, registrable, stem_of
from responder.reading.words import plain, squeezed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from responder.reading.company import Company
    from responder.reading.knowledge import Ats, Knowledge
    from responder.reading.layout import Layout
    from responder.reading.message import Address, Me, Message
    from responder.reading.people import Signer
    from responder.reading.vocabulary import Vocabulary

_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}(?![\w-])", re.IGNORECASE)
_MAIL_SYSTEM = re.compile(
    r"(?i)(?:mailer-daemon|postmaster|listserv|majordomo|owner-[^@]+|[^@]+-request)@"
)  # RFC 2142, Pigeonhole
_GOOD_ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"@]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}")
_ROBOT_NAME = re.compile(r"(?i)\b(?:no[- ]?reply|do[- ]?not[- ]?reply)\b")


@dataclass(frozen=True, slots=True)
class Reach:
    """The address for an answer and where it comes from ("signer", "reply-to", "from", "body"), or sentences that say why there is none."""

    address: str | None = None
    source: str | None = None
    unreachable: str | None = None
    suspicious: str | None = None


def system_of(domain: str, knowledge: Knowledge) -> Ats | None:
    """The applicant tracking system or board that a domain belongs to."""
    return next(
        (ats for ats in knowledge.ats if any(domain == known or domain.endswith("." + known) for known in ats.domains)),
        None,
    )


def find_reach(
    message: Message,
    layout: Layout,
    me: Me,
    company: Company,
    signers: tuple[Signer, ...],
    knowledge: Knowledge,
    vocabulary: Vocabulary,
    trusted: tuple[str, ...] = (),
) -> Reach:
    """The answer to: whom can a note reach from this mail? `trusted`: ids of servers whose Authentication-Results are believed (RFC 8601 s4.1)."""
    if veto := _vetoed(message, me):
        return Reach(suspicious=veto, unreachable=veto)
    sender = message.from_[0]
    if failed := _dmarc_failed(message, trusted):
        return Reach(suspicious=failed, unreachable=failed)
    context = _Context(message, layout, company, signers, knowledge, vocabulary)
    forbidden = context.forbidden()
    if message.reply_to and (reach := _by_reply_to(message, sender, context, me, forbidden)):
        return reach
    reason = forbidden or context.why_not(sender)
    if reason is None:
        return Reach(sender.address, "signer" if context.is_signers(sender) else "from")
    if reason is not None and (address := _named_in_body(context, sender, me)):
        return Reach(address, "body")
    return Reach(unreachable=reason)


def _vetoed(message: Message, me: Me) -> str | None:
    if len(message.from_) != 1 or len(message.header_all("from")) > 1:  # RFC 7103 s7.1.2: nobody knows which one counts
        return "The mail has no sender." if not message.from_ else "The mail names more than one sender."
    address = message.from_[0].address
    if not _GOOD_ADDRESS.fullmatch(address.lower()) and not _GOOD_ADDRESS.fullmatch(_ascii(address)):
        return "The sender's address is broken."
    if address.lower() in me.addresses:
        return "The mail comes from your own address."
    if _MAIL_SYSTEM.match(address):
        return "The mail comes from a mail system, nobody reads an answer to it."
    if (message.header("return-path") or "x").replace(" ", "") == "<>":
        return "The mail is a report of a mail system (empty Return-Path), nobody reads an answer to it."
    return None


def _ascii(address: str) -> str:
    local, _, domain = address.lower().rpartition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return ""


def _dmarc_failed(message: Message, trusted: tuple[str, ...]) -> str | None:
    """Only the topmost result of a server that the user trusts is believed: the others can be forged (RFC 8601 s7.1)."""
    for value in message.header_all("authentication-results"):
        server = value.split(";")[0].split()
        if server and server[0].lower() in {name.lower() for name in trusted}:
            if re.search(r"(?i)\bdmarc\s*=\s*fail\b", value):
                return "Your mail server found that the sender's domain did not send this mail (DMARC failed); it may be forged."
            return None
    return None


@dataclass(frozen=True, slots=True)
class _Context:
    message: Message
    layout: Layout
    company: Company
    signers: tuple[Signer, ...]
    knowledge: Knowledge
    vocabulary: Vocabulary

    def forbidden(self) -> str | None:
        """The sentence of the mail that says that answers are not read."""
        text = "\n".join((self.layout.body, self.layout.signoff, *self.layout.signature, *self.layout.footers))
        if self._invites(text):
            return None
        for pattern in self.vocabulary.no_reply:
            if match := pattern.search(text):
                start = max(text.rfind("\n", 0, match.start()), text.rfind(". ", 0, match.start()) + 1) + 1
                end = next((at for at in (text.find("\n", match.end()),) if at > 0), len(text))
                return f"The mail says that answers are not read: “{' '.join(text[start:end].split())[:120]}”"
        return None

    def _invites(self, text: str) -> bool:
        return any(pattern.search(text) for pattern in self.vocabulary.may_reply)

    def is_signers(self, address: Address) -> bool:
        """The address is made of a signer's name, or the display name is theirs."""
        local, display = squeezed(address.local), squeezed(address.name)
        return any(
            any(len(token) >= 2 and token in local for token in signer.name.tokens)
            or squeezed(signer.name.text) in display
            or (DENSE.search(display) and any(len(token) >= 2 and token in display for token in signer.name.tokens))
            or (len(signer.name.tokens) > 1 and local == "".join(token[0] for token in signer.name.tokens))
            for signer in self.signers[:2]
        )

    def why_not(self, address: Address) -> str | None:
        """Why an answer to this From or Reply-To reaches nobody; None if it does."""
        system = system_of(address.domain, self.knowledge)
        invited = self._invites("\n".join((self.layout.body, *self.layout.signature)))
        if system is not None:
            if system.board and not any(
                pattern.fullmatch(address.address.lower()) and reply == "human" for pattern, reply in system.rules
            ):
                return f"The mail comes from {system.name}, which passes decisions on; an answer does not reach the employer."
            reply = next((reply for pattern, reply in system.rules if pattern.fullmatch(address.address.lower())), None)
            robot = self.vocabulary.noreply_local.fullmatch(address.local) is not None
            if reply == "human" or (invited and not robot) or (reply == "inbox" and self.signers):
                return None
            if (
                not robot
                and reply is None
                and system.default_reply in {"inbox", "unknown"}
                and self.is_signers(address)
            ):
                return None
            return f"The mail was sent by a system ({system.name}) from {address.address}, where nobody is known to read answers."
        if self.vocabulary.noreply_local.fullmatch(address.local) or (
            _ROBOT_NAME.search(address.name) and not self.signers
        ):
            return f"{address.address} is an address that takes no answers."
        if self._is_relay(address):
            return f"{address.address} is not the employer's: it passes decisions on, and an answer would not reach {self.company.name}."
        return None

    def _is_relay(self, address: Address) -> bool:
        """A portal that names the employer in a field or speaks of them, while nobody signed and the address is not theirs."""
        if self.company.name is None or self.signers or not self.message.from_ or is_freemail(address.domain):
            return False
        names = (self.company.name, *self.company.aliases)
        stems = [squeezed(label) for label in address.domain.split(".")[:-1]]
        if any(matches(name, stem) for name in names for stem in stems if len(stem) > 2):
            return False
        display = squeezed(address.name)
        if any(squeezed(name)[:5] in display for name in names):
            return False
        return self.company.from_label or not any(
            squeezed(word) in squeezed(" ".join((*self.layout.signature, self.layout.signoff))) for word in names
        )

    def is_related(self, address: Address, sender: Address) -> bool:
        """The same organisation as From's, or, behind a relay, the company's own domain."""
        if registrable(address.domain) == registrable(sender.domain):
            return True
        ours, theirs = system_of(address.domain, self.knowledge), system_of(sender.domain, self.knowledge)
        if ours is not None:
            return theirs is not None and ours.name == theirs.name
        relayed = (
            theirs is not None
            or self.vocabulary.noreply_local.fullmatch(sender.local) is not None
            or sender.local == "reply-to-sender"
        )
        if not relayed or is_freemail(address.domain):
            return False
        stem = stem_of(address.domain)
        names = [name for name in (self.company.name, *self.company.aliases) if name]
        return any(matches(name, stem) for name in names)


def _by_reply_to(message: Message, sender: Address, context: _Context, me: Me, forbidden: str | None) -> Reach | None:
    """The answer that Reply-To gives; None where From decides."""
    if len(message.reply_to) != 1:
        sentence = "The mail asks for answers to several addresses at once; that is no address for a thank-you."
        return Reach(unreachable=sentence, suspicious=sentence)
    reply_to = message.reply_to[0]
    if reply_to.address.lower() == sender.address.lower() or reply_to.address.lower() in me.addresses:
        return None
    if not _GOOD_ADDRESS.fullmatch(reply_to.address.lower()):
        return Reach(unreachable="The address for answers (Reply-To) is broken.")
    if not context.is_related(reply_to, sender):
        if context.vocabulary.noreply_local.fullmatch(reply_to.local):
            return Reach(unreachable=f"{reply_to.address} is an address that takes no answers.")
        sentence = f"Answers would go to {reply_to.domain}, which has nothing to do with the sender's domain {sender.domain}: a sign of a forged mail."
        return Reach(unreachable=sentence, suspicious=sentence)
    reason = context.why_not(reply_to)
    if (
        reason is None
        and system_of(reply_to.domain, context.knowledge) is not None
        and not context.is_signers(reply_to)
        and forbidden
    ):
        reason = forbidden
    if reason is None and (
        forbidden is None or registrable(reply_to.domain) != registrable(sender.domain) or context.is_signers(reply_to)
    ):
        return Reach(reply_to.address, "signer" if context.is_signers(reply_to) else "reply-to")
    if address := _named_in_body(context, sender, me):
        return Reach(address, "body")
    return Reach(unreachable=reason or forbidden)


def _named_in_body(context: _Context, sender: Address, me: Me) -> str | None:
    """An address that the text gives as the way to answer, or that stands in the signature of the person who signed."""
    for address, sentence, signed in _addresses(context):
        local, _, domain = address.lower().rpartition("@")
        if (
            address.lower() in me.addresses
            or context.vocabulary.noreply_local.fullmatch(local)
            or not _own_domain(domain, sender, context)
        ):
            continue
        folded = plain(sentence)
        if context.vocabulary.not_write_to.search(folded) or context.vocabulary.not_write_to.search(local):
            continue
        by_name = any(
            len(token) >= 2 and token in squeezed(local) for signer in context.signers for token in signer.name.tokens
        ) or _nick(local, sentence, context)
        if (signed and by_name) or (not signed and (context.vocabulary.write_to.search(folded) or by_name)):
            return address
    return None


def _nick(local: str, sentence: str, context: _Context) -> bool:
    """The only address in a person's signature, named after the nickname that they sign with."""
    return (
        bool(context.signers)
        and local.isalpha()
        and local in plain("\n".join(context.layout.signature)).replace(sentence.lower(), "")
    )


def _addresses(context: _Context) -> Iterator[tuple[str, str, bool]]:
    for line in context.layout.signature[:14]:
        for match in _ADDRESS.finditer(line):
            yield match[0], line, bool(context.signers)
    for line in (*context.layout.body.splitlines(), *context.layout.footers):
        for sentence in re.split(r"(?<=[.!?。])\s+", line):
            for match in _ADDRESS.finditer(sentence):
                yield match[0].rstrip("."), sentence, False


def _own_domain(domain: str, sender: Address, context: _Context) -> bool:
    if is_freemail(domain) or system_of(domain, context.knowledge) is not None:
        return False
    if registrable(domain) == registrable(sender.domain):
        return True
    stem = stem_of(domain)
    return any(matches(name, stem) for name in (context.company.name, *context.company.aliases) if name)
