"""The learned part of the judgement that looks at words: logistic regression over hashed n-grams, in plain Python.

The weights are data (knowledge/model.json, made by benchmarks/train_weights.py). Hashing is one-way: no sentence
of a text that it learnt from can be read out of them.
"""

from __future__ import annotations

import base64
import math
import re
import zlib
from array import array
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from responder.reading.words import DENSE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_WORD = re.compile(r"[^\W\d_]+|[0-9]+")
BOUND = 3.0
DAMP = 30.0  # a text of few words is told less firmly
_DENSE = re.compile(f"[{DENSE}-\U0010ffff]")


def grams(text: str) -> list[str]:
    """Words and pairs of words of a folded text; runs of one to four characters in scripts without spaces."""
    words = ["0" if word.isdigit() else word for word in _WORD.findall(text)]
    if _DENSE.search(text) is not None:
        return list(_dense_grams(words))
    stems = [f"{word[:5]}~" for word in words if len(word) > 6]  # of a sort, for languages that inflect
    return [*words, *map(" ".join, pairwise(["^", *words])), *stems]


def _dense_grams(words: Iterable[str]) -> Iterator[str]:
    """The same of a text that has words of both kinds: a pair of words never spans those without spaces."""
    spaced: list[str] = []
    for word in words:
        if _DENSE.search(word) is None:
            spaced.append(word)
            continue
        yield from grams(" ".join(spaced))
        spaced = []
        for size in (1, 2, 3, 4):
            yield from (word[start : start + size] for start in range(len(word) - size + 1))
    yield from grams(" ".join(spaced))


def hashes(text: str) -> list[int]:
    """The CRC-32 of each gram of a folded text."""
    return list(map(zlib.crc32, map(str.encode, grams(text))))


@dataclass(frozen=True, slots=True)
class Model:
    """Weights by bucket; the score of a text is a log-odds."""

    weights: array[int]  # signed bytes, by the low bits of a gram's hash: their number is a power of two
    marks: array[int]  # the high byte of the hash whose weight it is: a gram that was never seen has none
    scale: float  # what one of the weights stands for
    bias: float
    times: float = 1.0  # how much it counts beside the rules

    @staticmethod
    def of(data: Mapping[str, Any]) -> Model:
        """From its file: weights and marks as bytes in base64, with the weights' scale."""
        weights, marks = (
            array(kind, zlib.decompress(base64.b64decode(data[name])))
            for kind, name in (("b", "weights"), ("B", "marks"))
        )
        return Model(weights, marks, float(data["scale"]), float(data["bias"]), float(data.get("times", 1.0)))

    def score(self, text: str) -> float:
        """Log-odds that a folded text (subject and body) is a rejection: TF damped and L2-normalised."""
        weights, marks, last = self.weights, self.marks, len(self.weights) - 1
        counts = Counter(hashes(text))
        total, squares = 0.0, float(len(counts))
        for gram in [gram for gram in counts if marks[gram & last] == gram >> 24]:
            total += weights[gram & last] * (1.0 + math.log(counts[gram]))
        for count in [count for count in counts.values() if count > 1]:
            squares += (1.0 + math.log(count)) ** 2 - 1.0
        return self.bias + self.scale * total / math.sqrt(squares + DAMP)

    def weigh(self, text: str) -> float:
        """What the model adds to the log-odds of the rules: its score within bounds."""
        return self.times * max(-BOUND, min(BOUND, self.score(text)))
