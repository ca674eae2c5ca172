"""The small pattern language of the knowledge files, and the folding of text that it is matched against.

A phrase reads like the words it stands for. No repetition in it is unbounded, so that no mail can make it run away:

    (a|b)   either            x?      may be missing
    word*   any ending        (x )*   up to three times
    #       a number          <name>  an entry of the file's [vocabulary]
    ...     up to ten further words of the same sentence (25 characters in a script without spaces)
"""

from __future__ import annotations

import re

_QUOTES = str.maketrans("’‘`´ʼ“”\u00a0\u202f–—‐‑", "'''''\"\"  ----", "\u00ad\u200b\u200c\ufeff")
# Bewerber:innen, Bewerber*innen, candidat·e·s, candidat(e)s, seleccionado/a: the gender mark goes, the stem stays
_GENDER = re.compile(
    r"(?<=\w)(?:\(-?\w{1,6}\)s?|[·•*:_]-?(?:in|innen|e|es|s|a|as|o|os|x|r|n|ne|nes|trice)(?:[·•.]s)?\b|/-?(?:in|innen|as?|os?|es?|ne|r|n)\b)"
)
_SPACE = re.compile(r"\s+")
_TOKEN = re.compile(r" ?\.\.\. ?\??|<[a-z][a-z_0-9]*>|\(\?|\(|\)\*|[*#.{}+\\\[\]^$]")

_GAP = r",?\s?(?:\S{1,30}\s){0,10}?"
_PARTS = {"(": "(?:", ")*": "){0,3}", "*": r"\w{0,20}", "#": r"\d{1,10}", ".": r"\."}


class PhraseError(ValueError):
    """A phrase that does not compile; the caller adds file and key."""


def fold(text: str) -> str:
    """Lower case, plain quotes and dashes, single spaces, no gender marks: the form in which phrases see a text."""
    text = text.replace("`", "'") if text.isascii() else text.translate(_QUOTES).replace("İ", "i")
    return _SPACE.sub(" ", _GENDER.sub("", text.lower())).strip()


def expand(phrase: str, vocabulary: dict[str, str], spaced: bool = True) -> str:
    """A phrase as the source of a regular expression, every repetition in it bounded.

    Raises PhraseError for an unknown vocabulary entry or a character that the language does not have.
    """

    def put(match: re.Match[str]) -> str:
        part = match[0]
        if "..." in part:
            return _GAP if spaced else ".{0,25}?"
        if part.startswith("<"):
            if part[1:-1] not in vocabulary:
                raise PhraseError(f"{phrase!r}: {part} is not in [vocabulary]")
            return f"(?:{expand(vocabulary[part[1:-1]], vocabulary, spaced)})"
        if part not in _PARTS:
            raise PhraseError(f"{phrase!r}: {part!r} has no meaning here")
        return _PARTS[part]

    try:
        return _TOKEN.sub(put, phrase)
    except RecursionError:
        raise PhraseError(f"{phrase!r}: a vocabulary entry names itself") from None


def compile_phrases(phrases: tuple[str, ...], vocabulary: dict[str, str], spaced: bool = True) -> re.Pattern[str]:
    """One pattern that finds any of the phrases as whole words. Raises PhraseError."""
    sources = [expand(phrase, vocabulary, spaced) for phrase in phrases]
    for phrase, source in zip(phrases, sources, strict=True):
        try:
            if re.compile(source).search("") is not None:
                raise PhraseError(f"{phrase!r}: matches nothing at all, that is everything")
        except re.error as error:
            raise PhraseError(f"{phrase!r}: {error}") from error
    joined = "|".join(sources)
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)" if spaced else joined)


_PARAGRAPH = re.compile(r"\n\s*\n")
_SENTENCE_END = re.compile(r"[.!?][\"')]*\s+(?=\S)|[。！？!?；]+|\s[|·•]\s")
_SHORT_LINE = 50  # a line this short did not end because the text was wrapped
_LONGEST = 600


def sentences(text: str) -> list[str]:
    """The folded sentences of a text. A stop before a small letter ends none ("Acme Inc. has"), a short line does."""
    found: list[str] = []
    for paragraph in _PARAGRAPH.split(text):
        joined = ""
        for line in (line.strip() for line in paragraph.splitlines()):
            joined += line + ("\n" if len(line) < _SHORT_LINE else " ")
        for line in joined.splitlines():
            found += _cut(line)
    return found


def _cut(line: str) -> list[str]:
    found, start = [], 0
    for match in _SENTENCE_END.finditer(line):
        if line[match.end() : match.end() + 1].islower() and line[match.start()] == ".":
            continue
        found.append(line[start : match.end()])
        start = match.end()
    found.append(line[start:])
    return [folded for sentence in found if (folded := fold(sentence[:_LONGEST]))]
