"""How far an application had come, as the mail itself tells: the signs for it and the words weighed against each other.

Signs are the rules `reached.*`, `hired.*`, `closed.*` that hold, what they say by themselves, and the concepts that the mail
has words for: they have no language, so that what is learned in one holds in all. Words are the grams of model.hashes. The
weights are data (knowledge/stage.json, made by benchmarks/train_stage.py). Whether the mail is a rejection is not its business.
"""

from __future__ import annotations

import base64
import math
import re
import struct
import zlib
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from responder.reading.model import Wording, hashes
from responder.reading.words import find_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_READ = ("reached.", "hired.", "closed.", "condition")
_SINGLE = re.compile(r"[a-z_]+")
_FAINT = 0.5  # what a concept counts beside a rule
DAMP = 100.0  # a text of few words is told less firmly by them


def signs(rules: Iterable[str], told: str, concepts: Iterable[str]) -> dict[str, float]:
    """What is weighed. `told`: the stage that the rules say by themselves; `concepts`: the features of meaning.find_features."""
    found = {one: 1.0 for one in rules if one.startswith(_READ)}
    found[f"told.{told}"] = 1.0
    return found | {f"meant.{one}": _FAINT for one in concepts if _SINGLE.fullmatch(one)}


@dataclass(frozen=True, slots=True)
class StageWeights:
    """For each sign and each gram its weights by stage, in the order of `stages`."""

    stages: tuple[str, ...]
    bias: tuple[float, ...]
    weights: Mapping[str, tuple[float, ...]]
    grams: array[int]  # sorted hashes
    by_gram: array[int]  # signed bytes, as many for each gram as there are stages
    scale: float  # what one of these stands for

    @staticmethod
    def of(data: Mapping[str, Any]) -> StageWeights:
        """From its file: weights of signs in hundredths, grams (in big-endian order) and their weights as bytes in base64."""
        weights = {sign: tuple(one / 100 for one in row) for sign, row in data["weights"].items()}
        packed, by_gram = (zlib.decompress(base64.b64decode(data[name])) for name in ("grams", "by_gram"))
        grams = array("I", (gram for (gram,) in struct.iter_unpack(">I", packed)))
        bias = tuple(one / 100 for one in data["bias"])
        return StageWeights(tuple(data["stages"]), bias, weights, grams, array("b", by_gram), float(data["scale"]))

    def order(self, found: Mapping[str, float], wording: Wording) -> list[str]:
        """The stages, the likeliest first, by the signs that were found in a mail and its words."""
        sums = list(self.bias)
        for sign, value in found.items():
            for place, weight in enumerate(self.weights.get(sign, ())):
                sums[place] += value * weight
        grams = hashes(wording)
        each = self.scale / math.sqrt(len(grams) + DAMP)
        for gram in grams:
            row = find_hash(self.grams, gram)
            if row is not None:
                for place in range(len(sums)):
                    sums[place] += each * self.by_gram[row * len(sums) + place]
        ranked = sorted(zip(sums, self.stages, strict=True), key=lambda one: -one[0])
        return [stage for _, stage in ranked]
