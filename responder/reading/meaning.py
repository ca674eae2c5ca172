"""The learned part of the judgement that looks at what is meant: words -> concepts -> which of them meet in a sentence.

A concept ("not", "choose", "another", "post", "landlord") has words in every language (languages/xx.concepts.toml), so that
what is learned in one language holds in all. The weights are data (knowledge/meaning.json, made by
benchmarks/train_weights.py). It knows no language, and does not say what a mail is: that is the judge's.
"""

from __future__ import annotations

import math
import re
from array import array
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Any

from responder.reading.occupations import occupations_of
from responder.reading.words import find_hash, hash_of, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WHOLE = -1  # the place of what holds for the whole mail, not for one sentence
_SENTENCES = 40
DAMP = 20.0  # a mail of few words is told less firmly
_NEAR, _TRIPLE, _NEXT = 9, 7, 3  # words apart
_MOST = 60  # tagged places of a sentence
_WORD = re.compile(r"[^\W_]+|[?？]")
_BETWEEN = re.compile("[_\\-']")  # the words of an entry
_JOBS = ("job", "interview", "hire", "candidate")
_MATTERS = (
    *("home", "money", "paper", "grant", "tender", "study", "volunteer", "order", "state", "club", "invest", "code"),
    *("patient", "kin", "staff", "article", "bulk", "me", "apply"),
)

Tags = list[tuple[int, set[str]]]


class Concepts:
    """The words of one language for each concept: `word`, `stem*`, `two_words`; "trade" has its occupations besides.

    Nothing is made of them before the first mail in the language: a mailbox has few languages.
    """

    def __init__(self, data: Mapping[str, str], code: str, *, spaced: bool) -> None:
        self.names = frozenset(data)
        self._data, self._code, self._spaced = data, code, spaced
        self._alone = lru_cache(maxsize=20_000)(self._look_up)  # mails share most of their words

    def tags(self, text: str) -> Tags:
        """The concepts of a folded sentence, by the place of their word."""
        return self._tag_words(text) if self._spaced else self._tag_characters(text)

    @cached_property
    def _dense(self) -> dict[str, list[tuple[str, str]]]:
        """Words of a script without spaces with their concepts, by their first two characters."""
        found: dict[str, list[tuple[str, str]]] = {}
        occupations = (("trade", name) for name in occupations_of(self._code).whole)
        for concept, entry in (*self._entries(), *occupations):
            found.setdefault(entry[:2], []).append((entry, concept))
        return found

    @cached_property
    def _words(self) -> dict[str, frozenset[str]]:
        """Concepts by `word` and `stem*`."""
        found: dict[str, frozenset[str]] = {}
        same: dict[frozenset[str], frozenset[str]] = {}  # there are few sets, and many words for each
        for concept, entry in self._entries():
            if not _BETWEEN.search(entry):
                concepts = found.get(entry, frozenset()) | {concept}
                found[entry] = same.setdefault(concepts, concepts)
        return found

    @cached_property
    def _stem_lengths(self) -> list[int]:
        return sorted({len(word) - 1 for word in self._words if word.endswith("*")}, reverse=True)

    @cached_property
    def _phrases(self) -> dict[str, list[tuple[list[str], str]]]:
        """`two_words` with their concepts, by the first word, or the first two letters and * where it is a stem."""
        found: dict[str, list[tuple[list[str], str]]] = {}
        for concept, entry in self._entries():
            first, *others = _BETWEEN.split(entry)
            if others:
                key = f"{first[:2]}*" if first.endswith("*") else first
                found.setdefault(key, []).append(([first, *others], concept))
        return found

    def _entries(self) -> Iterator[tuple[str, str]]:
        return ((concept, entry) for concept, entries in self._data.items() for entry in entries.split())

    def _tag_characters(self, text: str) -> Tags:
        found: Tags = []
        for place, character in enumerate(text):
            longer = self._dense.get(text[place : place + 2], ())
            hits = {
                concept for word, concept in (*self._dense.get(character, ()), *longer) if text.startswith(word, place)
            }
            if character in "?？":
                hits.add("ask")
            if hits:
                found.append((place // 2, hits))
        return found

    def _tag_words(self, text: str) -> Tags:
        words = _WORD.findall(text.replace("n't", " not "))
        found: Tags = []
        for place, word in enumerate(words):
            hits = self._hits(words, place, word)
            if hits:
                found.append((place, hits))
        return found

    def _hits(self, words: Sequence[str], place: int, word: str) -> set[str]:
        hits = set(self._alone(word))
        for key in (word, f"{word[:2]}*"):
            for parts, concept in self._phrases.get(key, ()):
                following = words[place : place + len(parts)]
                if len(following) == len(parts) and all(map(_is, following, parts)):
                    hits.add(concept)
        return hits

    def _look_up(self, word: str) -> frozenset[str]:
        if word in "?？":
            return frozenset(("ask",))
        if word.isdigit():
            return frozenset(("num",))
        stems = (self._words.get(f"{word[:length]}*") for length in self._stem_lengths if length <= len(word))
        longest = next((concepts for concepts in stems if concepts), frozenset[str]())
        trade = {"trade"} if occupations_of(self._code).is_head_or_tail(plain(word)) else set()
        return self._words.get(word, frozenset()) | longest | trade


def _is(word: str, entry: str) -> bool:
    return word.startswith(entry[:-1]) if entry.endswith("*") else word == entry


def find_features(texts: Sequence[str], languages: Sequence[Concepts]) -> dict[str, int]:
    """What meets in the folded sentences (the subject first), each with the number of the first sentence that has it.

    "s:" marks the subject and "c:" a sentence with a condition: they are other evidence than plain statements.
    """
    found: dict[str, int] = {}
    plain: set[str] = set()
    for number, text in enumerate(texts[: _SENTENCES + 1]):
        tags = _merged(text, languages)
        concepts = {concept for _, here in tags for concept in here}
        plain |= concepts
        mark = "s:" if number == 0 else "c:" if "if" in concepts else ""
        for feature in (*concepts, *_meetings(tags, ordered=number > 0)):
            found.setdefault(mark + feature, number)
    for feature in _matters(plain):
        found[feature] = WHOLE
    return found


def _merged(text: str, languages: Sequence[Concepts]) -> Tags:
    places: dict[int, set[str]] = {}
    for language in languages:
        for place, concepts in language.tags(text):
            places.setdefault(place, set()).update(concepts)
    return sorted(places.items())[:_MOST]


def _meetings(tags: Tags, *, ordered: bool) -> Iterator[str]:
    """Pairs near each other (a|b), one directly after the other (a>b), and threes with a negation (a|b|neg)."""
    for first, (place, concepts) in enumerate(tags):
        near = [(other - place, them) for other, them in tags[first:] if other - place <= _NEAR]
        for distance, them in near:
            for one in concepts:
                for two in them:
                    if one != two and distance <= _NEAR:
                        yield f"{one}|{two}" if one < two else f"{two}|{one}"
                    if ordered and 0 < distance <= _NEXT:
                        yield f"{one}>{two}"
        close = [them for distance, them in near if 0 < distance <= _TRIPLE]
        yield from _threes(concepts, close)


def _threes(concepts: set[str], close: Sequence[set[str]]) -> Iterator[str]:
    if "neg" not in concepts and not any("neg" in them for them in close):
        return
    for second, third in combinations(close, 2):
        for one in concepts:
            for two in second:
                for three in third:
                    names = {one, two, three}
                    if len(names) == 3 and "neg" in names:
                        yield "|".join(sorted(names))


def _matters(concepts: set[str]) -> Iterator[str]:
    """What else the mail is about, beside how many signs of a post."""
    jobs = sum(one in concepts for one in _JOBS)
    yield f"d:jobs{jobs}"
    for matter in _MATTERS:
        if matter in concepts:
            yield f"d:{matter}&{min(jobs, 3)}"


@dataclass(frozen=True, slots=True)
class Meaning:
    """Weights by feature; what they add up to is a log-odds."""

    features: array[int]  # their hashes, in order: a dictionary of their names took 1.1 MB more
    weights: array[int]  # in hundredths, by the place of the hash
    bias: float
    times: Mapping[str, float]  # how much it counts beside the rules and the words, by language; "" for all others

    @staticmethod
    def of(data: Mapping[str, Any]) -> Meaning:
        """From its file: weights in hundredths by feature."""
        known = sorted((hash_of(feature), weight) for feature, weight in data["weights"].items())
        features = array("I", [feature for feature, _ in known])
        weights = array("h", [weight for _, weight in known])
        return Meaning(features, weights, float(data["bias"]), data["times"])

    def weigh(self, found: Mapping[str, int], language: str) -> dict[int, float]:
        """What each sentence of a mail adds to `base` (WHOLE: the mail as such), by its number."""
        factor = self._factor(language) / 100 / math.sqrt(len(found) + DAMP)
        sums = {WHOLE: 0.0}
        for feature, number in found.items():
            place = find_hash(self.features, hash_of(feature))
            if place is not None:
                sums[number] = sums.get(number, 0.0) + factor * self.weights[place]
        return sums

    def base(self, language: str) -> float:
        """The log-odds of a mail of which nothing is known."""
        return self._factor(language) * self.bias

    def _factor(self, language: str) -> float:
        return self.times.get(language, self.times[""])
