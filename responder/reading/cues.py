"""The words by which the course of an application is known: loads knowledge/history, a file for each language.

It decides nothing; a file that does not load or compile is an error with file and key.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from responder.reading.knowledge import KnowledgeError, Lexicon

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DENSE = frozenset(("ja", "zh"))  # scripts without spaces: no word borders
_PLAIN = str.maketrans("’‘`´ʼ“”\u00a0\u202f", "'''''\"\"  ", "\u00ad\u200b\u200c\ufeff")
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class _Compiled:
    words: Lexicon
    patterns: dict[str, re.Pattern[str]]


class Cues:
    """The cues of a few languages, asked together."""

    def __init__(self, codes: Sequence[str]) -> None:
        self.codes = tuple(dict.fromkeys(code for code in codes if code in codes_known()))
        self._all = [_compiled(code) for code in self.codes]

    def has(self, key: str, text: str) -> bool:
        """Whether any cue of that key stands in the text."""
        return self.first(key, text) is not None

    def first(self, key: str, text: str) -> re.Match[str] | None:
        """The first match, in the order of the languages."""
        return next(self.every(key, text), None)

    def every(self, key: str, text: str) -> Iterator[re.Match[str]]:
        """All matches, language by language."""
        for one in self._all:
            if (pattern := one.patterns.get(key)) is not None:
                yield from pattern.finditer(plain(text))

    def words(self, key: str) -> tuple[str, ...]:
        """The words of a list in all these languages."""
        return tuple(dict.fromkeys(word for one in self._all for word in one.words.words(key)))

    def lists(self, key: str) -> tuple[tuple[str, ...], ...]:
        """The list of each language."""
        return tuple(one.words.words(key) for one in self._all)


def plain(text: str) -> str:
    """Straight quotes, ordinary spaces, nothing invisible; the letters stay as they are."""
    return text[:_LONGEST].translate(_PLAIN)


@cache
def codes_known() -> frozenset[str]:
    """The languages that have cues."""
    folder = files("responder") / "knowledge" / "history"
    return frozenset(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name != "common.toml")


@cache
def common(key: str) -> frozenset[str]:
    """A list that holds in every language."""
    return frozenset(_load("common.toml").words(key))


@cache
def given_names() -> frozenset[str]:
    """First names, folded to ASCII; what is not among them may be one all the same."""
    file = files("responder") / "knowledge" / "names" / "given.txt"
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@cache
def _compiled(code: str) -> _Compiled:
    lexicon = _load(f"{code}.toml")
    patterns = {}
    for key in lexicon.keys("patterns"):
        sources = [pattern.pattern for pattern in lexicon.patterns(key)]
        if sources:
            patterns[key] = _join(code, key, sources)
    return _Compiled(lexicon, patterns)


def _join(code: str, key: str, sources: list[str]) -> re.Pattern[str]:
    # Names of people and posts are known by their capitals; "Sie" is not "sie".
    flags = re.NOFLAG if key in ("role", "client", "formal", "salutation_name") else re.IGNORECASE
    names = iter(range(len(sources)))
    joined = "|".join(re.sub(r"\(\?P<(\w+)>", lambda match: f"(?P<{match[1]}_{next(names)}>", one) for one in sources)
    try:
        return re.compile(joined if code in _DENSE else rf"(?<!\w)(?:{joined})(?!\w)", flags)
    except re.error as error:
        raise KnowledgeError(f"history/{code}.toml: patterns.{key}: {error}") from error


def captured(match: re.Match[str]) -> str:
    """The one named group that took part."""
    return next((value for value in match.groupdict().values() if value), "")


def _load(name: str) -> Lexicon:
    try:
        data = tomllib.loads((files("responder") / "knowledge" / "history" / name).read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise KnowledgeError(f"history/{name}: {error}") from error
    return Lexicon(f"history/{name}", data)
