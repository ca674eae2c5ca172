"""Every place of a mail that may name its company, with how much it says. Which name wins is decided elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from responder.reading.names import DENSE, parse_name
from responder.reading.organisations import (
    dense_legal,
    is_freemail,
    is_mailbox,
    legal_end,
    legal_head,
    legal_tail,
    matches,
    registrable,
    spelled,
    stem_of,
    strip_team,
    title_cased,
    trim,
    with_legal,
)
from responder.reading.vocabulary import common_set, plain, squeezed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from responder.reading.layout import Layout
    from responder.reading.message import Message
    from responder.reading.people import Sender, Signer
    from responder.reading.vocabulary import Speech, Vocabulary


_SPLIT = re.compile(r"\s*[|·•]\s*|\s+[–—]\s+|\s+-\s+|\s+/\s+|\t|:\s+")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A name, how much speaks for it, and where it stands."""

    name: str
    weight: float
    place: str  # "label", "signature", "from", "body", "subject", "footer", "domain", "client"


def gather_evidence(
    message: Message,
    layout: Layout,
    signers: tuple[Signer, ...],
    sender: Sender,
    stem: str,
    speeches: tuple[Speech, ...],
    vocabulary: Vocabulary,
) -> Iterator[Evidence]:
    """All that is said for any company. `stem`: what of the From domain may hold its name, "" at a relay."""
    for label, value in layout.rows:
        if label in vocabulary.company_labels:
            yield Evidence(value.split("|")[0].strip(" ."), 12, "label")
    yield from _from_signature(layout, signers, stem, vocabulary)
    yield from _from_domain(message, layout, stem, vocabulary)
    if sender.company and (name := strip_team(sender.company, vocabulary)):
        yield Evidence(name, 4 if squeezed(name) not in vocabulary.systems else 0, "from")
    robot = bool(message.from_) and vocabulary.noreply_local.fullmatch(message.from_[0].local) is not None
    for speech in speeches:
        yield from _from_phrases(speech, layout.body, message.subject, stem if robot else None, vocabulary)
        for match in _found(speech.employers, layout.body, 3):
            name = strip_team(trim(match["company"], vocabulary), vocabulary)
            if name and not signers and not (stem and matches(name, stem)):
                yield Evidence(name, 18, "label")
        for match in _found(speech.clients, layout.body, 3):
            yield Evidence(trim(match["company"], vocabulary), 1.5, "client")
    for piece in re.split(r"\s+[-–—|]\s+|:\s+|\s*【|】", message.subject):
        name = piece.strip()
        if name and len(name.split()) <= 6 and name in layout.body and (name[:1].isupper() or DENSE.search(name)):
            yield Evidence(name, 0.6, "subject")
    yield from _from_heads(layout, vocabulary)
    for match in list(with_legal().finditer(layout.body))[:5]:
        yield Evidence(match[1], 2.5, "body")
    for line in layout.footers:
        for match in [*with_legal().finditer(line[:400]), *dense_legal().finditer(line[:400])][:2]:
            yield Evidence(match[1], 2.5, "footer")


def _from_phrases(
    speech: Speech, body: str, subject: str, portal: str | None, vocabulary: Vocabulary
) -> Iterator[Evidence]:
    """Names behind "at", "your interest in" and the like. `portal`: what a robot's domain spells; an employer named with the post is another."""
    for place, where in (("body", body), ("subject", subject)):
        for match in _found(speech.companies, where, 6):
            if name := trim(match["company"], vocabulary):
                following = re.match(r" ([^\W\d_]{4,})", where[match.end("company") :])
                if following and following[1].islower() and plain(following[1]) in vocabulary.org:
                    name = f"{name} {following[1]}"  # "Vågen kommune"
                before = re.split(r"[.!?\n]", where[: match.start("company")])[-1][-80:]
                other = portal is not None and not (portal and matches(name, portal))
                with_post = other and place == "body" and vocabulary.title_words.search(plain(before))
                titled = vocabulary.title_words.search(plain(name)) and not vocabulary.org_words.search(plain(name))
                with_post = with_post and not titled and match[0].split()[0].lower() not in common_set("of_places")
                yield Evidence(name, 8.5 if with_post else 0.8 if titled and place == "body" else 2.0, place)


def _from_heads(layout: Layout, vocabulary: Vocabulary) -> Iterator[Evidence]:
    """Names of organisations in the short lines that a form letter begins with: "Healthcare Assistant (Bank), Millbrook Foundation Trust"."""
    for line in layout.body.splitlines()[:4]:
        if len(line) > 90 or line.endswith((".", "!", "?")) or DENSE.search(line):
            continue
        for piece in re.split(r",\s+|\s[-–|]\s", line)[:4]:
            words = plain(piece)
            if (
                2 <= len(piece.split()) <= 6
                and vocabulary.org_words.search(words)
                and not vocabulary.title_words.search(words)
                and not vocabulary.salutations.match(words)
                and not _has_small_words(piece)
            ):
                yield Evidence(trim(piece, vocabulary), 3, "body")


def _found(patterns: tuple[re.Pattern[str], ...], text: str, most: int) -> Iterator[re.Match[str]]:
    for pattern in patterns:
        yield from list(pattern.finditer(text[:6000]))[:most]


def _from_signature(
    layout: Layout, signers: tuple[Signer, ...], stem: str, vocabulary: Vocabulary
) -> Iterator[Evidence]:
    lines = list(layout.signature)
    if layout.signoff and " " in layout.signoff and len(layout.signoff) > 25:
        lines.append(re.sub(r"(?i)^.*?\b(?:on behalf of|namens|bei|from|von|på|hos)\s+", "", layout.signoff))
    if layout.tail and vocabulary.signoffs.match(plain(layout.tail)):
        lines.append(re.sub(r"^[^\W\d_]+\s+", "", layout.tail))
    first_person = min((signer.line for signer in signers), default=-1)
    for at, line in enumerate(lines[:12]):
        for number, piece in enumerate(_pieces(line)):
            if _is_signers(piece, signers, vocabulary):
                continue
            whole = re.sub(r"\s*\([^)]*\)$", "", piece) if not legal_tail().search(piece) else piece
            whole = _behind_signer(whole, signers, vocabulary)
            name = whole if len(stem) > 3 and squeezed(whole) == stem else strip_team(whole, vocabulary)
            if not name or re.search(r"\d{4,}|@|www\.|://", name):
                continue
            name = _without_title(name, stem, vocabulary)
            weight = _signature_weight(name, whole, vocabulary)
            if weight and first_person >= 0 and at < first_person and weight < 3:
                weight = 1
            if weight:
                yield Evidence(name, weight - 0.1 * number, "signature" if name == whole else "team")


def stem_of_sender(message: Message, domain: str, relay: bool, vocabulary: Vocabulary) -> str:
    """The part of the From domain that may hold the company's name; "" at a relay and at a provider of mailboxes (as where the user is)."""
    own = {registrable(to.domain) for to in message.to}
    if not domain or relay or is_freemail(domain) or registrable(domain) in own:
        return ""
    stem = stem_of(domain, vocabulary.systems)
    return "" if is_mailbox(stem) else stem


def _from_domain(message: Message, layout: Layout, stem: str, vocabulary: Vocabulary) -> Iterator[Evidence]:
    """What the domain spells: words of the mail that it is made of ("saltmarshkitchen": "Salt Marsh Kitchen"), else the domain itself."""
    if len(stem) < 2:
        return
    forms = {stem, stem.replace("ae", "a").replace("oe", "o").replace("ue", "u")}
    texts = (
        message.subject,
        layout.signoff,
        *layout.signature,
        *layout.footers,
        layout.body[:4000],
        layout.tail,
        message.quoted[:1500],
    )
    for text in texts:
        words = re.findall(r"[\w&'’.-]*\w", text)
        plains = [squeezed(word) for word in words]
        for at in range(len(words)):
            for size in range(1, min(7, len(words) - at + 1)):
                joined = "".join(plains[at : at + size])
                if len(joined) > len(stem) + 2:
                    break
                if (
                    joined in forms
                    and (words[at][:1].isupper() or DENSE.search(words[at]))
                    and (size > 1 or len(stem) > 3)
                ):
                    yield Evidence(" ".join(words[at : at + size]), 3, "body")
    address = message.from_[0]
    label = next((label for label in address.domain.lower().split(".") if squeezed(label) == stem), stem)
    yield Evidence(title_cased(spelled(label, vocabulary)), 0.5, "domain")


def _is_signers(piece: str, signers: tuple[Signer, ...], vocabulary: Vocabulary) -> bool:
    """The piece is a signer's name, or a part of it."""
    name = parse_name(piece, vocabulary)
    if any(
        squeezed(signer.as_signed) == squeezed(piece) or squeezed(signer.name.text) == squeezed(piece)
        for signer in signers
    ):
        return True
    return name is not None and any(name.tokens and set(name.tokens) <= set(signer.name.tokens) for signer in signers)


def _has_small_words(name: str) -> bool:
    """A word in small letters that is no joining one: a piece of a sentence, "Dernière nouvelle de Acme"."""
    return any(word[:1].islower() and plain(word) not in common_set("joining") for word in name.split())


def _behind_signer(piece: str, signers: tuple[Signer, ...], vocabulary: Vocabulary) -> str:
    """ "Trine fra Nordlys Byg" without the signer and what joins them."""
    for signer in signers:
        rest = piece.removeprefix(signer.as_signed).strip() if signer.as_signed else piece
        joining, _, name = rest.partition(" ")
        if rest != piece and name and plain(joining) in vocabulary.connectors:
            return name
    return piece


def _without_title(name: str, stem: str, vocabulary: Vocabulary) -> str:
    """ "Bedrijfsleider Brouwerij De Grauwe Gans": a job title before the name of an organisation goes."""
    first, _, rest = name.partition(" ")
    if (
        rest
        and vocabulary.title_words.search(plain(first))
        and plain(first) not in vocabulary.org
        and (vocabulary.org_words.search(plain(rest)) or (stem and squeezed(rest) in stem))
    ):
        return rest
    return name


def _signature_weight(name: str, piece: str, vocabulary: Vocabulary) -> float:
    words = plain(name)
    legal = bool(legal_tail().search(name) or legal_head().search(name) or legal_end().search(name))
    if legal:
        return 6
    if vocabulary.org_words.search(words) and not (vocabulary.title_words.search(words) and not DENSE.search(name)):
        return 5
    if vocabulary.title_words.search(words) and not vocabulary.org_words.search(words):
        return 0.5 if piece == name else 2
    if name != piece:
        return 4
    if _has_small_words(name):
        return 0.5
    if parse_name(name, vocabulary) and len(name.split()) > 1:
        return 2.2
    return 2.5 if name[:1].isupper() or DENSE.search(name) else 0


def _pieces(line: str) -> Iterator[str]:
    if DENSE.search(line):
        line = re.sub(r"[（(][\u3040-\u309f\s]+[)）]", "", line)
        yield from (piece for piece in re.split(r"[\s　|｜/]+", line) if piece)
        if not re.search(r"[。！、，]", line) and re.search(r"[A-Za-z] [\u3040-\u9fff]|[A-Za-z] [A-Za-z]", line):
            yield line
        return
    for part in _SPLIT.split(line):
        dotted = re.search(r"\b[^\W\d_]\.$", part) or legal_tail().search(part.strip(" ,-"))
        piece = part.strip(" ,-") if dotted else part.strip(" ,.-")
        if "," in piece and not re.search(r"(?i),\s*(?:inc|ltd|llc|s\.\s?[al]|lda|s\.l|ltda|gmbh|co)\b", piece):
            yield from (one.strip() for one in piece.split(",") if one.strip())
        elif piece:
            yield re.sub(r"\s+(?:dal|since|seit|depuis|desde|sedan|siden|anno)\s+\d{4}$", "", piece)
