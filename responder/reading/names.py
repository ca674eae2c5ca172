"""Names of human beings: is this piece of text one, and what is it without titles, degrees and pronouns. Knows nothing of mails.

Own rules: the name parsers on offer take "The Acme Talent Team" for a person and "María José" for a company.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from responder.reading.vocabulary import common, common_set
from responder.reading.words import plain, squeezed

if TYPE_CHECKING:
    from responder.reading.vocabulary import Vocabulary

_BRACKETS = re.compile(r"\s*[(（\[][^)）\]]*[)）\]]\s*|\s*[\"“„«][^\"”»“]{1,15}[\"”»“]\s*")
_TOKEN = re.compile(r"[^\W\d_](?:[^\W\d_]|['’´.ªº-])*\.?")
_INITIALS = re.compile(r"^(?:[^\W\d_]\.?-?){1,3}$")
_HAN = r"\u3005\u4e00-\u9fff"
_KANA = r"\u3040-\u30ff"
DENSE = re.compile(rf"[{_HAN}{_KANA}]")
_DENSE_NAME = re.compile(rf"[{_HAN}{_KANA}]{{1,6}}(?:[ 　・][{_HAN}{_KANA}]{{1,5}})?")
_HAN_ONLY = re.compile(rf"[{_HAN}]+")
_OKURIGANA = re.compile(r"[\u4e00-\u9fff][るすくうむぶつぬいた]$")  # 見る: a verb, not a name
_LATIN_BESIDE = re.compile(r"\s*[A-Za-z][A-Za-z .'-]*\s*")


@dataclass(frozen=True, slots=True)
class Name:
    """A name as a person would write it, with the honorific that stood before it."""

    text: str
    honorific: str | None = None

    @property
    def tokens(self) -> tuple[str, ...]:
        """Its words in plain(), particles left out."""
        words = re.findall(r"\w+", plain(self.text))
        return tuple(word for at, word in enumerate(words) if at == 0 or word not in common_set("particles"))


def parse_name(piece: str, vocabulary: Vocabulary, *, lenient: bool = False) -> Name | None:
    """The name that a piece of text is, or None. Lenient: small letters are allowed ("bea"); the caller knows that a name stands here."""
    piece = _BRACKETS.sub(" ", piece).strip(" \t-–—/~|,;:!.*_•·\u200b☕🍺💙") + (
        "." if re.search(r"\b[^\W\d_]\.\s*$", piece) else ""
    )
    if not piece or len(piece) > 60 or re.search(r"[\d@:/&=<>#%]", piece):
        return None
    if DENSE.search(piece):
        return _dense(piece, vocabulary)
    if match := vocabulary.prefixes.match(plain(piece)):
        piece = piece[match.end() :].strip(" .,")
    first, _, behind = piece.partition(" ")
    if behind and plain(first).strip(",!.") in vocabulary.partings | common_set("before_names"):
        piece = behind  # "Hilsen Preben"
    head, *rest = re.split(r",\s*", piece)
    if any(not _is_degree(part, vocabulary) for part in rest):
        return None
    tokens = head.split()
    honorifics, tokens = _take_honorifics(tokens, vocabulary)
    if len(tokens) > 2 and _is_rank(tokens[0], vocabulary) and plain(tokens[1]) in vocabulary.given:
        honorifics, tokens = [*honorifics, tokens[0]], tokens[1:]  # "Supervisora Neusa Gattaz"
    while len(tokens) > 1 and _is_degree(tokens[-1], vocabulary):
        tokens.pop()
    if not _looks_like_name(tokens, vocabulary, lenient):
        return None
    return Name(" ".join(_cased(token) for token in tokens), " ".join(honorifics) or None)


def _is_degree(word: str, vocabulary: Vocabulary) -> bool:
    parts = word.split()
    return bool(parts) and all(squeezed(part) in vocabulary.degrees for part in parts)


def _take_honorifics(tokens: list[str], vocabulary: Vocabulary) -> tuple[list[str], list[str]]:
    taken: list[str] = []
    while (
        len(tokens) > 1
        and (plain(tokens[0]).rstrip(".") in vocabulary.honorifics)
        and not (len(tokens[0]) == 2 and tokens[0].endswith("."))  # "M. Hübner" is an initial as often
        and tokens[0] != "HR"
    ):
        taken.append(tokens.pop(0))
    return taken, tokens


def _looks_like_name(tokens: list[str], vocabulary: Vocabulary, lenient: bool) -> bool:
    if not 1 <= len(tokens) <= 6:
        return False
    words = [token for at, token in enumerate(tokens) if at == 0 or plain(token) not in common_set("particles")]
    if not words or len(words) > 5:
        return False
    for at, token in enumerate(words):
        if not _TOKEN.fullmatch(token):
            return False
        if not token[0].isupper() and not lenient and not re.match(r"d['’]\w", token):
            return False
        bare = plain(token).strip(".")
        if len(bare) == 1 and token.endswith("."):
            continue  # an initial
        if (
            at == 0
            and len(words) == 2 == len(tokens)
            and bare in common_set("called_by")
            and plain(words[1]) in vocabulary.given
        ):
            continue  # "Chef Antoine": so they are called
        if _is_no_name(token, bare, vocabulary) and not _is_surname(at, words, bare, vocabulary):
            return False
    if any(plain(f"{one} {two}") in vocabulary.team for one, two in pairwise(tokens)):
        return False
    joined = plain(" ".join(tokens))
    return not (
        joined in vocabulary.team
        or joined in vocabulary.titles
        or joined in vocabulary.role_stop
        or (vocabulary.salutations.match(joined) is not None and joined.split()[0] not in vocabulary.given)
    )


def _is_rank(token: str, vocabulary: Vocabulary) -> bool:
    """A title as it stands before a name."""
    bare = plain(token).strip(".")
    return bare in vocabulary.titles and bare not in vocabulary.given


def _is_no_name(token: str, bare: str, vocabulary: Vocabulary) -> bool:
    return (
        bare in vocabulary.team
        or bare in vocabulary.org
        or bare in vocabulary.titles
        or re.sub(r"\W", "", token.lower()) in vocabulary.legal
        or bare in common_set("never_names")
        or bare in vocabulary.partings
        or (bare.endswith((*common("team_ends"), *common("office_ends"))) and bare not in vocabulary.given)
    )


def _is_surname(at: int, words: list[str], bare: str, vocabulary: Vocabulary) -> bool:
    """Whether a word that has another meaning is a part of a name: "Anna Schneider", "Grace Porter", "Dean Holt"."""
    others = any(plain(word) in vocabulary.given for other, word in enumerate(words) if other != at)
    if len(words) < 2 or (bare in vocabulary.team and not (bare in common_set("particles") and others)):
        return False
    if bare in vocabulary.given or (bare in common_set("particles") and others):
        return True
    first = plain(words[0]).strip(".")
    trade = bare in vocabulary.titles and bare not in common_set("common_titles")
    return at > 0 and trade and first in vocabulary.given and first not in vocabulary.org | vocabulary.team


def _cased(token: str) -> str:
    """ALL CAPS to normal case; everything else as written."""
    letters = [char for char in token if char.isalpha()]
    if (
        len(letters) < 2
        or not all(char.isupper() for char in letters)
        or (token.endswith(".") and len(letters) <= 2)
        or "." in token[:-1]
    ):
        return (
            token
            if token[:1].isupper() or plain(token) in common_set("particles") or "'" in token or "’" in token
            else token[:1].upper() + token[1:]
        )
    return re.sub(r"[^\W\d_]+", lambda match: match[0][0] + match[0][1:].lower(), token)


def _dense(piece: str, vocabulary: Vocabulary) -> Name | None:
    """A Japanese or Chinese name: two short words, or two to four characters of which the first is a family name."""
    original = piece
    piece = _LATIN_BESIDE.sub("", piece).strip() if re.search(r"[A-Za-z]", piece) else piece
    piece = re.sub(r"[\s　]+", " ", piece)
    for ending in vocabulary.after_names:
        if piece.endswith(ending) and len(piece) > len(ending):
            piece = piece[: -len(ending)].strip()
            if len(piece) == 1 and piece in vocabulary.surnames:
                return Name(piece)  # 蔡总
            break
    if not _DENSE_NAME.fullmatch(piece) or vocabulary.org_words.search(piece) or vocabulary.salutations.match(piece):
        return None
    words = piece.split(" ")
    if _OKURIGANA.search(piece):
        return None
    if any(
        word in vocabulary.titles or word in vocabulary.team or word in vocabulary.role_stop for word in words
    ) or vocabulary.signoffs.match(piece):
        return None
    if piece in common("dense_never") or (
        len(words) == 1
        and len(piece) > 2
        and piece.endswith(common("dense_team_ends"))
        and piece not in common("dense_surnames")
    ):
        return None
    if len(words) == 2 and any(
        len(word) >= 3 and word.endswith(common("dense_team_ends")) and word not in common("dense_surnames")
        for word in words
    ):
        return None
    if len(words) == 2:
        longest = [3 if _HAN_ONLY.fullmatch(word) else 4 for word in words]
        return Name(piece) if all(1 <= len(word) <= most for word, most in zip(words, longest, strict=True)) else None
    if vocabulary.title_words.search(piece) and piece[0] not in vocabulary.surnames:
        return None
    known = piece[0] in vocabulary.surnames and 2 <= len(piece) <= 4
    kana = bool(re.fullmatch(rf"[{_KANA}]{{2,5}}", piece))
    return Name(piece) if known or kana or (len(piece) <= 3 and original == piece) else None


def same_person(one: Name, other: Name) -> bool:
    """True where one name is a part or a short form of the other: "Bea" and "Bea Lindholm-Ortiz", "OG" and "Ottilie Grange"."""
    mine, theirs = one.tokens, other.tokens
    if not mine or not theirs:
        return squeezed(one.text) == squeezed(other.text) or one.text in other.text or other.text in one.text
    if DENSE.search(one.text + other.text):
        return squeezed(one.text) in squeezed(other.text) or squeezed(other.text) in squeezed(one.text)
    if set(mine) & set(theirs):
        return True
    short, long = sorted((mine, theirs), key=len)
    if len(short) == 1 and _INITIALS.match(short[0]) and short[0] in {"".join(word[0] for word in long), long[0][0]}:
        return True
    return len(short) == 1 and len(short[0]) >= 3 and (long[0].startswith(short[0]) or short[0].startswith(long[0]))


def fuller(one: Name, other: Name) -> Name:
    """Of two forms of one name the one with more in it; full words count more than initials."""

    def weight(name: Name) -> tuple[int, int]:
        tokens = name.tokens
        return (sum(2 if len(token) > 1 else 1 for token in tokens), len(name.text))

    best = max((one, other), key=weight)
    return Name(best.text, best.honorific or one.honorific or other.honorific)
