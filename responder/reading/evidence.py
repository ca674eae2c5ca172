"""Every place of a mail that may name its company, and every form that stands there. Which one it is, is decided elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from responder.reading.firm import is_shared
from responder.reading.names import DENSE
from responder.reading.organisations import (
    dense_legal,
    dense_pieces,
    is_freemail,
    is_mailbox,
    kinds_of,
    legal_tail,
    registrable,
    spelled,
    stem_of,
    trim,
    with_legal,
)
from responder.reading.vocabulary import capitalised, common_set
from responder.reading.words import plain, squeezed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from responder.reading.layout import Layout
    from responder.reading.message import Message
    from responder.reading.people import Sender, Signer
    from responder.reading.vocabulary import Vocabulary

_BARS = re.compile(r"\s*[|·•@\t]\s*|\s+[–—-]\s+|\s+/\s+|[:：]\s+|\s*[<>«»\"“”„【】]\s*")
_COMMA = re.compile(r",\s+|\s*[()]\s*")
_LEGAL_AFTER = re.compile(r"(?i)^(?:inc|ltd|llc|s\.\s?[al]|lda|s\.l|ltda|gmbh|co)\b")
_DENSE_BARS = re.compile(r"[\s　|｜/／:：()（）「」【】<>、，。]+")
_ADDRESS = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)|(?:https?://|www\.)([\w-]+(?:\.[\w-]+)+)")
_ANSWER = re.compile(r"^(?:\s*[A-Za-zÀ-ÿ]{1,4}\s?:\s*)+")
_MOST_WORDS = 9  # of a piece that names may be a part of
_LINES = 14  # of a signature, of footers, pieces of a line
_ROWS = 60  # of a table
_RUNS = 120  # of capitalised words in a text
_READ = 6000  # characters of the body


@dataclass(frozen=True, slots=True)
class Scene:
    """The mail and what is known of it before its company is."""

    message: Message
    layout: Layout
    signers: tuple[Signer, ...]
    sender: Sender
    stem: str  # what of the From domain may hold the name, "" at a relay
    relay: bool  # the From domain is a system's or a board's
    own: tuple[str, ...]  # names that are the applicant's
    language: str | None
    function: frozenset[str]  # the commonest words of the language
    client: bool  # the mail speaks of a client
    agent: bool  # an agency writes, perhaps about a client that it names
    vocabulary: Vocabulary


@dataclass(frozen=True, slots=True)
class Mention:
    """A form that stands somewhere, and what kinds of words it was cut from."""

    name: str
    place: str
    cut: frozenset[str] = frozenset()


def gather_mentions(scene: Scene) -> Iterator[Mention]:
    """All forms in which the mail may name its company. The places are those of knowledge/company.toml."""
    layout, vocabulary = scene.layout, scene.vocabulary
    for label, value in layout.rows[:_ROWS]:
        if label in vocabulary.company_labels:
            for piece in dict.fromkeys((value.split("|")[0].strip(" ."), *pieces_of(value.split("|")[0]))):
                yield Mention(piece, "label")
    address = scene.message.from_[0] if scene.message.from_ else None
    yield from _in_lines([address.name] if address else [], "from", scene)
    yield from _in_lines(layout.signature[:1], "signature.first", scene)
    yield from _in_lines(layout.signature[1:_LINES], "signature", scene)
    yield from _in_lines([layout.signoff, layout.tail], "signoff", scene)
    yield from _in_lines([_ANSWER.sub("", scene.message.subject)], "subject", scene)
    yield from _in_lines([line for line in layout.body.splitlines()[:4] if len(line) <= 90], "head", scene)
    yield from _in_phrases(scene)
    yield from _in_text(scene)
    for line in layout.footers[:_LINES]:
        for match in [*with_legal().finditer(line[:400]), *dense_legal().finditer(line[:400])][:3]:
            yield Mention(match[1], "footer")
        yield from _capitalised(line[:400], "footer", scene)
    yield from _in_domains(scene)


def pieces_of(line: str) -> Iterator[str]:
    """What bars and commas part a line into; a legal form stays with its name."""
    if DENSE.search(line):
        yield from (piece for piece in _DENSE_BARS.split(line) if piece)
        return
    for part in _BARS.split(line):
        whole = part.strip(" ,;") if legal_tail().search(part.strip(" ,")) else part.strip(" ,;.")
        if not whole:
            continue
        yield whole
        parts = _COMMA.split(whole)
        if len(parts) > 1 and not any(_LEGAL_AFTER.match(one) for one in parts[1:]):
            yield from (one.strip() for one in parts if one.strip())


def _in_lines(lines: Iterable[str], place: str, scene: Scene) -> Iterator[Mention]:
    for line in lines:
        for piece in dict.fromkeys((line.strip(), *islice(pieces_of(line[:400]), _LINES))):
            if DENSE.search(piece):
                yield from (Mention(name, place, cut) for name, cut in dense_pieces(piece, scene.vocabulary))
            elif piece:
                yield from _spans(piece, place, scene)


def _spans(piece: str, place: str, scene: Scene) -> Iterator[Mention]:
    """The names that a piece is or holds: runs of its words that begin and end like one, with what is left out."""
    tokens = piece.split()
    if len(tokens) > _MOST_WORDS:
        return
    kinds = kinds_of(tokens, scene.vocabulary)
    for start in range(len(tokens)):
        if start and (kinds[start] == "small" and plain(tokens[start]) not in common_set("name_articles")):
            continue
        for end in range(start + 1, len(tokens) + 1):
            if kinds[end - 1] == "small" and end - start < len(tokens):
                continue
            name = " ".join(tokens[start:end]).strip(" ,;:'\"-–!")
            if place == "from" or name[:1].isupper() or name[:1].isdigit() or start == 0:
                yield Mention(name, place, frozenset(kinds[:start] + kinds[end:]))


def _in_phrases(scene: Scene) -> Iterator[Mention]:
    """Names behind "at", "your interest in" and the like."""
    body, subject, vocabulary = scene.layout.body[:_READ], scene.message.subject, scene.vocabulary
    for speech in vocabulary.speech(scene.language):
        for place, patterns, text in (
            ("phrase", speech.companies, body),
            ("subject-phrase", speech.companies, subject),
            ("employer", speech.employers, body),
            ("client", speech.clients, body),
        ):
            for pattern in patterns:
                for match in list(pattern.finditer(text))[:6]:
                    where = (
                        f"{place}.in"
                        if place == "phrase" and plain(match[0].split()[0]) in common_set("of_places")
                        else place
                    )
                    name = trim(match["company"], vocabulary)
                    following = re.match(r" ([^\W\d_]{4,})", text[match.end("company") :])
                    if following and following[1].islower() and plain(following[1]) in vocabulary.org:
                        name = f"{name} {following[1]}"  # "Vågen kommune"
                    if DENSE.search(name):
                        yield from (Mention(form, where, cut) for form, cut in dense_pieces(name, vocabulary))
                    else:
                        yield from _spans(name, where, scene)


def _in_text(scene: Scene) -> Iterator[Mention]:
    body = scene.layout.body[:_READ]
    for match in [*with_legal().finditer(body), *dense_legal().finditer(body)][:8]:
        yield Mention(match[1], "body")
    yield from _capitalised(body, "body", scene)


def _capitalised(text: str, place: str, scene: Scene) -> Iterator[Mention]:
    """Runs of capitalised words with one in it that organisations have, or that the domain is made of."""
    vocabulary, stem = scene.vocabulary, scene.stem
    for match in islice(capitalised().finditer(text), _RUNS):
        name = trim(match[0], vocabulary)
        named = scene.agent and place == "body" and 1 < len(name.split()) < 6
        if (
            named
            or vocabulary.org_words.search(plain(name))
            or (stem and any(_in_stem(word, stem) for word in name.split()))
        ):
            yield from _spans(name, place, scene)


def _in_stem(word: str, stem: str) -> bool:
    return len(word) >= 3 and squeezed(word) in stem


def stem_of_sender(message: Message, relay: bool, vocabulary: Vocabulary) -> str:
    """The part of the From domain that may hold the company's name; "" at a relay and at a provider of mailboxes (as where the user is)."""
    own = {registrable(to.domain) for to in message.to}
    domain = message.from_[0].domain if message.from_ else ""
    if not domain or relay or is_freemail(domain) or registrable(domain) in own:
        return ""
    stem = stem_of(domain, vocabulary.systems)
    return "" if is_mailbox(stem) else stem


def is_agents(message: Message, layout: Layout, stem: str, vocabulary: Vocabulary) -> bool:
    """Whether the sender's name, signature or domain says that an agency writes."""
    if vocabulary.agency.search(plain(spelled(stem, "", vocabulary))):
        return True
    name = message.from_[0].name if message.from_ else ""
    texts = (name, layout.signoff, layout.tail, *layout.signature[:_LINES])
    found = (match[0] for text in texts for match in vocabulary.agency.finditer(plain(text)))
    return any(word not in vocabulary.team for word in found)


def _in_domains(scene: Scene) -> Iterator[Mention]:
    """What domains spell: of From, of what the answer goes to and of addresses in the text; and what a system calls its customer."""
    message, vocabulary = scene.message, scene.vocabulary
    text = f"{message.subject}\n{message.text[:_READ]}"
    address = message.from_[0] if message.from_ else None
    if address and scene.stem:
        label = next((one for one in address.domain.lower().split(".") if squeezed(one) == scene.stem), scene.stem)
        yield from _spelled(label, "domain", text, scene)
    elif address:
        labels = address.domain.lower().removesuffix(registrable(address.domain)).strip(".").split(".")
        local = (
            [] if is_shared(address.address) or vocabulary.noreply_local.fullmatch(address.local) else [address.local]
        )
        for label in (*labels[:1], *local):
            if label and stem_of(f"{label}.x", vocabulary.systems):
                yield from _spelled(label.split("+")[0], "tenant", text, scene)
    others = [one.domain for one in message.reply_to] + [one[0] or one[1] for one in _ADDRESS.findall(text)]
    for domain in islice(dict.fromkeys(others), _LINES):
        stem = stem_of(domain, vocabulary.systems)
        if stem != scene.stem and stem and not is_freemail(domain) and not is_mailbox(stem):
            label = next((one for one in domain.lower().split(".") if squeezed(one) == stem), stem)
            yield from _spelled(label, "address", text, scene)


def _spelled(label: str, place: str, text: str, scene: Scene) -> Iterator[Mention]:
    name = spelled(label, text, scene.vocabulary)
    yield from _spans(name, place, scene)
