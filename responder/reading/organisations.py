"""Names of organisations: their legal forms, what of them a domain keeps, and what is left when "Talent Team" goes. Knows nothing of mails."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cache
from typing import TYPE_CHECKING

from publicsuffixlist import PublicSuffixList

from responder.reading.cues import common as private
from responder.reading.names import DENSE
from responder.reading.vocabulary import any_of, common, common_set, places
from responder.reading.words import plain, squeezed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from responder.reading.vocabulary import Vocabulary


@cache
def legal_tail() -> re.Pattern[str]:
    """A legal form at the end of a name, or before a bar or a bracket, with what divides it from the name."""
    return re.compile(rf"(?i)[\s,]+(?:{'|'.join(common('legal_tails'))})(?=\s*$|[\s,.|·)])")


@cache
def legal_head() -> re.Pattern[str]:
    """A legal form that stands before the name (Japanese)."""
    return re.compile(rf"^(?:{'|'.join(common('legal_heads'))})\s*")


@cache
def legal_end() -> re.Pattern[str]:
    """A legal form written onto a name without a space."""
    return re.compile(rf"\s*(?:{'|'.join(common('legal_ends'))})$")


@cache
def with_legal() -> re.Pattern[str]:
    """Group 1: a capitalised name with its legal form, anywhere in a text."""
    upper, small = r"[^\W\d_a-zß-öø-ÿ", "|".join(common("joining"))
    return re.compile(
        rf"((?:{upper}][\w&.'’+-]{{0,40}}|&|und|and|de|of|van)(?:,? (?:{upper}(][\w&.'’+)-]{{0,40}}|&|{small}))*?,? "
        rf"(?:{'|'.join(common('legal_written'))}))(?![\w])"
    )


@cache
def dense_legal() -> re.Pattern[str]:
    """Group 1: the name of an organisation in a script without spaces, known by what it begins or ends with."""
    dense, heads = r"\u3040-\u30ff\u4e00-\u9fff", "|".join(common("legal_heads")[:-1])
    ends = "|".join((*common("legal_ends"), *common("dense_organisations")))
    return re.compile(rf"((?:{heads})[{dense}\w・]{{1,20}}|[{dense}A-Za-z・]{{1,20}}(?:{ends}))")


@cache
def _sentence_after_legal() -> re.Pattern[str]:
    """A legal form and the full stop of its sentence: "Acme GmbH. Leider"."""
    forms = "|".join(form for form in common("legal_written") if not form.endswith(("\\.", "\\.?")))
    return re.compile(rf"\b((?:{forms})|Inc|Ltd)\.\s+(?=[^\W\d_a-z])")


def is_freemail(domain: str) -> bool:
    """Whether the domain belongs to a provider of private mailboxes: it says nothing about an employer."""
    return registrable(domain) in private("private_mail")


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def registrable(domain: str) -> str:
    """The domain that its owner registered: "acme.co.uk" of "mail.acme.co.uk"; the domain itself where there is none."""
    return str(_suffixes().privatesuffix(domain.lower()) or domain.lower())


def is_mailbox(label: str) -> bool:
    """Whether the label of a domain says that mailboxes are let there: "webmail"."""
    return re.fullmatch("|".join(common("mailbox_labels")), label) is not None


def stem_of(domain: str, systems: frozenset[str] = frozenset()) -> str:
    """The label of a domain that a name may stand in, as letters and digits: "orrinvale" of "hr.orrinvale.ac.uk"; "" if there is none."""
    labels = [
        label
        for label in domain.lower().split(".")[:-1]
        if len(label) > 1
        and label not in common_set("domain_labels")
        and not any(squeezed(part) in systems for part in (label, *label.split("-")))
    ]
    return squeezed(labels[-1]) if labels else ""


def spelled(label: str, text: str, vocabulary: Vocabulary) -> str:
    """The name that the label of a domain is made of: "thesaltmarsh-kitchen" -> "The Saltmarsh Kitchen", in words of the text and of organisations."""
    said = {squeezed(word): word for word in re.findall(r"[\w'’]*\w", text) if len(word) >= 3 and word[:1].isupper()}
    label = re.sub(rf"^(?:{any_of(common('domain_heads'))})-?(?=\w{{4}})", "", label)
    label = re.sub(rf"[-_](?:{any_of(common('domain_ends'))})$", "", label)
    words = [word for part in re.split(r"[-_]", label) if part for word in _parted(part, said, vocabulary)]
    return " ".join(
        word if at and plain(word) in common_set("joining") else word[:1].upper() + word[1:]
        for at, word in enumerate(words)
    )


def _parted(part: str, said: dict[str, str], vocabulary: Vocabulary) -> list[str]:
    """The cheapest way to cut a run of letters into known words and at most long unknown ones."""
    best: list[tuple[float, list[str]]] = [(0.0, [])]
    for end in range(1, len(part) + 1):
        ways: list[tuple[float, list[str]]] = []
        for start in range(max(0, end - 24), end):
            cost, word = _cost(
                part[start:end], at_start=start == 0, whole=end - start == len(part), said=said, vocabulary=vocabulary
            )
            ways.append((best[start][0] + cost, [*best[start][1], word]))
        best.append(min(ways, key=lambda way: way[0]))
    return best[-1][1]


def _cost(word: str, *, at_start: bool, whole: bool, said: dict[str, str], vocabulary: Vocabulary) -> tuple[float, str]:
    known = said.get(word) or vocabulary.spelling.get(word)
    if known and len(word) >= 3:
        return {3: 2.6, 4: 2.0}.get(len(word), 1.5), known
    if at_start and not whole and word == "the":
        return 1.2, word
    return 1 + 0.5 * len(word) + (0 if len(word) >= 4 or whole else 4), word


def kinds_of(tokens: list[str], vocabulary: Vocabulary) -> list[str]:
    """What kind of word each is: "small", "team", "unit", "title", "public", "org", "person", "place" or "other"."""
    words = [plain(token).strip(".,;:'’()!\"-–") for token in tokens]
    kinds = [_kind(word, vocabulary) for word in words]
    for size in (4, 3, 2):
        for at in range(len(words) - size + 1):
            joined = " ".join(words[at : at + size])
            if joined in vocabulary.team or joined in vocabulary.titles:
                kinds[at : at + size] = ["team" if joined in vocabulary.team else "title"] * size
    return kinds


def _kind(word: str, vocabulary: Vocabulary) -> str:
    if not word or word in common_set("articles") or word in common_set("joining") or word in common_set("team_small"):
        return "small"
    if word in vocabulary.public:
        return "public"
    if word in vocabulary.units:
        return "unit"
    if word in vocabulary.org:
        return "unit" if word in vocabulary.team else "org"
    if word in vocabulary.connectors:
        return "small"
    if word in vocabulary.team or word.endswith(common("team_ends")):
        return "team"
    if vocabulary.title_words.search(word):
        return "title"
    if vocabulary.trade_words.search(word):
        return "org"
    if word in vocabulary.given:
        return "person"
    if word in places():
        return "place"
    return "other"


def dense_pieces(piece: str, vocabulary: Vocabulary) -> Iterator[tuple[str, frozenset[str]]]:
    """The names in a piece without spaces: from its beginning or behind a joining word, to where an organisation's word ends or a team's begins."""
    text = piece.strip(" 　,.-–:：（）()")[:60]
    starts = {0} | {
        at
        for at in range(1, len(text) - 1)
        if any(text[:at].endswith(word) for word in (*common("dense_joining"), *common("dense_left"), "是"))
    }
    ends = {len(text)}
    for at in range(1, len(text)):
        before = any(text[at - size : at] in vocabulary.trade_words for size in range(1, min(at, 8) + 1))
        behind = any(
            text[at : at + size] in known
            for size in range(1, 9)
            for known in (vocabulary.team, vocabulary.titles, vocabulary.units)
        )
        office = 2 <= len(text) - at <= 4 and text.endswith(common("dense_team_ends"))
        joined = any(text.startswith(word, at) for word in common("dense_joining"))
        if before or behind or office or joined:
            ends.add(at)
    for start in starts:
        for end in ends:
            name = text[start:end].strip(" 　-・")
            if end - start >= 2 and name and end - start <= 24:
                rest = text[end:].strip(" 　-・")
                cut = {_dense_kind(rest, vocabulary)} if rest else set[str]()
                yield name, frozenset(cut | ({"joined"} if start else set()))


def _dense_kind(rest: str, vocabulary: Vocabulary) -> str:
    if rest in vocabulary.team or rest.endswith(common("dense_team_ends")):
        return "team"
    if rest in vocabulary.units:
        return "unit"
    if rest.startswith(common("dense_joining")):
        return "joined"
    if vocabulary.trade_words.search(rest):
        return "org"
    return "title" if vocabulary.title_words.search(rest) else "other"


def bare(name: str) -> str:
    """A company's name without its legal form."""
    return legal_end().sub("", legal_head().sub("", legal_tail().sub("", name.strip()))).strip(" ,.-")


def key_of(name: str) -> str:
    """What two forms of one company name have in common."""
    text = re.sub(r"^(?:the|die|der|das|la|le|les|el|os|as) ", "", plain(bare(name)))
    return squeezed(re.sub(r"\s(?:&|\+)\s|\s(?:and|und|et|e|y|og|och|en)\s", " ", text))


def trim(name: str, vocabulary: Vocabulary) -> str:
    """A name caught in running text: small words at its end and words that begin a new thing go."""
    if ended := _sentence_after_legal().search(name):
        name = name[: ended.end(1)]
    tokens = re.split(r"(?<=\w{4})\.\s", name)[0].split()
    while tokens and (
        not (tokens[-1][:1].isupper() or tokens[-1][:1].isdigit() or DENSE.search(tokens[-1]))
        or plain(tokens[-1]) in {"the", "we", "you", "i", "sie", "and"}
    ):
        tokens.pop()
    if tokens and (base := vocabulary.org_inflections.get(plain(tokens[0]))):
        tokens[0] = base
    kept = " ".join(tokens).rstrip(",;:")
    if kept.endswith(".") and not legal_tail().search(kept) and not re.search(r"\b[A-Z]\.$|\.[A-Z]\.$", kept):
        kept = kept.rstrip(".")
    return kept.strip()


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
    """Whether two results of key_of() stand for one company: equal, one within the other, or a case ending apart."""
    if not one or not other:
        return False
    short, long = sorted((one, other), key=len)
    minimum = 2 if re.search(r"[\u3040-\u9fff]", short) else 4
    if short == long or (len(short) >= minimum and (long.startswith(short) or long.endswith(short))):
        return True
    return (
        len(short) >= 6 and short[:3] == long[:3] and SequenceMatcher(None, short, long).ratio() > 0.85
    )  # cases: "Fundacji Otwarte Okno"
