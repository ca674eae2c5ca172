"""The learned part of the judgement that looks at words: logistic regression over hashed n-grams, in plain Python.

The weights are data (knowledge/model.*, made by benchmarks/train_weights.py). Hashing is one-way: no sentence
of a text that it learnt from can be read out of them.
"""

from __future__ import annotations

import math
import re
import zlib
from array import array
from dataclasses import dataclass
from itertools import chain, groupby, pairwise
from typing import IO, TYPE_CHECKING, Any

from responder.reading.phrases import fold
from responder.reading.words import DENSE, hash_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# Words, numbers, and where a sentence, a line or a cell ends (a run of such ends is one)
_TOKEN = re.compile(r"[^\W\d_]+|[0-9]+|[.!?:;|](?:[\s.!?:;|]*(?!\S))|[。！？；：]")
_END = "."
_KINDS = dict.fromkeys("0123456789", "0") | dict.fromkeys(".!?:;|。！？；：", _END)
_DENSE = re.compile(f"[{DENSE}-\U0010ffff]")
_LINE_END = " | "
_SALT, _PRIME, _BITS = 0x5BD1E995, 0x9E3779B1, 0xFFFFFFFF  # any odd figures that mix well
_PIECE = 1 << 14
_SHIFT = 11  # so that grams which meet in their first place part in the second
BOUND = 3.0
DAMP = 30.0  # a text of few words is told less firmly


@dataclass(frozen=True, slots=True)
class Wording:
    """What the model looks at."""

    subject: str  # both folded
    text: str

    @staticmethod
    def of(subject: str, text: str) -> Wording:
        """Of a mail's subject and text as they stand."""
        return Wording(fold(subject), fold(text.replace("\n", _LINE_END)))


def hashes(wording: Wording) -> set[int]:
    """A hash of 32 bits for each gram.

    Grams are words, pairs and triples of words and of ends of sentences, beginnings of long words, and apart from these the words
    and pairs of the subject. In scripts without spaces they are runs of up to five characters, up to three in the subject.
    """
    above, below = [_END, *_tokens(wording.subject), _END], [*_tokens(wording.text), _END]
    if _DENSE.search(wording.subject) is None and _DENSE.search(wording.text) is None:
        single, pairs, triples = _chains([*above, *below])
        own = (*single[: len(above)], *pairs[: len(above) - 1])
        return {*single, *pairs, *triples, *_beginnings([*above, *below]), *[one ^ _SALT for one in own]}
    return {*_dense_hashes([*above, *below], 5), *[one ^ _SALT for one in _dense_hashes(above, 3)]}


def _tokens(text: str) -> list[str]:
    return [_KINDS.get(token[0], token) for token in _TOKEN.findall(text)]


def _chains(tokens: Sequence[str]) -> tuple[list[int], list[int], list[int]]:
    """Hashes of the tokens, of the pairs and of the triples of neighbours."""
    known = {token: hash_of(token) for token in set(tokens)}
    single = [known[token] for token in tokens]
    pairs = [(first * _PRIME + second) & _BITS for first, second in pairwise(single)]
    return single, pairs, [(pair * _PRIME + third) & _BITS for pair, third in zip(pairs, single[2:], strict=False)]


def _beginnings(words: Iterable[str]) -> list[int]:
    return [hash_of(f"{beginning}~") for beginning in {word[:5] for word in words if len(word) > 6}]


def _dense_hashes(tokens: Iterable[str], longest: int) -> Iterator[int]:
    """Of tokens of both kinds: runs of up to `longest` characters in those without spaces, and no pair of words spans these."""
    for dense, run in groupby(tokens, key=lambda token: _DENSE.search(token) is not None):
        if not dense:
            words = list(run)
            yield from chain(*_chains(words), _beginnings(words))
            continue
        for word in run:
            framed = f"{_END}{word}{_END}"
            for size in range(1, longest + 1):
                yield from (hash_of(framed[start : start + size]) for start in range(len(framed) - size + 1))


def places(gram: int, last: int) -> tuple[int, int]:
    """The two places of 0 to `last`, a power of two less one, where the weight of a gram may lie (cuckoo hashing)."""
    return gram & last, (gram ^ gram >> _SHIFT) & last


def _inflate(kind: str, packed: IO[bytes]) -> array[int]:
    """A file's array. Piece by piece: a process keeps room for the largest thing that it ever held."""
    found: array[int] = array(kind)
    stream = zlib.decompressobj()
    while piece := packed.read(_PIECE):
        found.frombytes(stream.decompress(piece))
    return found


@dataclass(frozen=True, slots=True)
class Model:
    """Weights by place; the score of a text is a log-odds."""

    weights: array[int]  # signed bytes, each in one of the places of its gram: their number is a power of two
    marks: array[int]  # the high byte of the hash whose weight it is: a gram that was never seen has none
    scale: float  # what one of the weights stands for
    bias: float
    times: float = 1.0  # how much it counts beside the rules

    @staticmethod
    def of(data: Mapping[str, Any], weights: IO[bytes], marks: IO[bytes]) -> Model:
        """From its files: figures by name; weights and marks deflated (RFC 1950)."""
        table = _inflate("b", weights), _inflate("B", marks)
        return Model(*table, float(data["scale"]), float(data["bias"]), float(data.get("times", 1.0)))

    def score(self, wording: Wording) -> float:
        """Log-odds that a mail of this wording is a rejection: what its grams weigh, over the root of their number."""
        return self.bias + self._sum(hashes(wording))

    def score_words(self, wording: Wording) -> float:
        """What single words say of it, which takes a third of the time; about 0 in scripts without spaces."""
        return self._sum(set(map(hash_of, {*_tokens(wording.subject), *_tokens(wording.text)})))

    def _sum(self, found: set[int]) -> float:
        weights, marks, last = self.weights, self.marks, len(self.weights) - 1
        # The two of `places`, written out: every call counts here
        known = [
            weights[place]
            for gram in found
            if marks[place := gram & last] == (mark := gram >> 24)
            or marks[place := (gram ^ gram >> _SHIFT) & last] == mark
        ]
        return self.scale * sum(known) / math.sqrt(len(found) + DAMP)

    def weigh(self, wording: Wording) -> float:
        """What the model adds to the log-odds of the rules: its score within bounds."""
        return self.times * max(-BOUND, min(BOUND, self.score(wording)))
