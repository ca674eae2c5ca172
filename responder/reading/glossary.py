"""A text as words and marks, each with what the vocabulary knows of it. Knows words, no mails."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from responder.reading.occupations import occupations_of
from responder.reading.title import gender, number
from responder.reading.vocabulary import common, common_set, places
from responder.reading.words import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from responder.reading.occupations import Occupations
    from responder.reading.vocabulary import Vocabulary

_DENSE = "\u3005-\u3007\u3040-\u30ff\u4e00-\u9fff"
_LATIN = rf"[^\W_{_DENSE}]"
_TOKEN = re.compile(
    rf"(?P<dense>[{_DENSE}]+)"
    rf"|(?P<word>{_LATIN}(?:{_LATIN}|['’´+#]|\.?(?:[-.&:*·_]|/(?={_LATIN}{{1,3}}(?!{_LATIN})))(?={_LATIN})|\({_LATIN}{{1,4}}\)(?!\s*\())*\.?\*?)"
    r"|(?P<mark>\S)"
)
_KANA = re.compile(r"[\u30a1-\u30ff]+")
_ELIDED = re.compile(r"([^\W\d_]{1,6})['’]([^\W\d_].*)$")
_YEAR = re.compile(r"(?:19|20)\d\d(?:[/-]\d{2,4})?$")
GENDER, NUMBER = "⚥", "№"
HEADS = {"head", "bent", "made", "loan", "common"}


@dataclass(frozen=True, slots=True)
class Token:
    """One word or mark of a text."""

    text: str  # as it is by itself: "Fachangestellte" where the text has "Fachangestellten"
    start: int
    end: int
    name: str  # plain()
    kind: str  # "head", "post", "fn" ...; "cap", "caps" or "low" where nothing is known of it

    @property
    def dense(self) -> bool:
        """Whether it is of a script without spaces."""
        return self.text[0] >= "\u3005"


class Glossary:
    """What kind of word each is, in one language with what it borrows from English."""

    def __init__(self, vocabulary: Vocabulary, language: str | None) -> None:
        codes = vocabulary.codes(language)
        self.language = language or "?"
        self.occupations = tuple(occupations_of(code) for code in codes)
        known: dict[str, str] = {}
        for kind, words in _kinds(vocabulary, codes, self.occupations):
            known.update((word, kind) for word in words if " " not in word)
        self._known = known
        self._longest = max((len(word) for word in known if word and word[0] >= "\u3005"), default=1)

    def read(self, text: str) -> list[Token]:
        """The words and marks of a text; gender tails and numbers of vacancies are one mark each."""
        text = number().sub(lambda match: NUMBER.center(len(match[0])), text)
        text = gender().sub(lambda match: GENDER.center(len(match[0])), text)
        found: list[Token] = []
        for match in _TOKEN.finditer(text):
            if match["dense"]:
                found += self._read_dense(match[0], match.start())
            elif match["mark"]:
                kind = {GENDER: "gender", NUMBER: "number"}.get(match[0], "mark")
                found.append(Token(match[0], match.start(), match.end(), match[0], kind))
            else:
                found += self._read_word(match[0], match.start(), found[-1].kind if found else "mark")
        return [_as_terms(token, *found[at + 1 : at + 2]) for at, token in enumerate(found)]

    def _read_word(self, word: str, start: int, before: str) -> Iterator[Token]:
        bare = word[:-1] if word.endswith(".") and not _is_short(word[:-1]) else word
        front, dash, tail = bare.rpartition("-")
        if dash and front and self._known.get(plain(tail)) == "post":  # "Controller-rol"
            yield self._token(front, start, before)
            yield self._token(tail, start + len(front) + 1, "low")
        elif (elided := _ELIDED.match(bare)) and plain(elided[1]) in common_set("elisions"):
            yield Token(elided[1], start, start + len(elided[1]), plain(elided[1]), "det")
            yield self._token(elided[2], start + elided.start(2), "det")
        elif len(bare) > 3 and bare[-2:] in {"'s", "’s"}:
            yield self._token(bare[:-2], start, before)
            yield Token("'s", start + len(bare) - 2, start + len(bare), "'s", "mark")
        else:
            yield self._token(bare, start, before)
        if bare != word:
            yield Token(".", start + len(bare), start + len(word), ".", "mark")

    def _token(self, text: str, start: int, before: str) -> Token:
        end, name = start + len(text), plain(text)
        kind = self._kind(text, name)
        if kind == "fn" and before != "mark" and text[:1].isupper():
            kind = "Fn"
        if kind in {"cap", "low", "made"} and (base := self._base(name)):
            kind = "bent"
            if before not in HEADS:  # "asystent projektanta": what follows a title keeps its case
                text = text[: len(text) - len(base[0])] + base[1]
                name = plain(text)
        return Token(text, start, end, name, kind)

    def _base(self, name: str) -> tuple[str, str] | None:
        """Of an occupation as it is within a sentence: its ending, and what stands there when it is by itself."""
        for ending, inflected in self.occupations[0].cases:
            stem = name.removesuffix(inflected) + ending
            if (
                name.endswith(inflected)
                and len(stem) > 3
                and any(known.is_head_or_tail(stem) for known in self.occupations)
            ):
                return inflected, ending
        return None

    def _kind(self, text: str, name: str) -> str:
        kind = self._known.get(name) or self._known.get(name.rstrip(".")) or self._known.get(name.partition("'")[0])
        if kind is not None:
            return kind
        if _YEAR.match(name):
            return "year"
        if text[0].isdigit():
            return "num"
        if any(known.is_head(name) for known in self.occupations):
            return "head"
        if any(known.is_made_as_one(name) for known in self.occupations):
            return "made"
        if text[:1].isupper():
            return "caps" if len(text) > 1 and text.isupper() else "cap"
        return "low"

    def _read_dense(self, run: str, start: int) -> Iterator[Token]:
        """A run of a script without spaces, in words: the longest known one first."""
        at, names = 0, plain(run)
        if len(names) != len(run):
            names = run  # letters that plain() writes as two
        while at < len(run):
            most = min(self._longest, len(run) - at)
            size = next((size for size in range(most, 0, -1) if names[at : at + size] in self._known), 0)
            kana = _KANA.match(run, at)
            size = max(size, len(kana[0]) if kana else 1)
            word, name = run[at : at + size], names[at : at + size]
            kind = self._known.get(name)
            if kind is None and size > 1:
                kind = "made" if any(known.is_made_as_one(name) for known in self.occupations) else "kata"
            elif kind is None:
                kind = "kana" if "\u3041" <= word <= "\u309f" else "char"
            yield Token(word, start + at, start + at + size, name, kind)
            at += size


def _is_short(word: str) -> bool:
    return len(word) == 1 or word.lower() in common("abbreviations")


def _as_terms(token: Token, following: Token | None = None) -> Token:
    """A number of hours or percents is of the terms."""
    if token.kind == "num" and following and (following.kind == "hours" or following.text == "%"):
        return replace(token, kind="hours")
    return token


def _kinds(
    vocabulary: Vocabulary, codes: tuple[str, ...], occupations: tuple[Occupations, ...]
) -> Iterator[tuple[str, Iterable[str]]]:
    """Words by kind, the weightier later."""
    yield "idle", vocabulary.words("idle_words", codes) | vocabulary.words("generic_subject", codes)
    yield "given", vocabulary.given
    yield "place", places()
    yield "team", vocabulary.words("team", codes)
    yield "org", vocabulary.words("org", codes)
    yield "stop", vocabulary.words("role_stop", codes)
    yield "person", vocabulary.words("honorifics", codes)
    for known in occupations:
        yield "field", known.fields
    for code, known in reversed(tuple(zip(codes, occupations, strict=True))):
        heads = known.heads | vocabulary.words("titles", (code,))
        yield "head" if code == codes[0] else "loan", (word for word in heads if len(word) > 1)
    yield "common", common_set("common_titles") & (vocabulary.words("titles", codes) | occupations[0].heads)
    for code in reversed(codes):
        yield "fn", vocabulary.function(code) | vocabulary.words("role_ends", (code,))
    yield "prep", common_set("joining") | common_set("at_company") | common_set("of_places")
    yield "and", common_set("ands")
    yield "det", common_set("determiners") | common_set("indefinite")
    yield "bind", common_set("binding")
    yield "as", common_set("as_words")
    yield "few", common_set("counting_words")
    yield "grade", common_set("grade_words")
    yield "terms", common_set("contract_words")
    yield "hours", common_set("hours")
    yield "vacant", common_set("vacant_words")
    yield (
        "field",
        occupations[0].fields - occupations[0].heads - common_set("common_titles") - vocabulary.function(codes[0]),
    )
    for known in occupations:
        yield "small", known.small
    yield "small", common_set("dense_left")
    yield "post", common_set("post_words") | vocabulary.words("role_labels", codes) | common_set("dense_right")
    yield "app", common_set("application_words")
