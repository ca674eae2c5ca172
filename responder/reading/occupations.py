"""The names of occupations in each language, as knowledge/occupations has them. Knows words only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from responder.reading.words import plain, squeezed

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAIL = 5  # letters that a word must have to be known as the end of a compound
_FRONT = 2  # letters that must stand before it
_GENDERED = re.compile(r"(?:[/:*·_.]-?|[(\[])\w{1,6}[)\]]?$")


@dataclass(frozen=True, slots=True)
class Occupations:
    """The occupations of one language; words are plain()."""

    heads: frozenset[str]  # "engineer", "site manager"
    whole: frozenset[str]  # the same, squeezed()
    fields: frozenset[str]  # what tells a post more closely: "senior", "nursery"
    small: frozenset[str]  # words that no name of a post has, in scripts without spaces
    ends: tuple[str, ...]  # endings of further ones
    tails: frozenset[str]  # heads that also end a compound: "laborant"
    cases: tuple[tuple[str, str], ...]  # endings: as it is by itself, as it is within a sentence

    def is_head(self, word: str) -> bool:
        """Whether a word is an occupation, also with both genders at its end ("lehrer/in")."""
        return word in self.heads or _GENDERED.sub("", word) in self.heads

    def is_made_as_one(self, word: str) -> bool:
        """Whether a word ends as occupations do."""
        for one in {word, _GENDERED.sub("", word)}:
            if one.endswith(self.ends) and one not in self.ends:
                return True
            if self.tails and any(one[at:] in self.tails for at in range(_FRONT, len(one) - _TAIL + 1)):
                return True
        return False

    def is_head_or_tail(self, word: str) -> bool:
        """Whether a word is an occupation, by itself or as the end of a compound."""
        return word in self.heads or any(word[at:] in self.tails for at in range(_FRONT, len(word) - _TAIL + 1))


@cache
def occupations_of(code: str) -> Occupations:
    """The occupations of a language; none where there is no file for it."""
    file = files("responder") / "knowledge" / "occupations" / f"{code}.txt"
    lists = dict(_lists(file.read_text("utf-8"))) if file.is_file() else {}
    named = {plain(word) for word in lists.get("heads", ())}
    heads = set(named)
    for ending, made in _pairs(lists, "forms"):
        heads |= {word.removesuffix(ending) + made for word in named if word.endswith(ending)}
    tails = {word for word in heads if len(word) >= _TAIL and " " not in word} if "compounds" in lists else set()
    return Occupations(
        frozenset(heads),
        frozenset(squeezed(word) for word in heads),
        frozenset(plain(word) for word in lists.get("fields", ())),
        frozenset(plain(word) for word in lists.get("small", ())),
        tuple(plain(word) for word in lists.get("ends", ())),
        frozenset(tails),
        tuple(_pairs(lists, "cases")),
    )


def _lists(text: str) -> Iterator[tuple[str, list[str]]]:
    for line in text.splitlines():
        name, colon, words = line.partition(":")
        if colon and not line.startswith("#"):
            yield name, [word.strip() for word in words.split(",") if word.strip()]


def _pairs(lists: dict[str, list[str]], name: str) -> Iterator[tuple[str, str]]:
    for pair in lists.get(name, ()):
        ending, _, made = pair.partition(">")
        yield plain(ending), plain(made)
