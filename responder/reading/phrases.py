"""The small pattern language of the knowledge files, and the folding of text that it is matched against.

A phrase reads like the words it stands for. There is no unbounded repetition in it, so that no mail can make it run away:

    (a|b)   either            x?      may be missing
    word*   any ending        <name>  an entry of the file's [vocabulary]
    ...     up to ten further words of the same sentence (25 characters in a script without spaces)
"""

from __future__ import annotations

import re

_QUOTES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'", "“": '"', "”": '"', "\u00a0": " ", "\u202f": " ", "–": "-", "—": "-", "‐": "-", "‑": "-", "­": "", "\u200b": "", "\u200c": "", "\ufeff": ""})  # fmt: skip
# Bewerber:innen, Bewerber*innen, candidat·e·s, candidat(e)s, seleccionado/a: the gender mark goes, the stem stays
_GENDER = re.compile(
    r"(?<=\w)(?:\(-?\w{1,6}\)s?|[·•*:_]-?(?:in|innen|e|es|s|a|as|o|os|x|r|n|ne|nes|trice)(?:[·•.]s)?\b|/-?(?:in|innen|as?|os?|es?|ne|r|n)\b)"
)
_SPACE = re.compile(r"\s+")
_TOKEN = re.compile(r" ?\.\.\. ?|<[a-z][a-z_0-9]*>|\(\?|\(|\*|\{|\}|\+|\\|\[|\]|\^|\$")
_VOID = ("+", "{", "}", "\\", "[", "]", "^", "$", "(?")


class PhraseError(ValueError):
    """A phrase that does not compile; the caller adds file and key."""


def fold(text: str) -> str:
    """Lower case, plain quotes and dashes, single spaces, no gender marks: the form in which phrases see a text."""
    text = text.translate(_QUOTES).replace("İ", "i")
    return _SPACE.sub(" ", _GENDER.sub("", text.lower())).strip()


def expand(phrase: str, vocabulary: dict[str, str], spaced: bool = True) -> str:
    """A phrase as the source of a regular expression, every repetition in it bounded.

    Raises PhraseError for an unknown vocabulary entry or a character that the language does not have.
    """

    def put(match: re.Match[str]) -> str:
        token = match[0]
        if token.strip() == "...":
            return r"\s?(?:\S{1,30}\s){0,10}?" if spaced else ".{0,25}?"
        if token.startswith("<"):
            if token[1:-1] not in vocabulary:
                raise PhraseError(f"{phrase!r}: {token} is not in [vocabulary]")
            return f"(?:{expand(vocabulary[token[1:-1]], vocabulary, spaced)})"
        if token == "(":
            return "(?:"
        if token == "*":
            return r"\w{0,20}"
        raise PhraseError(f"{phrase!r}: {token!r} has no meaning here")

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
