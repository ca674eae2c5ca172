"""The forms in which words are compared. Knows no words of its own."""

from __future__ import annotations

import unicodedata
import zlib
from bisect import bisect_left
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from array import array

DENSE = "\u2e80"  # from here on scripts without spaces: kana, kanji, hanzi, hangul
_LETTERS = str.maketrans({"ı": "i", "İ": "i", "ł": "l", "ø": "o", "ß": "ss", "æ": "ae", "đ": "d", "’": "'", "ð": "d"})


def plain(text: str) -> str:
    """Lower case without accents: the form in which words are compared."""
    decomposed = unicodedata.normalize("NFKD", text.lower().translate(_LETTERS))
    return unicodedata.normalize("NFC", "".join(char for char in decomposed if not unicodedata.combining(char)))


def is_dense(word: str) -> bool:
    """Whether a word begins in a script without spaces."""
    return word[:1] >= DENSE


def count_words(text: str) -> int:
    """How long a text is: in scripts without spaces five characters count as two words."""
    return sum(max(1, sum(map(is_dense, word)) * 2 // 5) for word in text.split())


def squeezed(text: str) -> str:
    """Letters and digits of plain() alone: what a domain name keeps of a name."""
    return "".join(char for char in plain(text) if char.isalnum())


def hash_of(text: str) -> int:
    """The CRC-32 by which learned weights know a gram or a feature."""
    return zlib.crc32(text.encode())


def find_hash(known: array[int], wanted: int) -> int | None:
    """The place of a hash among sorted ones; None where it is not there."""
    place = bisect_left(known, wanted)
    return place if place < len(known) and known[place] == wanted else None
