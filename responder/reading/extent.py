"""Where the name of a post ends in a running sentence: "Jefa de almacén que publicamos", "Category Buyer any further". Knows words, no mails."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from responder.reading.title import gender
from responder.reading.vocabulary import common_set, places, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from responder.reading.vocabulary import Speech, Vocabulary

_MOST = 9  # words of a role
_ABBREVIATED = re.compile(r"(?i)^(?:sr|jr|dy|asst|st|dr|mr|mrs|ds|spec|[^\W\d_])\.$")
_END = re.compile(r"[.;:!?]$")
_NUMERAL = re.compile(r"^(?:[IVX]{1,4}|\d|[A-Z]\d{0,2}|[#+/&]|C\+\+|\.NET)$")


def extents(text: str, speech: Speech, vocabulary: Vocabulary) -> Iterator[tuple[str, float]]:
    """Readings of a text that begins with a role, each with what speaks against it; the likeliest first."""
    text = text.strip()
    if (tail := gender().search(text)) and tail.start() > 2:
        text = text[: tail.start()]
    tokens = text.split()[: _MOST + 6]
    for end, loss in _ends(tokens, speech, vocabulary):
        kept = " ".join(tokens[:end]).strip(" ,")
        if kept:
            yield kept, loss


def _ends(tokens: list[str], speech: Speech, vocabulary: Vocabulary) -> Iterator[tuple[int, float]]:
    """How many words belong to the role, with what speaks against stopping there."""
    head, at, loss, followers, last = False, 0, 0.0, 0, 0
    bound = False
    while at < min(len(tokens), _MOST):
        token = tokens[at]
        word = _bare(token)
        if at and _stops(tokens, at, speech, vocabulary):
            break
        if (word in common_set("joining") and token[:1].islower()) or token in {"-", "–", "—", "/", "&", "+"}:
            step = _joined(tokens, at, head, speech, vocabulary)
            if step is None:
                break
            if head and step[1]:
                yield last, loss
                loss += step[1]
            at, bound = step[0], True
            continue
        titled = vocabulary.title_words.search(word) or vocabulary.role_like(word)
        if not (_is_capital(token) or titled or (not head and at < 3)):
            followers += not bound
            if followers > 1 or not (bound or _follows(tokens, at, speech, vocabulary)):
                break
        bound = False
        head = head or bool(titled)
        at += 1
        last = at
        if token.endswith(",") or (_END.search(token) and not _ABBREVIATED.match(token)):
            if token.endswith(",") and _continues(tokens, at, speech, vocabulary):
                yield at, loss + 0.3
                continue
            break
    if last:
        yield last, loss


def _bare(token: str) -> str:
    return plain(token.strip("\"'“”„«»()[],.;:!?*"))


def _is_capital(token: str) -> bool:
    letters = token.lstrip("\"'“”„«»([")
    return letters[:1].isupper() or bool(_NUMERAL.match(letters.rstrip(",.)"))) or letters.startswith(".")


def _stops(tokens: list[str], at: int, speech: Speech, vocabulary: Vocabulary) -> bool:
    """A word that no role has: "was", "position", "we", "leider"."""
    word = (
        re.split(r"['’]", _bare(tokens[at]))[0]
        if re.match(r"(?i)(?:i|you|we|it|they|that)['’]", tokens[at])
        else _bare(tokens[at])
    )
    two = f"{word} {_bare(tokens[at + 1])}" if at + 1 < len(tokens) else ""
    if tokens[at][:1].isupper() and word in vocabulary.org:
        return False
    joins = word in common_set("joining") and tokens[at][:1].islower()
    return (
        two in speech.ends or (word in speech.ends and not joins) or (word in speech.function and not joins) or not word
    )


def _joined(tokens: list[str], at: int, head: bool, speech: Speech, vocabulary: Vocabulary) -> tuple[int, float] | None:
    """Behind a small word: where to go on, and what speaks against it; None where the role ends before it."""
    word, after = _bare(tokens[at]), at + 1
    while after < len(tokens) and _bare(tokens[after]) in common_set("determiners") and word in common_set("binding"):
        after += 1
    if after >= len(tokens) or after - at > 2:
        return None
    following = tokens[after]
    name = _bare(following)
    small = not _is_capital(following) or speech.nouns_capital
    if not name or (small and (name in speech.function or name in speech.ends or name in vocabulary.role_stop)):
        return None
    if name in places() or f"{name} {_bare(tokens[after + 1]) if after + 1 < len(tokens) else ''}" in places():
        return None
    if word in common_set("binding"):
        return (after, 0.0) if head or _is_capital(following) or after < 4 else None
    capital = _is_capital(following)
    if (
        not capital
        and not (vocabulary.title_words.search(name) and word not in speech.ends)
        and not speech.nouns_follow
    ):
        return None
    if not capital and word in {"i", "a", "o", "e"} and not vocabulary.title_words.search(name):
        return None
    return after, 0.3 if word in speech.ends else 0.1


def _follows(tokens: list[str], at: int, speech: Speech, vocabulary: Vocabulary) -> bool:
    """A word in small letters that still belongs to the role: an adjective behind it, or a word before its noun ("nursery assistant")."""
    if any(
        vocabulary.title_words.search(_bare(token)) and not _stops(tokens, at + number, speech, vocabulary)
        for number, token in enumerate(tokens[at : at + 2])
    ):
        return not _stops(tokens, at, speech, vocabulary)
    return speech.nouns_follow and tokens[at][:1].isalpha()


def _continues(tokens: list[str], at: int, speech: Speech, vocabulary: Vocabulary) -> bool:
    """Whether what follows a comma may belong to the role ("Quality Engineer, Optics"): short, capitalised, no place, no name."""
    rest = tokens[at : at + 3]
    if not rest or not _is_capital(rest[0]) or _stops(tokens, at, speech, vocabulary):
        return False
    first = _bare(rest[0])
    if any(" ".join(_bare(token) for token in rest[:size]) in common_set("contract_words") for size in (1, 2)):
        return False
    return not (
        first in places()
        or " ".join(_bare(token) for token in rest[:2]) in places()
        or first in vocabulary.given
        or first in vocabulary.role_stop
    )
