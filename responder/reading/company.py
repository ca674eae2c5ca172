"""Which company a mail is about: every place that names one gives evidence, the name with most of it wins. Relays and boards are no companies."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from typing import TYPE_CHECKING

from publicsuffixlist import PublicSuffixList

from responder.reading.names import DENSE, parse_name
from responder.reading.vocabulary import plain, squeezed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from responder.reading.layout import Layout
    from responder.reading.message import Message
    from responder.reading.people import Sender, Signer
    from responder.reading.vocabulary import Speech, Vocabulary

_SPLIT = re.compile(r"\s*[|·•]\s*|\s+[–—]\s+|\s+-\s+|\s+/\s+|\t|:\s+")
_LEGAL_TAIL = re.compile(r"(?i)[\s,]+(?:gmbh(?: & co\.? kg(?:aa)?)?|ag|se|kg|ug|e\.\s?v\.?|a\. ?g\.?|inc\.?|llc|l\.l\.c\.|ltd\.?|limited|llp|plc|corp\.?|corporation|pty\.? ltd\.?|pvt\.? ltd\.?|pte\.? ltd\.?|clg|co\.,? ltd\.?|s\.?a\.? de c\.?v\.?|s\.?a\.?s\.?u?|s\.?a\.?r\.?l\.?|s\.?a\.?u?|s\.?l\.?u?|s\.?p\.?a\.?(?: a socio unico)?|s\.?r\.?l\.?s?|s/a|lda\.?|ltda\.?|b\.?v\.?|n\.?v\.?|vof|vzw|ab(?: \(publ\))?|a/s|aps|i/s|asa?|sp\. z o\.\s?o\.?(?: sp\. ?k\.?)?|sp\. ?k\.?|a\.ş\.?|ltd\. şti\.?)(?=\s*$|[\s,.|·)])")  # fmt: skip
_LEGAL_HEAD = re.compile(
    r"^(?:株式会社|有限会社|合同会社|社会福祉法人|学校法人|医療法人(?:社団)?|一般社団法人|公益財団法人|[（(]株[)）])\s*"
)
_LEGAL_END = re.compile(
    r"\s*(?:株式会社|有限会社|合同会社|股份有限公司|有限责任公司|有限責任公司|集团有限公司|有限公司)$"
)
_WITH_LEGAL = re.compile(r"((?:[^\W\d_a-zß-öø-ÿ][\w&.'’+-]*|&|und|and|de|of|van)(?:,? (?:[^\W\d_a-zß-öø-ÿ(][\w&.'’+)-]*|&|und|and|of|de|del|la|van|für|z|i))*?,? (?:GmbH(?: & Co\.? KG(?:aA)?)?|AG|SE|KG|e\. ?V\.|a\. ?G\.|Inc\.?|LLC|Ltd\.?|Limited|LLP|plc|PLC|Corp\.?|Pty Ltd|Pvt\.? Ltd\.?|Pte\.? Ltd\.?|CLG|S\.A\. de C\.V\.|SAS|SARL|S\.A\.S?\.?|S\.L\.U?\.?|S\.p\.A\.|S\.r\.l\.|S/A|Lda\.?|Ltda\.?|B\.?V\.?|N\.?V\.?|VOF|vzw|AB|A/S|ApS|AS|ASA|Sp\. z o\.o\.|A\.Ş\.|Co\., Ltd\.))(?![\w])")  # fmt: skip
_DENSE_LEGAL = re.compile(
    r"((?:株式会社|有限会社|合同会社|社会福祉法人|学校法人|医療法人)[\u3040-\u30ff\u4e00-\u9fff\w・]{1,20}|[\u3040-\u30ff\u4e00-\u9fffA-Za-z・]{1,20}(?:株式会社|有限公司|集团|集團|大学|大學|事务所|事務所|美术馆|美術館|学校|學校|医院|醫院|银行|銀行|酒店))"
)


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


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)


def registrable(domain: str) -> str:
    """The registrable domain: "mail.acme.co.uk" -> "acme.co.uk"; the domain itself where there is none."""
    return str(_suffixes().privatesuffix(domain.lower()) or domain.lower())


FREEMAIL = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com yahoo.fr yahoo.de yahoo.es yahoo.it yahoo.co.uk yahoo.co.jp ymail.com aol.com icloud.com me.com mac.com gmx.de gmx.net gmx.at gmx.ch gmx.com web.de t-online.de freenet.de posteo.de mailbox.org proton.me protonmail.com pm.me fastmail.com zoho.com yandex.com mail.ru qq.com 163.com 126.com sina.com foxmail.com orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it virgilio.it tiscali.it alice.it uol.com.br bol.com.br terra.com.br sapo.pt telefonica.net ziggo.nl kpnmail.nl planet.nl telenet.be skynet.be telia.com comhem.se bredband.net online.no mail.dk wp.pl onet.pl o2.pl interia.pl bluewin.ch btinternet.com sky.com comcast.net verizon.net att.net bigpond.com optusnet.com.au docomo.ne.jp ezweb.ne.jp softbank.ne.jp naver.com hanmail.net rediffmail.com mynet.com".split()
)


_NO_NAMES = frozenset(
    "mail email e-mail jobs job careers career karriere recruitment recruiting hr news info ac edu gov gv co com org net kommune notify portal apply www assess bewerbung hello".split()
)


def stem_of(domain: str, systems: frozenset[str] = frozenset()) -> str:
    """The label of a domain that a name may stand in, as letters and digits: "orrinvale" of "hr.orrinvale.ac.uk"; "" if there is none."""
    labels = [
        label for label in domain.lower().split(".")[:-1] if label not in _NO_NAMES and squeezed(label) not in systems
    ]
    return squeezed(labels[-1]) if labels else ""


def bare(name: str) -> str:
    """A company's name without its legal form."""
    return _LEGAL_END.sub("", _LEGAL_HEAD.sub("", _LEGAL_TAIL.sub("", name.strip()))).strip(" ,.-")


def key_of(name: str) -> str:
    """What two forms of one company name have in common."""
    text = re.sub(r"^(?:the|die|der|das|la|le|les|el|os|as) ", "", plain(bare(name)))
    return squeezed(re.sub(r"\s(?:&|\+)\s|\s(?:and|und|et|e|y|og|och|en)\s", " ", text))


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
    stem = "" if relay or not domain or registrable(domain) in FREEMAIL else squeezed(registrable(domain).split(".")[0])
    tenant = squeezed(address.local if relay and address else "") + squeezed(domain.split(".")[0] if relay else "")
    people = [squeezed(signer.name.text) for signer in signers] + [squeezed(name) for name in own]
    found = [
        piece
        for piece in _evidence(message, layout, signers, sender, stem, speeches, vocabulary)
        if _possible(piece.name, people, vocabulary)
    ]
    scored = _group(found, stem, tenant)
    client_words = bool(vocabulary.client.search(plain(layout.body)))
    if not scored:
        if stem:
            label = next(label for label in domain.lower().split(".") if squeezed(label) == stem)
            return Company(_title_cased(re.sub(r"[-_]", " ", label)), client_words, (), (registrable(domain),))
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
    if any(_same(key_of(name), key_of(piece.name)) for piece in agency) or " ".join(words[1:]) not in layout.body:
        return None
    return name


def _title_cased(text: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in text.split())


_JOINING = frozenset(
    "of the for and de du des la le les di da do dos das del della van von der den het zu zum zur für und y e et en og och i in im am af på w z".split()
)


def _in_small_letters(name: str) -> bool:
    """A piece of a sentence rather than a name: most of its words begin small."""
    tokens = [token for token in name.split() if plain(token) not in _JOINING]
    return len(name.split()) >= 3 and 2 * sum(not token[:1].islower() for token in tokens) < len(tokens)


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
        words.split()[0] in vocabulary.role_stop - _ARTICLES
        or vocabulary.salutations.match(words)
        or _in_small_letters(name)
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
        or bool(DENSE.search(name))
    )


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
                    name = _trim(match["company"], vocabulary)
                    if name:
                        yield _Evidence(name, weight, place)
        for pattern in speech.employers:
            for match in list(pattern.finditer(text[:6000]))[:3]:
                name = _trim(match["company"], vocabulary)
                if name and not signers and not (stem and matches(name, stem)):
                    yield _Evidence(name, 14, "label")
        for pattern in speech.clients:
            for match in list(pattern.finditer(text[:6000]))[:3]:
                yield _Evidence(_trim(match["company"], vocabulary), 1.5, "client")
    for piece in re.split(r"\s+[-–—|]\s+|:\s+|\s*【|】", subject):
        name = piece.strip()
        if name and len(name.split()) <= 6 and name in text and name[:1].isupper():
            yield _Evidence(name, 0.6, "subject")
    for match in list(_WITH_LEGAL.finditer(text))[:5]:
        yield _Evidence(match[1], 2.5, "body")
    for line in layout.footers:
        for match in [*_WITH_LEGAL.finditer(line[:400]), *_DENSE_LEGAL.finditer(line[:400])][:2]:
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
            whole = re.sub(r"\s*\([^)]*\)$", "", piece) if not _LEGAL_TAIL.search(piece) else piece
            name = whole if len(stem) > 3 and squeezed(whole) == stem else strip_team(whole, vocabulary)
            if not name or re.search(r"\d{4,}|@|www\.|://", name):
                continue
            weight = _signature_weight(name, whole, vocabulary)
            if weight and first_person >= 0 and at < first_person and weight < 3:
                weight = 1
            if weight:
                yield _Evidence(name, weight - 0.1 * number, "signature" if name == whole else "team")


def _is_signers(piece: str, signers: tuple[Signer, ...], vocabulary: Vocabulary) -> bool:
    """The piece is a signer's name, or a part of it."""
    name = parse_name(piece, vocabulary)
    if any(
        squeezed(signer.as_signed) == squeezed(piece) or squeezed(signer.name.text) == squeezed(piece)
        for signer in signers
    ):
        return True
    return name is not None and any(name.tokens and set(name.tokens) <= set(signer.name.tokens) for signer in signers)


def _signature_weight(name: str, piece: str, vocabulary: Vocabulary) -> float:
    words = plain(name)
    legal = bool(_LEGAL_TAIL.search(name) or _LEGAL_HEAD.search(name) or _LEGAL_END.search(name))
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


_ARTICLES = frozenset(
    "the la le les el los las il lo gli die der das het de a o os as an l our your ihr dein your public global corporate".split()
)
_SMALL = frozenset({"&", "and", "und", "et", "og", "och", "-", "–", "|", "@", "y", "e", "w", "i", ""})


def strip_team(text: str, vocabulary: Vocabulary) -> str:
    """The company in "The Acme Talent Team", "Ihr Recruiting Center der Acme Gruppe", "Selección Grupo Acme": team words at both ends go."""
    text = re.sub(r"(?i)\s*\([^)]*(?:reply|respond|antwort)[^)]*\)", "", text).strip(" \"',;:!-–|@")
    text = re.sub(
        r"(?i)^(?:for and )?on behalf of\s+(?:all at )?|\s+a socio unico$|[\s,]+\+?\(?\d[\d ()/.-]{5,}$", "", text
    )
    if DENSE.search(text) and " " not in text.strip():
        return _strip_dense(text, vocabulary)
    tokens = text.split()
    whole = len(tokens)
    tokens = _strip_end(tokens, vocabulary, last=True)
    if 1 < len(tokens) < whole and plain(tokens[0]) in _ARTICLES:
        tokens = tokens[1:]
    tokens = _strip_end(tokens, vocabulary, last=False)
    kept = " ".join(tokens).strip(" ,;:-–|@'")
    return "" if plain(kept) in vocabulary.connectors or plain(kept) in _ARTICLES else kept


def _strip_end(tokens: list[str], vocabulary: Vocabulary, *, last: bool) -> list[str]:
    """Takes team words off one end; articles and joining words go with them only."""
    rest, kept = tokens, tokens
    while rest:
        for size in (4, 3, 2, 1):
            piece = rest[-size:] if last else rest[:size]
            words = plain(" ".join(piece)).strip(".,;:@'")
            small = words in _ARTICLES or words in _SMALL or words in vocabulary.connectors
            if len(rest) >= size and (
                small or (words in vocabulary.team and not (size == 1 and words in vocabulary.org))
            ):
                rest = rest[:-size] if last else rest[size:]
                if not small or kept is not tokens:
                    kept = rest
                break
        else:
            break
    return kept


def _strip_dense(text: str, vocabulary: Vocabulary) -> str:
    changed = True
    words = (
        word
        for word in vocabulary.team | vocabulary.titles
        if DENSE.search(word) and len(word) > 1 and word not in vocabulary.org
    )
    teams = sorted(words, key=len, reverse=True)
    while changed and text:
        changed = False
        for word in [*teams, "敬上", "hr", "HR", "-"]:
            if text.endswith(word) and len(text) > len(word) or text == word:
                text, changed = text[: -len(word)], True
                break
    return text


def _trim(name: str, vocabulary: Vocabulary) -> str:
    """A name caught in running text: small words at its end and words that begin a new thing go."""
    tokens = re.split(r"(?<=\w{4})\.\s", name)[0].split()
    while tokens and (
        not (tokens[-1][:1].isupper() or tokens[-1][:1].isdigit() or DENSE.search(tokens[-1]))
        or plain(tokens[-1]) in {"the", "we", "you", "i", "sie", "and"}
    ):
        tokens.pop()
    kept = " ".join(tokens).rstrip(",;:")
    if kept.endswith(".") and not _LEGAL_TAIL.search(kept) and not re.search(r"\b[A-Z]\.$|\.[A-Z]\.$", kept):
        kept = kept.rstrip(".")
    return (
        strip_team(kept.strip(), vocabulary)
        if plain(kept.split()[-1] if kept.split() else "") in vocabulary.team
        else kept.strip()
    )


def matches(name: str, stem: str) -> bool:
    """The label of a domain is made of this company name, or of its main word, or of its initials."""
    whole = key_of(name)
    latin = re.sub(r"[^a-z0-9]", "", whole)
    if len(latin) < 3 or len(stem) < 3:
        return False
    stem = stem.replace("ue", "u").replace("oe", "o").replace("ae", "a")
    for form in (latin, latin.replace("ue", "u").replace("oe", "o").replace("ae", "a")):
        if form in stem or stem in form:
            return True
    words = [re.sub(r"[^a-z0-9]", "", word) for word in plain(bare(name)).split()]
    return any(len(word) >= 5 and word in stem for word in words) or "".join(word[:1] for word in words if word) == stem


def _group(found: list[_Evidence], stem: str, tenant: str) -> list[list[_Evidence]]:
    """Evidence for one company together, strongest company first."""
    groups: list[list[_Evidence]] = []
    for piece in sorted(found, key=lambda one: -len(key_of(one.name))):
        key = key_of(piece.name)
        for group in groups:
            if any(_same(key, key_of(other.name)) for other in group):
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


def _same(one: str, other: str) -> bool:
    if not one or not other:
        return False
    short, long = sorted((one, other), key=len)
    minimum = 2 if re.search(r"[\u3040-\u9fff]", short) else 4
    if short == long or (len(short) >= minimum and (long.startswith(short) or long.endswith(short))):
        return True
    return (
        len(short) >= 6 and short[:3] == long[:3] and SequenceMatcher(None, short, long).ratio() > 0.85
    )  # cases: "Fundacji Otwarte Okno"


def _best_form(group: list[_Evidence], stem: str) -> str:
    """The form to write: the one that most was said for; a signature or legal line before running text."""
    rank = {"label": 0, "client": 1, "signature": 1, "from": 1.5, "team": 2, "footer": 3, "body": 3, "subject": 4}

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
