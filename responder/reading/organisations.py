"""Names of organisations: their legal forms, what of them a domain keeps, and what is left when "Talent Team" goes. Knows nothing of mails."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cache
from typing import TYPE_CHECKING

from publicsuffixlist import PublicSuffixList

from responder.reading.cues import common as private
from responder.reading.names import DENSE
from responder.reading.vocabulary import common, common_set, plain, squeezed

if TYPE_CHECKING:
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
        rf"((?:{upper}][\w&.'’+-]*|&|und|and|de|of|van)(?:,? (?:{upper}(][\w&.'’+)-]*|&|{small}))*?,? "
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
    return PublicSuffixList(only_icann=True)


def registrable(domain: str) -> str:
    """The registrable domain: "mail.acme.co.uk" -> "acme.co.uk"; the domain itself where there is none."""
    return str(_suffixes().privatesuffix(domain.lower()) or domain.lower())


def is_mailbox(label: str) -> bool:
    """Whether the label of a domain says that mailboxes are let there: "webmail"."""
    return re.fullmatch("|".join(common("mailbox_labels")), label) is not None


def stem_of(domain: str, systems: frozenset[str] = frozenset()) -> str:
    """The label of a domain that a name may stand in, as letters and digits: "orrinvale" of "hr.orrinvale.ac.uk"; "" if there is none."""
    labels = [
        label
        for label in domain.lower().split(".")[:-1]
        if label not in common_set("domain_labels") and squeezed(label) not in systems
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
    return legal_end().sub("", legal_head().sub("", legal_tail().sub("", name.strip()))).strip(" ,.-")


def key_of(name: str) -> str:
    """What two forms of one company name have in common."""
    text = re.sub(r"^(?:the|die|der|das|la|le|les|el|os|as) ", "", plain(bare(name)))
    return squeezed(re.sub(r"\s(?:&|\+)\s|\s(?:and|und|et|e|y|og|och|en)\s", " ", text))


def title_cased(text: str) -> str:
    """Each word with a capital, the rest as it is."""
    return " ".join(word[:1].upper() + word[1:] for word in text.split())


def in_small_letters(name: str) -> bool:
    """A piece of a sentence rather than a name: most of its words begin small."""
    tokens = [token for token in name.split() if plain(token) not in common_set("joining")]
    return len(name.split()) >= 3 and 2 * sum(not token[:1].islower() for token in tokens) < len(tokens)


def strip_team(text: str, vocabulary: Vocabulary) -> str:
    """The company in "The Acme Talent Team", "Ihr Recruiting Center der Acme Gruppe", "Selección Grupo Acme": team words at both ends go."""
    text = re.sub(r"(?i)\s*\([^)]*(?:reply|respond|antwort)[^)]*\)", "", text).strip(" \"',;:!-–|@")
    text = re.sub(r"^[LlDd]['’](?=\w)", "", text)
    text = re.sub(r"(\w)['’]s(?=\s+\w+$|\s+\w+\s+\w+$)", r"\1", text) if text[-4:].lower() == "team" else text
    text = re.sub(
        r"(?i)^(?:for and )?on behalf of\s+(?:all at )?|\s+a socio unico$|[\s,]+\+?\(?\d[\d ()/.-]{5,}$", "", text
    )
    if (inside := re.fullmatch(r"([^()]+)\(([^()]{2,60})\)", text)) and all(
        word in vocabulary.team for word in plain(inside[1]).split()
    ):
        text = inside[2]  # "Recruitment (Acme)"
    if DENSE.search(text) and " " not in text.strip():
        return _strip_dense(text, vocabulary)
    tokens = text.split()
    whole = len(tokens)
    tokens = _strip_end(tokens, vocabulary, last=True)
    if 1 < len(tokens) < whole and plain(tokens[0]) in common_set("articles"):
        tokens = tokens[1:]
    tokens = _strip_end(tokens, vocabulary, last=False)
    kept = " ".join(tokens).strip(" ,;:-–|@'")
    return "" if plain(kept) in vocabulary.connectors or plain(kept) in common_set("articles") else kept


def _strip_end(tokens: list[str], vocabulary: Vocabulary, *, last: bool) -> list[str]:
    """Takes team words off one end; articles and joining words go with them only."""
    rest, kept = tokens, tokens
    while rest:
        for size in (4, 3, 2, 1):
            piece = rest[-size:] if last else rest[:size]
            words = plain(" ".join(piece)).strip(".,;:@'")
            small = (
                words in common_set("articles")
                or words in common_set("team_small")
                or not words
                or words in vocabulary.connectors
            )
            if len(rest) >= size and (
                small
                or (size == 1 and words.endswith(common("team_ends")))
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
