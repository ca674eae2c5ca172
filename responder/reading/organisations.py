"""Names of organisations: their legal forms, what of them a domain keeps, and what is left when "Talent Team" goes. Knows nothing of mails."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cache
from typing import TYPE_CHECKING

from publicsuffixlist import PublicSuffixList

from responder.reading.names import DENSE
from responder.reading.vocabulary import plain, squeezed

if TYPE_CHECKING:
    from responder.reading.vocabulary import Vocabulary

LEGAL_TAIL = re.compile(r"(?i)[\s,]+(?:gmbh(?: & co\.? kg(?:aa)?)?|ag|se|kg|ug|e\.\s?v\.?|a\. ?g\.?|inc\.?|llc|l\.l\.c\.|ltd\.?|limited|llp|plc|corp\.?|corporation|pty\.? ltd\.?|pvt\.? ltd\.?|pte\.? ltd\.?|clg|co\.,? ltd\.?|s\.?a\.? de c\.?v\.?|s\.?a\.?s\.?u?|s\.?a\.?r\.?l\.?|s\.?a\.?u?|s\.?l\.?u?|s\.?p\.?a\.?(?: a socio unico)?|s\.?r\.?l\.?s?|s/a|lda\.?|ltda\.?|b\.?v\.?|n\.?v\.?|vof|vzw|ab(?: \(publ\))?|a/s|aps|i/s|asa?|sp\. z o\.\s?o\.?(?: sp\. ?k\.?)?|sp\. ?k\.?|a\.ş\.?|ltd\. şti\.?)(?=\s*$|[\s,.|·)])")  # fmt: skip

LEGAL_HEAD = re.compile(
    r"^(?:株式会社|有限会社|合同会社|社会福祉法人|学校法人|医療法人(?:社団)?|一般社団法人|公益財団法人|[（(]株[)）])\s*"
)

LEGAL_END = re.compile(
    r"\s*(?:株式会社|有限会社|合同会社|股份有限公司|有限责任公司|有限責任公司|集团有限公司|有限公司)$"
)

WITH_LEGAL = re.compile(r"((?:[^\W\d_a-zß-öø-ÿ][\w&.'’+-]*|&|und|and|de|of|van)(?:,? (?:[^\W\d_a-zß-öø-ÿ(][\w&.'’+)-]*|&|und|and|of|de|del|la|van|für|z|i))*?,? (?:GmbH(?: & Co\.? KG(?:aA)?)?|AG|SE|KG|e\. ?V\.|a\. ?G\.|Inc\.?|LLC|Ltd\.?|Limited|LLP|plc|PLC|Corp\.?|Pty Ltd|Pvt\.? Ltd\.?|Pte\.? Ltd\.?|CLG|S\.A\. de C\.V\.|SAS|SARL|S\.A\.S?\.?|S\.L\.U?\.?|S\.p\.A\.|S\.r\.l\.|S/A|Lda\.?|Ltda\.?|B\.?V\.?|N\.?V\.?|VOF|vzw|AB|A/S|ApS|AS|ASA|Sp\. z o\.o\.|A\.Ş\.|Co\., Ltd\.))(?![\w])")  # fmt: skip

DENSE_LEGAL = re.compile(
    r"((?:株式会社|有限会社|合同会社|社会福祉法人|学校法人|医療法人)[\u3040-\u30ff\u4e00-\u9fff\w・]{1,20}|[\u3040-\u30ff\u4e00-\u9fffA-Za-z・]{1,20}(?:株式会社|有限公司|集团|集團|大学|大學|事务所|事務所|美术馆|美術館|学校|學校|医院|醫院|银行|銀行|酒店))"
)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)


def registrable(domain: str) -> str:
    """The registrable domain: "mail.acme.co.uk" -> "acme.co.uk"; the domain itself where there is none."""
    return str(_suffixes().privatesuffix(domain.lower()) or domain.lower())


FREEMAIL = frozenset(
    [
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "msn.com",
        "yahoo.com",
        "yahoo.fr",
        "yahoo.de",
        "yahoo.es",
        "yahoo.it",
        "yahoo.co.uk",
        "yahoo.co.jp",
        "ymail.com",
        "aol.com",
        "icloud.com",
        "me.com",
        "mac.com",
        "gmx.de",
        "gmx.net",
        "gmx.at",
        "gmx.ch",
        "gmx.com",
        "web.de",
        "t-online.de",
        "freenet.de",
        "posteo.de",
        "mailbox.org",
        "proton.me",
        "protonmail.com",
        "pm.me",
        "fastmail.com",
        "zoho.com",
        "yandex.com",
        "mail.ru",
        "qq.com",
        "163.com",
        "126.com",
        "sina.com",
        "foxmail.com",
        "orange.fr",
        "wanadoo.fr",
        "free.fr",
        "laposte.net",
        "sfr.fr",
        "libero.it",
        "virgilio.it",
        "tiscali.it",
        "alice.it",
        "uol.com.br",
        "bol.com.br",
        "terra.com.br",
        "sapo.pt",
        "telefonica.net",
        "ziggo.nl",
        "kpnmail.nl",
        "planet.nl",
        "telenet.be",
        "skynet.be",
        "telia.com",
        "comhem.se",
        "bredband.net",
        "online.no",
        "mail.dk",
        "wp.pl",
        "onet.pl",
        "o2.pl",
        "interia.pl",
        "bluewin.ch",
        "btinternet.com",
        "sky.com",
        "comcast.net",
        "verizon.net",
        "att.net",
        "bigpond.com",
        "optusnet.com.au",
        "docomo.ne.jp",
        "ezweb.ne.jp",
        "softbank.ne.jp",
        "naver.com",
        "hanmail.net",
        "rediffmail.com",
        "mynet.com",
    ]
)

_NO_NAMES = frozenset(
    [
        "mail",
        "email",
        "e-mail",
        "jobs",
        "job",
        "careers",
        "career",
        "karriere",
        "recruitment",
        "recruiting",
        "hr",
        "news",
        "info",
        "ac",
        "edu",
        "gov",
        "gv",
        "co",
        "com",
        "org",
        "net",
        "kommune",
        "notify",
        "portal",
        "apply",
        "www",
        "assess",
        "bewerbung",
        "hello",
    ]
)


def stem_of(domain: str, systems: frozenset[str] = frozenset()) -> str:
    """The label of a domain that a name may stand in, as letters and digits: "orrinvale" of "hr.orrinvale.ac.uk"; "" if there is none."""
    labels = [
        label for label in domain.lower().split(".")[:-1] if label not in _NO_NAMES and squeezed(label) not in systems
    ]
    return squeezed(labels[-1]) if labels else ""


def spelled(label: str, vocabulary: Vocabulary) -> str:
    """The words of a domain label where an organisation's word stands at one end: "talleresgorbea" -> "talleres gorbea"."""
    words = re.split(r"[-_]", label)
    return " ".join(part for word in words for part in _spelled_word(word, vocabulary))


def _spelled_word(word: str, vocabulary: Vocabulary) -> list[str]:
    for size in range(len(word) - 3, 3, -1):
        if word[:size] in vocabulary.org and len(word) - size >= 3:
            return [word[:size], word[size:]]
        if word[-size:] in vocabulary.org and len(word) - size >= 3:
            return [word[:-size], word[-size:]]
    return [word]


def bare(name: str) -> str:
    """A company's name without its legal form."""
    return LEGAL_END.sub("", LEGAL_HEAD.sub("", LEGAL_TAIL.sub("", name.strip()))).strip(" ,.-")


def key_of(name: str) -> str:
    """What two forms of one company name have in common."""
    text = re.sub(r"^(?:the|die|der|das|la|le|les|el|os|as) ", "", plain(bare(name)))
    return squeezed(re.sub(r"\s(?:&|\+)\s|\s(?:and|und|et|e|y|og|och|en)\s", " ", text))


def title_cased(text: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in text.split())


_JOINING = frozenset(
    [
        "of",
        "the",
        "for",
        "and",
        "de",
        "du",
        "des",
        "la",
        "le",
        "les",
        "di",
        "da",
        "do",
        "dos",
        "das",
        "del",
        "della",
        "van",
        "von",
        "der",
        "den",
        "het",
        "zu",
        "zum",
        "zur",
        "für",
        "und",
        "y",
        "e",
        "et",
        "en",
        "og",
        "och",
        "i",
        "in",
        "im",
        "am",
        "af",
        "på",
        "w",
        "z",
    ]
)


def in_small_letters(name: str) -> bool:
    """A piece of a sentence rather than a name: most of its words begin small."""
    tokens = [token for token in name.split() if plain(token) not in _JOINING]
    return len(name.split()) >= 3 and 2 * sum(not token[:1].islower() for token in tokens) < len(tokens)


ARTICLES = frozenset(
    [
        "the",
        "la",
        "le",
        "les",
        "el",
        "los",
        "las",
        "il",
        "lo",
        "gli",
        "die",
        "der",
        "das",
        "het",
        "de",
        "a",
        "o",
        "os",
        "as",
        "an",
        "l",
        "our",
        "your",
        "ihr",
        "dein",
        "your",
        "public",
        "global",
        "corporate",
    ]
)

_TEAMS = ("team", "teamet", "abteilung", "avdelningen", "afdelingen", "avdelingen")  # the ends of compounds
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
    if 1 < len(tokens) < whole and plain(tokens[0]) in ARTICLES:
        tokens = tokens[1:]
    tokens = _strip_end(tokens, vocabulary, last=False)
    kept = " ".join(tokens).strip(" ,;:-–|@'")
    return "" if plain(kept) in vocabulary.connectors or plain(kept) in ARTICLES else kept


def _strip_end(tokens: list[str], vocabulary: Vocabulary, *, last: bool) -> list[str]:
    """Takes team words off one end; articles and joining words go with them only."""
    rest, kept = tokens, tokens
    while rest:
        for size in (4, 3, 2, 1):
            piece = rest[-size:] if last else rest[:size]
            words = plain(" ".join(piece)).strip(".,;:@'")
            small = words in ARTICLES or words in _SMALL or words in vocabulary.connectors
            if len(rest) >= size and (
                small
                or (size == 1 and words.endswith(_TEAMS))
                or (words in vocabulary.team and not (size == 1 and words in vocabulary.org))
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
            if (text.endswith(word) and len(text) > len(word)) or text == word:
                text, changed = text[: -len(word)], True
                break
    return text


def trim(name: str, vocabulary: Vocabulary) -> str:
    """A name caught in running text: small words at its end and words that begin a new thing go."""
    tokens = re.split(r"(?<=\w{4})\.\s", name)[0].split()
    while tokens and (
        not (tokens[-1][:1].isupper() or tokens[-1][:1].isdigit() or DENSE.search(tokens[-1]))
        or plain(tokens[-1]) in {"the", "we", "you", "i", "sie", "and"}
    ):
        tokens.pop()
    kept = " ".join(tokens).rstrip(",;:")
    if kept.endswith(".") and not LEGAL_TAIL.search(kept) and not re.search(r"\b[A-Z]\.$|\.[A-Z]\.$", kept):
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


def same(one: str, other: str) -> bool:
    if not one or not other:
        return False
    short, long = sorted((one, other), key=len)
    minimum = 2 if re.search(r"[\u3040-\u9fff]", short) else 4
    if short == long or (len(short) >= minimum and (long.startswith(short) or long.endswith(short))):
        return True
    return (
        len(short) >= 6 and short[:3] == long[:3] and SequenceMatcher(None, short, long).ratio() > 0.85
    )  # cases: "Fundacji Otwarte Okno"
