"""How far an application had come, as the mail itself tells: the signs for it weighed against each other.

Signs are the rules `reached.*`, `hired.*`, `closed.*` that hold, what they say by themselves, and the concepts that the mail
has words for. They have no language, so that what is learned in one holds in all. The weights are data
(knowledge/stage.json, made by benchmarks/train_stage.py). Whether the mail is a rejection is not its business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_READ = ("reached.", "hired.", "closed.", "condition")
_SINGLE = re.compile(r"[a-z_]+")
_FAINT = 0.5  # what a concept counts beside a rule


def signs(rules: Iterable[str], told: str, concepts: Iterable[str]) -> dict[str, float]:
    """What is weighed. `told`: the stage that the rules say by themselves; `concepts`: the features of meaning.find_features."""
    found = {one: 1.0 for one in rules if one.startswith(_READ)}
    found[f"told.{told}"] = 1.0
    return found | {f"meant.{one}": _FAINT for one in concepts if _SINGLE.fullmatch(one)}


@dataclass(frozen=True, slots=True)
class StageWeights:
    """For each sign its weights by stage, in the order of `stages`."""

    stages: tuple[str, ...]
    bias: tuple[float, ...]
    weights: Mapping[str, tuple[float, ...]]
    needs: Mapping[str, tuple[str, ...]]  # by stage, signs without any of which it is not told

    @staticmethod
    def of(data: Mapping[str, Any]) -> StageWeights:
        """From its file: weights in hundredths."""
        weights = {sign: tuple(one / 100 for one in row) for sign, row in data["weights"].items()}
        needs = {stage: tuple(signs) for stage, signs in data["needs"].items()}
        return StageWeights(tuple(data["stages"]), tuple(one / 100 for one in data["bias"]), weights, needs)

    def order(self, found: Mapping[str, float]) -> list[str]:
        """The stages that the mail tells anything of, the likeliest first."""
        sums = list(self.bias)
        for sign, value in found.items():
            for place, weight in enumerate(self.weights.get(sign, ())):
                sums[place] += value * weight
        ranked = sorted(zip(sums, self.stages, strict=True), key=lambda one: -one[0])
        return [
            stage for _, stage in ranked if stage not in self.needs or any(one in found for one in self.needs[stage])
        ]
