"""Which company a mail is about: every place that names one gives evidence, the name with most of it wins. Relays and boards are no companies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from responder.reading.names import DENSE, parse_name
from responder.reading.organisations import (
    ARTICLES,
    DENSE_LEGAL,
    FREEMAIL,
    LEGAL_END,
    LEGAL_HEAD,
    LEGAL_TAIL,
    WITH_LEGAL,
    bare,
    in_small_letters,
    key_of,
    matches,
    registrable,
    same,
    spelled,
    stem_of,
    strip_team,
    title_cased,
    trim,
)
from responder.reading.vocabulary import plain, squeezed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from responder.reading.layout import Layout
    from responder.reading.message import Message
    from responder.reading.people import Sender, Signer
    from responder.reading.vocabulary import Speech, Vocabulary


_SPLIT = re.compile(r"\s*[|·•]\s*|\s+[–—]\s+|\s+-\s+|\s+/\s+|\t|:\s+")


@dataclass(frozen=True, slots=True)
class Company:
    """The employer, or the agency where the client is unnamed, with other forms of the name in the mail."""

    name: str | None
    agency: bool
    aliases: tuple[str, ...]
    domains: tuple[str, ...]
    from_label: bool = False  # a "Company: X" line of a portal named it


@dataclass(frozen=True, slots=True)
class _Evidence:
    name: str
    weight: float
    place: str  # "label", "signature", "from", "body", "subject", "footer", "domain", "client"


def find_company(
    message: Message,
    layout: Layout,
    signers: tuple[Signer, ...],
    sender: Sender,
    relay: bool,
    speeches: tuple[Speech, ...],
    own: tuple[str, ...],
    vocabulary: Vocabulary,
) -> Company:
    """The company. `relay`: the From domain is a system's or board's, so it names no company; `own`: names that are the applicant's."""
    address = message.from_[0] if message.from_ else None
    domain = address.domain if address else ""
    stem = _stem(message, domain, relay, vocabulary)
    tenant = squeezed(address.local if relay and address else "") + squeezed(domain.split(".")[0] if relay else "")
    people = [squeezed(signer.name.text) for signer in signers] + [
        squeezed(part) for name in own for part in (name, *name.split())
    ]
    found = [
        piece
        for piece in _evidence(message, layout, signers, sender, stem, speeches, vocabulary)
        if _possible(piece.name, people, vocabulary)
    ]
    scored = _group(found, stem, tenant)
    client_words = bool(vocabulary.client.search(plain(layout.body)))
    if not scored:
        return Company(None, False, (), ())
    winner = scored[0]
    best, agency = (
        _best_form(winner, stem),
        bool(vocabulary.agency.search(plain(" ".join(piece.name for piece in winner)))) or client_words,
    )
    if client_words or agency:
        client = next((group for group in scored if any(piece.place == "client" for piece in group)), None)
        if client is None and (name := _client_in_subject(message.subject, layout, winner, vocabulary)):
            client = [_Evidence(name, 1, "client")]
        if client is not None:
            winner, best, client_words = client, _best_form(client, ""), False
    domains = (registrable(domain),) if stem and any(matches(piece.name, stem) for piece in winner) else ()
    aliases = tuple(dict.fromkeys(piece.name for piece in winner if piece.name != best))
    return Company(best, client_words, aliases, domains, any(piece.place == "label" for piece in winner))


def _client_in_subject(subject: str, layout: Layout, agency: list[_Evidence], vocabulary: Vocabulary) -> str | None:
    """The client that an agency writes about: a subject that is a name, which the text has as well (perhaps in another case)."""
    name = re.split(r"\s[-–|]\s", re.sub(r"^\s*\w{2,4}:\s*", "", subject))[0].strip()
    words = name.split()
    if (
        not 2 <= len(words) <= 5
        or not all(word[:1].isupper() for word in words)
        or vocabulary.title_words.search(plain(name))
    ):
        return None
    if any(same(key_of(name), key_of(piece.name)) for piece in agency) or " ".join(words[1:]) not in layout.body:
        return None
    return name


def _possible(name: str, people: list[str], vocabulary: Vocabulary) -> bool:
    whole = squeezed(name)
    if (
        len(whole) < (2 if DENSE.search(name) or name.isupper() else 3)
        or len(name) > 90
        or whole in vocabulary.systems
        or whole in people
        or re.search(r"[@{}<>]|https?:", name)
    ):
        return False
    words = plain(name)
    if (
        words.split()[0] in vocabulary.role_stop - ARTICLES
        or vocabulary.salutations.match(words)
        or in_small_letters(name)
    ):
        return False
    if (
        words in vocabulary.team
        or words in vocabulary.titles
        or words in vocabulary.role_stop
        or words in vocabulary.generic_subject
        or whole in vocabulary.legal
    ):
        return False
    return (
        any(char.isalpha() for char in name)
        and any(char.isupper() or not char.islower() for char in name if char.isalpha())
    ) or bool(DENSE.search(name))


def _evidence(
    message: Message,
    layout: Layout,
    signers: tuple[Signer, ...],
    sender: Sender,
    stem: str,
    speeches: tuple[Speech, ...],
    vocabulary: Vocabulary,
) -> Iterator[_Evidence]:
    for label, value in layout.rows:
        if label in vocabulary.company_labels:
            yield _Evidence(value.split("|")[0].strip(" ."), 12, "label")
    yield from _from_signature(layout, signers, stem, vocabulary)
    yield from _from_domain(message, layout, stem, vocabulary)
    if sender.company:
        name = strip_team(sender.company, vocabulary)
        if name:
            yield _Evidence(name, 4 if squeezed(name) not in vocabulary.systems else 0, "from")
    subject = message.subject
    text = layout.body
    for speech in speeches:
        for pattern in speech.companies:
            for place, where, weight in (("body", text, 2.0), ("subject", subject, 2.0)):
                for match in list(pattern.finditer(where[:6000]))[:6]:
                    name = trim(match["company"], vocabulary)
                    if name:
                        yield _Evidence(name, weight, place)
        for pattern in speech.employers:
            for match in list(pattern.finditer(text[:6000]))[:3]:
                name = trim(match["company"], vocabulary)
                if name and not signers and not (stem and matches(name, stem)):
                    yield _Evidence(name, 14, "label")
        for pattern in speech.clients:
            for match in list(pattern.finditer(text[:6000]))[:3]:
                yield _Evidence(trim(match["company"], vocabulary), 1.5, "client")
    for piece in re.split(r"\s+[-–—|]\s+|:\s+|\s*【|】", subject):
        name = piece.strip()
        if name and len(name.split()) <= 6 and name in text and name[:1].isupper():
            yield _Evidence(name, 0.6, "subject")
    for match in list(WITH_LEGAL.finditer(text))[:5]:
        yield _Evidence(match[1], 2.5, "body")
    for line in layout.footers:
        for match in [*WITH_LEGAL.finditer(line[:400]), *DENSE_LEGAL.finditer(line[:400])][:2]:
            yield _Evidence(match[1], 2.5, "footer")


def _from_signature(
    layout: Layout, signers: tuple[Signer, ...], stem: str, vocabulary: Vocabulary
) -> Iterator[_Evidence]:
    lines = list(layout.signature)
    if layout.signoff and " " in layout.signoff and len(layout.signoff) > 25:
        lines.append(re.sub(r"(?i)^.*?\b(?:on behalf of|namens|bei|from|von|på|hos)\s+", "", layout.signoff))
    if layout.tail and vocabulary.signoffs.match(plain(layout.tail)):
        lines.append(re.sub(r"^[^\W\d_]+\s+", "", layout.tail))
    first_person = min((signer.line for signer in signers), default=-1)
    for at, line in enumerate(lines[:12]):
        for number, piece in enumerate(_pieces(line, vocabulary)):
            if _is_signers(piece, signers, vocabulary):
                continue
            whole = re.sub(r"\s*\([^)]*\)$", "", piece) if not LEGAL_TAIL.search(piece) else piece
            name = whole if len(stem) > 3 and squeezed(whole) == stem else strip_team(whole, vocabulary)
            if not name or re.search(r"\d{4,}|@|www\.|://", name):
                continue
            name = _without_title(name, vocabulary)
            weight = _signature_weight(name, whole, vocabulary)
            if weight and first_person >= 0 and at < first_person and weight < 3:
                weight = 1
            if weight:
                yield _Evidence(name, weight - 0.1 * number, "signature" if name == whole else "team")


def _stem(message: Message, domain: str, relay: bool, vocabulary: Vocabulary) -> str:
    """The part of the From domain that may hold the company's name; "" at a relay and at a provider of mailboxes (as where the user is)."""
    own = {registrable(to.domain) for to in message.to}
    if not domain or relay or registrable(domain) in FREEMAIL or registrable(domain) in own:
        return ""
    stem = stem_of(domain, vocabulary.systems)
    return "" if _MAILBOXES.search(stem) else stem


_MAILBOXES = re.compile(
    r"^(?:web|e|my|fast|free)?-?(?:mail|post|inbox|mailbox|postbox)(?:er|haus|box)?$|^(?:correo|courriel|courrier|poczta|posta|caixa|briefkasten|postfach|brievenbus)$"
)


def _from_domain(message: Message, layout: Layout, stem: str, vocabulary: Vocabulary) -> Iterator[_Evidence]:
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
                    yield _Evidence(" ".join(words[at : at + size]), 3, "body")
    address = message.from_[0]
    label = next((label for label in address.domain.lower().split(".") if squeezed(label) == stem), stem)
    yield _Evidence(title_cased(spelled(label, vocabulary)), 0.5, "domain")


def _is_signers(piece: str, signers: tuple[Signer, ...], vocabulary: Vocabulary) -> bool:
    """The piece is a signer's name, or a part of it."""
    name = parse_name(piece, vocabulary)
    if any(
        squeezed(signer.as_signed) == squeezed(piece) or squeezed(signer.name.text) == squeezed(piece)
        for signer in signers
    ):
        return True
    return name is not None and any(name.tokens and set(name.tokens) <= set(signer.name.tokens) for signer in signers)


def _without_title(name: str, vocabulary: Vocabulary) -> str:
    """ "Bedrijfsleider Brouwerij De Grauwe Gans": a job title before the name of an organisation goes."""
    first, _, rest = name.partition(" ")
    if (
        rest
        and plain(first) in vocabulary.titles
        and plain(first) not in vocabulary.org
        and vocabulary.org_words.search(plain(rest))
    ):
        return rest
    return name


def _signature_weight(name: str, piece: str, vocabulary: Vocabulary) -> float:
    words = plain(name)
    legal = bool(LEGAL_TAIL.search(name) or LEGAL_HEAD.search(name) or LEGAL_END.search(name))
    if legal:
        return 6
    if vocabulary.org_words.search(words) and not (vocabulary.title_words.search(words) and not DENSE.search(name)):
        return 5
    if vocabulary.title_words.search(words) and not vocabulary.org_words.search(words):
        return 0.5 if piece == name else 2
    if name != piece:
        return 4
    if parse_name(name, vocabulary) and len(name.split()) > 1:
        return 2.2
    return 2.5 if name[:1].isupper() or DENSE.search(name) else 0


def _pieces(line: str, vocabulary: Vocabulary) -> Iterator[str]:
    if DENSE.search(line):
        line = re.sub(r"[（(][\u3040-\u309f\s]+[)）]", "", line)
        yield from (piece for piece in re.split(r"[\s　|｜/]+", line) if piece)
        if not re.search(r"[。！、，]", line) and re.search(r"[A-Za-z] [\u3040-\u9fff]|[A-Za-z] [A-Za-z]", line):
            yield line
        return
    for piece in _SPLIT.split(line):
        piece = piece.strip(" ,.-") if not re.search(r"\b[A-Za-z]\.$", piece) else piece.strip(" ,-")
        if "," in piece and not re.search(r"(?i),\s*(?:inc|ltd|llc|s\.\s?[al]|lda|s\.l|ltda|gmbh|co)\b", piece):
            yield from (part.strip() for part in piece.split(",") if part.strip())
        elif piece:
            yield re.sub(r"\s+(?:dal|since|seit|depuis|desde|sedan|siden|anno)\s+\d{4}$", "", piece)


def _group(found: list[_Evidence], stem: str, tenant: str) -> list[list[_Evidence]]:
    """Evidence for one company together, strongest company first."""
    groups: list[list[_Evidence]] = []
    for piece in sorted(found, key=lambda one: -len(key_of(one.name))):
        key = key_of(piece.name)
        for group in groups:
            if any(same(key, key_of(other.name)) for other in group):
                group.append(piece)
                break
        else:
            groups.append([piece])

    def score(group: list[_Evidence]) -> float:
        total, seen = 0.0, set[tuple[str, str]]()
        for piece in group:
            if (piece.place, key_of(piece.name)) not in seen:
                seen.add((piece.place, key_of(piece.name)))
                total += piece.weight
        if stem and any(matches(piece.name, stem) for piece in group):
            total += 4
        if tenant and any(
            len(key_of(piece.name)) >= 3
            and (key_of(piece.name) in tenant or (len(tenant) > 3 and tenant in key_of(piece.name)))
            for piece in group
        ):
            total += 2
        return total

    return sorted((group for group in groups if score(group) > 0), key=score, reverse=True)


def _best_form(group: list[_Evidence], stem: str) -> str:
    """The form to write: the one that most was said for; a signature or legal line before running text."""
    rank = {
        "label": 0,
        "client": 1,
        "signature": 1,
        "from": 1.5,
        "team": 2,
        "footer": 3,
        "body": 3,
        "subject": 4,
        "domain": 6,
    }

    def quality(piece: _Evidence) -> tuple[float, int, int]:
        matched = -2.0 if stem and matches(piece.name, stem) else 0.0
        return (
            matched + rank.get(piece.place, 5) - (1 if piece.weight >= 5 and piece.place == "signature" else 0),
            0,
            -len(piece.name),
        )

    best = min(group, key=quality).name
    letters = [char for char in bare(best) if char.isalpha()]
    if letters and all(char.isupper() for char in letters) and len(letters) > 5:
        other = next(
            (
                piece.name
                for piece in group
                if key_of(piece.name) == key_of(best) and any(char.islower() for char in bare(piece.name))
            ),
            None,
        )
        best = other or " ".join(
            word
            if len(word) <= 3
            and word.isupper()
            and squeezed(word)
            in {"gmbh", "ag", "se", "kg", "llp", "llc", "nv", "bv", "ab", "as", "rh", "hr", "nhs", "it"}
            else word[:1] + word[1:].lower()
            for word in best.split()
        )
    return best
